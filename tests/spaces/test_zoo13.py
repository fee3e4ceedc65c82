"""EcoNAS's random zoo: counts by hand, plain products, chi-square of every step, relabelled graphs."""

import itertools
import json
import re
from collections import Counter
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchtools.errors import InvalidInput, WrongType
from benchtools.spaces import ZOO13_OPERATIONS, NASBench201, Zoo13, ZooArch, ZooCell, get_space

SPACE = Zoo13()
ALMOST_NEVER = 1e-4  # the p-value below which a draw is not uniform
PLAIN = (("conv_3x3", 0), ("identity", 1))
NODE = "conv_3x3~0+identity~1"
REST = f":{NODE}" * 4
INDICES = st.integers(0, SPACE.size - 1)


def edges(node):
    return st.tuples(st.sampled_from(ZOO13_OPERATIONS), st.integers(0, node + 1))


CELLS = st.tuples(*(st.tuples(edges(node), edges(node)) for node in range(5))).map(ZooCell)
ARCHS = st.builds(ZooArch, CELLS, CELLS)


def slots(arch):
    """Return the 40 decisions of an architecture, written out without the index."""
    return [part for cell in (arch.normal, arch.reduction) for node in cell.nodes for edge in node for part in edge]


@pytest.fixture(scope="module")
def drawn():
    """Decisions of 4,000 architectures: shape (4000, 2 cells, 5 nodes, 2 edges, operation and input)."""
    archs = map(SPACE.arch, SPACE.sample(4_000, rng=13))
    return np.array(
        [
            [ZOO13_OPERATIONS.index(part) if isinstance(part, str) else part for part in parts]
            for parts in map(slots, archs)
        ]
    ).reshape(-1, 2, 5, 2, 2)


# what an architecture is


def test_the_operations_are_the_thirteen_of_the_paper():
    assert ZOO13_OPERATIONS == (
        "avg_pool_3x3", "max_pool_3x3", "max_pool_5x5", "max_pool_7x7", "identity", "conv_1x1", "conv_3x3",
        "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7", "dil_conv_3x3", "conv_1x3_3x1", "conv_1x7_7x1",
    )  # fmt: skip


def test_size():
    per_cell = (13**5 * factorial(6)) ** 2
    assert per_cell == 71_465_842_174_521_600 < 2**63
    assert SPACE.size == per_cell**2 == 5_107_366_597_713_630_212_832_188_866_560_000 > 2**63
    assert type(get_space("zoo13")) is Zoo13


def test_the_index_is_the_nested_product():
    """The last decisions change fastest: input B, operation A, operation B of the last node."""
    tail = [
        f"{first}~0+{second}~{source}"
        for source, first, second in itertools.product(range(6), ZOO13_OPERATIONS, ZOO13_OPERATIONS)
    ]
    zero = ":avg_pool_3x3~0+avg_pool_3x3~0"
    expected = [f"normal{zero * 5}/reduction{zero * 4}:{node}" for node in tail]
    assert [SPACE.to_string(index) for index in range(len(tail))] == expected
    last = SPACE.arch(SPACE.size - 1)
    assert last.normal == last.reduction
    assert last.normal.nodes == tuple((("conv_1x7_7x1", node + 1),) * 2 for node in range(5))
    assert SPACE.arch((13**5 * 720) ** 2 - 1).reduction == last.normal  # the reduction cell is the fast half


@given(index=INDICES, arch=ARCHS)
def test_index_and_architecture_are_one_to_one(index, arch):
    assert SPACE.parse(SPACE.arch(index)) == index
    assert SPACE.arch(SPACE.parse(arch)) == arch
    assert SPACE.parse(f" {arch}\n") == SPACE.parse(str(SPACE.parse(arch))) == SPACE.parse(arch)
    assert type(SPACE.parse(arch)) is int


@given(arch=ARCHS)
def test_text_and_json_read_back(arch):
    assert ZooArch.parse(arch.to_string()) == arch
    assert ZooArch.from_json(json.loads(json.dumps(arch.to_json()))) == arch
    assert ZooCell.parse(str(arch.normal)) == ZooCell.from_json(arch.normal.to_json()) == arch.normal
    assert re.fullmatch(r"[\w~+:/]+", str(arch))
    assert hash(ZooArch.parse(str(arch))) == hash(arch)


