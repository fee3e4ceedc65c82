"""The NAS-Bench-201 space against the official list, published counts and independent definitions."""

import bz2
import itertools
import pickle
import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput, WrongType
from benchtools.spaces import NASBench201

SHARED = Path(__file__).parents[3] / "shared"
META = SHARED / "data/nats-official-sample/NATS-tss-v1_0-3ffb9-simple/meta.pickle.pbz2"
NAMES = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
EXAMPLE = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"  # 6111
EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
INDICES = st.integers(0, 15_624)


@pytest.fixture(scope="module")
def space():
    return NASBench201()


def written(code):
    """Write an op code out by hand."""
    a, b, c, d, e, f = (NAMES[int(digit)] for digit in code)
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


class TestOrder:
    def test_equals_the_official_list(self, space):
        if not META.exists():
            pytest.skip(f"the official file {META} is not here")
        with bz2.open(META) as file:
            official = pickle.load(file)["meta_archs"]
        assert [space.to_string(index) for index in range(15_625)] == official
        assert space.parse_many(official).tolist() == list(range(15_625))

    @pytest.mark.parametrize(("index", "code"), [(0, "421211"), (6111, "333132")])
    def test_known_indices(self, space, index, code):
        assert space.to_opcode(index) == code
        assert space.to_string(index) == written(code)

    def test_is_the_nested_product_shuffled_with_seed_88(self, space):
        codes = ["".join(digits) for digits in itertools.product("01234", repeat=6)]
        random.Random(88).shuffle(codes)
        assert [space.to_opcode(index) for index in range(15_625)] == codes
        assert [space.to_string(index) for index in range(15_625)] == [written(code) for code in codes]

    def test_operations_are_the_digits_and_read_only(self, space):
        assert space.operations.shape == (15_625, 6)
        assert space.operations[6111].tolist() == [3, 3, 3, 1, 3, 2]
        with pytest.raises(ValueError, match="read-only"):
            space.operations[0, 0] = 1

    def test_the_global_random_state_is_left_alone(self):
        random.seed(5)
        state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        fresh = NASBench201()
        fresh.to_string(0)
        fresh.sample(10, rng=3)
        assert random.getstate() == state
        assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy_state, strict=True))  # noqa: NPY002


class TestParse:
    def test_every_cell_by_string_and_op_code(self, space):
        everything = list(range(space.size))
        assert space.parse_many(map(space.to_string, everything)).tolist() == everything
        assert space.parse_many(map(space.to_opcode, everything)).tolist() == everything

    @given(index=INDICES)
    def test_numbers_of_any_kind(self, space, index):
        for key in (index, str(index), f" {index}\n", np.int32(index), np.uint16(index), np.array([index])[0]):
            parsed = space.parse(key)
            assert parsed == index
            assert type(parsed) is int

    @given(index=INDICES, order=st.permutations(range(3)))
    def test_terms_in_any_order_and_blanks_around(self, space, index, order):
        first, second, third = space.to_string(index).split("+")
        terms = third.strip("|").split("|")
        key = f"  {first}+{second}+|{'|'.join(terms[i] for i in order)}| "
        assert space.parse(key) == index

    def test_twelve_is_an_index_and_its_padded_form_an_op_code(self, space):
        assert space.parse("12") == 12
        assert space.parse("00012") == 12
        assert space.to_opcode(space.parse("000012")) == "000012"
        assert space.parse("000012") != 12

    @pytest.mark.parametrize("key", [True, False, np.True_, None, 1.0, np.float64(3), b"12", [1], (1,)])
    def test_other_types_are_refused(self, space, key):
        kind = type(key).__name__
        with pytest.raises(WrongType, match=rf"\({kind}\) is no architecture of nasbench201: give an official string"):
            space.parse(key)

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            (15_625, r"index 15625 is outside nasbench201: valid are 0..15624\.$"),
            (-1, r"index -1 is outside nasbench201: valid are 0..15624\.$"),
            ("15625", r"index 15625 is outside nasbench201"),
            (421_211, r"index 421211 is outside .* For an op code pass the text '421211'\.$"),
            (999_999, r"index 999999 is outside nasbench201: valid are 0..15624\.$"),
            (-12_345, r"index -12345 is outside nasbench201: valid are 0..15624\.$"),
            ("421215", r"op code '421215' is not of nasbench201: its six digits must be 0..4"),
            ("0000012", r"'0000012' has 7 digits: an op code has six, an index at most five"),
            ("", r"'' is no architecture of nasbench201: give an official string such as '\|nor_conv"),
            ("-1", r"'-1' is no architecture of nasbench201"),
            ("1.5", r"'1.5' is no architecture"),
            ("١٢", r"'١٢' is no architecture"),
            ("|none~0|", r"is no architecture of nasbench201: give an official string"),
            ("|none~0|+|none~0|none~1|", r"is no architecture of nasbench201"),
            (EXAMPLE.replace("~2", "~x"), r"is no architecture of nasbench201"),
            (
                EXAMPLE.replace("skip_connect", "skip_conect"),
                r"operation 'skip_conect' in .* valid are none, skip_connect, .*Did you mean 'skip_connect'\?",
            ),
            (EXAMPLE.replace("nor_conv_1x1~2", "none~1"), r"node 3 takes each of the inputs 0..2 once"),
            (EXAMPLE.replace("nor_conv_1x1~2", "none~3"), r"node 3 takes each of the inputs 0..2 once"),
            (EXAMPLE.replace("|nor_conv_1x1~2|", "|"), r"has 5 of the 6 edges: node i takes the inputs 0..i-1"),
        ],
    )
    def test_messages(self, space, key, message):
        with pytest.raises(InvalidInput, match=message):
            space.parse(key)

    def test_printed_example_of_a_key_is_a_key(self, space):
        with pytest.raises(InvalidInput) as caught:
            space.parse("nonsense")
        (shown,) = re.findall(r"such as '([^']+)'", str(caught.value))
        assert space.to_string(space.parse(shown)) == shown

    def test_many_names_the_position(self, space):
        with pytest.raises(InvalidInput, match=r"^position 2: index 99999 is outside"):
            space.parse_many([0, "12", 99_999])
        with pytest.raises(WrongType, match=r"^position 1: None \(NoneType\)"):
            space.parse_many([0, None])

    def test_op_codes_beside_shorter_digits_are_refused(self, space):
        message = r"six-digit op codes stand beside '1211'.*Write every op code with six digits"
        for keys in (["421211", "1211"], ["1211", "421211"], [" 1211 ", "421211", EXAMPLE]):
            with pytest.raises(InvalidInput, match=message):
                space.parse_many(keys)
        with pytest.raises(InvalidInput, match=r"^position 1: '1234567' has 7 digits"):
            space.parse_many(["421211", "1234567"])

    def test_other_mixtures_are_read(self, space):
        assert space.parse_many(["421211", 12, EXAMPLE, np.int64(7)]).tolist() == [0, 12, 6111, 7]
        assert space.parse_many(["12", "7"]).tolist() == [12, 7]
        assert space.parse_many([]).shape == (0,)
        assert space.parse_many([]).dtype == np.int64


