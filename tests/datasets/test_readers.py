"""Every format, written by independent writers in the official layout: read exactly, or refused in words."""

import gzip
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from _writers import cifar10_batch, idx, imagenet16_batch, pixels, planes, python2_batch

from benchtools.datasets import list_datasets, load_dataset
from benchtools.errors import BenchtoolsError, InvalidInput, NotFound, StoreError, UnsafePickle

SHARED = Path(__file__).parents[3] / "shared"


def load(sample, **changes):
    return load_dataset(sample.kind, sample.path, **{**sample.options, **changes})


# right files


def test_every_format_is_read_exactly(sample):
    found = load(sample)
    for part, (images, labels) in (("train", sample.train), ("test", sample.test)):
        assert found.images(part).dtype == np.uint8
        assert found.labels(part).dtype == np.int64
        np.testing.assert_array_equal(found.images(part), images)
        assert found.labels(part).tolist() == labels
    assert found.resolution == sample.train[0].shape[1:3]


def test_labels_of_cifar100_are_fine_or_coarse(make, tmp_path):
    for name in ("cifar100-python", "cifar100-binary"):
        fine, coarse = make(name), make(name, labels="coarse")
        assert len(load(fine).classes) == 100
        found = load(coarse)
        assert found.train_labels.tolist() == coarse.train[1]
        assert len(found.classes) == 20
    with pytest.raises(InvalidInput, match=r"'fine' .* and 'coarse' .*'super' was asked for"):
        load(fine, labels="super")


def test_an_official_data_set_must_be_whole(sample):
    if "partial" not in sample.options:
        pytest.skip("this format has no official size")
    with pytest.raises(StoreError, match=r"has [\d,]+ images, the official file [\d,]+.*partial=True"):
        load(sample, partial=False)


def test_fashion_mnist_differs_in_class_names_only(make):
    sample = make("mnist-gz", kind="fashion-mnist")
    assert load(sample).classes[0] == "T-shirt/top"
    assert load(sample).train_labels.tolist() == sample.train[1]


def test_a_fortran_array_in_a_batch(make):
    sample = make("cifar10-python")
    rows = np.asfortranarray(planes(sample.train[0][:3]))
    batch = pickle.dumps({"data": rows, "labels": sample.train[1][:3]}, 2)
    (sample.path / "data_batch_1").write_bytes(batch)
    np.testing.assert_array_equal(load(sample).train_images, sample.train[0])


def test_big_endian_labels_as_an_array(make):
    sample = make("cifar10-python")
    batch = {"data": planes(sample.train[0][:3]), "labels": np.array(sample.train[1][:3], ">i4")}
    (sample.path / "data_batch_1").write_bytes(pickle.dumps(batch, 4))
    assert load(sample).train_labels.tolist() == sample.train[1]


def test_the_writer_of_python_2_pickles_is_understood_by_python():
    images = pixels(3)
    found = pickle.loads(cifar10_batch(images, [1, 2, 3]), encoding="latin1")
    np.testing.assert_array_equal(found["data"], planes(images))
    assert found["labels"] == [1, 2, 3]


def test_shared_subset_of_cifar100():
    path = SHARED / "data" / "cifar100_subset.npz"
    if not path.is_file():
        pytest.skip(f"{path} is not here: it is no part of the project")
    fine, coarse = load_dataset("cifar100", path), load_dataset("cifar100", path, labels="coarse")
    assert np.bincount(fine.train_labels).tolist() == [100] * 100
    assert np.bincount(fine.test_labels).tolist() == [20] * 100
    assert np.bincount(coarse.train_labels).tolist() == [500] * 20
    assert fine.classes[fine.train_labels[0]] == "cattle"
    assert (np.diff(fine.positions["train"]) > 0).all()
    for group in range(20):  # each group has five classes
        assert len(set(fine.train_labels[coarse.train_labels == group].tolist())) == 5


def test_whole_cifar10():
    path = next((path for path in (SHARED / "data" / "cifar10.npz", SHARED / "cifar10.npz") if path.is_file()), None)
    if path is None:
        pytest.skip("cifar10.npz is not here: shared/tools/get_cifar10.py gets it")
    found = load_dataset("cifar10", path)
    assert np.bincount(found.train_labels).tolist() == [5000] * 10
    np.testing.assert_allclose(found.mean, [0.4914, 0.4822, 0.4465], atol=1e-4)
    np.testing.assert_allclose(found.std, [0.2470, 0.2435, 0.2616], atol=1e-4)


# cut off and damaged files