def test_parse_many_takes_all_kinds_of_keys():
    arch = SPACE.arch(2**100)
    found = SPACE.parse_many([arch, str(arch), 2**100, str(2**100), np.int64(7)])
    assert found.dtype == object
    assert found.tolist() == [2**100] * 4 + [7]


# the paper's generation steps


@pytest.mark.parametrize("cell", [0, 1])
@pytest.mark.parametrize("node", range(5))
def test_every_step_is_uniform(drawn, cell, node):
    """Steps 1 and 2, with the pair of inputs: B may be A again. Steps 3 and 4, with the pair of operations."""
    for part, n in ((1, node + 2), (0, 13)):
        first, second = drawn[:, cell, node, 0, part], drawn[:, cell, node, 1, part]
        for values, n_values in ((first, n), (second, n), (first * n + second, n * n)):
            counts = np.bincount(values, minlength=n_values)
            assert len(counts) == n_values
            assert stats.chisquare(counts).pvalue > ALMOST_NEVER


def test_cells_and_steps_are_independent(drawn):
    operations = drawn[..., 0].reshape(len(drawn), 20)
    for one, other in itertools.combinations(range(20), 2):
        table = np.histogram2d(operations[:, one], operations[:, other], bins=13)[0]
        assert stats.chi2_contingency(table).pvalue > ALMOST_NEVER


