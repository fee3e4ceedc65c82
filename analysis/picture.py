"""Draw the picture of the README from the quickstart's report.

Run ``benchtools quickstart``, then ``python analysis/picture.py benchtools-report/report.json PICTURE.png``.
"""

from __future__ import annotations

import sys

from benchtools.ranking import RankReport


def main() -> None:
    report, picture = sys.argv[1:]
    RankReport.load(report).plot("forest").savefig(picture, dpi=150)


if __name__ == "__main__":
    main()
