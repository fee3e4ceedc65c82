"""SYNTHETIC archives: laid out as the published ones, readable by the official code, and all numbers made up."""

import bz2
import pickle
import pickletools
import struct
import subprocess
import sys
import zipfile
from collections import Counter

import numpy as np
import pytest

import benchtools.testing._synthetic_write as writing
from benchtools.errors import InvalidInput
from benchtools.spaces import get_space
from benchtools.testing import nats_record, write_nasbench201, write_nats_directory, write_nats_file
from benchtools.testing.synthetic import main

SPACES = {"tss": "nasbench201", "sss": "nats_size"}
CHOSEN = [0, 11, 284, 1200]

# of architecture 11 in NATS-tss-v1_0-3ffb9-simple and NATS-sss-v1_0-50262-simple
PUBLISHED = {
    "tss": (
        325_802,
        {
            "PROTO": 1, "FRAME": 5, "SHORT_BINUNICODE": 10_420, "MEMOIZE": 10_735, "STACK_GLOBAL": 3,
            "EMPTY_TUPLE": 18, "REDUCE": 53, "MARK": 167, "EMPTY_DICT": 130, "BININT1": 7522, "BININT2": 26,
            "TUPLE2": 51, "BINGET": 686, "BINFLOAT": 18_083, "SETITEMS": 148, "TUPLE3": 1, "NONE": 32, "BININT": 2,
            "TUPLE": 1, "BUILD": 1, "SHORT_BINBYTES": 34, "EMPTY_LIST": 42, "APPEND": 24, "APPENDS": 18,
            "LONG_BINGET": 79, "NEWTRUE": 2, "STOP": 1,
        },
    ),
    "sss": (
        83_907,
        {
            "PROTO": 1, "FRAME": 2, "SHORT_BINUNICODE": 1239, "MEMOIZE": 1627, "STACK_GLOBAL": 3, "EMPTY_TUPLE": 21,
            "REDUCE": 62, "MARK": 191, "EMPTY_DICT": 169, "BININT1": 2079, "BININT2": 40, "TUPLE2": 60, "BINGET": 744,
            "BINFLOAT": 5481, "SETITEM": 19, "SETITEMS": 171, "TUPLE3": 1, "NONE": 23, "BININT": 2, "TUPLE": 1,
            "BUILD": 1, "SHORT_BINBYTES": 40, "EMPTY_LIST": 52, "APPEND": 33, "APPENDS": 19, "NEWTRUE": 3,
            "LONG_BINGET": 2190, "STOP": 1,
        },
    ),
}  # fmt: skip


def by_hp(record):
    return {"12": record["less"], "200": record["full"]}


def legacy_parts(path):
    """Return the five objects of a legacy file of torch, and the bytes of the fourth."""
    with path.open("rb") as file:
        parts = [pickle.load(file) for _ in range(3)]
        start = file.tell()
        parts.append(pickle.load(file))
        end = file.tell()
        parts.append(pickle.load(file))
        assert not file.read()
        file.seek(start)
        return parts, file.read(end - start)


def opcodes(raw):
    """Return the opcodes with their arguments, as older NumPy wrote them and without frames."""
    older = {"NEWFALSE": ("BININT1", 0), "NEWTRUE": ("BININT1", 1)}
    found = []
    for opcode, argument, _ in pickletools.genops(raw):
        given = argument.replace("numpy._core", "numpy.core") if isinstance(argument, str) else argument
        if opcode.name != "FRAME":
            found.append(older.get(opcode.name, (opcode.name, given)))
    return found


