"""A configuration with comments, small enough for a minute."""

__all__ = ["EXAMPLE"]

EXAMPLE = """\
# A zoo of random networks, trained in an original setting and in reduced ones (EcoNAS).
# Run it by:    benchtools zoo run zoo.yaml --store zoo.db
# Report it by: benchtools zoo report zoo.yaml --store zoo.db --out report
name: my-zoo
dataset: digits          # benchtools data list
# data: cifar10.npz      # where it is; default: where `benchtools data fetch` puts it; relative to this file
validation: 0.75         # share of the training examples that accuracies are of; 0 for the test part

space: zoo13
archs: {n: 6, seed: 0}   # random networks; or a list of strings (benchtools zoo sample)
n_cells: 3               # 20 in the paper
seeds: [0]               # each network is trained once for each

levels:                  # what the levels stand for; level 0 is the original
  c: [8, 6, 4, 3, 2]     # channels            (paper: 36, 25, 18, 13, 9)
  r: [8, 7, 6, 5, 4]     # pixels              (paper: 32, 23, 16, 11, 8)
  s: [1, 0.5, 0.25]      # share of examples
  e: 4                   # epochs of the original setting (paper: 600)

settings: [c4r0s0e4, c0r4s0e4, c0r0s1e4, c0r0s0e2, c0r0s0e1, c4r4s0e2]
# or every combination:  settings: {c: [0, 2, 4], r: [0, 4], e: [4, 2]}
# or examples chosen by a method: c0r0s1e4:p1, with
# scores: {p1: entropy.npz}   # benchtools score entropy ...

protocol:                # changes to the paper's: SGD, cosine 0.025 -> 0.001, weight decay 3e-4, clipped at 5, batch 96
  batch_size: 60
  lr: 0.1
  cutout: 0
  drop_path: 0.0
  # auxiliary: 0.4       # weight of a second classifier (DARTS) in the original setting; r from 32 on
"""
