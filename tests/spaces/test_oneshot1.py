"""NAS-Bench-1Shot1's spaces against verified counts, plain products and the flags of the tabulated cells."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput, WrongType
from benchtools.spaces import NASBench101, NASBench101Cell, OneShot1, get_space

SHARED = Path(__file__).parents[3] / "shared"
PARQUET = SHARED / "data/nasbench101_mean_test_acc_108ep.parquet"
POOL, CONV3, CONV1 = OPS = ["maxpool3x3", "conv3x3-bn-relu", "conv1x1-bn-relu"]
N_PARENTS = {1: [1, 2, 2, 2, 2], 2: [1, 1, 2, 2, 3], 3: [1, 1, 1, 2, 2, 2]}
COUNTS = [(1, 14_580, 2_685), (2, 29_160, 7_773), (3, 1_312_200, 55_854)]
SPACES = {number: OneShot1(number) for number in (1, 2, 3)}


@pytest.fixture(params=[1, 2, 3])
def space(request):
    return SPACES[request.param]


@pytest.fixture(scope="module")
def cells():
    if not PARQUET.exists():
        pytest.skip(f"{PARQUET} is not here: it is no part of the project")
    return pytest.importorskip("pandas").read_parquet(PARQUET)


def plain_cell(operations, parents):
    """Return the pruned cell of a choice, followed back from the output."""
    used = {len(parents)}
    for node in range(len(parents), 0, -1):
        if node in used:
            used |= set(parents[node - 1])
    kept = sorted(used)
    matrix = [[int(j > 0 and i in parents[j - 1]) for j in kept] for i in kept]
    return NASBench101Cell(matrix, ["input", *(operations[node - 1] for node in kept[1:-1]), "output"])


def plain_choices(number):
    """Yield all operations and parents in the documented order."""
    nodes = [list(itertools.combinations(range(node), n)) for node, n in enumerate(N_PARENTS[number], start=1)]
    for parents in itertools.product(*nodes):
        for operations in itertools.product(OPS, repeat=len(nodes) - 1):
            yield operations, parents


class TestCounts:
    def test_are_registered(self, space):
        assert type(get_space(f"oneshot1_s{space.number}")) is OneShot1
        assert get_space(f"oneshot1_s{space.number}").number == space.number

    @pytest.mark.parametrize(("number", "encodings", "distinct"), COUNTS)
    def test_verified(self, number, encodings, distinct):
        space = SPACES[number]
        assert space.size == encodings
        classes = space.classes()
        first = np.unique(classes, return_index=True)[1]
        assert classes.shape == (encodings,)
        assert len(first) == distinct
        assert (np.diff(first) > 0).all()  # numbered by first appearance
        assert len(space.patterns) == {1: 180, 2: 360, 3: 5_400}[number]

    @pytest.mark.parametrize(("number", "encodings", "distinct"), COUNTS)
    def test_named_in_the_documentation(self, number, encodings, distinct):
        assert f"{encodings:,}" in OneShot1.__doc__
        assert f"{distinct:,}" in OneShot1.__doc__

    @pytest.mark.parametrize("number", [1, 2])
    def test_classes_are_those_of_the_hashes(self, number):
        """On every 7th encoding, pruned and hashed one by one."""
        space = SPACES[number]
        choices = list(plain_choices(number))[::7]
        hashes = [plain_cell(*choice).hash for choice in choices]
        pairs = set(zip(hashes, space.classes()[::7].tolist(), strict=True))
        assert len(pairs) == len(set(hashes)) == len({found for _, found in pairs})

    def test_codes_are_those_of_the_cells(self, space):
        for index in space.sample(200, rng=1).tolist():
            assert space.codes[index] == space.cell(index).code
        with pytest.raises(ValueError, match="read-only"):
            space.codes[0] = 1


class TestInNASBench101:
    def test_encodings_have_the_hashes_of_their_cells(self, space):
        indices = space.in_nasbench101()
        assert indices.shape == (space.size,)
        assert indices.dtype == np.int64
        benchmark = NASBench101()
        for index in space.sample(200, rng=2).tolist():
            operations, parents = space.choices(index)
            assert benchmark.to_string(int(indices[index])) == plain_cell(operations, parents).hash
            assert space.canonical(index) == benchmark.to_string(int(indices[index]))

    def test_the_cells_are_the_flagged_ones(self, space, cells):
        flagged = np.flatnonzero(cells[f"in_1shot1_space{space.number}_any_parents_then_pruned"])
        assert np.unique(space.in_nasbench101()).tolist() == flagged.tolist()

    @pytest.mark.parametrize(("number", "best"), [(1, 0.942007), (2, 0.939670), (3, 0.941774)])
    def test_best_mean_test_accuracy(self, number, best, cells):
        found = cells["mean_test_accuracy_108ep"].to_numpy()[SPACES[number].in_nasbench101()].max()
        assert found == pytest.approx(best, abs=5e-7)


class TestEncoding:
    @pytest.mark.parametrize("number", [1, 2])
    def test_every_choice_in_the_documented_order(self, number):
        space = SPACES[number]
        choices = list(plain_choices(number))
        assert [space.choices(index) for index in range(space.size)] == choices
        assert [space.encode(*choice) for choice in choices[::11]] == list(range(space.size))[::11]

    @given(data=st.data())
    def test_round_trips(self, data):
        space = SPACES[data.draw(st.sampled_from([1, 2, 3]))]
        index = data.draw(st.integers(0, space.size - 1))
        operations, parents = space.choices(index)
        shuffled = [data.draw(st.permutations(chosen)) for chosen in parents]
        assert space.encode(list(operations), shuffled) == index
        for key in (index, np.int32(index), str(index), f" {space.to_string(index)}\n"):
            assert space.parse(key) == index
            assert type(space.parse(key)) is int

    def test_text(self):
        text = "maxpool3x3~0|conv3x3-bn-relu~0,1|conv1x1-bn-relu~0,2|maxpool3x3~1,2|output~3,4"
        space = SPACES[1]
        assert space.choices(space.parse(text)) == (
            (POOL, CONV3, CONV1, POOL),
            ((0,), (0, 1), (0, 2), (1, 2), (3, 4)),
        )
        assert space.to_string(space.parse(text)) == text
        assert space.parse(text.replace("0,2", "2,0")) == space.parse(text)

    def test_cells_have_seven_vertices_and_nine_edges(self, space):
        for index in space.sample(100, rng=3).tolist():
            cell = space.cell(index)
            assert (cell.n_vertices, cell.n_edges) == (7, 9)
            operations, parents = space.choices(index)
            assert cell.pruned() == plain_cell(operations, parents)
            if space.number < 3:  # the published mapping: a 1x1 convolution without edges at vertex 5
                assert cell.operations[5] == CONV1
                assert cell.to_array()[5].sum() == cell.to_array()[:, 5].sum() == 0

    def test_neighbours_differ_in_one_choice(self, space):
        def differences(a, b):
            (ops_a, parents_a), (ops_b, parents_b) = space.choices(a), space.choices(b)
            pairs = [*zip(ops_a, ops_b, strict=True), *zip(parents_a, parents_b, strict=True)]
            return sum(x != y for x, y in pairs)

        # two other operations per block, and for each node the combinations of its parents but one
        expected = {1: 4 * 2 + 0 + 0 + 2 + 5 + 9, 2: 4 * 2 + 0 + 1 + 2 + 5 + 9, 3: 5 * 2 + 0 + 1 + 2 + 5 + 9 + 14}
        for index in space.sample(10, rng=4).tolist():
            neighbours = space.neighbours(index)
            assert len(neighbours) == expected[space.number]
            assert all(differences(index, other) == 1 for other in neighbours.tolist())
            assert neighbours.tolist() == sorted(set(neighbours.tolist()))

    @pytest.mark.parametrize(
        ("operations", "parents", "message"),
        [
            ([POOL] * 3, [[0], [0, 1], [0, 1], [0, 1], [0, 1]], r"give 4 operations and 5 choices .*, not 3 and 5"),
            ([POOL] * 4, [[0], [0, 1], [0, 1], [0, 1]], r"not 4 and 4"),
            (
                [POOL, "maxpool", POOL, POOL],
                [[0], [0, 1], [0, 1], [0, 1], [0, 1]],
                r"operation 'maxpool' of choice block 2 is not of oneshot1_s1: valid are .*Did you mean 'maxpool3x3'\?",
            ),
            (
                [POOL] * 4,
                [[0], [0], [0, 1], [0, 1], [0, 1]],
                r"choice block 2 of oneshot1_s1 has 2 different parents of 0..1",
            ),
            ([POOL] * 4, [[0], [0, 1], [1, 1], [0, 1], [0, 1]], r"choice block 3 .* 0..2: it cannot have 1, 1$"),
            ([POOL] * 4, [[0], [0, 1], [0, 3], [0, 1], [0, 1]], r"choice block 3 .* cannot have 0, 3$"),
            (
                [POOL] * 4,
                [[0], [0, 1], [0, 1], [0, 1], []],
                r"output of oneshot1_s1 has 2 .* 0..4: it cannot have none$",
            ),
            ([POOL] * 4, [[0], [0, 1], [0, -1], [0, 1], [0, 1]], r"cannot have -1, 0$"),
        ],
    )
    def test_bad_choices(self, operations, parents, message):
        with pytest.raises(InvalidInput, match=message):
            SPACES[1].encode(operations, parents)

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            (14_580, r"^index 14580 is outside oneshot1_s1: valid are 0..14579$"),
            ("", r"^'' is no architecture of oneshot1_s1: give text such as 'maxpool3x3~0\|.*', or an index 0..14579$"),
            ("maxpool3x3~0", r"must end with the parents of the output, such as 'output~0,1'"),
            ("maxpool3x3~0|output~0,1", r"give 4 operations and 5 choices of parents, not 1 and 2"),
            ("maxpool3x3~a|output~0,1", r"is no architecture of oneshot1_s1"),
            ("maxpool3x3~0|output~0,", r"is no architecture of oneshot1_s1"),
        ],
    )
    def test_bad_keys(self, key, message):
        with pytest.raises(InvalidInput, match=message):
            SPACES[1].parse(key)

    def test_other_types_are_refused(self, space):
        with pytest.raises(WrongType, match=rf"^None \(NoneType\) is no architecture of {space.name}: give text such"):
            space.parse(None)

    def test_printed_example_of_a_key_is_a_key(self, space):
        with pytest.raises(InvalidInput) as caught:
            space.parse("nonsense")
        (shown,) = re.findall(r"such as '([^']+)'", str(caught.value))
        assert space.to_string(space.parse(shown)) == shown

    @pytest.mark.parametrize("number", [0, 4, "1", None, True])
    def test_bad_numbers(self, number):
        with pytest.raises(InvalidInput, match=rf"search space {number!r} is not .*: valid are 1, 2 and 3"):
            OneShot1(number)


class TestDiscretise:
    def test_takes_the_largest_weights(self, space):
        rng = np.random.default_rng(7)
        n_blocks = len(N_PARENTS[space.number]) - 1
        free = [node for node in range(1, n_blocks + 1) if N_PARENTS[space.number][node - 1] < node]
        assert free == {1: [3, 4], 2: [2, 3, 4], 3: [2, 3, 4, 5]}[space.number]
        for _ in range(50):
            alphas = rng.normal(size=(n_blocks, 3))
            inputs = [rng.normal(size=(1, node)) for node in free]
            output = rng.normal(size=(1, n_blocks + 1))
            operations, parents = space.choices(space.discretise(alphas, inputs, output))
            assert [OPS.index(name) for name in operations] == [max(range(3), key=row.__getitem__) for row in alphas]
            weights = {**dict(zip(free, inputs, strict=True)), n_blocks + 1: output}
            for node, chosen in enumerate(parents, start=1):
                if node in weights:
                    row = weights[node].ravel().tolist()
                    assert set(chosen) == set(sorted(range(node), key=row.__getitem__)[-len(chosen) :])
                else:
                    assert chosen == tuple(range(node))
            softened = [np.exp(vector) / np.exp(vector).sum() for vector in inputs]
            assert space.discretise(alphas, softened, np.exp(output)) == space.encode(operations, parents)

    def test_equal_weights_go_to_the_first(self, space):
        n_blocks = len(N_PARENTS[space.number]) - 1
        free = [node for node in range(1, n_blocks + 1) if N_PARENTS[space.number][node - 1] < node]
        assert space.discretise(np.zeros((n_blocks, 3)), [np.zeros(node) for node in free], np.zeros(n_blocks + 1)) == 0

    @pytest.mark.parametrize(
        ("operations", "parents", "output", "message"),
        [
            (
                np.zeros((3, 4)),
                [[0, 0, 0], [0] * 4],
                [0] * 5,
                r"of the operations have the shape \(3, 4\), not \(4, 3\)",
            ),
            (
                np.zeros((4, 3)),
                [[0, 0], [0, 0, 0], [0] * 4],
                [0] * 5,
                r"of 2 choice blocks are free \(3, 4\): .* not 3$",
            ),
            (
                np.zeros((4, 3)),
                [[0, 0, 0], [0] * 3],
                [0] * 5,
                r"of the parents of choice block 4 have .* \(3,\), not \(4,\)",
            ),
            (
                np.zeros((4, 3)),
                [[0, 0, 0], [0] * 4],
                [0] * 4,
                r"parents of the output have the shape \(4,\), not \(5,\)",
            ),
            (
                np.full((4, 3), np.nan),
                [[0, 0, 0], [0] * 4],
                [0] * 5,
                r"operations must be finite: did the search diverge",
            ),
            (
                np.zeros((4, 3)),
                [["a", 0, 0], [0] * 4],
                [0] * 5,
                r"parents of choice block 3 must be numbers in an array",
            ),
        ],
    )
    def test_bad_weights(self, operations, parents, output, message):
        with pytest.raises(InvalidInput, match=message):
            SPACES[1].discretise(operations, parents, output)
