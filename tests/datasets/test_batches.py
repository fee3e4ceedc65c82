"""Batches: equal to one image after another, the same for the same generator, and bounded in what they accept."""

from dataclasses import replace

import numpy as np
import pytest
from _writers import pixels

torch = pytest.importorskip("torch")

from benchtools.datasets import Augment, Batches, Dataset, Split, load_dataset  # noqa: E402
from benchtools.datasets._augment import draw  # noqa: E402
from benchtools.errors import InvalidInput, NotFound, WrongType  # noqa: E402

N = 37


@pytest.fixture(scope="module")
def dataset():
    """Return a SYNTHETIC data set of noise, 16x16x3."""
    rng = np.random.default_rng(3)
    return Dataset(
        "noise", pixels(N, 16, 16, seed=1), rng.integers(0, 5, N), pixels(9, 16, 16, seed=2), rng.integers(0, 5, 9),
        tuple("abcde"), "SYNTHETIC", splits={"half": Split("train", np.arange(30, 10, -2))},
    )  # fmt: skip


def one_image(dataset, image, augment, row, column, flip, centre, resolution):
    """Crop, flip, resize, normalise and cut out one image, in plain loops where it matters."""
    height, width, channels = image.shape
    pad = augment.border(height)
    padded = np.zeros((height + 2 * pad, width + 2 * pad, channels), np.uint8)
    padded[pad : pad + height, pad : pad + width] = image
    cropped = padded[row : row + height, column : column + width]
    values = torch.from_numpy(np.ascontiguousarray(cropped).astype(np.float32)).permute(2, 0, 1)
    if resolution != height:
        values = torch.nn.functional.interpolate(
            values[None], (resolution, resolution), mode="bilinear", antialias=True, align_corners=False
        )[0]
    values = values.double().numpy()
    values = values[:, :, ::-1] if flip else values  # resized first, then mirrored
    values = (values / 255 - np.array(dataset.mean)[:, None, None]) / np.array(dataset.std)[:, None, None]
    half = augment.square(resolution, height) // 2
    for y in range(resolution):
        for x in range(resolution):
            if abs(y - centre[0] + 0.5) < half and abs(x - centre[1] + 0.5) < half:
                values[:, y, x] = 0
    return values


@pytest.mark.parametrize("resolution", [16, 7])
@pytest.mark.parametrize("on_device", [True, False])
@pytest.mark.parametrize(
    "augment", [Augment(pad=0, flip=False), Augment(), Augment(pad=3, flip=False, cutout=6), Augment(cutout=8)]
)
def test_batches_equal_one_image_after_another(dataset, augment, resolution, on_device):
    batches = Batches(
        dataset, batch_size=10, generator=5, resolution=resolution, augment=augment, on_device=on_device,
        channels_last=on_device,
    )  # fmt: skip
    drawn = draw(
        N, torch.Generator().manual_seed(5), shuffle=True, pad=augment.border(16), flip=augment.flip,
        cutout=augment.cutout > 0, size=(resolution, resolution),
    )  # fmt: skip
    images, labels, indices = (torch.cat(parts) for parts in zip(*batches, strict=True))
    assert indices.tolist() == drawn.order.tolist()
    assert labels.tolist() == dataset.train_labels[indices].tolist()
    assert images.dtype == torch.float32
    for place, index in enumerate(indices.tolist()):
        expected = one_image(
            dataset, dataset.train_images[index], augment, int(drawn.rows[place]), int(drawn.columns[place]),
            bool(drawn.flips[place]), drawn.centres[place].tolist(), resolution,
        )  # fmt: skip
        np.testing.assert_allclose(images[place].numpy(), expected, atol=2e-5)


@pytest.mark.parametrize(
    ("mapped", "on_device", "copied"),
    [(True, None, False), (True, True, True), (False, None, True), (False, False, False)],
)
def test_a_memory_map_stays_where_it_is(dataset, tmp_path, mapped, on_device, copied):
    images = dataset.train_images.copy()
    if mapped:
        images = np.memmap(tmp_path / "images", np.uint8, "w+", shape=dataset.train_images.shape)
        images[:] = dataset.train_images
    batches = Batches(
        replace(dataset, train_images=images), batch_size=N, generator=0, shuffle=False, on_device=on_device
    )
    (before,) = batches
    images[:] = 255 - dataset.train_images
    (after,) = batches
    assert torch.equal(before.images, after.images) == copied


