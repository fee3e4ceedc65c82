"""Write the recorded entropies of CIFAR-10 (benchmarks_data/recorded/proxy-cifar10) as scores that a study reads.

Run ``python analysis/studies/recorded_entropy.py cifar10.npz entropy.npz`` with the data set as `benchtools data` reads
it; they belong to its training examples in the official order.
"""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

import numpy as np

from benchtools.datasets import load_dataset
from benchtools.scoring import Scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    dataset = load_dataset("cifar10", options.data)
    with (files("benchmarks_data") / "recorded/proxy-cifar10/entropy.npz").open("rb") as file:
        values = np.load(file)["entropy"]
    scores = Scores(
        values, kind="entropy", dataset=dataset.name, dataset_digest=dataset.digest, labels=dataset.train_labels
    )
    print(f"wrote {scores.save(options.out)}: {len(values):,} entropies")


if __name__ == "__main__":
    main()
