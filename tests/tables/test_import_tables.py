"""Third-party tables: mapped explicitly, checked cell by cell, never guessed."""

import numpy as np
import pandas as pd
import pytest

from benchtools.errors import InvalidInput, NotFound, WrongType
from benchtools.tables import Column, Mapped, Table, import_table, parse_mapping

TARGET = "cifar10/ori-test/200/mean/%"
HEAD = "arch,acc\n"


@pytest.fixture
def imported(tmp_path, own_home):
    """Return a function that writes a CSV file and imports it."""

    def make(text, mapping=("acc=" + TARGET,), **options):
        path = tmp_path / "theirs.csv"
        path.write_text(text)
        return import_table(path, space="nasbench201", mapping=parse_mapping(list(mapping)), **options)

    return make


def only(table):
    return table.column_named(table.columns[0]).tolist()


# keys


def test_op_codes_keep_their_zeros(imported):
    table = imported(HEAD + "000012,50\n333132,94\n000000,10\n")
    codes = [table.space.to_opcode(index) for index in table.indices.tolist()]
    assert dict(zip(codes, only(table), strict=True)) == {"000012": 50.0, "333132": 94.0, "000000": 10.0}


def test_op_codes_without_their_zeros_are_refused(imported):
    with pytest.raises(InvalidInput, match=r"column 'arch' of theirs.csv: six-digit op codes stand beside '12'"):
        imported(HEAD + "12,50\n333132,94\n")


def test_indices_and_strings_are_keys_too(imported):
    table = imported("id,acc\n15624,50\n0,94\n", key="id")
    assert (table.indices.tolist(), only(table)) == ([0, 15_624], [94.0, 50.0])
    text = table.space.to_string(7)
    table = imported(HEAD + f'"{text}",50\n', name="strings")
    assert table.indices.tolist() == [7]


@pytest.mark.parametrize("dtype", ["int64", "int32", "Int64", "string"])
def test_parquet_keys(tmp_path, own_home, dtype):
    frame = pd.DataFrame({"arch": pd.array([5, 3], dtype="Int64").astype(dtype), "acc": [90.0, np.nan]})
    frame.to_parquet(tmp_path / "their table.parquet")
    table = import_table(
        tmp_path / "their table.parquet", space="nasbench201", mapping={"acc": Mapped.parse(TARGET)}
    )  # fmt: skip
    assert table.name == "their-table"
    assert table.indices.tolist() == [3, 5]
    np.testing.assert_array_equal(only(table), [np.nan, 90.0])
    assert table.index.columns[table.columns[0]].n == 1
    assert Table.open("their-table").path == own_home / "tables" / "their-table"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,50\n2,60\n1,70\n", r"names an architecture twice, in rows 1 and 3: 1; keep one row for each"),
        ("000012,50\n333132,60\n000012,70\n", "twice, in rows 1 and 3: 000012"),
        ("1,50\n,60\n", "column 'arch' of theirs.csv is empty in row 2: every row needs an architecture"),
        ("1,50\n15625,60\n", "column 'arch' of theirs.csv: row 2: index 15625 is outside nasbench201"),
        ("1,50\nresnet,60\n", "column 'arch' of theirs.csv: row 2: 'resnet' is no architecture of nasbench201"),
        ("333135,60\n", r"row 1: op code '333135' is not of nasbench201: its six digits must be 0..4"),
        ("1.0,60\n", r"row 1: '1.0' is no architecture"),
        ("-1,60\n", "row 1: '-1' is no architecture"),
    ],
)
def test_bad_keys_are_named(imported, own_home, rows, message):
    with pytest.raises(InvalidInput, match=message):
        imported(HEAD + rows)
    assert not own_home.exists()


def test_an_architecture_under_two_names_is_a_duplicate(imported):
    with pytest.raises(InvalidInput, match="in rows 1 and 2: 333132"):
        imported(HEAD + "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|"
                 "nor_conv_1x1~2|,50\n333132,50\n")  # fmt: skip


# values


