"""What a table answers about architectures: records, curves, costs, simulated trainings, the best, classes, views.

The numbers of the archive are SYNTHETIC; the expected answers come from its plain records.
"""

import bz2
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.feather
import pyarrow.parquet
import pytest

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.spaces import get_space
from benchtools.tables import Column, Table, import_archive, import_table, parse_mapping
from benchtools.testing import nats_record

ARCHS = (3, 11, 12)
PLACE = {"dataset": "cifar10-valid", "split": "x-valid", "epochs": 200, "seed": 777}


@pytest.fixture(scope="module")
def records():
    """Return records of the topology space; the run of seed 999 on cifar100 is missing in the second."""
    found = {index: nats_record(index, space="tss", n_seeds=3, rng=2) for index in ARCHS}
    state = found[11]["200"]
    del state["all_results"]["cifar100", 999]
    state["dataset_seed"]["cifar100"] = [777, 888]
    return found


@pytest.fixture(scope="module")
def table(records, tmp_path_factory):
    return make_table(records, tmp_path_factory)


def make_table(records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    space = get_space("nasbench201")
    names = [space.to_string(index) for index in range(16)]
    whole = {"meta_archs": names, "total_archs": 16, "arch2infos": records, "evaluated_indexes": set(records)}
    (folder / "NATS-tss.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(whole, 4)))
    return import_archive("nats-tss", folder / "NATS-tss.pickle.pbz2", partial=True, out=folder / "answers")


@pytest.fixture(scope="module")
def short_table(records, tmp_path_factory):
    """Return a table of their 12-epoch schedule alone, so that a file of all curves is small."""
    return make_table({index: {"12": record["12"]} for index, record in records.items()}, tmp_path_factory)


@pytest.fixture
def small(tmp_path):
    """Return a table of six architectures with ties, a missing value, and costs."""
    frame = pd.DataFrame({
        "arch": [9, 2, 7, 5, 4, 1], "acc": [90.0, 91.0, 91.0, 91.0, np.nan, 80.0],
        "loss": [0.5, 0.2, 0.1, 0.1, np.nan, 0.9], "params": [1.5, 0.5, 0.25, 1.0, 0.125, np.nan],
        "macs": [100.0, 50.0, 25.0, 75.0, 12.5, 10.0], "latency": [0.02, 0.01, 0.03, 0.04, 0.001, 0.002],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "small.parquet")
    mapping = parse_mapping([
        "acc=cifar10/ori-test/200/mean/%", "loss=loss:cifar10/ori-test/200/mean/nat", "params=params_m:cifar10/-/-/-/M",
        "macs=macs_m:cifar10/-/-/-/M", "latency=latency_s:cifar10/-/-/-/s",
    ])  # fmt: skip
    return import_table(tmp_path / "small.parquet", space="nasbench201", mapping=mapping, out=tmp_path / "small")


def trial(records, index, dataset, epochs, seed):
    return records[index][str(epochs)]["all_results"][dataset, seed]


def mean(values):
    return sum(values) / len(values)


# curves


def test_a_curve_has_the_recorded_epochs(table, records):
    for index in ARCHS:
        for dataset, split, field in (
            ("cifar10-valid", "x-valid", "eval_acc1es"), ("cifar100", "ori-test", "eval_acc1es"),
            ("cifar100", "x-valid", "eval_acc1es"), ("cifar10-valid", "ori-test", "eval_losses"),
        ):  # fmt: skip
            recorded = {
                int(key.partition("@")[2]) + 1: value
                for key, value in trial(records, index, dataset, 200, 888)[field].items() if key.startswith(f"{split}@")
            }  # fmt: skip
            metric = "loss" if field == "eval_losses" else "accuracy"
            found = table.curve(index, dataset=dataset, split=split, epochs=200, seed=888, metric=metric)
            assert found.column == Column(metric, dataset, split, 200, 888)
            assert dict(zip(found.after.tolist(), found.values.tolist(), strict=True)) == recorded
            assert found.after.tolist() == sorted(recorded)
    assert found.after.tolist() == [200]  # of the last one: only the end was recorded
    assert (found.after.dtype, found.values.dtype) == (np.int64, np.float64)


def test_a_curve_of_the_training_set_and_of_the_mean(table, records):
    found = table.curve(3, dataset="cifar10", split="train", epochs=12, seed=111, metric="accuracy_top5")
    assert found.values.tolist() == list(trial(records, 3, "cifar10", 12, 111)["train_acc5es"].values())
    found = table.curve(3, dataset="cifar10-valid", split="x-valid", epochs=12, seed="mean")
    runs = [trial(records, 3, "cifar10-valid", 12, seed)["eval_acc1es"] for seed in (111, 777)]
    assert found.values.tolist() == [mean([run[f"x-valid@{epoch}"] for run in runs]) for epoch in range(12)]


def test_a_curve_of_a_missing_run(table, records):
    place = {"dataset": "cifar100", "split": "ori-test", "epochs": 200}
    with pytest.raises(
        NotFound, match=r"^cifar100/ori-test/200/999 of nats-tss has no value for 11: that run is missing$"
    ):
        table.curve(11, seed=999, **place)
    runs = [trial(records, 11, "cifar100", 200, seed)["eval_acc1es"] for seed in (777, 888)]  # and nothing in its place
    expected = [mean([run[f"ori-test@{epoch}"] for run in runs]) for epoch in range(200)]
    assert table.curve(11, seed="mean", **place).values.tolist() == expected
    assert len(table.curve(12, seed=999, **place).after) == 200


def test_curves_that_do_not_exist(table, slice_table):
    with pytest.raises(NotFound, match="params_m:cifar10/-/200/777 has no values by epoch"):
        table.curve(3, dataset="cifar10", split=None, epochs=200, seed=777, metric="params_m")
    with pytest.raises(NotFound, match="has no values by epoch"):
        slice_table.curve(3, dataset="cifar100", split="x-valid", epochs=200, seed=777)
    with pytest.raises(NotFound, match="cifar10 has no validation split: use cifar10-valid"):
        table.curve(3, dataset="cifar10", split="x-valid", epochs=200, seed=777)
    with pytest.raises(NotFound, match="1 of 1 architectures are not in the table nats-tss"):
        table.curve(4, **PLACE)
    with pytest.raises(InvalidInput, match="seed= is missing"):
        table.curve(3, **PLACE | {"seed": None})


def test_an_architecture_by_all_its_names(table):
    space = table.space
    first = table.curve(11, **PLACE).values.tolist()
    for name in (np.int64(11), np.uint8(11), "11", space.to_string(11), space.to_opcode(11)):
        assert table.curve(name, **PLACE).values.tolist() == first
    for bad in (True, np.True_, 11.0, None):
        with pytest.raises(WrongType, match="is no architecture"):
            table.curve(bad, **PLACE)


# after so many epochs


def test_a_column_after_some_epochs(table, records):
    for after in (1, 2, 100, 199, 200, np.int16(7)):
        expected = [trial(records, i, "cifar10-valid", 200, 777)["eval_acc1es"][f"x-valid@{after - 1}"] for i in ARCHS]
        assert table.column(after=after, **PLACE).tolist() == expected
        assert table.column_named(Column("accuracy", *PLACE.values()), after=after).tolist() == expected
    assert table.column(**PLACE).tolist() == table.column(after=200, **PLACE).tolist()
    both = [trial(records, 3, "cifar10-valid", 12, seed)["eval_acc1es"]["x-valid@4"] for seed in (111, 777)]
    assert table.column(after=5, **PLACE | {"epochs": 12, "seed": "mean"})[0] == mean(both)


@pytest.mark.parametrize(
    ("place", "after", "error", "message"),
    [
        ({}, 0, NotFound, r"^cifar10-valid/x-valid/200/777 was recorded after 1-200 epochs, not after 0$"),
        ({}, 201, NotFound, r"was recorded after 1-200 epochs, not after 201$"),
        ({}, -1, NotFound, r"was recorded after 1-200 epochs, not after -1$"),
        ({}, 3.0, NotFound, r"was recorded after 1-200 epochs, not after 3.0$"),
        ({}, "3", NotFound, r"was recorded after 1-200 epochs, not after 3$"),
        ({}, True, InvalidInput, "True is no number of epochs and no seed"),
        ({}, np.True_, InvalidInput, "is no number of epochs and no seed"),
        ({"split": "ori-test"}, 199, NotFound, r"/ori-test/200/777 was recorded after 200 epochs, not after 199$"),
        ({"dataset": "cifar100", "split": "x-test"}, 3, NotFound, "after 200 epochs, not after 3. In this schedule "
         "only ori-test was recorded by epoch: its images are those of x-valid and x-test"),
        ({"split": None, "metric": "params_m"}, 3, NotFound, "params_m:cifar10-valid/-/200/777 has no values by "
         "epoch: leave out after=3"),
        ({"seed": "mean"}, 201, NotFound, "was recorded after 1-200 epochs, not after 201"),
    ],
)  # fmt: skip
def test_moments_that_do_not_exist(table, place, after, error, message):
    with pytest.raises(error, match=message):
        table.column(after=after, **PLACE | place)


# records


def test_lookup_of_one_training(table, records):
    one = trial(records, 11, "cifar100", 200, 777)
    record = table.lookup(11, dataset="cifar100", epochs=200, seed=777)
    assert (record.index, record.arch) == (11, table.space.to_string(11))
    expected = {
        "cifar100/train/200/777": one["train_acc1es"][199],
        "loss:cifar100/train/200/777": one["train_losses"][199],
        "epoch_time_s:cifar100/-/200/777": one["train_times"][199],
        "train_time_s:cifar100/-/200/777": sum(one["train_times"].values()),
        "latency_s:cifar100/-/200/777": one["latency"][0],
        "params_m:cifar100/-/200/777": one["params"],
        "macs_m:cifar100/-/200/777": one["flop"],
        "params_m:cifar100/-/200/-": mean([trial(records, 11, "cifar100", 200, s)["params"] for s in (777, 888)]),
        "macs_m:cifar100/-/200/-": mean([trial(records, 11, "cifar100", 200, s)["flop"] for s in (777, 888)]),
        "params_disagree:cifar100/-/200/-": 0.0,
    }
    for split in ("x-valid", "x-test", "ori-test"):
        place = f"cifar100/{split}/200/777"
        for metric, field in (("", "eval_acc1es"), ("loss:", "eval_losses"), ("eval_time_s:", "eval_times")):
            expected[metric + place] = one[field][f"{split}@199"]
    assert {str(column): value for column, value in record.values.items()} == expected


def test_lookup_after_some_epochs(table, records):
    """What was not evaluated at that moment is not there, not even the time of its evaluation in its place."""
    one = trial(records, 12, "cifar100", 200, 888)
    values = table.lookup(12, dataset="cifar100", epochs=200, seed=888, after=30).values
    assert {str(column): value for column, value in values.items()} == {
        "cifar100/train/200/888": one["train_acc1es"][29],
        "loss:cifar100/train/200/888": one["train_losses"][29],
        "cifar100/ori-test/200/888": one["eval_acc1es"]["ori-test@29"],
        "loss:cifar100/ori-test/200/888": one["eval_losses"]["ori-test@29"],
    }


def test_lookup_of_the_mean(table, records):
    values = table.lookup(11, dataset="cifar100", epochs=200, seed="mean").values
    assert {column.seed for column in values} == {"mean", None}
    runs = [trial(records, 11, "cifar100", 200, seed) for seed in (777, 888)]
    column = Column("accuracy", "cifar100", "x-test", 200, "mean")
    assert values[column] == mean([run["eval_acc1es"]["x-test@199"] for run in runs])
    values = table.lookup(11, dataset="cifar100", epochs=200, seed="mean", after=5).values
    assert values[Column("accuracy", "cifar100", "ori-test", 200, "mean")] == mean(
        [run["eval_acc1es"]["ori-test@4"] for run in runs]
    )
    assert column not in values


def test_lookup_of_everything_and_of_less(table):
    everything = table.lookup(11).values
    assert set(everything) == {column for column in table.columns if (column.dataset, column.seed) != ("cifar100", 999)}
    for name, wanted in (("dataset", "cifar10"), ("epochs", 12), ("seed", 111)):
        part = table.lookup(11, **{name: wanted}).values
        assert part == {
            column: value for column, value in everything.items()
            if getattr(column, name) == wanted or (name == "seed" and column.seed is None)
        }  # fmt: skip
        assert 0 < len(part) < len(everything)
    numpy = table.lookup(np.int64(11), epochs=np.int16(12), seed=np.uint16(111), after=np.int64(3))
    assert numpy == table.lookup(11, epochs=12, seed=111, after=3)
    assert "cifar10/train/12/111" in str(numpy)


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        (
            {"dataset": "cifar1000"},
            NotFound,
            "the table nats-tss has nothing of data set cifar1000, None epochs, seed None",
        ),
        ({"epochs": 90}, NotFound, "has nothing of data set None, 90 epochs"),
        ({"dataset": "cifar10", "epochs": 12, "seed": 777}, None, ""),  # the costs that all runs share
        ({"seed": True}, InvalidInput, "True is no number of epochs and no seed"),
        ({"epochs": np.True_}, InvalidInput, "is no number of epochs and no seed"),
        ({"after": False}, InvalidInput, "False is no number of epochs and no seed"),
    ],
)
def test_lookups_of_nothing(table, wanted, error, message):
    if error is None:
        assert {column.seed for column in table.lookup(3, **wanted).values} == {None}
        return
    with pytest.raises(error, match=message):
        table.lookup(3, **wanted)


# costs


def test_costs_are_sums_of_what_was_recorded(table, records):
    for after in (0, 1, 7, 200, None, np.int64(7)):
        one = trial(records, 12, "cifar100", 200, 888)
        cost = table.cost(12, dataset="cifar100", epochs=200, seed=888, after=after)
        n = 200 if after is None else int(after)
        assert cost.train_s == sum([one["train_times"][epoch] for epoch in range(n)])
        assert dict(cost.eval_s) == {
            split: sum([one["eval_times"][f"{split}@{epoch}"] for epoch in range(max(n, 1))]) / max(n, 1)
            for split in ("x-valid", "x-test", "ori-test")
        }
        runs = [trial(records, 12, "cifar100", 200, seed) for seed in (777, 888, 999)]  # of all, as the official code
        assert cost.latency_s == one["latency"][0]
        assert (cost.params_m, cost.macs_m) == tuple(mean([run[name] for run in runs]) for name in ("params", "flop"))
        assert cost.params_disagree is False


def test_the_costs_of_the_mean_are_over_the_runs_that_exist(table, records):
    cost = table.cost(11, dataset="cifar100", epochs=200, seed="mean", after=9)
    runs = [trial(records, 11, "cifar100", 200, seed) for seed in (777, 888)]
    assert cost.train_s == mean([sum([run["train_times"][epoch] for epoch in range(9)]) for run in runs])
    missing = table.cost(11, dataset="cifar100", epochs=200, seed=999)
    assert (missing.train_s, dict(missing.eval_s), missing.latency_s) == (None, {}, None)
    assert missing.params_m == cost.params_m  # of all runs


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        ({"after": 201}, InvalidInput, "after=201 must be a number of epochs from 0 to 200"),
        ({"after": -1}, InvalidInput, "after=-1 must be a number of epochs from 0 to 200"),
        ({"after": 2.0}, InvalidInput, "after=2.0 must be a number of epochs from 0 to 200"),
        ({"after": True}, InvalidInput, "True is no number of epochs"),
        (
            {"seed": None},
            InvalidInput,
            "seed= is missing: .* of dataset cifar100 epochs 200 exists for seed 777, 888",
        ),
        ({"seed": 7}, NotFound, "does not exist for seed 7: there is 777, 888, 999"),
        ({"epochs": 90}, NotFound, "the table nats-tss has nothing of data set 'cifar100' with 90 epochs"),
        ({"dataset": "cifar1000"}, NotFound, "has nothing of data set 'cifar1000' with 200 epochs"),
    ],
)
def test_costs_that_cannot_be_told(table, wanted, error, message):
    with pytest.raises(error, match=message):
        table.cost(3, **{"dataset": "cifar100", "epochs": 200, "seed": 777} | wanted)