class TestNeighbours:
    @given(index=INDICES)
    def test_are_the_24_cells_that_differ_in_one_edge(self, space, index):
        code = space.to_opcode(index)
        expected = sorted(
            space.parse(code[:edge] + digit + code[edge + 1 :])
            for edge in range(6)
            for digit in "01234"
            if digit != code[edge]
        )
        neighbours = space.neighbours(index)
        assert len(expected) == 24
        assert neighbours.tolist() == expected
        assert neighbours.dtype == np.int64

    @given(index=INDICES)
    def test_are_mutual(self, space, index):
        assert all(index in space.neighbours(other) for other in space.neighbours(index))

    def test_refuse_what_is_no_index(self, space):
        with pytest.raises(InvalidInput, match="index 15625 is outside"):
            space.neighbours(15_625)


class TestSample:
    def test_is_distinct_and_repeatable(self, space):
        drawn = space.sample(15_625, rng=1)
        assert sorted(drawn.tolist()) == list(range(15_625))
        assert drawn.tolist() == space.sample(15_625, rng=np.random.default_rng(1)).tolist()
        assert drawn.tolist() != space.sample(15_625, rng=2).tolist()

    @pytest.mark.parametrize("replace", [False, True])
    def test_is_uniform(self, space, replace):
        drawn = np.concatenate([space.sample(5_000, rng=seed, replace=replace) for seed in range(20)])
        observed = np.bincount(drawn // 625, minlength=25)
        chi_square = ((observed - 4_000) ** 2 / 4_000).sum()
        assert chi_square < 56  # 24 degrees of freedom: passed with probability 0.9998

    def test_with_replacement_repeats(self, space):
        drawn = space.sample(20_000, rng=1, replace=True)
        assert len(drawn) == 20_000
        assert abs(len(set(drawn.tolist())) - 15_625 * (1 - np.exp(-20_000 / 15_625))) < 300

    def test_consecutive_draws_of_a_generator_differ(self, space):
        rng = np.random.default_rng(1)
        assert space.sample(10, rng=rng).tolist() != space.sample(10, rng=rng).tolist()

    @pytest.mark.parametrize("n", [-1, 15_626])
    def test_refuses_what_cannot_be_drawn(self, space, n):
        with pytest.raises(InvalidInput, match=rf"cannot draw n={n} .*: n must be in 0\.\.15625"):
            space.sample(n, rng=0)


def official_unique_string(code, consider_zero):
    """NAS-Bench-201's own `Structure.to_unique_str`, from its published source."""
    strings = {0: "0"}
    for node in (1, 2, 3):
        terms = []
        for digit, (source, target) in zip(code, EDGES, strict=True):
            if target != node:
                continue
            name = NAMES[digit]
            if consider_zero and (name == "none" or strings[source] == "#"):
                terms.append("#")
            elif name == "skip_connect":
                terms.append(strings[source])
            else:
                terms.append(f"({strings[source]})@{name}")
        strings[node] = "+".join(sorted(terms))
    return strings[3]


def as_graph(code, reduction):
    """Return the cell as nested multisets: a sum is the tuple of its sorted terms, a sum of one is its term."""
    values = [("input",)]
    for node in (1, 2, 3):
        terms = []
        for digit, (source, target) in zip(code, EDGES, strict=True):
            if target == node:
                zero = reduction != "skip" and (digit == 0 or values[source] == ("zero",))
                term = values[source] if digit == 1 else ("apply", digit, values[source])
                terms.append(("zero",) if zero else term)
        if reduction == "prune":
            terms = [term for term in terms if term != ("zero",)] or [("zero",)]
        values.append(terms[0] if len(terms) == 1 else ("sum", tuple(sorted(terms, key=repr))))
    return values[3]


def computed(operations):
    """Return what every cell computes for three inputs, its operations being polynomials modulo a prime that fix 0."""
    prime = 2**31 - 1
    outputs = []
    for value in (12_345, 987_654, 55_512_121):
        nodes = [np.full(len(operations), value, dtype=object)]
        for node in (1, 2, 3):
            total = np.zeros(len(operations), dtype=object)
            for edge, (source, target) in enumerate(EDGES):
                for digit, a in ((1, None), (2, 3), (3, 5), (4, 7)) if target == node else ():
                    rows = operations[:, edge] == digit
                    x = nodes[source][rows]
                    total[rows] += x if a is None else x * (x * x + a * x + a * a + 11) % prime
            nodes.append(total % prime)
        outputs.append(nodes[3])
    return list(zip(*outputs, strict=True))


def refines(fine, coarse):
    """Whether equal entries of `fine` always have equal entries of `coarse`."""
    return len(set(zip(fine, coarse, strict=True))) == len(set(fine))


class TestCanonical:
    @pytest.mark.parametrize(("reduction", "classes"), [("skip", 12_751), ("zero", 6_466), ("prune", 5_390)])
    def test_published_numbers_of_classes(self, space, reduction, classes):
        numbers = space.classes(reduction)
        first = np.unique(numbers, return_index=True)[1]
        assert len(first) == classes
        assert (np.diff(first) > 0).all()  # numbered by first appearance
        assert numbers.max() == classes - 1

    @pytest.mark.parametrize(("reduction", "consider_zero"), [("skip", False), ("zero", True)])
    def test_equals_the_official_code(self, space, reduction, consider_zero):
        codes = space.operations.tolist()
        ours = [space.canonical(index, reduction) for index in range(space.size)]
        assert ours == [official_unique_string(code, consider_zero) for code in codes]

    @pytest.mark.parametrize("reduction", ["skip", "zero", "prune"])
    def test_isomorphic_cells_share_it(self, space, reduction):
        graphs = [as_graph(code, reduction) for code in space.operations.tolist()]
        assert refines(graphs, space.classes(reduction).tolist())

    @pytest.mark.parametrize("reduction", ["skip", "zero", "prune"])
    def test_equal_strings_compute_the_same_function(self, space, reduction):
        assert refines(space.classes(reduction).tolist(), computed(space.operations.astype(int)))

    def test_documented_number_of_functions(self, space):
        assert len(set(computed(space.operations.astype(int)))) == 4_930

    def test_default_is_zero(self, space):
        assert space.canonical(77) == space.canonical(77, "zero")
        assert space.canonical(space.parse("000000")) == "#+#+#"

    def test_unknown_reduction(self, space):
        with pytest.raises(InvalidInput, match="reduction='none' is not known: choose one of skip, zero, prune"):
            space.canonical(0, "none")


def test_connected_cells(space):
    """15,284 cells have a path from input to output; the others compute a constant."""
    paths = [((0, 3),), ((0, 1), (1, 3)), ((0, 2), (2, 3)), ((0, 1), (1, 2), (2, 3))]
    expected = [
        any(all(code[EDGES.index(edge)] for edge in path) for path in paths) for code in space.operations.tolist()
    ]
    assert space.connected.tolist() == expected
    assert space.connected.sum() == 15_284
    zeros = np.array([value == (0, 0, 0) for value in computed(space.operations.astype(int))])
    assert (zeros == ~space.connected).all()
