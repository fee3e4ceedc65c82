"""Archives from servers that truncate, corrupt, redirect, hang up, forget and lie: right bytes or a clear error."""

import hashlib
import io
import os
import shutil
import sys
import tarfile
import threading
from dataclasses import replace

import numpy as np
import pytest
from _mirror import Reply, start_mirror

from benchtools.cli import main
from benchtools.errors import InvalidInput, NotFound, StoreError
from benchtools.tables import fetch_archive, list_archives
from benchtools.tables.fetching import _download, _fetch, _http
from benchtools.tables.fetching import _official as _archives
from benchtools.tables.fetching._official import ARCHIVES, Archive, Digest
from benchtools.tables.fetching._partial import Partial

CONTENT = np.random.default_rng(1).bytes(1_500_000)  # SYNTHETIC: any bytes will do
OTHER = np.random.default_rng(2).bytes(1_500_000)
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
HALF = 700_000
SMALL = Archive(
    "small", "nasbench201", "SMALL.pth", len(CONTENT), Digest("sha256", hashlib.sha256(CONTENT).hexdigest()),
    "https://example.org/readme", ("https://drive.google.com/file/d/xyz/view",),
)  # fmt: skip


@pytest.fixture
def mirror(monkeypatch):
    """Start a server on 127.0.0.1, with all waits cut short."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(_http, "LIMITS", _http.Limits(connect_s=5, read_s=0.5, wait_s=0.01, worthwhile=2**17))
    served, stop = start_mirror()
    yield served
    stop()


@pytest.fixture
def get(monkeypatch, tmp_path):
    """Return a function that fetches a small archive into a folder of its own, from nowhere but the given addresses."""
    folder = tmp_path / "archives"

    def fetch(*urls, archive=SMALL, **options):
        monkeypatch.setitem(ARCHIVES, archive.name, archive)
        return fetch_archive(archive.name, out=folder, mirrors=urls, **options)

    fetch.folder = folder
    fetch.part = folder / "SMALL.pth.part"
    return fetch


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


# the catalogue


def test_the_catalogue_is_complete_and_consistent():
    from benchtools.tables import KINDS

    assert {archive.kind for archive in ARCHIVES.values()} == set(KINDS)
    for name, archive in ARCHIVES.items():
        assert name == archive.name
        assert all(page.startswith("https://") for page in (*archive.pages, *archive.mirrors, archive.readme))
        digest = archive.digest
        if digest is not None:
            assert len(digest.hexadecimal) == {"md5": 32, "sha256": 64}[digest.algorithm] or not digest.whole
            assert set(digest.hexadecimal) <= set("0123456789abcdef")
        assert not archive.records or archive.file == archive.result + ".tar"
        assert any(archive.result.removesuffix("-simple") in what for what in [KINDS[archive.kind].what])


def test_digits_in_file_names_are_those_of_the_digests():
    assert ARCHIVES["nasbench201-v1_1"].digest.hexadecimal.endswith("096897")
    for name in ("nasbench201-v1_0", "nats-tss", "nats-sss"):
        assert f"-{ARCHIVES[name].digest.hexadecimal}." in ARCHIVES[name].file


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(
        NotFound, match=r"no official archive is called 'nats-ts': there is .*Did you mean 'nats-tss'\?"
    ):
        fetch_archive("nats-ts")


def test_the_state_of_archives(mirror, get):
    def state():
        return {archive.name: state for archive, state in list_archives(out=get.folder)}["small"]

    with pytest.raises(StoreError):
        get()
    assert state() == "absent"
    with pytest.raises(StoreError):
        get(mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(status=403)))
    assert state() == "partial (47%)"
    get(mirror.serve("/f", Reply(CONTENT)))
    assert state() == "present"


# the straight way


def test_a_file_arrives_whole_and_is_not_got_twice(mirror, get):
    seen = []
    url = mirror.serve("/f", Reply(CONTENT))
    path = get(url, progress=lambda *report: seen.append(report))
    assert path.read_bytes() == CONTENT
    assert names(get.folder) == ["SMALL.pth"]
    assert seen[-1] == ("downloading SMALL.pth [MB]", 1, 1)
    assert get(url) == path
    assert len(mirror.asked) == 1


def test_the_cache_is_the_default_place(mirror, monkeypatch, own_home):
    monkeypatch.setitem(ARCHIVES, "small", SMALL)
    path = fetch_archive("small", mirrors=[mirror.serve("/f", Reply(CONTENT))])
    assert path == own_home / "archives" / "SMALL.pth"


@pytest.mark.parametrize(
    "reply", [Reply(CONTENT, length="none"), Reply(CONTENT, chunked=True), Reply(CONTENT, slow=0.005)]
)
def test_without_a_length_in_pieces_or_slowly(mirror, get, reply):
    assert get(mirror.serve("/f", reply)).read_bytes() == CONTENT


def test_the_last_digits_of_a_digest_and_a_rounded_size_suffice(mirror, get):
    archive = replace(SMALL, digest=Digest("md5", MD5[-5:], whole=False), size=1_400_000, exact=False)
    assert get(mirror.serve("/f", Reply(CONTENT)), archive=archive).read_bytes() == CONTENT
    (get.folder / "SMALL.pth").unlink()
    with pytest.raises(StoreError, match=f"it has the MD5 [0-9a-f]{{32}}, and not the MD5 ending in {MD5[-5:]}"):
        get(mirror.serve("/g", Reply(OTHER)), archive=archive)


def test_redirects_are_followed(mirror, get):
    mirror.serve("/f", Reply(CONTENT))
    mirror.serve("/b", Reply(status=307, location="/f"))
    assert get(mirror.serve("/a", Reply(status=302, location=f"{mirror.url}/b"))).read_bytes() == CONTENT


# interruptions


def test_a_dropped_connection_is_resumed_where_it_broke(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(CONTENT, cut=HALF // 2), Reply(CONTENT))
    assert get(url).read_bytes() == CONTENT
    assert mirror.ranges() == [None, f"bytes={HALF}-", f"bytes={HALF + HALF // 2}-"]
    assert mirror.sent == len(CONTENT)


def test_the_next_fetch_goes_on_where_the_last_one_ended(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(status=503))
    with pytest.raises(StoreError, match=r"503 .*700,000 bytes are kept, and the next fetch goes on from there"):
        get(url)
    assert names(get.folder) == ["SMALL.pth.part", "SMALL.pth.part.json"]
    assert get(mirror.serve("/f", Reply(CONTENT))).read_bytes() == CONTENT
    assert mirror.ranges()[-1] == f"bytes={HALF}-"
    assert mirror.sent == len(CONTENT)
    assert names(get.folder) == ["SMALL.pth"]


def test_an_interrupted_fetch_keeps_what_arrived(mirror, get):
    def interrupt(stage, done, total):
        raise KeyboardInterrupt

    url = mirror.serve("/f", Reply(CONTENT))
    with pytest.raises(KeyboardInterrupt):
        get(url, progress=interrupt)
    kept = get.part.stat().st_size
    assert 0 < kept < len(CONTENT)
    assert get(url).read_bytes() == CONTENT
    assert mirror.ranges() == [None, f"bytes={kept}-"]


def test_a_download_that_was_complete_but_not_checked_is_not_repeated(mirror, get, monkeypatch):
    url = mirror.serve("/f", Reply(CONTENT))
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "fault", lambda *_: 1 / 0)  # stands for a power cut
        with pytest.raises(ZeroDivisionError):
            get(url)
    assert get(url).read_bytes() == CONTENT
    assert len(mirror.asked) == 1


def test_a_server_that_hangs_is_left_and_resumed(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, hang=2**19), Reply(CONTENT))
    assert get(url).read_bytes() == CONTENT
    assert mirror.ranges() == [None, f"bytes={2**19}-"]


def test_a_server_that_never_answers_is_given_up(mirror, get):
    with pytest.raises(StoreError, match=r"nothing arrived for 0.5 s after 0 bytes, again and again"):
        get(mirror.serve("/f", Reply(CONTENT, hang=0)))
    assert len(mirror.asked) == 4


def test_a_server_without_ranges_starts_again(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(CONTENT, ranges=False))
    assert get(url).read_bytes() == CONTENT
    assert mirror.asked[1] == ("/f", f"bytes={HALF}-", 200)


def test_a_server_without_ranges_that_always_drops_is_given_up(mirror, get):
    with pytest.raises(
        StoreError, match=r"the connection broke after 700,000 bytes|the connection ended after 700,000"
    ):
        get(mirror.serve("/f", Reply(CONTENT, cut=HALF, ranges=False)))
    assert len(mirror.asked) == 5  # the first brought something


@pytest.mark.parametrize("first", [{"etag": '"old"'}, {"etag": None, "modified": "Mon, 24 Feb 2020 10:00:00 GMT"}])
def test_a_file_that_changed_in_between_starts_again(mirror, get, first):
    url = mirror.serve("/f", Reply(OTHER, cut=HALF, **first), Reply(CONTENT, etag='"new"'))
    assert get(url).read_bytes() == CONTENT
    assert mirror.asked[1] == ("/f", f"bytes={HALF}-", 200)


def test_a_changed_file_whose_server_does_not_compare_starts_again(mirror, get):
    """The server ignores If-Range: it sends the rest of another file, under another weak ETag."""
    url = mirror.serve("/f", Reply(OTHER, cut=HALF, etag='W/"old"'), Reply(CONTENT, etag='W/"new"'))
    assert get(url).read_bytes() == CONTENT
    assert mirror.ranges() == [None, f"bytes={HALF}-", None]


def test_a_file_that_changes_without_end_is_given_up(mirror, get, monkeypatch):
    monkeypatch.setattr(_http, "LIMITS", replace(_http.LIMITS, attempts=9))
    url = mirror.serve("/f", *(Reply(CONTENT, cut=HALF, etag=f'W/"{n}"') for n in range(99)))
    with pytest.raises(StoreError, match="again and again"):
        get(url)
    assert len(mirror.asked) <= 9


def test_bytes_of_another_address_are_not_mixed_in(mirror, get):
    first, second = mirror.serve("/a", Reply(OTHER, cut=HALF), Reply(status=404)), mirror.serve("/b", Reply(CONTENT))
    assert get(first, second).read_bytes() == CONTENT
    assert mirror.ranges()[-1] is None


@pytest.mark.parametrize("note", ["", "[]", '{"total": 3}'])
def test_a_part_without_a_readable_note_is_not_trusted(mirror, get, note):
    get.folder.mkdir()
    get.part.write_bytes(OTHER[:HALF])
    get.part.with_name(get.part.name + ".json").write_text(note)
    assert get(mirror.serve("/f", Reply(CONTENT))).read_bytes() == CONTENT
    assert mirror.ranges() == [None]


def test_a_part_that_is_longer_than_the_file_starts_again(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(status=403))
    with pytest.raises(StoreError):
        get(url)
    get.part.write_bytes(OTHER + OTHER)
    assert get(mirror.serve("/f", Reply(CONTENT))).read_bytes() == CONTENT
    assert [status for _, _, status in mirror.asked[-2:]] == [416, 200]


# what is not the file


def test_a_damaged_file_is_deleted_and_the_next_mirror_tried(mirror, get):
    damaged = CONTENT[:HALF] + b"?" + CONTENT[HALF + 1 :]
    bad, good = mirror.serve("/bad", Reply(damaged)), mirror.serve("/good", Reply(CONTENT))
    assert get(bad, good).read_bytes() == CONTENT
    (get.folder / "SMALL.pth").unlink()
    with pytest.raises(StoreError, match=r"/bad: what it delivers is damaged .* it has the SHA256 .* it was deleted"):
        get(bad)
    assert names(get.folder) == []


def test_damage_in_the_bytes_of_an_earlier_run_costs_one_more_download(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, cut=HALF), Reply(status=403))
    with pytest.raises(StoreError):
        get(url)
    get.part.write_bytes(OTHER[:HALF])
    assert get(mirror.serve("/f", Reply(CONTENT))).read_bytes() == CONTENT
    assert mirror.ranges()[-2:] == [f"bytes={HALF}-", None]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=404), "it answers with status 404 Not Found"),
        (Reply(status=500), "it answers with status 500 Internal Server Error, again and again"),
        (Reply(CONTENT, status=206), "it answers with status 206"),
        (Reply(CONTENT, length=5_000), "its file has 5,000 bytes, not 1,500,000"),
        (Reply(CONTENT, length=2_000_000), "its file has 2,000,000 bytes, not 1,500,000"),
        (Reply(CONTENT[:HALF]), "its file has 700,000 bytes, not 1,500,000"),
        (Reply(CONTENT[:HALF], length="none", ranges=False), "the connection ended after 700,000 of 1,500,000 bytes"),
        (Reply(CONTENT + b"?", length="none"), "it sends more than 1,500,000 bytes"),
        (Reply(b"", length="none"), "the connection ended after 0 of 1,500,000 bytes, again and again"),
        (
            Reply(b"<html><title>Google Drive - Quota\n exceeded</title></html>", kind="text/html; charset=utf-8"),
            r"it delivers a web page \('Google Drive - Quota exceeded'\), not the file",
        ),
        (Reply(b"\n<!DOCTYPE html><p>Sign in", length="none"), "it delivers a web page, not the file"),
        (Reply(status=302, location="/f"), "it redirects more than 10 times"),
        (Reply(status=302, location="ftp://127.0.0.1/f"), "it redirects to what is no http or https address"),
        (Reply(status=302, location="file:///etc/hostname"), "it redirects to what is no http or https address"),
    ],
)
def test_what_is_no_file_is_named_and_nothing_is_left(mirror, get, reply, message):
    with pytest.raises(StoreError, match=message):
        get(mirror.serve("/f", reply))
    assert not (get.folder / "SMALL.pth").exists()
    assert get(mirror.serve("/g", Reply(CONTENT))).read_bytes() == CONTENT


def test_a_server_that_does_not_run(mirror, get):
    with pytest.raises(StoreError, match=r"it cannot be reached \(Connection refused\), again and again"):
        get("http://127.0.0.1:9/f")


def test_a_server_that_hangs_up_at_once(mirror, get):
    with pytest.raises(StoreError, match=r"it cannot be reached \(Remote end closed connection without response\)"):
        get(mirror.serve("/f", Reply(status=0)))


def test_what_was_wrong_with_each_mirror_and_what_to_do_by_hand(mirror, get):
    first = mirror.serve("/first", Reply(status=404)).replace("http://", "http://me:secret@")
    second = mirror.serve("/second", Reply(status=403))
    with pytest.raises(StoreError) as raised:
        get(first, second)
    place = get.folder / "SMALL.pth"
    assert str(raised.value).splitlines() == [
        "cannot download SMALL.pth. No address delivered it:",
        f"  {mirror.url}/first: it answers with status 404 Not Found",
        f"  {mirror.url}/second: it answers with status 403 Forbidden",
        "To get it by hand:",
        "  1. get SMALL.pth from one of these (they are described at https://example.org/readme):",
        "       https://drive.google.com/file/d/xyz/view",
        f"       ({_archives.DRIVE_QUOTA})",
        f"     its size is 1,500,000 bytes, its digest: {SMALL.digest}",
        f"  2. put it at {place}",
        f"  3. check it: benchtools table fetch small --out {get.folder}",
        f"  4. go on with: benchtools table import nasbench201 {place}",
    ]
    place.write_bytes(CONTENT)
    assert get() == place


def test_without_any_address_the_manual_steps_come_at_once(get):
    with pytest.raises(StoreError, match=r"No address is known for it.\nTo get it by hand:"):
        get()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/f", "SMALL.pth", "http://", "file:///SMALL.pth", "http://[1/f"])
def test_what_is_no_address_is_refused(get, url):
    with pytest.raises(InvalidInput, match="is no address to download from: it must start with http:// or https://"):
        get(url)


# the place


def test_another_file_of_that_name_is_not_touched(mirror, get):
    get.folder.mkdir()
    (get.folder / "SMALL.pth").write_bytes(b"mine")
    with pytest.raises(StoreError, match=r"is there already, and is not small: it has 4 bytes, not 1,500,000. Move it"):
        get(mirror.serve("/f", Reply(CONTENT)))
    assert (get.folder / "SMALL.pth").read_bytes() == b"mine"
    assert mirror.asked == []


def test_too_little_room_is_said_before_the_download(mirror, get, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(_fetch.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        StoreError, match=r"small needs 0.0 GB more in .*: make room, or choose another folder by --out"
    ):
        get(mirror.serve("/f", Reply(CONTENT)))
    assert mirror.asked == []


def test_a_disk_that_fills_up_keeps_what_arrived(mirror, get, monkeypatch):
    url = mirror.serve("/f", Reply(CONTENT))

    def small_disk(path, mode):
        file = io.FileIO(path, mode)
        write = file.write

        class Full(io.BufferedWriter):
            def write(self, data):
                if os.fstat(self.fileno()).st_size > HALF:
                    raise OSError(28, "No space left on device")
                return write(data)

        return Full(file)

    with monkeypatch.context() as patch:
        patch.setattr(_download, "open", small_disk, raising=False)
        with pytest.raises(StoreError, match=r"cannot write .*part \(No space left on device\): make room.* are kept"):
            get(url)
    kept = get.part.stat().st_size
    assert HALF < kept < len(CONTENT)
    assert not (get.folder / "SMALL.pth").exists()
    assert get(url).read_bytes() == CONTENT
    assert mirror.ranges() == [None, f"bytes={kept}-"]


def test_a_folder_that_cannot_be_made_or_written(mirror, get, monkeypatch):
    url = mirror.serve("/f", Reply(CONTENT))
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)  # tests may run as root, whom nothing stops
        with pytest.raises(StoreError, match=r"cannot write to the folder .*--out"):
            get(url)
    get.folder.rmdir()
    get.folder.write_text("a file")
    with pytest.raises(StoreError, match="cannot make the folder"):
        get(url)
    assert mirror.asked == []


def test_one_fetch_of_a_file_at_a_time(mirror, get):
    url = mirror.serve("/f", Reply(CONTENT, slow=0.02))
    first = threading.Thread(target=get, args=(url,))
    first.start()
    while not get.part.exists():
        assert first.is_alive()
    with pytest.raises(StoreError, match=r"another process is at work on SMALL\.pth"):
        get(url)
    first.join()
    assert (get.folder / "SMALL.pth").read_bytes() == CONTENT
    assert len(mirror.asked) == 1


# tar files


def make_tar(path, members):
    """Write a tar file of (name, content) or ready members."""
    with tarfile.open(path, "w") as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            tar.addfile(info, io.BytesIO(member[1]))
    return path.read_bytes()


def special(name, kind, target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


RECORDS = [(f"NATS-x-simple/{n:06d}.pickle.pbz2", f"record {n}".encode() * 200) for n in range(3)]
GOOD = [special("NATS-x-simple", tarfile.DIRTYPE), ("NATS-x-simple/meta.pickle.pbz2", b"meta"), *RECORDS]
SIMPLE = Archive("x", "nats-tss", "NATS-x-simple.tar", 15_000, None, "https://example.org", exact=False, records=3)


def test_a_tar_file_is_unpacked_into_a_folder(mirror, get, tmp_path):
    url = mirror.serve("/x", Reply(make_tar(tmp_path / "x.tar", GOOD)))
    folder = get(url, archive=SIMPLE)
    assert folder == get.folder / "NATS-x-simple"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name.split("/")[1]: content for name, content in (m for m in GOOD if isinstance(m, tuple))
    }
    assert get(url, archive=SIMPLE) == folder
    assert len(mirror.asked) == 1
    shutil.rmtree(folder)
    assert get(archive=SIMPLE) == folder  # from the tar file that is there
    assert len(mirror.asked) == 1


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (GOOD[:-1], "holds 2 records, not 3: get it again"),
        ([*GOOD, ("../evil", b"x")], "holds '../evil', and should hold one folder of plain files only"),
        ([*GOOD, ("/tmp/evil", b"x")], "holds '/tmp/evil'"),
        ([*GOOD, ("NATS-x-simple/deep/evil", b"x")], "holds 'NATS-x-simple/deep/evil'"),
        ([*GOOD, special("NATS-x-simple/link", tarfile.SYMTYPE)], "holds 'NATS-x-simple/link'"),
        ([*GOOD, special("NATS-x-simple/link", tarfile.LNKTYPE)], "holds 'NATS-x-simple/link'"),
        ([*GOOD, special("NATS-x-simple/pipe", tarfile.FIFOTYPE)], "holds 'NATS-x-simple/pipe'"),
        ([*GOOD, GOOD[-1]], r"cannot unpack NATS-x-simple.tar into .* \(File exists\)"),
    ],
)
def test_a_tar_file_with_anything_else_is_refused(mirror, get, tmp_path, members, message):
    with pytest.raises(StoreError, match=message):
        get(mirror.serve("/x", Reply(make_tar(tmp_path / "x.tar", members))), archive=SIMPLE)
    assert names(get.folder) == ["NATS-x-simple.tar"]
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("content", [b"no tar file" * 900, b"short", None])
def test_a_damaged_tar_file_is_refused(mirror, get, tmp_path, content):
    whole = make_tar(tmp_path / "x.tar", GOOD)
    with pytest.raises(StoreError, match=r"is no intact tar file|holds \d records, not 3"):
        get(mirror.serve("/x", Reply(content or whole[: len(whole) // 2])), archive=SIMPLE)
    assert names(get.folder) == ["NATS-x-simple.tar"]


# the command line


@pytest.fixture
def run(monkeypatch, capsys):
    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["benchtools", "table", "fetch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:  # noqa: PT012
            main()
            raise SystemExit(0)
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command


def test_the_command_lists_the_archives(run, own_home):
    code, out, _ = run()
    assert code == 0
    lines = [line for line in out.splitlines() if line.split()[:1] == ["nasbench201-v1_1"]]
    assert lines[0].split() == [
        "nasbench201-v1_1", "NAS-Bench-201-v1_1-096897.pth", "5,003,180,601", "bytes", "MD5",
        "55e847143ce1f7c2d89b676f6b096897", "absent",
    ]  # fmt: skip
    assert all(name in out for name in ARCHIVES)
    assert not own_home.exists()


def test_the_command_fetches_and_says_how_to_go_on(run, mirror, monkeypatch, tmp_path):
    monkeypatch.setitem(ARCHIVES, "small", SMALL)
    out = tmp_path / "my archives"
    url = mirror.serve("/f", Reply(CONTENT))
    code, text, _ = run("small", "--out", out, "--url", mirror.url + "/missing", "--url", url)
    assert code == 0
    assert text.splitlines()[-1] == f"benchtools table import nasbench201 '{out}/SMALL.pth'"
    assert (out / "SMALL.pth").read_bytes() == CONTENT


def test_the_command_fails_with_one_message(run, mirror, monkeypatch, tmp_path):
    monkeypatch.setitem(ARCHIVES, "small", SMALL)
    code, out, error = run("small", "--out", tmp_path, "--url", mirror.url + "/missing")
    assert (code, out) == (2, "")
    assert "missing: it answers with status 404 Not Found\nTo get it by hand:" in error
    code, _, error = run("smal")
    assert code == 2
    assert "Did you mean 'small'?" in error


def test_a_partial_without_bytes_has_no_origin(tmp_path):
    assert Partial(tmp_path / "f").origin("http://127.0.0.1/") is None
