"""What a table answers, and what it says instead of guessing."""

import mmap

import numpy as np
import pandas as pd
import pytest

from benchtools.errors import InvalidInput, NotFound, StoreError, WrongType
from benchtools.tables import Column, Mapped, Table, import_table, parse_mapping
from benchtools.tables import _table as table_module

COORDINATES = {"dataset": "cifar100", "split": "x-valid", "epochs": 200, "seed": 777}


def _counts(table):
    return {column: stored.n for column, stored in table.index.columns.items()}


@pytest.fixture
def small(tmp_path):
    """Return a table of four architectures, out of order in its file, with a mean of its own."""
    frame = pd.DataFrame({
        "arch": [6111, 3, 15_624, 0], "test": [94.0, 90.0, 10.0, 85.0], "one": [93.0, 90.5, 10.0, 86.0],
        "two": [95.0, np.nan, 10.0, 87.0], "given": [94.5, 90.5, 10.0, 86.25],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "small.parquet")
    mapping = {
        "test": Mapped.parse("cifar10/ori-test/200/mean/%"),
        "one": Mapped.parse("cifar10-valid/x-valid/200/777/%"),
        "two": Mapped.parse("cifar10-valid/x-valid/200/888/%"),
        "given": Mapped.parse("cifar100/x-valid/200/mean/%"),
    }
    return import_table(tmp_path / "small.parquet", space="nasbench201", mapping=mapping, out=tmp_path / "small")


def test_a_column_is_a_view_of_the_file(slice_table):
    first, again = slice_table.column(**COORDINATES), slice_table.column(**COORDINATES)
    assert first.dtype == np.float64
    assert first.shape == (15_625,)
    assert not first.flags.owndata
    assert not first.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0
    base = first.base
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base.obj, mmap.mmap)
    assert len(base.obj) == (slice_table.path / "columns.bin").stat().st_size
    assert np.shares_memory(first, again)
    np.testing.assert_array_equal(first, again)


def test_opening_and_describing_read_no_column(slice_table, monkeypatch):
    def fail(*_):
        raise AssertionError("a column was read")

    monkeypatch.setattr(table_module, "map_columns", fail)
    table = Table.open("nasbench201-slice")
    assert len(table.describe()) == 12
    assert "15625 architectures of nasbench201, 18 columns" in str(table)
    with pytest.raises(AssertionError, match="a column was read"):
        table.column(**COORDINATES)


@pytest.mark.parametrize(
    ("coordinate", "message"),
    [
        ("dataset", "dataset= is missing: .* ImageNet16-120, cifar10-valid, cifar100; nothing is guessed"),
        ("split", "split= is missing: accuracy of dataset cifar100 exists for split x-valid"),
        ("epochs", "epochs= is missing: accuracy of dataset cifar100 split x-valid exists for epochs 200"),
        ("seed", "seed= is missing: .* exists for seed 777, 888, 999"),
    ],
)
def test_nothing_is_defaulted(slice_table, coordinate, message):
    with pytest.raises(InvalidInput, match=message):
        slice_table.column(**COORDINATES | {coordinate: None})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dataset": "cifar1000"}, r"for dataset 'cifar1000': there is ImageNet16-120, cifar10-valid, cifar100"),
        ({"dataset": "cifar10"}, "cifar10 has no validation split: use cifar10-valid"),
        ({"split": "x-test"}, "dataset cifar100 does not exist for split 'x-test': there is x-valid"),
        ({"split": "valid"}, "did you mean x-valid"),
        ({"epochs": 12}, "split x-valid does not exist for epochs 12: there is 200"),
        ({"seed": 111}, "epochs 200 does not exist for seed 111: there is 777, 888, 999"),
        ({"seed": "777"}, "does not exist for seed '777'"),
        ({"metric": "loss"}, "the table has no loss: it has accuracy, latency_s, params_m, train_time_s"),
    ],
)
def test_what_does_not_exist_names_what_does(slice_table, wrong, message):
    with pytest.raises(NotFound, match=message):
        slice_table.column(**COORDINATES | wrong)


def test_an_unknown_metric_is_an_error_with_a_hint(slice_table):
    with pytest.raises(InvalidInput, match=r"'train_time' is not known: choose one of .*Did you mean 'train_time_s'"):
        slice_table.column(**COORDINATES, metric="train_time")


def test_a_coordinate_too_many_is_an_error(slice_table):
    with pytest.raises(NotFound, match=r"for seed 777: there is none \(leave it out\)"):
        slice_table.column(metric="train_time_s", dataset="cifar100", epochs=200, seed=777)


def test_cifar10_with_a_test_split_only(small):
    with pytest.raises(NotFound, match=r"there is ori-test. cifar10 has no validation split: use cifar10-valid"):
        small.column(dataset="cifar10", split="x-valid", epochs=200, seed="mean")
    assert small.column(dataset="cifar10", split="ori-test", epochs=200, seed="mean").tolist() == [
        85.0,
        90.0,
        94.0,
        10.0,
    ]


