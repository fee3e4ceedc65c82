"""The papers' own numbers, recomputed: against what they print, against scipy, and by hand."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchtools.experiments import published_acceleration, published_correlations, published_flags

DATA = Path(str(files("benchmarks_data.published")))
ORIGINALS = Path(__file__).parents[2] / "shared" / "published"
CSVS = sorted(path.name for path in DATA.glob("*.csv"))
PARK = {1: "table1_resnet20_cifar10", 2: "table2_resnet20_cifar100", 3: "table3_efficientnetb0_cifar10"}


def read_text(path: Path) -> list[dict[str, str]]:
    """Return a CSV's rows as printed, without any conversion."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def correlations() -> pd.DataFrame:
    return published_correlations()


@pytest.fixture(scope="module")
def acceleration() -> pd.DataFrame:
    return published_acceleration()


class TestCorrelations:
    def test_there_is_a_row_for_every_printed_score(self, correlations):
        assert correlations.groupby("table").size().to_dict() == {1: 4, 2: 2, 3: 2}
        assert (correlations["n"] == 12).all()
        assert " ".join(correlations) == (
            "table dataset network column n printed pearson spearman kendall difference reproduced best_kept"
        )

    def test_pearson_is_what_tables_2_and_3_print(self, correlations):
        rows = correlations[correlations["table"] >= 2]
        np.testing.assert_allclose(rows["pearson"], rows["printed"], rtol=0, atol=5e-4)
        assert rows["reproduced"].all()

    def test_table_1_is_near_pearson_only(self, correlations):
        """None of its four scores follows from its accuracies: off by 0.0015, -0.0017, 0.0046 and 0.0024."""
        rows = correlations[correlations["table"] == 1]
        np.testing.assert_allclose(rows["pearson"], rows["printed"], rtol=0, atol=5e-3)
        assert not rows["reproduced"].any()
        np.testing.assert_allclose(rows["difference"], [0.0015, -0.0017, 0.0046, 0.0024], rtol=0, atol=6e-5)

    def test_no_other_coefficient_reproduces_table_1(self, correlations):
        rows = correlations[correlations["table"] == 1]
        for name in ("spearman", "kendall"):
            assert (abs(rows[name] - rows["printed"]) > 5e-3).all()

    @pytest.mark.parametrize(
        ("name", "oracle"), [("pearson", stats.pearsonr), ("spearman", stats.spearmanr), ("kendall", stats.kendalltau)]
    )
    def test_scipy_agrees_on_the_printed_accuracies(self, correlations, name, oracle):
        for row in correlations.itertuples():
            table = read_text(DATA / f"paper002_{PARK[row.table]}.csv")
            truth, proxy = ([float(line[column]) for line in table] for column in ("acc_100", row.column))
            assert getattr(row, name) == pytest.approx(oracle(truth, proxy).statistic, rel=0, abs=1e-12)

    def test_ours_keeps_the_best_configuration_and_random_loses_it(self, correlations):
        kept = correlations.set_index(["table", "column"])["best_kept"]
        assert kept[kept.index.get_level_values("column").str.endswith("ours")].all()
        random = kept[kept.index.get_level_values("column").str.endswith("random")]
        assert random.to_dict() == {
            (1, "acc_10_random"): True,
            (1, "acc_5_random"): False,
            (2, "acc_10_random"): False,
            (3, "acc_10_random"): False,
        }

    def test_the_best_configurations_are_10_10_and_12(self):
        for table, best in ((1, "10"), (2, "10"), (3, "12")):
            rows = read_text(DATA / f"paper002_{PARK[table]}.csv")
            for column in (name for name in rows[0] if name == "acc_100" or name.endswith("ours")):
                assert max(rows, key=lambda row, column=column: float(row[column]))["id"] == best

    def test_by_rank_ours_leads_table_1_where_the_printed_score_has_random_ahead(self, correlations):
        rows = correlations.set_index(["table", "column"])
        random, ours = rows.loc[(1, "acc_10_random")], rows.loc[(1, "acc_10_ours")]
        assert random["printed"] > ours["printed"]
        assert random["spearman"] < ours["spearman"]


