"""Supernets: published counts, each against a plain form of its own definition, many architectures in one pass."""

from copy import deepcopy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from benchtools.errors import InvalidInput, NotFound  # noqa: E402
from benchtools.networks import Gates, Supernet201, SupernetOneShot1, SupernetSizes, make_supernet  # noqa: E402
from benchtools.networks import count_parameters as count  # noqa: E402
from benchtools.networks._gates import one_hot  # noqa: E402
from benchtools.networks._max_pool import max_pool  # noqa: E402
from benchtools.networks._part_norm import PartNorm  # noqa: E402
from benchtools.spaces import get_space  # noqa: E402
from benchtools.testing import PlainSupernet201  # noqa: E402

SMALL = {
    "nasbench201": {"width": 2, "n_cells": 1},
    "nasbench201_v5": {"width": 2, "n_cells": 1},
    "oneshot1_s1": {"width": 4, "n_cells": 1, "partial": 2},
    "oneshot1_s2": {"width": 2, "n_cells": 1, "reference_bn": True},
    "oneshot1_s3": {"width": 2, "n_cells": 1},
    "nats_size": {},
}
close = {"rtol": 1e-9, "atol": 1e-9}


def make(space, **options):
    """Return a small supernet in float64 whose scales, shifts and statistics are no longer 1 and 0."""
    supernet = make_supernet(space, 10, rng=0, **(SMALL[space] | options)).double()
    generator = torch.Generator().manual_seed(1)
    for module in supernet.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight, module.bias, module.running_mean, module.running_var):
                if values is not None:
                    values.data += 0.5 * torch.rand(values.shape, generator=generator, dtype=torch.float64)
    return supernet


def images(size=8, n=3):
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def alphas_of(supernet, seed=3):
    rng = np.random.default_rng(seed)
    return {
        kind: torch.tensor(rng.normal(size=shape), requires_grad=True) for kind, shape in supernet.decisions.items()
    }


def mixture(alphas):
    return Gates({kind: alpha.softmax(1) for kind, alpha in alphas.items()})


def hard(supernet, alphas, kind):
    """Return a draw of GDAS: one candidate each for `kind`, a mixture of the other kinds."""
    soft = mixture(alphas).weights
    picked = tuple(alphas[kind].argmax(1).tolist())
    straight = one_hot(picked, supernet.decisions[kind][1]).double() - soft[kind].detach() + soft[kind]
    return Gates(soft | {kind: straight}, {kind: picked})


def gradients(logits, inputs):
    loss = functional.cross_entropy(logits, torch.arange(len(logits)))
    found = torch.autograd.grad(loss, inputs, allow_unused=True, retain_graph=True)
    return [torch.zeros_like(one) if value is None else value for one, value in zip(inputs, found, strict=True)]


def assert_same(supernet, plain, gates, batch, alphas):
    """Compare logits, and gradients of alphas and of all weights, which both share."""
    inputs = [*alphas.values(), *supernet.parameters()]
    ours, wanted = supernet(batch, gates), plain(supernet, batch, gates)
    torch.testing.assert_close(ours, wanted, **close)
    for one, other in zip(gradients(ours, inputs), gradients(wanted, inputs), strict=True):
        torch.testing.assert_close(one, other, **close)


# counts


@pytest.mark.parametrize(("options", "wanted"), [
    ({"n_classes": 10}, 1_692_698), ({"n_classes": 100}, 1_698_548), ({"n_classes": 100, "n_nodes": 5}, 2_778_228),
])  # fmt: skip
def test_published_counts_of_nasbench201(options, wanted):
    with torch.device("meta"):
        assert count(Supernet201(**options)) == wanted


def test_counts_of_the_others():
    def formula(n, width=16):
        """3x3 stem; in each cell 2 n projections and two convolutions a block, with scale and shift; the end."""
        total, inputs = 27 * width + 2 * width, width
        for c in (width,) * 3 + (2 * width,) * 3 + (4 * width,) * 3:
            total += inputs * 2 * n * c + 4 * n * c + n * (9 * c * c + c * c + 4 * c)
            inputs = n * c
        return total + inputs * 4 * width + (4 * width + 1) * 10

    with torch.device("meta"):
        assert [count(SupernetOneShot1(number, 10)) for number in (1, 2, 3)] == [formula(n) for n in (4, 4, 5)]
    convolutions = 3 * 9 * 64 + 15 * 9 * 64**2 + 2 * (2 * 9 + 1) * 64**2
    assert count(SupernetSizes(10)) == convolutions + 16 * 64 + 2 * 4 * 64 + 65 * 10 == 712_522