@pytest.mark.parametrize("space", SPACES)
def test_a_record_has_the_shape_of_the_published_one(tmp_path, space):
    folder = write_nats_directory(tmp_path / space, space=space, n_archs=[11], n_seeds=3)
    packed = (folder / "000011.pickle.pbz2").read_bytes()
    raw = bz2.decompress(packed)
    size, counts = PUBLISHED[space]
    assert len(raw) == size
    assert Counter(opcode.name for opcode, _, _ in pickletools.genops(raw)) == counts
    assert 0.9 < len(packed) / {"tss": 85_220, "sss": 34_486}[space] < 1.1  # the numbers carry as much information


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("n_seeds", [1, 3])
def test_the_directory_holds_the_records(tmp_path, space, n_seeds):
    folder = write_nats_directory(tmp_path, space=space, n_archs=CHOSEN, n_seeds=n_seeds, rng=4)
    assert "SYNTHETIC" in (folder / "SYNTHETIC.txt").read_text()
    assert len(list(folder.glob("*.pbz2"))) == len(CHOSEN) + 1
    for index in CHOSEN:
        found = pickle.loads(bz2.decompress((folder / f"{index:06d}.pickle.pbz2").read_bytes()))
        assert found == nats_record(index, space=space, n_seeds=n_seeds, rng=4)
        assert found["12"]["arch_str"] == get_space(SPACES[space]).to_string(index)
    meta = pickle.loads(bz2.decompress((folder / "meta.pickle.pbz2").read_bytes()))
    whole = get_space(SPACES[space])
    assert meta == {
        "meta_archs": [whole.to_string(index) for index in range(whole.size)],
        "total_archs": whole.size,
        "arch2infos": None,
        "evaluated_indexes": set(),
    }


@pytest.mark.parametrize("space", SPACES)
def test_the_single_file_holds_the_records(tmp_path, space):
    path = write_nats_file(tmp_path / "a.pickle.pbz2", space=space, n_archs=CHOSEN, n_seeds=2)
    held = pickle.loads(bz2.decompress(path.read_bytes()))
    assert list(held) == ["meta_archs", "total_archs", "arch2infos", "evaluated_indexes"]
    assert held["evaluated_indexes"] == set(CHOSEN)
    assert held["arch2infos"] == {index: nats_record(index, space=space, n_seeds=2) for index in CHOSEN}


@pytest.mark.parametrize("container", ["legacy", "zip"])
@pytest.mark.parametrize("mixed_seeds", [False, True])
def test_the_torch_file_holds_the_records(tmp_path, container, mixed_seeds):
    path = write_nasbench201(tmp_path / "a.pth", n_archs=CHOSEN, mixed_seeds=mixed_seeds, container=container)
    assert "SYNTHETIC" in (tmp_path / "a.pth.SYNTHETIC.txt").read_text()
    if container == "legacy":
        (magic, protocol, system, held, storages), _ = legacy_parts(path)
        assert (magic, protocol, system["little_endian"], storages) == (0x1950A86A20F9469CFC6C, 1001, True, [])
    else:
        with zipfile.ZipFile(path) as archive:
            assert archive.read("archive/version") == b"3\n"
            assert archive.testzip() is None
            held = pickle.loads(archive.read("archive/data.pkl"))
    assert held["evaluated_indexes"] == CHOSEN
    for index, record in held["arch2infos"].items():
        assert by_hp(record) == nats_record(index, n_seeds=1, mixed_seeds=mixed_seeds)
        assert list(record["full"]["all_results"]["cifar10", record["full"]["dataset_seed"]["cifar10"][0]])[1] == (
            "net_state_dict"
        )


def test_members_of_the_zip_are_aligned(tmp_path):
    path = write_nasbench201(tmp_path / "a.pth", n_archs=1, container="zip")
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            start = member.header_offset
            name, extra = struct.unpack("<HH", raw[start + 26 : start + 30])
            assert (start + 30 + name + extra) % 64 == 0
            assert member.compress_type == zipfile.ZIP_STORED


