"""Imports that are interrupted, killed, run twice or meet a full disk: a table appears whole or not at all.

All numbers are SYNTHETIC.
"""

import bz2
import errno
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from filelock import FileLock

import benchtools.tables._importing as importing_module
import benchtools.tables._spool as spool_module
import benchtools.tables._writer as writer_module
import benchtools.tables.archives._nats as nats_module
from benchtools.errors import InvalidInput, StoreError
from benchtools.spaces import get_space
from benchtools.tables import Column, Table, import_archive
from benchtools.testing import nats_record, write_nasbench201

ARCHS = (0, 1, 2, 3, 4, 5, 6)
COLUMN = Column("accuracy", "cifar100", "x-valid", 12, 777)


@pytest.fixture(scope="module")
def records():
    """Return small records of the size space: one data set, 12 epochs, one run."""
    found = {}
    for index in ARCHS:
        state = nats_record(index, space="sss", n_seeds=1, rng=5)["12"]
        trials = {key: trial for key, trial in state["all_results"].items() if key == ("cifar100", 777)}
        found[index] = {"12": state | {"all_results": trials, "dataset_seed": {"cifar100": [777]}}}
    return found


def packed(value):
    return bz2.compress(pickle.dumps(value, 4))


@pytest.fixture
def file(tmp_path, records):
    """Write an archive of seven architectures in one file."""
    names = [get_space("nats_size").to_string(index) for index in range(16)]
    path = tmp_path / "source" / "NATS-sss.pickle.pbz2"
    path.parent.mkdir()
    whole = {"meta_archs": names, "total_archs": 16, "arch2infos": records, "evaluated_indexes": set(records)}
    path.write_bytes(packed(whole))
    return path


@pytest.fixture
def directory(tmp_path, records):
    """Write the same archive as a directory."""
    names = [get_space("nats_size").to_string(index) for index in range(16)]
    folder = tmp_path / "source-simple"
    folder.mkdir()
    meta = {"meta_archs": names, "total_archs": 16, "arch2infos": None, "evaluated_indexes": set()}
    (folder / "meta.pickle.pbz2").write_bytes(packed(meta))
    for index, record in records.items():
        (folder / f"{index:06d}.pickle.pbz2").write_bytes(packed(record))
    return folder


@pytest.fixture(params=["file", "directory"])
def archive(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def small_blocks(monkeypatch):
    """Let a block hold two architectures, so that seven make four, and read them in this process."""
    monkeypatch.setattr(nats_module, "BLOCK", 2)
    monkeypatch.setattr(nats_module.os, "sched_getaffinity", lambda _: {0})


@pytest.fixture
def reads(monkeypatch):
    """Return a list of the architectures whose records are read."""
    seen, read = [], nats_module.read_record

    def counted(record, *, arch, index):
        seen.append(index)
        return read(record, arch=arch, index=index)

    monkeypatch.setattr(nats_module, "read_record", counted)
    return seen


def stop_at(stage, wanted):
    """Return a progress callback that is interrupted, as by Ctrl-C."""

    def progress(name, done, total):
        if (name, done) == (stage, wanted):
            raise KeyboardInterrupt

    return progress


def run_import(archive, place, **options):
    return import_archive("nats-sss", archive, partial=True, out=place / "table", **options)


def left(place):
    return sorted(path.name for path in place.iterdir() if path.name != ".table.lock") if place.exists() else []


def contents(table):
    return {path.name: path.read_bytes() for path in sorted(table.iterdir())}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "tables"


@pytest.fixture
def whole(archive, tmp_path):
    """Return the digest and the columns of an import that nothing disturbs."""
    table = import_archive("nats-sss", archive, partial=True, out=tmp_path / "undisturbed" / "table")
    return table.index.sha256, (table.path / "columns.bin").read_bytes()


def is_whole(table, whole):
    return (table.index.sha256, (table.path / "columns.bin").read_bytes()) == whole


# interruptions


@pytest.mark.parametrize(("done", "rest"), [(2, [2, 3, 4, 5, 6]), (4, [4, 5, 6]), (6, [6])])
def test_an_import_that_was_interrupted_goes_on_behind_its_last_block(
    archive, whole, place, small_blocks, reads, done, rest
):
    with pytest.raises(KeyboardInterrupt):
        run_import(archive, place, progress=stop_at("architectures", done))
    assert reads == list(ARCHS[:done])
    assert left(place) == [".table.import"]
    reads.clear()
    table = run_import(archive, place)
    assert reads == rest
    assert is_whole(table, whole)
    assert left(place) == ["table"]


def test_an_import_that_was_interrupted_twice(archive, whole, place, small_blocks, reads):
    for done in (2, 6):
        with pytest.raises(KeyboardInterrupt):
            run_import(archive, place, progress=stop_at("architectures", done))
    assert reads == [0, 1, 2, 3, 4, 5]  # no record was read twice
    assert is_whole(run_import(archive, place), whole)


def test_an_import_that_was_interrupted_while_writing_columns(archive, whole, place, small_blocks, reads):
    with pytest.raises(KeyboardInterrupt):
        run_import(archive, place, progress=stop_at("columns", 5))
    assert left(place) == [".table.import"]  # no draft of the table
    reads.clear()
    assert is_whole(run_import(archive, place), whole)
    assert reads == []


def test_the_table_that_was_there_stays_while_a_new_one_is_interrupted(archive, place, small_blocks):
    before = contents(run_import(archive, place).path)
    for stage, done in (("architectures", 4), ("columns", 3)):
        with pytest.raises(KeyboardInterrupt):
            run_import(archive, place, progress=stop_at(stage, done))
        assert contents(place / "table") == before


def touched(archive):
    changed = archive if archive.is_file() else archive / "000001.pickle.pbz2"
    state = changed.stat()
    os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))


