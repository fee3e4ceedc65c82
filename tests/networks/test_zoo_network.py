"""Networks of the random zoo and the cost of networks: shapes, closed forms, cells by hand, drop-path."""

from copy import deepcopy
from math import ceil, sqrt

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.functional import relu  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from benchtools.errors import InvalidInput  # noqa: E402
from benchtools.networks import (  # noqa: E402
    Autoencoder,
    CifarResNet,
    ZooNetwork,
    count_parameters,
    initialise,
    make_operation,
    measure_cost,
    resnet18,
    zoo_network,
)
from benchtools.networks._zoo_cell import Cell  # noqa: E402
from benchtools.spaces import ZOO13_OPERATIONS, Zoo13, ZooArch, ZooCell  # noqa: E402

POOLS = {"avg_pool_3x3": 3, "max_pool_3x3": 3, "max_pool_5x5": 5, "max_pool_7x7": 7}
CHAIN = ZooCell.parse(
    "conv_3x3~0+identity~1:max_pool_3x3~2+sep_conv_3x3~1:conv_1x1~3+conv_1x1~3:dil_conv_3x3~4+identity~2:"
    "avg_pool_3x3~5+conv_1x3_3x1~0"
)
FLAT = ZooCell.parse("conv_3x3~0+identity~1:max_pool_3x3~1+identity~0" + ":identity~1+identity~0" * 3)
BESIDE = ZooCell.parse(":".join(["conv_1x1~0+identity~0"] * 5))  # reads nothing of the last cell


def samples(n, rng):
    space = Zoo13()
    return [space.arch(index) for index in space.sample(n, rng=rng)]


def make_cell(cell, reduction=False, after_reduction=False):
    made = Cell(cell, (4, 5), 3, reduction=reduction, after_reduction=after_reduction)
    initialise(made, 0)
    return made


@pytest.mark.parametrize("name", ZOO13_OPERATIONS)
@pytest.mark.parametrize("stride", [1, 2])
def test_operations_keep_or_halve_any_image(name, stride):
    for channels in (1, 5):
        operation = make_operation(name, channels, stride)
        for height in range(1, 10):
            width = 10 - height
            found = operation(torch.randn(2, channels, height, width))
            assert found.shape == (2, channels, ceil(height / stride), ceil(width / stride))
            assert torch.isfinite(found).all()


@pytest.mark.parametrize("name", ZOO13_OPERATIONS)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("c", "side"), [(7, 9), (4, 8)])
def test_cost_of_operations(name, stride, c, side):
    out = ceil(side / stride)
    area = out**2
    kernel = int(name[-1]) if name[-1].isdigit() else 1
    bn = 2 * c
    weights, macs = {
        "avg": (0, 0),
        "max": (0, 0),
        "identity": (0, 0) if stride == 1 else (c * c + bn, c * c * area),
        "conv": (c * c * kernel**2 + bn, c * c * kernel**2 * area),
        "sep": (2 * (c * kernel**2 + c * c + bn), 2 * (c * kernel**2 + c * c) * area),
        "dil": (c * 9 + c * c + bn, (c * 9 + c * c) * area),
        "conv_1x3_3x1": (2 * 3 * c * c + bn, 3 * c * c * (side * out + area)),
        "conv_1x7_7x1": (2 * 7 * c * c + bn, 7 * c * c * (side * out + area)),
    }[name if name in ("conv_1x3_3x1", "conv_1x7_7x1") else name.split("_")[0]]
    cost = measure_cost(lambda: make_operation(name, c, stride), side, c)
    assert (round(cost.params_m * 1e6), round(cost.macs_m * 1e6)) == (weights, macs)


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize("stride", [1, 2])
def test_pools_read_no_padding(name, stride):
    images, side = torch.randn(1, 2, 5, 4) - 3, POOLS[name] // 2  # all but surely negative: a padding of 0 would show
    found = make_operation(name, 2, stride)(images)
    for i, row in enumerate(range(0, 5, stride)):
        for j, column in enumerate(range(0, 4, stride)):
            part = images[0, :, max(0, row - side) : row + side + 1, max(0, column - side) : column + side + 1]
            expected = part.mean((1, 2)) if name[:3] == "avg" else part.amax((1, 2))
            torch.testing.assert_close(found[0, :, i, j], expected)


