"""Archives of every kind against their plain records, number by number; and what is refused, with which words.

All numbers are SYNTHETIC: `benchtools.testing.synthetic` drew them.
"""

import base64
import bz2
import copy
import io
import json
import pickle
import shutil
import struct
import zipfile

import numpy as np
import pytest

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.spaces import get_space
from benchtools.tables import Column, Table, import_archive
from benchtools.tables.archives import _nats as nats_module
from benchtools.testing import nats_record, write_nasbench201, write_nats_directory, write_nats_file
from benchtools.testing._synthetic_nasbench101 import write_nasbench101

ARCHS = (0, 3, 11, 40, 284, 15_624)
EPOCHS = {"less": 12, "full": 200, "01": 1, "12": 12, "90": 90, "200": 200}


# the oracle: the official dictionaries, walked in plain Python


def plain_archive(path):
    """Return index -> schedule -> state, by the standard library's pickle: the tests wrote these files themselves."""
    if path.is_dir():
        files = sorted(path.glob("[0-9]*.pickle.pbz2"))
        return {int(file.name.partition(".")[0]): pickle.loads(bz2.decompress(file.read_bytes())) for file in files}
    data = path.read_bytes()
    if data.startswith(b"BZh"):
        return pickle.loads(bz2.decompress(data))["arch2infos"]
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            return pickle.loads(archive.read(name))["arch2infos"]
    stream = io.BytesIO(data)
    for _ in range(3):
        pickle.load(stream)
    return pickle.load(stream)["arch2infos"]


def walked(records):
    """Return what a table must hold: column -> epochs trained (None: no such moment) -> index -> value."""
    found = {}

    def put(metric, dataset, split, epochs, seed, after, index, value):
        moments = found.setdefault(Column(metric, dataset, split, epochs, seed), {})
        assert index not in moments.setdefault(after, {})
        moments[after][index] = float(value)

    for index, record in records.items():
        for schedule, state in record.items():
            n = EPOCHS[schedule]
            for (dataset, seed), trial in state["all_results"].items():
                place = (n, seed)
                for field, metric in (
                    ("train_acc1es", "accuracy"), ("train_acc5es", "accuracy_top5"), ("train_losses", "loss"),
                ):  # fmt: skip
                    for epoch, value in (trial[field] or {}).items():
                        put(metric, dataset, "train", *place, epoch + 1, index, value)
                for epoch, value in (trial["train_times"] or {}).items():
                    put("epoch_time_s", dataset, None, *place, epoch + 1, index, value)
                if trial["train_times"]:
                    put("train_time_s", dataset, None, *place, None, index, sum(trial["train_times"].values()))
                for field, metric in (
                    ("eval_acc1es", "accuracy"),
                    ("eval_losses", "loss"),
                    ("eval_times", "eval_time_s"),
                ):
                    for key, value in trial[field].items():
                        split, epoch = key.split("@")
                        put(metric, dataset, split, *place, int(epoch) + 1, index, value)
                put("params_m", dataset, None, *place, None, index, trial["params"])
                put("macs_m", dataset, None, *place, None, index, trial["flop"])
                if trial["latency"] and sum(trial["latency"]) > 0:
                    put("latency_s", dataset, None, *place, None, index, sum(trial["latency"]) / len(trial["latency"]))
            for dataset, seeds in state["dataset_seed"].items():
                trials = {seed: state["all_results"][dataset, seed] for seed in sorted(seeds)}
                for field, metric in (("params", "params_m"), ("flop", "macs_m")):
                    runs = [float(trial[field]) for trial in trials.values()]
                    disagree = len({f"{value:.5f}" for value in runs}) > 1
                    if not disagree or 888 in trials:
                        value = float(trials[888][field]) if disagree else sum(runs) / len(runs)
                        put(metric, dataset, None, n, None, None, index, value)
                    if metric == "params_m":
                        put("params_disagree", dataset, None, n, None, None, index, disagree)
    for column, moments in found.items():  # one number where every epoch of every run took the same time
        if column.metric in ("epoch_time_s", "eval_time_s"):
            series = [[moments[e].get(i) for e in range(1, column.epochs + 1) if e in moments] for i in records]
            series = [values for values in series if any(value is not None for value in values)]
            if all(len(values) == column.epochs and len(set(values)) == 1 for values in series):
                found[column] = {None: moments[1]}
    return found


def held(table):
    """Return all that a table holds, in the form of `walked`."""
    found = {}
    for column, stored in table.index.columns.items():
        for epoch in stored.epochs or (None,):
            values = zip(table.indices.tolist(), table.column_named(column, after=epoch).tolist(), strict=True)
            found.setdefault(column, {})[epoch] = {index: value for index, value in values if value == value}
    return found


def assert_same_tables(ours, other):
    """Compare two tables column by column, to the last bit."""
    assert ours.indices.tolist() == other.indices.tolist()
    assert set(ours.columns) == set(other.columns)
    assert held(ours) == held(other)
    assert {c: (s.n, s.after) for c, s in ours.index.columns.items()} == {
        c: (s.n, s.after) for c, s in other.index.columns.items()
    }


# archives of every kind


