"""Defects found in comparable tools: each is a test that ours does not have it."""

import numpy as np
import pytest

from benchtools.errors import BenchtoolsError, ConstantInputWarning, InvalidInput, NotFound, WrongType
from benchtools.ranking import compare, kendall, pearson, precision_at_k, spearman, top_k_overlap, weighted_kendall
from benchtools.tables import Table


@pytest.mark.parametrize("correlation", [spearman, pearson, kendall, weighted_kendall])
def test_naslib_abs_hides_the_sign(correlation):
    """NASLib, predictor_evaluator.py: `abs()` on Pearson's r. A proxy that inverts the order is not a good one."""
    truth = np.array([94.0, 93.1, 92.4, 91.9, 70.0])
    assert correlation(truth, truth).statistic == pytest.approx(1)
    assert correlation(truth, -truth).statistic == pytest.approx(-1)


@pytest.mark.parametrize("statistic", [precision_at_k, top_k_overlap])
def test_naslib_precision_at_k_by_threshold_miscounts_ties(statistic):
    """NASLib, predictor_evaluator.py: counting values above a threshold picks none or all of a tied group."""
    truth = [9.0, 8.0, 7.0, 6.0, 5.0, 4.0]
    tied = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]  # two of four places, drawn: each of the best two has a chance of a half
    assert statistic(truth, tied, 2).statistic == pytest.approx(0.5)
    assert statistic(truth, [0.0] * 6, 2).statistic == pytest.approx(2 / 6)
    assert statistic(tied, tied, 2).statistic == pytest.approx(1)


def test_naslib_bare_except_turns_errors_into_nan():
    """NASLib, predictor_evaluator.py: a bare `except:`. NaN stands for a constant alone, and with a warning."""
    for bad in ([1.0, 2.0], [1.0, np.nan, 2.0], ["a", "b", "c"], [[1.0, 2.0, 3.0]]):
        with pytest.raises(BenchtoolsError, match=r"differ in length|non-finite|dtype|shape"):
            spearman([1.0, 2.0, 3.0], bad)
    with pytest.warns(ConstantInputWarning, match="y is constant"):
        assert np.isnan(spearman([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]).statistic)


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e-8])
def test_torchmetrics_eps_biases_rho(scale):
    """torchmetrics, spearman.py: `eps=1e-6` in the denominator. A perfect order is 1 to the last bit, at any scale."""
    x = scale * np.array([3.0, 1.0, 2.0, 7.0])
    assert spearman(x, 2 * x).statistic == 1
    assert spearman(x, -x).statistic == -1
    assert pearson(x, 2 * x).statistic == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint8, np.int64])
def test_torchmetrics_integer_accuracies_refused(dtype):
    """torchmetrics, spearman.py: integers are refused. Ours reads them, without overflow."""
    x = np.array([100, 1, 50, 120], dtype=dtype)
    assert spearman(x, x).statistic == spearman(x, x.astype(float)).statistic == 1
    assert pearson(x, x[::-1]).statistic == pytest.approx(np.corrcoef(x, x[::-1].astype(float))[0, 1])


@pytest.mark.parametrize(
    ("bad", "dtype"), [(np.array([True, False, True]), "bool"), (np.array([1j, 2, 3]), "complex128")]
)
def test_torchmetrics_message_without_its_f_prefix(bad, dtype):
    """torchmetrics, spearman.py: the message prints "{pred.dtype}". Ours holds the dtype that was given."""
    with pytest.raises(WrongType) as caught:
        spearman(bad, [1.0, 2.0, 3.0])
    assert f"x has dtype {dtype}" in str(caught.value)
    assert "{" not in str(caught.value)


def test_no_message_of_the_statistics_holds_an_unfilled_brace():
    """The same defect, looked for in the other messages."""
    calls = [
        lambda: spearman([1.0, 2.0], [1.0, 2.0]),
        lambda: spearman([1.0, np.nan, 2.0], [1.0, 2.0, 3.0]),
        lambda: spearman([1.0, 2.0, 3.0], [1.0, 2.0]),
        lambda: spearman([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], confidence=95),
        lambda: spearman([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], nan_policy="no"),
        lambda: spearman([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], confidence=0.9, n_resamples=-1),
        lambda: precision_at_k([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], k=9),
        lambda: precision_at_k([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], k="9"),
    ]
    for call in calls:
        with pytest.raises(InvalidInput) as caught:
            call()
        assert not {"{", "}"} & set(str(caught.value))


def test_syne_tune_test_accuracy_sold_as_validation():
    """cifar10 has no validation split; asking for one is an error that says where validation lives."""
    with pytest.raises(NotFound, match="cifar10 has no validation split: use cifar10-valid"):
        Table.open("nasbench201-slice").column(dataset="cifar10", split="x-valid", epochs=200, seed="mean")


def test_syne_tune_missing_seeds_imputed_by_the_mean():
    """A missing run stays missing, and a mean is over the runs that exist."""
    table = Table.open("nasbench201-slice")
    coordinates = {"dataset": "cifar100", "split": "x-valid", "epochs": 200}
    runs = np.stack([table.column(seed=seed, **coordinates) for seed in (777, 888, 999)])
    missing = np.isnan(runs[2])
    assert missing.sum() == 7_456
    mean = table.column(seed="mean", **coordinates)
    assert np.array_equal(mean[missing], (runs[0] + runs[1])[missing] / 2)


def test_nats_bench_defaults_to_twelve_epochs_and_a_random_seed():
    """Nothing is defaulted, and the same query gives the same answer."""
    table = Table.open("nasbench201-slice")
    with pytest.raises(InvalidInput, match=r"epochs= is missing.*nothing is guessed"):
        table.column(dataset="cifar100", split="x-valid", seed=777)
    with pytest.raises(InvalidInput, match=r"seed= is missing.*777, 888, 999"):
        table.column(dataset="cifar100", split="x-valid", epochs=200)
    assert table.lookup(11) == table.lookup(np.int64(11))


def test_ranx_report_of_more_than_26_models_with_negative_scores():
    """No alphabet runs out, an all-negative column has its best in bold, and a report loads again."""
    rng = np.random.default_rng(0)
    truth = np.arange(12.0)
    proxies = {f"proxy {number}": -truth + rng.normal(0, 2, 12) for number in range(28)}
    report = compare(truth, proxies, k=2, n_resamples=50)
    best = report.ranked()[0]
    assert report.estimates[best]["spearman"].statistic < 0
    (bold,) = [line for line in report.to_latex().splitlines() if line.startswith(f"{best} &")]
    assert r"\mathbf{-" in bold
    assert report.to_html().count('<tr><td data-value="proxy ') >= 28