@pytest.mark.parametrize("change", ["time", "version", "name"])
def test_another_archive_or_version_starts_over(archive, whole, place, small_blocks, reads, monkeypatch, change):
    with pytest.raises(KeyboardInterrupt):
        run_import(archive, place, progress=stop_at("architectures", 4))
    if change == "time":
        touched(archive)
    elif change == "name":
        archive = archive.rename(archive.with_name("other-" + archive.name))
    else:
        monkeypatch.setattr(importing_module, "__version__", "99.0")
    reads.clear()
    table = run_import(archive, place)
    assert reads == list(ARCHS)
    assert is_whole(table, whole)
    assert left(place) == ["table"]


def test_a_file_more_in_the_directory_starts_over(directory, records, place, small_blocks, reads):
    with pytest.raises(KeyboardInterrupt):
        run_import(directory, place, progress=stop_at("architectures", 4))
    (directory / "000003.pickle.pbz2").unlink()
    reads.clear()
    table = run_import(directory, place)
    assert reads == table.indices.tolist() == [0, 1, 2, 4, 5, 6]


@pytest.mark.parametrize("damage", ["empty", "short", "longer", "no json"])
def test_a_damaged_block_is_no_part_of_a_table(file, place, small_blocks, reads, damage):
    """Of a machine that lost its power, say: the import says so, and the next one starts anew."""
    with pytest.raises(KeyboardInterrupt):
        run_import(file, place, progress=stop_at("architectures", 4))
    block = place / ".table.import" / "block-000001.bin"
    data = block.read_bytes()
    block.write_bytes(
        {"empty": b"", "short": data[:-8], "longer": data + bytes(8), "no json": data[:8] + b"x" + data[9:]}[damage]
    )
    with pytest.raises(StoreError, match=r"block-000001.bin is damaged \(.*\): start the import again"):
        run_import(file, place)
    assert left(place) == []
    reads.clear()
    assert len(run_import(file, place)) == 7
    assert reads == list(ARCHS)


