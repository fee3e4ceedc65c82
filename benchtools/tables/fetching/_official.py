"""The catalogue of official archives: what they are called, how large they are, how to check them, where they are.

Nothing here was downloaded by this project: each fact is from public material, read in November 2026.

* Names, pages, Google Drive identifiers: the READMEs of D-X-Y/NAS-Bench-201 (commit 7fa5a61), D-X-Y/NATS-Bench
  (1d4a304) and google-research/nasbench (b942470). So are the SHA-256 digests and the addresses of NAS-Bench-101.
* What the digits in a name are: the last five of the MD5 of NATS-Bench's ``.pickle.pbz2`` file, by the scripts that
  made it (D-X-Y/AutoDL-Projects, commit f46486e, exps/NATS-Bench/tss-collect.py and xautodl/utils/hash_utils.py). The
  ``-simple`` archives carry the digits of that file, not their own. Of NAS-Bench-201 the README says "the last six
  digits" and no algorithm: it is MD5, since the whole MD5 of v1.1 that several public projects print ends so.
* The whole MD5 and the exact size of NAS-Bench-201 v1.1, the exact sizes of NAS-Bench-101, the SHA-256 and the exact
  size of ``NATS-tss-v1_0-3ffb9-simple.tar``: public scripts of others that got the official files and pinned them.
  They agree with the digits and the rounded sizes that the authors state.
* Sizes marked as approximate: v1.0 by its README; NATS-Bench from the mean size of the official records.
* That Google Drive serves a large public file at ``DRIVE``: public scripts that get these very files so.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from benchtools.errors import NotFound
from benchtools.home import home_folder
from benchtools.registry import did_you_mean

__all__ = ["ARCHIVES", "Archive", "Digest", "archives_home", "find_archive", "list_archives"]

DRIVE = "https://drive.usercontent.google.com/download?id={}&export=download&confirm=t"
DRIVE_PAGE = "https://drive.google.com/file/d/{}/view"
DRIVE_QUOTA = (
    "where Google Drive says that too many have downloaded the file: sign in, copy it to your own Drive, and download "
    "the copy (advice of the README of NATS-Bench)"
)
NATS_PAGES = (
    "https://www.dropbox.com/sh/ceeo70u1buow681/AAC2M-SbKOxiIqpB0UCgXNxja?dl=0 (folder on Dropbox)",
    "https://1drv.ms/u/s!Aqkc27lrowWDf6SvuIkSXx0UQaI?e=nfvM5r (folder on OneDrive)",
)
README_201 = "https://github.com/D-X-Y/NAS-Bench-201"
README_NATS = "https://github.com/D-X-Y/NATS-Bench"
README_101 = "https://github.com/google-research/nasbench"


@dataclass(frozen=True)
class Digest:
    """What is known of a file's digest: all of it, or its last digits.

    Examples
    --------
    >>> Digest("md5", "3ffb9", whole=False).fits("0123456789abcdef0123456789a3ffb9")
    True
    """

    algorithm: str
    hexadecimal: str
    whole: bool = True

    def fits(self, found: str) -> bool:
        """Return whether a whole digest is this one."""
        return found == self.hexadecimal if self.whole else found.endswith(self.hexadecimal)

    def __str__(self) -> str:
        return f"{self.algorithm.upper()} {'' if self.whole else 'ending in '}{self.hexadecimal}"


@dataclass(frozen=True)
class Archive:
    """An official archive.

    Attributes
    ----------
    name : str
        What ``benchtools table fetch`` calls it.
    kind : str
        What ``benchtools table import`` calls it.
    file : str
        Official file name.
    size : int
        Bytes; exact, or rounded where `exact` is False.
    digest : Digest or None
        How to check it; None where nothing is published.
    readme : str
        Where its authors describe it.
    pages : tuple of str
        Pages to get it by hand from.
    mirrors : tuple of str
        Addresses that deliver the file itself, the authors' first.
    exact : bool
        Whether the size is exact.
    records : int
        Number of records, for a tar file that is unpacked into a folder; 0 for a single file.
    """

    name: str
    kind: str
    file: str
    size: int
    digest: Digest | None
    readme: str
    pages: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    exact: bool = True
    records: int = 0

    @property
    def result(self) -> str:
        """Name of what is imported: the file, or the folder that it is unpacked into."""
        return self.file.removesuffix(".tar") if self.records else self.file

    @property
    def size_text(self) -> str:
        """Size for readers."""
        return f"{self.size:,} bytes" if self.exact else f"about {self.size / 1e9:.1f} GB"

    @property
    def digest_text(self) -> str:
        """Digest for readers."""
        return "none is published" if self.digest is None else str(self.digest)

    def fault(self, path: Path) -> str | None:
        """Return what is wrong with the size or digest of the file at `path`; None if nothing is."""
        size = path.stat().st_size if path.is_file() else 0
        if self.exact and size != self.size:
            return f"it has {size:,} bytes, not {self.size:,}"
        if self.digest is None:
            return None if size else "it is empty"
        from pooch import file_hash

        found = file_hash(str(path), alg=self.digest.algorithm)
        if self.digest.fits(found):
            return None
        return f"it has the {self.digest.algorithm.upper()} {found}, and not the {self.digest}"

    def import_command(self, path: Path) -> str:
        """Return the command that makes a table of the archive at `path`."""
        return f"benchtools table import {self.kind} {shlex.quote(str(path))}"

    def fetch_command(self, folder: Path) -> str:
        """Return the command that gets the archive into a folder."""
        out = "" if folder == archives_home() else f" --out {shlex.quote(str(folder))}"
        return f"benchtools table fetch {self.name}{out}"

    def state(self, folder: Path) -> str:
        """Return ``present``, ``partial`` with the share that has arrived, or ``absent``."""
        if (folder / self.result).exists():
            return "present"
        if (folder / self.file).exists():
            return "to be unpacked"
        part = folder / f"{self.file}.part"
        return f"partial ({min(part.stat().st_size / self.size, 1):.0%})" if part.is_file() else "absent"


def _on_drive(name: str, kind: str, file: str, size: int, digest: Digest | None, drive: str, *pages: str,
              readme: str, exact: bool = True, records: int = 0) -> Archive:  # fmt: skip
    return Archive(
        name, kind, file, size, digest, readme, (DRIVE_PAGE.format(drive), *pages), (DRIVE.format(drive),),
        exact, records,
    )  # fmt: skip


_ALL = (
    _on_drive(
        "nasbench201-v1_1", "nasbench201", "NAS-Bench-201-v1_1-096897.pth", 5_003_180_601,
        Digest("md5", "55e847143ce1f7c2d89b676f6b096897"), "16Y0UwGisiouVRxW-W5hEtbxmcHw_0hF_", readme=README_201,
    ),
    _on_drive(
        "nasbench201-v1_0", "nasbench201", "NAS-Bench-201-v1_0-e61699.pth", 2_300_000_000,
        Digest("md5", "e61699", whole=False), "1SKW0Cu0u8-gb18zDpaAGi0f74UdXeGKs",
        "https://pan.baidu.com/s/1CiaNH6C12zuZf7q-Ilm09w (code: 6u5d)", readme=README_201, exact=False,
    ),
    _on_drive(
        "nats-tss", "nats-tss", "NATS-tss-v1_0-3ffb9.pickle.pbz2", 1_100_000_000,
        Digest("md5", "3ffb9", whole=False), "1vzyK0UVH2D3fTpa1_dSWnp1gvGpAxRul", *NATS_PAGES,
        "https://pan.baidu.com/s/10z20F5s2RRPzGwRO40fLTw (code: 8duj)", readme=README_NATS, exact=False,
    ),
    _on_drive(
        "nats-tss-simple", "nats-tss", "NATS-tss-v1_0-3ffb9-simple.tar", 1_145_989_120,
        Digest("sha256", "580fd8f3425fed9f495640b0f12ccb7744f89dec7aff263bd75aed37ab0b8bb6"),
        "17_saCsj_krKjlCBLOJEpNtzPXArMCqxU", *NATS_PAGES,
        "https://pan.baidu.com/s/1vOnrHLxCB4y8cxUDrHUYAg (code: tu1e)", readme=README_NATS, records=15_625,
    ),
    _on_drive(
        "nats-sss", "nats-sss", "NATS-sss-v1_0-50262.pickle.pbz2", 1_100_000_000,
        Digest("md5", "50262", whole=False), "1IabIvzWeDdDAWICBzFtTCMXxYWPIOIOX", *NATS_PAGES,
        "https://pan.baidu.com/s/1M1UaXr6y1D_RqEYg95YJcA (code: za2h)", readme=README_NATS, exact=False,
    ),
    _on_drive(
        "nats-sss-simple", "nats-sss", "NATS-sss-v1_0-50262-simple.tar", 1_200_000_000, None,
        "1scOMTUwcQhAMa_IMedp9lTzwmgqHLGgA", *NATS_PAGES,
        "https://pan.baidu.com/s/1ek-b89Pw2qdm9MP6KKkErA (code: e4t9)", readme=README_NATS, exact=False,
        records=32_768,
    ),
    Archive(
        "nasbench101-only108", "nasbench101", "nasbench_only108.tfrecord", 522_767_376,
        Digest("sha256", "4c39c3936e36a85269881d659e44e61a245babcb72cb374eacacf75d0e5f4fd1"), README_101,
        mirrors=("https://storage.googleapis.com/nasbench/nasbench_only108.tfrecord",),
    ),
    Archive(
        "nasbench101-full", "nasbench101", "nasbench_full.tfrecord", 2_085_986_016,
        Digest("sha256", "3d64db8180fb1b0207212f9032205064312b6907a3bbc81eabea10db2f5c7e9c"), README_101,
        mirrors=("https://storage.googleapis.com/nasbench/nasbench_full.tfrecord",),
    ),
)  # fmt: skip

ARCHIVES: dict[str, Archive] = {archive.name: archive for archive in _ALL}
"""Every official archive by name."""


def archives_home() -> Path:
    """Return the folder of archives: ``$BENCHTOOLS_HOME/archives``, else in the user's cache folder."""
    return home_folder("archives")


def find_archive(name: str) -> Archive:
    """Return the archive called `name`.

    Raises
    ------
    NotFound
        If there is none; the message lists the names that exist.
    """
    if name not in ARCHIVES:
        raise NotFound(
            f"no official archive is called {name!r}: there is {', '.join(ARCHIVES)}."
            f"{did_you_mean(name, list(ARCHIVES))}"
        )
    return ARCHIVES[name]


def list_archives(*, out: str | PathLike[str] | None = None) -> list[tuple[Archive, str]]:
    """Return every official archive, with a word on its state in the folder `out` (by default the cache).

    Examples
    --------
    >>> archive, state = list_archives(out="an-empty-folder")[0]
    >>> archive.name, archive.size_text, state
    ('nasbench201-v1_1', '5,003,180,601 bytes', 'absent')
    """
    folder = archives_home() if out is None else Path(out)
    return [(archive, archive.state(folder)) for archive in ARCHIVES.values()]
