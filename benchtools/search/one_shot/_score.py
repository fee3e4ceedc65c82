"""The accuracy of architectures with the weights that they share: many of them in each pass over the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets import Batch
from benchtools.errors import InvalidInput
from benchtools.networks import Supernet
from benchtools.progress import Progress, silent
from benchtools.training._modes import looking_at

__all__ = ["score_archs"]

SIDE_BY_SIDE = {"cpu": 64}
"""Images times architectures of a pass."""


def score_archs(
    supernet: Supernet,
    archs: Sequence[str],
    batches: Iterable[Batch],
    *,
    block: int | None = None,
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """Return the accuracy of each architecture with a supernet's weights [%], shape (n_archs,).

    Parameters
    ----------
    supernet : Supernet
        Trained, commonly; it is left as it is.
    archs : sequence of str
        Architectures of its space.
    batches : iterable of Batch
        All architectures see the same ones; read once. Labels are numbered as the supernet numbers classes.
    block : int, optional
        Architectures that run side by side. By default as many as make 64 images on a CPU, where larger batches are
        slower, and 16,384 elsewhere.
    progress : callable
        Called with ``("architectures", scored on the present batch, all)``.

    Raises
    ------
    InvalidInput
        If there is no architecture or no batch.

    Notes
    -----
    Batch norms that keep no statistics normalise by the batch, so that the accuracy depends on its size (the
    reference's flaw). The largest batches that memory allows are best.

    References
    ----------
    A. Zela, J. Siems, F. Hutter: NAS-Bench-1Shot1. ICLR 2020, section 5.

    Examples
    --------
    >>> from benchtools.datasets import Batches, load_dataset
    >>> from benchtools.networks import make_supernet
    >>> supernet = make_supernet("nasbench201", 10, rng=0, channels=1, width=2, n_cells=1)
    >>> archs = [supernet.draw(np.random.default_rng(seed)) for seed in range(3)]
    >>> score_archs(supernet, archs, Batches(load_dataset("digits"), range(100), batch_size=50, generator=0)).shape
    (3,)
    """
    if not len(archs):
        raise InvalidInput("no architecture is given: give at least one")
    correct, n_images = np.zeros(len(archs), dtype=np.int64), 0
    with looking_at(supernet):
        for images, labels, _ in batches:
            n_images += len(labels)
            n = block or max(1, SIDE_BY_SIDE.get(images.device.type, 16_384) // len(labels))
            for start in range(0, len(archs), n):
                logits = supernet.forward_many(images, archs[start : start + n])
                hits = (logits.argmax(2) == labels).sum(1)
                correct[start : start + n] += hits.cpu().numpy()
                progress("architectures", min(start + n, len(archs)), len(archs))
    if not n_images:
        raise InvalidInput("there is no batch to score architectures on: give at least one")
    return 100 * correct / n_images