# against plain forms


@pytest.mark.parametrize("space", ["nasbench201", "nasbench201_v5"])
@pytest.mark.parametrize("draw", ["mixture", "hard"])
def test_nasbench201_is_what_it_is_edge_by_edge(space, draw):
    supernet = make(space)
    plain, alphas, batch = PlainSupernet201(supernet), alphas_of(supernet), images(9)
    gates = mixture(alphas) if draw == "mixture" else hard(supernet, alphas, "edges")
    ours, wanted = supernet(batch, gates), plain(batch, gates)
    torch.testing.assert_close(ours, wanted, **close)
    found, others = (
        dict(zip(names, gradients(logits, list(names.values())), strict=True))
        for logits, names in ((ours, alphas | dict(supernet.named_parameters())),
                              (wanted, alphas | dict(plain.named_parameters())))
    )  # fmt: skip
    for name, value in found.items():
        part = name.split(".")
        if "sources" in part:  # stages.PLACE.sources.SOURCE.convK.weight: that of its edges, in order
            source, kind, what = int(part[3]), {"conv1": 2, "conv3": 3}[part[4]], part[5]
            edges = [edge for edge, one in enumerate(supernet.edges) if one[0] == source]
            other = torch.cat([others[f"stages.{part[1]}.edges.{edge}.{kind}.1.{what}"] for edge in edges])
        else:
            other = others[name]
        torch.testing.assert_close(value, other, **close)


def plain_norm(images, norm, part=slice(None), training=True):
    if training or norm.running_mean is None:
        mean, variance = images.mean((0, 2, 3)), images.var((0, 2, 3), unbiased=False)
    else:
        mean, variance = norm.running_mean[part], norm.running_var[part]
    found = (images - mean[:, None, None]) / torch.sqrt(variance + norm.eps)[:, None, None]
    return found if norm.weight is None else found * norm.weight[part, None, None] + norm.bias[part, None, None]