def test_without_augmentation_pixels_come_back_exactly(dataset):
    batch = next(iter(Batches(dataset, batch_size=N, generator=0, shuffle=False)))
    mean, std = (torch.tensor(values)[:, None, None] for values in (dataset.mean, dataset.std))
    found = ((batch.images * std + mean) * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
    np.testing.assert_array_equal(found.numpy(), dataset.train_images)
    assert batch.images.mean((0, 2, 3)).abs().max() < 1e-5
    assert (batch.images.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-5


def stacked(batches):
    return [torch.cat(parts) for parts in zip(*batches, strict=True)]


def test_the_generator_decides_everything(dataset):
    augment = Augment(cutout=4)
    one, two, three = (Batches(dataset, batch_size=size, generator=seed, augment=augment) for size, seed in
                       ((8, 1), (5, 1), (8, 2)))  # fmt: skip
    first = stacked(one)
    for a, b in zip(first, stacked(two), strict=True):  # batch size changes nothing
        assert torch.equal(a, b)
    assert first[2].tolist() != stacked(three)[2].tolist()
    next(iter(two))  # an epoch that is broken off draws as a whole one
    next(iter(one))
    assert stacked(one)[2].tolist() == stacked(two)[2].tolist()


def test_no_global_randomness_is_used(dataset):
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    stacked(Batches(dataset, batch_size=8, generator=1, augment=Augment(cutout=4)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_each_epoch_has_a_new_order_with_every_image_once(dataset):
    batches = Batches(dataset, batch_size=8, generator=torch.Generator().manual_seed(3))
    epochs = [stacked(batches)[2].tolist() for _ in range(3)]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert all(sorted(epoch) == list(range(N)) for epoch in epochs)
    assert stacked(Batches(dataset, batch_size=8, generator=3, shuffle=False))[2].tolist() == list(range(N))


def test_an_epoch_resumes_from_the_state_of_its_generator(dataset):
    generator = torch.Generator().manual_seed(3)
    batches = Batches(dataset, batch_size=8, generator=generator, augment=Augment())
    stacked(batches)
    state = generator.get_state()
    second = stacked(batches)
    resumed = Batches(dataset, batch_size=8, generator=generator.set_state(state), augment=Augment())
    assert all(torch.equal(a, b) for a, b in zip(second, stacked(resumed), strict=True))


@pytest.mark.parametrize(
    ("size", "drop", "lengths"),
    [(10, False, [10, 10, 10, 7]), (10, True, [10, 10, 10]), (37, True, [37]), (50, False, [37]), (50, True, [])],
)
def test_the_last_batch_is_kept_or_left_out(dataset, size, drop, lengths):
    batches = Batches(dataset, batch_size=size, generator=0, drop_last=drop)
    assert [len(batch.labels) for batch in batches] == lengths
    assert len(batches) == len(lengths)


def test_indices_count_within_the_split_and_come_back_as_positions_of_the_part(dataset):
    batches = Batches(dataset, [3, 0, 3], batch_size=3, generator=0, split="half", shuffle=False)
    assert next(iter(batches)).indices.tolist() == [24, 30, 24]
    test = Batches(dataset, np.array([8], np.uint8), batch_size=3, generator=0, split="test")
    assert next(iter(test)).labels.tolist() == [dataset.test_labels[8]]


def test_what_augmentation_draws():
    n = 20_000
    drawn = draw(
        n, torch.Generator().manual_seed(1), shuffle=True, pad=4, flip=True, cutout=True, size=(32, 16)
    )  # fmt: skip
    for values, limit in ((drawn.rows, 9), (drawn.columns, 9), (drawn.centres[:, 0], 32), (drawn.centres[:, 1], 16)):
        counts = torch.bincount(values, minlength=limit)
        assert len(counts) == limit
        assert ((counts - n / limit).abs() < 5 * (n / limit) ** 0.5).all()
    assert abs(drawn.flips.double().mean() - 0.5) < 0.02
    assert abs(np.corrcoef(drawn.rows, drawn.columns)[0, 1]) < 0.03


def test_cutout_is_scaled_with_the_resolution():
    assert [Augment(cutout=16).square(r, 32) for r in (32, 27, 23, 16, 11, 8)] == [16, 14, 12, 8, 6, 4]
    assert Augment().square(8, 32) == 0


def test_channels_last_and_constant_channels():
    same = Dataset("same", np.full((4, 8, 8, 3), 7, np.uint8), np.zeros(4, int), np.full((1, 8, 8, 3), 9, np.uint8),
                   np.zeros(1, int), ("a",), "SYNTHETIC")  # fmt: skip
    images = next(iter(Batches(same, batch_size=4, generator=0, channels_last=True))).images
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(images, torch.zeros(4, 3, 8, 8))  # no division by 0
    assert next(iter(Batches(same, batch_size=4, generator=0))).images.is_contiguous()


def test_the_data_set_is_not_changed(dataset):
    before = dataset.train_images.copy()
    stacked(Batches(dataset, batch_size=8, generator=1, augment=Augment(pad=0, cutout=8)))
    np.testing.assert_array_equal(dataset.train_images, before)


def test_digits_have_one_channel():
    images = next(iter(Batches(load_dataset("digits"), batch_size=5, generator=0, resolution=5))).images
    assert images.shape == (5, 1, 5, 5)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"batch_size": 0}, InvalidInput, "batch_size must be at least 1; 0 was given"),
        ({"resolution": 0}, InvalidInput, "resolution must be from 1 to 4096 pixels; 0 was given"),
        ({"generator": None}, WrongType, "a torch.Generator or a whole number as seed; NoneType was given"),
        (
            {"indices": [0, 37, -1]},
            InvalidInput,
            r"2 indices are outside the 37 images of noise \(train\), the first is 37",
        ),
        ({"indices": [0.5]}, WrongType, "indices must be a list of whole numbers; found float64"),
        ({"indices": []}, InvalidInput, r"no images to use of noise \(train\)"),
        ({"split": "hal"}, NotFound, "Did you mean 'half'"),
    ],
)
def test_what_batches_refuse(dataset, options, error, match):
    with pytest.raises(error, match=match):
        Batches(dataset, **{"batch_size": 4, "generator": 0, **options})


def test_what_augment_refuses():
    with pytest.raises(InvalidInput, match="pad and cutout are pixels, 0 for none; given were -1 and 0"):
        Augment(pad=-1)