class TestAcceleration:
    def test_there_is_a_row_for_every_search(self, acceleration):
        counts = acceleration.groupby(["paper", "table"]).size().to_dict()
        first = {("000", table): 16 for table in (2, 3, 4, 5, 6)}
        assert counts == first | {("003", 1): 2 * 6, ("003", 2): 7, ("003", 3): 2 * 24}

    def test_darts_v1_on_a_quarter_of_the_data_by_hand(self, acceleration):
        row = pick(acceleration, paper="000", table=2, nas="Darts-V1", proxy_percent=25)
        assert row["acceleration"] == pytest.approx(66820.5 / 16900.9)
        assert row["acceleration"] == pytest.approx(3.95, abs=0.005)
        assert (row["baseline_accuracy"], row["proxy_accuracy"]) == (47.30, 48.45)
        assert row["accuracy_kept"] == pytest.approx(48.45 / 47.30)
        assert row["difference_points"] == pytest.approx(1.15)
        assert (row["baseline_accuracy_ch16"], row["proxy_accuracy_ch16"]) == (32.60, 32.93)
        assert (row["baseline_accuracy_ch32"], row["proxy_accuracy_ch32"]) == (40.15, 41.41)
        assert (row["method"], row["dataset"], row["basis"]) == ("kmeans50", "CIFAR-100", "search time")

    def test_baselines_keep_all_and_gain_nothing(self, acceleration):
        rows = acceleration[acceleration["proxy_percent"] == 100]
        assert len(rows) == 20
        assert (rows["acceleration"] == 1).all()
        assert (rows["accuracy_kept"] == 1).all()
        assert (rows["difference_points"] == 0).all()

    def test_pc_darts_on_imagenet_is_14_6_times_faster_as_the_text_says(self, acceleration):
        row = pick(acceleration, paper="003", table=2, nas="PC-DARTS", dataset="ImageNet")
        assert row["acceleration"] == pytest.approx(3.8 / 0.26)
        assert round(row["acceleration"], 1) == 14.6
        assert row["basis"] == "GPU days"
        assert (row["baseline_accuracy"], row["proxy_accuracy"]) == pytest.approx((75.8, 75.7))
        assert "baseline-on-proxy-too" in row["flag"]

    def test_a_cost_that_is_not_printed_stays_unknown(self, acceleration):
        row = pick(acceleration, paper="003", table=2, nas="DARTS", dataset="ImageNet")
        assert np.isnan(row["acceleration"])
        assert acceleration["acceleration"].isna().sum() == 1
        assert {"base-cost-not-printed", "cost-032-or-026"} <= set(row["flag"].split("; "))

    def test_table_1_is_compared_with_the_full_data_darts_of_table_2(self, acceleration):
        rows = acceleration.query('paper == "003" and table == 1')
        assert set(rows["basis"]) == {"data size"}
        assert set(rows["method"]) == {"random", "proposed"}
        np.testing.assert_allclose(rows["baseline_accuracy"], np.where(rows["dataset"] == "ImageNet", 73.3, 97.0))
        cifar10 = rows.query('dataset == "CIFAR-10" and method == "random"')
        assert cifar10["proxy_percent"].tolist() == [10, 20, 30, 40, 50]
        assert cifar10["acceleration"].tolist() == pytest.approx([10, 5, 10 / 3, 2.5, 2])
        assert cifar10["proxy_accuracy"].tolist() == pytest.approx([96.79, 97.05, 97.01, 97.28, 96.78])

    def test_table_3_compares_10_and_20_percent_with_all_data(self, acceleration):
        row = pick(acceleration, table=3, nas="RobustDARTS-L2", dataset="SVHN", search_space="S1", proxy_percent=20)
        assert (row["baseline_accuracy"], row["proxy_accuracy"]) == pytest.approx((95.21, 97.40))
        assert (row["acceleration"], row["basis"]) == (5, "data size")
        rows = acceleration.query('paper == "003" and table == 3')
        assert rows["flag"].str.contains("row-headers-inferred").all()

    def test_the_failed_search_is_flagged_at_10_percent_only(self, acceleration):
        failed = acceleration[acceleration["flag"].str.contains("search-failed")]
        row = pick(failed)
        assert (row["search_space"], row["dataset"], row["proxy_percent"]) == ("S4", "CIFAR-100", 10)
        assert row["proxy_accuracy"] == pytest.approx(1.09)

    def test_flags_mark_the_rows_that_they_mean(self, acceleration):
        assert acceleration["flag"].str.contains("search-columns-identical").sum() == 24
        degenerate = acceleration[acceleration["flag"].str.contains("degenerate-cell")]
        assert degenerate["proxy_accuracy"].value_counts().to_dict() == {18.25: 11, 18.27: 1}
        assert (acceleration["flag"].str.contains("baseline-repeated") == (acceleration["proxy_percent"] == 100)).all()


