"""Print how many cells NAS-Bench-101 and NAS-Bench-1Shot1 hold, and how long it takes to list them.

Run ``python analysis/performance/spaces.py [--quick] [--parquet FILE]``.

Nothing is read from the cache: the list of NAS-Bench-101's cells is computed anew, on one core. With a file that has a
column ``module_hash`` of all cells the hashes are compared with it, one by one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pandas as pd

from benchtools.spaces import OneShot1
from benchtools.spaces._nasbench101_enumerate import enumerate_codes
from benchtools.spaces._nasbench101_list import CellList, compute_cell_list

PUBLISHED = {2: 1, 3: 7, 4: 91, 5: 2_532, 6: 64_542, 7: 423_624}
DISTINCT = {1: 2_685, 2: 7_773, 3: 55_854}
T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = call()
    return result, time.perf_counter() - start


def verdict(found: int, expected: int) -> str:
    return "as expected" if found == expected else f"NOT the expected {expected:,}"


def compare(cells: CellList, parquet: str) -> None:
    """Compare the hashes, in order, with those of a file."""
    ours = [f"{high:016x}{low:016x}" for high, low in cells.hashes.tolist()]
    theirs = sorted(pd.read_parquet(parquet, columns=["module_hash"])["module_hash"])
    equal = sum(a == b for a, b in zip(ours, theirs, strict=False))
    print(f"  {equal:,} of {len(theirs):,} hashes are those of {parquet}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="hash the cells of at most six vertices only")
    parser.add_argument("--parquet", help="a file with a column module_hash to compare with")
    options = parser.parse_args()
    for n_vertices, expected in PUBLISHED.items():
        codes, taken = timed(partial(enumerate_codes, n_vertices))
        print(
            f"cells of at most {n_vertices} vertices: {len(codes):,} in {taken:.2f} s; {verdict(len(codes), expected)}"
        )
    n_vertices = 6 if options.quick else 7
    cells, taken = timed(partial(compute_cell_list, n_vertices))
    print(f"with hashes, in their order: {len(cells.codes):,} in {taken:.1f} s")
    print(f"  distinct hashes: {verdict(len({*map(tuple, cells.hashes.tolist())}), PUBLISHED[n_vertices])}")
    if options.parquet and not options.quick:
        compare(cells, options.parquet)
    for number, expected in DISTINCT.items():
        space = OneShot1(number)
        classes, taken = timed(space.classes)
        found = int(classes.max()) + 1
        print(
            f"{space.name}: {space.size:,} encodings, {found:,} distinct cells in {taken:.2f} s; "
            f"{verdict(found, expected)}"
        )


if __name__ == "__main__":
    main()
