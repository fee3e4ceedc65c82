"""Networks: published parameter counts, shapes, first weights, and files of weights that fit or do not."""

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchtools.errors import InvalidInput, StoreError, UnsafePickle, WrongType  # noqa: E402
from benchtools.networks import (  # noqa: E402
    Autoencoder,
    CifarResNet,
    as_generator,
    count_parameters,
    initialise,
    load_weights,
    read_weights,
    resnet18,
    resnet20,
    resnet56,
    zoo_network,
)


def formula(depth, classes, width=16, kernel=3, multiplier=2, channels=3):
    """Parameters of option A: convolutions k^2 c_in c_out, two per batch norm channel, and the classifier."""
    area, blocks, total = kernel**2, (depth - 2) // 6, 0
    total += area * channels * width + 2 * width
    inputs = width
    for outputs in (width, width * multiplier, width * multiplier**2):
        total += area * (inputs * outputs + (2 * blocks - 1) * outputs**2) + 4 * blocks * outputs
        inputs = outputs
    return total + inputs * classes + classes


@pytest.mark.parametrize("width", [8, 16, 32])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("multiplier", [2, 4])
def test_the_twelve_networks_of_paper_002(width, kernel, multiplier):
    network = resnet20(100, width=width, kernel=kernel, multiplier=multiplier, rng=0)
    assert count_parameters(network) == formula(20, 100, width, kernel, multiplier)
    assert network.n_features == width * multiplier**2


@pytest.mark.parametrize(
    ("network", "count"),
    [
        (lambda: resnet20(10, rng=0), 269_722),  # He et al. table 6: 0.27 M
        (lambda: resnet56(10, rng=0), 853_018),  # He et al. table 6: 0.85 M
        (lambda: resnet56(10, rng=0, shortcut="projection"), 855_770),  # pycls
        (lambda: resnet18(1000, head="linear", rng=0), 11_689_512),  # torchvision
        (lambda: resnet18(rng=0), 11_176_512 + 512 * 256 + 256 + 512 + 256 * 100 + 100),
    ],
)
def test_published_counts(network, count):
    assert count_parameters(network()) == count


@pytest.mark.parametrize("shortcut", ["identity", "projection"])
@pytest.mark.parametrize(("size", "classes", "channels"), [((8, 8), 2, 1), ((9, 13), 7, 3), ((32, 32), 120, 3)])
def test_shapes(shortcut, size, classes, channels):
    network = resnet20(classes, channels=channels, shortcut=shortcut, width=6, multiplier=3, kernel=5, rng=1)
    images = torch.randn(3, channels, *size)
    assert network(images).shape == (3, classes)
    assert network.features(images).shape == (3, 54)


def test_first_weights_come_from_rng_alone():
    before = torch.get_rng_state()
    first, second, other = (resnet20(10, rng=seed) for seed in (3, np.random.default_rng(3), 4))
    assert torch.equal(before, torch.get_rng_state())
    same = [torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)]
    assert all(same)
    assert not torch.equal(first.conv1.weight, other.conv1.weight)
    wide = first.blocks[8].conv2.weight
    assert wide.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)