def test_costs_of_tables_without_runs(slice_table, small):
    """Where a table has one number for all runs, no seed is needed; what it lacks is None."""
    cost = slice_table.cost(6111, dataset="cifar100", epochs=200)
    assert cost.train_s == slice_table.column(metric="train_time_s", dataset="cifar100", epochs=200)[6111]
    assert cost.latency_s == slice_table.column(metric="latency_s", dataset="cifar100")[6111]
    assert cost.params_m == slice_table.column(metric="params_m", dataset="cifar100")[6111]
    assert (dict(cost.eval_s), cost.macs_m, cost.params_disagree) == ({}, None, None)
    with pytest.raises(NotFound, match="has no values by epoch: leave out after=7"):
        slice_table.cost(6111, dataset="cifar100", epochs=200, after=7)
    cost = small.cost(1, dataset="cifar10", epochs=200)
    assert (cost.train_s, cost.params_m, cost.macs_m, cost.latency_s) == (None, None, 10.0, 0.002)


def test_costs_of_a_table_with_the_parameters_of_one_run(tmp_path):
    (tmp_path / "one.csv").write_text("arch,p\n3,0.5\n")
    mapping = parse_mapping(["p=params_m:cifar10/-/200/777/M"])
    table = import_table(tmp_path / "one.csv", space="nasbench201", mapping=mapping, out=tmp_path / "one")
    assert table.cost(3, dataset="cifar10", epochs=200, seed=777).params_m == 0.5


