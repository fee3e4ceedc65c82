"""The first command that a newcomer runs, on the real slice."""

import numpy as np
import pytest
from scipy import stats

from benchtools.experiments import quickstart
from benchtools.ranking import RankReport
from benchtools.reports import write_report


def test_quickstart_from_the_data_to_the_files(slice_table, tmp_path):
    seen = []
    report = quickstart(n_resamples=99, progress=lambda *step: seen.append(step))
    assert report.n == 15_625
    truth = slice_table.column(dataset="cifar10-valid", split="x-valid", epochs=200, seed="mean")
    np.testing.assert_array_equal(report.truth, truth)
    assert list(report.proxies) == [
        "parameters", "latency", "training time", "one run (seed 777)", "CIFAR-100 accuracy",
        "ImageNet16-120 accuracy", "class mean",
    ]  # fmt: skip
    rho = {name: report.estimates[name]["spearman"].statistic for name in report.proxies}
    for name, values in report.proxies.items():
        assert rho[name] == pytest.approx(stats.spearmanr(truth, values).statistic, abs=1e-9)
    assert (
        rho["one run (seed 777)"] > rho["CIFAR-100 accuracy"] > rho["ImageNet16-120 accuracy"] > rho["parameters"] > 0.5
    )
    assert report.archs[report.best()[0]] == slice_table.space.to_string(6111)
    for name, estimates in report.estimates.items():
        low, high = estimates["spearman"].interval.low, estimates["spearman"].interval.high
        assert low <= rho[name] <= high
        assert ("tolerant_spearman" in estimates) == (name in report.settings["tolerance"])
    times = [
        slice_table.column(metric="train_time_s", dataset=d, epochs=200).sum() for d in ("cifar10-valid", "cifar100")
    ]
    assert report.acceleration("CIFAR-100 accuracy") == pytest.approx(times[0] / times[1])
    assert report.acceleration("parameters") == np.inf
    assert report.acceleration("one run (seed 777)") == 1.0
    assert report.acceleration("latency") is None

    assert seen[0] == ("table", 0, 1)
    for stage in {stage for stage, _, _ in seen}:
        steps = [(done, total) for name, done, total in seen if name == stage]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]

    files = write_report(report, tmp_path / "out")
    assert sorted(file.name for file in files) == ["report.csv", "report.html", "report.json", "report.tex"]
    assert (tmp_path / "out" / "report.html").stat().st_size < 4e6
    again = RankReport.load(tmp_path / "out" / "report.json")
    np.testing.assert_array_equal(again.proxies["class mean"], report.proxies["class mean"])
    assert again.estimates == report.estimates


def test_class_means_are_means_over_cells_that_compute_the_same(slice_table):
    from benchtools.tables._answers import class_means

    values = np.array([1.0, 5.0, 3.0, 10.0])
    assert class_means(values, np.array([0, 1, 0, 1])).tolist() == [2.0, 7.5, 2.0, 7.5]