def test_autoencoder():
    network = Autoencoder.new(rng=0)
    images = torch.randn(2, 3, 32, 32)
    assert network.encode(images).shape == (2, 64)
    pixels = network(images)
    assert pixels.shape == images.shape
    assert ((pixels > 0) & (pixels < 1)).all()
    kinds = [type(layer).__name__ for layer in network.modules()]
    assert (kinds.count("Conv2d"), kinds.count("ConvTranspose2d"), kinds.count("BatchNorm2d")) == (4, 4, 6)
    convolutions = 16 * (3 * 12 + 12 * 24 + 24 * 48 + 48 * 16) * 2 + (12 + 24 + 48 + 16) + (48 + 24 + 12 + 3)
    assert count_parameters(network) == convolutions + 2 * 2 * (12 + 24 + 48)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: CifarResNet(21, 10), r"depth must be 6n \+ 2.*21 was given"),
        (lambda: CifarResNet(20, 0), "n_classes must be at least 1; 0"),
        (lambda: CifarResNet(20, 10, kernel=4), "kernel must be odd.*4 was given"),
        (lambda: CifarResNet(20, 10, width=0), "width must be at least 1"),
        (lambda: CifarResNet(20, 10, shortcut="c"), "identity, projection; 'c' was given"),
        (lambda: resnet20(10, rng=0)(torch.zeros(1, 3, 7, 9)), r"at least 8 pixels; \(1, 3, 7, 9\) was given"),
        (lambda: resnet20(10, rng=0)(torch.zeros(1, 1, 8, 8)), r"\(b, 3, h, w\)"),
        (lambda: resnet18(head="big", rng=0), "mlp, linear; 'big'"),
        (lambda: resnet18(0, rng=0), "n_classes must be at least 1"),
        (lambda: Autoencoder(widths=(1, 2)), "four widths"),
        (lambda: Autoencoder.new(rng=0)(torch.zeros(1, 3, 40, 32)), "no multiple of 16"),
        (lambda: initialise(torch.nn.LSTM(2, 2), 0), "no first weights for LSTM"),
        (lambda: as_generator(-1), "0 or more; -1"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(InvalidInput, match=match):
        call()


def test_bad_rng():
    with pytest.raises(WrongType, match=r"numpy.random.Generator or a whole number; NoneType was given"):
        as_generator(None)


def save(network, path, prefix=""):
    weights = {prefix + name: value.clone() for name, value in network.state_dict().items()}
    if path.suffix == ".safetensors":
        pytest.importorskip("safetensors.torch").save_file(weights, path)
    else:
        torch.save(weights if not prefix else {"state_dict": weights}, path)
    return path


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth", "weights.pt"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_pretrained_body_and_own_head(tmp_path, name, prefix):
    source = resnet18(1000, head="linear", rng=5)
    file = save(source, tmp_path / name, prefix)
    network = resnet18(100, weights=file, rng=6)
    assert torch.equal(network.layer4[1].conv2.weight, source.layer4[1].conv2.weight)
    assert torch.equal(network.fc[0].weight, resnet18(100, rng=6).fc[0].weight)


def test_old_files_do_not_count_batches(tmp_path):
    source = resnet20(10, rng=0)
    weights = {k: v for k, v in source.state_dict().items() if not k.endswith("num_batches_tracked")}
    torch.save(weights, tmp_path / "old.pth")
    network = resnet20(10, rng=1)
    load_weights(network, tmp_path / "old.pth")
    assert torch.equal(network.conv1.weight, source.conv1.weight)


def test_files_that_do_not_fit(tmp_path):
    file = save(resnet20(10, rng=0), tmp_path / "a.pth")
    network = resnet20(10, width=8, rng=1)
    before = network.conv1.weight.clone()
    with pytest.raises(InvalidInput, match=r"conv1.weight has the shape \(16, 3, 3, 3\), and must have \(8, 3, 3, 3\)"):
        load_weights(network, file)
    with pytest.raises(
        InvalidInput, match=r"103 weights are missing \(fc.0.bias, .* 110 are not its own \(blocks.0.bn1.bias, "
    ):
        load_weights(resnet18(rng=0), file)
    assert torch.equal(before, network.conv1.weight)
    broken = resnet20(10, rng=0)
    broken.classifier.bias.data[3] = float("nan")
    with pytest.raises(InvalidInput, match=r"classifier.bias has values that are not finite"):
        load_weights(resnet20(10, rng=0), save(broken, tmp_path / "nan.pt"))


class Harm:
    def __reduce__(self):
        return (print, ("executed",))


def test_files_that_are_no_weights(tmp_path, capsys):
    (tmp_path / "harm.pth").write_bytes(pickle.dumps(Harm()))
    torch.save({"w": Harm()}, tmp_path / "nested.pth")
    for name in ("harm.pth", "nested.pth"):
        with pytest.raises(UnsafePickle, match="not unpickled"):
            read_weights(tmp_path / name)
    assert "executed" not in capsys.readouterr().out
    whole = save(resnet20(10, rng=0), tmp_path / "whole.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="damaged"):
        read_weights(tmp_path / "cut.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(InvalidInput, match="no tensors by name"):
        read_weights(tmp_path / "list.pth")
    with pytest.raises(InvalidInput, match=r"must end in one of .safetensors"):
        read_weights(tmp_path / "weights.bin")
    with pytest.raises(StoreError, match="no file"):
        read_weights(tmp_path / "none.pth")


def test_damaged_safetensors(tmp_path):
    pytest.importorskip("safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{")
    with pytest.raises(StoreError, match="damaged"):
        read_weights(tmp_path / "cut.safetensors")


def test_a_strided_1x1_convolution_gives_the_same_numbers_without_torchs_own():
    """Torch 2.13 writes beyond its memory in the backward pass of these on the CPU, in channels_last."""
    from benchtools.networks._pointwise import Pointwise
    from benchtools.spaces import Zoo13

    generator = torch.Generator().manual_seed(0)
    for size in (1, 2, 7, 8):
        images = torch.randn(2, 3, size, size, generator=generator, dtype=torch.float64)
        ours = Pointwise(3, 5, 2).double()
        with torch.no_grad():
            plain = torch.nn.functional.conv2d(images, ours.weight, stride=2)
            torch.testing.assert_close(ours(images), plain, rtol=0, atol=1e-12)
    made = [
        CifarResNet(20, 10, shortcut="projection"), resnet18(10, rng=0),
        *(zoo_network(Zoo13().arch(index), 10, rng=0, width=3, n_cells=3) for index in Zoo13().sample(8, rng=0)),
    ]  # fmt: skip
    for network in made:
        for layer in network.modules():
            if isinstance(layer, torch.nn.Conv2d) and layer.kernel_size == (1, 1):
                assert layer.stride == (1, 1)
