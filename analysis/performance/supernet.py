"""Print what the joint computation of a supernet's mixed operations saves.

Run ``OMP_NUM_THREADS=1 python analysis/performance/supernet.py [--width 16] [--cells 5] [--batch 64] [--repeats 5]``.

NAS-Bench-201's supernet against the same network edge by edge (`benchtools.testing.PlainSupernet201`), with the same
weights on the same images, in turns. A DARTS step is a step of the weights and a step of the alphas. Random images: the
arithmetic does not depend on them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchtools.networks import Gates, Supernet201
from benchtools.networks._gates import one_hot
from benchtools.search.one_shot import Judge
from benchtools.tables import Table
from benchtools.testing import PlainSupernet201

KIND = "edges"


def joint_step(network: nn.Module, alpha: Tensor, images: Tensor, labels: Tensor) -> None:
    """Backward of weights with the mixture as it is, then of the alphas alone: what a step of DARTS computes."""
    weights = list(network.parameters())
    loss = functional.cross_entropy(network(images, Gates({KIND: alpha.detach().softmax(1)})), labels)
    torch.autograd.grad(loss, weights, allow_unused=True)
    loss = functional.cross_entropy(network(images, Gates({KIND: alpha.softmax(1)})), labels)
    torch.autograd.grad(loss, [alpha])


def drawn_step(network: nn.Module, alpha: Tensor, images: Tensor, labels: Tensor, picked: tuple[int, ...]) -> None:
    """Compute the same with one candidate an edge, as GDAS draws them."""
    weights = list(network.parameters())
    loss = functional.cross_entropy(network(images, Gates(picked={KIND: picked})), labels)
    torch.autograd.grad(loss, weights, allow_unused=True)
    soft = alpha.softmax(1)
    gates = Gates({KIND: one_hot(picked, 5).to(soft) - soft.detach() + soft}, {KIND: picked})
    torch.autograd.grad(functional.cross_entropy(network(images, gates), labels), [alpha])


def seconds(call: Callable[[], None], device: torch.device) -> float:
    start = time.perf_counter() if device.type == "cuda" else time.process_time()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter() - start
    return time.process_time() - start


def equal(width: int) -> None:
    """Print the largest difference of logits and gradients in float64."""
    network = Supernet201(10, width=width, n_cells=1).double()
    plain = PlainSupernet201(network).double()
    alpha = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    images, labels = torch.randn(8, 3, 16, 16, dtype=torch.float64), torch.arange(8)
    found = []
    for each in (network, plain):
        logits = each(images, Gates({KIND: alpha.softmax(1)}))
        found.append((logits, *torch.autograd.grad(functional.cross_entropy(logits, labels), [alpha])))
    gaps = [float((one - other).detach().abs().max()) for one, other in zip(*found, strict=True)]
    print(f"largest difference in float64: logits {gaps[0]:.1e}, gradient of alphas {gaps[1]:.1e}")


def speed(width: int, cells: int, batch: int, repeats: int, device: torch.device) -> None:
    network = Supernet201(10, width=width, n_cells=cells).to(device)
    plain = PlainSupernet201(network).to(device)
    alpha = (1e-3 * torch.randn(6, 5)).to(device).requires_grad_()
    images, labels = torch.randn(batch, 3, 32, 32, device=device), torch.arange(batch, device=device) % 10
    rng, joint, drawn, memory = np.random.default_rng(0), [], [], {}
    for repeat in range(repeats + 1):
        picked = network.operations(network.draw(rng))
        took = {}
        for name, each in (("ours", network), ("plain", plain)):
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(device)
            took[name] = seconds(lambda each=each: joint_step(each, alpha, images, labels), device)
            if device.type == "cuda":
                memory[name] = torch.cuda.max_memory_allocated(device)
        alone = seconds(lambda picked=picked: drawn_step(network, alpha, images, labels, picked), device)
        if repeat:  # the first is warm-up
            joint.append(took["plain"] / took["ours"])
            drawn.append(took["plain"] / alone)
    for name, ratios, asked in (("DARTS step", joint, 2), ("GDAS step against the plain joint step", drawn, 3)):
        print(f"{name}: {statistics.median(ratios):.2f} times as fast as edge by edge "
              f"({min(ratios):.2f} to {max(ratios):.2f}; asked: {asked})")  # fmt: skip
    if memory:
        print(f"peak memory: {memory['ours'] / memory['plain']:.2f} of the plain form's (asked: at most 1)")
    else:
        kept = {name: saved(each, alpha, images, labels) for name, each in (("ours", network), ("plain", plain))}
        print(f"kept for the backward pass: {kept['ours'] / 1e6:.0f} MB, the plain form {kept['plain'] / 1e6:.0f} MB: "
              f"{kept['ours'] / kept['plain']:.2f} (asked: at most 1)")  # fmt: skip


def saved(network: nn.Module, alpha: Tensor, images: Tensor, labels: Tensor) -> int:
    """Return the bytes of all different tensors that the graph keeps."""
    storages: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = functional.cross_entropy(network(images, Gates({KIND: alpha.softmax(1)})), labels)
    return sum(storages.values()) if loss.requires_grad else 0


def scoring(repeats: int) -> None:
    table = Table.open("nasbench201-slice")
    archs = [table.space.to_string(index) for index in range(table.space.size)]
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        judge = Judge(table, "cifar10-valid/x-valid/200/mean")
        judge.ranks(judge.accuracies(archs))
        took.append(time.perf_counter() - start)
    print(f"scoring {len(archs):,} cells by the table: {1e3 * statistics.median(took):.1f} ms (asked: 50)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--cells", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    scoring(options.repeats)
    equal(4)
    print(f"width {options.width}, {options.cells} cells a stage, batches of {options.batch}, on {device}:")
    speed(options.width, options.cells, options.batch, options.repeats, device)


if __name__ == "__main__":
    main()