@pytest.mark.parametrize(
    ("name", "reach"),
    [
        ("conv_1x1", [0]),
        ("conv_3x3", [-1, 0, 1]),
        ("sep_conv_3x3", range(-2, 3)),
        ("sep_conv_5x5", range(-4, 5)),
        ("sep_conv_7x7", range(-6, 7)),
        ("dil_conv_3x3", [-2, 0, 2]),
        ("conv_1x3_3x1", [-1, 0, 1]),
        ("conv_1x7_7x1", range(-3, 4)),
    ],
)
def test_what_a_pixel_reaches(name, reach):
    operation = make_operation(name, 1).eval()
    for weight in operation.parameters():
        if weight.ndim == 4:
            torch.nn.init.ones_(weight)
    images = torch.zeros(1, 1, 15, 15)
    images[0, 0, 7, 7] = 1
    rows, columns = torch.nonzero(operation(images)[0, 0] > 0, as_tuple=True)
    assert {(int(r) - 7, int(c) - 7) for r, c in zip(rows, columns, strict=True)} == {
        (r, c) for r in reach for c in reach
    }
    assert torch.equal(operation(-images), operation(0 * images))  # all convolutions begin with a ReLU


@pytest.mark.parametrize("side", [1, 4, 5])
def test_halving_identity_reads_two_grids(side):
    operation = make_operation("identity", 5, 2).eval()
    images = torch.randn(1, 5, side, side)
    grid = relu(images)
    first, second = operation[0].even.weight[:, :, 0, 0], operation[0].odd.weight[:, :, 0, 0]
    assert (len(first), len(second)) == (3, 2)
    found = operation(images) * sqrt(1 + 1e-5)  # the batch norm's epsilon
    for i in range(ceil(side / 2)):
        for j in range(ceil(side / 2)):
            inside = 2 * i + 1 < side and 2 * j + 1 < side
            odd = second @ grid[0, :, 2 * i + 1, 2 * j + 1] if inside else torch.zeros(2)
            torch.testing.assert_close(found[0, :, i, j], torch.cat([first @ grid[0, :, 2 * i, 2 * j], odd]))
    assert make_operation("identity", 5)(images) is images


@pytest.mark.parametrize(("reduction", "after"), [(False, False), (True, False), (False, True), (True, True)])
def test_cell_by_hand(reduction, after):
    cell = make_cell(CHAIN, reduction, after)
    ops = cell.operations
    edges = [edge for node in CHAIN.nodes for edge in node]
    for op, (name, source) in zip(ops, edges, strict=True):
        assert str(op) == str(make_operation(name, 3, 2 if reduction and source < 2 else 1))
    before, last = torch.rand(2, 4, 14 if after else 7, 10 if after else 5), torch.rand(2, 5, 7, 5)
    s0, s1 = cell.before(before), cell.last(last)
    assert s0.shape == s1.shape == (2, 3, 7, 5)
    n2 = ops[0](s0) + ops[1](s1)
    n3 = ops[2](n2) + ops[3](s1)
    n4 = ops[4](n3) + ops[5](n3)
    n5 = ops[6](n4) + ops[7](n2)
    n6 = ops[8](n5) + ops[9](s0)
    expected = torch.cat([n2, n3, n4, n5, n6], 1)
    assert expected.shape == ((2, 15, 4, 3) if reduction else (2, 15, 7, 5))
    torch.testing.assert_close(cell(before, last), expected, rtol=0, atol=0)


def test_no_node_reads_a_later_one():
    for arch in samples(2, 5):
        for node in range(5):
            cell = make_cell(arch.normal)
            for place in (2 * node, 2 * node + 1):
                cell.operations[place] = torch.nn.Threshold(float("inf"), float("nan"))  # NaN everywhere
            found = cell(torch.rand(2, 4, 3, 3), torch.rand(2, 5, 3, 3)).unflatten(1, (5, 3))
            assert torch.isfinite(found[:, :node]).all()
            assert torch.isnan(found[:, node]).all()


def test_network_by_hand():
    network = zoo_network(ZooArch(FLAT, CHAIN), 4, channels=1, width=3, n_cells=4, rng=0)
    images = torch.randn(3, 1, 9, 12)
    outputs = [network.stem(images)] * 2
    for cell in network.cells:
        outputs.append(cell(relu(outputs[-2]), relu(outputs[-1])))
    features = outputs[-1].mean((2, 3))
    torch.testing.assert_close(network.features(images), features)
    torch.testing.assert_close(network(images), features @ network.classifier.weight.T + network.classifier.bias)
    sizes = [(tuple(output.shape[2:]), output.shape[1]) for output in outputs[1:]]
    assert sizes == [((9, 12), 9), ((9, 12), 15), ((5, 6), 30), ((3, 3), 60), ((3, 3), 60)]


