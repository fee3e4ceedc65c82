"""Zoos under reduced settings: plans, trials, results and what is found in them."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, spearmanr

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.experiments import reduced
from benchtools.experiments.reduced import ZooPlan, ZooResult
from benchtools.runs import Store
from benchtools.training import Levels, Protocol, Setting

LEVELS = Levels((4, 3, 2), (8, 6, 4), (1.0, 0.5, 0.25), 4)
SETTINGS = tuple(
    map(Setting.parse, ("c1r0s0e4", "c2r0s0e4", "c0r1s0e4", "c0r2s0e4", "c0r0s1e4", "c0r0s0e2", "c2r2s0e1"))
)


def plan_of(n=12, seeds=(0, 1), settings=SETTINGS, **changes):
    archs = reduced.sample_zoo(n, rng=0)
    protocol = Protocol.cifar(batch_size=30, cutout=0, drop_path=0.0)
    fields = {
        "dataset": "digits",
        "levels": LEVELS,
        "seeds": seeds,
        "n_cells": 1,
        "validation": 0.5,
        "protocol": protocol,
        **changes,
    }
    return ZooPlan(archs=archs, settings=settings, **fields)


def synthetic(plan, noise=1.0, diverged=()):
    """SYNTHETIC accuracies: a truth with noise that grows with what is saved."""
    rng = np.random.default_rng(3)
    truth = rng.normal(90, 2, len(plan.archs))
    rows = []
    for setting in plan.all_settings():
        for seed in plan.seeds:
            spread = 0.1 + noise * math.log(setting.acceleration(plan.levels)) / 3
            for place, arch in enumerate(plan.archs):
                accuracy = truth[place] + rng.normal(0, spread)
                status = "diverged" if (str(setting), place, seed) in diverged else "done"
                rows.append({
                    "setting": str(setting), "arch": arch, "seed": seed, "status": status,
                    "accuracy": math.nan if status == "diverged" else accuracy, "loss": 1.0, "train_accuracy": 99.0,
                    "train_s": 10.0 / setting.acceleration(plan.levels), "params_m": 0.1,
                    "macs_m": (place + 1) * setting.channels(plan.levels) ** 2 * setting.resolution(plan.levels) ** 2,
                    "n_examples": 720 * setting.share(plan.levels),
                })  # fmt: skip
    return ZooResult(plan, pd.DataFrame(rows))


def test_rho_of_each_setting_is_scipys():
    zoo = synthetic(plan_of())
    summary = reduced.summarise(zoo, reduced.compare_settings(zoo, n_resamples=199), n_resamples=199)
    truth = zoo.frame[zoo.frame.setting == "c0r0s0e4"].groupby("arch").accuracy.mean()
    for row in summary.itertuples():
        proxy = zoo.frame[zoo.frame.setting == row.setting].groupby("arch").accuracy.mean()[truth.index]
        assert row.rho == pytest.approx(spearmanr(truth, proxy).statistic, abs=1e-12)
        assert row.kendall == pytest.approx(kendalltau(truth, proxy).statistic, abs=1e-12)
        assert row.low <= row.rho <= row.high
        assert row.low_seeds < row.high_seeds
        assert row.tolerant >= row.rho - 0.05
    assert list(summary.rho) == sorted(summary.rho, reverse=True)
    order = summary[["rho", "tolerant"]]
    assert reduced.consensus(summary) == pytest.approx(spearmanr(order.rho, order.tolerant).statistic, abs=1e-12)


def test_acceleration_is_of_macs_examples_and_epochs():
    zoo = synthetic(plan_of())
    of = zoo.frame.assign(e=zoo.frame.setting.map(lambda text: Setting.parse(text).e))
    cost = of.assign(cost=of.macs_m * of.n_examples * of.e).groupby("setting").cost.sum()
    for setting in zoo.plan.all_settings():
        assert zoo.acceleration(setting) == pytest.approx(cost["c0r0s0e4"] / cost[str(setting)], rel=1e-12)
        assert zoo.acceleration(setting, "seconds") == pytest.approx(setting.acceleration(LEVELS), rel=1e-9)
    assert zoo.acceleration("c0r0s0e4") == 1
    with pytest.raises(InvalidInput, match="by='hours' is not known"):
        zoo.acceleration("c0r0s0e2", "hours")
    with pytest.raises(NotFound, match=r"was not trained in c0r0s0e3: there is c0r0s0e4"):
        zoo.mean("c0r0s0e3")


def test_diverged_networks_rank_last_and_are_counted():
    plan = plan_of()
    zoo = synthetic(plan, noise=0, diverged={("c2r0s0e4", 3, 0), ("c2r0s0e4", 3, 1)})
    assert zoo.n_diverged == 2
    assert zoo.mean("c2r0s0e4")[3] == 0 == zoo.mean("c2r0s0e4").min()
    report = reduced.compare_settings(zoo, n_resamples=99)
    assert any("2 of 192 trainings diverged: they count as 0 % and rank last" in note for note in report.notes)
    summary = reduced.summarise(zoo, report, n_resamples=99).set_index("setting")
    assert summary.loc["c2r0s0e4", "diverged"] == 2
    assert summary.diverged.sum() == 2


def test_pareto_front_by_brute_force():
    rng = np.random.default_rng(0)
    acceleration, rho = rng.integers(1, 9, 40), rng.integers(0, 9, 40) / 10
    front = reduced.pareto_front(acceleration, rho)
    for i in range(40):
        beaten = [
            j for j in range(40)
            if acceleration[j] >= acceleration[i] and rho[j] >= rho[i]
            and (acceleration[j] > acceleration[i] or rho[j] > rho[i])
        ]  # fmt: skip
        assert front[i] == (not beaten)
    assert reduced.pareto_front([1, 2], [0.5, math.nan]) == [True, False]


def test_lines_along_each_factor():
    summary = pd.DataFrame({
        "setting": ["c0r0s0e4", "c1r0s0e4", "c2r0s0e4", "c0r0s0e2", "c0r0s0e1", "c0r0s1e4:p1"],
        "rho": [1.0, 0.9, 0.8, 0.7, 0.75, 0.1], "low": 0.0, "high": 1.0,
    })  # fmt: skip
    lines = {(line.factor, line.base): line for line in reduced.factor_lines(summary)}
    assert set(lines) == {("c", "c*r0s0e4"), ("e", "c0r0s0e*")}
    assert lines["c", "c*r0s0e4"].levels == [0, 1, 2]
    assert lines["c", "c*r0s0e4"].rho_e == -1
    assert lines["e", "c0r0s0e*"].levels == [4, 2, 1]
    assert lines["e", "c0r0s0e*"].rho_e == pytest.approx(-0.5)


def test_rho_e_is_a_multiple_of_a_tenth_at_five_levels():
    rng = np.random.default_rng(1)
    for _ in range(20):
        names = [f"c{level}r0s0e4" for level in range(5)]
        frame = pd.DataFrame({"setting": names, "rho": rng.permutation(5) / 10, "low": 0.0, "high": 1.0})
        (line,) = reduced.factor_lines(frame)
        assert line.rho_e * 10 == pytest.approx(round(line.rho_e * 10), abs=1e-9)


def test_what_is_saved_is_loaded(tmp_path):
    zoo = synthetic(plan_of())
    again = ZooResult.load(zoo.save(tmp_path / "zoo"))
    assert again.plan == replace(zoo.plan, data=None)
    np.testing.assert_array_equal(again.accuracies, zoo.accuracies)
    pd.testing.assert_frame_equal(reduced.load(tmp_path / "zoo"), zoo.frame)
    (tmp_path / "zoo" / "zoo.json").write_text("{")
    with pytest.raises(StoreError, match="cannot read the zoo"):
        ZooResult.load(tmp_path / "zoo")
    with pytest.raises(NotFound, match="there is no recorded zoo 'none-such', and no such folder"):
        reduced.load("none-such")


def test_missing_and_double_trials():
    zoo = synthetic(plan_of())
    with pytest.raises(InvalidInput, match=r"3 of 192 trials are missing, such as c0r0s1e4 with the seed"):
        ZooResult(zoo.plan, zoo.frame[~((zoo.frame.setting == "c0r0s1e4") & (zoo.frame.arch.isin(zoo.plan.archs[:3]))
                                        & (zoo.frame.seed == 1))])  # fmt: skip
    with pytest.raises(InvalidInput, match="a trial stands twice"):
        ZooResult(zoo.plan, pd.concat([zoo.frame, zoo.frame[:1]]))
    with pytest.raises(InvalidInput, match="has no column accuracy"):
        ZooResult(zoo.plan, zoo.frame.drop(columns="accuracy"))


def test_recorded_zoos_are_whole():
    for name in reduced.list_recorded():
        zoo = ZooResult.load(name)
        assert len(reduced.load(name)) == zoo.plan.n_trials == zoo.accuracies.size
        assert zoo.accuracies.min() >= 0
        assert zoo.accuracies.max() <= 100
        assert zoo.acceleration(zoo.plan.original) == 1


CONFIG = {
    "dataset": "digits", "archs": {"n": 2, "seed": 1}, "settings": ["c1r0s0e4"], "n_cells": 1,
    "levels": {"c": [4, 3], "r": [8, 4], "s": [1, 0.5], "e": 4},
}  # fmt: skip


def read(tmp_path, **changes):
    file = tmp_path / "zoo.yaml"
    file.write_text(json.dumps({**CONFIG, **changes}))  # JSON is YAML
    return reduced.read_plan(file)


def test_configuration_is_read(tmp_path):
    plan = read(tmp_path, settings={"c": [0, 1], "e": [4, 2]}, protocol={"lr": 0.1, "batch_size": 8}, data="x.npz")
    assert [str(one) for one in plan.settings] == ["c0r0s0e2", "c1r0s0e4", "c1r0s0e2"]
    assert (plan.protocol.recipe.lr, plan.protocol.recipe.weight_decay, plan.protocol.batch_size) == (0.1, 3e-4, 8)
    assert plan.data == str(tmp_path / "x.npz")
    assert plan.archs == reduced.sample_zoo(2, rng=1)
    assert ZooPlan.from_dict(plan.to_dict()) == plan


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"setings": []}, "has no key 'setings'.*settings"),
        ({"settings": ["c9r0s0e4"]}, "c9r0s0e4 asks for c9: there are the levels c0 to c1"),
        ({"settings": ["x1"]}, "'x1' is no setting"),
        ({"settings": []}, "settings is empty"),
        ({"settings": ["c1r0s0e4", "c1r0s0e4"]}, "settings has c1r0s0e4 twice"),
        ({"settings": ["c0r0s1e4:p1"]}, "name a file of scores for it under `scores`"),
        ({"archs": ["|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"]}, "network 0: "),
        ({"archs": 3}, "archs must be a list of strings, or"),
        ({"seeds": [-1]}, "seeds must be a list of whole numbers"),
        ({"levels": {"c": [3, 4]}}, "levels of c must fall"),
        ({"levels": {"c": "many"}}, "levels"),
        ({"protocol": {"momentun": 0.9}}, "protocol has no key 'momentun'"),
        ({"protocol": {"lr": -1}}, "lr must be above 0"),
        (
            {"protocol": {"auxiliary": 0.4}},
            r"second classifier \(auxiliary: 0.4\) .* from 32x32 pixels, and level r0 is 8",
        ),
        ({"protocol": {"auxiliary": "much"}}, "protocol: a value is of the wrong type"),
        ({"validation": 1}, "validation must be a share"),
        ({"space": "zoo14"}, "zoo14"),
    ],
)
def test_configurations_that_do_not_fit(tmp_path, changes, message):
    with pytest.raises((InvalidInput, NotFound), match=message):
        read(tmp_path, **changes)


def test_files_that_are_no_configuration(tmp_path):
    (tmp_path / "bad.yaml").write_text("a: [1")
    with pytest.raises(InvalidInput, match=r"bad\.yaml is no YAML"):
        reduced.read_plan(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(InvalidInput, match="holds no keys: benchtools zoo init-config"):
        reduced.read_plan(tmp_path / "list.yaml")
    with pytest.raises(StoreError, match="cannot read"):
        reduced.read_plan(tmp_path / "none.yaml")
    (tmp_path / "part.yaml").write_text("dataset: digits")
    with pytest.raises(InvalidInput, match="the configuration names no archs"):
        reduced.read_plan(tmp_path / "part.yaml")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    pytest.importorskip("torch")
    from benchtools.datasets import load_dataset
    from benchtools.scoring import Scores

    folder = tmp_path_factory.mktemp("sweep")
    digits = load_dataset("digits")
    entropy = np.linspace(0, 1, len(digits.train_labels))
    path = Scores(entropy, "entropy", "digits", digits.digest, digits.train_labels).save(folder / "entropy.npz")
    settings = tuple(map(Setting.parse, ("c1r0s0e1", "c0r1s1e1", "c0r0s1e1:class_random")))
    levels = Levels((3, 2), (8, 5), (1.0, 0.25), 2)
    return plan_of(2, (0,), settings, levels=levels, scores={"class_random": str(path)}), folder / "zoo.db"


@pytest.fixture(scope="module")
def found(swept):
    return reduced.run_zoo(*swept)


def test_a_sweep_trains_every_trial_once(swept, found):
    summary, zoo = found
    assert (summary.done, summary.failed) == (8, 0)
    again, same = reduced.run_zoo(*swept)
    assert (again.done, again.already_done) == (0, 8)
    np.testing.assert_array_equal(same.accuracies, zoo.accuracies)
    of = zoo.frame.set_index("setting")
    assert set(of.loc["c0r0s0e2", "n_examples"]) == {721}
    assert set(of.loc["c0r1s1e1", "n_examples"]) == {180}


def test_another_sweep_gives_the_same_bits(swept, found, tmp_path):
    plan, _ = swept
    _, zoo = reduced.run_zoo(replace(plan, settings=plan.settings[:1]), tmp_path / "zoo.db")
    for setting in zoo.plan.all_settings():
        np.testing.assert_array_equal(zoo.mean(setting), found[1].mean(setting))


def test_costs_are_those_of_the_network(found):
    from benchtools.networks import count_parameters, zoo_network
    from benchtools.spaces import Zoo13

    row = found[1].frame.iloc[0]
    network = zoo_network(Zoo13().arch(row.arch), 10, rng=0, channels=1, width=3, n_cells=1)
    assert row.params_m * 1e6 == pytest.approx(count_parameters(network))


def test_a_diverged_training_is_a_result(swept, tmp_path):
    plan, _ = swept
    recipe = replace(plan.protocol.recipe, lr=1e30, clip_norm=None)
    wild = replace(plan, protocol=replace(plan.protocol, recipe=recipe), settings=plan.settings[:1])
    summary, zoo = reduced.run_zoo(wild, tmp_path / "zoo.db")
    assert summary.diverged == zoo.n_diverged > 0
    assert summary.failed == 0
    record = next(iter(Store(tmp_path / "zoo.db").results(status="diverged")))
    assert "NonFiniteLoss" in record.result.error


def test_a_sample_smaller_than_a_batch(swept, tmp_path):
    plan, _ = swept
    with pytest.raises(InvalidInput, match="c0r1s1e1 leaves 180 of 721 training examples, less than a batch of 500"):
        reduced.run_zoo(replace(plan, protocol=replace(plan.protocol, batch_size=500)), tmp_path / "zoo.db")


def test_images_too_small_for_the_network(swept, tmp_path):
    plan, _ = swept
    tiny = replace(plan, n_cells=3, levels=Levels((3, 2), (8, 3), (1.0, 0.25), 2), archs=plan.archs[:1])
    summary, zoo = reduced.run_zoo(tiny, tmp_path / "zoo.db")
    assert zoo is None
    assert summary.failed == 1
    record = next(iter(Store(tmp_path / "zoo.db").results(status="failed")))
    assert "at least 4 pixels" in record.result.error


def ids_of(**changes):
    """Return the ids of an original and a reduced trial of S1's protocol with changes."""
    from benchtools.experiments.reduced._trials import trial_details
    from benchtools.runs import Trial

    plan = ZooPlan(
        "cifar10", reduced.sample_zoo(1, rng=0), (Setting(c=4, r=4, e=60),), protocol=Protocol.cifar(**changes)
    )
    return [
        Trial("zoo", "zoo13", "arch", "cifar10", "12ab", "34cd", str(one), 0, trial_details(plan, None, one)).id[:12]
        for one in plan.all_settings()
    ]


