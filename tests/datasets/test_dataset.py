"""The data set itself: its checks, its facts, its splits; digits; what is loaded when."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from _writers import pixels
from sklearn.datasets import load_digits

from benchtools.datasets import DATASETS, Dataset, DatasetKind, Split, _splits, add_splits, load_dataset, read_splits
from benchtools.datasets import _facts as facts_module
from benchtools.errors import InvalidInput, NotFound, StoreError, WrongType


def small(**changes):
    fields = {
        "name": "small", "train_images": pixels(6, 4, 5), "train_labels": np.array([0, 1, 2, 0, 1, 2]),
        "test_images": pixels(2, 4, 5, seed=1), "test_labels": np.array([1, 1]), "classes": ("a", "b", "c"),
        "source": "SYNTHETIC",
    }  # fmt: skip
    return Dataset(**{**fields, **changes})


# digits


def test_digits_are_scikit_learns():
    official, found = load_digits(), load_dataset("digits")
    images, labels = np.empty((1797, 8, 8), np.uint8), np.empty(1797, np.int64)
    for part in ("train", "test"):
        images[found.positions[part]] = found.images(part)[..., 0]
        labels[found.positions[part]] = found.labels(part)
    np.testing.assert_array_equal(np.rint(images * (16 / 255)), official.images)  # the spreading can be undone
    assert labels.tolist() == official.target.tolist()
    assert sorted(np.unique(images))[-1] == 255


def test_the_split_of_digits_is_fixed_and_stratified():
    official, found = load_digits().target, load_dataset("digits")
    test = [i for label in range(10) for i in np.flatnonzero(official == label).tolist()[4::5]]
    assert found.positions["test"].tolist() == sorted(test)
    assert len(found.train_images), len(found.test_images) == (1442, 355)
    counts = np.bincount(official)
    assert np.bincount(found.test_labels).tolist() == (counts // 5).tolist()
    assert found.digest == "1893fd4b51455e7eee0dad5592bdb665ce4d6165e2ba36ba0db5e1d277798126"


def test_digits_take_no_path():
    with pytest.raises(InvalidInput, match="they take no path, and x was given"):
        load_dataset("digits", "x")


# facts


def test_mean_deviation_and_digest_against_plain_numpy(monkeypatch):
    monkeypatch.setattr(facts_module, "CHUNK", 100)  # several chunks
    found = small()
    shares = found.train_images / 255
    np.testing.assert_allclose(found.mean, shares.mean((0, 1, 2)), rtol=1e-13)
    np.testing.assert_allclose(found.std, shares.std((0, 1, 2)), rtol=1e-13)
    digest = hashlib.sha256()
    for array in (found.train_images, found.train_labels, found.test_images, found.test_labels):
        digest.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    assert found.digest == digest.hexdigest()


def test_the_digest_depends_on_every_image_and_label():
    digests = {small().digest}
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        array = getattr(small(), name).copy()
        array[-1] = 1 - (array[-1] == 1)
        digests.add(small(**{name: array}).digest)
    assert len(digests) == 5


# checks


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"train_images": pixels(6, 4, 5).astype(float)}, WrongType, "those of the train part are float64 and int64"),
        ({"test_labels": np.array([1, 1], np.int32)}, WrongType, "those of the test part are uint8 and int32"),
        ({"train_images": pixels(6, 4, 5, 4)}, InvalidInput, r"1 or 3 channels; .*\(6, 4, 5, 4\)"),
        ({"train_images": pixels(5, 4, 5)}, InvalidInput, "the train part has 5 images and 6 labels"),
        ({"test_images": pixels(2, 5, 5)}, InvalidInput, "images of 4x5x3 and test images of 5x5x3"),
        ({"train_labels": np.array([0, 1, 3, 0, 1, 5])}, InvalidInput, "2 labels .* the first is 3, of image 2"),
        ({"classes": ()}, InvalidInput, "has no classes"),
        ({"splits": {"train": Split("train", np.array([0]))}}, InvalidInput, "another name"),
        ({"splits": {"x": Split("train", np.array([0, 6]))}}, InvalidInput, r"from 0 to 6, and its train part has 6"),
        ({"splits": {"x": Split("train", np.array([0, 0]))}}, InvalidInput, "'x' has an image twice"),
        ({"splits": {"x": Split("train", np.array([0.5]))}}, WrongType, "a list of whole numbers"),
        ({"positions": {"train": np.array([1])}}, InvalidInput, "not one for each"),
    ],
)
def test_what_does_not_fit_is_refused(changes, error, match):
    with pytest.raises(error, match=match):
        small(**changes)


def test_describe():
    lines = small(splits={"half": Split("train", np.array([0, 1, 2]))}, notes=("careful",)).describe()
    assert lines["images"] == "4x5x3, uint8"
    assert lines["train"] == "6 images, 2 a class"
    assert lines["test"] == "2 images, 0 to 2 a class"
    assert lines["half"] == "3 images of train, 1 a class"
    assert lines["notes"] == "careful"


def test_parts_come_without_a_copy_and_splits_by_name():
    found = small(splits={"half": Split("train", np.array([4, 0]))})
    assert found.images("train") is found.train_images
    assert found.labels("half").tolist() == [1, 0]
    np.testing.assert_array_equal(found.images("half"), found.train_images[[4, 0]])
    with pytest.raises(NotFound, match=r"has no split 'haf': there is train, test, half\. Did you mean 'half'\?"):
        found.split("haf")


# splits


def split_file(path, **lists):
    path.write_text(json.dumps({name: ["int", [str(i) for i in values]] for name, values in lists.items()}))
    return path


def test_lists_of_a_file(tmp_path):
    file = split_file(tmp_path / "split.txt", train=[0, 2, 4], valid=[1, 3, 5])
    assert {name: found.tolist() for name, found in read_splits(file).items()} == {
        "train": [0, 2, 4],
        "valid": [1, 3, 5],
    }
    with pytest.raises(InvalidInput, match="none of NAS-Bench-201's files: say by part="):
        add_splits(small(), file)
    with pytest.raises(InvalidInput, match="another name"):
        add_splits(small(), file, part="train")
    file = split_file(tmp_path / "split.txt", one=[0, 2, 4], two=[1, 3, 5])
    assert add_splits(small(), file, part="train").labels("two").tolist() == [1, 0, 2]


def test_files_of_splits_that_are_cut_off_or_something_else(tmp_path):
    file = split_file(tmp_path / "split.txt", train=[0, 2], valid=[1, 3])
    whole = file.read_bytes()
    for data in [*(whole[:length] for length in range(len(whole))), b"[1]", b'{"a": ["int", "12"]}', b'{"a": 3}']:
        file.write_bytes(data)
        with pytest.raises(StoreError, match="cut off or no file of splits"):
            read_splits(file)
    with pytest.raises(NotFound, match="there is no file"):
        read_splits(tmp_path / "nothing")


def test_official_files_are_known_by_their_digest(tmp_path, own_home, monkeypatch):
    file = split_file(tmp_path / "split.txt", train=[0, 2, 4], valid=[1, 3, 5])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    official = _splits.OfficialSplits("split.txt", digest, "small", "train", 6, {"train": "search-train", "valid": "v"})
    monkeypatch.setattr(_splits, "OFFICIAL_SPLITS", (official,))
    assert add_splits(small(), file).split("search-train").indices.tolist() == [0, 2, 4]
    with pytest.raises(InvalidInput, match="splits the 6 images of the train part of small; other has 6 there"):
        add_splits(small(name="other"), file)
    with pytest.raises(NotFound, match="get it by `benchtools data fetch nasbench201-splits`"):
        add_splits(small(), "nasbench201")
    (own_home / "datasets" / "nasbench201-splits").mkdir(parents=True)
    file.rename(own_home / "datasets" / "nasbench201-splits" / "split.txt")
    assert add_splits(small(), "nasbench201").split_names() == ["train", "test", "search-train", "v"]
    with pytest.raises(NotFound, match="has no splits of digits: it has some of small"):
        load_dataset("digits", splits="nasbench201")


def test_the_catalogue_has_the_official_splits():
    from benchtools.datasets._catalogue import CATALOGUE

    files = {file.file: file.digest.hexadecimal for file in CATALOGUE["nasbench201-splits"].files}
    assert files == {official.file: official.sha256 for official in _splits.OFFICIAL_SPLITS}


# the room


def test_a_plug_in_is_found(monkeypatch):
    kind = DatasetKind("SYNTHETIC", "", lambda path, *, progress, title: small(name=title), ("title",))
    monkeypatch.setitem(DATASETS._parts, "mine", kind)
    assert load_dataset("mine", title="other").name == "other"


def test_loading_and_describing_need_no_torch():
    code = (
        "import sys\nfrom benchtools.datasets import list_datasets, list_official, load_dataset\n"
        "list_datasets(), list_official()\nassert 'sklearn' not in sys.modules\n"
        "load_dataset('digits').describe()\n"
        "print(sorted({'torch', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_without_torch_batches_say_what_to_install():
    code = (
        "import sys\nsys.modules['torch'] = None\nfrom benchtools import datasets\n"
        "from benchtools.errors import BenchtoolsError\n"
        "try:\n    datasets.Batches\nexcept BenchtoolsError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == 'Batches needs torch: pip install "benchtools[train]"'


def test_a_plug_in_package_is_found_by_its_entry_point(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from benchtools.datasets import DatasetKind, load_dataset\n"
        "KIND = DatasetKind('SYNTHETIC', '', lambda path, *, progress: load_dataset('digits'))\n"
    )
    info = tmp_path / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[benchtools.datasets]\nmine = mine:KIND\n")
    code = (
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n"
        "from benchtools.datasets import list_datasets, load_dataset\n"
        "print(list_datasets()['mine'], len(load_dataset('mine').classes))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "SYNTHETIC 10"
