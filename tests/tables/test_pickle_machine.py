"""The machine reads plain data as Python does, hands out items as they come, and refuses all else by name."""

import io
import math
import pickle
import pickletools
import struct
from collections import OrderedDict
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchtools.errors import StoreError, UnsafePickle
from benchtools.tables.archives import _pickle_machine
from benchtools.tables.archives._pickle_machine import Machine, Window
from benchtools.tables.archives._pickle_objects import Items, brief

TINY_MARGIN = 700  # longer than any opcode below
EPOCHS = st.integers(0, 70_000)
NUMBERS = st.floats(allow_nan=False)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
SETS = st.sampled_from(["x-valid", "x-test", "ori-test", "überprüft"])
ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**300), 2**300), NUMBERS, WORDS, st.binary(min_size=1, max_size=200)
)
KEYS = st.one_of(st.integers(), WORDS, st.tuples(WORDS, st.integers()), st.tuples(EPOCHS, NUMBERS), st.none())


@st.composite
def by_epoch(draw):
    """Some epochs from one on, at times with a gap or in another order."""
    start, length = draw(EPOCHS), draw(st.sampled_from([0, 1, 2, 3, 12, 40]))
    epochs = list(range(start, start + length))
    if length > 2 and draw(st.booleans()):
        epochs = epochs[:: draw(st.sampled_from([-1, 2, 3]))]
    seed = draw(st.integers(0, 2**32))
    return dict(zip(epochs, np.random.default_rng(seed).normal(size=len(epochs)).tolist(), strict=True))


@st.composite
def by_set(draw):
    """Several dictionaries: with texts of their own, or with the same ones, or with some of the same."""
    names = draw(st.lists(SETS, min_size=1, max_size=3, unique=True))
    length = draw(st.sampled_from([1, 2, 12]))
    keys = [f"{name}@{epoch}" for name in names for epoch in range(length)]
    values = np.random.default_rng(draw(st.integers(0, 2**32))).normal(size=len(keys)).tolist()
    first = dict(zip(keys, values, strict=True))
    second = dict(zip([str(key) for key in keys] if draw(st.booleans()) else keys, values, strict=True))
    start = draw(st.integers(0, len(keys) - 1))
    third = dict(zip(keys[start:], values[start:], strict=True))
    return [first, second, third]


PLAIN = st.recursive(
    st.one_of(ATOMS, by_epoch(), by_set()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(KEYS, inner, max_size=5),
        st.tuples(inner),
        st.tuples(inner, inner),
        st.tuples(inner, inner, inner, inner, inner),
    ),
    max_leaves=15,
)
HASHED = st.sets(st.one_of(WORDS, st.integers(), st.tuples(EPOCHS, NUMBERS)), max_size=1100)


def pickled(value, protocol, pickler=pickle.Pickler, *, framed=True):
    file = io.BytesIO()
    pickler(file, protocol).dump(value)
    return file.getvalue() if framed else without_frames(file.getvalue())


def without_frames(data):
    starts = [place for op, _, place in pickletools.genops(data) if op.name == "FRAME"]
    for start in reversed(starts):
        data = data[:start] + data[start + 9 :]
    return data


def expanded(value):
    """Return what the machine made as Python's own objects."""
    if type(value) is Items:
        pairs = [pair for keys, values in value.runs for pair in zip(listed(keys), values.tolist(), strict=True)]
        found = dict(pairs) | {expanded(key): expanded(part) for key, part in value.items()}
        assert len(found) == len(pairs) + len(value)
        return found
    if type(value) in (list, tuple, set):
        return type(value)(map(expanded, value))
    assert type(value) in (str, int, float, bool, bytes, type(None)), type(value)
    return value


def listed(keys):
    return list(keys) if isinstance(keys, tuple) else keys.tolist()


def same(found, expected):
    """Whether two objects are equal, and of the same types throughout."""
    if isinstance(expected, dict):
        kinds = {repr(key): key for key in found}
        return len(found) == len(expected) and all(
            repr(key) in kinds and same(found[kinds[repr(key)]], part) for key, part in expected.items()
        )
    if type(expected) is set:
        return found == expected and sorted(map(repr, found)) == sorted(map(repr, expected))
    if type(expected) in (list, tuple):
        return type(found) is type(expected) and len(found) == len(expected) and all(map(same, found, expected))
    return repr(found) == repr(expected)


def load(data, **options):
    machine = Machine(Window(io.BytesIO(data).read), **options)
    return machine.load()