def test_trials_of_older_stores_keep_their_identity():
    assert ids_of() == ids_of(auxiliary=0.0) == ["158cd172fc98", "600c32e31c01"]  # as before there was one
    changed = ids_of(auxiliary=0.4)
    assert changed[0] != "158cd172fc98"
    assert changed[1] == "600c32e31c01"  # without a second classifier, as before


@pytest.fixture
def files(tmp_path):
    """Return a plan that reads files of its own, and a function that writes them: images, labels and scores."""
    pytest.importorskip("torch")
    from benchtools.datasets import load_dataset
    from benchtools.scoring import Scores

    digits, size = load_dataset("digits"), 200
    images, labels = digits.train_images[:size], digits.train_labels[:size]

    def write(brighter=0, order=1):
        test = {"x_test": digits.test_images[:20], "y_test": digits.test_labels[:20]}
        np.savez(tmp_path / "own.npz", x_train=images + np.uint8(brighter), y_train=labels, **test)
        own = load_dataset("npz", tmp_path / "own.npz")
        Scores(np.linspace(0, 1, size)[::order], "entropy", own.name, own.digest, labels).save(tmp_path / "scores.npz")

    write()
    settings = (Setting.parse("c0r0s1e1:entropy_top"),)
    levels, scores = Levels((2, 1), (8,), (1.0, 0.5), 1), {"entropy_top": str(tmp_path / "scores.npz")}
    plan = plan_of(
        2, (0,), settings, levels=levels, scores=scores, validation=0, dataset="npz", data=str(tmp_path / "own.npz")
    )
    return plan, write


