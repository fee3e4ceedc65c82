"""Six genuine records of NATS-Bench: every number is the official API's to the last bit, and nothing else exists."""

import bz2
import json
import pickle
import random
import shutil

import numpy as np
import pytest

from benchtools.errors import InvalidInput, NotFound
from benchtools.tables import Column, Table, import_archive, verify_table

ARCHS = (0, 11, 284)
DATASETS = ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120")
SPLITS = ("train", "x-valid", "x-test", "ori-test")
SETS = {  # the name of each split in the official answers
    "cifar10-valid": {"train": "train", "x-valid": "valid", "ori-test": "test"},
    "cifar10": {"train": "train", "ori-test": "test"},
    "cifar100": {"train": "train", "x-valid": "valid", "x-test": "test", "ori-test": "valtest"},
    "ImageNet16-120": {"train": "train", "x-valid": "valid", "x-test": "test", "ori-test": "valtest"},
}
HP = {1: "01", 12: "12", 90: "90", 200: "200"}
SEEDS = {
    "tss": {
        12: dict.fromkeys(DATASETS, (111,)) | {"cifar10-valid": (111, 777)},
        200: dict.fromkeys(DATASETS, (777, 888, 999)),
    },
    "sss": {
        1: dict.fromkeys(DATASETS, (777,)), 12: dict.fromkeys(DATASETS, (777, 888, 999)),
        90: dict.fromkeys(DATASETS, (777,)),
    },
}  # fmt: skip
LAST_ONLY = {("cifar10-valid", "ori-test")} | {
    (dataset, split) for dataset in ("cifar100", "ImageNet16-120") for split in ("x-valid", "x-test")
}
FOLDERS = {"tss": "NATS-tss-v1_0-3ffb9-simple", "sss": "NATS-sss-v1_0-50262-simple"}


def measured_after(kind, dataset, split, epochs, seed):
    """Return after how many epochs the records hold a set, by the formats' description; empty where they never do."""
    seeds = SEEDS[kind].get(epochs, {}).get(dataset, ())
    if split not in SETS[dataset] or (seed not in seeds and not (seed == "mean" and seeds)):
        return []
    return [200] if epochs == 200 and (dataset, split) in LAST_ONLY else list(range(1, epochs + 1))


@pytest.fixture(scope="module")
def sample(core_parquet):
    """Return the folder of the genuine records, which lies beside the checkout of developers only."""
    folder = core_parquet.with_name("nats-official-sample")
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: it is no part of the project")
    return folder


