"""Forgetting events, counted from what was right at each presentation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchtools.errors import InvalidInput

__all__ = ["forgetting_events"]

MODES = ("transitions", "misclassifications")


def forgetting_events(correct: ArrayLike, *, mode: str = "transitions") -> NDArray[np.int64]:
    r"""Count how often each training example was forgotten.

    .. math:: e_i = \#\{t : a_i(t) = 1,\ a_i(t + 1) = 0\}, \qquad e_i = T \text{ where } a_i \text{ is never } 1

    Parameters
    ----------
    correct : array_like of bool or 0/1, shape (n_presentations, n_examples) or (n_runs, n_presentations, n_examples)
        Whether each example was classified correctly at each presentation (epoch), recorded on the augmented
        mini-batch before the weights are updated. Counts of several runs are summed.
    mode : {"transitions", "misclassifications"}
        What is counted: from right to wrong (Toneva et al.), or every wrong presentation, as S3 words it.

    Returns
    -------
    ndarray of int64, shape (n_examples,)
        Number of events. An example that a run never learned counts as n_presentations in that run, the most there
        can be: it is the hardest, not an unforgettable one.

    Raises
    ------
    InvalidInput
        If the shape, a value or `mode` does not fit.

    Notes
    -----
    An example that was learned is forgotten at most ``n_presentations // 2`` times. Linear time.

    Examples
    --------
    >>> import numpy as np
    >>> forgetting_events(np.array([[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]).T).tolist()
    [4, 0, 2, 1]
    """
    if mode not in MODES:
        raise InvalidInput(f"mode={mode!r} is not known: choose one of {', '.join(MODES)}")
    given = np.asarray(correct)
    if given.ndim not in (2, 3) or 0 in given.shape:
        raise InvalidInput(
            f"correct has shape {given.shape}: (n_presentations, n_examples) is needed, or with n_runs before them"
        )
    if given.dtype != bool and not np.isin(given, (0, 1)).all():
        raise InvalidInput("correct holds values other than 0 and 1: give whether each presentation was right")
    right = given.astype(bool).reshape(-1, *given.shape[-2:])
    if mode == "misclassifications":
        wrong: NDArray[np.int64] = (~right).sum(axis=(0, 1), dtype=np.int64)
        return wrong
    events = (right[:, :-1] & ~right[:, 1:]).sum(axis=1, dtype=np.int64)
    events[~right.any(axis=1)] = right.shape[1]
    total: NDArray[np.int64] = events.sum(axis=0)
    return total