@pytest.mark.parametrize(
    ("change", "n_failed", "message"),
    [
        ({"brighter": 1}, 2, r"own has changed since its trials were made: its digest is \w{12}, not \w{12}; put back"),
        ({"order": -1}, 1, r"scores\.npz has changed .* other examples for c0r0s1e1:entropy_top with the seed 0; put"),
    ],
)
def test_files_that_change_while_a_sweep_runs(files, tmp_path, change, n_failed, message):
    from benchtools.experiments.reduced import _train
    from benchtools.experiments.reduced._trials import load_data, plan_trials
    from benchtools.runs import run_trials

    plan, write = replace(files[0], archs=files[0].archs[:1]), files[1]
    trials = list(plan_trials(plan, load_data(plan)))
    write(**change)
    with Store(tmp_path / "zoo.db") as store:
        assert run_trials(trials, _train.TrainTrial(plan), store).failed == n_failed
        errors = [record.result.error for record in store.results(status="failed")]
    assert len(errors) == n_failed
    assert all("InvalidInput" in error and re.search(message, error) for error in errors)
    assert reduced.run_zoo(plan, tmp_path / "zoo.db")[0].done == n_failed  # planned again, of the files as they are


def test_a_sweep_reads_each_file_once(files, tmp_path, monkeypatch):
    from benchtools.experiments.reduced import _train

    calls = []
    for name in ("load_dataset", "choose_examples"):
        function = getattr(_train, name)
        monkeypatch.setattr(_train, name, lambda *a, f=function, **o: calls.append(f.__name__) or f(*a, **o))
    summary, _ = reduced.run_zoo(files[0], tmp_path / "zoo.db")
    assert summary.done == 4
    assert sorted(calls) == ["choose_examples", "choose_examples", "load_dataset"]  # of two settings