def test_the_index_is_uniform_too():
    """The steps are the digits of the index, so that equal ranges of indices are drawn equally often."""
    ranges = [int(index) * 100 // SPACE.size for index in SPACE.sample(4_000, rng=14)]
    assert stats.chisquare(np.bincount(ranges, minlength=100)).pvalue > ALMOST_NEVER


def test_samples_are_distinct_unless_replaced(monkeypatch):
    """With few architectures left to draw from: repeated ones are drawn again, and only those."""
    pool = [5, 5, 2**100, 5, 6, 2**100, 7]
    queue = iter(pool * 3)
    monkeypatch.setattr("benchtools.spaces.zoo13._draw", lambda n, rng: list(itertools.islice(queue, n)))
    assert SPACE.sample(4, rng=0).tolist() == [5, 2**100, 6, 7]
    queue = iter(pool)
    assert SPACE.sample(4, rng=0, replace=True).tolist() == pool[:4]


# steps in the space


@given(index=INDICES)
@settings(max_examples=20)
def test_neighbours_against_brute_force(index):
    parts = slots(SPACE.arch(index))
    expected = set()
    for place, value in enumerate(parts):
        node = place // 4 % 5
        for other in ZOO13_OPERATIONS if isinstance(value, str) else range(node + 2):
            if other != value:
                expected.add(SPACE.parse(_arch([*parts[:place], other, *parts[place + 1 :]])))
    assert len(expected) == 2 * 5 * 2 * 12 + 2 * 2 * (1 + 2 + 3 + 4 + 5) == 300
    assert SPACE.neighbours(index).tolist() == sorted(expected)


def _arch(parts):
    edges = list(zip(parts[::2], parts[1::2], strict=True))
    nodes = tuple(zip(edges[::2], edges[1::2], strict=True))
    return ZooArch(ZooCell(nodes[:5]), ZooCell(nodes[5:]))


@given(index=INDICES, seed=st.integers(0, 2**32), kind=st.sampled_from([None, "connection", "operation"]))
def test_a_mutation_changes_one_slot(index, seed, kind):
    mutant = SPACE.mutate(index, rng=seed, kind=kind)
    before, after = slots(SPACE.arch(index)), slots(SPACE.arch(mutant))
    (changed,) = [new for old, new in zip(before, after, strict=True) if old != new]
    if kind is not None:
        assert isinstance(changed, str) == (kind == "operation")
    assert mutant == SPACE.mutate(index, rng=np.random.default_rng(seed), kind=kind)
    assert type(mutant) is int


def test_mutations_are_even():
    """Either kind half of the time, then each edge alike, then each other value alike."""
    rng = np.random.default_rng(8)
    parent = SPACE.sample(1, rng=rng)[0]
    before = slots(SPACE.arch(parent))
    counts = Counter()
    for _ in range(6_000):
        after = slots(SPACE.arch(SPACE.mutate(parent, rng=rng)))
        (place,) = [place for place in range(40) if before[place] != after[place]]
        counts[place, after[place]] += 1
    places = Counter(place for place, _ in counts.elements())
    kinds = [sum(places[place] for place in range(start, 40, 2)) for start in (0, 1)]
    assert stats.chisquare(kinds).pvalue > ALMOST_NEVER
    assert stats.chisquare([places[place] for place in range(40)]).pvalue > ALMOST_NEVER
    for place, value in enumerate(before):
        values = ZOO13_OPERATIONS if isinstance(value, str) else range(place // 4 % 5 + 2)
        observed = [counts[place, other] for other in values if other != value]
        assert len(observed) == 1 or stats.chisquare(observed).pvalue > ALMOST_NEVER


# isomorphism


def relabelled(cell, rng):
    """Return the same graph: nodes in another order that can be computed, A and B of some exchanged."""
    order = [0, 1]
    while len(order) < 7:
        ready = [p for p, node in enumerate(cell.nodes) if p + 2 not in order and {s for _, s in node} <= set(order)]
        order.append(int(rng.choice(ready)) + 2)
    nodes = []
    for state in order[2:]:
        node = [(operation, order.index(source)) for operation, source in cell.nodes[state - 2]]
        nodes.append(tuple(node[:: rng.choice([-1, 1])]))
    return ZooCell(tuple(nodes))


FEW = st.sampled_from(["identity", "conv_1x1"])  # few operations, low inputs: many nodes that can change places
SYMMETRIC = st.tuples(
    *(st.tuples(*[st.tuples(FEW, st.integers(0, min(node + 1, 2)))] * 2) for node in range(5))
).map(ZooCell)  # fmt: skip


@given(normal=SYMMETRIC, reduction=SYMMETRIC, seed=st.integers(0, 2**32))
def test_canonical_is_shared_by_isomorphic_architectures(normal, reduction, seed):
    rng = np.random.default_rng(seed)
    twin = ZooArch(relabelled(normal, rng), relabelled(reduction, rng))
    canonical = SPACE.canonical(SPACE.parse(ZooArch(normal, reduction)))
    assert SPACE.canonical(SPACE.parse(twin)) == canonical
    assert SPACE.canonical(SPACE.parse(canonical)) == canonical
    assert SPACE.parse(canonical) <= SPACE.parse(twin)


def isomorphic(one, other):
    """Compare the graphs by trying all 120 renamings of the nodes."""

    def graph(cell, names):
        return {(names[p], *sorted((operation, s if s < 2 else names[s - 2]) for operation, s in node))
                for p, node in enumerate(cell.nodes)}  # fmt: skip

    plain = graph(one, range(2, 7))
    return any(graph(other, names) == plain for names in itertools.permutations(range(2, 7)))


@given(one=SYMMETRIC, other=SYMMETRIC, seed=st.integers(0, 2**32), edge=edges(0))
def test_canonical_tells_the_others_apart(one, other, seed, edge):
    """Also close ones: the same graph with one edge of its last node replaced."""
    twin = relabelled(one, np.random.default_rng(seed))
    close = ZooCell((*twin.nodes[:4], (edge, twin.nodes[4][1])))
    for cell in (other, close):
        same = SPACE.canonical(SPACE.parse(ZooArch(one, one))) == SPACE.canonical(SPACE.parse(ZooArch(one, cell)))
        assert same == isomorphic(one, cell)


def test_equal_expressions_of_different_nodes_stay_apart():
    """Nodes 0 and 1 look alike but have weights of their own: adding both is not adding one twice."""
    twins = f"{NODE}:{NODE}"
    both, twice = (f"{twins}:identity~2+identity~{other}:{NODE}:{NODE}" for other in (3, 2))
    assert len({SPACE.canonical(SPACE.parse(f"normal:{c}/reduction:{NODE}{REST}")) for c in (both, twice)}) == 2


# errors


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (f"sep_conv_3~0+identity~1{REST}", r"^normal cell: operation 'sep_conv_3' of edge A of node 0 is not of zoo13: "
         r"valid are avg_pool_3x3, .*, conv_1x7_7x1\. Did you mean 'sep_conv_3x3'\?$"),
        (f"{NODE}:identity~0+none~1:{NODE}:{NODE}:{NODE}", r"operation 'none' of edge B of node 1 is not of zoo13"),
        (f"conv_1x1~0+identity~2{REST}", r"^normal cell: edge B of node 0 cannot read the input 2: valid are 0\.\.1 "),
        (f"{NODE}:identity~3+identity~2:{NODE}:{NODE}:{NODE}", r"edge A of node 1 cannot read the input 3: .* 0\.\.2 "),
        (f"identity~0+identity~01{REST}", r"edge B of node 0 cannot read the input '01'"),
        (f"identity~{'9' * 5000}+identity~0{REST}", r"edge A of node 0 cannot read the input '9+'"),
        (REST[1:], r"^normal cell: a cell has 5 nodes, not 4$"),
        (f"{NODE}:{NODE}{REST}", r"^normal cell: a cell has 5 nodes, not 6$"),
        (f"identity~0{REST}", r"^normal cell: node 0 is 'identity~0', not two edges: write operation~input\+"),
        (f"{NODE}+{NODE}{REST}", r"node 0 is '.*', not two edges"),
        (f"{NODE}:{REST[1:-22]}:", r"node \d is '', not two edges"),
    ],
)  # fmt: skip
def test_messages_say_what_is_wrong_where(cell, message):
    with pytest.raises(InvalidInput, match=message):
        SPACE.parse(f"normal:{cell}/reduction:{NODE}{REST}")
    with pytest.raises(InvalidInput, match=message.removeprefix("^normal cell: ")):
        SPACE.parse(f"normal:{NODE}{REST}/reduction:{cell}")