def test_integers_of_numpy_are_integers_and_booleans_are_not(slice_table):
    expected = slice_table.column(**COORDINATES)
    found = slice_table.column(**COORDINATES | {"epochs": np.int32(200), "seed": np.int64(777)})
    np.testing.assert_array_equal(found, expected)
    for wrong in ({"seed": True}, {"epochs": np.True_}):
        with pytest.raises(InvalidInput, match=r"True_?\)? is no number of epochs and no seed"):
            slice_table.column(**COORDINATES | wrong)


def test_the_mean_of_the_source_wins_over_one_of_ours(small):
    assert small.column(dataset="cifar100", split="x-valid", epochs=200, seed="mean").tolist() == [
        86.25,
        90.5,
        94.5,
        10,
    ]
    ours = small.column(dataset="cifar10-valid", split="x-valid", epochs=200, seed="mean")
    assert ours.tolist() == [86.5, 90.5, 94.0, 10.0]  # the missing run of the second is not imputed


def test_a_partial_table_is_in_the_order_of_the_index(small):
    assert small.indices.tolist() == [0, 3, 6111, 15_624]
    assert small.rows(["333132", 0, 3]).tolist() == [2, 0, 1]
    assert small.rows([]).tolist() == []


@pytest.mark.parametrize("missing", [5, 1, 15_623])
def test_rows_names_what_a_table_lacks(small, missing):
    with pytest.raises(NotFound, match=r"1 of 2 architectures are not in the table small, the first at position 1: \|"):
        small.rows([3, missing])


def test_lookup_of_what_is_no_architecture(small):
    with pytest.raises(InvalidInput, match="index 15625 is outside nasbench201"):
        small.lookup(15_625)
    with pytest.raises(WrongType, match=r"3.0 \(float\) is no architecture"):
        small.lookup(3.0)


def test_to_frame(small):
    frame = small.to_frame()
    assert list(frame) == [
        "arch", "index", "cifar10/ori-test/200/mean [%]", "cifar10-valid/x-valid/200/777 [%]",
        "cifar10-valid/x-valid/200/888 [%]", "cifar100/x-valid/200/mean [%]",
    ]  # fmt: skip
    assert frame["index"].tolist() == [0, 3, 6111, 15_624]
    assert frame["arch"].tolist() == [small.space.to_string(index) for index in frame["index"]]
    assert frame["cifar10-valid/x-valid/200/888 [%]"].isna().tolist() == [False, True, False, False]
    frame.loc[0, "cifar10/ori-test/200/mean [%]"] = 0.0  # a copy
    assert small.to_frame().loc[0, "cifar10/ori-test/200/mean [%]"] == 85.0


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export_and_import_lose_nothing(slice_table, tmp_path, kind):
    file = slice_table.export(tmp_path / f"whole.{kind}")
    assert [path.name for path in tmp_path.iterdir()] == [f"whole.{kind}"]
    mapping = parse_mapping([
        f"{column} [{column.unit}]={column}/{column.unit}" for column in slice_table.columns
    ])  # fmt: skip
    again = import_table(file, space="nasbench201", mapping=mapping, out=tmp_path / "again")
    assert again.columns == slice_table.columns
    for column in slice_table.columns:
        np.testing.assert_array_equal(again.column_named(column), slice_table.column_named(column))
    assert _counts(again) == _counts(slice_table)


def test_export_to_a_bad_place_leaves_nothing(small, tmp_path):
    (tmp_path / "file").write_text("kept")
    for place in (tmp_path / "missing" / "x.csv", tmp_path / "file" / "x.csv"):
        with pytest.raises(StoreError, match=r"cannot write .*x.csv"):
            small.export(place)
    with pytest.raises(InvalidInput, match=r"cannot export to 'x.xlsx': the name must end in .csv, .parquet or .arrow"):
        small.export(tmp_path / "x.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "small", "small.parquet"]


@pytest.mark.parametrize(
    "text",
    ["cifar10/ori-test/200/mean", "cifar100/x-valid/12/777", "params_m:cifar10/-/-/-", "loss:-/-/90/0"],
)
def test_the_name_of_a_column_is_what_parse_reads(text):
    assert str(Column.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cifar10/x/200", "does not name a column"),
        ("cifar10/x/200/mean/%", "does not name a column"),
        ("cifar10//200/mean", "does not name a column"),
        ("cifar10/x/2e2/mean", "epochs '2e2' .* must be a whole number"),
        ("cifar10/x/200/first", "seed 'first' .* must be a whole number, mean"),
        ("acc:cifar10/x/200/mean", "metric 'acc' is not known"),
    ],
)
def test_a_bad_name_of_a_column(text, message):
    with pytest.raises(InvalidInput, match=message):
        Column.parse(text)
