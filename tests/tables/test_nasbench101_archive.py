"""The reader of NAS-Bench-101's files against one in plain Python; odd and damaged files. All numbers are SYNTHETIC."""

import base64
import json
import struct
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import BenchtoolsError, InvalidInput, StoreError
from benchtools.spaces import NASBench101
from benchtools.tables._column import Column
from benchtools.tables.archives import _nasbench101
from benchtools.tables.archives._nasbench101 import read_nasbench101
from benchtools.tables.archives._nasbench101_metrics import MAX_LAYOUTS, decode, decode_many
from benchtools.tables.archives._protobuf import fields
from benchtools.tables.archives._tfrecord import frame, read_records
from benchtools.testing._synthetic_nasbench101 import write_nasbench101

SPLITS = {2: "train", 3: "valid", 4: "test"}


# --- plain Python -----------------------------------------------------------------------------------------------------


def slow_payloads(content):
    place = 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        yield content[place + 12 : place + 12 + length]
        place += length + 16


def slow_fields(message):
    """Return (number, value) pairs; value is an int, bytes, or 8 or 4 bytes."""
    found, place = [], 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        tag = varint()
        if tag & 7 == 0:
            found.append((tag >> 3, varint()))
            continue
        size = {1: 8, 5: 4}.get(tag & 7) or varint()
        found.append((tag >> 3, message[place : place + size]))
        place += size
    return found


def slow_numbers(message):
    """Return 15 numbers of evaluations, parameters, total time."""
    numbers, n_evaluations = [0.0] * 17, 0
    for number, value in slow_fields(message):
        if number == 1:
            for inner, double in slow_fields(value):
                if inner <= 5:
                    numbers[5 * n_evaluations + inner - 1] = struct.unpack("<d", double)[0]
            n_evaluations += 1
        elif number == 2:
            numbers[15] = value
        elif number == 3:
            numbers[16] = struct.unpack("<d", value)[0]
    return numbers