@pytest.mark.parametrize("n_archs", [1, 3])
def test_opcodes_are_those_of_the_standard_pickler(tmp_path, n_archs):
    """An oracle: what was read, written again by CPython, but for the names of NumPy 2."""
    path = write_nasbench201(tmp_path / "a.pth", n_archs=n_archs, mixed_seeds=True)
    parts, raw = legacy_parts(path)
    assert opcodes(raw) == opcodes(pickle.dumps(parts[3], 2))
    path = write_nats_file(tmp_path / "a.pickle.pbz2", space="sss", n_archs=n_archs)
    raw = bz2.decompress(path.read_bytes())
    assert opcodes(raw) == opcodes(pickle.dumps(pickle.loads(raw), 4))


def test_containers_of_more_than_a_batch(tmp_path, monkeypatch):
    """Python cuts dictionaries at 1000 items; here at 2, so that few architectures are enough."""
    for module in ("_synthetic_files", "_synthetic_pickle"):
        monkeypatch.setattr(f"benchtools.testing.{module}.BATCH", 2)
    for n_archs in (2, 3, 4):
        parts, _ = legacy_parts(write_nasbench201(tmp_path / "a.pth", n_archs=n_archs))
        assert list(parts[3]["arch2infos"]) == list(range(n_archs)) == parts[3]["evaluated_indexes"]


def test_equal_calls_give_equal_bytes(tmp_path):
    def made(name, **options):
        return write_nasbench201(tmp_path / name, n_archs=3, **options).read_bytes()

    assert made("a") == made("b") == made("c", rng=0)
    assert made("a") != made("d", rng=1)
    assert made("e", container="zip") == made("f", container="zip")


def test_numbers_depend_on_space_index_and_rng_alone(tmp_path):
    one, three = nats_record(7, n_seeds=1, rng=2), nats_record(7, n_seeds=3, rng=2)
    key = ("cifar100", 777)
    assert one["200"]["all_results"][key] == three["200"]["all_results"][key]
    assert one["12"] == three["12"] != nats_record(7, rng=3)["12"]
    assert nats_record(7, rng=np.random.default_rng(5)) == nats_record(7, rng=np.random.default_rng(5))


def test_processes_write_what_one_does(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 2)
    calls = []
    options = {"space": "sss", "n_archs": 4, "n_seeds": 1}
    one = write_nats_directory(tmp_path / "one", n_workers=1, **options)
    two = write_nats_directory(
        tmp_path / "two", n_workers=2, progress=lambda *given: calls.append(given), **options
    )  # fmt: skip
    assert calls == [("records", 2, 4), ("records", 4, 4)]
    assert {file.name for file in one.iterdir()} == {file.name for file in two.iterdir()}
    assert all(file.read_bytes() == (two / file.name).read_bytes() for file in one.iterdir())


def test_numbers_are_shaped_like_measurements():
    """What the published records keep to, so that a reader may check it."""
    for index in range(20):
        results = nats_record(index)["200"]["all_results"]
        assert list(results)[:5] == [
            ("cifar10-valid", 999), ("cifar10", 999), ("cifar100", 999), ("ImageNet16-120", 999),
            ("cifar10-valid", 777),
        ]  # fmt: skip
        times = {name: results[name, 888]["train_times"][0] for name, _ in results}
        assert times["cifar10"] == times["cifar100"] == 2 * times["cifar10-valid"]
        for (name, _), trial in results.items():
            accuracy = trial["eval_acc1es"]
            assert 0 < min(accuracy.values()) < max(accuracy.values()) < 100
            assert set(accuracy) == set(trial["eval_losses"]) < set(trial["eval_times"]) or name == "cifar10"
            assert isinstance(trial["params"], np.float64)
            if "x-test" in trial["eval_names"]:
                mean = (accuracy["x-valid@199"] + accuracy["x-test@199"]) / 2
                assert accuracy["ori-test@199"] == pytest.approx(mean, abs=0.005)


