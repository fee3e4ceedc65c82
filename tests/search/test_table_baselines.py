"""Searches on a table alone: each against a plain re-implementation, a closed form, or the property of its paper."""

from itertools import pairwise
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.registry import Registry
from benchtools.reports import draw_regret, regret_data, write_searches
from benchtools.search import (
    Search,
    get_search,
    list_searches,
    local_search,
    random_search,
    regularised_evolution,
    run_searches,
    successive_halving,
)
from benchtools.search import _search as search_module
from benchtools.search._halving import rungs
from benchtools.search._seconds import seconds_of
from benchtools.tables import Column, Table, import_archive
from benchtools.tables._writer import Rows, write_table
from benchtools.testing import write_nasbench201

TRUTH = {"dataset": "cifar10-valid", "split": "x-valid", "epochs": 200, "seed": "mean"}
COLUMN = Column("accuracy", **TRUTH)
LADDER = TRUTH | {"epochs": (12, 50, 200)}
ONE_SCHEDULE = [random_search, regularised_evolution, local_search]
SMALL = {"regularised_evolution": {"population": 8, "sample": 3}}


def search(function, table, **options):
    return function(table, **TRUTH | SMALL.get(function.__name__, {}) | options)


@pytest.fixture(scope="module")
def make_table(tmp_path_factory):
    """Return a function that writes a SYNTHETIC table of some cells: rising schedules, a judge, seconds, gaps."""

    def make(name="synthetic", n=15_625, gaps=(), seconds=True):
        rng = np.random.default_rng(3)
        truth = np.round(rng.uniform(10, 90, n), 1)  # with ties
        columns = {Column("accuracy", "cifar10", "ori-test", 200, "mean"): truth + rng.normal(0, 1, n)}
        for epochs in (12, 50, 200):
            noisy = np.round(truth + rng.normal(0, 200 / epochs - 1, n), 1) if epochs < 200 else truth.copy()
            noisy[list(gaps)] = np.nan
            columns[Column("accuracy", "cifar10-valid", "x-valid", epochs, "mean")] = noisy
            if seconds:
                times = epochs * (1 + np.arange(n) % 5)
                columns[Column("train_time_s", "cifar10-valid", None, epochs, None)] = times.astype(float)
        path = tmp_path_factory.mktemp("tables") / name
        write_table(path, name=name, space="nasbench201", keys=np.arange(n), columns=columns, notes=(), provenance={})
        return Table.open(path)

    return make


@pytest.fixture(scope="module")
def synthetic(make_table):
    return make_table()


