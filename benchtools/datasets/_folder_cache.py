"""The decoded images of a folder: made in parallel, whole or not at all, and memory-mapped."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchtools.datasets._dataset import Images, Labels
from benchtools.datasets._facts import Facts, measure
from benchtools.errors import StoreError
from benchtools.home import home_folder
from benchtools.progress import Progress
from benchtools.tables._home import locked

__all__ = ["Cache", "Plan", "open_cache"]

BLOCK = 256  # images that are handed to the threads together
SHOWN = 10


@dataclass(frozen=True)
class Plan:
    """What is to be decoded: files relative to the folder, the training part first."""

    folder: Path
    files: tuple[str, ...]
    labels: Labels
    n_train: int
    resolution: int
    fingerprint: str

    @property
    def place(self) -> Path:
        """Folder of the result."""
        return home_folder("datasets") / "folders" / self.fingerprint[:32]


@dataclass(frozen=True)
class Cache:
    """The result: images memory-mapped, labels, how many are for training, files that could not be read."""

    images: Images
    labels: Labels
    n_train: int
    bad: tuple[str, ...]
    facts: Facts


def open_cache(plan: Plan, *, skip_bad: bool, workers: int | None, progress: Progress) -> Cache:
    """Return the decoded images of a folder, decoding them if that was not done before.

    Raises
    ------
    StoreError
        If images cannot be decoded and are not to be skipped, or the cache cannot be written.
    """
    cache = _load(plan)
    if cache is None:
        with locked(plan.place):
            cache = _load(plan)  # another process may have made it in the meantime
            if cache is None:
                _make(plan, skip_bad, workers, progress)
                cache = _load(plan)
    if cache is None:
        raise StoreError(f"cannot read back {plan.place}: is the disk full?")
    if cache.bad and not skip_bad:
        raise _unreadable(plan, list(cache.bad))
    return cache


def _load(plan: Plan) -> Cache | None:
    """Return what is in the cache; None if nothing is, or not all of it."""
    try:
        index = json.loads((plan.place / "index.json").read_text(encoding="utf-8"))
        images = np.load(plan.place / "images.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(plan.place / "labels.npy", allow_pickle=False)
        facts = Facts(index["digest"], tuple(index["mean"]), tuple(index["std"]))
        whole = index["fingerprint"] == plan.fingerprint and len(images) == len(labels) == index["n"]
        return Cache(images, labels, index["n_train"], tuple(index["bad"]), facts) if whole else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make(plan: Plan, skip_bad: bool, workers: int | None, progress: Progress) -> None:
    draft = plan.place.with_name(f".{plan.place.name}.{os.getpid()}.draft")
    try:
        draft.mkdir(parents=True)
        images = _array(draft / "all.npy", len(plan.files), plan.resolution)
        bad = dict(_decode_all(plan, images, workers, progress))
        if bad and not skip_bad:
            raise _unreadable(plan, [f"{plan.files[place]} ({why})" for place, why in bad.items()])
        kept = np.array([place for place in range(len(plan.files)) if place not in bad], np.int64)
        n_train = int((kept < plan.n_train).sum())
        if not n_train:
            raise StoreError(f"not one training image of {plan.folder} can be read")
        if bad:
            images = _without(images, draft, kept)
        else:
            (draft / "all.npy").rename(draft / "images.npy")
        images.flush()
        labels = plan.labels[kept]
        np.save(draft / "labels.npy", labels)
        facts = measure(images[:n_train], labels[:n_train], images[n_train:], labels[n_train:])
        index = {
            **asdict(facts), "fingerprint": plan.fingerprint, "n": len(kept), "n_train": n_train,
            "folder": str(plan.folder), "resolution": plan.resolution, "files": [plan.files[place] for place in kept],
            "bad": [f"{plan.files[place]} ({why})" for place, why in bad.items()],
        }  # fmt: skip
        (draft / "index.json").write_text(json.dumps(index), encoding="utf-8")
        shutil.rmtree(plan.place, ignore_errors=True)
        draft.replace(plan.place)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write the decoded images to {plan.place} ({error.strerror or error})") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _array(path: Path, n: int, resolution: int) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(n, resolution, resolution, 3))


def _without(images: NDArray[np.uint8], draft: Path, kept: Labels) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    result = _array(draft / "images.npy", len(kept), images.shape[1])
    for start in range(0, len(kept), BLOCK):
        result[start : start + BLOCK] = images[kept[start : start + BLOCK]]
    (draft / "all.npy").unlink()
    return result


def _decode_all(
    plan: Plan, images: NDArray[np.uint8], workers: int | None, progress: Progress
) -> Iterator[tuple[int, str]]:
    """Fill the array; give the places of files that cannot be decoded, with what is wrong."""

    def decode(place: int) -> str | None:
        return _decode(plan.folder / plan.files[place], images[place], plan.resolution)

    n = len(plan.files)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        for start in range(0, n, BLOCK):
            places = range(start, min(start + BLOCK, n))
            for place, wrong in zip(places, pool.map(decode, places), strict=True):
                if wrong is not None:
                    yield place, wrong
            progress("decoding images", places.stop, n)


def _decode(path: Path, target: NDArray[np.uint8], resolution: int) -> str | None:
    """Write one image to `target`; return what is wrong with it, if anything is."""
    from PIL import Image, ImageOps

    size = (resolution, resolution)
    try:
        with Image.open(path) as image:
            image.draft("RGB", (2 * resolution, 2 * resolution))  # JPEG: decode no more than is needed
            target[...] = np.asarray(ImageOps.fit(image.convert("RGB"), size, Image.Resampling.BILINEAR))
    except MemoryError:
        return "it needs more memory than there is"
    except Exception as error:  # Pillow's decoders raise anything on damaged bytes: OSError, SyntaxError, struct.error
        return str(error).replace(str(path), path.name) or type(error).__name__
    return None


def _unreadable(plan: Plan, bad: list[str]) -> StoreError:
    more = [f"and {len(bad) - SHOWN:,} more"] if len(bad) > SHOWN else []
    listed = "\n".join(f"  {line}" for line in [*bad[:SHOWN], *more])
    return StoreError(
        f"{len(bad):,} of the {len(plan.files):,} images of {plan.folder} cannot be read. Repair or remove them, or "
        f"leave them out by skip_bad=True (--skip-bad):\n{listed}"
    )
