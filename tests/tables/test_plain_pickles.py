"""Nothing but plain data leaves a pickle, and nothing in it runs."""

import os
import pickle

import numpy as np
import pytest

from benchtools.errors import StoreError, UnsafePickle
from benchtools.tables.archives._files import load_plain_pickle as load_plain

LIMIT = 10_000


class Call:
    """Pickles as a call."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class WithPersistentId(pickle.Pickler):
    def persistent_id(self, value):
        return "outside" if isinstance(value, set) else None


@pytest.fixture
def load(tmp_path):
    def write_and_load(data):
        path = tmp_path / "cells.pkl"
        path.write_bytes(data)
        return load_plain(path, LIMIT)

    return write_and_load


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_come_out_whole(load, protocol):
    data = {"000000": {"acc": [1.5, 2, None, True], "name": ("a", "b"), "big": 2**70}}
    data["bytes"] = b"b"  # before protocol 3 a call of _codecs.encode, which has a stand-in
    assert load(pickle.dumps(data, protocol)) == data


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (lambda target: Call(os.system, f"touch {target}"), "posix.system"),
        (lambda target: Call(eval, f"open({str(target)!r}, 'w')"), "builtins.eval|__builtin__.eval"),
        (lambda target: Call(getattr, Call(__import__, "os"), "system"), "builtins.getattr|__builtin__.getattr"),
        (lambda target: Call(open, str(target), "w"), "io.open|_io.open"),
        (lambda target: np.zeros(2), "numpy.*_reconstruct|numpy"),
        (lambda target: {"deep": [{"deeper": (Call(os.mkdir, str(target)),)}]}, "posix.mkdir"),
    ],
    ids=["os.system", "eval", "getattr", "open", "numpy-array", "nested"],
)
def test_a_call_is_refused_by_name_and_not_made(load, tmp_path, payload, named, protocol):
    target = tmp_path / "made-by-the-pickle"
    data = pickle.dumps(payload(target), protocol)
    with pytest.raises(UnsafePickle, match=rf"refused cells.pkl: it asks for ({named}).*is not on the allow-list"):
        load(data)
    assert not target.exists()


def test_the_payload_of_that_test_would_make_a_file(tmp_path):
    target = tmp_path / "made"
    pickle.loads(pickle.dumps(Call(os.mkdir, str(target))))
    assert target.exists()


@pytest.mark.parametrize(
    ("opcodes", "named"),
    [
        (b"\x80\x02cos\nsystem\n(X\x04\0\0\0truetR.", "it asks for os.system"),
        (b"\x80\x02(X\x04\0\0\0trueios\nsystem\n.", "its opcode INST"),
        (b"\x80\x04\x8c\x02os\x94\x8c\x0bpath.exists\x93.", "it asks for os.path.exists"),
    ],
    ids=["GLOBAL", "INST", "STACK_GLOBAL"],
)
def test_every_way_to_name_a_global_is_refused(load, opcodes, named):
    with pytest.raises(UnsafePickle, match=named):
        load(opcodes)


def test_a_persistent_id_is_refused(tmp_path):
    path = tmp_path / "cells.pkl"
    with open(path, "wb") as file:
        WithPersistentId(file).dump([set()])
    with pytest.raises(UnsafePickle, match="it holds tensors"):
        load_plain(path, LIMIT)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x80", pickle.dumps({"a": [1.0] * 9})[:-4], b"not a pickle", b"\x80\x05\x82\x01.", b"\x80\x05\x97."],
    ids=["empty", "one byte", "cut", "text", "extension", "buffer"],
)
def test_damaged_data_are_an_error_of_ours(load, data):
    with pytest.raises((StoreError, UnsafePickle), match=r"cells.pkl"):
        load(data)


def test_a_file_too_large_is_not_read(load):
    exact = pickle.dumps("x" * (LIMIT - 40))
    assert len(exact) <= LIMIT
    assert load(exact) == "x" * (LIMIT - 40)
    with pytest.raises(UnsafePickle, match="it has 10,001 bytes, at most 10,000 are expected: it was not read"):
        load(b"\x00" * (LIMIT + 1))