class TestEverySearch:
    @pytest.mark.parametrize("function", ONE_SCHEDULE)
    def test_what_was_seen_is_what_the_table_holds(self, slice_table, function):
        runs = search(function, slice_table, budget=60, n_runs=7, rng=1)
        truth = slice_table.column(**TRUTH)
        seconds = slice_table.column(metric="train_time_s", dataset="cifar10-valid", epochs=200)
        assert runs.archs.shape == runs.regret.shape == (7, 60)
        np.testing.assert_array_equal(runs.scores, truth[runs.archs])
        np.testing.assert_array_equal(runs.seconds, seconds[runs.archs])
        assert (runs.epochs == 200).all()
        for archs, incumbents in zip(runs.archs.tolist(), runs.incumbents.tolist(), strict=True):
            for step in range(60):
                assert incumbents[step] == max(archs[: step + 1], key=lambda arch: truth[arch])

    @pytest.mark.parametrize("function", ONE_SCHEDULE)
    def test_regret_never_rises_and_is_zero_at_the_best_alone(self, slice_table, function):
        runs = search(function, slice_table, budget=150, n_runs=30)
        truth = slice_table.column(**TRUTH)
        assert (np.diff(runs.regret, axis=1) <= 0).all()
        np.testing.assert_array_equal(runs.regret == 0, truth[runs.incumbents] == truth.max())
        np.testing.assert_array_equal(runs.incumbent_scores, np.maximum.accumulate(runs.scores, axis=1))

    @pytest.mark.parametrize("function", ONE_SCHEDULE)
    def test_a_seed_gives_the_same_runs_and_run_i_does_not_depend_on_their_number(self, slice_table, function):
        few, many, others = (
            search(function, slice_table, budget=40, n_runs=n, rng=seed).archs for n, seed in ((3, 5), (6, 5), (3, 6))
        )
        np.testing.assert_array_equal(few, many[:3])
        assert not np.array_equal(few, others)
        assert len({tuple(run) for run in many.tolist()}) == 6
        np.testing.assert_array_equal(
            few, search(function, slice_table, budget=40, n_runs=3, rng=np.random.default_rng(5)).archs
        )

    def test_judged_by_another_column(self, synthetic):
        judge = Column("accuracy", "cifar10", "ori-test", 200, "mean")
        runs = random_search(synthetic, **TRUTH, budget=500, n_runs=40, judge=judge)
        judged = synthetic.column_named(judge)
        np.testing.assert_allclose(runs.regret, judged.max() - judged[runs.incumbents])
        assert (np.diff(runs.regret, axis=1) > 0).any()  # the best by the search's column need not be so by the judge's
        np.testing.assert_array_equal(runs.archs, random_search(synthetic, **TRUTH, budget=500, n_runs=40).archs)

    @pytest.mark.parametrize("function", ONE_SCHEDULE)
    def test_architectures_without_a_value(self, make_table, function):
        table = make_table("gaps", gaps=range(0, 15_625, 4))
        with pytest.raises(
            InvalidInput, match=r'3,907 of 15,625 .* \(3,907 in .*x-valid/200/mean\): .*nan_policy="omit"'
        ):
            search(function, table, budget=20)
        runs = search(function, table, budget=80, n_runs=4, nan_policy="omit")
        assert (runs.archs % 4 != 0).all()
        assert not np.isnan(runs.scores).any()
        assert runs.settings["n_archs"] == 15_625 - 3_907

    def test_without_times_there_are_no_seconds(self, make_table):
        runs = random_search(make_table("timeless", n=50, seconds=False), **TRUTH, budget=10)
        assert runs.seconds is None
        assert "spent_s" not in runs.to_frame()
        with pytest.raises(InvalidInput, match="has no times of training"):
            runs.summary(by="seconds")


def test_random_search_meets_the_order_statistic(slice_table):
    """The expected regret of the best of n, drawn from N without replacement, summed over its rank."""
    truth = np.sort(slice_table.column(**TRUTH))[::-1]
    runs = random_search(slice_table, **TRUTH, budget=100, n_runs=1_500)
    assert all(len(set(run)) == 100 for run in runs.archs[:50].tolist())
    for n in (1, 10, 100):
        share = np.array([comb(15_625 - rank - 1, n - 1) / comb(15_625, n) for rank in range(15_625)])
        assert share.sum() == pytest.approx(1)
        regret = runs.regret[:, n - 1]
        expected = truth[0] - (share * truth).sum()
        assert abs(regret.mean() - expected) < 4 * regret.std() / np.sqrt(1_500)


