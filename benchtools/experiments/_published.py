"""What five papers print, recomputed from their own tables."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import pandas as pd

from benchtools.ranking import kendall, pearson, spearman

__all__ = ["published_acceleration", "published_correlations", "published_flags"]

TOLERANCE = 5e-4  # of a score printed to three decimals

PARK_TABLES = {
    1: ("CIFAR-10", "ResNet-20", "paper002_table1_resnet20_cifar10.csv"),
    2: ("CIFAR-100", "ResNet-20", "paper002_table2_resnet20_cifar100.csv"),
    3: ("CIFAR-10", "EfficientNet-B0", "paper002_table3_efficientnetb0_cifar10.csv"),
}

LESS_IS_MORE = "paper000_tables2to6_results.csv"
PROXY_SIZES = "paper003_table1_darts_proxy_size.csv"
NAS_ALGORITHMS = "paper003_table2_nas_algorithms.csv"
ROBUST_SPACES = "paper003_table3_robust_spaces.csv"

COLUMNS = [
    "paper",
    "table",
    "method",
    "dataset",
    "search_space",
    "nas",
    "proxy_percent",
    "acceleration",
    "basis",
    "baseline_accuracy",
    "proxy_accuracy",
    "accuracy_kept",
    "difference_points",
    "baseline_accuracy_ch16",
    "proxy_accuracy_ch16",
    "baseline_accuracy_ch32",
    "proxy_accuracy_ch32",
    "flag",
]


def published_correlations() -> pd.DataFrame:
    """Recompute every correlation score that Park's tables print, from the accuracies beside it.

    Returns
    -------
    pandas.DataFrame
        One row per printed score: ``table``, ``dataset``, ``network``, ``column`` (a proxy's accuracies), ``n``
        (configurations), ``printed``; ``pearson``, ``spearman`` and ``kendall`` (tau-b) of the column with the
        full-data accuracies; ``difference``, Pearson's less the printed score; ``reproduced``, whether it is at most
        5e-4; ``best_kept``, whether the configuration that the proxy puts first is the best (or one of the best)
        after training on all data.

    See Also
    --------
    published_flags : what is known to be doubtful in the printed numbers.

    Notes
    -----
    The paper does not name its coefficient. It is Pearson's: exact in Tables 2 and 3, near in Table 1, whose four
    scores no standard coefficient of the printed accuracies gives.

    References
    ----------
    .. [1] M. Park, "Data Proxy Generation for Fast and Efficient Neural Architecture Search", arXiv:1911.09322, 2019,
       Tables 1-3.

    Examples
    --------
    >>> scores = published_correlations()
    >>> scores[["table", "column", "printed", "pearson", "spearman", "best_kept"]].round(3).tail(2)
       table         column  printed  pearson  spearman  best_kept
    6      3  acc_10_random    0.171    0.171     0.287      False
    7      3    acc_10_ours    0.612    0.612     0.587       True
    """
    rows = []
    for score in _read("paper002_correlation_scores.csv").to_dict("records"):
        dataset, network, file = PARK_TABLES[score["table"]]
        accuracies = _read(file)
        row = {"table": score["table"], "dataset": dataset, "network": network, "column": score["column"]}
        rows.append(row | _recomputed(accuracies["acc_100"], accuracies[score["column"]], score["printed"]))
    return pd.DataFrame(rows)


def _recomputed(truth: pd.Series[float], proxy: pd.Series[float], printed: float) -> dict[str, Any]:
    linear = pearson(truth, proxy)
    difference = linear.statistic - printed
    return {
        "n": linear.n,
        "printed": printed,
        "pearson": linear.statistic,
        "spearman": spearman(truth, proxy).statistic,
        "kendall": kendall(truth, proxy).statistic,
        "difference": difference,
        "reproduced": abs(difference) <= TOLERANCE,
        "best_kept": bool((truth[proxy == proxy.max()] == truth.max()).all()),
    }


def published_acceleration() -> pd.DataFrame:
    """Compute how much faster every published search on proxy data was, and what accuracy it kept.

    Returns
    -------
    pandas.DataFrame
        One row per search of "Less is More" (Tables 2-6, baselines included) and of "Accelerating Neural Architecture
        Search via Proxy Data" (Tables 1-3):

        ``paper``, ``table``, ``method``, ``dataset``, ``search_space``, ``nas``
            What was searched, and how the proxy was selected. ``paper`` is the number in the names of the files.
        ``proxy_percent``
            Share of the data [%].
        ``acceleration``, ``basis``
            Cost of the full-data search over that of the proxy search, and what it is computed from: "search time",
            "GPU days", or "data size" where the paper prints no cost (then it is only what is expected of a cost
            in proportion to the data). NaN where a cost that the ratio needs is not printed.
        ``baseline_accuracy``, ``proxy_accuracy``
            Top-1 [%] of the architecture found on all data and on the proxy; at 64 channels in "Less is More", which
            has ``..._ch16`` and ``..._ch32`` too (NaN elsewhere).
        ``accuracy_kept``, ``difference_points``
            Proxy's accuracy over the baseline's, and less the baseline's [points].
        ``flag``
            Keys of `published_flags` for the values that the row is computed from, joined by "; ".

    See Also
    --------
    published_flags : what the keys mean.

    Notes
    -----
    Baselines are the row of the same table and search at 100 %, except that Table 1 of the second paper has none: it
    is the full-data DARTS of Table 2. An accuracy kept above 1 says little where the baseline itself failed (ENAS in
    "Less is More").

    References
    ----------
    .. [1] B. Moser et al., "Less is More: Proxy Datasets in NAS Approaches", CVPR Workshops 2022, Tables 2-6.
    .. [2] B. Na et al., "Accelerating Neural Architecture Search via Proxy Data", IJCAI 2021, Tables 1-3.

    Examples
    --------
    >>> rows = published_acceleration()
    >>> wanted = (rows["nas"] == "PC-DARTS") & (rows["dataset"] == "ImageNet")
    >>> rows.loc[wanted, ["proxy_percent", "acceleration", "basis", "baseline_accuracy", "proxy_accuracy"]].round(1)
        proxy_percent  acceleration     basis  baseline_accuracy  proxy_accuracy
    98           10.0          14.6  GPU days               75.8            75.7
    """
    rows = pd.concat([_less_is_more(), _proxy_sizes(), _nas_algorithms(), _robust_spaces()], ignore_index=True)
    rows["accuracy_kept"] = rows["proxy_accuracy"] / rows["baseline_accuracy"]
    rows["difference_points"] = rows["proxy_accuracy"] - rows["baseline_accuracy"]
    rows["search_space"] = rows["search_space"].fillna("")
    return rows[COLUMNS]


def published_flags() -> pd.DataFrame:
    """Return what is known to be doubtful, inferred or easily misread in the published numbers.

    Returns
    -------
    pandas.DataFrame
        One row per flag, all text: ``file``, a file of `benchmarks_data.published`; ``where``, the rows concerned as
        a pandas query, empty for all; ``columns``, names of the columns whose values need care, separated by spaces,
        empty where none does (a matter of wording); ``flag``, a short key; ``note``, the explanation.

    See Also
    --------
    published_acceleration : carries the keys.

    Examples
    --------
    >>> flags = published_flags().set_index("flag")
    >>> flags.loc["search-failed", "where"]
    'nas == "DARTS" and dataset == "CIFAR-100" and search_space == "S4"'
    """
    return _read("flags.csv", dtype=str, keep_default_na=False)


def _less_is_more() -> pd.DataFrame:
    printed = _read(LESS_IS_MORE)
    full = printed[printed["r_percent"] == 100]
    both = printed.merge(full, on=["table", "nas"], how="left", validate="m:1", suffixes=("", "_full"))
    means = {"": "eval_top1_ch64_mean", "_ch16": "eval_top1_ch16_mean", "_ch32": "eval_top1_ch32_mean"}
    rows = pd.DataFrame(
        {
            "paper": "000",
            "table": both["table"],
            "method": both["method"],
            "dataset": "CIFAR-100",
            "nas": both["nas"],
            "proxy_percent": both["r_percent"].astype(float),
            "acceleration": both["search_time_s_full"] / both["search_time_s"],
            "basis": "search time",
            "flag": _flags_of(LESS_IS_MORE, printed, ["search_time_s", *means.values()]),
        }
    )
    for suffix, mean in means.items():
        rows[f"baseline_accuracy{suffix}"] = both[f"{mean}_full"]
        rows[f"proxy_accuracy{suffix}"] = both[mean]
    return rows


def _proxy_sizes() -> pd.DataFrame:
    printed = _read(PROXY_SIZES)
    algorithms = _read(NAS_ALGORITHMS)
    full = algorithms[algorithms["nas"] == "DARTS"]
    both = printed.merge(full, on="dataset", how="left", validate="m:1")
    frames = [
        pd.DataFrame(
            {
                "paper": "003",
                "table": 1,
                "method": method,
                "dataset": both["dataset"],
                "nas": both["nas"],
                "proxy_percent": 100 * both["proxy_size"] / both["base_size"],
                "acceleration": both["base_size"] / both["proxy_size"],
                "basis": "data size",
                "baseline_accuracy": 100 - both["base_err"],
                "proxy_accuracy": 100 - both[f"{method}_top1_err"],
                "flag": _flags_of(PROXY_SIZES, printed, [f"{method}_top1_err"]),
            }
        )
        for method in ("random", "proposed")
    ]
    return pd.concat(frames, ignore_index=True)


def _nas_algorithms() -> pd.DataFrame:
    printed = _read(NAS_ALGORITHMS)
    return pd.DataFrame(
        {
            "paper": "003",
            "table": 2,
            "method": "proposed",
            "dataset": printed["dataset"],
            "nas": printed["nas"],
            "proxy_percent": 100 * printed["proposed_size"] / printed["base_size"],
            "acceleration": printed["base_cost_gpu_days"] / printed["proposed_cost_gpu_days"],
            "basis": "GPU days",
            "baseline_accuracy": 100 - printed["base_err"],
            "proxy_accuracy": 100 - printed["proposed_err"],
            "flag": _flags_of(NAS_ALGORITHMS, printed, printed.columns),
        }
    )


def _robust_spaces() -> pd.DataFrame:
    printed = _read(ROBUST_SPACES)
    frames = [
        pd.DataFrame(
            {
                "paper": "003",
                "table": 3,
                "method": "proposed",
                "dataset": printed["dataset"],
                "search_space": printed["search_space"],
                "nas": printed["nas"],
                "proxy_percent": float(percent),
                "acceleration": 100 / percent,
                "basis": "data size",
                "baseline_accuracy": 100 - printed["base_100_err"],
                "proxy_accuracy": 100 - printed[f"proposed_{percent}_err"],
                "flag": _flags_of(ROBUST_SPACES, printed, ["nas", "dataset", f"proposed_{percent}_err"]),
            }
        )
        for percent in (10, 20)
    ]
    return pd.concat(frames, ignore_index=True)


def _flags_of(file: str, printed: pd.DataFrame, columns: Iterable[str]) -> pd.Series[str]:
    """Return the keys of the flags on `columns` of a published file, for every row, joined by "; "."""
    keys: list[list[str]] = [[] for _ in range(len(printed))]
    flags = published_flags()
    for _, flag in flags[flags["file"] == file].iterrows():
        if set(flag["columns"].split()).isdisjoint(columns):
            continue
        concerned = printed.query(flag["where"], engine="python") if flag["where"] else printed
        for row in concerned.index:
            keys[row].append(flag["flag"])
    return pd.Series(["; ".join(row) for row in keys], index=printed.index)


def _read(file: str, **options: Any) -> pd.DataFrame:
    """Return a file of `benchmarks_data.published`, rows numbered from 0."""
    with (files("benchmarks_data.published") / file).open(encoding="utf-8") as stream:
        frame: pd.DataFrame = pd.read_csv(stream, **options)
    return frame
