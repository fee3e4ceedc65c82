"""What searches read and are measured by: tables, degenerate cells, splits, shared weights, recipes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

torch = pytest.importorskip("torch")

from benchtools.datasets import Batches, load_dataset  # noqa: E402
from benchtools.errors import InvalidInput, NotFound, WrongType  # noqa: E402
from benchtools.networks import make_supernet  # noqa: E402
from benchtools.search.one_shot import (  # noqa: E402
    Judge,
    degenerate,
    inherited_correlation,
    recipe_for,
    score_archs,
    split_data,
)
from benchtools.selection import Population, Selection  # noqa: E402
from benchtools.spaces import get_space  # noqa: E402
from benchtools.tables import Column, Table, import_table, parse_mapping  # noqa: E402
from benchtools.tables._writer import write_table  # noqa: E402

TRUTH = "cifar10-valid/x-valid/200/mean"
ALL_SKIP = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|"


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


# judges


@pytest.fixture
def table(tmp_path):
    """Return a SYNTHETIC table of three cells, one of them without an accuracy, of two schedules."""
    columns = {
        Column("accuracy", "cifar10", "ori-test", epochs, "mean"): np.array([50.0, np.nan, 60.0]) + epochs
        for epochs in (12, 200)
    }
    columns[Column("params_m", "cifar10", None, None, None)] = np.ones(3)
    write_table(tmp_path / "few", name="few", space="nasbench201", keys=np.array([3, 5, 8]), columns=columns,
                notes=(), provenance={})  # fmt: skip
    return Table.open(tmp_path / "few")


def test_ranks_and_regret_by_enumeration(slice_table):
    judge = Judge(slice_table, TRUTH)
    values = judge.values.tolist()
    for index in (0, 1, 77, 6111, 15_624, int(np.argsort(values)[7_000])):
        verdict = judge.verdict(slice_table.space.to_string(index))
        assert verdict.rank == 1 + sum(other > values[index] for other in values)
        assert verdict.regret == pytest.approx(max(values) - values[index], abs=1e-12)
        assert verdict.accuracy == values[index]
    assert sorted(map(str, judge.columns)) == sorted(
        f"{name}/x-valid/200/mean" for name in ("cifar10-valid", "cifar100", "ImageNet16-120")
    )
    with pytest.raises(InvalidInput, match="holds train_time_s: a search is judged by an accuracy"):
        Judge(slice_table, "train_time_s:cifar10-valid/-/200/-")
    with pytest.raises(NotFound):
        Judge(slice_table, "cifar10/ori-test/200/mean")


def test_what_a_table_does_not_know_has_no_rank(table):
    judge = Judge(table, "cifar10/ori-test/200/mean")
    assert list(map(str, judge.columns)) == ["cifar10/ori-test/200/mean"]  # of the longest schedule
    assert (judge.verdict(table.space.to_string(3)).rank, judge.verdict(table.space.to_string(8)).rank) == (2, 1)
    for index in (5, 6):  # without an accuracy; not there
        verdict = judge.verdict(table.space.to_string(index))
        found = [verdict.accuracy, verdict.regret, verdict.rank, *verdict.accuracies.values()]
        assert len(found) == 4
        assert np.isnan(found).all()
    with pytest.raises(InvalidInput):
        judge.verdict("no cell")


def test_the_cell_of_skip_connections_is_that_of_the_paper(slice_table):
    """NAS-Bench-201, Table 5: what DARTS ends with."""
    found = Judge(slice_table, TRUTH).verdict(ALL_SKIP).accuracies
    wanted = {"cifar10-valid": 39.77, "cifar100": 15.03, "ImageNet16-120": 16.43}
    assert found == pytest.approx({f"{name}/x-valid/200/mean": value for name, value in wanted.items()}, abs=0.006)


def test_the_cell_of_skip_connections_on_test_images(core_parquet, tmp_path):
    wanted = {"cifar10/ori-test": 54.30, "cifar100/x-test": 15.61, "ImageNet16-120/x-test": 16.32}
    mapping = parse_mapping([f"{name.replace('/', '_')}_acc_hp200_mean={name}/200/mean/%" for name in wanted])
    table = import_table(core_parquet, space="nasbench201", mapping=mapping, key="op_code", out=tmp_path / "core")
    found = Judge(table, "cifar10/ori-test/200/mean").verdict(ALL_SKIP)
    assert found.accuracies == pytest.approx({f"{name}/200/mean": value for name, value in wanted.items()}, abs=0.006)
    assert found.regret == pytest.approx(94.3733 - 54.30, abs=0.006)


def test_degenerate_cells_by_their_paths():
    paths = [[3], [0, 4], [1, 5], [0, 2, 5]]  # edges of each way from node 0 to node 3
    space, counts = get_space("nasbench201"), {}
    for index in range(space.size):
        arch = space.to_string(index)
        names = [term.split("~")[0] for term in arch.replace("+", "|").split("|") if term]
        ways = [[names[edge] for edge in path] for path in paths]
        open_ways = [way for way in ways if "none" not in way]
        if set(names) in ({"none"}, {"skip_connect"}):
            wanted = f"all {names[0]}"
        elif not open_ways:
            wanted = "disconnected"
        else:
            wanted = "" if any("conv" in name for way in open_ways for name in way) else "no convolution"
        assert degenerate("nasbench201", arch) == wanted
        counts[wanted] = counts.get(wanted, 0) + 1
    assert counts["all none"] + counts["disconnected"] == 15_625 - 15_284
    five = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|+|none~0|none~1|none~2|"
    assert degenerate("nasbench201_v5", five + "none~3|") == "disconnected"
    assert degenerate("nasbench201_v5", five + "skip_connect~3|") == "disconnected"
    assert degenerate("nasbench201_v5", five.replace("none~1|none~2|", "skip_connect~1|none~2|") + "none~3|") == ""


def test_degenerate_cells_of_oneshot1():
    pools = "maxpool3x3~0|maxpool3x3~0,1|maxpool3x3~0,1|{}~0,1|output~{}"
    assert degenerate("oneshot1_s1", pools.format("conv3x3-bn-relu", "1,2")) == "no convolution"  # it leads nowhere
    assert degenerate("oneshot1_s1", pools.format("conv3x3-bn-relu", "1,4")) == ""
    assert degenerate("nats_size", "8:8:8:8:8") == ""


# data


@pytest.mark.parametrize("how", ["halves", "order", "within", "test"])
def test_how_examples_are_split(digits, how):
    chosen = np.random.default_rng(0).choice(1442, 300, replace=False)
    data = split_data(digits, chosen, how=how, share=0.6, rng=3)
    weights, held_out = data.weights, data.held_out
    assert all((np.diff(part) > 0).all() for part in (weights, held_out))
    again = split_data(digits, chosen[::-1], how=how, share=0.6, rng=3)
    assert again.digest == data.digest
    assert (split_data(digits, chosen, how=how, share=0.6, rng=4).digest == data.digest) == (how == "order")
    if how == "test":
        assert weights.tolist() == sorted(chosen.tolist())
        assert (data.held_out_split, len(held_out)) == ("test", len(digits.test_labels) // 2)
        return
    assert data.held_out_split == "train"
    assert sorted([*weights, *held_out]) == sorted(chosen.tolist())
    if how == "within":  # each example is on the side where it is without a proxy
        whole = split_data(digits, how=how, share=0.6, rng=3)
        assert weights.tolist() == sorted(set(whole.weights) & set(chosen))
    else:
        assert len(weights) == 180
        assert (weights.max() < held_out.min()) == (how == "order")


def test_splits_that_do_not_fit(digits):
    first = np.flatnonzero(digits.train_labels == 4)[:1]
    last = np.flatnonzero(digits.train_labels == 7)
    two = np.concatenate([first, last[last > first]])
    for given, options, message in (
        (None, {"how": "half"}, "how='half' is not known: choose one of halves, order, within, test"),
        (None, {"share": 1.0}, "share must be above 0 and below 1"),
        ([3], {}, "of 1 examples a share of 0.5 leaves none for the weights: take more"),
        ([3], {"share": 0.9}, "leaves none for the architecture"),
        ([5, 1442], {}, "must be from 0 to 1441, and at least one; those from 5 to 1442 were given"),
        (np.array([], dtype=int), {}, "none were given"),
        (two, {"how": "order", "share": 1 / len(two)}, r"of 2 classes 1 have no example among the 1 .*first is 7\)"),
    ):
        with pytest.raises(InvalidInput, match=message):
            split_data(digits, given, **options)
    for wrong in (np.arange(1442) % 2 == 0, [0.5, 1.5]):
        with pytest.raises(WrongType, match="positions must be a list of whole numbers; found"):
            split_data(digits, wrong)
    other = Selection(np.arange(50), "p1", {}, 0, "digits", "another", "entropy", "", Population(50))
    with pytest.raises(InvalidInput, match="the selection is of digits with another digest than the digits given"):
        split_data(digits, other)
    assert len(split_data(digits, replace(other, dataset_digest=digits.digest)).weights) == 25
    without = replace(digits, test_labels=np.where(digits.test_labels == 4, 3, digits.test_labels))
    with pytest.raises(InvalidInput, match=r"none of the test examples .* 1 classes of the proxy"):
        split_data(without, np.flatnonzero(digits.train_labels == 4), how="test")


# shared weights


def test_scores_are_those_of_each_architecture_alone(digits):
    supernet = make_supernet("nasbench201", 10, rng=0, channels=1, width=4, n_cells=1)
    archs = [supernet.draw(np.random.default_rng(seed)) for seed in range(7)]
    batches = list(Batches(digits, range(150), batch_size=60, generator=0))
    supernet.eval()
    with torch.no_grad():
        wanted = [
            sum(
                int((supernet(images, supernet.gates(arch)).argmax(1) == labels).sum()) for images, labels, _ in batches
            )
            for arch in archs
        ]
    supernet.train()
    for block in (None, 1, 3, 100):
        found = score_archs(supernet, archs, iter(batches), block=block)
        assert found.tolist() == pytest.approx([100 * hits / 150 for hits in wanted])
    assert supernet.training
    assert len(set(wanted)) > 3
    with pytest.raises(InvalidInput, match="no architecture is given"):
        score_archs(supernet, [], batches)
    with pytest.raises(InvalidInput, match="there is no batch"):
        score_archs(supernet, archs, [])


def test_correlations_are_scipys():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=40)
    shared = np.round(truth + rng.normal(size=40), 1)  # with ties
    found = inherited_correlation(shared, truth, best=15, k=6)
    first = sorted(range(40), key=lambda one: -shared[one])[:15]
    assert found["spearman"] == pytest.approx(spearmanr(truth, shared).statistic, abs=1e-12)
    assert found["kendall"] == pytest.approx(kendalltau(truth, shared).statistic, abs=1e-12)
    assert found["spearman_best"] == pytest.approx(spearmanr(truth[first], shared[first]).statistic, abs=1e-12)
    assert found["n_archs"] == 40
    exact_order = inherited_correlation(truth, truth * 2, k=50, best=40)
    assert [exact_order[name] for name in ("spearman", "kendall", "top_k")] == pytest.approx([1, 1, 1])
    assert math.isnan(exact_order["spearman_best"])
    constant = inherited_correlation(np.full(40, 10.0), truth)
    assert math.isnan(constant["spearman"])
    assert math.isnan(constant["kendall"])
    distinct = rng.permutation(40) + 0.0
    both = set(np.argsort(-distinct)[:6]) & set(np.argsort(-truth)[:6])
    assert inherited_correlation(distinct, truth, k=6)["top_k"] == pytest.approx(len(both) / 6)
    with pytest.raises(InvalidInput, match=r"2 accuracies with shared weights and 2 of the table.*at least 3"):
        inherited_correlation(truth[:2], truth[:2])


# recipes


def test_recipes_that_do_not_fit():
    for changes, message in (
        ({"tau": (1.0,)}, "tau must be two numbers above 0"), ({"alpha_betas": (0.5, 1.0)}, "alpha_betas must be two"),
        ({"lr": "fast"}, "a number of the recipe is of the wrong type"), ({"min_lr": 1.0}, "min_lr must be from 0"),
        ({"epoch": 3}, "a search has no number 'epoch': .*Did you mean 'epochs'"),
        ({"finalists": 101}, "finalists must be from 0 to candidates, 100; 101 was given"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=message):
            recipe_for("gdas", "paper000", **changes)
    with pytest.raises(NotFound, match=r"no preset 'paper00'.*Did you mean 'paper000'"):
        recipe_for("gdas", "paper00")
    with pytest.raises(NotFound, match="the preset 1shot1 has no numbers for 'setn'"):
        recipe_for("setn", "1shot1")
