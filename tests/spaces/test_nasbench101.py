"""NAS-Bench-101 against its published hashes and counts, and against brute force over permutations."""

import hashlib
import itertools
import random
import re
from pathlib import Path

import numpy as np
import pytest

from benchtools.errors import InvalidInput, WrongType
from benchtools.spaces import NASBench101, NASBench101Cell, get_space, mutate_cell, random_cell
from benchtools.spaces import _nasbench101_list as cell_lists
from benchtools.spaces._nasbench101_codes import canonical_codes, unpack
from benchtools.spaces._nasbench101_enumerate import enumerate_codes
from benchtools.spaces._nasbench101_hash import hash_codes
from benchtools.spaces._nasbench101_moves import neighbour_codes

SHARED = Path(__file__).parents[3] / "shared"
PARQUET = SHARED / "data/nasbench101_mean_test_acc_108ep.parquet"
OPS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]
KNOWN = "00005c142e6f48ac74fdcf73e3439874"
KNOWN_TEXT = (
    "0100110001000000010010000010000001000000010000000:"
    "input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output"
)
BEST = "02e5a0247bbdcf2860b7e96f74961594"
SMALLEST = NASBench101Cell([[0, 1], [0, 0]], ["input", "output"])


@pytest.fixture(scope="module")
def space():
    return NASBench101()


@pytest.fixture(scope="module")
def rows():
    if not PARQUET.exists():
        pytest.skip(f"{PARQUET} is not here: it is no part of the project")
    pandas = pytest.importorskip("pandas")
    return pandas.read_parquet(PARQUET, columns=["module_hash", "adjacency_rowmajor", "operations"])


def chain(*operations):
    n = len(operations) + 2
    return NASBench101Cell(np.eye(n, k=1, dtype=int), ["input", *operations, "output"])


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def plain_hash(matrix, labels):
    """Return the official hash by its definition: `labels` are -1, 0..2 and -2."""
    n = len(labels)
    ins = [[i for i in range(n) if matrix[i][v]] for v in range(n)]
    outs = [[j for j in range(n) if matrix[v][j]] for v in range(n)]
    colours = [md5(str((len(outs[v]), len(ins[v]), labels[v]))) for v in range(n)]
    for _ in range(n):
        colours = [
            md5("|".join(["".join(sorted(colours[u] for u in part)) for part in (ins[v], outs[v])] + [colours[v]]))
            for v in range(n)
        ]
    return md5(str(sorted(colours)))


def official_cells(n_vertices):
    """Yield the matrix and labels of all cells of `n_vertices`, in the order of the official enumeration."""
    pairs = [(x, y) for y in range(n_vertices) for x in range(y)]
    for bits in range(2 ** len(pairs)):
        matrix = [[0] * n_vertices for _ in range(n_vertices)]
        for place, (x, y) in enumerate(pairs):
            matrix[x][y] = bits >> place & 1
        full_rows = all(any(row) for row in matrix[:-1])
        full_columns = all(any(row[y] for row in matrix) for y in range(1, n_vertices))
        if full_rows and full_columns and sum(map(sum, matrix)) <= 9:
            for interior in itertools.product(range(3), repeat=n_vertices - 2):
                yield matrix, [-1, *interior, -2]


def forms(matrix, labels):
    """Yield every way to number the vertices of a cell that keeps the matrix upper-triangular."""
    n = len(labels)
    for order in itertools.permutations(range(1, n - 1)):
        order = [0, *order, n - 1]
        moved = tuple(tuple(matrix[i][j] for j in order) for i in order)
        if not any(moved[i][j] for i in range(n) for j in range(i + 1)):
            yield moved, tuple(labels[v] for v in order)


def plain(cell):
    return cell.matrix, tuple({"input": -1, "output": -2}.get(name) if name not in OPS else OPS.index(name)
                              for name in cell.operations)  # fmt: skip


@pytest.fixture(scope="module")
def small():
    """Return every form of every cell of at most five vertices, and the number of its class."""
    number, found = {}, 0
    for n_vertices in range(2, 6):
        for matrix, labels in official_cells(n_vertices):
            key = (tuple(map(tuple, matrix)), tuple(labels))
            if key not in number:
                number.update(dict.fromkeys(forms(matrix, labels), found))
                found += 1
    return number