def test_cut_off_files_are_refused(sample):
    """Every length of small files, 60 lengths of large ones: never a wrong result, never another error."""
    expected = load(sample)
    for file in sample.files[:1] + sample.files[-1:]:
        whole = file.read_bytes()
        lengths = {0, 1, len(whole) - 1, *np.linspace(0, len(whole) - 1, 60, dtype=int).tolist()}
        for length in sorted(lengths if len(whole) > 300 else range(len(whole))):
            file.write_bytes(whole[:length])
            if sample.kind == "cifar10" and file.suffix == ".bin" and length and length % 3073 == 0:
                with pytest.raises(StoreError, match="official file 10,000"):  # it looks whole, but for its count
                    load(sample, partial=False)
                continue
            if sample.kind == "cifar100" and file.suffix == ".bin" and length and length % 3074 == 0:
                continue
            with pytest.raises((StoreError, UnsafePickle), match=r"cut off|damaged|is empty|no \.npz"):
                load(sample)
        file.write_bytes(whole)
    assert load(sample).digest == expected.digest


@pytest.mark.parametrize(
    "name", ["cifar10-python", "cifar100-python", "imagenet16-protocol3", "mnist-gz", "svhn", "npz"]
)
def test_damaged_bytes_lead_to_no_other_error(make, name):
    sample = make(name)
    rng = np.random.default_rng(5)
    file = sample.files[0]
    whole = file.read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(0, min(len(data), 700), 3):
            data[place] = rng.integers(256)
        file.write_bytes(data)
        try:
            load(sample)
        except BenchtoolsError as error:
            assert len(str(error)) < 2000  # noqa: PT017


def test_one_bit_in_a_gz_or_npz_file(make):
    for name in ("mnist-gz", "npz", "cifar10-tar"):
        sample = make(name)
        file = max(sample.files, key=lambda file: file.stat().st_size)
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 16
        file.write_bytes(data)
        with pytest.raises(StoreError, match="cut off or damaged"):
            load(sample)


# pickles that ask for more