def test_mixed_seeds_vary_and_disagree():
    records = [nats_record(index, mixed_seeds=True)["200"] for index in range(150)]
    counts = Counter(len(record["dataset_seed"]["cifar100"]) for record in records)
    assert set(counts) == {1, 2, 3}
    assert counts[1] < counts[2] < counts[3]  # NAS-Bench-201 v1.1: 2225, 5439 and 7961
    odd = 0
    for record in records:
        params = {seed: trial["params"] for (name, seed), trial in record["all_results"].items() if name == "cifar10"}
        odd += len(set(params.values())) > 1
        assert len(set(params.values())) == 1 or 888 in params
    assert 0 < odd < 50


def test_first_release(tmp_path):
    parts, _ = legacy_parts(write_nasbench201(tmp_path / "a.pth", n_archs=2, version="v1_0"))
    record = by_hp(parts[3]["arch2infos"][1])
    assert list(record["12"]["all_results"]) == [("cifar10-valid", 777)]
    trial = record["200"]["all_results"]["cifar100", 777]
    assert (trial["train_times"], trial["latency"], trial["eval_times"]) == (None, None, {})
    assert trial["eval_acc1es"] == nats_record(1)["200"]["all_results"]["cifar100", 777]["eval_acc1es"]


# the official code


@pytest.mark.parametrize("container", ["legacy", "zip"])
def test_torch_reads_it(tmp_path, container):
    torch = pytest.importorskip("torch", reason="torch is not installed: the containers are not checked with it")
    path = write_nasbench201(tmp_path / "a.pth", n_archs=3, container=container)
    held = torch.load(path, map_location="cpu", weights_only=False)
    assert {index: by_hp(record) for index, record in held["arch2infos"].items()} == {
        index: nats_record(index, n_seeds=1) for index in range(3)
    }


def expected(record, dataset, hp, seed, name, epoch):
    trial = record[hp]["all_results"][dataset, seed]
    return trial["eval_acc1es"][f"{name}@{epoch}"], trial["eval_losses"][f"{name}@{epoch}"]


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("fast", [False, True])
def test_nats_bench_reads_it(tmp_path, space, fast):
    nats_bench = pytest.importorskip("nats_bench", reason="nats_bench is not installed: it cannot be asked")
    options = {"space": space, "n_archs": CHOSEN, "n_seeds": 3, "rng": 9}
    path = (
        write_nats_directory(tmp_path / "a-simple", n_workers=1, **options)
        if fast
        else write_nats_file(tmp_path / "a.pickle.pbz2", **options)
    )
    api = nats_bench.create(str(path), space, fast_mode=fast, verbose=False)
    several = "200" if space == "tss" else "12"
    for index in CHOSEN:
        record = nats_record(index, space=space, n_seeds=3, rng=9)
        for dataset, name, key in (
            ("cifar10-valid", "x-valid", "valid"), ("cifar10", "ori-test", "test"),
            ("cifar100", "x-test", "test"), ("ImageNet16-120", "ori-test", "valtest"),
        ):  # fmt: skip
            for seed in (777, 888, 999):
                found = api.get_more_info(index, dataset, hp=several, is_random=seed)
                wanted = expected(record, dataset, several, seed, name, int(several) - 1)
                assert (found[f"{key}-accuracy"], found[f"{key}-loss"]) == wanted
        cost = api.get_cost_info(index, "cifar100", hp=several)
        trial = record[several]["all_results"]["cifar100", 888]
        assert cost["params"] == pytest.approx(trial["params"], rel=1e-12)
        assert cost["latency"] == pytest.approx(trial["latency"][0], rel=1e-12)
        assert cost["T-train@epoch"] == pytest.approx(trial["train_times"][0], rel=1e-12)


