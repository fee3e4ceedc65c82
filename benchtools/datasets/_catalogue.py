"""The catalogue of official data sets: files, sizes, digests, addresses.

Nothing here was downloaded by this project, save where said: each fact is from public material, read in November 2026.

* CIFAR-10 and CIFAR-100, Python version: MD5 as public scripts of others pin it (their page,
  https://www.cs.toronto.edu/~kriz/cifar.html, was not read); sizes as download logs of public projects print them.
* SVHN, MNIST, Fashion-MNIST: sizes and SHA-256 pinned by tensorflow/datasets (url_checksums/svhn_cropped.txt,
  mnist.txt, fashion_mnist.txt), of the addresses below.
* ImageNet16: MD5 of each batch pinned by D-X-Y/AutoDL-Projects, commit f46486e,
  xautodl/datasets/DownsampledImageNet.py. ImageNet asks to sign in, so there is no address that delivers them; sizes
  are computed from the counts.
* The splits of NAS-Bench-201: sizes and SHA-256 of the files in D-X-Y/AutoDL-Projects at that commit, whose repository
  was read for it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from benchtools.errors import NotFound
from benchtools.home import home_folder
from benchtools.registry import did_you_mean
from benchtools.tables.fetching._official import Archive, Digest

__all__ = ["CATALOGUE", "DataFile", "Official", "find_official"]


@dataclass(frozen=True)
class DataFile(Archive):
    """An official file of a data set; `kind` and `name` are the name of the data set."""

    def import_command(self, path: Path) -> str:
        """Return the command that shows the data set."""
        if self.name == SPLITS:
            return "benchtools data describe cifar10 --splits nasbench201"
        place = path if len(CATALOGUE[self.name].files) == 1 else path.parent
        return f"benchtools data describe {self.name} {shlex.quote(str(place))}"

    def fetch_command(self, folder: Path) -> str:
        """Return the command that gets the data set into a folder."""
        out = "" if folder == home_folder("datasets") / self.name else f" --out {shlex.quote(str(folder))}"
        return f"benchtools data fetch {self.name}{out}"


@dataclass(frozen=True)
class Official:
    """An official data set: its files, and what a user must know."""

    files: tuple[DataFile, ...]
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def state(self, folder: Path) -> str:
        """Return ``present``, ``absent``, or what of it is in a folder."""
        states = [file.state(folder) for file in self.files]
        if len(set(states)) == 1:
            return states[0]
        return f"{states.count('present')} of {len(states)} files present"


SPLITS = "nasbench201-splits"
_KRIZ = "https://www.cs.toronto.edu/~kriz/"
_SVHN = "http://ufldl.stanford.edu/housenumbers/"
_MNIST = ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/")
_FASHION = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
_AUTODL = "https://raw.githubusercontent.com/D-X-Y/AutoDL-Projects/f46486e21b71ae6459a700be720d7648b5429569/"
_BATCHES = (
    "27846dcaa50de8e21a7d1a35f30f0e91", "c7254a054e0e795c69120a5727050e3f", "4333d3df2e5ffb114b05d2ffc19b1e87",
    "1620cdf193304f4a92677b695d70d10f", "348b3c2fdbb3940c4e9e834affd3b18d", "6e765307c242a1b3d7d5ef9139b48945",
    "564926d8cbf8fc4818ba23d2faac7564", "f4755871f718ccb653440b9dd0ebac66", "bb6dd660c38c58552125b1a92f86b5d4",
    "8f03f34ac4b42271a294f91bf480f29b", "3410e3017fdaefba8d5073aaa65e4bd6",
)  # fmt: skip


def _files(name: str, readme: str, bases: tuple[str, ...], files: dict[str, tuple[int, str]]) -> tuple[DataFile, ...]:
    return tuple(
        DataFile(name, name, file, size, Digest("md5" if len(digest) == 32 else "sha256", digest), readme,
                 mirrors=tuple(base + file for base in bases))
        for file, (size, digest) in files.items()
    )  # fmt: skip


CATALOGUE: dict[str, Official] = {
    "cifar10": Official(_files("cifar10", f"{_KRIZ}cifar.html", (_KRIZ,), {
        "cifar-10-python.tar.gz": (170_498_071, "c58f30108f718f92721af3b95e74349a"),
    })),
    "cifar100": Official(_files("cifar100", f"{_KRIZ}cifar.html", (_KRIZ,), {
        "cifar-100-python.tar.gz": (169_001_437, "eb9058c3a382ffc7106e4002c42a8d85"),
    })),
    "svhn": Official(_files("svhn", _SVHN, (_SVHN,), {
        "train_32x32.mat": (182_040_794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
        "test_32x32.mat": (64_275_384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
    }), "for non-commercial use, by its page"),
    "mnist": Official(_files("mnist", "https://storage.googleapis.com/cvdf-datasets/mnist", _MNIST, {
        "train-images-idx3-ubyte.gz":
            (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        "train-labels-idx1-ubyte.gz": (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        "t10k-images-idx3-ubyte.gz": (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        "t10k-labels-idx1-ubyte.gz": (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    })),
    "fashion-mnist": Official(_files(
        "fashion-mnist", "https://github.com/zalandoresearch/fashion-mnist", _FASHION, {
            "train-images-idx3-ubyte.gz":
                (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            "train-labels-idx1-ubyte.gz":
                (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            "t10k-images-idx3-ubyte.gz":
                (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            "t10k-labels-idx1-ubyte.gz":
                (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        }), "MIT licence"),
    "imagenet16-120": Official(tuple(
        DataFile(
            "imagenet16-120", "imagenet16-120", f"train_data_batch_{i}" if i < 11 else "val_data",
            98_800_000 if i < 11 else 38_600_000, Digest("md5", digest), "https://arxiv.org/abs/1707.08819",
            ("https://image-net.org/download-images (sign in; 'downsampled', 16x16, the .zip without npz)",
             "https://drive.google.com/drive/folders/1L0Lzq8rWpZLPfiQGd6QR8q5xLV88emU7 (folder of NAS-Bench-201)"),
            exact=False,
        ) for i, digest in enumerate(_BATCHES, 1)
    ), "to be got by hand; ImageNet's terms of access apply"),
    SPLITS: Official(_files(SPLITS, "https://github.com/D-X-Y/AutoDL-Projects", (f"{_AUTODL}configs/nas-benchmark/",), {
        "cifar-split.txt": (438_970, "986da6174822048d4c5a25ee8ebdb7e754cd5372b51c633ffd4898ace8db9e32"),
        "cifar100-test-split.txt": (78_970, "14a5e3708e790ad57f987cdbcf202f724519475d6e8b0db34d0182e73b581bba"),
        "imagenet-16-120-test-split.txt": (46_970, "c0edac1d3676a9f21acea8feeb31336202d75b1a73df62aec31c6b45bb289a18"),
        "ImageNet16-120-split.txt": (1_405_970, "b2f3d37fbc2e2c239eb90ce12abeb6bac7a539f8d3888b4d5a136d292cddbef9"),
    }), "index lists for cifar10, cifar100 and imagenet16-120; MIT licence"),
}  # fmt: skip
"""Every official data set by name."""


def find_official(name: str) -> Official:
    """Return the official data set called `name`.

    Raises
    ------
    NotFound
        If there is none that can be fetched; the message lists those that can.
    """
    if name not in CATALOGUE:
        raise NotFound(
            f"no data set to fetch is called {name!r}: there is {', '.join(CATALOGUE)}."
            f"{did_you_mean(name, list(CATALOGUE))}"
        )
    return CATALOGUE[name]
