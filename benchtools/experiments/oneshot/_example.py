"""A configuration with comments, small enough for a few minutes."""

__all__ = ["EXAMPLE"]

EXAMPLE = """\
# One-shot searches on proxies of the data, scored by a table.
# Run it by:    benchtools search run study.yaml --store study.db
# Report it by: benchtools search report study.yaml --store study.db --out report
name: my-study
space: nasbench201            # or oneshot1_s1, _s2, _s3
dataset: digits               # benchtools data list
# data: cifar10.npz           # where it is; default: where `benchtools data fetch` puts it; relative to this file
table: nasbench201-slice      # name or folder of a table (benchtools table list)
truth: cifar10-valid/x-valid/200/mean   # its column that judges (benchtools table describe)

algorithms: [darts_v1, gdas]  # also darts_v2, enas, random_ws, setn; pc_darts in oneshot1
proxies: [full, random:300]   # METHOD:K, and full: what proxies are compared with
# scores: {p1: entropy.npz}   # for proxies such as p1:300 (benchtools score entropy ...)
seeds: [0, 1]
how: halves                   # halves, order, within or test: who trains weights, who the architecture
# pool: 10000                 # only so many training examples are there at all
# rank: 200                   # so many random cells are ranked by shared weights at the end,
# rank_every: 10              # and after every ten epochs

preset: paper000              # or nasbench201, 1shot1, short
recipe:                       # changes to it, for all algorithms or for one
  epochs: 3
  batch_size: 32
  # enas: {controller_steps: 10, controller_samples: 5}
options: {width: 4, n_cells: 1}   # of the supernet; 16 and 5 in the paper
"""
