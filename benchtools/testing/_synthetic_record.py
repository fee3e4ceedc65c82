"""One architecture of a synthetic archive as the plain Python objects of the official code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

import numpy as np

from benchtools.spaces import NATSSize, get_space
from benchtools.testing._synthetic_numbers import draw_numbers, draw_seeds, entropy_of
from benchtools.testing._synthetic_plan import ARCH_SPACES, CLASSES, DATASETS, TrialPlan, plan_trials
from benchtools.testing._synthetic_request import Request

__all__ = ["assemble", "nasbench201_record", "nats_record"]