# simulated trainings


def test_a_simulated_training(table, records):
    for budget in (1, 50, 200, np.int32(50)):
        for seed in (777, "mean"):
            runs = [
                trial(records, 12, "cifar10-valid", 200, s) for s in ((777, 888, 999) if seed == "mean" else (777,))
            ]
            found = table.simulate(12, budget, dataset="cifar10-valid", epochs=200, seed=seed)
            n = int(budget)
            assert found.accuracy == mean([run["eval_acc1es"][f"x-valid@{n - 1}"] for run in runs])
            trained = mean([sum([run["train_times"][epoch] for epoch in range(n)]) for run in runs])
            evaluated = mean([sum([run["eval_times"][f"x-valid@{epoch}"] for epoch in range(n)]) for run in runs]) / n
            assert found.seconds == trained + evaluated
            assert found == (found.accuracy, found.seconds)


@pytest.mark.parametrize(
    ("budget", "wanted", "error", "message"),
    [
        (0, {}, NotFound, "cifar10-valid/x-valid/200/777 was recorded after 1-200 epochs, not after 0"),
        (201, {}, NotFound, "was recorded after 1-200 epochs, not after 201"),
        (True, {}, InvalidInput, "True is no number of epochs"),
        (12, {"seed": None}, InvalidInput, "seed= is missing"),
        (12, {"seed": 111}, NotFound, "does not exist for seed 111: there is 777, 888, 999"),
        (12, {"epochs": 90}, NotFound, "does not exist for epochs 90: there is 12, 200"),
        (12, {"dataset": "cifar10"}, NotFound, "nats-tss has no validation accuracy of 'cifar10', so nothing can be "
         "simulated on it: cifar10 has no validation split: use cifar10-valid. It has that of ImageNet16-120, "
         "cifar10-valid, cifar100"),
        (12, {"dataset": "svhn"}, NotFound, "no validation accuracy of 'svhn', so nothing can be simulated on it: It "),
        (199, {"dataset": "cifar100"}, NotFound, "cifar100/x-valid/200/777 was recorded after 200 epochs, not after "
         "199. In this schedule only ori-test was recorded by epoch"),
    ],
)  # fmt: skip
def test_simulations_that_cannot_be(table, budget, wanted, error, message):
    with pytest.raises(error, match=message):
        table.simulate(12, budget, **{"dataset": "cifar10-valid", "epochs": 200, "seed": 777} | wanted)


