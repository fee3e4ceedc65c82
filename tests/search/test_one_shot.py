"""One-shot searches: they stop, go on, diverge and are judged, and say what does not fit."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchtools.datasets import load_dataset  # noqa: E402
from benchtools.errors import InvalidInput, NotFound, StoreError  # noqa: E402
from benchtools.networks import make_supernet  # noqa: E402
from benchtools.search.one_shot import (  # noqa: E402
    Judge,
    OneShotResult,
    Ranking,
    SearchRecipe,
    degenerate,
    get_algorithm,
    list_algorithms,
    recipe_for,
    run_one_shot,
    split_data,
)
from benchtools.tables import Column  # noqa: E402
from benchtools.training._checkpoint import read_checkpoint, write_checkpoint  # noqa: E402

SMALL = {"width": 2, "n_cells": 1}
TRUTH = "cifar10-valid/x-valid/200/mean"


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.fixture(scope="module")
def data(digits):
    return split_data(digits, np.arange(128))


QUICK = {"epochs": 3, "batch_size": 32, "candidates": 5, "controller_steps": 1, "controller_samples": 2}


def search(name, data, *, space="nasbench201", rng=0, options=SMALL, **given):
    """Run a search: fields of the recipe as they are, the rest handed on."""
    other = {
        key: given.pop(key) for key in ("judge", "ranking", "checkpoint", "progress", "resolution") if key in given
    }
    recipe = recipe_for(name, "short", **(QUICK | given))
    return run_one_shot(name, data, space=space, recipe=recipe, rng=rng, options=options, **other)


class Stop(Exception):
    pass


def stopping(kind, done, n):
    raise Stop


def same(epochs, others):
    timed = ("search_s", "search_cpu_s", "look_s", "peak_mb")
    plain = [
        [{key: value for key, value in row.items() if key not in timed} for row in rows] for rows in (epochs, others)
    ]
    return repr(plain[0]) == repr(plain[1])  # where NaN is NaN


def test_each_row_is_of_the_end_of_its_epoch(data, tmp_path):
    file, states = tmp_path / "c.pt", []

    def look(*step):
        states.append(read_checkpoint(file, {}, ())["algorithm"])

    found = search("darts_v1", data, checkpoint=file, progress=look, lr=0.1, min_lr=0.02)
    for epoch, (row, state) in enumerate(zip(found.epochs, states, strict=True)):
        assert row["alphas"] == {"edges": state["alphas"]["edges"].double().tolist()}
        rate = 0.02 + 0.08 * (1 + math.cos(math.pi * epoch / 3)) / 2
        assert row["lr"] == pytest.approx(rate)
        assert state["optimiser"]["param_groups"][0]["lr"] == row["lr"]
        shares = state["alphas"]["edges"].double().softmax(1)
        assert row["entropy"] == pytest.approx(float(-(shares * shares.log()).sum(1).mean()))
        operations = make_supernet("nasbench201", 10, rng=0, **SMALL).operations(row["arch"])
        assert list(operations) == shares.argmax(1).tolist()
    assert len({repr(row["alphas"]) for row in found.epochs}) == 3


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (
            "darts_v1",
            {"lr": 1e30, "clip_norm": None},
            r"the loss is \S+ in epoch 0, step \d: try a lower learning rate",
        ),
        ("darts_v2", {"lr": 1e30, "clip_norm": None}, "the loss is"),
        ("random_ws", {"lr": 1e30, "clip_norm": None}, "the loss is"),
        ("setn", {"alpha_lr": math.inf}, "an alpha is not finite at the end of epoch 0: try a lower alpha_lr"),
    ],
)
def test_a_search_that_diverges_stops_and_says_why(name, changes, reason, data, tmp_path):
    found = search(name, data, checkpoint=tmp_path / "c.pt", **changes)
    assert found.epochs == ()
    assert (tmp_path / "c.pt.stopped").is_file()
    assert not (tmp_path / "c.pt").exists()
    assert str(found) == f"{name} on nasbench201, digits: {found.stopped}"
    with pytest.raises(InvalidInput, match="the search made no epoch: " + reason):
        _ = found.best_seen
    assert OneShotResult.load(found.save(tmp_path / "r.json")).stopped == found.stopped


def test_rows_before_a_divergence_are_kept(data, tmp_path):
    file = tmp_path / "c.pt"
    with pytest.raises(Stop):
        search("darts_v1", data, checkpoint=file, progress=stopping)
    parts = read_checkpoint(file, {}, ())
    parts["algorithm"]["alphas"]["edges"][:] = math.nan
    write_checkpoint(file, parts)
    found = search("darts_v1", data, checkpoint=file)
    assert found.stopped == "the loss is nan in epoch 1, step 0: try a lower learning rate"
    assert [row["epoch"] for row in found.epochs] == [0]
    assert f"stopped   {found.stopped}" in str(found)


def test_checkpoints_of_other_searches(data, digits, tmp_path):
    file = tmp_path / "c.pt"
    search("gdas", data, checkpoint=file, epochs=1)
    for name, what, given in (
        ("gdas", "recipe", {"lr": 0.3, "epochs": 1}), ("gdas", "rng", {"rng": 1, "epochs": 1}),
        ("darts_v1", "algorithm", {"epochs": 1}), ("gdas", "resolution", {"resolution": 4, "epochs": 1}),
        ("gdas", "options", {"options": {"width": 4, "n_cells": 1}, "epochs": 1}),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=rf"of another training: {what} was .*, and is .* now; remove it"):
            search(name, data, checkpoint=file, **given)
    with pytest.raises(InvalidInput, match="another training: examples was"):
        search("gdas", split_data(digits, np.arange(1, 129)), checkpoint=file, epochs=1)
    with pytest.raises(StoreError, match="there is no folder"):
        search("gdas", data, checkpoint=tmp_path / "none" / "c.pt")


def test_searches_that_do_not_fit(data, digits, slice_table):
    with pytest.raises(InvalidInput, match="setn does not search oneshot1_s1: it searches nasbench201"):
        search("setn", data, space="oneshot1_s1")
    with pytest.raises(InvalidInput, match="pc_darts does not search nasbench201: it searches oneshot1"):
        search("pc_darts", data)
    with pytest.raises(NotFound, match=r"'gdsa'.*Did you mean 'gdas'"):
        run_one_shot("gdsa", data, space="nasbench201", recipe=SearchRecipe(), rng=0)
    judge = Judge(slice_table, TRUTH)
    with pytest.raises(
        InvalidInput, match=r"slice is of nasbench201, and oneshot1_s1 is searched.*table\.view\('oneshot1"
    ):
        search("gdas", data, space="oneshot1_s1", judge=judge)
    with pytest.raises(
        InvalidInput, match="63 examples for the weights do not fill a batch of 64: take a larger proxy"
    ):
        search("gdas", split_data(digits, np.arange(126)), batch_size=64)
    archs = tuple(map(slice_table.space.to_string, (0, 1, 2)))
    with pytest.raises(InvalidInput, match="a ranking is compared with a table: pass judge="):
        search("gdas", data, ranking=Ranking(archs))
    for ranking in (Ranking(archs[:2]), Ranking(archs, every=0)):
        with pytest.raises(InvalidInput, match=r"a ranking needs at least 3 architectures .*, and every from 1; "):
            search("gdas", data, ranking=ranking, judge=judge)


@pytest.mark.parametrize("name", list_algorithms())
def test_every_algorithm_searches_and_is_judged(name, data, slice_table, tmp_path):
    if name == "pc_darts":
        options = {"width": 4, "n_cells": 1}
        found = search(name, data, space="oneshot1_s1", options=options, epochs=1)
        assert found.settings["options"] == options | {"partial": 4}
        assert found.final["degenerate"] == degenerate("oneshot1_s1", found.arch)
        assert "rank" not in found.final
        return
    archs = tuple(map(slice_table.space.to_string, range(0, 15_625, 3_000)))
    ranking = Ranking(archs, n_batches=1)
    found = search(name, data, epochs=1, judge=Judge(slice_table, TRUTH), ranking=ranking, resolution=4)
    row, accuracies = found.final, slice_table.column_named(Column.parse(TRUTH))
    own = accuracies[slice_table.row(found.arch)]
    assert row["degenerate"] == degenerate("nasbench201", found.arch)
    assert row["accuracy"] == row["accuracies"][TRUTH] == own
    assert row["regret"] == pytest.approx(accuracies.max() - own)
    assert row["rank"] == 1 + (accuracies > own).sum()
    assert row["n_archs"] == len(archs)
    assert -1 <= row["kendall"] <= 1
    for part in (found.arch, f"regret    {row['regret']:.2f} %", f"rank {row['rank']:,}"):
        assert part in str(found)
    again = OneShotResult.load(found.save(tmp_path / "found.json"))
    assert repr(again.to_dict()) == repr(found.to_dict())  # where NaN is NaN
    assert str(again) == str(found)
    assert list(again.to_frame()["arch"]) == [found.arch]


def test_files_that_are_no_search(tmp_path):
    (tmp_path / "found.json").write_text("{}")
    with pytest.raises(StoreError, match=r"cannot read the search .*found\.json: KeyError"):
        OneShotResult.load(tmp_path / "found.json")


def test_a_proxy_of_some_classes_is_a_task_of_them(digits, monkeypatch):
    chosen = np.flatnonzero(np.isin(digits.train_labels, [2, 5, 9]))
    data = split_data(digits, chosen, how="test")
    assert data.classes == (2, 5, 9)
    assert set(digits.test_labels[data.held_out]) == {2, 5, 9}
    assert len(data.held_out) < len(digits.test_labels) // 2
    seen = {}
    kind = get_algorithm("darts_v1")

    def step(self, batch, held_out):
        for name, part, labels in (("w", batch, digits.train_labels), ("h", held_out, digits.test_labels)):
            expected = np.searchsorted(data.classes, labels[part.indices])
            seen.setdefault(name, set()).update(expected.tolist())
            assert part.labels.tolist() == expected.tolist()
        assert self.supernet.classifier.out_features == 3
        return torch.eye(3)[batch.labels], torch.zeros(())

    monkeypatch.setattr(kind, "step", step)
    found = search("darts_v1", data, epochs=1)
    assert seen == {"w": {0, 1, 2}, "h": {0, 1, 2}}
    assert found.final["train_accuracy"] == 100
    assert found.settings["n_classes"] == 3
