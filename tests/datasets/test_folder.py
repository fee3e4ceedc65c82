"""Image folders: decoded as Pillow does it one by one, cached, and refused or skipped where unreadable."""

import numpy as np
import pytest
from _writers import pixels
from PIL import Image

from benchtools.datasets import load_dataset
from benchtools.errors import InvalidInput, NotFound, StoreError

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def folder(tmp_path):
    """Write a SYNTHETIC image folder: two classes, sizes that differ."""
    root = tmp_path / "images"
    for place, name in enumerate(
        ["train/dog/b.png", "train/dog/a.png", "train/cat/1.bmp", "val/dog/x.png", "val/cat/y.png"]
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels(1, 20 + place, 30, seed=place)[0]).save(root / name)
    return root


def by_hand(path, size):
    """Middle square, then resized: one image, step by step."""
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side)))


def test_images_classes_and_parts(folder):
    found = load_dataset("folder", folder, resolution=8, workers=3)
    assert found.classes == ("cat", "dog")
    assert (found.train_labels.tolist(), found.test_labels.tolist()) == ([0, 1, 1], [0, 1])
    for image, name in zip(found.train_images, ["cat/1.bmp", "dog/a.png", "dog/b.png"], strict=True):
        np.testing.assert_array_equal(image, by_hand(folder / "train" / name, 8))
    np.testing.assert_array_equal(found.test_images[1], by_hand(folder / "val" / "dog" / "x.png", 8))


def test_the_array_is_mapped_and_made_once(folder, monkeypatch):
    from benchtools.datasets import _folder_cache

    first = load_dataset("folder", folder, resolution=8)
    assert isinstance(first.train_images, np.memmap)
    assert first.train_images.dtype == np.uint8
    monkeypatch.setattr(_folder_cache, "_decode", lambda *_: pytest.fail("decoded again"))
    again = load_dataset("folder", folder, resolution=8)
    assert again.digest == first.digest
    np.testing.assert_allclose(again.mean, (first.train_images / 255).mean((0, 1, 2)))


def test_a_changed_file_is_decoded_again(folder):
    first = load_dataset("folder", folder, resolution=8)
    Image.fromarray(pixels(1, 9, 9, seed=9)[0]).save(folder / "train" / "dog" / "a.png")
    assert load_dataset("folder", folder, resolution=8).digest != first.digest
    assert load_dataset("folder", folder, resolution=4).resolution == (4, 4)


def test_a_damaged_cache_is_made_anew(folder, own_home):
    first = load_dataset("folder", folder, resolution=8)
    digest = first.digest
    for name in ("images.npy", "labels.npy", "index.json"):
        file = next((own_home / "datasets").rglob(name))
        file.write_bytes(file.read_bytes()[:-20])
        assert load_dataset("folder", folder, resolution=8).digest == digest


def test_unreadable_images_are_listed_or_skipped(folder):
    (folder / "train" / "dog" / "broken.jpg").write_bytes(b"no image")
    cut = (folder / "train" / "dog" / "a.png").read_bytes()[:300]
    (folder / "val" / "cat" / "cut.png").write_bytes(cut)
    with pytest.raises(
        StoreError, match=r"2 of the 7 images of .*skip_bad=True[\s\S]*dog/broken.jpg \(cannot identify"
    ) as e:
        load_dataset("folder", folder, resolution=8)
    assert "val/cat/cut.png" in str(e.value)
    found = load_dataset("folder", folder, resolution=8, skip_bad=True)
    assert (len(found.train_images), len(found.test_images)) == (3, 2)
    np.testing.assert_array_equal(found.train_images[2], by_hand(folder / "train" / "dog" / "b.png", 8))
    assert "2 images could not be read and were left out: train/dog/broken.jpg" in found.notes[0]
    with pytest.raises(StoreError, match="2 of the 7 images"):  # the cache remembers
        load_dataset("folder", folder, resolution=8)


def test_every_cut_of_an_image_is_found(folder):
    file = folder / "train" / "dog" / "a.png"
    whole = file.read_bytes()
    for length in range(0, len(whole) - 20, 97):
        file.write_bytes(whole[:length])
        with pytest.raises(StoreError, match=r"1 of the 5 images.*\n  train/dog/a.png \("):
            load_dataset("folder", folder, resolution=8)


def test_many_unreadable_images_are_counted(folder):
    for i in range(30):
        (folder / "train" / "dog" / f"{i}.jpg").write_bytes(b"x")
    with pytest.raises(StoreError, match=r"30 of the 35[\s\S]*and 20 more"):
        load_dataset("folder", folder, resolution=8)
    (folder / "train" / "cat" / "1.bmp").unlink()
    for name in ("a.png", "b.png"):
        (folder / "train" / "dog" / name).unlink()
    with pytest.raises(StoreError, match="not one training image"):
        load_dataset("folder", folder, resolution=8, skip_bad=True)


def test_without_a_test_part(folder):
    found = load_dataset("folder", folder / "train", resolution=8)
    assert len(found.train_images) == 3
    assert found.test_images.shape == (0, 8, 8, 3)
    assert found.describe()["test"] == "no images"


def test_grey_images_and_palettes_become_rgb(folder):
    grey = pixels(1, 8, 8, 1)[0, :, :, 0]
    Image.fromarray(grey).save(folder / "train" / "cat" / "1.png")
    found = load_dataset("folder", folder, resolution=8)
    np.testing.assert_array_equal(found.train_images[1], np.repeat(grey[:, :, None], 3, 2))


def test_folders_that_hold_nothing(tmp_path, folder):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(
        StoreError, match="holds no class folders: give a folder with a folder of images for each class"
    ):
        load_dataset("folder", empty)
    (empty / "cat").mkdir()
    (empty / "cat" / "readme.txt").write_text("x")
    with pytest.raises(StoreError, match=r"holds no images in its class folders: files must end in \.bmp"):
        load_dataset("folder", empty)
    with pytest.raises(NotFound, match="there is no folder"):
        load_dataset("folder", folder / "train" / "dog" / "a.png")
    (folder / "val" / "bird").mkdir()
    with pytest.raises(InvalidInput, match=r"has classes that .*train lacks: bird"):
        load_dataset("folder", folder)
    (folder / "test").mkdir()
    with pytest.raises(InvalidInput, match="has the test parts val and test: keep one"):
        load_dataset("folder", folder)
    with pytest.raises(InvalidInput, match="resolution must be from 1 to 1024 pixels; 0 was given"):
        load_dataset("folder", folder, resolution=0)