@pytest.mark.parametrize(
    ("pickled", "match"),
    [
        (b"\x80\x02cposix\nsystem\nU\x02ls\x85R.", r"asks for posix\.system"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.", r"asks for posix\.system"),
        (b"\x80\x02cnumpy.core.multiarray\nscalar\n.", "asks for numpy.core.multiarray.scalar"),
        (b"\x80\x02cnumpy\nndarray\nK\x01\x85R.", "calls something that is not on the allow-list"),
        (b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.", "dtype 'O8'"),
        (b"\x80\x02(U\x02lsiposix\nsystem\n.", "opcode INST is not on the allow-list"),
        (b"\x80\x02U\x04a.b1Q.", "opcode BINPERSID is not on the allow-list"),
        (b"\x80\x02" + b"(" * 100 + b".", "more than 64 deep"),
        (b"\x80\x02}}b.", "sets the state of an object"),
        (b"\x80\x02}K\x01a.", "added to what is no list"),
        (b"\x80\x02h\x07.", "refers to object 7"),
        (b"\x80\x02\x8a\xff" + b"1" * 255 + b".", "a whole number of 255 bytes"),
        (b"\x80\x02}}K\x01s.", "a key {} that is no text"),
        (b"\x80\x09}.", "unknown protocol"),
    ],
)
def test_a_batch_that_asks_for_more_than_plain_data(make, pickled, match):
    sample = make("cifar10-python")
    (sample.path / "data_batch_2").write_bytes(pickled)
    with pytest.raises(UnsafePickle, match=match):
        load(sample)


def test_the_machine_of_archives_still_refuses_image_batches():
    import io

    from benchtools.tables.archives._pickle_machine import Machine, Window

    with pytest.raises(UnsafePickle, match="SHORT_BINSTRING is not on the allow-list"):
        Machine(Window(io.BytesIO(cifar10_batch(pixels(1), [1])).read)).load()


def test_endless_steps(make, monkeypatch):
    from benchtools.datasets import _pickled

    monkeypatch.setattr(_pickled, "MAX_STEPS", 20)
    with pytest.raises(UnsafePickle, match="more than 20 steps"):
        load(make("cifar10-python"))


def test_an_array_whose_shape_does_not_fit_its_bytes(make):
    sample = make("cifar10-python")
    whole = (sample.path / "data_batch_1").read_bytes()
    assert whole.count(b"K\x03M\x00\x0c\x86") == 1
    (sample.path / "data_batch_1").write_bytes(whole.replace(b"K\x03M\x00\x0c\x86", b"K\x04M\x00\x0c\x86"))
    with pytest.raises(StoreError, match=r"shape \(4, 3072\) has 9,216 bytes"):
        load(sample)


# contents that do not fit


@pytest.mark.parametrize(
    ("batch", "error", "match"),
    [
        ({"data": planes(pixels(3)), "labels": [1, 2]}, InvalidInput, "3 images and 2 labels"),
        ({"data": planes(pixels(3)), "labels": [1, 2, 10]}, InvalidInput,
         r"1 labels of the train part are outside its 10 classes \(0 to 9\); the first is 10, of image 2"),
        ({"data": planes(pixels(3))[:, :1024], "labels": [1, 2, 3]}, InvalidInput,
         r"rows of 3,072 bytes \(3x32x32\); found uint8 of the shape \(3, 1024\)"),
        ({"data": ["a"], "labels": [1]}, InvalidInput, "found list"),
        ({"data": planes(pixels(3)), "labels": ["a", "b", "c"]}, InvalidInput, "a list of whole numbers"),
        ({"data": planes(pixels(3)), "fine_labels": [1, 2, 3]}, StoreError, "lacks labels: it holds data, fine_labels"),
    ],
)  # fmt: skip
def test_batches_whose_contents_do_not_fit(make, batch, error, match):
    sample = make("cifar10-python")
    (sample.path / "data_batch_1").write_bytes(python2_batch(batch))
    with pytest.raises(error, match=match):
        load(sample)


def test_labels_of_imagenet16_are_1_to_1000(make):
    sample = make("imagenet16-protocol3")
    for label in (0, 1001):
        (sample.path / "val_data").write_bytes(imagenet16_batch(pixels(2, 16, 16), [5, label]))
        with pytest.raises(InvalidInput, match=f"1 labels are outside 1 to 1000; the first is {label}"):
            load(sample)
    (sample.path / "val_data").write_bytes(imagenet16_batch(pixels(2), [5, 6]))
    with pytest.raises(InvalidInput, match=r"rows of 768 bytes .*found uint8 of the shape \(0, 3072\)"):
        load(sample)
    with pytest.raises(InvalidInput, match="classes must be from 1 to 1000; 0 was given"):
        load(sample, classes=0)


def test_idx_files_that_are_something_else(make):
    sample = make("mnist-plain")
    labels, images = sample.path / "train-labels-idx1-ubyte", sample.path / "train-images-idx3-ubyte"
    whole = images.read_bytes()
    images.write_bytes(labels.read_bytes() + bytes(10))
    with pytest.raises(InvalidInput, match=r"starts with 0x00000801, not 0x00000803; was another file renamed\?"):
        load(sample)
    images.write_bytes(whole + b"x")
    with pytest.raises(StoreError, match=r"more bytes than its head says, \(5, 28, 28\)"):
        load(sample)
    images.write_bytes(whole)
    labels.write_bytes(idx(np.zeros(4, np.uint8)))
    with pytest.raises(InvalidInput, match="5 images and 4 labels"):
        load(sample)
    labels.write_bytes(gzip.compress(idx(np.zeros(5, np.uint8))))
    with pytest.raises(InvalidInput, match="0x1f8b"):
        load(sample)


def test_svhn_files_that_are_something_else(make):
    from scipy.io import savemat

    sample = make("svhn")
    file = sample.path / "train_32x32.mat"
    for contents, match in (
        ({"X": np.zeros((32, 32, 1, 2), np.uint8), "y": [[1], [2]]}, r"\(32, 32, 3, n\); found uint8"),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [[1]]}, "2 images and 1 labels"),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [[1], [11]]}, "outside 1 to 10; the first is 11"),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": [[1], [1.5]]}, "a list of whole numbers"),
    ):
        savemat(file, contents)
        with pytest.raises(InvalidInput, match=match):
            load(sample)
    for found in ([[1], [2]], [[1.0], [2.0]]):  # doubles are what MATLAB writes by default
        savemat(file, {"who": "a text", "z": [1j], "X": np.zeros((32, 32, 3, 2), np.uint8), "y": found})
        assert load(sample).train_labels.tolist() == [1, 2]
    savemat(file, {"X": np.zeros((32, 32, 3, 2), np.uint8)})
    with pytest.raises(StoreError, match="it lacks y"):
        load(sample)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"x_train": None}, NotFound, "lacks x_train: it holds x_test, y_test, y_train"),
        ({"x_train": np.zeros((6, 4, 4, 2), np.uint8)}, InvalidInput, r"1 or 3 channels; .*\(6, 4, 4, 2\)"),
        ({"x_train": np.zeros((6, 32, 32, 3))}, InvalidInput, "x_train must be uint8 .*found float64"),
        ({"x_train": np.zeros((6, 16, 16, 3), np.uint8)}, InvalidInput, "images of 16x16x3 and test images of 32x32x3"),
        ({"y_train": np.zeros(5, int)}, InvalidInput, "6 images and 5 labels"),
        ({"y_train": np.array([0, 1, 2, -1, 0, 0])}, InvalidInput, "the first is -1, of image 3"),
        ({"y_train": np.array([0, 1, 2, 2**40, 0, 0])}, InvalidInput, "labels must be positions of classes"),
        ({"y_train": np.array([{}] * 6, object)}, StoreError, "no .npz file"),
        ({"x_train": np.zeros((0, 32, 32, 3), np.uint8), "y_train": np.zeros(0, int)}, InvalidInput,
         "no training images"),
    ],
)  # fmt: skip
def test_npz_files_whose_contents_do_not_fit(make, changes, error, match):
    sample = make("npz")
    arrays = {**np.load(sample.path), **changes}
    np.savez(sample.path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(error, match=match):
        load(sample)


def test_an_npz_of_cifar10_must_be_whole_and_of_its_size(make):
    sample = make("npz")
    assert load_dataset("cifar10", sample.path, partial=True).classes[0] == "airplane"
    with pytest.raises(StoreError, match="6 images, the official file 50,000"):
        load_dataset("cifar10", sample.path)
    np.savez(sample.path, x_train=pixels(2, 8, 8), y_train=[1, 2], x_test=pixels(2, 8, 8), y_test=[1, 2])
    with pytest.raises(InvalidInput, match=r"images of cifar10 are 32x32x3; found \(8, 8, 3\)"):
        load_dataset("cifar10", sample.path, partial=True)


# paths and options


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn", "mnist", "imagenet16-120", "folder", "npz"])
def test_a_path_that_does_not_exist_says_what_is_valid(name, tmp_path):
    with pytest.raises(NotFound, match=r"there is (no|nothing).*give "):
        load_dataset(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn", "mnist", "imagenet16-120"])
def test_an_empty_folder_says_what_is_missing(name, tmp_path):
    with pytest.raises(NotFound, match=r"lacks|holds none of the official files"):
        load_dataset(name, tmp_path)


def test_a_path_of_the_wrong_kind(tmp_path):
    file = tmp_path / "data_batch_1"
    file.write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"none of what cifar10 is read from: give the folder .*\.npz"):
        load_dataset("cifar10", file)
    with pytest.raises(NotFound, match="there is no folder"):
        load_dataset("mnist", file)


def test_a_missing_batch_is_named(make):
    sample = make("cifar10-python")
    (sample.path / "data_batch_3").unlink()
    with pytest.raises(NotFound, match="lacks data_batch_3"):
        load(sample)


def test_official_subfolders_are_found(make, tmp_path):
    sample = make("cifar10-python")
    shutil.move(sample.path, tmp_path / "x" / "cifar-10-batches-py")
    found = load_dataset("cifar10", tmp_path / "x", partial=True)
    np.testing.assert_array_equal(found.train_images, sample.train[0])


def test_without_a_path(own_home):
    with pytest.raises(InvalidInput, match=r"cifar10 is not at .*benchtools data fetch cifar10"):
        load_dataset("cifar10")
    with pytest.raises(InvalidInput, match="folder needs a path: give a folder"):
        load_dataset("folder")


def test_unknown_names_and_options():
    with pytest.raises(NotFound, match=r"no data set is called 'cifar-10': .*Did you mean 'cifar10'\?"):
        load_dataset("cifar-10")
    with pytest.raises(InvalidInput, match="cifar10 takes no option labels: it takes partial"):
        load_dataset("cifar10", "x", labels="fine")
    with pytest.raises(InvalidInput, match="digits takes no option partial: it takes no options"):
        load_dataset("digits", partial=True)
    assert set(list_datasets()) >= {"cifar10", "cifar100", "digits", "fashion-mnist", "folder", "npz", "svhn"}


def test_a_wrong_digest(make):
    sample = make("npz")
    right = load(sample).digest
    assert load(sample, sha256=right.upper()).digest == right
    with pytest.raises(StoreError, match=f"has the digest {right}, not {'0' * 64}"):
        load(sample, sha256="0" * 64)