@pytest.fixture(scope="session")
def archives(tmp_path_factory):
    """Write archives of six architectures each, with one to three runs of each in the topology space."""
    folder = tmp_path_factory.mktemp("archives")
    tss = {"n_archs": ARCHS, "mixed_seeds": True, "rng": 3}
    sss = {"n_archs": ARCHS, "n_seeds": 2, "rng": 4, "space": "sss"}
    return {
        "legacy": ("nasbench201", write_nasbench201(folder / "NAS-Bench-201.pth", **tss)),
        "zip": ("nasbench201", write_nasbench201(folder / "zip.pth", container="zip", **tss)),
        "v1_0": ("nasbench201", write_nasbench201(folder / "v1_0.pth", n_archs=[0, 3, 11], version="v1_0")),
        "tss file": ("nats-tss", write_nats_file(folder / "NATS-tss.pickle.pbz2", **tss)),
        "tss directory": ("nats-tss", write_nats_directory(folder / "NATS-tss-simple", n_workers=1, **tss)),
        "sss file": ("nats-sss", write_nats_file(folder / "NATS-sss.pickle.pbz2", **sss)),
        "sss directory": ("nats-sss", write_nats_directory(folder / "NATS-sss-simple", n_workers=1, **sss)),
    }


@pytest.fixture(scope="session")
def tables(archives, tmp_path_factory):
    """Return a function that imports an archive, once."""
    folder, made = tmp_path_factory.mktemp("tables"), {}

    def imported(which):
        if which not in made:
            kind, path = archives[which]
            made[which] = import_archive(kind, path, partial=True, out=folder / which.replace(" ", "-"))
        return made[which]

    return imported


@pytest.mark.parametrize(
    "which", ["legacy", "zip", "v1_0", "tss file", "tss directory", "sss file", "sss directory"]
)  # fmt: skip
def test_every_number_of_the_records_is_in_the_table_and_no_other(archives, tables, which):
    kind, path = archives[which]
    records = plain_archive(path)
    table = tables(which)
    assert table.name == kind
    assert table.space.name == ("nats_size" if kind == "nats-sss" else "nasbench201")
    assert table.indices.tolist() == sorted(records)
    expected = walked(records)
    found = held(table)
    assert set(found) == set(expected)
    for column, moments in expected.items():
        assert found[column] == moments, column
    last = {column: moments[max(moments, key=lambda epoch: epoch or 0)] for column, moments in expected.items()}
    assert {column: stored.n for column, stored in table.index.columns.items()} == {
        column: len(values) for column, values in last.items()
    }


def test_the_runs_of_the_archives_vary(tables):
    """Else the tests of mixed runs test nothing."""
    table = tables("legacy")
    counts = [table.index.columns[Column("accuracy", "cifar100", "x-valid", 200, seed)].n for seed in (777, 888, 999)]
    assert 0 < min(counts) < max(counts)
    assert 1 in table.column(metric="params_disagree", dataset="cifar100", epochs=200)


@pytest.mark.parametrize("other", ["zip", "tss file", "tss directory"])
def test_containers_of_one_archive_give_one_table(tables, other):
    assert_same_tables(tables(other), tables("legacy"))


def test_file_and_directory_of_the_size_space_give_one_table(tables):
    assert_same_tables(tables("sss file"), tables("sss directory"))


def test_the_first_release_has_no_times(tables):
    table = tables("v1_0")
    assert {column.metric for column in table.columns} == {
        "accuracy", "accuracy_top5", "loss", "params_m", "macs_m", "params_disagree",
    }  # fmt: skip
    assert {(column.dataset, column.seed) for column in table.columns if column.epochs == 12 and column.seed} == {
        ("cifar10-valid", 777)
    }
    with pytest.raises(NotFound, match="the table has no train_time_s: it has accuracy, accuracy_top5, loss, macs_m"):
        table.column(metric="train_time_s", dataset="cifar10", epochs=200, seed=777)
    cost = table.cost(3, dataset="cifar10", epochs=200, seed=777)
    assert (cost.train_s, dict(cost.eval_s), cost.latency_s) == (None, {}, None)
    assert cost.params_m == table.column(metric="params_m", dataset="cifar10", epochs=200)[1]
    with pytest.raises(NotFound, match="no value for 3: that run is missing"):
        table.simulate(3, 200, dataset="cifar10-valid", epochs=200, seed=777)


def test_a_topology_archive_of_nats_bench_may_be_called_nasbench201(archives, tables, tmp_path):
    """It is the same space and the same form of records; the other way round too."""
    table = import_archive("nasbench201", archives["tss file"][1], partial=True, out=tmp_path / "table")
    assert table.name == "nasbench201"
    assert_same_tables(table, tables("tss file"))


def test_provenance_and_notes(archives, tables):
    import hashlib

    inputs = tables("legacy").index.provenance["inputs"]
    data = archives["legacy"][1].read_bytes()
    assert inputs["sha256"] == hashlib.sha256(data).hexdigest()
    assert (inputs["kind"], inputs["file"], inputs["files"]) == ("nasbench201", "NAS-Bench-201.pth", "1")
    assert str(archives["legacy"][1].parent) not in json.dumps(dict(tables("legacy").index.provenance))
    directory = tables("tss directory").index
    assert (directory.provenance["inputs"]["files"], "sha256" in directory.provenance["inputs"]) == ("7", False)
    assert directory.notes[0] == "SYNTHETIC: every number of this table is made up."
    assert any("ori-test is the union of x-valid and x-test" in note for note in directory.notes)


# objects of the official code


@pytest.fixture(scope="module")
def nats_bench():
    return pytest.importorskip("nats_bench", reason="the official API is not installed: benchtools[apis]")


@pytest.fixture(scope="module")
def nas_201_api():
    pytest.importorskip("torch", reason="nas_201_api needs torch, which is not installed")
    return pytest.importorskip("nas_201_api", reason="the official API is not installed: benchtools[apis]")


def as_dict(records, space="nasbench201", n_archs=None):
    """Return the dictionary of a whole archive; its list of architectures may be a start of the official one."""
    known = get_space(space)
    names = [known.to_string(index) for index in range(n_archs or known.size)]
    return {
        "meta_archs": names, "total_archs": len(names), "arch2infos": dict(records),
        "evaluated_indexes": set(records),
    }  # fmt: skip