def test_a_simulation_of_a_missing_run(table):
    with pytest.raises(NotFound, match="cifar100/x-valid/200/999 of nats-tss has no value for 11: that run is missing"):
        table.simulate(11, 200, dataset="cifar100", epochs=200, seed=999)


# the best


ACCURACY = {"dataset": "cifar10", "split": "ori-test", "epochs": 200, "seed": "mean"}


@pytest.mark.parametrize(
    ("n", "options", "expected"),
    [
        (1, {}, [2]),  # of equal values the lower index, though the file has another order
        (3, {}, [2, 5, 7]),
        (5, {}, [2, 5, 7, 9, 1]),
        (99, {}, [2, 5, 7, 9, 1]),  # 4 has no value
        (np.int64(2), {}, [2, 5]),
        (1, {"metric": "loss"}, [5]),  # smaller is better
        (9, {"metric": "loss"}, [5, 7, 2, 9, 1]),
        (9, {"max_params_m": 1.0}, [2, 5, 7]),  # a value equal to the limit is within; one that is missing is not
        (9, {"max_params_m": 0.9999}, [2, 7]),
        (9, {"max_macs_m": 50}, [2, 7, 1]),
        (9, {"max_latency_s": 0.03}, [2, 7, 9, 1]),
        (9, {"max_latency_s": 0.03, "max_params_m": 0.25}, [7]),
        (9, {"max_params_m": 1.0, "metric": "loss"}, [5, 7, 2]),
    ],
)
def test_the_best_within_limits(small, n, options, expected):
    found = small.best(n, **ACCURACY | options)
    assert [choice.index for choice in found] == expected
    values = dict(
        zip(small.indices.tolist(), small.column(**ACCURACY, metric=options.get("metric", "accuracy")), strict=True)
    )
    assert [choice.value for choice in found] == [values[index] for index in expected]
    assert [choice.arch for choice in found] == [small.space.to_string(index) for index in expected]


