"""No hostile pickle runs, no damaged archive gives a wrong number, and none leaves anything behind.

The long version is ``analysis/performance/fuzz_archives.py``.
"""

import hashlib

import numpy as np
import pytest

from benchtools.errors import BenchtoolsError
from benchtools.tables import import_archive
from benchtools.testing.hostile import (
    ARCHIVES,
    DIRECTORIES,
    MUTATIONS,
    ODD_FILES,
    compressed_bombs,
    hostile_pickles,
    judge,
    make_archive,
    mutate,
    mutate_files,
    odd_containers,
    read_numbers,
    rewrap,
    splice,
    unwrap,
    watched,
    with_hostile,
)

CHEAP = "nats-tss-directory"
N_GROUPS = 8
HARMLESS = {
    "the name of an admitted global alone", "FRAME of 16 EB", "the record itself", "a set with NaN", "latency = [nan]",
    "latency = [-5.0]", "train_times = {0: 1.0, 5: 2.0}",
}  # fmt: skip
"""Read, as Python reads them: they are in fields that no column comes from, or mean that nothing was measured."""


@pytest.fixture
def places(tmp_path):
    """Return an empty folder for the archive and one for the table."""
    for name in ("source", "target"):
        (tmp_path / name).mkdir()
    return tmp_path / "source", tmp_path / "target"


def tried(what, archive, folder, **options):
    """Return the verdict on an archive, all its files in a folder of their own."""
    source, target = folder / "source", folder / "target"
    source.mkdir(parents=True)
    target.mkdir()
    path = archive.write(source)
    return judge(what, archive.kind, path, target, **options)


@pytest.mark.parametrize("group", range(N_GROUPS))
def test_hostile_pickles(group, tmp_path):
    canary = tmp_path / "canary"
    hostile = hostile_pickles(canary)
    assert len({each.name for each in hostile}) == len(hostile) >= 50
    with watched(canary) as ran:
        for place, each in list(enumerate(hostile))[group::N_GROUPS]:
            verdict = tried(CHEAP, with_hostile(CHEAP, each), tmp_path / str(place), replace=place % 2 == 0)
            allowed = ("refused", "equal") if each.name in HARMLESS or "32733906" in each.name else ("refused",)
            assert verdict.outcome in allowed, f"{each.name}: {verdict}"
    assert ran == []


@pytest.mark.parametrize("what", ["nats-tss-file", "pth-legacy", "pth-zip"])
def test_what_would_run_does_not_in_any_container(what, tmp_path):
    canary = tmp_path / "canary"
    calls = [each for each in hostile_pickles(canary) if str(canary).encode() in each.opcodes]
    assert len(calls) > 15
    with watched(canary) as ran:
        for place, each in enumerate(calls[::3]):
            verdict = tried(what, with_hostile(what, each), tmp_path / str(place))
            assert verdict.outcome == "refused", f"{each.name}: {verdict}"
    assert ran == []


def test_the_watch_sees_what_runs(tmp_path):
    import os
    import pickle

    class Call:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'canary'}",)

    with watched(tmp_path / "canary") as ran:
        pickle.loads(pickle.dumps(Call()))
    assert [each.partition(" ")[0] for each in ran] == ["pickle.find_class", "os.system", "canary"]


@pytest.mark.parametrize("what", ARCHIVES)
def test_good_archives_equal_an_independent_reading(what, places):
    source, target = places
    archive = make_archive(what, [0, 3, 5, 8], 7)
    verdict = judge(what, archive.kind, archive.write(source), target)
    assert verdict.outcome == "equal", verdict


@pytest.mark.parametrize("beneath", [False, True], ids=["on disk", "beneath the checksum"])
@pytest.mark.parametrize("what", ARCHIVES)
def test_damaged_archives(what, beneath, tmp_path):
    good, other = (make_archive(what, [0, 3, 5], seed) for seed in (1, 2))
    originals = []
    if not beneath and what != "pth-legacy":
        for archive in (good, other):
            (tmp_path / f"good {len(originals)}").mkdir()
            originals.append(read_numbers(what, archive.write(tmp_path / f"good {len(originals)}")))
    for run, done in enumerate([*MUTATIONS, "spliced"]):
        rng = np.random.default_rng([run, beneath])
        name = str(rng.choice(sorted(good.files)))
        before, second = good.files[name], other.files[name]
        if beneath:
            before, second = unwrap(what, before), unwrap(what, second)
        after = MUTATIONS[done](before, rng) if done in MUTATIONS else splice(before, second, rng)
        archive = good.with_file(name, rewrap(what, after) if beneath else after)
        verdict = tried(what, archive, tmp_path / str(run), originals=originals, replace=run % 2 == 0)
        assert verdict.right, f"run {run}, {done} in {name or archive.name}: {verdict}"


def test_files_of_a_directory(tmp_path):
    good, other = (make_archive(CHEAP, [0, 1, 5], seed) for seed in (1, 2))
    for run in range(16):
        done, archive = mutate_files(good, other, np.random.default_rng(run))
        verdict = tried(CHEAP, archive, tmp_path / str(run))
        assert verdict.right, f"run {run}, {done}: {verdict}"


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_files_of_a_directory(name, places):
    source, target = places
    path = make_archive(CHEAP, [0, 1, 2], 0).write(source)
    ODD_FILES[name](path)
    verdict = judge(CHEAP, "nats-tss", path, target)
    assert verdict.outcome == "refused"
    assert "000000.pickle.pbz2" in verdict.detail


def test_odd_containers(tmp_path):
    outcomes = {}
    for place, (name, what, archive) in enumerate(odd_containers()):
        verdict = tried(what, archive, tmp_path / str(place))
        assert verdict.right, f"{name}: {verdict}"
        outcomes[name] = verdict.outcome
    read = {name for name, outcome in outcomes.items() if outcome == "equal"}
    assert read <= {"a member above the folder", "a member at the root"}  # nothing is written to where they point


@pytest.mark.parametrize("what", [what for what in ARCHIVES if what not in DIRECTORIES])
def test_a_digest_leaves_nothing_through(what, tmp_path):
    good = make_archive(what, [0, 3], 1)
    digest = hashlib.sha256(good.files[""]).hexdigest()
    for run in range(4):
        _, content = mutate(good.files[""], np.random.default_rng(run))
        if content != good.files[""]:
            verdict = tried(what, good.with_file("", content), tmp_path / str(run), sha256=digest)
            assert verdict.outcome == "refused", verdict
            assert digest in verdict.detail


@pytest.mark.parametrize("what", ["pth-legacy", "nats-sss-file", "nats-sss-directory", "nasbench101"])
def test_archives_given_as_another_kind(what, places):
    source, target = places
    archive = make_archive(what, [0, 3], 1)
    path = archive.write(source)
    kinds = {"nasbench201", "nats-tss", "nats-sss", "nasbench101"} - {archive.kind}
    for kind in kinds - ({"nats-tss"} if what.startswith("pth") else set()):  # which is the same layout
        with pytest.raises(BenchtoolsError):
            import_archive(kind, path, out=target / "table", partial=True)
    assert {file.name for file in target.iterdir()} <= {".table.lock"}


def test_bombs_are_refused(tmp_path):
    for name, archive in compressed_bombs("nats-tss-file", 2**27):
        verdict = tried("nats-tss-file", archive, tmp_path / name)
        assert verdict.outcome == "refused", f"{name}: {verdict}"
