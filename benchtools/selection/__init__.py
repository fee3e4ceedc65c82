"""Selection methods: from per-example scores to the indices of a proxy data set. One method per file."""

from benchtools.selection._class_random import class_random
from benchtools.selection._describe import ClassShare, Description, Quantile
from benchtools.selection._entropy_bottom import entropy_bottom
from benchtools.selection._entropy_top import entropy_top
from benchtools.selection._forgetting import forgetting
from benchtools.selection._k_center import k_center
from benchtools.selection._kmeans_outliers import kmeans_outliers
from benchtools.selection._loss_easy import loss_easy
from benchtools.selection._loss_hard import loss_hard
from benchtools.selection._p1 import p1
from benchtools.selection._p2 import p2
from benchtools.selection._p3 import p3
from benchtools.selection._probe_importance import probe_importance
from benchtools.selection._probe_weights import probe_weights
from benchtools.selection._random import random
from benchtools.selection._selection import Overlap, Population, Selection
from benchtools.selection._selector import SELECTORS, Selector, get_selector, list_selectors
from benchtools.selection._two_tailed import two_tailed

__all__ = [
    "SELECTORS",
    "ClassShare",
    "Description",
    "Overlap",
    "Population",
    "Quantile",
    "Selection",
    "Selector",
    "class_random",
    "entropy_bottom",
    "entropy_top",
    "forgetting",
    "get_selector",
    "k_center",
    "kmeans_outliers",
    "list_selectors",
    "loss_easy",
    "loss_hard",
    "p1",
    "p2",
    "p3",
    "probe_importance",
    "probe_weights",
    "random",
    "two_tailed",
]
