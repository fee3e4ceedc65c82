"""Every registered statistic keeps the contract, and the contract catches those that do not."""

import numpy as np
import pytest

from benchtools.ranking import STATISTICS, Statistic
from benchtools.testing import StatisticContract

NAMES = STATISTICS.names()
K_STATISTICS = ["top_k_overlap", "precision_at_k", "best_rank_at_k", "regret"]
VARIANTS = [
    *[(name, {}) for name in NAMES],
    *[(name, {"k": k}) for name in K_STATISTICS for k in (1, 3, 0.5)],
    ("precision_at_k", {"k": 3, "top": 5}),
    ("tolerant_spearman", {"tolerance": 0.0}),
    ("tolerant_spearman", {"tolerance": 0.6}),
]


class TestRegistered(StatisticContract):
    @pytest.fixture(autouse=True, params=VARIANTS, ids=lambda variant: f"{variant[0]}{variant[1] or ''}")
    def _choose(self, request):
        name, self.parameters = request.param
        self.statistic = STATISTICS.get(name)


def test_all_statistics_are_registered():
    assert {"spearman", "pearson", "kendall", "weighted_kendall", "tolerant_spearman", *K_STATISTICS} <= set(NAMES)


def rho(x, y):
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))


def resampler_of(value):
    return lambda truth, proxies: lambda counts: np.full((counts.shape[1], len(proxies)), value)


BROKEN = {
    "test_values_are_finite_and_within_the_range": Statistic("wide", lambda x, y: 3 * rho(x, y)),
    "test_relabelling_changes_nothing": Statistic("positional", lambda x, y: rho(x[:-1], y[:-1])),
    "test_equal_orders_are_best": Statistic("unsigned", lambda x, y: abs(rho(x, y))),
    "test_symmetric_if_it_says_so": Statistic("one-sided", lambda x, y: rho(x, y) * np.tanh(x.mean() + 5)),
    "test_constant_vectors": Statistic("zero", lambda x, y: float(np.nan_to_num(rho(x, y)))),
    "test_inputs_stay_as_they_are": Statistic("writes", lambda x, y: (x.sort(), 0.0)[1]),
    "test_resampler_agrees_with_the_kernel": Statistic("quick", rho, resampler=resampler_of(0.5)),
    "test_leave_one_out_agrees_with_leaving_out": Statistic("loo", rho, leave_one_out=lambda x, y: np.zeros(len(x))),
}


@pytest.mark.parametrize("test", BROKEN)
def test_the_contract_catches(test):
    class Broken(StatisticContract):
        statistic = BROKEN[test]

    with pytest.raises((AssertionError, ValueError)):
        getattr(Broken(), test)()


def test_every_contract_test_has_a_broken_statistic():
    assert {name for name in dir(StatisticContract) if name.startswith("test_")} == set(BROKEN)