def pick(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    """Return the one row of `frame` with the `wanted` values."""
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


class TestFlags:
    def test_every_file_row_and_column_exists(self):
        flags = published_flags()
        assert [*flags] == ["file", "where", "columns", "flag", "note"]
        for flag in flags.to_dict("records"):
            table = pd.read_csv(DATA / flag["file"])
            assert set(flag["columns"].split()) <= {*table.columns}
            assert not flag["where"] or len(table.query(flag["where"], engine="python"))
            assert flag["note"].endswith(".")

    def test_the_readme_explains_every_flag_and_file(self):
        readme = (DATA / "README.md").read_text(encoding="utf-8")
        assert set(published_flags()["flag"]) == set(re.findall(r"\*([a-z0-9]+(?:-[a-z0-9]+)+)\*", readme))
        assert set(CSVS) == set(re.findall(r"^\| `(\w+\.csv)` \|", readme, flags=re.MULTILINE))

    def test_the_repeated_columns_repeat(self):
        """The claims of the flags on Tables 2, 4 and 5 of "Less is More", checked on the numbers."""
        table = pd.read_csv(DATA / "paper000_tables2to6_results.csv")
        search = ["r_percent", "nas", "search_time_s", "search_train_top1", "search_val_top1"]
        by_number = {number: rows.reset_index(drop=True) for number, rows in table.groupby("table")}
        pd.testing.assert_frame_equal(by_number[2][search], by_number[4][search])
        assert not by_number[2].filter(like="eval").equals(by_number[4].filter(like="eval"))
        pairs = table.query('r_percent == 75 and nas in ["ENAS", "GDAS"]').pivot_table(
            index="nas", columns="table", values="search_train_top1"
        )
        assert (pairs[5] == pairs[2]).all()
        assert not (pairs[5] == pairs[3]).any()
        for number in (3, 4, 5, 6):
            full = [by_number[k].query("r_percent == 100").drop(columns=["table", "method"]) for k in (2, number)]
            pd.testing.assert_frame_equal(*full)


class TestFiles:
    @pytest.mark.parametrize("name", CSVS)
    def test_seed_means_a_random_seed_only(self, name):
        assert "seed" not in name
        assert "seed" not in (DATA / name).read_text(encoding="utf-8").lower()

    def test_digits_are_kept_as_printed(self):
        rows = read_text(DATA / "paper003_table2_nas_algorithms.csv")
        eco = next(row for row in rows if row["nas"].startswith("EcoDARTS"))
        assert eco["base_err"] == "2.80"
        assert next(row for row in rows if row["dataset"] == "ImageNet")["base_cost_gpu_days"] == ""

    def test_correlations_are_stored_as_printed_only(self):
        assert [*read_text(DATA / "paper002_correlation_scores.csv")[0]] == ["table", "column", "printed"]

    @pytest.mark.parametrize("name", [name for name in CSVS if name != "flags.csv"])
    def test_values_equal_the_transcription(self, name):
        if not ORIGINALS.is_dir():
            pytest.skip(f"no transcription at {ORIGINALS}")
        ours, original = read_text(DATA / name), read_text(ORIGINALS / name.replace("paper", "seed", 1))
        columns = {column: "seed" if column == "paper" else column for column in ours[0]}
        assert ours == [{column: row[old] for column, old in columns.items()} for row in original]

    def test_no_file_of_the_transcription_is_missing(self):
        if not ORIGINALS.is_dir():
            pytest.skip(f"no transcription at {ORIGINALS}")
        originals = {path.name.replace("seed", "paper", 1) for path in ORIGINALS.glob("*.csv")}
        assert {*CSVS} == originals | {"flags.csv"}