@pytest.mark.parametrize(
    ("values", "target", "error", "message"),
    [
        (["50", "high"], TARGET, WrongType, "column 'acc' of theirs.csv has 1 values that are no numbers, the first in "
         "row 2: 'high'"),
        (["True", "False"], TARGET, WrongType, "holds true and false"),
        (["50", "inf"], TARGET, InvalidInput, "column 'acc' is infinite in row 2: leave it empty or remove the row"),
        (["", ""], TARGET, InvalidInput, "column 'acc' has no values"),
        (["50", "0.94"], TARGET.replace("%", "fraction"), InvalidInput, "a fraction but reaches 50: is its unit %"),
        (["0.5", "0.94"], TARGET, InvalidInput, "as % but reaches only 0.94: is its unit fraction"),
        (["50", "100.5"], TARGET, InvalidInput, "as % but has 100.5 in row 2"),
        (["50", "-1"], TARGET, InvalidInput, "column 'acc' is negative in row 2: -1; accuracy never is"),
        (["5", "-1"], "train_time_s:cifar10/-/200/-/h", InvalidInput, "negative in row 2: -1; train_time_s never is"),
    ],
)  # fmt: skip
def test_bad_values_are_named_and_nothing_is_written(imported, own_home, values, target, error, message):
    with pytest.raises(error, match=message):
        imported(HEAD + f"1,{values[0]}\n2,{values[1]}\n", [f"acc={target}"])
    assert not own_home.exists()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("cifar10/ori-test/200/777/fraction", 50.0),
        ("cifar10/ori-test/200/777/%", None),
        ("loss:cifar10/ori-test/200/777/nat", 0.5),
        ("train_time_s:cifar10/-/200/-/s", 0.5),
        ("train_time_s:cifar10/-/200/-/h", 1_800.0),
        ("latency_s:cifar10/-/-/-/ms", 0.0005),
        ("params_m:cifar10/-/-/-/M", 0.5),
        ("params_m:cifar10/-/-/-/1", 5e-7),
        ("macs_m:cifar10/-/-/-/G", 500.0),
    ],
)
def test_units_are_converted(imported, target, expected):
    if expected is None:
        with pytest.raises(InvalidInput, match="is its unit fraction"):
            imported(HEAD + "1,0.5\n2,\n", [f"acc={target}"])
        return
    values = only(imported(HEAD + "1,0.5\n2,\n", [f"acc={target}"]))
    assert values[0] == pytest.approx(expected, rel=1e-15)
    assert np.isnan(values[1])


def test_digits_are_exact(imported):
    numbers = np.random.default_rng(0).random(300) * 90 + 5
    text = HEAD + "".join(f"{row},{value!r}\n" for row, value in enumerate(numbers.tolist()))
    assert only(imported(text)) == numbers.tolist()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), "holds datetime64"),
        (pd.to_timedelta([1, 2], unit="s"), "holds timedelta64"),
        (np.array([True, None], dtype=object), "holds true and false"),
        (["1", "x"], "no numbers, the first in row 2: 'x'"),
    ],
)
def test_parquet_columns_that_are_no_numbers(tmp_path, own_home, values, message):
    pd.DataFrame({"arch": [1, 2], "acc": values}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(WrongType, match=message):
        import_table(tmp_path / "t.parquet", space="nasbench201", mapping={"acc": Mapped.parse(TARGET)})


# files


def test_a_csv_file_whose_rows_are_longer_than_its_header(imported):
    """pandas would take the surplus field for an index, and every value for its neighbour's."""
    with pytest.raises(InvalidInput, match=r"cannot be read as csv: .*Expected 2 fields in line 2, saw 3"):
        imported(HEAD + "0,5,7\n1,6,8\n")
    with pytest.raises(InvalidInput, match="Expected 2 fields in line 3, saw 3"):
        imported(HEAD + "0,5\n1,6,8\n")


def test_two_columns_of_one_name(imported):
    with pytest.raises(InvalidInput, match=r"theirs.csv has two columns called 'acc': give each its own name"):
        imported("arch,acc,acc\n1,50,60\n")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (HEAD, InvalidInput, "theirs.csv has no rows"),
        ("", InvalidInput, "theirs.csv cannot be read as csv: "),
        ("archs,acc\n1,50\n", NotFound, "no column 'arch': it has archs, acc. Did you mean 'archs'"),
        ("arch,accuracy\n1,50\n", NotFound, "theirs.csv has no column 'acc': it has arch, accuracy"),
    ],
)
def test_files_that_do_not_fit(imported, text, error, message):
    with pytest.raises(error, match=message):
        imported(text)