KILLED = """
import os, signal, sys
import benchtools.tables.archives._nats as nats
nats.BLOCK = 2
nats.os.sched_getaffinity = lambda _: {0}
from benchtools.tables import import_archive
def progress(stage, done, total):
    if stage == sys.argv[3] and done == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
import_archive("nats-sss", sys.argv[1], partial=True, out=sys.argv[2], progress=progress)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(("stage", "done", "rest"), [("architectures", 4, [4, 5, 6]), ("columns", 5, [])])
def test_an_import_that_was_killed(file, place, tmp_path, small_blocks, reads, stage, done, rest):
    whole = import_archive("nats-sss", file, partial=True, out=tmp_path / "undisturbed")
    place.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(file), str(place / "table"), stage, str(done)], timeout=120, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not (place / "table").exists()
    assert len(list((place / ".table.import").glob("block-*.bin"))) == (2 if rest else 4)
    reads.clear()
    table = run_import(file, place)  # the lock of a dead process holds nobody up
    assert reads == rest
    assert table.index.sha256 == whole.index.sha256
    assert not (place / ".table.import").exists()
    assert Table.open(place / "table").columns == whole.columns


# two at once


def test_a_second_importer_is_refused_at_once(file, place, reads):
    place.mkdir()
    with FileLock(place / ".table.lock"):
        started = time.monotonic()
        with pytest.raises(
            StoreError, match=r"another process is at work on table: wait for it, or end it, and try again"
        ):
            run_import(file, place)
        assert time.monotonic() - started < 5
        assert reads == []
        assert left(place) == []
    assert len(run_import(file, place)) == 7


def test_a_second_importer_does_not_disturb_the_first(file, place, small_blocks):
    refused = []

    def second(stage, done, total):
        if (stage, done) == ("architectures", 4):
            with pytest.raises(StoreError, match="another process is at work on table"):
                run_import(file, place)
            refused.append(left(place))

    table = run_import(file, place, progress=second)
    assert refused == [[".table.import"]]
    assert len(table) == 7
    assert left(place) == ["table"]


# failures


@pytest.mark.parametrize("replacing", [False, True])
def test_an_import_that_fails_leaves_nothing_and_loses_nothing(directory, place, small_blocks, replacing):
    before = contents(run_import(directory, place).path) if replacing else None
    (directory / "000005.pickle.pbz2").write_bytes(packed({"12": {}}))
    with pytest.raises(StoreError, match=r"000005.pickle.pbz2 cannot be read: architecture 5, schedule 12"):
        run_import(directory, place)
    assert left(place) == (["table"] if replacing else [])
    if replacing:
        assert contents(place / "table") == before


class FullDisk:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if self.file.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        self.file.__enter__()
        return self

    def __exit__(self, *error):
        return self.file.__exit__(*error)


@pytest.mark.parametrize("replacing", [False, True])
@pytest.mark.parametrize(
    ("module", "room", "message"),
    [
        (spool_module, 0, r"cannot write .*block-000000.bin: No space left on device"),
        (spool_module, 1_500, r"cannot write .*block-00000\d.bin: No space left on device"),
        (writer_module, 0, r"cannot write the table .*: No space left on device; nothing was changed"),
        (writer_module, 1_000, r"cannot write the table .*: No space left on device; nothing was changed"),
    ],
)
def test_a_full_disk(file, place, small_blocks, monkeypatch, module, room, message, replacing):
    before = contents(run_import(file, place).path) if replacing else None

    def full(path, mode="r", *rest, **options):
        opened = open(path, mode, *rest, **options)  # noqa: SIM115
        return FullDisk(opened, room) if mode == "wb" else opened

    monkeypatch.setattr(module, "open", full, raising=False)
    with pytest.raises(StoreError, match=message):
        run_import(file, place)
    assert left(place) == (["table"] if replacing else [])
    if replacing:
        assert contents(place / "table") == before
        assert len(Table.open(place / "table")) == 7
    monkeypatch.undo()
    assert len(run_import(file, place)) == 7  # once there is room again


@pytest.mark.parametrize(("room", "what"), [(8, r"cannot write .*block-0.*"), (28, "cannot write the table .*")])
def test_a_disk_that_is_full(file, tmp_path, small_blocks, room, what):
    """A real one, of a few kB: full while the blocks are written, or the columns."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={room}k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a small disk")
    try:
        with pytest.raises(StoreError, match=f"{what}: No space left on device"):
            run_import(file, disk)
        assert left(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True, capture_output=True)


def test_a_place_that_cannot_be_written(file, tmp_path):
    (tmp_path / "occupied").write_text("kept")
    with pytest.raises(
        StoreError, match=r"cannot write to .*occupied \(.*\): set the environment variable BENCHTOOLS_HOME"
    ):
        import_archive("nats-sss", file, partial=True, out=tmp_path / "occupied" / "table")
    with pytest.raises(
        StoreError, match="occupied exists and is no table of benchtools: choose another place, nothing w"
    ):
        import_archive("nats-sss", file, partial=True, out=tmp_path / "occupied")
    assert (tmp_path / "occupied").read_text() == "kept"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "precious").write_text("kept")
    with pytest.raises(
        StoreError, match="folder exists and is no table of benchtools: choose another place, nothing was"
    ):
        import_archive("nats-sss", file, partial=True, out=tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "occupied", "source"]


