"""Small files that grow, and containers that are not what they seem."""

from __future__ import annotations

import bz2
import io
import os
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from warnings import catch_warnings, simplefilter

from benchtools.testing.hostile._archives import Archive, make_archive
from benchtools.testing.hostile._containers import LEGACY_END, unwrap

__all__ = ["ODD_FILES", "compressed_bombs", "odd_containers"]


def compressed_bombs(what: str, size: int = 2**30) -> Iterator[tuple[str, Archive]]:
    """Yield archives of one of `ARCHIVES` (not legacy) that decompress to about `size` bytes, and what they are."""
    good = make_archive(what, [0], 0)
    for name, unit in (
        ("dictionaries", b"}"), ("zeros", b"\0"), ("empty texts", b"\x8c\x00\x94"), ("lists", b"]q\x00"),
        ("a run", b"K\x01G" + bytes(8)),
    ):  # fmt: skip
        block = unit * (2**20 // len(unit))
        start, n_blocks = b"\x80\x04}(", size // len(block)
        if what == "pth-zip":
            file = io.BytesIO()
            with (
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container,
                container.open("archive/data.pkl", "w", force_zip64=True) as member,
            ):
                member.write(start)
                for _ in range(n_blocks):
                    member.write(block)
            yield name, good.with_file("", file.getvalue())
        else:
            yield name, good.with_file(min(good.files), bz2.compress(start) + n_blocks * bz2.compress(block))


def odd_containers() -> Iterator[tuple[str, str, Archive]]:
    """Yield archives in containers that no official archive comes in: what they are, and as `make_archive` has them."""
    good = make_archive("pth-zip", [0, 1], 0)
    content = unwrap("pth-zip", good.files[""])
    for name, members in {
        "two members data.pkl": ["a/data.pkl", "b/data.pkl"],
        "no member data.pkl": ["a/data.txt"],
        "a member above the folder": ["../../../data.pkl"],
        "a member at the root": ["/data.pkl"],
        "a member whose name ends in a slash": ["data.pkl/"],
        "a member of the same name twice": ["a/data.pkl", "c", "a/data.pkl"],
    }.items():
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as container, catch_warnings():
            simplefilter("ignore")  # of names that come twice
            for member in members:
                container.writestr(member, content)
        yield name, "pth-zip", good.with_file("", file.getvalue())
    zipped = good.files[""]
    central, local = b"PK\x01\x02\x14\x03\x14\x00", b"PK\x03\x04\x14\x00"
    yield "an encrypted member", "pth-zip", good.with_file("", zipped.replace(central + b"\0", central + b"\1"))
    for method in (1, 8, 12, 14, 99):
        changed = zipped
        for header in (central, local):
            changed = changed.replace(header + b"\0\0\0\0", header + b"\0\0" + bytes([method, 0]))
        yield f"compression method {method}", "pth-zip", good.with_file("", changed)
    legacy = make_archive("pth-legacy", [0, 1], 0)
    yield "two objects", "pth-legacy", legacy.with_file("", legacy.files[""] + legacy.files[""])
    yield "no list of storages", "pth-legacy", legacy.with_file("", legacy.files[""][: -len(LEGACY_END)])
    yield (
        "storages",
        "pth-legacy",
        legacy.with_file("", legacy.files[""][: -len(LEGACY_END)] + pickle.dumps(["0"], 2) + bytes(64)),
    )
    nats = make_archive("nats-tss-file", [0, 1], 0)
    yield "two archives", "nats-tss-file", nats.with_file("", 2 * nats.files[""])
    yield "compressed twice", "nats-tss-file", nats.with_file("", bz2.compress(nats.files[""]))
    yield "not compressed", "nats-tss-file", nats.with_file("", unwrap("nats-tss-file", nats.files[""]))


def _replaced_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        record = min(folder.iterdir())
        record.unlink()
        make(record)

    return apply


ODD_FILES: Mapping[str, Callable[[Path], None]] = {
    "a link to nowhere": _replaced_by(lambda record: record.symlink_to("no-such-file")),
    "a link to itself": _replaced_by(lambda record: record.symlink_to(record.name)),
    "a link to another record": _replaced_by(lambda record: record.symlink_to("000001.pickle.pbz2")),
    "a link to a device": _replaced_by(lambda record: record.symlink_to("/dev/zero")),
    "a pipe": _replaced_by(os.mkfifo),
    "a folder": _replaced_by(Path.mkdir),
}
"""What may stand in place of the first record of a directory."""