class TestRegularisedEvolution:
    @given(seed=st.integers(0, 2**32 - 1), population=st.integers(1, 30), sample=st.integers(1, 8))
    def test_as_written_in_the_paper(self, slice_table, seed, population, sample):
        """A queue of members, a tournament, a mutation, the oldest dies; with the same random decisions."""
        runs = regularised_evolution(slice_table, **TRUTH, budget=40, rng=seed, population=population, sample=sample)
        truth, space = slice_table.column(**TRUTH), slice_table.space
        (generator,) = np.random.default_rng(seed).spawn(1)
        queue = list(generator.integers(15_625, size=population))
        history = list(queue)
        contests = generator.integers(population, size=(40 - population, sample))
        shares = generator.random(40 - population)
        for contest, share in zip(contests, shares, strict=True):
            parent = queue[contest[0]]
            for place in contest[1:]:
                parent = queue[place] if truth[queue[place]] > truth[parent] else parent
            child = space.neighbours(int(parent))[int(share * 24)]
            queue = [*queue[1:], child]
            history.append(child)
        assert runs.archs[0].tolist() == history

    def test_a_child_differs_from_a_living_member_in_one_operation(self, slice_table):
        runs = regularised_evolution(slice_table, **TRUTH, budget=120, n_runs=3, population=10, sample=4)
        codes = slice_table.space.operations
        for run in runs.archs.tolist():
            for step in range(10, 120):
                differ = (codes[run[step - 10 : step]] != codes[run[step]]).sum(axis=1)
                assert (differ == 1).any()

    def test_beats_random_search(self, slice_table):
        options = {"budget": 200, "n_runs": 60}
        evolved = search(regularised_evolution, slice_table, **options, population=20, sample=5)
        drawn = search(random_search, slice_table, **options)
        assert np.median(evolved.regret[:, -1]) < np.median(drawn.regret[:, -1]) / 2

    def test_errors(self, slice_table, make_table):
        with pytest.raises(InvalidInput, match="population=100 is more than budget=50"):
            regularised_evolution(slice_table, **TRUTH, budget=50)
        with pytest.raises(InvalidInput, match="sample=0 must be a whole number of at least 1"):
            regularised_evolution(slice_table, **TRUTH, budget=50, population=5, sample=0)
        with pytest.raises(InvalidInput, match="no neighbour with a value"):
            regularised_evolution(make_table("two", n=2), **TRUTH, budget=50, population=5)


class TestLocalSearch:
    def test_climbs_by_neighbours_and_restarts_at_local_optima_only(self, slice_table):
        """Replay each run: what was evaluated tells where the search stood, whatever the random order."""
        truth, space = slice_table.column(**TRUTH), slice_table.space
        runs = local_search(slice_table, **TRUTH, budget=400, n_runs=4)
        n_optima = 0
        for run in runs.archs.tolist():
            assert len(set(run)) == 400
            here, around, known = run[0], set(space.neighbours(run[0]).tolist()), {run[0]}
            for arch in run[1:]:
                while not around - known:  # all are known: on to the best of them, or it is a local optimum
                    best = max(around, key=truth.__getitem__)
                    if truth[best] <= truth[here]:
                        n_optima += 1
                        best = arch  # a restart
                    here, around = best, set(space.neighbours(best).tolist())
                    known.add(here)
                    if here == arch:
                        break
                else:
                    assert arch in around - known  # it goes on around where it stands
                    known.add(arch)
        assert n_optima > 4

    @given(seed=st.integers(0, 2**32 - 1))
    def test_the_first_improvement_as_written_plainly(self, slice_table, seed):
        runs = local_search(slice_table, **TRUTH, budget=80, rng=seed, improvement="first")
        truth, space = slice_table.column(**TRUTH), slice_table.space
        (generator,) = np.random.default_rng(seed).spawn(1)
        history, starts = [], iter(generator.permutation(15_625))
        while len(history) < 80:
            here = next(start for start in starts if start not in history)
            history.append(here)
            moved = True
            while moved and len(history) < 80:
                moved = False
                for other in generator.permutation(space.neighbours(int(here))):
                    if other not in history:
                        history.append(other)
                    if truth[other] > truth[here]:
                        here, moved = other, True
                        break
        assert runs.archs[0].tolist() == history[:80]

    def test_everything_is_found_with_the_whole_budget(self, make_table):
        table = make_table("small", n=60)
        runs = local_search(table, **TRUTH, budget=60, n_runs=3)
        assert (np.sort(runs.archs, axis=1) == np.arange(60)).all()
        assert (runs.regret[:, -1] == 0).all()

    def test_errors(self, slice_table):
        with pytest.raises(InvalidInput, match="improvement='any' is not known: choose one of best, first"):
            local_search(slice_table, **TRUTH, budget=5, improvement="any")
        with pytest.raises(InvalidInput, match="budget=15626 is more than the 15,625 architectures"):
            local_search(slice_table, **TRUTH, budget=15_626)