@pytest.mark.parametrize(
    ("n_cells", "side", "sides"),
    [
        (1, 8, [8]),
        (2, 8, [8, 4]),
        (3, 32, [32, 16, 8]),
        (3, 4, [4, 2, 1]),
        (4, 8, [8, 4, 2, 2]),
        (6, 9, [9, 9, 5, 5, 3, 3]),
        (20, 8, [8] * 6 + [4] * 7 + [2] * 7),
    ],
)
def test_where_images_are_halved(n_cells, side, sides):
    """Shapes alone, so on the meta device."""
    for width, arch in zip((1, 3), samples(2, n_cells), strict=True):
        shapes = []
        with (
            torch.device("meta"),
            torch.nn.modules.module.register_module_forward_hook(
                lambda module, _, output, seen=shapes: seen.append(output.shape) if isinstance(module, Cell) else None
            ),
        ):
            network = ZooNetwork(arch, 3, width=width, n_cells=n_cells)
            assert network(torch.empty(2, 3, side, side)).shape == (2, 3)
        widths = [width * 2 ** sorted(set(sides), reverse=True).index(s) for s in sides]
        assert shapes == [(2, 5 * w, s, s) for w, s in zip(widths, sides, strict=True)]
        assert network.n_features == 5 * widths[-1]


def used_cells(arch, reductions, n_cells):
    """Return the cells that the last one depends on."""
    used = {n_cells - 1}
    for place in reversed(range(n_cells)):
        cell = arch.reduction if place in reductions else arch.normal
        read = {source for node in cell.nodes for _, source in node}
        if place in used:
            used |= {place - 2 + source for source in (0, 1) if source in read}
    return used


@pytest.mark.parametrize("arch", [*samples(1, 0), ZooArch(CHAIN, BESIDE), ZooArch(BESIDE, CHAIN)])
def test_gradients_reach_what_is_used(arch):
    network = zoo_network(arch, 3, width=3, n_cells=3, drop_path=0.1, rng=1)
    network(torch.randn(4, 3, 8, 8)).square().sum().backward()
    used = used_cells(arch, {1, 2}, 3)
    for name, weight in network.named_parameters():
        part, place = name.split(".")[:2]
        if part == "cells" and int(place) not in used:
            assert weight.grad is None
        else:
            assert weight.grad is not None, name
            assert torch.isfinite(weight.grad).all()


def test_an_input_that_no_node_reads_costs_nothing():
    network = ZooNetwork(ZooArch(BESIDE, CHAIN), 2, width=2, n_cells=1)
    assert not list(network.cells[0].last.parameters())
    assert len(list(network.cells[0].before.parameters())) == 3


def test_first_weights_come_from_rng_alone():
    arch, before = samples(1, 1)[0], torch.get_rng_state()
    first, second, other = (zoo_network(arch, 3, width=3, n_cells=3, rng=s) for s in (3, np.random.default_rng(3), 4))
    assert torch.equal(before, torch.get_rng_state())
    states = [network.state_dict().values() for network in (first, second)]
    assert all(torch.equal(a, b) for a, b in zip(*states, strict=True))
    assert not torch.equal(first.classifier.weight, other.classifier.weight)