@pytest.mark.parametrize(("space", "name"), [("tss", "nasbench201"), ("sss", "nats-sss")])
@pytest.mark.parametrize("form", ["file", "directory"])
def test_the_table_of_a_nats_bench_object(archives, tables, nats_bench, tmp_path, space, name, form):
    path = archives[f"{space} {form}"][1]
    api = nats_bench.create(str(path), space, fast_mode=form == "directory", verbose=False)
    if form == "directory":
        api.get_more_info(11, "cifar100", hp="12", is_random=False)  # one that is in memory already
    before = set(api.arch2infos_dict)
    table = Table.from_api(api, partial=True, out=tmp_path / "table")
    assert_same_tables(table, tables(f"{space} {form}"))
    assert table.name == name
    assert table.index.provenance["inputs"]["api"] == type(api).__module__ + "." + type(api).__name__
    assert set(api.arch2infos_dict) == before  # or a sweep would end with the whole archive in memory
    assert [path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == ["table"]


def test_the_table_of_a_nasbench201_object(archives, tables, nas_201_api, tmp_path):
    whole = as_dict(plain_archive(archives["legacy"][1]))
    api = nas_201_api.NASBench201API(whole, verbose=False)
    table = Table.from_api(api, partial=True, name="mine", out=tmp_path / "table")
    assert table.name == "mine"
    assert_same_tables(table, tables("legacy"))


def test_an_object_is_read_whole_or_refused(archives, nats_bench, tmp_path):
    path = archives["sss file"][1]
    api = nats_bench.create(str(path), "sss", fast_mode=False, verbose=False)
    with pytest.raises(
        StoreError, match=r"^32,762 of 32,768 architectures are missing, the first 1: get the API object"
    ):
        Table.from_api(api, out=tmp_path / "table")
    api.meta_archs[0], api.meta_archs[1] = api.meta_archs[1], api.meta_archs[0]
    with pytest.raises(StoreError, match="its architecture 0 is '8:8:8:8:16', in the official order it is '8:8:8:8:8'"):
        Table.from_api(api, partial=True, out=tmp_path / "table")
    api.meta_archs.clear()
    with pytest.raises(InvalidInput, match="the API object holds no architecture"):
        Table.from_api(api, partial=True, out=tmp_path / "table")
    for other in (object(), path, {"arch2infos": {}}):
        with pytest.raises(InvalidInput, match="is no official API object: give a NASBench201API, an object of nats_b"):
            Table.from_api(other, partial=True, out=tmp_path / "table")
    assert [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")] == []


def evaluations(message):
    """Return the three evaluations and the parameters in a ModelMetrics message of NAS-Bench-101, field by field."""
    found, place = [], 0
    while message[place] == 0x0A:
        assert message[place + 1] == 45  # five tags, five doubles
        numbers = struct.unpack("<bdbdbdbdbd", message[place + 2 : place + 47])
        assert numbers[::2] == (9, 17, 25, 33, 41)
        found.append(numbers[1::2])
        place += 47
    assert message[place] == 0x10
    parameters = shift = 0
    while True:
        place += 1
        parameters |= (message[place] & 0x7F) << shift
        shift += 7
        if message[place] < 0x80:
            return found, parameters


class NASBench:
    """Has the methods of `nasbench.api.NASBench` that give everything, over a file, which it reads itself."""

    def __init__(self, path):
        self.fixed, self.computed = {}, {}
        with open(path, "rb") as file:
            while head := file.read(12):
                row = json.loads(file.read(int.from_bytes(head[:8], "little")))
                file.read(4)
                digest, epochs, _, _, metrics = row
                moments, parameters = evaluations(base64.b64decode(metrics))
                self.fixed[digest] = {"trainable_parameters": parameters}
                computed = {}
                for moment, numbers in (("halfway", moments[1]), ("final", moments[2])):
                    names = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
                    computed |= {f"{moment}_{name}": value for name, value in zip(names, numbers[1:], strict=True)}
                self.computed.setdefault(digest, {}).setdefault(epochs, []).append(computed)

    def hash_iterator(self):
        return iter(self.fixed)

    def get_metrics_from_hash(self, digest):
        return copy.deepcopy((self.fixed[digest], self.computed[digest]))


def test_the_table_of_a_nasbench101_object(tmp_path):
    cells = [7, 40, 1_000, 423_623]
    path = write_nasbench101(tmp_path / "full.tfrecord", cells=cells, epochs=(4, 12, 36, 108))
    api = NASBench(path)
    imported = held(import_archive("nasbench101", path, partial=True, out=tmp_path / "imported"))
    table = Table.from_api(api, partial=True, out=tmp_path / "table")
    assert table.indices.tolist() == cells
    found = held(table)
    assert len(found) == 1 + 4 * 3 * (3 + 1)  # parameters; epochs x repeats x (three accuracies and the time)
    for column, moments in found.items():
        for after, values in moments.items():
            assert imported[column][after] == values, column
        assert set(moments) == ({None} if column.metric == "params_m" else {column.epochs // 2, column.epochs})
    digest = table.space.to_string(7)
    place = {"dataset": "cifar10", "epochs": 36, "seed": 2}
    final = api.computed[digest][36][2]
    assert table.column(split="valid", **place)[0] == 100.0 * final["final_validation_accuracy"]
    assert table.column(split="test", after=18, **place)[0] == 100.0 * final["halfway_test_accuracy"]
    assert table.column(metric="train_time_s", **place)[0] == final["final_training_time"]
    assert table.column(metric="params_m", dataset="cifar10")[0] == api.fixed[digest]["trainable_parameters"] / 1e6


def test_a_nasbench101_object_with_a_time_that_is_none(tmp_path):
    api = NASBench(write_nasbench101(tmp_path / "x.tfrecord", cells=[7]))
    (digest,) = api.fixed
    api.computed[digest][108][1]["final_training_time"] = float("nan")
    with pytest.raises(StoreError, match=f"cell {digest} has a training time that is not finite"):
        Table.from_api(api, partial=True, out=tmp_path / "table")
    api.computed[digest][108][1]["final_training_time"] = 1.0
    api.computed[digest][108][2]["final_test_accuracy"] = 1.5
    with pytest.raises(
        StoreError, match=r"architecture 7 has cifar10/test/108/2 after 108 epochs = 150\.0: accuracies"
    ):
        Table.from_api(api, partial=True, out=tmp_path / "table")


# archives that a test writes itself


def record_of(index=11, *, space="sss", datasets=("cifar100",), schedules=("12",), seeds=(777,)):
    """Return a small record of the official form: some data sets, schedules and runs of a synthetic one."""
    whole = nats_record(index, space=space, n_seeds=3, rng=1)
    record = {}
    for schedule in schedules:
        state = dict(whole[schedule])
        state["all_results"] = {
            key: copy.deepcopy(trial) for key, trial in state["all_results"].items()
            if key[0] in datasets and key[1] in seeds
        }  # fmt: skip
        state["dataset_seed"] = {
            name: [seed for seed in seeds if (name, seed) in state["all_results"]] for name in datasets
        }
        record[schedule] = state
    return record


def write_records(path, records, space="nats_size", **changes):
    """Write a file of NATS-Bench with these records."""
    path.write_bytes(bz2.compress(pickle.dumps(as_dict(records, space, 64) | changes, 4)))
    return path


@pytest.fixture
def imported(tmp_path):
    """Return a function that imports records of the size space from a file."""

    def make(records, kind="nats-sss", **changes):
        space = "nats_size" if kind == "nats-sss" else "nasbench201"
        path = write_records(tmp_path / "small.pickle.pbz2", records, space, **changes)
        return import_archive(kind, path, partial=True, out=tmp_path / "table")

    return make


def left_over(folder):
    written = {"small.pickle.pbz2", ".table.lock", "some.tfrecord.SYNTHETIC.txt"}
    return sorted({path.name for path in folder.iterdir()} - written)


def test_epochs_that_were_not_recorded_are_left_out(imported):
    """In one architecture only, in all of them, and in another order: never filled in."""
    first, second = record_of(3), record_of(11)
    for record, gone in ((first, (0, 4)), (second, (4,))):
        trial = record["12"]["all_results"]["cifar100", 777]
        for epoch in gone:
            del trial["eval_acc1es"][f"x-valid@{epoch}"]
            del trial["train_losses"][epoch]
    second["12"]["all_results"]["cifar100", 777]["train_losses"] = dict(
        reversed(second["12"]["all_results"]["cifar100", 777]["train_losses"].items())
    )
    table = imported({3: first, 11: second})
    assert held(table) == walked({3: first, 11: second})
    column = Column("accuracy", "cifar100", "x-valid", 12, 777)
    assert table.index.columns[column].epochs == (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)
    place = {"dataset": "cifar100", "split": "x-valid", "epochs": 12, "seed": 777}
    assert np.isnan(table.column(after=1, **place)).tolist() == [True, False]
    with pytest.raises(NotFound, match=r"777 was recorded after 1-4, 6-12 epochs, not after 5$"):
        table.column(after=5, **place)
    assert table.curve(3, **place).after.tolist() == [2, 3, 4, 6, 7, 8, 9, 10, 11, 12]


def test_times_that_vary_are_kept_by_epoch(imported):
    first, second = record_of(3), record_of(11)
    trial = second["12"]["all_results"]["cifar100", 777]
    trial["train_times"] = {epoch: 10.0 + 0.1 * epoch for epoch in range(12)}
    trial["eval_times"] |= {f"x-test@{epoch}": 1.0 + 0.3 * epoch for epoch in range(12)}
    table = imported({3: first, 11: second})
    assert held(table)[Column("train_time_s", "cifar100", None, 12, 777)] == {
        None: {3: sum(first["12"]["all_results"]["cifar100", 777]["train_times"].values()),
               11: sum(trial["train_times"].values())}
    }  # fmt: skip
    times = held(table)[Column("epoch_time_s", "cifar100", None, 12, 777)]
    (each,) = set(first["12"]["all_results"]["cifar100", 777]["train_times"].values())
    assert times == {epoch + 1: {3: each, 11: 10.0 + 0.1 * epoch} for epoch in range(12)}
    cost = table.cost(11, dataset="cifar100", epochs=12, seed=777, after=3)
    assert cost.train_s == 10.0 + (10.0 + 0.1 * 1) + (10.0 + 0.1 * 2)
    assert cost.eval_s["x-test"] == (1.0 + (1.0 + 0.3 * 1) + (1.0 + 0.3 * 2)) / 3
    first = table.cost(11, dataset="cifar100", epochs=12, seed=777, after=1)
    assert (first.train_s, first.eval_s["x-test"]) == (10.0, 1.0)


@pytest.mark.parametrize("latency", [None, [], [-1.0], [0.0]])
def test_a_latency_that_was_not_measured_is_none(imported, latency):
    record = record_of()
    record["12"]["all_results"]["cifar100", 777]["latency"] = latency
    table = imported({11: record})
    assert "latency_s" not in {column.metric for column in table.columns}
    assert table.cost(11, dataset="cifar100", epochs=12, seed=777).latency_s is None


def test_parameters_of_runs_that_disagree(imported, nats_bench):
    """Seed 888's where the runs differ in five decimals, their mean where in later ones, and a flag that says so."""
    records = {index: record_of(index, seeds=(777, 888, 999)) for index in (3, 11, 12, 13)}
    records[14] = record_of(14, seeds=(777, 999))
    changes = {3: 0.0, 11: 0.5, 12: 4e-7, 14: 0.25}
    for index, change in changes.items():
        trial = records[index]["12"]["all_results"]["cifar100", 777]
        trial["params"] = np.float64(0.125 + index) + change
        trial["flop"] = 2.5 + 3 * change
        for seed in (888, 999):
            if ("cifar100", seed) in records[index]["12"]["all_results"]:
                records[index]["12"]["all_results"]["cifar100", seed] |= {
                    "params": np.float64(0.125 + index),
                    "flop": 2.5,
                }
    records[13]["12"]["all_results"]["cifar100", 888]["flop"] += 1.0  # MACs alone differ
    table = imported(records)
    assert held(table) == walked(records)
    place = {"dataset": "cifar100", "epochs": 12}
    assert table.column(metric="params_disagree", **place).tolist() == [0, 1, 0, 0, 1]
    params, macs = (table.column(metric=metric, **place).tolist() for metric in ("params_m", "macs_m"))
    assert (params[0], params[1]) == (3.125, 11.125)
    assert params[2] == (12.125 + 4e-7 + 12.125 + 12.125) / 3 != 12.125
    assert np.isnan(params[4])
    assert macs[3] == records[13]["12"]["all_results"]["cifar100", 888]["flop"]

    api = nats_bench.create(as_dict(records, "nats_size"), "sss", fast_mode=False, verbose=False)
    for row, index in enumerate((3, 11, 12, 13)):
        theirs = api.get_cost_info(index, "cifar100", hp="12")
        assert (params[row], macs[row]) == (theirs["params"], theirs["flops"])
        cost = table.cost(index, dataset="cifar100", epochs=12, seed="mean")
        assert (cost.params_m, cost.macs_m) == (theirs["params"], theirs["flops"])
        assert cost.params_disagree is (index == 11)
    with pytest.raises(ValueError, match="888 is not in list"):
        api.get_cost_info(14, "cifar100", hp="12")
    assert table.cost(14, dataset="cifar100", epochs=12, seed=777).params_m is None


def test_the_parameters_of_mixed_archives_are_the_official_ones(archives, tables, nats_bench):
    api = nats_bench.create(str(archives["tss file"][1]), "tss", fast_mode=False, verbose=False)
    table = tables("tss file")
    for index in ARCHS:
        for dataset in ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120"):
            for epochs in (12, 200):
                theirs = api.get_cost_info(index, dataset, hp=str(epochs))
                ours = table.cost(index, dataset=dataset, epochs=epochs, seed="mean")
                assert (ours.params_m, ours.macs_m, ours.latency_s, ours.train_s) == (
                    theirs["params"], theirs["flops"], theirs["latency"], theirs["T-train@total"],
                )  # fmt: skip


# what is missing


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ("legacy", r"15,619 of 15,625 architectures are missing, the first 1: get NAS-Bench-201.pth again, or import "
         r"what is there with --partial \(partial=True\)"),
        ("tss directory", r"15,619 of 15,625 architectures are missing, the first 1: get NATS-tss-simple again"),
        ("sss file", r"32,762 of 32,768 architectures are missing, the first 1: get NATS-sss.pickle.pbz2 again"),
    ],
)  # fmt: skip
def test_an_archive_that_is_not_whole_needs_partial(archives, tmp_path, which, message):
    kind, path = archives[which]
    with pytest.raises(StoreError, match=message):
        import_archive(kind, path, out=tmp_path / "table")
    assert left_over(tmp_path) == []


def test_a_nasbench101_file_that_is_not_whole_needs_partial(tmp_path):
    path = write_nasbench101(tmp_path / "some.tfrecord", cells=[0, 1, 5])
    with pytest.raises(
        StoreError, match=r"423,621 of 423,624 architectures are missing, the first 2: get some.tfrecord"
    ):
        import_archive("nasbench101", path, out=tmp_path / "table")
    assert left_over(tmp_path) == ["some.tfrecord"]
    assert import_archive("nasbench101", path, partial=True, out=tmp_path / "table").indices.tolist() == [0, 1, 5]


# what is no such archive


def test_archives_of_another_kind(archives, tmp_path):
    csv = tmp_path / "scores.csv"
    csv.write_text("arch,acc\n1,50\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.pth").write_bytes(b"")
    nb101 = tmp_path / "nb101.tfrecord"
    nb101.write_bytes(struct.pack("<Q", 400) + bytes(408))  # the frame of a record
    cases = [
        ("nats-tss", archives["sss file"][1], StoreError, r"record of 0 '8:8:8:8:8', not of 0 '\|avg_pool_3x3"),
        ("nats-sss", archives["tss file"][1], StoreError, r"record of 0 '\|avg_pool_3x3.*, not of 0 '8:8:8:8:8'"),
        ("nats-tss", archives["sss directory"][1], StoreError, r"meta.pickle.pbz2 .* architecture 0 is '8:8:8:8:8', "
         r"in the official order it is '\|avg_pool_3x3~0.*it is of another space, or in another order"),
        ("nats-sss", archives["tss directory"][1], StoreError, r"architecture 0 is '\|avg_pool_3x3.*of another space"),
        ("nasbench201", archives["sss directory"][1], StoreError, "architecture 0 is '8:8:8:8:8', in the official"),
        ("nasbench101", archives["legacy"][1], InvalidInput, r"NAS-Bench-201.pth is no TFRecord file"),
        ("nasbench101", archives["tss file"][1], InvalidInput, "NATS-tss.pickle.pbz2 is no TFRecord file"),
        ("nasbench101", archives["tss directory"][1], InvalidInput, r"NATS-tss-simple is a directory: give the path of "
         "nasbench_only108.tfrecord or nasbench_full.tfrecord"),
        ("nasbench101", csv, InvalidInput, "scores.csv is no TFRecord file"),
        ("nats-tss", csv, InvalidInput, "scores.csv is neither a bz2 pickle nor a file of torch.save: it starts with"),
        ("nasbench201", nb101, InvalidInput, "nb101.tfrecord is neither a bz2 pickle nor a file of torch.save"),
        ("nats-tss", tmp_path / "empty", InvalidInput, "empty is no directory of NATS-Bench: it has no meta.p"),
        ("nasbench201", tmp_path / "nothing.pth", StoreError, "nothing.pth cannot be read: it is empty"),
        ("nasbench101", tmp_path / "nothing.pth", StoreError, "nothing.pth cannot be read: it is empty"),
        ("nats-tss", archives["tss directory"][1] / "000011.pickle.pbz2", InvalidInput, "000011.pickle.pbz2 is no "
         "archive of NAS-Bench-201 or NATS-Bench: it lacks meta_archs, arch2infos or evaluated_indexes"),
        ("nats-tss", tmp_path / "none.pbz2", NotFound, "none.pbz2 does not exist: give the path of NATS-tss-v1_0"),
        ("nats", csv, NotFound, "no archive is of kind 'nats': there is nasbench201, .*Did you mean 'nats-tss'"),
    ]  # fmt: skip
    for kind, path, error, message in cases:
        with pytest.raises(error, match=message):
            import_archive(kind, path, partial=True, out=tmp_path / "table")
    assert left_over(tmp_path) == ["empty", "nb101.tfrecord", "nothing.pth", "scores.csv"]


def test_files_that_are_cut_off_or_longer(archives, tmp_path):
    legacy, nats = archives["legacy"][1].read_bytes(), archives["sss file"][1].read_bytes()
    for kind, name, data, message in (
        ("nasbench201", "cut.pth", legacy[:-300], r"cut.pth cannot be read: the pickle is cut off or damaged"),
        ("nats-sss", "cut.pbz2", nats[:-300], r"cut.pbz2 cannot be read: the pickle is cut off or damaged"),
        ("nasbench201", "more.pth", legacy + b"x", "more.pth cannot be read: something follows after its end"),
        (
            "nats-sss",
            "more.pbz2",
            nats + bz2.compress(b"x"),
            "more.pbz2 cannot be read: something follows after its end",
        ),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(StoreError, match=message):
            import_archive(kind, tmp_path / name, partial=True, out=tmp_path / "table")
    assert left_over(tmp_path) == ["cut.pbz2", "cut.pth", "more.pbz2", "more.pth"]


# directories


@pytest.fixture
def directory(tmp_path):
    """Write a directory of NATS-Bench with small records of architectures 3, 11 and 12."""
    folder = tmp_path / "NATS-sss-simple"
    folder.mkdir()
    meta = as_dict({}, "nats_size", 64) | {"arch2infos": None}
    (folder / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(meta, 4)))
    for index in (3, 11, 12):
        (folder / f"{index:06d}.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps(record_of(index), 4)))
    return folder


def test_what_may_lie_in_a_directory(directory, tmp_path):
    """Names without zeros, which the official code looks for too, and files that are no pickles."""
    (directory / "000011.pickle.pbz2").rename(directory / "11.pickle.pbz2")
    (directory / "README.txt").write_text("kept")
    table = import_archive("nats-sss", directory, partial=True, out=tmp_path / "table")
    assert held(table) == walked({index: record_of(index) for index in (3, 11, 12)})
    assert table.index.provenance["inputs"]["files"] == "4"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda d: (d / "000012.pickle.pbz2").rename(d / "000013.pickle.pbz2"), StoreError,
         "000013.pickle.pbz2 cannot be read: architecture 13, schedule 12: it is the record of 12 '8:8:8:16:40', not "
         "of 13 '8:8:8:16:48'"),
        (lambda d: shutil.copy(d / "000012.pickle.pbz2", d / "12.pickle.pbz2"), StoreError,
         "NATS-sss-simple has architecture 12 twice: 000012.pickle.pbz2 and 12.pickle.pbz2"),
        (lambda d: shutil.copy(d / "000012.pickle.pbz2", d / "032768.pickle.pbz2"), StoreError,
         "NATS-sss-simple has a file 032768.pickle.pbz2 that is no record: move it away"),
        (lambda d: shutil.copy(d / "000012.pickle.pbz2", d / "000012 (1).pickle.pbz2"), StoreError,
         r"has a file 000012 \(1\).pickle.pbz2 that is no record: move it away"),
        (lambda d: (d / "000012.pickle.pbz2").write_bytes(b""), StoreError,
         "000012.pickle.pbz2 cannot be read: it is empty"),
        (lambda d: (d / "000012.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps([1]))), StoreError,
         "000012.pickle.pbz2 cannot be read: the record of architecture 12 holds no training schedule"),
        (lambda d: (d / "meta.pickle.pbz2").unlink(), InvalidInput,
         "no directory of NATS-Bench: it has no meta.pickle.pbz2. Give the unpacked '-simple' directory"),
        (lambda d: (d / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps([]))), StoreError,
         "meta.pickle.pbz2 cannot be read: it is no list of architectures"),
        (lambda d: (d / "meta.pickle.pbz2").write_bytes(bz2.compress(pickle.dumps({"meta_archs": []}))), StoreError,
         "meta.pickle.pbz2 cannot be read: meta_archs is no list of the space's architectures"),
        (lambda d: [(d / f"{i:06d}.pickle.pbz2").unlink() for i in (3, 11, 12)], StoreError,
         "NATS-sss-simple cannot be read: it holds no architecture"),
    ],
    ids=["renamed", "twice", "outside", "copy", "empty", "no record", "no meta", "bad meta", "empty meta", "none"],
)  # fmt: skip
def test_directories_with_files_that_do_not_belong(directory, tmp_path, change, error, message):
    change(directory)
    with pytest.raises(error, match=message):
        import_archive("nats-sss", directory, partial=True, out=tmp_path / "table")
    assert left_over(tmp_path) == ["NATS-sss-simple"]