class TestCell:
    def test_known_hashes(self, space):
        assert NASBench101Cell.parse(KNOWN_TEXT).hash == KNOWN
        assert SMALLEST.hash == plain_hash([[0, 1], [0, 0]], [-1, -2])

    def test_hash_by_its_definition(self):
        for seed in range(200):
            cell = random_cell(rng=seed)
            assert cell.hash == plain_hash(*plain(cell.pruned()))

    def test_text_is_read_back(self):
        cell = NASBench101Cell.parse(f"  {KNOWN_TEXT}\n")
        assert str(cell) == KNOWN_TEXT
        assert NASBench101Cell.parse(str(cell)) == cell
        assert hash(NASBench101Cell.parse(str(cell))) == hash(cell)
        assert (cell.n_vertices, cell.n_edges) == (7, 9)
        assert cell.to_array().sum() == 9

    def test_arrays_of_any_kind(self):
        expected = chain("maxpool3x3")
        for matrix in (
            np.eye(3, k=1),
            np.eye(3, k=1, dtype=bool),
            np.eye(3, k=1, dtype=np.uint8),
            expected.matrix,
            expected.to_array(),
        ):
            assert NASBench101Cell(matrix, iter(["input", "maxpool3x3", "output"])) == expected

    def test_pruning_drops_what_is_on_no_path(self):
        matrix = np.zeros((6, 6), dtype=int)
        for edge in [(0, 1), (1, 5), (0, 2), (3, 5), (2, 4)]:  # 2 > 4 is a dead end, 3 comes from nowhere
            matrix[edge] = 1
        cell = NASBench101Cell(matrix, ["input", "maxpool3x3", *OPS, "output"])
        assert cell.pruned() == chain("maxpool3x3")
        assert cell.pruned().pruned() == cell.pruned()
        assert cell.hash == chain("maxpool3x3").hash
        assert cell.is_isomorphic(chain("maxpool3x3"))

    def test_pruning_by_paths(self):
        """A vertex stays exactly where one of the paths from input to output runs through it."""

        def paths(matrix, vertex):
            if vertex == len(matrix) - 1:
                return [[vertex]]
            followers = [target for target, there in enumerate(matrix[vertex]) if there]
            return [[vertex, *rest] for target in followers for rest in paths(matrix, target)]

        rng = np.random.default_rng(1)
        for _ in range(300):
            matrix = np.triu(rng.random((7, 7)) < 0.3, 1).astype(int)
            names = ["input", *rng.choice(OPS, size=5), "output"]
            kept = sorted({vertex for path in paths(matrix, 0) for vertex in path})
            if kept:
                pruned = NASBench101Cell(matrix, names).pruned()
                assert pruned.operations == tuple(names[v] for v in kept)
                assert pruned.to_array().tolist() == matrix[np.ix_(kept, kept)].tolist()
            else:
                with pytest.raises(InvalidInput, match="does not depend on its input: add edges"):
                    NASBench101Cell(matrix, names).pruned()

    def test_limits_bear_on_the_pruned_cell(self):
        dense = np.triu(np.ones((5, 5), dtype=int), 1)
        full = NASBench101Cell(dense, ["input", *OPS, "output"])
        assert not full.is_valid
        with pytest.raises(InvalidInput, match=r"has 10 edges on paths from input to output: .* of at most 9$"):
            full.check()
        loose = np.zeros((9, 9), dtype=int)
        loose[0, 8] = 1
        loose[0, 1:6] = loose[1, 2:8] = 1
        cell = NASBench101Cell(loose, ["input", *OPS, *OPS, "maxpool3x3", "output"])
        assert cell.n_edges == 12
        assert cell.is_valid
        assert cell.pruned() == SMALLEST
        with pytest.raises(InvalidInput, match=r"has 8 vertices on paths .* of at most 7$"):
            chain(*OPS, *OPS).check()
        assert not NASBench101Cell(np.zeros((2, 2)), ["input", "output"]).is_valid

    @pytest.mark.parametrize(
        ("matrix", "message"),
        [
            ([[0, 1, 0], [0, 0, 1]], r"must be square, of at least 2 vertices: its shape is \(2, 3\)"),
            ([[0, 1], [0]], r"must be square"),
            ([0, 1], r"its shape is \(2,\)"),
            ([[0]], r"its shape is \(1, 1\)"),
            ([], r"its shape is \(0,\)"),
            ([[0, 2, 0], [0, 0, 1], [0, 0, 0]], r"zeros and ones only"),
            ([[0, float("nan"), 0], [0, 0, 1], [0, 0, 0]], r"zeros and ones only"),
            ([["0", "1"], ["0", "0"]], r"zeros and ones only"),
            ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], r"upper-triangular, .* an edge from vertex 2 to vertex 0$"),
            ([[0, 1, 0], [0, 1, 1], [0, 0, 0]], r"an edge from vertex 1 to vertex 1$"),
        ],
    )
    def test_bad_matrices(self, matrix, message):
        with pytest.raises(InvalidInput, match=message):
            NASBench101Cell(matrix, ["input", "maxpool3x3", "output"])

    @pytest.mark.parametrize(
        ("operations", "message"),
        [
            (["input", "output"], r"2 operations for 3 vertices: give one per vertex"),
            (
                ["maxpool3x3", "input", "output"],
                r"must begin with 'input' and end with 'output': they are 'maxpool3x3'",
            ),
            (["input", "maxpool3x3", "maxpool3x3"], r"must begin with 'input'"),
            (
                ["input", "maxpool2x2", "output"],
                r"'maxpool2x2' of vertex 1 .* valid are conv3.*Did you mean 'maxpool3x3'",
            ),
            (["input", "output", "output"], r"operation 'output' of vertex 1 is not"),
            (["input", None, "output"], r"operation None of vertex 1 is not"),
        ],
    )
    def test_bad_operations(self, operations, message):
        with pytest.raises(InvalidInput, match=message):
            NASBench101Cell(np.eye(3, k=1), operations)

    @pytest.mark.parametrize("text", ["", "0100", "010:input,output", "0120:input,output", ":input,output", "01x0:a,b"])
    def test_bad_text(self, text):
        with pytest.raises(InvalidInput, match=r"is no cell: write its square matrix .* such as '010001000:input"):
            NASBench101Cell.parse(text)

    def test_isomorphism_by_brute_force(self, small):
        rng = random.Random(3)
        cells = [key for key in small if len(key[1]) == 5]
        for _ in range(600):
            first = rng.choice(cells)
            second = rng.choice([rng.choice(cells), *forms(*first)])
            ours, others = (
                NASBench101Cell(matrix, ["input", *(OPS[label] for label in labels[1:-1]), "output"])
                for matrix, labels in (first, second)
            )
            assert ours.is_isomorphic(others) == (second in set(forms(*first)))
            assert (ours.hash == others.hash) == ours.is_isomorphic(others)