@pytest.mark.parametrize(
    ("n", "options", "error", "message"),
    [
        (0, {}, InvalidInput, "n=0 must be a whole number from 1"),
        (-1, {}, InvalidInput, "n=-1 must be a whole number from 1"),
        (True, {}, InvalidInput, "n=True must be a whole number from 1"),
        (1.5, {}, InvalidInput, "n=1.5 must be a whole number from 1"),
        (1, {"max_params_m": 0.2}, NotFound, "no architecture of small has params_m up to 0.2: the smallest has 0.25"),
        (1, {"max_latency_s": 0.01, "max_params_m": 0.4}, NotFound, "has latency_s up to 0.01: the smallest has 0.03"),
        (1, {"seed": None}, InvalidInput, "seed= is missing"),
        (1, {"split": "x-valid"}, NotFound, "cifar10 has no validation split"),
        (1, {"after": 12}, NotFound, "has no values by epoch: leave out after=12"),
    ],
)
def test_the_best_of_nothing(small, n, options, error, message):
    with pytest.raises(error, match=message):
        small.best(n, **ACCURACY | options)


def test_limits_that_a_table_cannot_hold(slice_table, table):
    place = {"dataset": "cifar100", "split": "x-valid", "epochs": 200, "seed": "mean"}
    with pytest.raises(
        NotFound, match="the table nasbench201-slice has no macs_m of cifar100: no limit can be set on it"
    ):
        slice_table.best(1, max_macs_m=3.0, **place)
    latency = table.column(metric="latency_s", dataset="cifar100", epochs=200, seed="mean")
    limit = float(np.sort(latency)[1])  # of the mean of the runs, where there is no number for all
    found = table.best(3, max_latency_s=limit, **place)
    assert {choice.index for choice in found} == set(table.indices[latency <= limit].tolist())
    assert len(found) == 2