def plain_oneshot(supernet, batch, gates):
    """The network of NAS-Bench-1Shot1 block by block, every operation computed, every sum written out."""
    relu, training = torch.relu, supernet.training

    def layer(found, one, part=slice(None)):
        made = functional.conv2d(found, one.conv.weight[part], padding=one.conv.padding)
        return relu(plain_norm(made, one.norm, part, training))

    found = layer(batch, supernet.stem)
    for place, cell in enumerate(supernet.cells):
        if place in (len(supernet.cells) // 3, 2 * len(supernet.cells) // 3):
            found = functional.max_pool2d(found, 2, 2, 1)
        n, c = cell.n_blocks, cell.channels
        part, blocks = c // cell.partial, []
        for block in range(n):
            into = [layer(found, cell.project, slice(block * c, (block + 1) * c)), *blocks]
            weights = gates.weights.get(f"inputs_{block + 1}", torch.ones(1, block + 1))[0]
            node = sum(weight * one for weight, one in zip(weights, into, strict=True))
            through = node[:, :part]
            made = [
                functional.max_pool2d(through, 3, 1, 1),
                layer(through, cell.conv3[block]),
                layer(through, cell.conv1[block]),
            ]
            weights = gates.weights.get("operations")
            picked = gates.picked.get("operations")
            if picked is None:
                result = sum(weight * one for weight, one in zip(weights[block], made, strict=True))
            else:
                result = made[picked[block]]
                if weights is not None:  # those that are not picked have the value zero
                    rest = sum(weights[block, one] for one in range(3) if one != picked[block])
                    result = weights[block, picked[block]] * result + (rest - rest.detach())
            node = torch.cat([result, node[:, part:]], 1)
            order = [group * part + one for one in range(part) for group in range(cell.partial)]
            blocks.append(node[:, order])
        weights = gates.weights["output"][0]
        found = weights[0] * layer(found, cell.project, slice(n * c, None)) + torch.cat(
            [weight * one for weight, one in zip(weights[1:], blocks, strict=True)], 1
        )
    found = functional.conv2d(relu(found), supernet.last.conv.weight)
    return supernet.classifier(plain_norm(found, supernet.last.norm, training=training).mean((2, 3)))


@pytest.mark.parametrize("space", ["oneshot1_s1", "oneshot1_s2", "oneshot1_s3"])
def test_oneshot1_is_what_it_is_block_by_block(space):
    supernet = make(space)
    alphas, batch = alphas_of(supernet), images(9)
    for gates in (mixture(alphas), hard(supernet, alphas, "operations")):
        assert_same(supernet, plain_oneshot, gates, batch, alphas)
    supernet.eval()
    for seed in range(3):
        gates = supernet.gates(supernet.draw(np.random.default_rng(seed)))
        torch.testing.assert_close(supernet(batch, gates), plain_oneshot(supernet, batch, gates), **close)
    nothing = Gates({**gates.weights, "output": torch.zeros(1, len(gates.picked["operations"]) + 1)}, gates.picked)
    alone = Gates({kind: torch.zeros_like(one) for kind, one in gates.weights.items()}, gates.picked)
    alone.weights["output"][0, -1] = 1  # a block without an input
    for one in (nothing, alone):
        torch.testing.assert_close(supernet(batch, one), plain_oneshot(supernet, batch, one), **close)


def plain_sizes(supernet, batch, gates):
    """The network of 64 channels of which masks leave some."""
    sizes, relu = torch.arange(8, 65, 8), torch.relu
    masks = (torch.arange(64) < sizes[:, None]).double()
    weights, picked = gates.weights.get("channels"), gates.picked.get("channels")
    rest = torch.zeros(5, dtype=torch.float64)
    if picked is not None:
        if weights is not None:  # those that are not picked have the value zero
            rest = weights.sum(1) - weights[range(5), picked]
            weights = torch.stack([weights[row, [one]] * torch.eye(8)[one] for row, one in enumerate(picked)])
        else:
            weights = one_hot(picked, 8).double()
    factors = (weights @ masks)[:, :, None, None]

    def inner(found, factor):
        return found * factor if supernet.layers[0].inner else found

    def layer(found, one):
        bias, stride = one.conv.bias, one.conv.stride
        return plain_norm(
            functional.conv2d(found, one.conv.weight, bias, stride, 1), one.norm, training=supernet.training
        )

    found = layer(batch, supernet.stem) * factors[0]
    for place, (one, factor) in enumerate(zip(supernet.layers, factors, strict=True)):
        if place % 2:
            within = inner(layer(relu(found), one.first), factor)
            pooled = functional.avg_pool2d(found, 2, 2, ceil_mode=True)
            found = functional.conv2d(pooled, one.shortcut.weight) + layer(relu(within), one.second)
        else:
            (a,), (b, c), (_, d, e) = one.edges
            first = inner(layer(relu(found), a), factor)
            second = inner(layer(relu(found), b) + layer(relu(first), c), factor)
            found = found + layer(relu(first), d) + layer(relu(second), e)
        there = (picked is None) | (torch.arange(64) < 8 * (1 + (picked or [7] * 5)[place]))
        found = found * factor + (rest[place] - rest[place].detach()) * there[:, None, None]
    mean, variance = found.mean((0, 2, 3), keepdim=True), found.var((0, 2, 3), unbiased=False, keepdim=True)
    return supernet.classifier(relu((found - mean) / torch.sqrt(variance + 1e-5)).mean((2, 3)))


@pytest.mark.parametrize("inner", [False, True])
def test_sizes_are_masks_on_64_channels(inner):
    supernet = make("nats_size", inner=inner)
    alphas, batch = alphas_of(supernet), images(5)
    for gates in (mixture(alphas), hard(supernet, alphas, "channels")):
        assert_same(supernet, plain_sizes, gates, batch, alphas)
    supernet.eval()
    gates = supernet.gates("8:64:16:24:40")
    torch.testing.assert_close(supernet(batch, gates), plain_sizes(supernet, batch, gates), **close)


def test_a_size_alone_is_a_network_of_so_many_channels():
    supernet = make("nats_size", inner=True)
    wanted, counts, arch = [], [], "16:40:8:24:32"
    for layer in supernet.layers:
        layer.register_forward_hook(lambda layer, given, found: counts.append(found.shape[1]))
    wanted = supernet(images(), supernet.gates(arch))
    assert ":".join(map(str, counts)) == arch
    sizes = [16, *counts]
    with torch.no_grad():  # weights of all further channels may be anything
        for place, layer in enumerate(supernet.layers):
            for name, weight in layer.named_parameters():
                weight[sizes[place + 1] :] = 99
                if weight.ndim == 4:
                    enters = name.startswith(("edges.0.0", "edges.1.0", "first", "shortcut"))  # the layer's input
                    weight[:, sizes[place if enters else place + 1] :] = 99
        supernet.stem.conv.weight[16:] = 99
        supernet.classifier.weight[:, 32:] = 99
    assert torch.equal(supernet(images(), supernet.gates(arch)), wanted)


# what all supernets do


@pytest.mark.parametrize("space", SMALL)
def test_many_architectures_in_one_pass(space):
    supernet, rng = make(space), np.random.default_rng(0)
    archs = [supernet.draw(rng) for _ in range(4)]
    archs.append(archs[0])
    for mode in (True, False):
        supernet.train(mode)
        together = supernet.forward_many(images(9), archs)
        for one, arch in zip(together, archs, strict=True):
            torch.testing.assert_close(one, supernet(images(9), supernet.gates(arch)), **close)


def test_many_architectures_leave_no_trace_in_the_cells():
    supernet = make("oneshot1_s1")
    before = [buffer.clone() for buffer in supernet.cells.buffers()]
    supernet.forward_many(images(), [supernet.draw(np.random.default_rng(0))])
    assert all(torch.equal(one, other) for one, other in zip(before, supernet.cells.buffers(), strict=True))
    supernet(images(), mixture(alphas_of(supernet)))
    batch = supernet.cells[0].project.norm
    assert not torch.equal(before[0], batch.running_mean)


@pytest.mark.parametrize("space", SMALL)
def test_derived_architectures_are_those_of_their_gates(space):
    supernet, rng = make(space), np.random.default_rng(0)
    for _ in range(10):
        arch = supernet.draw(rng)
        gates = supernet.gates(arch)
        rows = {kind: np.eye(supernet.decisions[kind][1])[list(one)] for kind, one in gates.picked.items()}
        assert supernet.derive({kind: one.numpy() for kind, one in gates.weights.items()} | rows) == arch
    alphas = {kind: np.random.default_rng(1).normal(size=shape) for kind, shape in supernet.decisions.items()}
    assert supernet.derive(alphas) == supernet.derive({kind: np.exp(values) for kind, values in alphas.items()})


@pytest.mark.parametrize("number", [1, 2, 3])
def test_random_architectures_are_cells_of_nasbench101(number):
    supernet, space = SupernetOneShot1(number, 10, width=2, n_cells=1), get_space(f"oneshot1_s{number}")
    rng = np.random.default_rng(0)
    for _ in range(20):
        space.cell(space.parse(supernet.draw(rng))).pruned().check()  # at most 7 vertices and 9 edges, all in use


@pytest.mark.parametrize("size", [8, 9, 11, 32])
def test_images_of_any_size(size):
    batch = torch.rand(2, 3, size, size + 1)
    for space, options in SMALL.items():
        supernet = make_supernet(space, 10, rng=0, **options)
        assert supernet(batch, supernet.gates(supernet.draw(np.random.default_rng(0)))).shape == (2, 10)
        uniform = Gates({kind: torch.ones(shape) for kind, shape in supernet.decisions.items()})
        assert supernet(batch, [uniform] * supernet.n_places).isfinite().all()


@pytest.mark.parametrize("space", SMALL)
def test_first_weights_are_drawn_from_rng_alone(space):
    state = torch.get_rng_state()
    one, same, other = (make_supernet(space, 10, rng=seed, **SMALL[space]).state_dict() for seed in (4, 4, 5))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, same[name]) for name, value in one.items())
    assert not torch.equal(one["classifier.weight"], other["classifier.weight"])