def test_a_second_classifier_is_of_the_original_setting_alone(files, tmp_path, monkeypatch):
    from benchtools import training
    from benchtools.networks import count_parameters, zoo_network
    from benchtools.spaces import Zoo13

    seen, train = [], training.train

    def look(network, *given, loss, **options):
        seen.append((network.auxiliary is not None, loss and (loss.network is network, loss.weight)))
        return train(network, *given, loss=loss, **options)

    monkeypatch.setattr(training, "train", look)
    protocol = replace(files[0].protocol, auxiliary=0.4)
    levels, setting = Levels((2, 1), (32, 8), (1.0,), 1), Setting(c=1, r=1, e=1)
    changes = {"settings": (setting,), "levels": levels, "protocol": protocol, "validation": 0.8}
    plan = replace(files[0], archs=files[0].archs[:1], **changes)
    summary, zoo = reduced.run_zoo(plan, tmp_path / "zoo.db")
    assert summary.done == 2
    assert seen == [(True, (True, 0.4)), (False, None)]
    network = zoo_network(Zoo13().arch(plan.archs[0]), 10, rng=0, channels=1, width=2, n_cells=1)
    assert zoo.frame.params_m[0] * 1e6 == pytest.approx(count_parameters(network))  # of the network that is evaluated


def test_the_two_models_of_table_a1_change_places():
    from importlib.resources import files

    from benchtools.ranking import STATISTICS

    with (files("benchmarks_data") / "published" / "paper001_tableA1_two_models.csv").open(encoding="utf-8") as file:
        pair = pd.read_csv(file)
    x, y = (np.asarray(pair[name], float) for name in ("top1_percent_c0r0s0e600", "top1_percent_c0r0s0e30"))
    # the functions ask for three architectures: an interval of two has no meaning; their kernels do not
    assert STATISTICS.get("spearman").kernel(x, y) == pytest.approx(-1, abs=1e-12)
    assert STATISTICS.get("tolerant_spearman").kernel(x, y, tolerance=0.15) == pytest.approx(-1, abs=1e-12)