def test_the_best_of_the_slice_by_brute_force(slice_table):
    place = {"dataset": "cifar100", "split": "x-valid", "epochs": 200, "seed": 999}
    values, params = slice_table.column(**place), slice_table.column(metric="params_m", dataset="cifar100")
    rows = [row for row in range(15_625) if values[row] == values[row] and params[row] <= 0.3]
    expected = sorted(rows, key=lambda row: (-values[row], row))[:25]
    assert [choice.index for choice in slice_table.best(25, max_params_m=0.3, **place)] == expected


# filters


def test_filter(small):
    accuracy = Column("accuracy", *ACCURACY.values())
    assert small.filter({}).tolist() == [1, 2, 4, 5, 7, 9]
    assert small.filter({accuracy: (None, None)}).tolist() == [1, 2, 5, 7, 9]  # without a value it is outside
    assert small.filter({accuracy: (90, 91)}).tolist() == [2, 5, 7, 9]
    assert small.filter({accuracy: (90.5, None)}).tolist() == [2, 5, 7]
    assert small.filter({str(accuracy): (None, 90)}).tolist() == [1, 9]
    assert small.filter({accuracy: (90, None), "params_m:cifar10/-/-/-": (0.5, 1.0)}).tolist() == [2, 5]
    assert small.filter({accuracy: (99, None)}).tolist() == []
    with pytest.raises(NotFound, match="does not exist for epochs 12"):
        small.filter({"cifar10/ori-test/12/mean": (0, 1)})
    with pytest.raises(InvalidInput, match="'params' does not name a column"):
        small.filter({"params": (0, 1)})