class TestEnumeration:
    def test_published_counts(self):
        assert [len(enumerate_codes(n)) for n in range(2, 8)] == [1, 7, 91, 2_532, 64_542, 423_624]

    def test_ascending_and_canonical(self):
        codes = enumerate_codes()
        assert (np.diff(codes.astype(np.int64)) > 0).all()
        drawn = np.random.default_rng(0).choice(codes, size=2_000)
        np.testing.assert_array_equal(canonical_codes(drawn), drawn)

    def test_equals_the_official_enumeration(self, small):
        """Up to five vertices: the first cell of each hash, in the order of its appearance."""
        first = {}
        for n_vertices in range(2, 6):
            for matrix, labels in official_cells(n_vertices):
                first.setdefault(plain_hash(matrix, labels), (tuple(map(tuple, matrix)), tuple(labels)))
        codes = enumerate_codes(5)
        assert [plain(NASBench101Cell.from_code(code)) for code in codes.tolist()] == list(first.values())
        assert [f"{high:016x}{low:016x}" for high, low in hash_codes(codes).tolist()] == list(first)
        assert len(first) == len(set(small.values()))  # no two classes share a hash

    def test_codes_of_all_forms(self, small):
        """Isomorphic cells have the same code, others do not."""
        rng = random.Random(1)
        sampled = rng.sample(sorted(small, key=repr), 800)
        code = {
            key: NASBench101Cell(key[0], ["input", *(OPS[label] for label in key[1][1:-1]), "output"]).code
            for key in sampled
        }
        pairs = {(code[key], small[key]) for key in sampled}
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})

    @pytest.mark.parametrize("max_vertices", [-1, 1, 8])
    def test_refuses_other_sizes(self, max_vertices):
        with pytest.raises(
            InvalidInput, match=rf"max_vertices={max_vertices} is not valid: a cell has 2 to 7 vertices"
        ):
            enumerate_codes(max_vertices)