@pytest.fixture(scope="module", params=["tss", "sss"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def folder(sample, kind):
    return sample / FOLDERS[kind]


@pytest.fixture(scope="module")
def table(folder, kind, tmp_path_factory):
    return import_archive(f"nats-{kind}", folder, partial=True, out=tmp_path_factory.mktemp(kind) / "table")


@pytest.fixture(scope="module")
def api(folder, kind):
    """Return the official API on the same records."""
    nats_bench = pytest.importorskip("nats_bench", reason="the official API is not installed: benchtools[apis]")
    return nats_bench.create(str(folder), kind, fast_mode=True, verbose=False)


def official(api, index, dataset, epochs, after, seed):
    return api.get_more_info(
        index, dataset, iepoch=after - 1, hp=HP[epochs], is_random=False if seed == "mean" else seed
    )


def trainings(kind):
    """Yield every data set, schedule and run, and the mean of the runs."""
    for epochs, by_dataset in SEEDS[kind].items():
        for dataset, seeds in by_dataset.items():
            for seed in (*seeds, "mean"):
                yield dataset, epochs, seed


# what there is


def test_the_columns_are_those_of_the_records_and_no_others(table, kind):
    expected = {}
    for dataset, epochs, seed in trainings(kind):
        if seed == "mean":
            for metric in ("params_m", "macs_m", "params_disagree"):
                expected[Column(metric, dataset, None, epochs, None)] = ()
            continue
        for metric in ("train_time_s", "epoch_time_s", "latency_s", "params_m", "macs_m"):
            expected[Column(metric, dataset, None, epochs, seed)] = ()
        if epochs != 200:  # the older runs recorded no top-5 accuracy
            expected[Column("accuracy_top5", dataset, "train", epochs, seed)] = tuple(range(1, epochs + 1))
        for split in SETS[dataset]:
            after = tuple(measured_after(kind, dataset, split, epochs, seed))
            expected |= {Column(metric, dataset, split, epochs, seed): after for metric in ("accuracy", "loss")}
            if split != "train":
                expected[Column("eval_time_s", dataset, split, epochs, seed)] = ()
    assert {column: stored.epochs for column, stored in table.index.columns.items()} == expected
    assert {stored.n for stored in table.index.columns.values()} == {3}
    assert table.indices.tolist() == list(ARCHS)


def test_every_number_is_the_official_one(table, api, kind):
    compared = 0
    for dataset, epochs, seed in trainings(kind):
        for after in range(1, epochs + 1):
            answers = [official(api, index, dataset, epochs, after, seed) for index in ARCHS]
            costs = [table.cost(index, dataset=dataset, epochs=epochs, seed=seed, after=after) for index in ARCHS]
            place = {"dataset": dataset, "epochs": epochs, "seed": seed, "after": after}
            there = [s for s in SPLITS if after in measured_after(kind, dataset, s, epochs, seed)]
            names = {SETS[dataset][split] for split in there}
            assert all({key.partition("-")[0] for key in answer} - {"comment"} == names for answer in answers)
            for split in there:
                name = SETS[dataset][split]
                for metric in ("accuracy", "loss"):
                    found = table.column(split=split, metric=metric, **place).tolist()
                    assert found == [answer[f"{name}-{metric}"] for answer in answers], (place, split, metric)
                    compared += 3
                if split == "train":
                    assert [cost.train_s for cost in costs] == [answer["train-all-time"] for answer in answers]
                else:
                    assert [cost.eval_s[split] for cost in costs] == [answer[f"{name}-per-time"] for answer in answers]
                compared += 3
    # 3 architectures, 3 kinds of numbers; counted by hand: sets x runs (and their mean) x epochs
    twelve = 12 * (3 * 3 + 2 * 2 + 2 * 4 + 2 * 4)
    two_hundred = 4 * (200 + 200 + 1) + 4 * (200 + 200) + 2 * 4 * (200 + 200 + 1 + 1)
    moments = {"tss": twelve + two_hundred, "sss": (3 + 2 + 4 + 4) * (2 * 1 + 4 * 12 + 2 * 90)}
    assert compared == 9 * moments[kind]


def test_a_seed_of_numpy_is_a_seed(table, api, kind):
    """The official code takes np.int64 for no seed at all, and np.int64(0) for no architecture."""
    epochs = 12
    found = table.column(
        dataset="cifar10-valid", split="x-valid", epochs=np.int64(epochs), seed=np.int32(777), after=np.int8(3)
    )
    assert found.tolist() == [
        official(api, index, "cifar10-valid", epochs, 3, 777)["valid-accuracy"] for index in ARCHS
    ]
    with pytest.raises(ValueError, match="invalid value for is_random"):
        official(api, 0, "cifar10-valid", epochs, 3, np.int64(777))


def test_the_runs_own_numbers(table, api, kind):
    """Parameters, MACs, latency and top-5 accuracy of every run, which no query of the official code gives."""
    for dataset, epochs, seed in trainings(kind):
        if seed == "mean":
            continue
        place = {"dataset": dataset, "epochs": epochs, "seed": seed}
        runs = [api.query_by_index(index, dataset, HP[epochs])[seed] for index in ARCHS]
        assert table.column(metric="params_m", **place).tolist() == [run.params for run in runs]
        assert table.column(metric="macs_m", **place).tolist() == [run.flop for run in runs]
        assert table.column(metric="latency_s", **place).tolist() == [run.get_latency() for run in runs]
        totals = [run.get_times()["T-train@total"] for run in runs]
        assert table.column(metric="train_time_s", **place).tolist() == totals
        assert table.column(metric="epoch_time_s", **place).tolist() == [run.train_times[0] for run in runs]
        for after in range(1, epochs + 1) if epochs != 200 else ():
            found = table.column(split="train", metric="accuracy_top5", after=after, **place).tolist()
            assert found == [run.train_acc5es[after - 1] for run in runs]


def test_costs(table, api, kind):
    for epochs, by_dataset in SEEDS[kind].items():
        for dataset in by_dataset:
            for index in ARCHS:
                theirs = api.get_cost_info(index, dataset, hp=HP[epochs])
                ours = table.cost(index, dataset=dataset, epochs=epochs, seed="mean")
                assert ours.train_s == theirs["T-train@total"]
                assert ours.params_m == theirs["params"]
                assert ours.macs_m == theirs["flops"]
                assert ours.latency_s == theirs["latency"]
                assert ours.params_disagree is False
                assert {f"T-{split}@epoch" for split in ours.eval_s} | {"T-train@epoch"} == {
                    key for key in theirs if key.endswith("@epoch")
                }


# what there is not


def test_every_other_combination_is_refused(table, kind):
    """All data sets, splits, schedules, runs and epochs; what the records do not hold is an error, in each form."""
    refused = there = 0
    for dataset in (*DATASETS, "cifar10-test"):
        for split in (*SPLITS, "valid", "test", "valtest"):
            for epochs in HP:
                for seed in (111, 777, 888, 999, 0, "mean"):
                    known = dataset in SETS and measured_after(kind, dataset, split, epochs, seed)
                    place = {"dataset": dataset, "split": split, "epochs": epochs, "seed": seed}
                    moments = range(epochs + 2) if known else (0, 1, epochs)
                    for after in moments:
                        if known and after in known:
                            there += 1
                            continue
                        with pytest.raises(NotFound):
                            table.column(after=after, **place)
                        refused += 1
                    if known:
                        assert table.curve(11, **place).after.tolist() == known
                        assert table.column(**place).tolist() == table.column(after=epochs, **place).tolist()
                    else:
                        with pytest.raises(NotFound):
                            table.column(**place)
                        with pytest.raises(NotFound):
                            table.curve(11, **place)
    combinations = 5 * 7 * 4 * 6
    assert (there, refused) == {  # what exists is refused after 0 epochs and after one too many; five sets before 200
        "tss": (6_768, 3 * (combinations - 29 - 52) + 2 * (29 + 52 - 5 * 4) + 5 * 4 * 201),
        "sss": (2_990, 3 * (combinations - 104) + 2 * 104),
    }[kind]


def test_a_coordinate_that_is_left_out_is_asked_for(table):
    place = {"dataset": "cifar100", "split": "x-valid", "epochs": 12, "seed": "mean"}
    for name in place:
        with pytest.raises(InvalidInput, match=f"{name}= is missing: .*; nothing is guessed"):
            table.column(**place | {name: None})


@pytest.mark.parametrize("dataset", ["cifar100", "ImageNet16-120"])
@pytest.mark.parametrize("split", ["x-valid", "x-test"])
def test_nothing_falls_back_to_validation_and_test_together(table, kind, dataset, split):
    place = {"dataset": dataset, "epochs": 200, "seed": 777}
    if kind == "sss":  # has no such schedule, and every set at every epoch of its own
        with pytest.raises(NotFound, match=r"does not exist for epochs 200: there is 1, 12, 90"):
            table.column(split=split, after=100, **place)
        return
    message = (
        rf"^{dataset}/{split}/200/777 was recorded after 200 epochs, not after 100\. In this schedule only ori-test "
        r"was recorded by epoch: its images are those of x-valid and x-test$"
    )
    with pytest.raises(NotFound, match=message):
        table.column(split=split, after=100, **place)
    both = table.column(split="ori-test", after=100, **place).tolist()
    record = table.lookup(0, after=100, **place)
    assert Column("accuracy", dataset, "ori-test", 200, 777) in record.values
    assert record.values[Column("accuracy", dataset, "ori-test", 200, 777)] == both[0]
    assert Column("accuracy", dataset, split, 200, 777) not in record.values
    assert table.curve(0, split=split, **place).after.tolist() == [200]


def test_simulated_trainings(table, api, kind, monkeypatch):
    """The official (accuracy, time) of a fixed seed; an error where the official code sells valtest as validation."""
    refused = 0
    for dataset, epochs, seed in trainings(kind):
        if dataset == "cifar10":
            with pytest.raises(NotFound, match="cifar10 has no validation split: use cifar10-valid"):
                table.simulate(0, epochs, dataset="cifar10", epochs=epochs, seed=seed)
            continue
        for budget in sorted({1, 2, epochs // 2, epochs - 1, epochs} - {0}):
            if budget > epochs:
                continue
            for index in ARCHS:
                answer = official(api, index, dataset, epochs, budget, seed)
                place = {"dataset": dataset, "epochs": epochs, "seed": seed}
                if "valid-accuracy" not in answer:
                    with pytest.raises(NotFound, match=f"was recorded after 200 epochs, not after {budget}"):
                        table.simulate(index, budget, **place)
                    refused += 1
                    continue
                found = table.simulate(index, budget, **place)
                assert found.accuracy == answer["valid-accuracy"]
                assert found.seconds == answer["train-all-time"] + answer["valid-per-time"]
    assert refused == {"tss": 2 * 4 * 4 * 3, "sss": 0}[kind]

    last = max(SEEDS[kind])
    monkeypatch.setattr(random, "choice", lambda seeds: seeds[0])  # the official function draws its seed
    for theirs, dataset in (("cifar10", "cifar10-valid"), ("cifar100", "cifar100")):
        accuracy, latency, seconds, _ = api.simulate_train_eval(11, theirs, iepoch=None, hp=HP[last])
        place = {"dataset": dataset, "epochs": last, "seed": 777}
        assert table.simulate(11, last, **place) == (accuracy, seconds)
        assert table.cost(11, dataset=theirs, epochs=last, seed="mean").latency_s == latency
    if kind == "tss":  # what must never be answered: the accuracy on ori-test, as one on validation
        accuracy, *_ = api.simulate_train_eval(11, "cifar100", iepoch=11, hp="200")
        test = table.column(dataset="cifar100", split="ori-test", epochs=200, seed=777, after=12)
        assert accuracy == test[1]


# verification


@pytest.fixture(scope="module")
def size_table(sample, tmp_path_factory):
    """Return a folder with the record of architecture 11 of the size space alone, and its table."""
    folder = tmp_path_factory.mktemp("one")
    alone = folder / FOLDERS["sss"]
    alone.mkdir()
    for name in ("meta.pickle.pbz2", "000011.pickle.pbz2"):
        shutil.copy(sample / FOLDERS["sss"] / name, alone)
    return alone, import_archive("nats-sss", alone, partial=True, out=folder / "table")


@pytest.fixture
def one_record(size_table, tmp_path):
    """Return a copy of them that a test may change."""
    pytest.importorskip("nats_bench", reason="the official API is not installed: benchtools[apis]")
    shutil.copytree(size_table[0].parent, tmp_path / "copy")
    return tmp_path / "copy" / size_table[0].name, Table.open(tmp_path / "copy" / "table")


def expected_counts(kind):
    """Return how many numbers `verify_table` compares for one architecture, by what they are."""
    counts = dict.fromkeys([f"{split} {metric}" for split in SPLITS for metric in ("accuracy", "loss")], 0)
    counts["evaluation time"] = 0
    for dataset, epochs, seed in trainings(kind):
        for split in SETS[dataset]:
            n = len(measured_after(kind, dataset, split, epochs, seed))
            counts[f"{split} accuracy"] += n
            counts[f"{split} loss"] += n
            counts["evaluation time"] += n if split != "train" else 0
    pairs = [dataset for by_dataset in SEEDS[kind].values() for dataset in by_dataset]
    counts["evaluation time"] += sum(len(SETS[dataset]) - 1 for dataset in pairs)  # get_cost_info has one for each
    counts["training time per epoch"] = counts["train accuracy"]
    counts["training time"] = counts["train accuracy"] + len(pairs)
    return counts | dict.fromkeys(("params_m", "macs_m", "latency"), len(pairs))


def test_verification_passes_with_every_number_compared(table, api, folder, kind):
    seen = []
    result = verify_table(table.path, folder, sample=1, rng=3, progress=lambda *done: seen.append(done))
    assert result.passed
    assert dict(result.by_kind) == expected_counts(kind)
    assert result.n_values == sum(expected_counts(kind).values()) == {"tss": 23_662, "sss": 9_965}[kind]
    # x-valid and x-test of two data sets, ori-test of one: accuracy and loss of three runs and their mean, 199 epochs
    assert result.n_absent == {"tss": 5 * 2 * 4 * 199, "sss": 0}[kind]
    assert (result.n_mismatches, result.mismatches, result.n_archs) == (0, [], 1)
    assert "of 1 architectures are equal to the last bit" in str(result)
    assert seen == [("architectures", 1, 1)]


def edit_columns(table, column, after, change):
    """Change one number of a table's file, and return what it was."""
    stored = table.index.columns[column]
    place = stored.offset + stored.position(after) * table.index.step
    path = table.path / "columns.bin"
    data = bytearray(path.read_bytes())
    (value,) = np.frombuffer(bytes(data[place : place + 8]), "<f8").tolist()
    data[place : place + 8] = np.array([change(value)], dtype="<f8").tobytes()
    path.write_bytes(bytes(data))
    return value


def test_verification_finds_the_last_bit_of_one_number(one_record):
    archive, table = one_record
    value = edit_columns(table, Column("accuracy", "cifar100", "ori-test", 90, 777), 7, lambda x: np.nextafter(x, 0.0))
    result = verify_table(table.path, archive)
    assert not result.passed
    changed = float(np.nextafter(value, 0.0))
    assert result.mismatches == [  # the only run is its own mean
        f"11 cifar100 90 epochs, seed {seed}, after 7 ori-test accuracy: table {changed!r}, official {value!r}"
        for seed in (777, "mean")
    ]
    assert result.n_mismatches == 2
    assert result.n_values == sum(expected_counts("sss").values()) - 2
    assert str(result).splitlines() == [
        "9,963 numbers of 1 architectures are equal to the last bit, 0 are absent on both sides, 2 differ",
        *result.mismatches,
    ]


def test_verification_finds_a_number_that_is_gone(one_record):
    archive, table = one_record
    value = edit_columns(table, Column("loss", "cifar10-valid", "x-valid", 12, 777), 12, lambda _: np.nan)
    result = verify_table(table.path, archive)
    assert not result.passed
    where = "11 cifar10-valid 12 epochs, seed 777, after 12 x-valid loss"
    assert f"{where}: table None, official {value!r}" in result.mismatches
    assert result.n_mismatches == 2  # and the mean of the runs


def test_verification_finds_a_column_that_is_gone(one_record):
    archive, table = one_record
    index = json.loads((table.path / "table.json").read_text())
    gone = {"metric": "accuracy", "dataset": "ImageNet16-120", "split": "x-test", "epochs": 12}
    kept = [entry for entry in index["columns"] if not gone.items() <= entry.items()]
    assert len(index["columns"]) - len(kept) == 3
    (table.path / "table.json").write_text(json.dumps(index | {"columns": kept}))
    result = verify_table(table.path, archive)
    assert not result.passed
    assert result.n_mismatches == 12 * 4  # three runs and their mean, after every epoch
    assert len(result.mismatches) == 20
    assert all("x-test accuracy: table None, official " in line for line in result.mismatches)


def test_verification_finds_a_number_too_many(one_record):
    """A table that answers where the official code has nothing."""
    archive, table = one_record
    path = archive / "000011.pickle.pbz2"
    with bz2.open(path) as file:
        record = pickle.load(file)
    trial = record["12"]["all_results"]["cifar100", 888]
    value = trial["eval_losses"].pop("x-test@3")
    with bz2.open(path, "wb") as file:
        pickle.dump(record, file)
    result = verify_table(table.path, archive)
    assert not result.passed
    where = "11 cifar100 12 epochs, seed 888, after 4 x-test loss"
    assert f"{where}: table {value!r}, official None" in result.mismatches


def test_verification_of_a_sample(table, folder):
    pytest.importorskip("nats_bench", reason="the official API is not installed: benchtools[apis]")
    for sample in (0, 4):
        with pytest.raises(InvalidInput, match=f"sample={sample} must be from 1 to 3, the architectures of"):
            verify_table(table.path, folder, sample=sample)


def test_verification_against_nothing(table, slice_table, folder, tmp_path):
    with pytest.raises(NotFound, match=r"the archive .*none does not exist"):
        verify_table(table.path, tmp_path / "none")
    with pytest.raises(InvalidInput, match="nasbench201-slice is of kind its own: only tables of NAS-Bench-201 and"):
        verify_table("nasbench201-slice", folder)
