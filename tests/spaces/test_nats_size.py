"""The size space of NATS-Bench against the official list and the nested product."""

import bz2
import itertools
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput, WrongType
from benchtools.spaces import NASBench201, NATSSize, get_space

SHARED = Path(__file__).parents[3] / "shared"
META = SHARED / "data/nats-official-sample/NATS-sss-v1_0-50262-simple/meta.pickle.pbz2"
INDICES = st.integers(0, 32_767)
WIDTHS = [8, 16, 24, 32, 40, 48, 56, 64]


@pytest.fixture(scope="module")
def space():
    return NATSSize()


def test_equals_the_official_list(space):
    if not META.exists():
        pytest.skip(f"the official file {META} is not here")
    with bz2.open(META) as file:
        official = pickle.load(file)["meta_archs"]
    assert [space.to_string(index) for index in range(32_768)] == official
    assert space.parse_many(official).tolist() == list(range(32_768))


def test_is_the_nested_product(space):
    product = list(itertools.product(WIDTHS, repeat=5))
    assert space.size == len(product) == 32_768
    assert space.channels.tolist() == [list(widths) for widths in product]
    assert [space.to_string(index) for index in range(space.size)] == [":".join(map(str, row)) for row in product]


def test_is_registered(space):
    assert type(get_space("nats_size")) is NATSSize


def test_the_topology_is_a_cell_of_nasbench201(space):
    assert NASBench201().to_opcode(NASBench201().parse(space.topology)) == "333133"


def test_channels_are_read_only(space):
    with pytest.raises(ValueError, match="read-only"):
        space.channels[0, 0] = 16


@given(index=INDICES)
def test_numbers_of_any_kind(space, index):
    for key in (index, str(index), f" {index}\n", f" {space.to_string(index)} ", np.int32(index), np.uint64(index)):
        parsed = space.parse(key)
        assert parsed == index
        assert type(parsed) is int


@given(index=INDICES)
def test_neighbours_differ_in_one_slot(space, index):
    widths = list(map(int, space.to_string(index).split(":")))
    expected = sorted(
        space.parse(":".join(map(str, [*widths[:slot], width, *widths[slot + 1 :]])))
        for slot in range(5)
        for width in WIDTHS
        if width != widths[slot]
    )
    neighbours = space.neighbours(index)
    assert len(expected) == 35
    assert neighbours.tolist() == expected
    assert neighbours.dtype == np.int64


def test_every_network_is_its_own_class(space):
    assert len({space.canonical(index) for index in range(space.size)}) == space.size
    assert space.canonical(8) == "8:8:8:16:8"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (32_768, r"^index 32768 is outside nats_size: valid are 0..32767$"),
        ("99999", r"^index 99999 is outside nats_size"),
        (-1, r"^index -1 is outside nats_size"),
        ("8:8:8:8", r"'8:8:8:8' has 4 numbers of channels, not 5: give five numbers of channels such as"),
        ("8:8:8:8:8:8", r"has 6 numbers of channels, not 5"),
        ("123456", r"^'123456' is no architecture of nats_size: give five numbers"),
        ("8:8:12:8:8", r"12 channels in '8:8:12:8:8', for cell 2, are not of nats_size: valid are 8, 16, .*, 64$"),
        ("8:8:8:8:72", r"72 channels in .*, for cell 3, are not of"),
        ("8:08:8:8:8", r"08 channels in .*, for residual block 1, are not of"),
        ("8:8:8::8", r"'8:8:8::8' is no architecture of nats_size: give five numbers"),
        ("8:8:-8:8:8", r"is no architecture of nats_size"),
        ("", r"^'' is no architecture of nats_size"),
        ("٨:8:8:8:8", r"is no architecture of nats_size"),
    ],
)
def test_messages(space, key, message):
    with pytest.raises(InvalidInput, match=message):
        space.parse(key)


@pytest.mark.parametrize("key", [True, None, 1.0, b"12", (8, 8, 8, 8, 8)])
def test_other_types_are_refused(space, key):
    with pytest.raises(
        WrongType, match=rf"\({type(key).__name__}\) is no architecture of nats_size: give five numbers"
    ):
        space.parse(key)


def test_printed_example_of_a_key_is_a_key(space):
    with pytest.raises(InvalidInput) as caught:
        space.parse("nonsense")
    (shown,) = re.findall(r"such as '([^']+)'", str(caught.value))
    assert space.to_string(space.parse(shown)) == shown