def test_an_error_in_another_process_is_the_same_error(directory, tmp_path, monkeypatch):
    monkeypatch.setattr(nats_module, "BLOCK", 1)  # as many blocks as files, so that several processes read them
    monkeypatch.setattr(nats_module.os, "sched_getaffinity", lambda _: {0, 1})
    table = import_archive("nats-sss", directory, partial=True, out=tmp_path / "table")
    assert held(table) == walked({index: record_of(index) for index in (3, 11, 12)})
    (directory / "000012.pickle.pbz2").write_bytes(b"BZh9 no")
    with pytest.raises(StoreError, match=r"000012.pickle.pbz2 (cannot be read|is damaged)"):
        import_archive("nats-sss", directory, partial=True, out=tmp_path / "table")
    assert left_over(tmp_path) == ["NATS-sss-simple", "table"]


# records that contradict themselves


TRIAL = ("12", "all_results", ("cifar100", 777))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            (*TRIAL, "train_acc1es", 2),
            float("nan"),
            r"cifar100/train/12/777 after 3 epochs = nan: accuracies are 0 to 100 %",
        ),
        (
            (*TRIAL, "train_acc1es", 2),
            100.5,
            r"has cifar100/train/12/777 after 3 epochs = 100.5: accuracies are 0 to 100 %",
        ),
        (
            (*TRIAL, "train_acc5es", 11),
            -0.1,
            r"accuracy_top5:cifar100/train/12/777 after 12 epochs = -0.1: accuracies are 0",
        ),
        (
            (*TRIAL, "eval_acc1es", "x-test@0"),
            1e9,
            r"cifar100/x-test/12/777 after 1 epochs = 1000000000.0: accuracies are 0",
        ),
        ((*TRIAL, "eval_acc1es", "x-test@0"), "50", r"cifar100, seed 777, eval_acc1es: a value is no number"),
        (
            (*TRIAL, "eval_losses", "x-test@4"),
            float("inf"),
            r"loss:cifar100/x-test/12/777 after 5 epochs = inf: finite num",
        ),
        ((*TRIAL, "train_losses", 4), True, r"train_losses: a value is no number"),
        ((*TRIAL, "train_losses", 4), None, r"train_losses: a value is no number"),
        (
            (*TRIAL, "train_times", 4),
            -1.0,
            r"epoch_time_s:cifar100/-/12/777 after 5 epochs = -1.0: finite numbers from 0",
        ),
        ((*TRIAL, "eval_times", "ori-test@11"), -1.0, r"eval_time_s:cifar100/ori-test/12/777 after 12 epochs = -1.0"),
        (
            (*TRIAL, "params"),
            -1.0,
            r"architecture 11 has params_m:cifar100/-/12/777 = -1.0: finite numbers from 0 are valid",
        ),
        ((*TRIAL, "params"), "1.0", r"architecture 11, schedule 12, cifar100, seed 777, params: '1.0' is no number"),
        ((*TRIAL, "flop"), None, r"seed 777, flop: None is no number"),
        ((*TRIAL, "flop"), float("nan"), r"macs_m:cifar100/-/12/777 = nan"),
        ((*TRIAL, "latency"), 0.1, r"latency: 0.1 is no list of seconds"),
        ((*TRIAL, "latency"), ["fast"], r"latency: \['fast'\] is no list of seconds"),
        ((*TRIAL, "epochs"), 13, r"cifar100, seed 777: the trial says 'cifar100', seed '0777', 13 epochs"),
        ((*TRIAL, "seed"), "0778", r"cifar100, seed 777: the trial says 'cifar100', seed '0778', 12 epochs"),
        ((*TRIAL, "name"), "cifar10", r"cifar100, seed 777: the trial says 'cifar10', seed '0777', 12 epochs"),
        ((*TRIAL, "train_acc1es", 12), 50.0, r"train_acc1es: its keys are not epochs 0..11, each once"),
        ((*TRIAL, "train_acc1es", -1), 50.0, r"train_acc1es: its keys are not epochs 0..11, each once"),
        ((*TRIAL, "train_acc1es", "3"), 50.0, r"train_acc1es: its keys are not epochs 0..11, each once"),
        ((*TRIAL, "train_acc1es"), {}, r"train_acc1es: its keys are not epochs 0..11, each once"),
        ((*TRIAL, "train_acc1es"), [50.0], r"train_acc1es: list instead of numbers by epoch"),
        ((*TRIAL, "eval_acc1es"), None, r"eval_acc1es: NoneType instead of numbers by epoch"),
        ((*TRIAL, "eval_acc1es", "x-test@12"), 5.0, r"key 'x-test@12' is not set@epoch with an epoch in 0..11"),
        ((*TRIAL, "eval_acc1es", "x-test@-1"), 5.0, r"key 'x-test@-1' is not set@epoch"),
        ((*TRIAL, "eval_acc1es", "x-test@٣"), 5.0, r"is not set@epoch"),
        ((*TRIAL, "eval_acc1es", "x-test"), 5.0, r"key 'x-test' is not set@epoch"),
        ((*TRIAL, "eval_acc1es", "@3"), 5.0, r"key '@3' is not set@epoch"),
        ((*TRIAL, "eval_acc1es", "train@3"), 5.0, r"its set is called 'train'"),
        ((*TRIAL, "eval_acc1es", "x/y@3"), 5.0, r"its set is called 'x/y'"),
        ((*TRIAL, "eval_acc1es", "x-test@03"), 5.0, r"it has 'x-test@03' twice"),
        ((*TRIAL,), None, r"schedule 12, cifar100, seed 777: NoneType instead of a dictionary of fields"),
        (
            ("12", "all_results"),
            [],
            r"architecture 11, schedule 12, all_results: list instead of a dictionary of fields",
        ),
        (("12", "all_results", ("cifar10", 777)), {}, r"schedule 12: the trials are not those that dataset_seed lists"),
        (("12", "dataset_seed"), {"cifar100": [777, 888]}, r"the trials are not those that dataset_seed lists"),
        (("12", "dataset_seed"), {"cifar100": [777, 777]}, r"the trials are not those that dataset_seed lists"),
        (("12", "dataset_seed"), {}, r"the trials are not those that dataset_seed lists"),
        (("12", "arch_index"), 12, r"schedule 12: it is the record of 12 '8:8:8:16:32', not of 11 '8:8:8:16:32'"),
        (
            ("12", "arch_str"),
            "8:8:8:8:8",
            r"it is the record of 11 '8:8:8:8:8', not of 11 '8:8:8:16:32': are the archit",
        ),
        (("13",), {}, r"architecture 11 has a schedule '13': known are less, full, 01, 12, 90, 200"),
        (("12",), None, r"architecture 11, schedule 12: NoneType instead of a dictionary of fields"),
    ],
)
def test_records_that_are_not_as_the_official_code_writes_them(imported, tmp_path, path, value, message):
    record = record_of()
    inner = record
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(
        StoreError, match=r"^small.pickle.pbz2 cannot be read: .*" + message + ".*; nothing was imported$"
    ):
        imported({11: record})
    assert left_over(tmp_path) == []


