"""Official data sets from a local server, by the downloader of archives; and the verbs of the command line."""

import functools
import hashlib
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from _writers import cifar10_batch, pixels, write_tar

from benchtools.cli import main
from benchtools.datasets import fetch_dataset, list_official, load_dataset
from benchtools.datasets._catalogue import CATALOGUE, DataFile, Official
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.tables.fetching import _http
from benchtools.tables.fetching._official import Digest


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Serve a folder on 127.0.0.1: the folder, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_http, "LIMITS", _http.Limits(connect_s=5, read_s=5, wait_s=0.01))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def offer(monkeypatch, name, contents, address=""):
    """Put a data set into the catalogue that `address` serves."""
    files = tuple(
        DataFile(name, name, file, len(data), Digest("sha256", hashlib.sha256(data).hexdigest()), "https://example.org",
                 mirrors=(address + file,) if address else ())
        for file, data in contents.items()
    )  # fmt: skip
    monkeypatch.setitem(CATALOGUE, name, Official(files))


@pytest.fixture
def run(monkeypatch, capsys, own_home):
    """Return a function that runs the command line: exit code, standard output and standard error."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "data", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


# the catalogue


def test_the_catalogue_is_consistent():
    from benchtools.datasets import DATASETS

    assert set(CATALOGUE) - {"nasbench201-splits"} <= set(DATASETS.names())
    for name, official in CATALOGUE.items():
        assert len({file.file for file in official.files}) == len(official.files)
        for file in official.files:
            assert file.name == name
            assert len(file.digest.hexadecimal) == {"md5": 32, "sha256": 64}[file.digest.algorithm]
            assert all(mirror.endswith(f"/{file.file}") for mirror in file.mirrors)
            assert file.mirrors or file.pages


# fetching


def test_one_file_arrives_and_is_loaded_from_the_cache(served, monkeypatch, own_home, tmp_path):
    folder, address = served
    batches = {name: cifar10_batch(pixels(2, seed=i), [i, 9]) for i, name in enumerate(
        [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"])}  # fmt: skip
    path = write_tar(folder / "cifar-10-python.tar.gz", "cifar-10-batches-py", batches)
    offer(monkeypatch, "cifar10", {path.name: path.read_bytes()}, address)
    seen = []
    found = fetch_dataset("cifar10", progress=lambda *report: seen.append(report))
    assert found == own_home / "datasets" / "cifar10" / path.name
    assert seen
    path.unlink()
    assert fetch_dataset("cifar10") == found  # it is there: nothing is asked for
    assert load_dataset("cifar10", partial=True).train_labels.tolist() == [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]


def test_several_files_from_a_folder_of_a_mirror(served, monkeypatch, tmp_path):
    folder, address = served
    contents = {"a": b"first", "b": b"second" * 100}
    offer(monkeypatch, "svhn", contents, "http://127.0.0.1:9/")
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    states = [{n: s for n, _, s in list_official(out=tmp_path / "here")}["svhn"]]
    found = fetch_dataset("svhn", out=tmp_path / "here", mirrors=[address])
    assert {path.name: path.read_bytes() for path in found.iterdir() if path.name in contents} == contents
    (found / "b").unlink()
    states += [{n: s for n, _, s in list_official(out=found)}["svhn"]]
    assert states == ["absent", "1 of 2 files present"]
    with pytest.raises(InvalidInput, match="svhn has 2 files: give the address of the folder"):
        fetch_dataset("svhn", mirrors=[address + "a"])


def test_another_file_is_refused_with_a_way_to_get_it_by_hand(served, monkeypatch, own_home):
    folder, address = served
    offer(monkeypatch, "mnist", {"a": b"right"}, address)
    (folder / "a").write_bytes(b"wrong")
    with pytest.raises(StoreError, match=r"it has the SHA256 [\s\S]*check it: benchtools data fetch mnist\n[\s\S]*"
                       r"benchtools data describe mnist"):  # fmt: skip
        fetch_dataset("mnist")
    assert not (own_home / "datasets" / "mnist" / "a").exists()
    (own_home / "datasets" / "mnist" / "a").write_bytes(b"there")
    with pytest.raises(StoreError, match=r"is there already, and is not mnist: it has the SHA256"):
        fetch_dataset("mnist")


def test_what_has_no_address_says_how_to_get_it(own_home, tmp_path):
    with pytest.raises(
        StoreError, match=r"No address is known for it[\s\S]*image-net.org[\s\S]*data fetch imagenet16-120"
    ):
        fetch_dataset("imagenet16-120")
    with pytest.raises(StoreError, match=r"benchtools data fetch imagenet16-120 --out"):
        fetch_dataset("imagenet16-120", out=tmp_path)


def test_unknown_names():
    with pytest.raises(NotFound, match=r"no data set to fetch is called 'digits': there is cifar10, .*"):
        fetch_dataset("digits")


# the command line


def test_list(run):
    code, out, _ = run("list")
    assert code == 0
    for text in ("cifar10", "1,797 handwritten digits", "170,498,071 bytes", "MD5 c58f30108f718f92721af3b95e74349a",
                 "nasbench201-splits", "absent"):  # fmt: skip
        assert text in out


def test_describe_digits(run):
    code, out, _ = run("describe", "digits")
    assert code == 0
    assert "train: 1,442 images, 140 to 147 a class" in out
    assert "digest: 1893fd4b51455e7e" in out


def test_describe_with_options(run, make):
    sample = make("cifar100-python")
    code, out, _ = run("describe", "cifar100", sample.path, "--partial", "--labels", "coarse")
    assert code == 0
    assert "classes: 20: aquatic_mammals" in out


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("describe", "cifar11"), "no data set is called 'cifar11'"),
        (("describe", "cifar10"), "get it by `benchtools data fetch cifar10`"),
        (("describe", "cifar10", "nowhere"), "there is nothing at nowhere"),
        (("describe", "digits", "--labels", "fine"), "digits takes no option labels"),
        (("describe", "digits", "--sha256", "0"), "has the digest 1893"),
        (("fetch", "digits"), "no data set to fetch is called 'digits'"),
        (("fetch", "cifar10", "--url", "ftp://x"), "is no address to download from"),
    ],
)
def test_errors_are_one_message(run, arguments, match):
    code, _, err = run(*arguments)
    assert code == 2
    assert match in err
    assert "Traceback" not in err


def test_fetch(run, served, monkeypatch, own_home):
    folder, address = served
    (folder / "a").write_bytes(b"right")
    offer(monkeypatch, "svhn", {"a": b"right"})
    code, out, _ = run("fetch", "svhn", "--url", address)
    assert code == 0
    assert "is complete" in out
    assert f"benchtools data describe svhn {own_home / 'datasets' / 'svhn' / 'a'}" in out