class TestSuccessiveHalving:
    def test_promotes_the_best_of_each_rung_and_costs_add_up(self, synthetic):
        runs = successive_halving(synthetic, **LADDER, budget=80, n_runs=6, n_start=27, eta=3)
        scores = {epochs: synthetic.column(**TRUTH | {"epochs": epochs}) for epochs in (12, 50, 200)}
        seconds = {
            epochs: synthetic.column(metric="train_time_s", dataset="cifar10-valid", epochs=epochs) for epochs in scores
        }
        for run in range(6):
            archs, epochs = runs.archs[run], runs.epochs[run]
            for start in (0, 39):  # two brackets of 27 + 9 + 3 evaluations, and the first two of a third
                first, second, third = np.split(archs[start : start + 39], [27, 36])
                assert epochs[start : start + 39].tolist() == [12] * 27 + [50] * 9 + [200] * 3
                assert second.tolist() == sorted(first, key=lambda arch: -scores[12][arch])[:9]
                assert third.tolist() == sorted(second, key=lambda arch: -scores[50][arch])[:3]
            assert epochs[78:].tolist() == [12, 12]
            spent = sum(seconds[e][a] for a, e in zip(archs.tolist(), epochs.tolist(), strict=True))
            assert runs.spent("seconds")[run, -1] == pytest.approx(spent)
            assert runs.spent("epochs")[run, -1] == 56 * 12 + 18 * 50 + 6 * 200

    def test_the_incumbent_is_of_the_dearest_schedule_so_far(self, synthetic):
        runs = successive_halving(synthetic, **LADDER, budget=39, n_runs=20)
        truth = synthetic.column(**TRUTH)
        np.testing.assert_array_equal(runs.incumbents[:, 26], runs.archs[:, 27])  # the first to be promoted
        best = [max(run, key=truth.__getitem__) for run in runs.archs[:, 36:].tolist()]
        np.testing.assert_array_equal(runs.incumbents[:, -1], best)

    @given(st.integers(1, 500), st.integers(2, 5), st.integers(2, 4))
    def test_rungs(self, n_start, eta, n_rungs):
        if n_start < eta ** (n_rungs - 1):
            with pytest.raises(InvalidInput, match=f"n_start of at least {eta ** (n_rungs - 1)}"):
                rungs(n_start, eta, n_rungs)
            return
        sizes = rungs(n_start, eta, n_rungs)
        assert sizes[0] == n_start
        assert all(high // eta == low for high, low in pairwise(sizes))
        assert sizes[-1] >= 1

    @pytest.mark.parametrize(
        ("epochs", "message"),
        [
            (200, "must name at least two schedules"),
            ((200,), "must name at least two schedules"),
            ((200, 12), "must rise"),
            ((12, 12), "must rise"),
            ((12, True), "epochs=True must be a whole number"),
        ],
    )
    def test_schedules_that_are_no_ladder(self, synthetic, epochs, message):
        with pytest.raises(InvalidInput, match=message):
            successive_halving(synthetic, **TRUTH | {"epochs": epochs}, budget=10)

    def test_a_schedule_that_the_table_lacks(self, slice_table):
        with pytest.raises(NotFound, match="does not exist for epochs 12: there is 200"):
            successive_halving(slice_table, **TRUTH | {"epochs": (12, 200)}, budget=10)


def check_seconds(table, columns):
    """Compare the seconds of each run and of their mean with `Table.cost`; return how many were compared."""
    n_compared = 0
    for column in {Column("accuracy", c.dataset, c.split, c.epochs, s) for c in columns for s in (c.seed, "mean")}:
        found = seconds_of(table, column)
        for row, arch in enumerate(table.indices.tolist()):
            cost = table.cost(arch, dataset=column.dataset, epochs=column.epochs, seed=column.seed)
            if cost.train_s is None:
                assert np.isnan(found[row])
                continue
            assert found[row] == pytest.approx(cost.train_s + cost.eval_s.get(column.split, 0.0))
            n_compared += 1
    return n_compared


def test_seconds_are_those_of_table_cost(tmp_path, own_home):
    """On a SYNTHETIC archive, for each run and the mean, of both schedules."""
    write_nasbench201(tmp_path / "archive.pth", n_archs=5, n_seeds=2)
    table = import_archive("nasbench201", tmp_path / "archive.pth", partial=True)
    assert check_seconds(table, [c for c in table.columns if c.metric == "accuracy" and c.split == "x-valid"]) > 20


def test_seconds_that_differ_by_epoch(tmp_path):
    rng = np.random.default_rng(0)
    columns = {}
    for seed in (777, 888):
        columns[Column("accuracy", "cifar100", "x-valid", 12, seed)] = rng.uniform(0, 100, 4)
        for metric, split in (("epoch_time_s", None), ("eval_time_s", "x-valid")):
            times = [rng.uniform(1, 9, 4) for _ in range(12)]
            for vector in times:
                vector[3 if seed == 888 else 4 :] = np.nan  # one run is missing
            columns[Column(metric, "cifar100", split, 12, seed)] = Rows(tuple(range(1, 13)), times)
    path = tmp_path / "by-epoch"
    write_table(path, name="by-epoch", space="nasbench201", keys=np.arange(4), columns=columns, notes=(), provenance={})
    table = Table.open(path)
    assert check_seconds(table, [c for c in table.columns if c.metric == "accuracy"]) == 4 + 3 + 4


class TestSummary:
    def test_median_and_quartiles(self, slice_table):
        runs = random_search(slice_table, **TRUTH, budget=50, n_runs=21)
        summary = runs.summary([1, 50])
        for row, step in ((0, 0), (1, 49)):
            regret = pd.Series(runs.regret[:, step])
            expected = [regret.median(), regret.quantile(0.25), regret.quantile(0.75), regret.mean()]
            np.testing.assert_allclose(summary.loc[row, ["median", "q25", "q75", "mean"]].astype(float), expected)
        assert runs.summary()["evaluations"].tolist() == [1, 3, 10, 30, 50]

    def test_by_seconds_nothing_counts_before_it_is_done(self, synthetic):
        runs = random_search(synthetic, **TRUTH, budget=30, n_runs=40)
        summary = runs.summary([200, 1_000.0, 5_999], by="seconds")
        spent = runs.spent("seconds")
        assert summary["n_runs"].tolist() == [int((spent[:, 0] <= 200).sum()), 40, 40]
        at = [runs.regret[run, int((spent[run] <= 5_999).sum()) - 1] for run in range(40)]
        assert summary["median"][2] == pytest.approx(np.median(at))
        assert len(runs.summary(by="seconds")) == 5

    def test_beyond_the_end(self, slice_table):
        runs = random_search(slice_table, **TRUTH, budget=5)
        with pytest.raises(InvalidInput, match=r"at=\[6\] must be numbers above 0 and up to 5 evaluations"):
            runs.summary([6])
        with pytest.raises(InvalidInput, match="by='hours' is not known"):
            runs.summary(by="hours")

    def test_frame_and_text(self, slice_table):
        runs = random_search(slice_table, **TRUTH, budget=4, n_runs=3)
        frame = runs.to_frame()
        assert frame.groupby("run")["evaluation"].apply(list).tolist() == [[1, 2, 3, 4]] * 3
        np.testing.assert_array_equal(frame["regret"].to_numpy().reshape(3, 4), runs.regret)
        assert str(runs) == f"random_search: 3 runs of 4 evaluations of {COLUMN} in nasbench201-slice"
        assert str(COLUMN) in runs.provenance.inputs


class TestPicture:
    def test_curves_are_quantiles_of_the_regret(self, synthetic):
        searches = run_searches(synthetic, ["random_search", "successive_halving"], COLUMN, budget=40, n_runs=9,
                                lower_epochs=[12, 50])  # fmt: skip
        data = regret_data(searches)
        assert data.algorithms == ["random_search", "successive_halving"]
        assert data.spent[0] == list(range(1, 41))
        np.testing.assert_allclose(data.median[1], np.median(searches[1].regret, axis=0))
        assert regret_data(searches, "epochs").spent[0][-1] == 40 * 200
        assert all((np.array(low) <= high).all() for low, high in zip(data.low, data.high, strict=True))
        figure = draw_regret(data)
        assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
            "random search (9 runs)", "successive halving (9 runs)",
        ]  # fmt: skip

    def test_one_evaluation_can_be_drawn(self, synthetic):
        data = regret_data([random_search(synthetic, **TRUTH, budget=1)], "seconds")
        assert len(data.spent[0]) == 1
        draw_regret(data)

    def test_searches_of_different_judges_are_refused(self, synthetic, tmp_path):
        judge = Column("accuracy", "cifar10", "ori-test", 200, "mean")
        searches = [random_search(synthetic, **TRUTH, budget=3, judge=judge) for judge in (None, judge)]
        with pytest.raises(InvalidInput, match="one column is needed"):
            write_searches(searches, tmp_path / "out")
        assert not (tmp_path / "out").exists()


