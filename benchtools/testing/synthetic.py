"""Archives in the exact on-disk layout of the official ones, filled with SYNTHETIC numbers.

They are for measuring and testing readers at full size where the published files are not at hand: opcode for opcode
and frame for frame they are what the published code wrote. Every number is random; never quote one as a result of a
benchmark. Neither torch nor the official packages are needed.

    python -m benchtools.testing.synthetic nasbench201 nb201.pth
    python -m benchtools.testing.synthetic nats-file NATS-tss.pickle.pbz2 --space tss
    python -m benchtools.testing.synthetic nats-directory NATS-sss-simple --space sss --archs 1000
    python -m benchtools.testing.synthetic nasbench101 only108.tfrecord
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchtools.errors import BenchtoolsError
from benchtools.testing._synthetic_nasbench101 import write_nasbench101
from benchtools.testing._synthetic_write import nats_record, write_nasbench201, write_nats_directory, write_nats_file

__all__ = ["main", "nats_record", "write_nasbench101", "write_nasbench201", "write_nats_directory", "write_nats_file"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write an archive as the command line says; return 0, or 2 after an error that is printed.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the name of the program; those of the process if None.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchtools.testing.synthetic",
        description="Write an archive in the layout of NAS-Bench-201, NATS-Bench or NAS-Bench-101 whose numbers are "
        "all SYNTHETIC: random, for measuring and testing readers, never to be quoted as results of a benchmark.",
    )
    kinds = ("nasbench201", "nats-file", "nats-directory", "nasbench101")
    parser.add_argument("kind", choices=kinds, help="what to write")
    parser.add_argument("out", help="path of the file or directory")
    parser.add_argument("--archs", type=int, help="the first so many architectures (default: all)")
    parser.add_argument("--seeds", type=int, default=1, choices=(1, 2, 3), help="trials of each data set (default: 1)")
    parser.add_argument("--mixed-seeds", action="store_true", help="1-3 trials by architecture, as NAS-Bench-201 has")
    parser.add_argument(
        "--space", default="tss", choices=("tss", "sss"), help="topology or size space of NATS-Bench (default: tss)"
    )
    parser.add_argument(
        "--container", default="legacy", choices=("legacy", "zip"), help="of nasbench201: as torch wrote, or writes now"
    )
    parser.add_argument(
        "--version", default="v1_1", choices=("v1_0", "v1_1"), help="of nasbench201 (default: %(default)s)"
    )
    parser.add_argument("--rng", type=int, default=0, help="determines all numbers (default: 0)")
    parser.add_argument("--workers", type=int, help="processes that write a nats-directory (default: one per core)")
    given = parser.parse_args(arguments)
    try:
        path = _write(given)
    except BenchtoolsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{path}: all numbers are SYNTHETIC")
    return 0


def _write(given: argparse.Namespace) -> object:
    seeds = {"n_seeds": given.seeds, "mixed_seeds": given.mixed_seeds, "rng": given.rng, "progress": _draw}
    if given.kind == "nasbench201":
        n_archs = 15_625 if given.archs is None else given.archs
        return write_nasbench201(given.out, n_archs=n_archs, container=given.container, version=given.version, **seeds)
    if given.kind == "nasbench101":
        cells = None if given.archs is None else range(given.archs)
        return write_nasbench101(given.out, cells=cells, rng=given.rng, progress=_draw)
    if given.kind == "nats-file":
        return write_nats_file(given.out, space=given.space, n_archs=given.archs, **seeds)
    return write_nats_directory(
        given.out, space=given.space, n_archs=given.archs, n_workers=given.workers, **seeds
    )  # fmt: skip


def _draw(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 100 == 0 or done == total):
        print(f"\r{stage}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
