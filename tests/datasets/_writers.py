"""Writers of SYNTHETIC data sets in the official layouts, independent of the readers: bytes are put together here."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np


def pixels(n, height=32, width=32, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, height, width, channels), np.uint8)


def planes(images):
    """Rows of red, green and blue planes, by a loop over images and channels."""
    return np.array([[value for c in range(3) for value in image[:, :, c].ravel()] for image in images], np.uint8)


class Python2:
    """A pickle as Python 2's cPickle writes it in protocol 2: 8-bit texts, and a memo from 1."""

    def __init__(self):
        self.out, self.n = io.BytesIO(), 0

    def put(self, data):
        self.out.write(data)

    def memo(self):
        self.n += 1
        self.put(b"q" + bytes([self.n]) if self.n < 256 else b"r" + struct.pack("<I", self.n))

    def text(self, value, memo=True):
        raw = value if isinstance(value, bytes) else value.encode()
        self.put(b"U" + bytes([len(raw)]) + raw if len(raw) < 256 else b"T" + struct.pack("<i", len(raw)) + raw)
        if memo:
            self.memo()

    def number(self, value):
        self.put(b"K" + bytes([value]) if value < 256 else
                 b"M" + struct.pack("<H", value) if value < 2**16 else b"J" + struct.pack("<i", value))  # fmt: skip

    def list(self, values, write):
        self.put(b"]")
        self.memo()
        for start in range(0, len(values), 1000):
            self.put(b"(")
            for value in values[start : start + 1000]:
                write(value)
            self.put(b"e")

    def array(self, array, kind=b"u1", order=b"|"):
        self.put(b"cnumpy.core.multiarray\n_reconstruct\n")
        self.memo()
        self.put(b"cnumpy\nndarray\n")
        self.memo()
        self.put(b"K\x00\x85U\x01b\x87R")
        self.memo()
        self.put(b"(K\x01")
        for length in array.shape:
            self.number(length)
        self.put({1: b"\x85", 2: b"\x86"}[array.ndim])
        self.put(b"cnumpy\ndtype\n")
        self.memo()
        self.put(b"U\x02" + kind + b"K\x00K\x01\x87R")
        self.memo()
        self.put(b"(K\x03U\x01" + order + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89")
        self.text(array.tobytes(), memo=False)
        self.put(b"tb")

    def dictionary(self, items):
        self.put(b"\x80\x02}")
        self.memo()
        self.put(b"(")
        for key, value in items.items():
            self.text(key)
            if isinstance(value, np.ndarray):
                self.array(value)
            elif isinstance(value, str):
                self.text(value)
            elif value and isinstance(value[0], str):
                self.list(value, self.text)
            else:
                self.list(value, self.number)
        self.put(b"u.")
        return self.out.getvalue()


def python2_batch(items):
    return Python2().dictionary(items)


def cifar10_batch(images, labels, title="training batch 1 of 5"):
    names = [f"image_s_{i:06d}.png" for i in range(len(images))]
    return python2_batch({"batch_label": title, "labels": labels, "data": planes(images), "filenames": names})


def cifar100_file(images, fine, coarse, title="training batch 1 of 1"):
    names = [f"image_s_{i:06d}.png" for i in range(len(images))]
    return python2_batch({
        "filenames": names, "batch_label": title, "fine_labels": fine, "coarse_labels": coarse, "data": planes(images),
    })  # fmt: skip


def imagenet16_batch(images, labels, protocol=3):
    """As Chrabaszcz et al. wrote them: Python 3, with the mean image."""
    return pickle.dumps({"data": planes(images), "labels": labels, "mean": np.zeros(768)}, protocol)


def binary_rows(images, *labels):
    rows = planes(images)
    return b"".join(bytes(label[i] for label in labels) + rows[i].tobytes() for i in range(len(images)))


def idx(array):
    return struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_tar(path, folder, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def write_files(folder, files, compress=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / (name + ".gz" * compress)).write_bytes(gzip.compress(data) if compress else data)
    return folder