def test_files_that_are_none(tmp_path, own_home):
    mapping = {"acc": Mapped.parse(TARGET)}
    (tmp_path / "x.xlsx").write_text("x")
    (tmp_path / "x.parquet").write_text("x")
    (tmp_path / "x.csv").write_bytes(b"arch,acc\n1,\xff\xfe\n")
    for name, error, message in (
        ("missing.csv", NotFound, "missing.csv does not exist"),
        ("x.xlsx", InvalidInput, "'x.xlsx' must end in .csv or .parquet"),
        ("x.parquet", InvalidInput, "x.parquet cannot be read as parquet"),
        ("x.csv", InvalidInput, "x.csv cannot be read as csv: .*utf-8"),
    ):
        with pytest.raises(error, match=message):
            import_table(tmp_path / name, space="nasbench201", mapping=mapping)
    with pytest.raises(NotFound, match=r"no space is called 'nasbench202'.*Did you mean 'nasbench201'"):
        import_table(tmp_path / "x.csv", space="nasbench202", mapping=mapping)


def test_provenance_and_what_was_left_out(imported, tmp_path):
    table = imported("arch,acc,extra,more\n1,50,1,2\n")
    inputs = table.index.provenance["inputs"]
    assert inputs["file"] == "theirs.csv"
    assert inputs["key"] == "arch"
    assert inputs["column acc"] == "cifar10/ori-test/200/mean in %"
    import hashlib

    assert inputs["sha256"] == hashlib.sha256((tmp_path / "theirs.csv").read_bytes()).hexdigest()
    assert table.index.notes == ("Imported from theirs.csv; 2 of its columns were not mapped.",)
    assert table.columns == (Column("accuracy", "cifar10", "ori-test", 200, "mean"),)


def test_names(imported):
    with pytest.raises(InvalidInput, match="'nasbench201-slice' belongs to a table that benchtools builds: choose"):
        imported(HEAD + "1,50\n", name="nasbench201-slice")
    with pytest.raises(InvalidInput, match=r"'../x' cannot name a table: use up to 64 lower-case letters"):
        imported(HEAD + "1,50\n", name="../x")
    assert imported(HEAD + "1,50\n", name="first").name == "first"
    assert only(imported(HEAD + "1,60\n", name="first")) == [60.0]  # an import replaces the one before


# mapping


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "no column is mapped: give at least one COLUMN=dataset/split/epochs/seed/unit"),
        (["acc"], "--map 'acc': write COLUMN=dataset/split/epochs/seed/unit, or a .toml file"),
        (["=" + TARGET], "--map '=.*': write COLUMN="),
        (["acc=cifar10/ori-test/200/mean"], "is no target: write .*metric one of accuracy, accuracy_top5, loss"),
        (["acc=cifar10/ori-test/200/mean/percent"], "is no target: .*unit one of %, 1, G, M, fraction, h, ms, nat, s"),
        (["acc=cifar10/ori-test/200/mean/s"], "accuracy is given in % or fraction, not in 's'"),
        (["acc=params_m:cifar10/-/-/-/%"], "params_m is given in M or 1, not in '%'"),
        (["acc=cifar10/ori-test/many/mean/%"], "epochs 'many' .* must be a whole number"),
        (["acc=acc:cifar10/ori-test/200/mean/%"], "metric 'acc' is not known"),
        (["acc=" + TARGET, "acc=" + TARGET], "the column 'acc' is mapped twice"),
        (["acc=" + TARGET, "two=" + TARGET], "two columns are mapped to cifar10/ori-test/200/mean"),
    ],
)
def test_bad_mappings(imported, entries, message):
    with pytest.raises(InvalidInput, match=message):
        imported("arch,acc,two\n1,50,50\n", entries)


def test_a_source_may_hold_an_equals_sign():
    assert list(parse_mapping([f"hp=200=acc={TARGET}"])) == ["hp=200=acc"]


