"""Rank statistics of accuracy vectors: vectors in, result objects out. One statistic per file."""

from benchtools.ranking._best_rank_at_k import best_rank_at_k
from benchtools.ranking._bootstrap import bootstrap_interval
from benchtools.ranking._compare import compare
from benchtools.ranking._jackknife import jackknife_interval
from benchtools.ranking._kendall import kendall
from benchtools.ranking._models_needed import models_needed
from benchtools.ranking._monotonicity import monotonicity
from benchtools.ranking._pearson import pearson
from benchtools.ranking._permutation import permutation_pvalue
from benchtools.ranking._precision_at_k import precision_at_k
from benchtools.ranking._regret import regret
from benchtools.ranking._report import Difference, Pick, RankReport
from benchtools.ranking._result import Estimate, Interval
from benchtools.ranking._spearman import spearman
from benchtools.ranking._statistic import STATISTICS, Statistic
from benchtools.ranking._tolerant_spearman import tolerant_spearman
from benchtools.ranking._top_k_overlap import top_k_overlap
from benchtools.ranking._weighted_kendall import weighted_kendall

__all__ = [
    "STATISTICS",
    "Difference",
    "Estimate",
    "Interval",
    "Pick",
    "RankReport",
    "Statistic",
    "best_rank_at_k",
    "bootstrap_interval",
    "compare",
    "jackknife_interval",
    "kendall",
    "models_needed",
    "monotonicity",
    "pearson",
    "permutation_pvalue",
    "precision_at_k",
    "regret",
    "spearman",
    "tolerant_spearman",
    "top_k_overlap",
    "weighted_kendall",
]