# classes


def test_group_means_are_those_of_pandas(slice_table):
    values = slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed=999)  # 7,456 are missing
    classes = [slice_table.space.canonical(index) for index in range(15_625)]
    assert len(set(classes)) == 6_466
    expected = pd.Series(values).groupby(classes).transform("mean").to_numpy()
    found = slice_table.group_means(values)
    assert 0 < np.isnan(expected).sum() < np.isnan(values).sum()
    np.testing.assert_allclose(found, expected, rtol=1e-14, equal_nan=True)
    frame = pd.DataFrame({"group": classes, "mean": found})
    assert (frame.groupby("group")["mean"].nunique(dropna=False) == 1).all()  # the same number, to the last bit


def test_group_means_of_some_architectures(small):
    classes = [small.space.canonical(index) for index in small.indices.tolist()]
    values = np.array([1.0, 2.0, np.nan, 4.0, 5.0, 6.0])
    expected = pd.Series(values).groupby(classes).transform("mean").to_numpy()
    np.testing.assert_allclose(small.group_means(values), expected, rtol=1e-15, equal_nan=True)
    for bad in (values[:5], values[None], 3.0):
        with pytest.raises(
            InvalidInput, match=r"values have shape .*: one per architecture of small are needed, \(6,\)"
        ):
            small.group_means(bad)


def test_a_space_without_classes_has_no_group_means(tmp_path):
    (tmp_path / "size.csv").write_text("arch,acc\n3,50\n")
    mapping = parse_mapping(["acc=cifar10/ori-test/90/777/%"])
    table = import_table(tmp_path / "size.csv", space="nats_size", mapping=mapping, out=tmp_path / "size")
    with pytest.raises(
        InvalidInput, match="nats_size has no isomorphic architectures, so no classes to take means over"
    ):
        table.group_means(np.array([1.0]))


# views


def test_views_of_nasbench101(tmp_path):
    """A row per encoding whose cell the table has, in the order of the encodings, with the numbers of that cell."""
    part, cells = get_space("oneshot1_s1"), get_space("nasbench101")
    wanted = part.in_nasbench101()
    chosen = sorted({int(wanted[row]) for row in (0, 5, 700, len(wanted) - 1)})
    others = [index for index in (0, 7, 423_623) if index not in set(wanted.tolist())]
    numbers = {index: 50.0 + place for place, index in enumerate([*chosen, *others])}
    text = "".join(f"{cells.to_string(index)},{value}\n" for index, value in numbers.items())
    (tmp_path / "cells.csv").write_text("module_hash,acc\n" + text)
    mapping = parse_mapping(["acc=cifar10/test/108/mean/%"])
    table = import_table(
        tmp_path / "cells.csv", space="nasbench101", mapping=mapping, key="module_hash", out=tmp_path / "cells"
    )  # fmt: skip
    assert table.indices.tolist() == sorted(numbers)

    view = table.view("oneshot1_s1")
    place = {"dataset": "cifar10", "split": "test", "epochs": 108, "seed": "mean"}
    rows = [row for row, index in enumerate(wanted.tolist()) if index in chosen]
    assert view.space.name == "oneshot1_s1"
    assert view.indices.tolist() == rows
    assert len(view) == len(rows) >= 4
    assert view.column(**place).tolist() == [numbers[int(wanted[row])] for row in rows]
    assert not view.column(**place).flags.writeable
    first = part.to_string(rows[-1])
    assert view.lookup(first).values == {Column("accuracy", *place.values()): numbers[int(wanted[rows[-1]])]}
    assert view.rows([rows[1], rows[0]]).tolist() == [1, 0]
    best = view.best(1, **place)[0]
    assert best.value == max(numbers[index] for index in chosen)
    assert int(wanted[best.index]) == chosen[-1]
    assert view.to_frame()["arch"].tolist() == [part.to_string(row) for row in rows]
    assert f"{len(rows)} architectures of oneshot1_s1, 1 columns" in str(view)
    missing = next(row for row in range(len(wanted)) if row not in set(rows))
    with pytest.raises(
        NotFound, match=f"not in the table cells, the first at position 0: {part.to_string(missing)[:9]}"
    ):
        view.lookup(missing)
    assert len(table) == len(numbers)  # the table itself is as it was