def test_a_folder_that_is_read_only(file, place):
    place.mkdir()
    place.chmod(0o555)
    try:
        if os.access(place, os.W_OK):
            pytest.skip("this user may write to a read-only folder")
        with pytest.raises(
            StoreError, match=r"cannot write to .*tables \(Permission denied\): set the environment var"
        ):
            run_import(file, place)
        assert left(place) == []
    finally:
        place.chmod(0o755)


def test_names_that_cannot_be_given(file, own_home):
    with pytest.raises(InvalidInput, match="the name 'nasbench201-slice' belongs to a table that benchtools builds"):
        import_archive("nats-sss", file, partial=True, name="nasbench201-slice")
    with pytest.raises(InvalidInput, match=r"'../x' cannot name a table"):
        import_archive("nats-sss", file, partial=True, name="../x")
    assert not own_home.exists()
    table = import_archive("nats-sss", file, partial=True, name="mine")
    assert (table.name, table.path) == ("mine", own_home / "tables" / "mine")
    assert Table.open("mine").indices.tolist() == list(ARCHS)


def test_a_table_of_a_newer_format_is_refused_and_can_be_imported_again(file, place, whole_index):
    table = run_import(file, place)
    index = json.loads((table.path / "table.json").read_text())
    (table.path / "table.json").write_text(json.dumps(index | {"format": 99}))
    with pytest.raises(
        StoreError, match=r"table has format 99, this benchtools reads up to 2: upgrade benchtools, or imp"
    ):
        Table.open(table.path)
    assert whole_index(run_import(file, place)) == whole_index(table)


@pytest.fixture
def whole_index():
    return lambda table: (table.index.sha256, table.index.columns, table.index.notes)


# digests


def test_the_digest_that_a_file_must_have(file, directory, place, reads):
    import hashlib

    right = hashlib.sha256(file.read_bytes()).hexdigest()
    wrong = "0" * 64
    with pytest.raises(
        StoreError, match=rf"^NATS-sss.pickle.pbz2 has the SHA-256 {right}, not {wrong}: get it again; noth"
    ):
        run_import(file, place, sha256=wrong)
    with pytest.raises(InvalidInput, match="source-simple is a directory: a digest is of one file"):
        run_import(directory, place, sha256=right)
    assert reads == []
    assert left(place) == []
    assert run_import(file, place, sha256=right.upper()).index.provenance["inputs"]["sha256"].lower() == right


def test_the_digest_of_the_columns_is_of_their_bytes(file, place):
    """Keys and vectors, without the padding between them."""
    import hashlib

    table = run_import(file, place)
    data = (table.path / "columns.bin").read_bytes()
    index = json.loads((table.path / "table.json").read_text())
    vectors = [index["keys_offset"]]
    step = -(-8 * len(table) // 64) * 64
    for entry in index["columns"]:
        n = sum(high - low + 1 for low, high in entry["after"]) if entry["after"] else 1
        vectors += [entry["offset"] + number * step for number in range(n)]
    digest = hashlib.sha256(b"".join(data[start : start + 8 * len(table)] for start in vectors))
    assert digest.hexdigest() == table.index.sha256
    assert (
        table.column_named(COLUMN, after=7).tolist()
        == np.frombuffer(data, "<f8", 7, table.index.columns[COLUMN].offset + 6 * step).tolist()
    )


def test_a_pth_with_a_published_name_must_be_the_published_file(tmp_path):
    archive = tmp_path / "NAS-Bench-201-v1_1-096897.pth"
    write_nasbench201(archive, n_archs=2)
    with pytest.raises(StoreError, match=r"the name of a published file, but it has [\d,]+ bytes, not 5,003,180,601"):
        import_archive("nasbench201", archive, partial=True, out=tmp_path / "table")
    older = archive.rename(tmp_path / "NAS-Bench-201-v1_0-e61699.pth")
    with pytest.raises(StoreError, match=r"has the MD5 [0-9a-f]{32}, and not the MD5 ending in e61699: get it again"):
        import_archive("nasbench201", older, partial=True, out=tmp_path / "table")
    assert not (tmp_path / "table").exists()
    mine = older.rename(tmp_path / "mine.pth")
    assert len(import_archive("nasbench201", mine, partial=True, out=tmp_path / "table")) == 2
