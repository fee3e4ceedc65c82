"""PC-DARTS: DARTS on a part of the channels."""

from __future__ import annotations

from benchtools.search.one_shot._darts_v1 import DartsV1
from benchtools.search.one_shot._register import ALGORITHMS

__all__ = ["PcDarts"]


class PcDarts(DartsV1):
    """First-order DARTS whose operations see a quarter of the channels; the others pass by, and all are shuffled.

    In NAS-Bench-1Shot1 the weights of inputs play the part of the paper's weights of edges.

    References
    ----------
    Y. Xu et al.: PC-DARTS: Partial Channel Connections for Memory-Efficient Architecture Search. ICLR 2020.
    """

    name = "pc_darts"
    spaces = ("oneshot1",)
    supernet_options = {"partial": 4}  # noqa: RUF012


ALGORITHMS.register(PcDarts.name, PcDarts)