class TestRegister:
    def test_names(self):
        ours = {"random_search", "regularised_evolution", "local_search", "successive_halving"}
        assert set(list_searches()) >= ours
        assert [name for name in sorted(ours) if get_search(name).ladder] == ["successive_halving"]
        with pytest.raises(NotFound, match="Did you mean 'random_search'"):
            get_search("random_serch")

    def test_a_plugin_that_is_no_search(self, monkeypatch):
        registry = Registry("search", "benchtools.searches")
        registry.register("number", 3)
        monkeypatch.setattr(search_module, "SEARCHES", registry)
        with pytest.raises(WrongType, match=r"gives a int: its entry point benchtools\.searches must name"):
            get_search("number")

    def test_a_plugin_is_run_like_ours(self, synthetic, monkeypatch):
        registry = Registry("search", "benchtools.searches")
        registry.register("mine", Search("mine", random_search))
        monkeypatch.setattr(search_module, "SEARCHES", registry)
        (runs,) = run_searches(synthetic, ["mine"], COLUMN, budget=5)
        assert runs.budget == 5

    def test_side_by_side(self, synthetic):
        with pytest.raises(InvalidInput, match=r"needs cheaper schedules than 200 epochs: .*--lower-epochs"):
            run_searches(synthetic, ["successive_halving"], COLUMN, budget=5)
        with pytest.raises(InvalidInput, match="name at least one, and each once"):
            run_searches(synthetic, ["random_search", "random_search"], COLUMN, budget=5)
        with pytest.raises(InvalidInput, match="options are given for local_search, which is not among random_search"):
            run_searches(synthetic, ["random_search"], COLUMN, budget=5, options={"local_search": {}})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": None}, InvalidInput, "seed= is missing"),
        ({"dataset": "cifar10"}, NotFound, "use cifar10-valid"),
        ({"budget": 0}, InvalidInput, "budget=0 must be a whole number of at least 1"),
        ({"budget": 2.5}, InvalidInput, "budget=2.5 must be a whole number"),
        ({"n_runs": True}, InvalidInput, "n_runs=True must be a whole number"),
        ({"nan_policy": "drop"}, InvalidInput, "nan_policy='drop' is not known: choose one of raise, omit"),
        ({"judge": Column("latency_s", "cifar10-valid", None, None, None)}, InvalidInput, "holds latency_s: a search"),
    ],
)
def test_bad_requests(slice_table, options, error, message):
    with pytest.raises(error, match=message):
        random_search(slice_table, **TRUTH | {"budget": 5} | options)