def test_blocks_that_reach_no_output_are_left_out():
    supernet = make("oneshot1_s1")
    arch = "conv3x3-bn-relu~0|conv3x3-bn-relu~0,1|conv3x3-bn-relu~0,1|conv3x3-bn-relu~0,2|output~0,1"
    calls = []
    for cell in supernet.cells:
        for block, layer in enumerate(cell.conv3, start=1):
            layer.register_forward_hook(lambda *_, block=block: calls.append(block))
    supernet(images(), supernet.gates(arch))
    supernet.forward_many(images(), [arch])
    assert calls == [1] * 6


def test_gradients_of_many_architectures():
    supernet = make("oneshot1_s1")
    archs = [supernet.draw(np.random.default_rng(seed)) for seed in range(3)]
    weights = list(supernet.cells.parameters())
    together = gradients(supernet.forward_many(images(), archs).transpose(0, 1).flatten(1), weights)
    alone = gradients(torch.cat([supernet(images(), supernet.gates(arch)) for arch in archs], 1), weights)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other, **close)


# pieces


@pytest.mark.parametrize("shape", [(5, 6), (1, 4), (3, 1), (1, 1)])
def test_largest_of_nine_pixels(shape):
    """Values and gradients as torch's, with many equal pixels."""
    batch = torch.randint(0, 3, (4, 3, *shape), generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    direction = torch.randn(4, 3, *shape, dtype=torch.float64)
    for layout in (batch, batch.transpose(2, 3)):
        ours, wanted = max_pool(layout), functional.max_pool2d(layout, 3, 1, 1)
        assert torch.equal(ours, wanted)
        found, other = (torch.autograd.grad(one, batch, direction.view(one.shape))[0] for one in (ours, wanted))
        torch.testing.assert_close(found, other, **close)


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("track", [False, True])
def test_part_norm_is_a_batch_norm_a_group(affine, track):
    whole = PartNorm(3, 2, affine=affine, track=track).double()
    singles = [nn.BatchNorm2d(2, affine=affine, track_running_stats=track).double() for _ in range(3)]
    if affine:
        for group, single in enumerate(singles):
            for name in ("weight", "bias"):
                getattr(single, name).data.uniform_(generator=torch.Generator().manual_seed(group))
                getattr(whole, name).data[2 * group : 2 * group + 2] = getattr(single, name).data
    factors = torch.tensor([0.5, -2.0, 3.0], dtype=torch.float64)
    batch = torch.randn(4, 6, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for mode in (True, False):
        for one in (whole, *singles):
            one.train(mode)
        parts = batch.split(2, 1)
        wanted = torch.cat([factor * one(part) for one, part, factor in zip(singles, parts, factors, strict=True)], 1)
        torch.testing.assert_close(whole.part(batch, factors=factors), wanted, **close)
        chosen = torch.cat([singles[2](parts[2]), singles[0](parts[0])], 1)
        torch.testing.assert_close(whole.part(torch.cat([parts[2], parts[0]], 1), [2, 0]), chosen, **close)
        if track:
            stored = torch.cat([one.running_var for one in singles])
            torch.testing.assert_close(whole.running_var, stored, **close)
        if mode or not track:
            twice = deepcopy(singles[1])  # the statistics of copies are not kept
            copies = torch.cat([factors[1] * twice(parts[0]), factors[1] * twice(parts[1])], 1)
            found = whole.part(batch[:, :4], [1], factors[[1]].repeat(2), copies=2)
            torch.testing.assert_close(found, copies, **close)


# errors


def test_errors():
    with pytest.raises(NotFound, match=r"no supernet has the space 'oneshot1_s4': .* Did you mean 'oneshot1_s"):
        make_supernet("oneshot1_s4", 10, rng=0)
    with pytest.raises(InvalidInput, match=r"takes no option 'widht': it takes width.* Did you mean 'width'"):
        make_supernet("oneshot1_s1", 10, rng=0, widht=4)
    with pytest.raises(InvalidInput, match="takes no option 'width': it takes inner"):
        make_supernet("nats_size", 10, rng=0, width=4)
    with pytest.raises(InvalidInput, match="valid are 1, 2 and 3"):
        SupernetOneShot1(4, 10)
    with pytest.raises(InvalidInput, match="width must be a multiple of partial, 4; 6 was given"):
        SupernetOneShot1(1, 10, width=6, partial=4)
    with pytest.raises(InvalidInput, match="n_classes must be at least 1"):
        SupernetSizes(0)


def test_errors_of_gates():
    supernet = SupernetOneShot1(1, 10, width=2, n_cells=1)
    batch, gates = torch.zeros(2, 3, 8, 8), supernet.gates(supernet.draw(np.random.default_rng(0)))
    with pytest.raises(InvalidInput, match="has 3 places: give gates for all, or one for each, not 2"):
        supernet(batch, [gates] * 2)
    with pytest.raises(InvalidInput, match=r"'inputs_3' are missing, of the shape \(1, 3\); given are those of none"):
        supernet(batch, Gates(picked=gates.picked))
    with pytest.raises(InvalidInput, match=r"'output' have the shape \(1, 5\); \(5,\) was given"):
        supernet(batch, Gates({**gates.weights, "output": torch.ones(5)}, gates.picked))
    with pytest.raises(InvalidInput, match=r"'operations' picks 4 candidates, each one of 0..2; \(0, 1, 3, 0\)"):
        supernet(batch, Gates(gates.weights, {"operations": (0, 1, 3, 0)}))
    with pytest.raises(InvalidInput, match=r"takes images of the shape \(b, 3, h, w\)"):
        supernet(batch[:, :1], gates)
    with pytest.raises(InvalidInput, match="'output' are missing"):
        supernet.derive({kind: np.zeros(shape) for kind, shape in supernet.decisions.items() if kind != "output"})
    with pytest.raises(InvalidInput, match="is no architecture of nats_size"):
        SupernetSizes(10).gates("8,8,8,8,8")