def test_a_trial_of_a_name_that_is_none(imported, tmp_path):
    record = record_of()
    for seeds in (["777"], [777.0], [True], [-1], 777):
        record["12"]["dataset_seed"] = {"cifar100": seeds}
        with pytest.raises(StoreError, match=r"the seeds of cifar100 are .*, not whole numbers from 0"):
            imported({11: record})
    for empty in ({}, [], None):
        with pytest.raises(StoreError, match="the record of architecture 11 holds no training schedule"):
            imported({11: empty})
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("seed", ["777", 777, "0777"])
def test_forms_of_the_seed_that_are_right(imported, seed):
    record = record_of()
    record["12"]["all_results"]["cifar100", 777]["seed"] = seed
    assert held(imported({11: record})) == walked({11: record_of()})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"evaluated_indexes": {3}}, StoreError, "evaluated_indexes does not list the architectures that it has"),
        ({"evaluated_indexes": None}, StoreError, "evaluated_indexes does not list the architectures that it has"),
        ({"meta_archs": []}, StoreError, "meta_archs is no list of the space's architectures"),
        ({"meta_archs": None}, StoreError, "meta_archs is no list of the space's architectures"),
        ({"meta_archs": ["8:8:8:8:16", "8:8:8:8:8"]}, StoreError, "its architecture 0 is '8:8:8:8:16', in the official "
         "order it is '8:8:8:8:8': it is of another space, or in another order"),
        ({"meta_archs": ["8:8:8:8:8", "8:8:8:8:16", 7]}, StoreError, "its architecture 2 is 7, in the official order"),
        ({"meta_archs": [*as_dict({}, "nats_size")["meta_archs"], "x"]}, StoreError,
         "it lists 32,769 architectures, the space has 32,768"),
        ({"arch2infos": {}, "evaluated_indexes": []}, StoreError, "small.pickle.pbz2 cannot be read: it holds no arch"),
        ({"arch2infos": {32_768: {}}}, StoreError, r"it has an architecture 32768: nats_size has 0..32767"),
        ({"arch2infos": {"11": {}}}, StoreError, r"it has an architecture '11': nats_size has 0..32767"),
        ({"arch2infos": {True: {}}}, StoreError, r"it has an architecture True: nats_size has 0..32767"),
    ],
)  # fmt: skip
def test_files_that_contradict_themselves(imported, tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        imported({11: record_of()}, **changes)
    assert left_over(tmp_path) == []


def test_a_file_without_its_lists(tmp_path):
    for gone in ("meta_archs", "arch2infos", "evaluated_indexes"):
        whole = as_dict({11: record_of()}, "nats_size", 64)
        del whole[gone]
        path = tmp_path / "small.pickle.pbz2"
        path.write_bytes(bz2.compress(pickle.dumps(whole, 4)))
        with pytest.raises(
            InvalidInput, match=r"small.pickle.pbz2 is no archive of NAS-Bench-201 or NATS-Bench: it lacks"
        ):
            import_archive("nats-sss", path, partial=True, out=tmp_path / "table")
    assert left_over(tmp_path) == []
