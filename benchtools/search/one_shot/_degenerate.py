"""Architectures that are not worth a training: named, so that a table of results says so."""

from __future__ import annotations

from benchtools.spaces import OneShot1, get_space

__all__ = ["degenerate"]


def degenerate(space: str, arch: str) -> str:
    """Return what is wrong with an architecture in a word or two, "" if nothing is.

    Returns
    -------
    str
        Of NAS-Bench-201: ``all none``, ``all skip_connect``, ``disconnected`` (the output does not depend on the
        input), ``no convolution`` (none lies between input and output). Of NAS-Bench-1Shot1: ``no convolution``. Other
        spaces have no such architectures.

    Examples
    --------
    >>> degenerate("nasbench201", "|skip_connect~0|+|skip_connect~0|skip_connect~1|+" + "|none~0|none~1|none~2|")
    'disconnected'
    """
    if space.startswith("nasbench201"):
        nodes = [[term.split("~") for term in node.strip("|").split("|")] for node in arch.split("+")]
        names = {name for node in nodes for name, _ in node}
        if names in ({"none"}, {"skip_connect"}):
            return f"all {names.pop()}"
        edges = [
            (int(source), target, name)
            for target, node in enumerate(nodes, 1)
            for name, source in node
            if name != "none"
        ]
        used = _used(edges, len(nodes))
        if not used:
            return "disconnected"
    else:
        part = get_space(space)
        if not isinstance(part, OneShot1):
            return ""
        used = set(part.cell(part.parse(arch)).pruned().operations)
    return "" if any("conv" in name for name in used) else "no convolution"


def _used(edges: list[tuple[int, int, str]], output: int) -> set[str]:
    """Return the operations between node 0 and the output; edges (from, to, operation) are sorted by `to`."""
    reached, needed = {0}, {output}
    for source, target, _ in edges:
        if source in reached:
            reached.add(target)
    for source, target, _ in reversed(edges):
        if target in needed:
            needed.add(source)
    return {name for source, target, name in edges if source in reached and target in needed}