def slow_values(content):
    """Return every value of a file by (index, column, moment)."""
    values, n_rows = {}, {}
    for payload in slow_payloads(content):
        digest, epochs, _, _, text = json.loads(payload)
        numbers = slow_numbers(base64.b64decode(text))
        index = NASBench101().parse(digest)
        repeat = n_rows[digest, epochs] = n_rows.get((digest, epochs), -1) + 1
        for row, moment in enumerate((0, epochs // 2, epochs)):
            for place, split in SPLITS.items():
                column = Column("accuracy", "cifar10", split, epochs, repeat)
                values[index, column, moment] = numbers[5 * row + place] * 100.0
            values[index, Column("train_time_s", "cifar10", None, epochs, repeat), moment] = numbers[5 * row + 1]
        values[index, Column("total_time_s", "cifar10", None, epochs, repeat), None] = numbers[16]
        values[index, Column("params_m", "cifar10", None, None, None), None] = numbers[15] / 1e6
    return values


def values_of(blocks):
    values = {}
    for block in blocks:
        assert len(set(block.keys.tolist())) == len(block.keys)
        for column, part in block.parts.items():
            assert part.values.shape == (len(part.after or [None]), len(block.keys))
            for row, place in np.argwhere(~np.isnan(part.values)):
                name = (int(block.keys[place]), column, part.after[row] if part.after else None)
                assert name not in values
                values[name] = part.values[row, place]
    return values


# --- rows to taste ----------------------------------------------------------------------------------------------------


def double(number, value):
    return bytes([8 * number + 1]) + struct.pack("<d", value)


def long(number, content):
    return bytes([8 * number + 2, len(content)]) + content


def evaluation(epoch=0.0, seconds=0.0, train=0.1, valid=0.1, test=0.1, extra=b""):
    numbers = enumerate((epoch, seconds, train, valid, test), 1)
    return b"".join(double(number, value) for number, value in numbers) + extra


def message(*, epochs=108, test=0.9, extra=b"", parameters=b"\x10\xff\x84\x23", total=1200.5, start=None, **end):
    moments = [
        evaluation() if start is None else start,
        evaluation(epochs // 2, 500.0),
        evaluation(**{"epoch": epochs, "seconds": 1000.25, "train": 1.0, "valid": 0.925, "test": test, **end}),
    ]
    return b"".join(long(1, moment) for moment in moments) + parameters + double(3, total) + extra


def row(
    index=7, *, epochs=108, raw=None, digest=None, cell=None, dump=json.dumps, encode=base64.encodebytes, **options
):
    space = NASBench101()
    adjacency, _, operations = (cell or str(space.cell(index))).partition(":")
    content = message(epochs=epochs, **options) if raw is None else raw
    text = encode(content).decode()
    return dump([digest or space.to_string(index), epochs, adjacency, operations, text]).encode()


def in_lines(text, width):
    return b"\n".join(text[start : start + width] for start in range(0, len(text), width))


@pytest.fixture
def write(tmp_path):
    def write_rows(*rows):
        path = tmp_path / "some.tfrecord"
        path.write_bytes(frame(np.frombuffer(b"".join(rows), np.uint8), np.array([len(row) for row in rows])))
        return path

    return write_rows


def read(path):
    return values_of(read_nasbench101(path))


# --- whole files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [3000, 1 << 20])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("epochs", [(108,), (4, 12, 36, 108)])
def test_every_number_is_that_of_plain_python(tmp_path, monkeypatch, epochs, shuffle, chunk):
    monkeypatch.setattr(_nasbench101, "read_records", partial(read_records, chunk=chunk))
    cells = [0, 423_623, *range(5, 400_000, 9_999)]
    path = write_nasbench101(tmp_path / "some.tfrecord", cells=cells, epochs=epochs, shuffle=shuffle, rng=2)
    seen = []
    found = values_of(read_nasbench101(path, progress=lambda *report: seen.append(report)))
    assert found == slow_values(path.read_bytes())
    assert len(found) == len(cells) * (3 * len(epochs) * 13 + 1)
    assert {stage for stage, _, _ in seen} == {"bytes"}
    assert seen[-1][1:] == (path.stat().st_size,) * 2
    assert {index for index, _, _ in found} == set(cells)


def test_cells_of_every_size(tmp_path):
    codes = NASBench101().codes
    cells = np.concatenate([np.flatnonzero(codes >> 29 == n_vertices)[:40] for n_vertices in range(2, 8)])
    path = write_nasbench101(tmp_path / "some.tfrecord", cells=cells)
    assert read(path) == slow_values(path.read_bytes())


def test_missing_repeats_are_missing(write):
    found = read(write(row(7), row(9), row(7, epochs=4)))
    assert {(column.epochs, column.seed) for index, column, _ in found if index == 7} == {
        (108, 0),
        (4, 0),
        (None, None),
    }
    assert {(column.epochs, column.seed) for index, column, _ in found if index == 9} == {(108, 0), (None, None)}


def test_repeats_are_in_the_order_of_the_file(write):
    found = read(write(row(7, test=0.5), row(9), row(7, test=0.25), row(7, test=0.75)))
    tests = [found[7, Column("accuracy", "cifar10", "test", 108, repeat), 108] for repeat in range(3)]
    assert tests == [50.0, 25.0, 75.0]


ODD = {
    "no spaces": {"dump": partial(json.dumps, separators=(",", ":"))},
    "lines": {"dump": partial(json.dumps, indent=1)},
    "escaped slashes": {"dump": lambda fields: json.dumps(fields).replace("/", "\\/")},
    "escaped letters": {"dump": lambda fields: json.dumps(fields).replace("c", "\\u0063").replace("a", "\\u0061")},
    "spaces at the end": {"dump": lambda fields: json.dumps(fields) + "  "},
    "longer than usual": {"dump": lambda fields: " " * 2000 + json.dumps(fields)},
    "base64 in one line": {"encode": base64.b64encode},
    "base64 in short lines": {"encode": lambda raw: in_lines(base64.b64encode(raw), 40)},
    "base64 in Windows lines": {"encode": lambda raw: base64.encodebytes(raw).replace(b"\n", b"\r\n")},
    "checkpoint path": {"extra": b"", "start": evaluation(extra=long(6, b"/path/model.ckpt-0"))},
    "unknown fields": {"extra": b"\x20\x96\x01" + long(5, b"abc") + b"\x35abcd" + double(7, -1.0) + b"\xa0\x06\x05"},
    "unknown fields within": {"start": evaluation(extra=b"\x38\x05" + long(9, b"") + b"\x55abcd")},
    "missing zeros": {"start": double(3, 0.1)},
    "nothing before training": {"start": b""},
    "a field twice": {"extra": double(3, 1300.0) + b"\x10\xff\x84\x23"},
    "parameters first": {"raw": b"\x10\xff\x84\x23" + message(parameters=b"")},
    "long varint": {"parameters": b"\x10\xff\x84\xa3\x80\x80\x80\x80\x80\x80\x00"},
    "long tag": {"parameters": b"\x90\x00\xff\x84\x23"},
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_other_layouts_of_the_same_row(write, name):
    odd = ODD[name]
    rows = [row(7), row(7, **odd), row(9), row(9, test=0.5, **odd if "raw" not in odd else {}), row(11, **odd), row(0)]
    path = write(*rows)
    assert read(path) == slow_values(path.read_bytes())


def test_all_other_layouts_in_one_file(write):
    path = write(
        *(row(index, **odd) for odd_index, odd in enumerate(ODD.values()) for index in (odd_index, odd_index + 50))
    )
    assert read(path) == slow_values(path.read_bytes())


def test_isomorphic_cells_and_loose_ends_are_the_cell_of_their_hash(write):
    space = NASBench101()
    parallel = "0110000100010000:input,maxpool3x3,conv3x3-bn-relu,output"
    exchanged = "0110000100010000:input,conv3x3-bn-relu,maxpool3x3,output"
    loose = "0110000010000010000000000:input,conv1x1-bn-relu,conv1x1-bn-relu,maxpool3x3,output"  # 3 ends there
    index = space.parse(parallel)
    assert space.parse(exchanged) == index
    rows = [row(index, cell=parallel), row(index, cell=exchanged), row(space.parse(loose), cell=loose)]
    path = write(*rows)
    assert read(path) == slow_values(path.read_bytes())


# --- messages ---------------------------------------------------------------------------------------------------------

VALUE = st.floats(allow_nan=False, width=64)
UNKNOWN = st.one_of(
    st.builds(lambda value: b"\x40" + bytes([value]), st.integers(0, 127)),
    st.builds(partial(long, 9), st.binary(max_size=20)),
    st.builds(lambda value: b"\x55" + value, st.binary(min_size=4, max_size=4)),
)
INNER = st.lists(st.one_of(st.builds(double, st.integers(1, 5), VALUE), UNKNOWN), max_size=5).map(b"".join)
OUTER = st.lists(
    st.one_of(UNKNOWN, st.builds(double, st.just(3), VALUE), st.just(b"\x10\x05"), st.just(b"\x10\x85\x01")), max_size=4
)


@st.composite
def messages(draw):
    parts = [long(1, draw(INNER)) for _ in range(3)] + draw(OUTER)
    return b"".join(draw(st.permutations(parts)))


@given(messages())
def test_messages_are_decoded_as_in_plain_python(content):
    assert decode(content).tolist() == slow_numbers(content)


@given(st.lists(messages(), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_many_messages_are_decoded_as_one_by_one(contents, seed):
    """Messages of one length: some of random layout, and noisy copies whose structure may or may not be the same."""
    layouts = {}
    rng = np.random.default_rng(seed)
    for content in contents:
        rows = np.repeat(np.frombuffer(content, np.uint8)[None], 6, axis=0)
        for copy in rows[1:]:
            copy[rng.integers(0, len(content), 2)] = rng.integers(0, 256, 2)
        numbers, is_done = decode_many(rows, layouts.setdefault(len(content), []))
        for place, copy in enumerate(rows):
            if is_done[place]:
                np.testing.assert_array_equal(numbers[:, place], slow_numbers(copy.tobytes()))
                continue
            try:
                decoded = decode(copy.tobytes())
            except StoreError:
                continue
            np.testing.assert_array_equal(decoded, slow_numbers(copy.tobytes()))


def test_rare_layouts_are_left_to_decode():
    contents = [message(extra=bytes([0x80 | 8 * (n % 8), 1 + n // 8, 5])) for n in range(MAX_LAYOUTS + 8)]
    numbers, is_done = decode_many(np.stack([np.frombuffer(content, np.uint8) for content in contents]), [])
    assert is_done.sum() == MAX_LAYOUTS
    assert numbers[:, 0].tolist() == slow_numbers(contents[0])


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_an_error(content):
    try:
        found = list(fields(content))
    except StoreError:
        return
    assert [field.stop for field in found[:-1]] == [field.tag for field in found[1:]]
    values = [content[field.start : field.stop] for field in found if field.kind]
    assert values == [value for _, value in slow_fields(content) if isinstance(value, bytes)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x19abc", "cut off within the field at byte 0"),
        (b"\x10\x80", "cut off within the number at byte 1"),
        (b"\x0a\x05abcd", "cut off within the field at byte 0"),
        (b"\x10\x05\x0b\x0c", r"no valid field at byte 2 \(number 1, wire type 3\)"),
        (b"\x02\x00", r"no valid field at byte 0 \(number 0, wire type 2\)"),
        (b"\x10" + b"\xff" * 9 + b"\x02", "more than 64 bits at byte 1"),
        (b"\x10" + b"\x80" * 10 + b"\x00", "more than 64 bits at byte 1"),
        (b"\x08\x05", "field 1 of its message, at byte 0, has wire type 0: 2 is expected"),
        (b"\x11abcdefgh", "field 2 of its message, at byte 0, has wire type 1: 0 is expected"),
        (b"\x0a\x02\x08\x05", "field 1 of its message, at byte 2, has wire type 0: 1 is expected"),
        (b"", "has 0 evaluations: 3 are expected"),
        (message() + long(1, evaluation()), "has 4 evaluations: 3 are expected"),
    ],
)
def test_messages_that_are_none(write, content, said):
    with pytest.raises(StoreError, match=said):
        decode(content)
    with pytest.raises(StoreError, match=f"some.tfrecord cannot be read: record 1 at byte [0-9]+: .*{said}"):
        read(write(row(), row(raw=content)))


# --- refused ----------------------------------------------------------------------------------------------------------

HASH = "[0-9a-f]{32}"
BAD = {
    "accuracy above 1": ({"test": 1.5}, f"cell {HASH} with 108 epochs, has test_accuracy at the end = 1.5: a fraction"),
    "negative accuracy": ({"valid": -0.1}, "has validation_accuracy at the end = -0.1: a fraction of 0 to 1 is valid"),
    "no accuracy": ({"train": np.nan}, "has train_accuracy at the end = nan: a fraction of 0 to 1 is valid"),
    "negative time": ({"seconds": -1.0}, "has training_time at the end = -1: finite seconds from 0 are valid"),
    "endless time": ({"seconds": np.inf}, "has training_time at the end = inf: finite seconds from 0 are valid"),
    "negative total": ({"total": -2.0}, "has total_time = -2: finite seconds from 0 are valid"),
    "no total": ({"total": np.nan}, "has total_time = nan"),
    "another end": ({"epoch": 107.0}, "has current_epoch at the end = 107: 108 is expected"),
    "no end": ({"epoch": np.nan}, "has current_epoch at the end = nan: 108 is expected"),
    "another start": ({"start": evaluation(4.0)}, "has current_epoch before training = 4: 0 is expected"),
    "negative parameters": (
        {"parameters": b"\x10" + b"\xff" * 9 + b"\x01"}, "has trainable_parameters = -1: 0 to 2147483647 are valid"
    ),
    "many parameters": ({"parameters": b"\x10\xff\xff\xff\xff\x7f"}, "has trainable_parameters = 34359738367: 0 to"),
    "epochs": ({"epochs": 60}, f"the cell {HASH} has 60 epochs: 4, 12, 36, 108 are expected"),
    "unknown hash": ({"digest": "0123456789abcdef" * 2}, "has the hash 0123456789abcdef0123456789abcdef, which no c"),
    "no hash": ({"digest": "0123"}, "its hash is '0123': 32 hexadecimal digits are expected"),
    "capital hash": ({"digest": "ABCDEF" * 5 + "AB"}, "its hash is 'ABCDEF.*': 32 hexadecimal digits are expected"),
    "swapped cell": ({"cell": "010001000:input,maxpool3x3,output"}, "has the cell .* under the hash .* another cell"),
    "swapped in JSON": (
        {"cell": "010001000:input,maxpool3x3,output", "dump": partial(json.dumps, indent=1)}, "which is that of another"
    ),
    "cell without a path": ({"cell": "0000:input,output"}, "has the cell 0000:input,output under the hash"),
    "cell of too many edges": (
        {"cell": "0111101111" + "00111" "00011" "00001" "00000" + ":input,maxpool3x3,output"}, "is no cell"
    ),
    "backward edge": ({"cell": "010101000:input,maxpool3x3,output"}, "must be upper-triangular"),
    "no zeros and ones": ({"cell": "020001000:input,maxpool3x3,output"}, "is no cell"),
    "other operation": ({"cell": "010001000:input,maxpool5x5,output"}, "'maxpool5x5' of vertex 1 is not of NAS-Bench"),
    "other end": ({"cell": "010001000:input,maxpool3x3,outputs"}, "must begin with 'input' and end with 'output'"),
    "no base64": ({"encode": lambda raw: b"?" + base64.encodebytes(raw)}, f"metrics of the cell {HASH} are no base64"),
    "base64 cut off": ({"encode": lambda raw: base64.encodebytes(raw)[:50]}, "are no base64|is cut off|no valid"),
    "no list": ({"dump": lambda fields: json.dumps({"a": 1})}, r"it is b'\{\"a\": 1\}'...: \[hash, epochs, adjacency"),
    "wrong types": ({"dump": lambda fields: json.dumps([1, *fields[1:]])}, r"\[hash, epochs, adjacency, operatio"),
    "true epochs": ({"dump": lambda fields: json.dumps([fields[0], True, *fields[2:]])}, r"\[hash, epochs, adjacency"),
    "no JSON": ({"dump": lambda fields: json.dumps(fields)[:-1]}, "it is no JSON text"),
    "deep JSON": ({"dump": lambda fields: "[" * 60_000}, "it is no JSON text"),
    "no text": ({"dump": lambda fields: ""}, "it is no JSON text"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_rows_that_are_refused(write, name):
    options, said = BAD[name]
    good = row(9)
    with pytest.raises(
        StoreError, match=rf"(?s)some.tfrecord cannot be read: record 1 at byte {len(good) + 16}\b.*({said})"
    ):
        read(write(good, row(7, **options), good))


def test_no_utf8(write):
    with pytest.raises(StoreError, match="record 0 at byte 0: it is no JSON text"):
        read(write(row().replace(b"input", b"\xff\xfe")))


def test_fourth_repeat_is_refused(write):
    rows = [row(7), row(7), row(7, epochs=36), row(7), row(7)]
    said = f"record 4 at byte {sum(map(len, rows[:4])) + 64} is row 4 of the cell {HASH} with 108 epochs: at most 3"
    with pytest.raises(StoreError, match=said):
        read(write(*rows))


def test_other_number_of_parameters_is_refused(write, monkeypatch):
    rows = [row(7), row(9), row(7, epochs=4, parameters=b"\x10\x05")]
    for chunk in (500, 1 << 20):
        monkeypatch.setattr(_nasbench101, "read_records", partial(read_records, chunk=chunk))
        with pytest.raises(
            StoreError, match=r"record 2 at byte \d+ gives the cell .* 5 trainable.* row gives it 574079"
        ):
            read(write(*rows))


def test_swapped_cells_of_a_whole_file_are_refused(write):
    space = NASBench101()
    rows = [row(index, cell=str(space.cell(index))) for index in range(20)]
    rows[12], rows[13] = (row(a, cell=str(space.cell(b))) for a, b in ((12, 13), (13, 12)))
    with pytest.raises(StoreError, match="record 12 at byte"):
        read(write(*rows))


def test_other_files(tmp_path):
    path = tmp_path / "some.tfrecord"
    with pytest.raises(StoreError, match=r"the file .*some.tfrecord does not exist"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(StoreError, match=r"some.tfrecord cannot be read: it is empty"):
        read(path)
    path.write_bytes(b"PAR1 and so on, a table")
    with pytest.raises(InvalidInput, match=r"some.tfrecord is no TFRecord file.*it starts with b'PAR1 and"):
        read(path)


def test_every_truncation_and_every_flipped_bit(write):
    path = write(row(7), row(9, epochs=4))
    content = path.read_bytes()
    end = len(row(7)) + 16
    for size in range(len(content)):
        path.write_bytes(content[:size])
        if size == end:  # a whole file of one record
            assert read(path) == slow_values(content[:size])
        else:
            with pytest.raises(BenchtoolsError, match=r"cut off|empty"):
                read(path)
    for bit in range(8 * end):  # of the first record
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(BenchtoolsError, match=r"damaged|cut off"):
            read(path)