class TestSpace:
    def test_hashes_are_those_of_the_benchmark(self, space, rows):
        assert [space.to_string(index) for index in range(space.size)] == rows["module_hash"].tolist()

    def test_rows_of_the_benchmark(self, space, rows):
        """Cells as the file describes them have the hash that it gives, and so has every other form of theirs."""
        rng = random.Random(0)
        for index in sorted(rng.sample(range(len(rows)), 3_000)):
            cell = NASBench101Cell.parse(f"{rows.adjacency_rowmajor[index]}:{rows.operations[index]}")
            assert cell.hash == rows.module_hash[index]
            if index % 10 == 0:
                matrix, labels = rng.choice(list(forms(*plain(cell))))
                form = NASBench101Cell(matrix, ["input", *(OPS[label] for label in labels[1:-1]), "output"])
                assert form.hash == cell.hash
                assert space.parse(form) == index
                assert space.cell(index).is_isomorphic(form)

    def test_order_and_ends(self, space):
        hashes = [space.to_string(index) for index in range(0, space.size, 997)]
        assert hashes == sorted(hashes)
        assert space.parse(KNOWN) == 0
        assert space.to_string(0) == KNOWN
        assert space.parse(KNOWN.upper()) == space.parse(KNOWN_TEXT) == 0
        assert space.canonical(0) == KNOWN
        assert space.to_string(space.parse(BEST)) == BEST

    def test_cells_have_their_hashes(self, space):
        for index in space.sample(300, rng=2).tolist():
            cell = space.cell(index)
            assert cell.hash == space.to_string(index)
            assert cell.pruned() == cell
            assert space.parse(cell) == space.parse(str(cell)) == index

    def test_loose_ends_do_not_matter(self, space):
        matrix = np.zeros((5, 5), dtype=int)
        matrix[[0, 0, 2], [2, 1, 4]] = 1
        loose = NASBench101Cell(matrix, ["input", *OPS, "output"])
        assert space.parse(loose) == space.parse(chain(OPS[1]))

    def test_is_registered(self):
        assert type(get_space("nasbench101")) is NASBench101

    def test_codes_are_read_only(self, space):
        with pytest.raises(ValueError, match="read-only"):
            space.codes[0] = 1

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            (423_624, r"^index 423624 is outside nasbench101: valid are 0..423623$"),
            (-1, r"^index -1 is outside"),
            (KNOWN[:-1], rf"^'{KNOWN[:-1]}' is no architecture of nasbench101: give an official hash of 32"),
            (KNOWN[:-1] + "5", r"no cell of nasbench101 has the hash '0{4}5c14.*': is it of another benchmark"),
            ("f" * 32, r"no cell of nasbench101 has the hash"),
            ("1234567", r"^'1234567' is no architecture"),
            ("0000:input,output", r"the cell 0000:input,output does not depend on its input"),
            ("0100:input,input", r"must begin with 'input' and end with 'output'"),
            (":", r"^':' is no cell: write its square matrix"),
            (str(chain(*OPS, *OPS)), r"has 8 vertices on paths"),
        ],
    )
    def test_messages(self, space, key, message):
        with pytest.raises(InvalidInput, match=message):
            space.parse(key)

    def test_other_types_are_refused(self, space):
        with pytest.raises(WrongType, match=r"^1.0 \(float\) is no architecture of nasbench101: give an official hash"):
            space.parse(1.0)

    def test_printed_example_of_a_key_is_a_key(self, space):
        with pytest.raises(InvalidInput) as caught:
            space.parse("nonsense")
        (shown,) = re.findall(r"such as '([^']+)'", str(caught.value))
        assert str(space.cell(space.parse(shown))) == shown

    def test_codes_that_are_none(self, space):
        with pytest.raises(
            InvalidInput, match=r"^0 is no canonical code of a cell: take them from NASBench101Cell.code"
        ):
            space.indices_of(np.array([space.codes[5], 0], dtype=np.uint32))
        with pytest.raises(InvalidInput, match=r"^4294967295 is no canonical code"):
            space.indices_of(np.array([2**32 - 1], dtype=np.uint32))