def seeded(call, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return call()


def test_drop_path_by_image():
    """A node of the cell is d A(x) + y, with d = 0 or 1 / keep for each image; its identity y stays."""
    cell, keep = make_cell(FLAT), 0.7
    before, last = torch.rand(4000, 4, 2, 2), torch.rand(4000, 5, 2, 2)
    plain = cell(before, last)
    dropped = seeded(lambda: cell(before, last, 1 - keep), 1)
    assert torch.equal(dropped, seeded(lambda: cell(before, last, 1 - keep), 1))
    s0, s1 = cell.before(before), cell.last(last)
    masks = []
    for node, stays in enumerate((s1, s0)):
        part = slice(3 * node, 3 * node + 3)
        rest, full = dropped[:, part] - stays, plain[:, part] - stays
        kept = rest.flatten(1).abs().amax(1) > 1e-5
        torch.testing.assert_close(rest, full * kept[:, None, None, None] / keep, rtol=1e-4, atol=1e-5)
        assert abs(kept.float().mean().item() - keep) < 5 * sqrt(keep * (1 - keep) / 4000)
        masks.append(kept)
    assert not torch.equal(*masks)
    assert torch.equal(dropped[:, 6:], plain[:, 6:])  # sums of identities


def test_drop_path_of_networks():
    arch, images = ZooArch(CHAIN, FLAT), torch.randn(4, 3, 8, 8)
    network = zoo_network(arch, 3, width=3, n_cells=2, drop_path=0.4, rng=0)
    dropped = seeded(lambda: network(images), 0)
    network.drop_path = 0.0
    exact = network(images)
    assert torch.equal(exact, zoo_network(arch, 3, width=3, n_cells=2, rng=0)(images))
    assert not torch.allclose(dropped, exact)
    before, evaluated = torch.get_rng_state(), network.eval()(images)
    network.drop_path = 0.9
    assert torch.equal(evaluated, network(images))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("n_cells", [1, 3])
def test_auxiliary_classifier(n_cells):
    arch = ZooArch(BESIDE, FLAT)
    network = zoo_network(arch, 6, width=1, n_cells=n_cells, auxiliary=True, rng=0)
    images = torch.randn(3, 3, 32, 32)
    logits = network(images)
    assert logits.shape == network.auxiliary_logits.shape == (3, 6)
    (logits.sum() + 0.4 * network.auxiliary_logits.square().sum()).backward()
    assert all(weight.grad is not None for weight in network.auxiliary.parameters())
    assert deepcopy(network).auxiliary_logits is None
    assert network.auxiliary_logits is not None
    plain = ZooNetwork(arch, 6, width=1, n_cells=n_cells)
    plain.load_state_dict(network.state_dict(), strict=False)
    assert torch.equal(network.eval()(images), plain.eval()(images))
    assert network.auxiliary_logits is None
    assert network(images[:, :, :8, :8]).shape == (3, 6)


def test_cost_is_that_of_a_forward_pass():
    arch, size = ZooArch(FLAT, CHAIN), 11
    network = zoo_network(arch, 10, width=5, n_cells=3, auxiliary=True, rng=0).eval()
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(2, 3, size, size))
    cost = measure_cost(lambda: ZooNetwork(arch, 10, width=5, n_cells=3, auxiliary=True), size)
    assert cost.macs_m == pytest.approx(counter.get_total_flops() / 4e6, rel=1e-12)
    assert cost.params_m == count_parameters(network) / 1e6
    kept = deepcopy(network.state_dict())
    assert measure_cost(lambda: network, size) == cost
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())


def test_published_costs():
    cost = measure_cost(lambda: CifarResNet(56, 10, shortcut="projection"), 32)
    assert (cost.params_m, cost.macs_m) == (0.855770, 125.747850 - 10e-6)  # pycls counts the 10 biases too
    assert measure_cost(lambda: resnet18(1000, head="linear", rng=0), 64).params_m == 11.689512
    layers = [(3, 12, 16), (12, 24, 8), (24, 48, 4), (48, 16, 2)]
    assert measure_cost(Autoencoder, 32).macs_m * 1e6 == 2 * sum(16 * a * b * side**2 for a, b, side in layers)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda arch: make_operation("conv_9x9", 3), r"avg_pool_3x3, .*'conv_9x9' was given"),
        (lambda arch: make_operation("identity", 3, 3), "stride must be 1 or 2; 3"),
        (lambda arch: make_operation("identity", 0), "channels must be at least 1; 0"),
        (lambda arch: ZooNetwork(arch, 0), "n_classes must be at least 1; 0"),
        (lambda arch: ZooNetwork(arch, 2, width=0), "width must be at least 1; 0"),
        (lambda arch: ZooNetwork(arch, 2, n_cells=0), "n_cells must be at least 1; 0"),
        (lambda arch: ZooNetwork(arch, 2, drop_path=1), "from 0 to below 1; 1"),
        (lambda arch: ZooNetwork(arch, 2, n_cells=3, width=1)(torch.zeros(2, 3, 3, 9)), "at least 4 pixels"),
        (lambda arch: ZooNetwork(arch, 2, n_cells=1, width=1)(torch.zeros(2, 1, 8, 8)), r"\(b, 3, h, w\)"),
        (
            lambda arch: ZooNetwork(arch, 2, n_cells=1, width=1, auxiliary=True)(torch.zeros(2, 3, 28, 28)),
            "training with the auxiliary classifier takes .* at least 32 pixels",
        ),
        (lambda arch: measure_cost(lambda: ZooNetwork(arch, 2), 0), "resolution must be at least 1; 0"),
        (lambda arch: measure_cost(lambda: ZooNetwork(arch, 2, n_cells=3), 3), "at least 4 pixels"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(InvalidInput, match=match):
        call(samples(1, 0)[0])
