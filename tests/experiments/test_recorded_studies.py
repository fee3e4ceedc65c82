"""The recorded studies: whole, as their configurations say, and scored as the tables say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import benchtools
from benchtools.experiments import oneshot
from benchtools.experiments.oneshot import StudyPlan, StudyResult
from benchtools.search.one_shot import degenerate
from benchtools.spaces import get_space

CONFIGURATIONS = Path(__file__).parents[2] / "analysis" / "studies"


@pytest.fixture(scope="module", params=oneshot.list_recorded())
def study(request):
    return StudyResult.load(request.param)


def test_every_search_is_there_and_agrees_with_its_trajectory(study):
    frame = study.frame
    assert len(frame) == study.plan.n_trials
    assert (frame["status"] == "done").all()
    np.testing.assert_allclose(study.best - frame["accuracy"], frame["regret"], atol=1e-3)
    keys = ["algorithm", "method", "k", "seed"]
    last = study.trajectories.sort_values("epoch").groupby(keys).last().reset_index()
    both = frame.merge(last, on=keys, suffixes=("", "_last"))
    assert (both["arch"] == both["arch_last"]).all()
    for row in frame.itertuples():
        assert study.plan.recipe_of(row.algorithm).epochs == 1 + both["epoch"].max()
        assert row.degenerate == degenerate(study.plan.space, row.arch)


def test_it_is_reached_without_an_import_of_its_own(study):
    assert len(benchtools.experiments.oneshot.load(study.plan.name)) == len(study.frame)
    assert "recipe_for" in dir(benchtools.search.one_shot)


def test_it_says_what_was_reduced(study):
    assert any("Reduced" in note for note in study.notes)


def test_the_configuration_that_made_it_is_there(study):
    written = oneshot.read_plan(CONFIGURATIONS / f"{study.plan.name}.yaml").to_dict()
    own = study.plan.to_dict()
    for name in ("data", "scores"):  # where files lie
        written.pop(name), own.pop(name)
    assert StudyPlan.from_dict(written | {"scores": study.plan.scores}).to_dict() | {"scores": None, "data": None} == (
        own | {"scores": None, "data": None}
    )


def test_accuracies_and_ranks_are_the_tables(study, core_parquet):
    if study.plan.space != "nasbench201":
        pytest.skip("the developers' table of NAS-Bench-101 takes minutes: see test_import_tables")
    space = get_space("nasbench201")
    table = pd.read_parquet(core_parquet)
    truth = pd.Series(table["cifar10_ori-test_acc_hp200_mean"].to_numpy(), index=table["op_code"].astype(str))
    for row in study.frame.itertuples():
        own = truth[space.to_opcode(space.parse(row.arch))]
        assert own == pytest.approx(row.accuracy, abs=1e-3)
        assert 1 + (truth > own).sum() == row.rank