class TestNeighbours:
    def test_by_brute_force(self, small):
        """Up to four vertices: forms that differ in one entry, one operation, or one vertex of two edges."""
        near = {number: set() for number in small.values()}
        for (matrix, labels), number in small.items():
            n = len(labels)
            for i, j in itertools.combinations(range(n), 2):
                flipped = tuple(
                    tuple(e ^ ((r, c) == (i, j)) for c, e in enumerate(row)) for r, row in enumerate(matrix)
                )
                near[number].add(small.get((flipped, labels)))
            for vertex in range(1, n - 1):
                for label in {0, 1, 2} - {labels[vertex]}:
                    near[number].add(small[matrix, (*labels[:vertex], label, *labels[vertex + 1 :])])
                if sum(matrix[vertex]) == sum(row[vertex] for row in matrix) == 1:
                    kept = [v for v in range(n) if v != vertex]
                    rest = tuple(tuple(matrix[i][j] for j in kept) for i in kept), tuple(labels[v] for v in kept)
                    if rest in small:
                        near[number].add(small[rest])
                        near[small[rest]].add(number)
        for code in enumerate_codes(4).tolist():
            found = [small[plain(NASBench101Cell.from_code(other))] for other in neighbour_codes(code).tolist()]
            assert len(set(found)) == len(found)
            assert set(found) == near[small[plain(NASBench101Cell.from_code(code))]] - {None}

    def test_lead_everywhere(self):
        """Among matrices, operations left aside: those change freely."""
        reached = {int(enumerate_codes(2)[0]) >> 8}
        waiting = list(reached)
        while waiting:
            new = {other >> 8 for other in neighbour_codes(waiting.pop() << 8).tolist()} - reached
            reached |= new
            waiting += new
        assert reached == set((enumerate_codes() >> 8).tolist())

    def test_of_the_space(self, space):
        for index in space.sample(20, rng=4).tolist():
            neighbours = space.neighbours(index)
            assert neighbours.dtype == np.int64
            assert set(space.codes[neighbours].tolist()) == set(neighbour_codes(int(space.codes[index])).tolist())


def plain_mutant(cell, rate, rng):
    """Mutate as the published notebook does, with Python's random numbers."""
    while True:
        matrix, operations = cell.to_array(), list(cell.operations)
        for source in range(6):
            for target in range(source + 1, 7):
                if rng.random() < rate / 7:
                    matrix[source, target] = 1 - matrix[source, target]
        for vertex in range(1, 6):
            if rng.random() < rate / 5:
                operations[vertex] = rng.choice([name for name in OPS if name != operations[vertex]])
        mutant = NASBench101Cell(matrix, operations)
        if mutant.is_valid:
            return mutant