def test_a_mapping_in_toml(imported, tmp_path):
    file = tmp_path / "map.toml"
    file.write_text(f'[columns]\nacc = "{TARGET}"\n"two = three" = "params_m:cifar10/-/-/-/1"\n')
    table = imported("arch,acc,two = three\n1,50,1000000\n", [str(file)])
    assert [str(column) for column in table.columns] == ["cifar10/ori-test/200/mean", "params_m:cifar10/-/-/-"]
    assert table.column(metric="params_m", dataset="cifar10").tolist() == [1.0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[columns\n", "map.toml is no TOML"),
        (b"\xff\xfe\n", "map.toml is no TOML"),
        (b"[other]\n", r"needs a table \[columns\] with lines such as"),
        (b"columns = 3\n", r"needs a table \[columns\]"),
        (b"[columns]\nacc = 3\n", r"needs a table \[columns\]"),
        (b"[columns]\nacc = 'x'\n", "'x' is no target"),
    ],
)
def test_bad_toml(tmp_path, data, message):
    (tmp_path / "map.toml").write_bytes(data)
    with pytest.raises(InvalidInput, match=message):
        parse_mapping([str(tmp_path / "map.toml")])


def test_toml_that_is_no_file(tmp_path):
    with pytest.raises(NotFound, match=r"the mapping file .*no.toml does not exist"):
        parse_mapping([str(tmp_path / "no.toml")])
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InvalidInput, match=r"folder.toml cannot be read: Is a directory"):
        parse_mapping([str(tmp_path / "folder.toml")])


# real data


def test_the_developers_file_imports_and_answers(core_parquet, tmp_path):
    mapping = parse_mapping([
        f"{dataset}_{split}_acc_hp200_mean={dataset}/{split}/200/mean/%"
        for dataset, split in (
            ("cifar10-valid", "x-valid"), ("cifar10", "ori-test"), ("cifar100", "x-valid"), ("cifar100", "x-test"),
            ("ImageNet16-120", "x-valid"), ("ImageNet16-120", "x-test"),
        )
    ])  # fmt: skip
    table = import_table(core_parquet, space="nasbench201", mapping=mapping, key="op_code", out=tmp_path / "core")
    best = {
        ("cifar10", "ori-test"): (94.3733, 6111), ("cifar100", "x-test"): (73.5133, 9930),
        ("ImageNet16-120", "x-test"): (47.3111, 857), ("cifar10-valid", "x-valid"): (91.6067, 6111),
        ("cifar100", "x-valid"): (73.4933, 9930), ("ImageNet16-120", "x-valid"): (46.7333, 10_676),
    }  # fmt: skip
    for (dataset, split), expected in best.items():
        values = table.column(dataset=dataset, split=split, epochs=200, seed="mean")
        assert (round(float(values.max()), 4), int(values.argmax())) == expected
    record = table.lookup(1462)
    tests = [str(column) for column in record.values if "test" in str(column)]
    assert len(tests) == 3
    values = {str(column): round(value, 3) for column, value in record.values.items()}
    assert [values[name] for name in tests] == [93.76, 71.107, 41.444]


def test_the_means_of_nasbench101_import(tmp_path, core_parquet):
    """423,624 cells by their hashes: the best, and a known row."""
    source = core_parquet.with_name("nasbench101_mean_test_acc_108ep.parquet")
    mapping = parse_mapping(
        ["mean_test_accuracy_108ep=cifar10/test/108/mean/fraction", "trainable_parameters=params_m:cifar10/-/-/-/1"]
    )
    table = import_table(source, space="nasbench101", mapping=mapping, key="module_hash", out=tmp_path / "nb101")
    accuracy = table.column(dataset="cifar10", split="test", epochs=108, seed="mean")
    best = int(accuracy.argmax())
    assert table.space.to_string(int(table.indices[best])) == "02e5a0247bbdcf2860b7e96f74961594"
    for number, expected in enumerate((94.2007, 93.9670, 94.1774), start=1):  # within the spaces of 1Shot1
        view = table.view(f"oneshot1_s{number}")
        (choice,) = view.best(dataset="cifar10", split="test", epochs=108, seed="mean")
        assert choice.value == pytest.approx(expected, abs=5e-5)
        assert len(view) == view.space.size
    assert accuracy[best] == pytest.approx(94.3176, abs=1e-4)
    values = table.lookup("00005c142e6f48ac74fdcf73e3439874").values
    assert sorted(values.values()) == pytest.approx([8.55553, 92.06063151359558])
