"""A file of scores against a table: real answers, and every bad input named."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.experiments import rank_scores
from benchtools.tables import Column, Mapped, import_table, parse_mapping

N = 40
TRUTH = Column("accuracy", "cifar100", "x-valid", 200, "mean")
QUICK = {"n_resamples": 19, "k": 5}


@pytest.fixture(scope="module")
def frame(slice_table):
    """Return op codes, SYNTHETIC scores and costs, and the real truth of 40 cells."""
    rng = np.random.default_rng(3)
    rows = rng.choice(15_625, N, replace=False)
    truth = slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed="mean")[rows]
    return pd.DataFrame({
        "arch": [slice_table.space.to_opcode(row) for row in rows.tolist()], "good": truth + rng.normal(0, 3, N),
        "bad": rng.normal(0, 1, N), "spent": rng.uniform(1, 2, N), "full": rng.uniform(20, 30, N),
        "truth": truth, "row": rows,
    })  # fmt: skip


@pytest.fixture
def rank(tmp_path, slice_table, frame):
    """Return a function that writes the scores, spoilt as asked, and ranks them."""

    def run(spoil=None, columns=("good", "bad"), truth=TRUTH, table=slice_table, keep=None, **options):
        spoilt = (frame if keep is None else frame.loc[keep])[["arch", *columns]]
        if spoil is not None:
            spoilt = spoilt.astype(object)
            spoil(spoilt)
        spoilt.to_csv(tmp_path / "scores.csv", index=False)
        return rank_scores(tmp_path / "scores.csv", table, truth, **QUICK | options)

    return run


def put(row, column, value):
    return lambda frame: frame.__setitem__(
        column, [value if place == row else old for place, old in enumerate(frame[column])]
    )


def test_the_architectures_meet_their_own_truth(rank, frame, slice_table):
    report = rank()
    np.testing.assert_array_equal(report.truth, frame["truth"])
    assert list(report.archs) == [slice_table.space.to_string(row) for row in frame["row"]]
    for name in ("good", "bad"):
        np.testing.assert_array_equal(report.proxies[name], frame[name])
        expected = stats.spearmanr(frame["truth"], frame[name]).statistic
        assert report.estimates[name]["spearman"].statistic == pytest.approx(expected, abs=1e-12)
    assert report.truth_name == "cifar100/x-valid/200/mean of nasbench201-slice"
    assert report.provenance.inputs["table"] == f"nasbench201-slice sha256 {slice_table.index.sha256}"
    assert report.provenance.inputs["scores"].startswith("scores.csv sha256 ")
    assert report.costs_s == {}


def test_other_keys_and_kinds_of_file_give_the_same(rank, frame, slice_table, tmp_path):
    expected = rank().estimates["good"]["spearman"]
    renamed = frame.assign(cell=frame["row"])[["cell", "good", "bad"]]
    renamed.to_parquet(tmp_path / "scores.parquet")
    again = rank_scores(tmp_path / "scores.parquet", slice_table, TRUTH, key="cell", **QUICK)
    assert again.estimates["good"]["spearman"] == expected


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (put(2, "arch", "999999"), InvalidInput, "column 'arch' of scores.csv: row 3: op code '999999' is not of"),
        (put(2, "arch", "resnet18"), InvalidInput, "column 'arch' of scores.csv: row 3: 'resnet18' is no architecture"),
        (put(4, "arch", None), InvalidInput, "column 'arch' of scores.csv is empty in row 5"),
        (put(3, "good", None), InvalidInput, r"'good' of .* 1 values .* first in row 4 \(\d{6}\): empty or NaN"),
        (put(3, "bad", "inf"), InvalidInput, r"'bad' of scores.csv has 1 values .* first in row 4 \(\d{6}\): inf"),
        (put(6, "bad", "n.a."), WrongType, "'bad' of scores.csv has 1 values that are no numbers, .* row 7: 'n.a.'"),
        (lambda frame: frame.pop("arch"), NotFound, "scores.csv has no column 'arch': it has good, bad"),
        (lambda frame: [frame.pop("good"), frame.pop("bad")], InvalidInput, "no column of scores beside 'arch'"),
    ],
)  # fmt: skip
def test_bad_scores_are_named(rank, spoil, error, message):
    with pytest.raises(error, match=message):
        rank(spoil)


def test_a_duplicate_is_named(rank, frame):
    code = frame["arch"][1]
    with pytest.raises(InvalidInput, match=f"names an architecture twice, in rows 2 and 9: {code}"):
        rank(put(8, "arch", code))


def test_an_architecture_that_the_table_lacks(rank, frame, tmp_path, own_home):
    partial = tmp_path / "partial.csv"
    rows = frame.drop(index=[10, 30])
    rows.assign(acc=rows["truth"]).to_csv(partial, index=False)
    mapping = {"acc": Mapped.parse("cifar100/x-valid/200/mean/%")}
    table = import_table(partial, space="nasbench201", mapping=mapping)
    code = frame["arch"][10]
    with pytest.raises(
        NotFound, match=f"2 architectures of scores.csv are not in the table partial, .* row 11: {code}"
    ):
        rank(table=table)
    report = rank(keep=rows.index, table=table)
    np.testing.assert_array_equal(report.truth, rows["truth"])


def test_a_column_that_the_table_lacks(rank):
    with pytest.raises(NotFound, match="cifar100 split x-valid does not exist for epochs 12: there is 200"):
        rank(truth=Column("accuracy", "cifar100", "x-valid", 12, "mean"))


def test_a_truth_with_gaps_says_which(rank, frame, slice_table):
    truth = slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed=999)[frame["row"]]
    first = int(np.flatnonzero(np.isnan(truth))[0])
    message = rf"cifar100/x-valid/200/999 of nasbench201-slice has no value for {np.isnan(truth).sum()} of these 40 .*"
    message += rf"first in row {first + 1}: \|.*choose another seed \(or mean\), or leave them out"
    for policy in ("raise", "omit"):
        with pytest.raises(InvalidInput, match=message):
            rank(truth=Column("accuracy", "cifar100", "x-valid", 200, 999), nan_policy=policy)


def test_omitting_drops_an_architecture_for_every_proxy(rank, frame):
    report = rank(put(3, "good", None), nan_policy="omit")
    assert report.n == N - 1
    assert report.settings["n_dropped"] == 1
    left = frame.drop(index=3)
    for name in ("good", "bad"):
        expected = stats.spearmanr(left["truth"], left[name]).statistic
        assert report.estimates[name]["spearman"].statistic == pytest.approx(expected, abs=1e-12)
    assert len(report.archs) == N - 1


def test_only_the_proxies_asked_for(rank):
    assert list(rank(proxies=["bad", "bad"]).proxies) == ["bad"]
    with pytest.raises(
        NotFound, match=r"scores.csv has no column 'goood': it has arch, good, bad. Did you mean 'good'"
    ):
        rank(proxies=["goood"])


COSTLY = ("good", "bad", "spent", "full")


def test_a_cost_for_all_against_the_time_in_the_table(rank, frame, slice_table):
    report = rank(columns=("good", "bad", "spent"), costs=["spent"])
    assert list(report.proxies) == ["good", "bad"]
    time_s = slice_table.column(metric="train_time_s", dataset="cifar100", epochs=200)[frame["row"]]
    for name in ("good", "bad"):
        assert report.acceleration(name) == pytest.approx(time_s.sum() / frame["spent"].sum())


def test_a_cost_for_one_and_a_cost_of_the_truth(rank, frame):
    report = rank(columns=COSTLY, costs=["good=spent"], truth_cost="full")
    assert list(report.proxies) == ["good", "bad"]
    assert report.acceleration("good") == pytest.approx(frame["full"].sum() / frame["spent"].sum())
    assert report.acceleration("bad") is None
    mixed = rank(columns=COSTLY, costs=["spent", "bad=full"], truth_cost="full")
    assert mixed.acceleration("good") == report.acceleration("good")
    assert mixed.acceleration("bad") == 1.0


@pytest.mark.parametrize(
    ("costs", "error", "message"),
    [
        (["spend"], NotFound, "no column 'spend': it has arch, good, bad, spent, full. Did you mean 'spent'"),
        (["good=spend"], NotFound, "no column 'spend'"),
        (["goood=spent"], InvalidInput, "a cost is given for goood, which is no proxy: there is good, bad"),
        (["spent", "full"], InvalidInput, "two costs are given for all proxies: 'spent' and 'full'"),
        (["good=spent", "good=full"], InvalidInput, "two costs are given for good: 'spent' and 'full'"),
    ],
)
def test_bad_costs(rank, costs, error, message):
    with pytest.raises(error, match=message):
        rank(columns=COSTLY, costs=costs, truth_cost="full")


@pytest.mark.parametrize("value", ["-1", "", "inf"])
def test_a_cost_that_is_none(rank, value):
    with pytest.raises(InvalidInput, match=r"cost of good must be finite and at least 0 seconds, not .* at position 7"):
        rank(put(7, "spent", value), columns=("good", "bad", "spent"), costs=["spent"])


def test_a_table_without_times_asks_for_a_cost(rank, frame, tmp_path, own_home):
    frame.to_csv(tmp_path / "notime.csv", index=False)
    mapping = parse_mapping(["truth=cifar100/x-valid/200/mean/%", "full=train_time_s:cifar10/-/200/-/s"])
    table = import_table(tmp_path / "notime.csv", space="nasbench201", mapping=mapping)
    with pytest.raises(
        NotFound,
        match=r"notime has no training time for cifar100 at 200 epochs, .* \(it has train_time_s:cifar10/-/200/-\)"
        ".*by --truth-cost",
    ):
        rank(columns=COSTLY, costs=["spent"], table=table)
    assert rank(columns=COSTLY, costs=["spent"], truth_cost="full", table=table).acceleration("good") > 1


@pytest.mark.parametrize(
    ("proxy", "dataset", "split", "rho"),
    [
        ("cifar10-valid_x-valid_acc_hp12_mean_seed111_777", "cifar10", "ori-test", 0.772),
        ("cifar100_x-valid_acc_hp12_seed111", "cifar100", "x-test", 0.825),
        ("ImageNet16-120_x-valid_acc_hp12_seed111", "ImageNet16-120", "x-test", 0.818),
    ],
)
def test_twelve_epochs_against_two_hundred(core_parquet, tmp_path, proxy, dataset, split, rho):
    mapping = parse_mapping([f"{dataset}_{split}_acc_hp200_mean={dataset}/{split}/200/mean/%"])
    table = import_table(core_parquet, space="nasbench201", mapping=mapping, key="arch_str", out=tmp_path / "core")
    truth = Column("accuracy", dataset, split, 200, "mean")
    report = rank_scores(core_parquet, table, truth, key="index", proxies=[proxy], n_resamples=19)
    assert round(report.estimates[proxy]["spearman"].statistic, 3) == rho
    assert report.n == 15_625