def test_views_that_cannot_be(small):
    with pytest.raises(
        InvalidInput, match="a table of nasbench201 has no view of oneshot1_s1: oneshot1_s1, _s2 and _s3 are"
    ):
        small.view("oneshot1_s1")
    with pytest.raises(InvalidInput, match="a table of nasbench201 has no view of nats_size"):
        small.view("nats_size")
    with pytest.raises(NotFound, match="no space is called 'oneshot1'"):
        small.view("oneshot1")


# frames and files


def test_a_frame_with_curves(table, records):
    plain, curves = table.to_frame(), table.to_frame(curves=True)
    assert list(curves)[: len(plain.columns)] == list(plain)
    pd.testing.assert_frame_equal(curves[list(plain)], plain)
    assert curves["index"].tolist() == list(ARCHS)
    more = [name for name in curves if " after " in name]
    assert len(more) == len(curves.columns) - len(plain.columns)
    assert len(more) == sum(
        len(set(stored.epochs) - {column.epochs}) for column, stored in table.index.columns.items()
    )  # fmt: skip
    name = "loss:cifar10-valid/x-valid/200/888 after 17 [nat]"
    expected = [trial(records, index, "cifar10-valid", 200, 888)["eval_losses"]["x-valid@16"] for index in ARCHS]
    assert curves[name].tolist() == expected
    assert "cifar100/x-valid/200/888 after 17 [%]" not in curves
    assert np.isnan(curves["cifar100/ori-test/200/999 after 17 [%]"]).tolist() == [False, True, False]


@pytest.mark.parametrize("curves", [False, True])
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_exported_files_as_pyarrow_reads_them(short_table, tmp_path, kind, curves):
    file = short_table.export(tmp_path / f"whole.{kind}", curves=curves)
    assert [path.name for path in tmp_path.iterdir()] == [f"whole.{kind}"]
    read = {"parquet": pyarrow.parquet.read_table, "arrow": pyarrow.feather.read_table}[kind](file)
    frame = short_table.to_frame(curves=curves)
    assert read.column_names == list(frame)
    assert read.column("arch").to_pylist() == [short_table.space.to_string(index) for index in ARCHS]
    for name in list(frame)[1:]:
        found = np.array(read.column(name).to_pylist(), dtype=np.float64)  # null where there is no value
        np.testing.assert_array_equal(found, frame[name].to_numpy(dtype=np.float64))


# columns in other processes


CHECK = """
import pickle, sys
from benchtools.tables import Column
found = pickle.load(sys.stdin.buffer)
(column,) = found
assert column == Column("loss", "cifar100", "x-valid", 200, 777)
assert hash(column) == hash(Column("loss", "cifar100", "x-valid", 200, 777))
print(found[Column.parse("loss:cifar100/x-valid/200/777")], hash(column))
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_column_is_found_again_in_another_process(seed):
    """Hashes of text differ from process to process, so one that travelled along would find nothing."""
    column = Column("loss", "cifar100", "x-valid", 200, 777)
    data = pickle.dumps({column: "found"})
    here = hash(column)  # computed once, and kept
    assert pickle.dumps({column: "found"}) == data
    done = subprocess.run(
        [sys.executable, "-c", CHECK], input=data, capture_output=True, timeout=60, check=False,
        env=os.environ | {"PYTHONHASHSEED": seed},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    text, there = done.stdout.decode().split()
    assert text == "found"
    assert int(there) != here


def test_a_table_in_another_process(table):
    """Pickles by its path: workers of a search open it for themselves."""
    again = pickle.loads(pickle.dumps(Table.open(table.path)))
    assert again.column(**PLACE).tolist() == table.column(**PLACE).tolist()