@contextmanager
def windows_of(chunk):
    """Let windows be fed some bytes at a time, and look no further ahead than they must."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pickle_machine, "CHUNK", chunk)
        patch.setattr(_pickle_machine, "MARGIN", TINY_MARGIN)
        yield


protocols = pytest.mark.parametrize("protocol", [2, 3, 4, 5])
picklers = pytest.mark.parametrize("pickler", [pickle.Pickler, pickle._Pickler], ids=["C", "Python"])


@protocols
@picklers
@settings(max_examples=40)
@given(value=PLAIN, framed=st.booleans())
def test_plain_data_are_read_as_python_reads_them(protocol, pickler, value, framed):
    if protocol == 2:
        value = repr(value) if "b'" in repr(value) or 'b"' in repr(value) else value  # bytes: see below
    data = pickled(value, protocol, pickler, framed=framed)
    assert same(expanded(load(data)), pickle.loads(data))


@settings(max_examples=60)
@given(value=PLAIN, chunk=st.integers(1, 50))
def test_windows_of_a_few_bytes(value, chunk):
    data = pickled(value, 4)
    with windows_of(chunk):
        assert same(expanded(load(data)), value)


@pytest.mark.parametrize("protocol", [4, 5])
@settings(max_examples=30)
@given(value=HASHED)
def test_sets(protocol, value):
    assert same(expanded(load(pickled([value, value and {"a": value}], protocol))), [value, value and {"a": value}])


@given(value=st.binary(min_size=1, max_size=300))
def test_bytes_of_protocol_2_are_a_call_that_is_not_made(value):
    assert load(pickled([value], 2)) == [value]


@pytest.mark.parametrize("length", [255, 256, 257, 999, 1000, 1001, 65_536, 100_001])
@pytest.mark.parametrize("key", [int, "ori-test@{}".format, "{:06d}".format])
@protocols
def test_long_dictionaries(protocol, key, length):
    value = {key(place): place / 7 for place in range(length)}
    shared = [value, dict(value)]
    assert same(expanded(load(pickled(shared, protocol))), shared)


def test_ordered_dictionaries_and_scalars():
    value = OrderedDict(
        [("12", np.float64(1.5)), ("big-endian", np.float64(2.5).astype(">f8")), ("whole", np.int64(7))]
    )
    for protocol in (2, 4):
        found = load(pickled(value, protocol))
        assert expanded(found) == {"12": 1.5, "big-endian": 2.5, "whole": 7}
        assert type(found["whole"]) is int


# --- runs of numbers, where they are none ---


@pytest.mark.parametrize(
    "value",
    [
        [{}, (1, 2.0, 3, 4.0)],
        {"a": {}, (1, 2.0, 3, 4.0): None},
        {1: 2.0, 3: 4.0, (5, 6.0): None},
        {1: 2.0, 3: 4.0, 5: (6.0,)},
        {1: 2.0, 3: 4.0, 5: [6.0, 7.0]},
        {1: 2.0, 300: 4.0, 70_000: 6.0, 2: 8.0},
        {1: {}, 2: 1.0, 3: 2.0},
        ({}, {1: 1.0, 2: 2.0}, 1, 1.0),
        ("a", 1.0, "b", 2.0),
    ],
    ids=repr,
)
@protocols
def test_pairs_that_are_no_items(protocol, value):
    assert same(expanded(load(pickled(value, protocol))), value)


RUN = b"".join(b"K" + bytes([epoch]) + b"G" + struct.pack(">d", epoch) for epoch in range(3))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"}(" + RUN + b"t", "left over"),
        (b"}(K\x09}" + RUN + b"su", "items are set on something that is no dictionary"),
        (b"}(" + RUN + b"\x85u", None),  # the last value becomes a tuple
        (b"}(" + RUN + b"\x86u", "a key has no value"),
        (b"}(" + RUN + b"au", "appended to what is no list"),
        (b"}(" + RUN + b"q\x05u", "a number of a dictionary is put into the memo"),
        (b"}(" + RUN + b"e", "appended to what is no list"),
        (b"}(" + RUN + b"\x90", "no set"),
        (b"}(" + RUN + b"Ru", "not on the allow-list"),
        (b"}(" + RUN + b"bu", "sets the state of an object"),
        (b"}(" + RUN + b"\x93u", "no text"),
    ],
)
def test_what_takes_a_single_number_never_takes_a_run(data, expected):
    data = b"\x80\x04" + data + b"."
    if expected is None:
        assert same(expanded(load(data)), pickle.loads(data))
    else:
        with pytest.raises((UnsafePickle, StoreError), match=expected):
            load(data)


# --- streaming ---

RECORDS = st.dictionaries(
    st.integers(0, 2**17),
    st.one_of(by_epoch(), st.dictionaries(st.sampled_from(["12", "200", "less"]), by_set(), max_size=3), NUMBERS),
    min_size=2,
    max_size=12,
)


@protocols
@settings(max_examples=25)
@given(records=RECORDS, chunk=st.one_of(st.none(), st.integers(1, 50)))
def test_items_come_out_one_by_one(protocol, records, chunk):
    whole = {"names": ["a", "b"], "records": records, "listed": sorted(records)}
    with windows_of(chunk or 2**23):
        machine = Machine(Window(io.BytesIO(pickled(whole, protocol)).read), stream="records")
        found = [(key, expanded(part)) for key, part in machine.items()]
    assert same(dict(found), records)
    assert [key for key, _ in found] == list(records)
    assert same(expanded(machine.result), {**whole, "records": {}})


def test_items_are_handed_out_before_the_next_is_read():
    records = {index: {"number": index} for index in range(1500)}
    whole = pickled({"names": [], "records": records, "listed": []}, 4)
    with windows_of(16):
        window = Window(io.BytesIO(whole).read)
        items = Machine(window, stream="records").items()
        assert next(items)[0] == 0
        assert not window.ended
        assert [key for key, _ in items] == list(range(1, 1500))


def streamed(*records):
    """Return a pickle of records, each a dictionary of one thing, given as opcodes."""
    parts = b"".join(b"K" + bytes([index]) + b"}C\x01x" + record + b"s" for index, record in enumerate(records))
    return b"\x80\x04}(X\x01\x00\x00\x00a]X\x01\x00\x00\x00r}(" + parts + b"uu."


def items_of(data):
    return list(Machine(Window(io.BytesIO(data).read), stream="r").items())


TEXT = b"X\x02\x00\x00\x00hi"


@pytest.mark.parametrize(
    ("made", "value"), [(TEXT, "hi"), (b")", ()), (TEXT + b"\x85", ("hi",)), (b"C\x01a", b"a"), (b"K\x07", 7)]
)
def test_texts_and_the_like_of_an_earlier_record_can_be_referred_to(made, value):
    data = streamed(made + b"q\x05", b"](h\x05h\x05e")
    assert items_of(data) == [(0, {b"x": value}), (1, {b"x": [value, value]})]
    assert pickle.loads(data)["r"] == dict(items_of(data))


@pytest.mark.parametrize("made", [b"]", b"}", b"\x8f", b"]\x85"])
def test_containers_of_an_earlier_record_cannot(made):
    data = streamed(made + b"q\x05", b"](h\x05h\x05e", b"N")
    with pytest.raises(UnsafePickle, match="refers to object 5, which does not exist or belongs to an earlier record"):
        items_of(data)


def test_containers_of_earlier_records_are_dropped():
    records = {index: {"number": [index], "text": "one"} for index in range(300)}
    machine = Machine(Window(io.BytesIO(pickled({"r": records, "n": 1}, 4)).read), stream="r")
    sizes = [len(machine._memo) for _ in machine.items()]
    assert max(sizes) < 10


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"}(X\x01\x00\x00\x00r}(K\x00NK\x01NuX\x01\x00\x00\x00r}(K\x02NK\x03Nuu.", "it has r twice"),
        (b"}(X\x01\x00\x00\x00r}(K\x00NK\x01NuX\x01\x00\x00\x00r}u.", "its r is not what was read"),
        (b"}(X\x01\x00\x00\x00r}(K\x00NK\x01Nt\x86u.", "in a tuple"),
        (b"](X\x01\x00\x00\x00r}(K\x00NK\x01Nue.", "its r is not what was read"),
        (b"}(K\x01}X\x01\x00\x00\x00r}(K\x00NK\x01NusX\x01\x00\x00\x00r}u.", "its r is not what was read"),
    ],
    ids=["twice", "replaced", "a tuple", "of a list", "elsewhere"],
)
def test_only_what_ends_up_under_the_key_is_handed_out(data, expected):
    with pytest.raises(UnsafePickle, match=expected):
        items_of(b"\x80\x04" + data)


# --- refusals ---


@pytest.mark.parametrize(
    ("opcodes", "error", "expected"),
    [
        (b"", StoreError, "cut off or damaged"),
        (b"]", StoreError, "cut off or damaged"),
        (b"X\x05\x00\x00\x00ab", StoreError, "cut off"),
        (b"C\x05ab", StoreError, "cut off in bytes"),
        (b"NN.", StoreError, "something left over"),
        (b"(N.", StoreError, "something left over"),
        (b"\x80\x09N.", UnsafePickle, "protocol 9: archives are of 2 to 5"),
        (b"cos\nsystem\n.", UnsafePickle, "os.system, which is not on the allow-list"),
        (b"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93.", UnsafePickle, "os.system, which is not on the allow-list"),
        (b"c" + b"a" * 600, StoreError, "the name of a global has no end"),
        (b"ccollections\nOrderedDict\n](e\x85R.", UnsafePickle, "OrderedDict is called with arguments"),
        (b"N)R.", UnsafePickle, "calls something that is not on the allow-list"),
        (b"(ios\nsystem\n.", UnsafePickle, "opcode INST"),
        (b"N0.", UnsafePickle, "opcode POP"),
        (b"\xf0.", UnsafePickle, "opcode 0xf0"),
        (b"Pid\n.", UnsafePickle, "weights of networks"),
        (b"NQ.", UnsafePickle, "weights of networks"),
        (b"h\x07.", UnsafePickle, "object 7, which does not exist"),
        (b"Nq\x03Nq\x03.", UnsafePickle, "out of order"),
        (b"Nq\x03Nq\x01.", UnsafePickle, "out of order"),
        (b"Nq\x03N\x94.", UnsafePickle, "out of order"),
        (b"}}b.", UnsafePickle, "sets the state of an object"),
        (b"}(Nu.", UnsafePickle, "a key has no value"),
        (b"}(]Nu.", StoreError, "unhashable"),
        (b"\x8a\xff" + bytes(255) + b".", UnsafePickle, "a whole number of 255 bytes"),
        (b"X\xff\xff\xff\x00" + bytes(10) + b".", UnsafePickle, "a text of 16,777,215 bytes"),
        (b"X\x01\x00\x00\x00\xff.", StoreError, "UnicodeDecodeError"),
        (b"(" * 100, UnsafePickle, "more than 64 deep"),
        (b"N" * 2_100_000, UnsafePickle, "more than 2,000,000 steps"),
        (b"}" * 300_000, UnsafePickle, "more than 2,000,000 steps"),
        (b"}()" + b"\x85" * 5000 + b"Nu.", UnsafePickle, "a key of more than 1,000 parts"),
        (b"\x8f()" + b"\x85" * 5000 + b"\x90.", UnsafePickle, "a key of more than 1,000 parts"),
        (b"cnumpy\ndtype\nX\x02\x00\x00\x00O8\x85R.", UnsafePickle, "a NumPy dtype 'O8' is asked for"),
        (b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85RNb.", UnsafePickle, "None is no state of a plain dtype"),
    ],
)
def test_refusals_say_what_is_wrong(opcodes, error, expected):
    with pytest.raises(error, match=expected):
        load(b"\x80\x04" + opcodes if not opcodes.startswith(b"\x80") else opcodes)


def test_a_record_is_limited_in_bytes(monkeypatch):
    monkeypatch.setattr(_pickle_machine, "MAX_RECORD_BYTES", 50_000)
    monkeypatch.setattr(_pickle_machine, "CHUNK", 1000)
    monkeypatch.setattr(_pickle_machine, "MARGIN", TINY_MARGIN)
    with pytest.raises(UnsafePickle, match="one record of more than 50,000 bytes"):
        load(pickled(dict.fromkeys(range(9000), 1.0), 4))
    records = {index: dict.fromkeys(range(300), 1.0) for index in range(100)}
    assert len(items_of(pickled({"r": records, "n": 1}, 4))) == 100  # each has 3,000 bytes


@pytest.mark.parametrize(("name", "least"), [("MAX_TEXT_BYTES", "different texts"), ("MAX_MEMO", "texts")])
def test_texts_are_limited(monkeypatch, name, least):
    monkeypatch.setattr(_pickle_machine, name, 500)
    with pytest.raises(UnsafePickle, match=f"more than 500 .*{least}"):
        load(pickled([f"text {place}" for place in range(600)], 4))


def test_no_repr_of_a_hostile_object_takes_long():
    laughs = deep = loop = []
    for _ in range(200):
        laughs = [laughs, laughs]
    for _ in range(100_000):
        deep = [deep]
    loop.append(loop)
    for value in (laughs, deep, loop, {"a": laughs}, (deep,) * 3, "a" * 10**7, 10**4000):
        assert len(brief(value)) <= 60
    assert brief(math.inf) == "inf"