def test_nats_bench_settles_disagreements(tmp_path):
    nats_bench = pytest.importorskip("nats_bench", reason="nats_bench is not installed: it cannot be asked")
    folder = write_nats_directory(tmp_path, n_archs=30, mixed_seeds=True, n_workers=1)
    api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
    odd = 0
    for index in range(30):
        results = nats_record(index, mixed_seeds=True)["200"]["all_results"]
        params = {seed: trial["params"] for (name, seed), trial in results.items() if name == "cifar10"}
        odd += len(set(params.values())) > 1
        right = params.get(888, next(iter(params.values())))
        assert api.get_cost_info(index, "cifar10", hp="200")["params"] == pytest.approx(right, rel=1e-12)
    assert odd


def test_nas_201_api_reads_it(tmp_path):
    official = pytest.importorskip("nas_201_api", reason="nas-bench-201 is not installed: it cannot be asked")
    parts, _ = legacy_parts(write_nasbench201(tmp_path / "a.pth", n_archs=CHOSEN, n_seeds=2))
    api = official.NASBench201API(parts[3], verbose=False)
    assert api.evaluated_indexes == CHOSEN
    for index in CHOSEN:
        record = nats_record(index, n_seeds=2)
        for dataset, name, key, epoch in (
            ("cifar10-valid", "x-valid", "valid", 57), ("cifar10", "ori-test", "test", 199),
            ("cifar100", "x-valid", "valid", 199), ("ImageNet16-120", "x-test", "test", 199),
        ):  # fmt: skip
            found = api.get_more_info(index, dataset, iepoch=epoch, hp="200", is_random=888)
            wanted = expected(record, dataset, "200", 888, name, epoch)
            assert (found[f"{key}-accuracy"], found[f"{key}-loss"]) == wanted
        found = api.get_more_info(get_space("nasbench201").to_string(index), "cifar100", hp="12", is_random=False)
        assert found["train-accuracy"] == record["12"]["all_results"]["cifar100", 111]["train_acc1es"][11]


# requests


@pytest.mark.parametrize(
    ("write", "options", "message"),
    [
        (write_nasbench201, {"n_archs": 0}, r"n_archs=0 is outside 1..15625"),
        (write_nasbench201, {"n_archs": [3, 15_625]}, "are not of nasbench201: 0..15624"),
        (write_nasbench201, {"n_seeds": 4}, "n_seeds=4 is not 1, 2 or 3"),
        (write_nasbench201, {"container": "tar"}, "container='tar' is not one of legacy, zip"),
        (write_nasbench201, {"version": "v2"}, "version='v2' is not v1_0 or v1_1"),
        (write_nats_file, {"space": "darts"}, "space='darts' is not one of tss, sss"),
    ],
)
def test_bad_requests_are_named(tmp_path, write, options, message):
    with pytest.raises(InvalidInput, match=message):
        write(tmp_path / "a", **options)
    assert not list(tmp_path.iterdir())


def test_command_line(tmp_path, capsys):
    target = str(tmp_path / "a.pickle.pbz2")
    assert main(["nats-file", target, "--archs", "2", "--space", "sss"]) == 0
    assert "all numbers are SYNTHETIC" in capsys.readouterr().out
    assert set(pickle.loads(bz2.decompress((tmp_path / "a.pickle.pbz2").read_bytes()))["arch2infos"]) == {0, 1}
    assert main(["nasbench201", str(tmp_path / "b.pth"), "--archs", "1", "--container", "zip"]) == 0
    assert main(["nats-directory", str(tmp_path / "c"), "--archs", "1", "--seeds", "2", "--workers", "1"]) == 0
    assert main(["nats-file", target, "--archs", "-1"]) == 2
    assert "n_archs=-1 is outside" in capsys.readouterr().err


def test_command_line_needs_no_torch():
    code = (
        "import sys, benchtools.testing.synthetic as s\n"
        "assert not {'torch', 'nats_bench', 'nas_201_api'} & set(sys.modules), sys.modules\n"
        "s.nats_record(3)\n"
        "s.main(['--help'])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert "whose numbers are all SYNTHETIC" in " ".join(done.stdout.split())
