"""Architectures that are not worth a training: named, so that a table of results says so."""

from __future__ import annotations

from benchtools.spaces import NASBench201, OneShot1, get_space

__all__ = ["degenerate"]


def degenerate(space: str, arch: str) -> str:
    """Return what is wrong with an architecture in a word or two, "" if nothing is.

    Returns
    -------
    str
        Of NAS-Bench-201: ``all none``, ``all skip_connect``, ``disconnected`` (the output does not depend on the
        input), ``no convolution``. Of NAS-Bench-1Shot1: ``no convolution`` reaches the output. Other spaces have no
        such architectures.

    Examples
    --------
    >>> degenerate("nasbench201", "|skip_connect~0|+|skip_connect~0|skip_connect~1|+" + "|none~0|none~1|none~2|")
    'disconnected'
    """
    names = [term.partition("~")[0] for term in arch.replace("+", "|").split("|") if term]
    if space.startswith("nasbench201"):
        if len(set(names)) == 1 and names[0] in ("none", "skip_connect"):
            return f"all {names[0]}"
        found = get_space("nasbench201") if space == "nasbench201" else None
        if isinstance(found, NASBench201) and not found.connected[found.parse(arch)]:
            return "disconnected"
        return "" if any("conv" in name for name in names) else "no convolution"
    part = get_space(space)
    if isinstance(part, OneShot1):
        operations = part.cell(part.parse(arch)).pruned().operations
        return "" if any("conv" in name for name in operations) else "no convolution"
    return ""