class TestMutation:
    def test_as_often_as_the_published_code(self):
        parent = NASBench101Cell.parse(KNOWN_TEXT)
        rng, source, n = np.random.default_rng(5), random.Random(5), 1_500

        def changes(mutants):
            return np.array(
                [
                    [
                        (mutant.to_array() != parent.to_array()).sum(),
                        sum(a != b for a, b in zip(mutant.operations, parent.operations, strict=True)),
                        mutant.pruned().n_vertices,
                    ]
                    for mutant in mutants
                ]
            )

        ours = changes([mutate_cell(parent, rng=rng) for _ in range(n)])
        theirs = changes([plain_mutant(parent, 1.0, source) for _ in range(n)])
        error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / n)
        assert (abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4 * error).all()

    def test_is_valid_and_repeatable(self):
        for seed in range(50):
            parent = random_cell(rng=seed)
            assert parent == random_cell(rng=seed)
            assert parent.is_valid
            mutant = mutate_cell(parent, rng=seed)
            assert mutant == mutate_cell(parent, rng=np.random.default_rng(seed))
            assert mutant.is_valid
            assert mutant.n_vertices == 7

    def test_small_cells_are_filled_up(self):
        """A rate of zero changes nothing but adds unconnected vertices; with others the cell can grow."""
        mutant = mutate_cell(SMALLEST, rng=0, rate=0)
        assert mutant.n_vertices == 7
        assert mutant.pruned() == SMALLEST
        assert max(mutate_cell(SMALLEST, rng=seed).pruned().n_vertices for seed in range(50)) > 2

    def test_of_the_space(self, space):
        mutants = {space.mutate(0, rng=seed) for seed in range(20)}
        assert len(mutants) > 10
        assert space.mutate(77, rng=1, rate=0) == 77

    @pytest.mark.parametrize("rate", [-0.1, 5.1, float("nan")])
    def test_bad_rates(self, rate):
        with pytest.raises(InvalidInput, match=rf"rate={rate} is not valid: .* 0..5"):
            mutate_cell(SMALLEST, rng=0, rate=rate)

    def test_bad_cells(self):
        with pytest.raises(InvalidInput, match="does not depend on its input"):
            mutate_cell(NASBench101Cell(np.zeros((7, 7)), ["input", *OPS, *OPS[:2], "output"]), rng=0)
        with pytest.raises(InvalidInput, match="a cell of 8 vertices cannot be mutated: give it pruned"):
            mutate_cell(chain(*OPS, *OPS), rng=0)

    def test_random_cells_are_those_of_the_published_search(self):
        """Coins for edges, then rejection: beside a plain version of it."""
        rng, n = np.random.default_rng(6), 1_500
        ours = np.array([[(cell := random_cell(rng=rng)).n_edges, cell.pruned().n_vertices] for _ in range(n)])
        theirs = []
        while len(theirs) < n:
            matrix = np.triu(rng.choice([0, 1], size=(7, 7)), 1)
            cell = NASBench101Cell(matrix, ["input", *rng.choice(OPS, size=5), "output"])
            if cell.is_valid:
                theirs.append([cell.n_edges, cell.pruned().n_vertices])
        error = np.sqrt((ours.var(axis=0) + np.var(theirs, axis=0)) / n)
        assert (abs(ours.mean(axis=0) - np.mean(theirs, axis=0)) < 4 * error).all()


class TestStoredList:
    """The list of cells on disk, with one of seven cells in place of the whole."""

    @pytest.fixture
    def read(self, tmp_path, monkeypatch):
        small = cell_lists.compute_cell_list(3)
        calls = []
        monkeypatch.setenv("BENCHTOOLS_HOME", str(tmp_path / "home"))
        monkeypatch.setattr(cell_lists, "DIGEST", hashlib.sha256(small.to_bytes()).hexdigest())
        monkeypatch.setattr(cell_lists, "compute_cell_list", lambda: calls.append(1) or small)

        def read():
            found = cell_lists.cell_list.__wrapped__()
            np.testing.assert_array_equal(found.codes, small.codes)
            np.testing.assert_array_equal(found.hashes, small.hashes)
            return len(calls)

        return read

    def test_is_computed_once(self, read, tmp_path):
        assert [read(), read()] == [1, 1]
        names = {path.name for path in (tmp_path / "home/spaces").iterdir()}
        assert names - {"nasbench101-cells.lock"} == {"nasbench101-cells.bin"}

    @pytest.mark.parametrize("damage", [b"", b"x", b"x" * 140])
    def test_damage_is_repaired(self, read, tmp_path, damage):
        read()
        (file,) = (tmp_path / "home/spaces").glob("*.bin")
        file.write_bytes(damage)
        assert [read(), read()] == [2, 2]

    def test_a_folder_that_cannot_be_written_is_a_warning(self, read, tmp_path):
        (tmp_path / "home").write_text("a file where the folder should be")
        with pytest.warns(UserWarning, match="could not be kept .* set the environment variable BENCHTOOLS_HOME"):
            assert read() == 1

    def test_progress_is_reported(self):
        seen = []
        cell_lists.compute_cell_list(4, progress=lambda *report: seen.append(report))
        assert seen[-1] == ("hash cells", 91, 91)


def test_parts_of_a_code():
    vertices, adjacency, labelling = unpack(enumerate_codes(3))
    assert vertices.tolist() == [2, 3, 3, 3, 3, 3, 3]
    assert adjacency.tolist() == [1, 5, 5, 5, 7, 7, 7]
    assert labelling.tolist() == [0, 0, 1, 2, 0, 1, 2]