@pytest.mark.parametrize(
    "key",
    ["", "nonsense", "8:8:8:8:8", f"normal:{NODE}{REST}", f"reduction:{NODE}{REST}/normal:{NODE}{REST}",
     f"{NODE}{REST}/{NODE}{REST}", "normal/reduction", f"normal:{NODE}{REST}/reduction:{NODE}{REST}/"],
)  # fmt: skip
def test_other_text_is_refused(key):
    with pytest.raises(InvalidInput, match=r"is no architecture of zoo13: give text such as 'normal:.*/reduction:"):
        SPACE.parse(key)


def test_a_string_of_nasbench201_is_recognised():
    with pytest.raises(InvalidInput, match=r"no architecture of zoo13.* This looks like a string of nasbench201\.$"):
        SPACE.parse(NASBench201().to_string(6111))


def test_the_printed_example_is_a_key():
    with pytest.raises(WrongType, match=r"^None \(NoneType\) is no architecture of zoo13: give text") as caught:
        SPACE.parse(None)
    (shown,) = re.findall(r"such as '([^']+)'", str(caught.value))
    assert SPACE.to_string(SPACE.parse(shown)) == shown


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ("x", r"the nodes of a cell must be a tuple of 5, not 'x'"),
        ([PLAIN] * 4, r"a cell has 5 nodes, not 4"),
        (
            [PLAIN] * 4 + [PLAIN[:1]],
            r"node 4 must be \(\(operation, input\), \(operation, input\)\), not \(\('conv_3x3'",
        ),
        ([PLAIN] * 4 + [("conv_3x3", 0)], r"node 4 must be"),
        ([(PLAIN[0], ("identity", True)), *[PLAIN] * 4], r"edge B of node 0 cannot read the input True"),
        ([(PLAIN[0], ("identity", -1)), *[PLAIN] * 4], r"edge B of node 0 cannot read the input -1"),
        ([(PLAIN[0], (["identity"], 1)), *[PLAIN] * 4], r"operation \['identity'\] of edge B of node 0"),
    ],
)
def test_bad_nodes_are_refused(nodes, message):
    with pytest.raises(InvalidInput, match=message):
        ZooCell(nodes)
    with pytest.raises(InvalidInput, match=f"^reduction cell: {message}"):
        ZooArch.from_json({"normal": [PLAIN] * 5, "reduction": nodes})


def test_other_misuse_is_refused():
    with pytest.raises(InvalidInput, match=r"expected a dict with normal and reduction, not normal$"):
        ZooArch.from_json({"normal": [PLAIN] * 5})
    with pytest.raises(InvalidInput, match=r"expected a dict with nodes, not 3$"):
        ZooCell.from_json(3)
    with pytest.raises(InvalidInput, match=r"the reduction cell must be a ZooCell, not \[\]"):
        ZooArch(ZooCell([PLAIN] * 5), [])
    with pytest.raises(InvalidInput, match="kind='both' is not known: choose connection or operation"):
        SPACE.mutate(0, rng=0, kind="both")
    with pytest.raises(InvalidInput, match="position 1: 'x' is no architecture of zoo13"):
        SPACE.parse_many([0, "x"])
