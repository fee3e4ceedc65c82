"""The identity of a training, and what it gave."""

import hashlib
import json
import math
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput, WrongType
from benchtools.runs import Trial, TrialResult

FIELDS = ("zoo", "nasbench201", "|none~0|", "cifar10", "12ab", None, "c4r4s0e60", 7)
TRIAL = Trial(*FIELDS, {"lr": 0.1, "blöcke": [1, {"b": None, "a": True}]})
CANONICAL = (
    r'{"arch":"|none~0|","dataset":"cifar10","dataset_digest":"12ab",'
    r'"details":{"bl\u00f6cke":[1,{"a":true,"b":null}],"lr":0.1},"kind":"zoo","seed":7,"selection":null,'
    r'"setting":"c4r4s0e60","space":"nasbench201"}'
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
details = st.dictionaries(words, values, max_size=3)
trials = st.builds(
    Trial, kind=words, space=words, arch=words, dataset=words, dataset_digest=words, selection=st.none() | words,
    setting=words, seed=st.integers(-(2**63), 2**63 - 1), details=details,
)  # fmt: skip


def test_the_id_is_the_digest_of_canonical_json():
    assert TRIAL.canonical == CANONICAL
    assert TRIAL.id == hashlib.sha256(CANONICAL.encode()).hexdigest()


@given(trials)
def test_a_trial_survives_json_and_pickle(trial):
    copies = Trial.from_dict(json.loads(json.dumps(trial.to_dict()))), pickle.loads(pickle.dumps(trial))
    assert {copy.id for copy in copies} == {trial.id}
    assert copies[0] == trial
    assert {trial, *copies} == {trial}


@given(trials, st.data())
def test_any_other_value_of_any_field_is_another_trial(trial, data):
    name = data.draw(st.sampled_from(sorted(trial.to_dict())))
    strategy = {"seed": st.integers(-9, 9), "details": details, "selection": st.none() | words}.get(name, words)
    value = data.draw(strategy)
    other = replace(trial, **{name: value})
    same = repr(_sorted(getattr(trial, name))) == repr(_sorted(value))  # tells 1, 1.0 and True apart
    assert (other.id == trial.id) == (other == trial) == same


def _sorted(value):
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def test_numbers_of_other_types_are_other_values():
    ids = {Trial(*FIELDS, {"x": x}).id for x in (1, 1.0, True, "1", None, [1], 0.1, 0.1 + 1e-18, 0.1 + 0.2, 0.3)}
    assert len(ids) == 9  # 0.1 + 1e-18 is 0.1


def test_the_id_is_the_same_in_another_process():
    code = f"from benchtools.runs import Trial; print(Trial.from_dict({TRIAL.to_dict()!r}).id)"
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == TRIAL.id


def test_numpy_scalars_become_numbers_and_tuples_lists():
    given = {"a": np.int64(3), "b": np.float32(0.5), "c": (1, np.bool_(True)), "d": np.float64(0.1)}
    trial = Trial(*FIELDS[:-1], np.int64(7), given)
    assert trial == Trial(*FIELDS, {"a": 3, "b": 0.5, "c": [1, True], "d": 0.1})
    assert [type(value) for value in trial.details.values()] == [int, float, list, float]
    given["a"] = 4
    assert trial.details["a"] == 3


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"kind": 3}, WrongType, r"kind must be a string, not 3 \(int\)"),
        ({"arch": "\ud800"}, InvalidInput, "arch is .* which UTF-8 cannot hold"),
        ({"selection": 5}, WrongType, "selection must be a string"),
        ({"seed": True}, WrongType, "seed must be an integer, not True"),
        ({"seed": 1.0}, WrongType, "seed must be an integer, not 1.0"),
        ({"seed": 2**63}, InvalidInput, "must fit into 64 bits"),
        ({"details": [1]}, WrongType, "details must be a mapping"),
        ({"details": {"a": [math.nan]}}, InvalidInput, r"details\['a'\]\[0\] is nan: it must be finite"),
        ({"details": {"a": {1: 2}}}, WrongType, r"a key of details\['a'\] must be a string"),
        ({"details": {"a": np.zeros(2)}}, WrongType, r"is of type ndarray.*\.tolist\(\)"),
    ],
)
def test_what_a_trial_refuses(change, error, message):
    with pytest.raises(error, match=message):
        replace(TRIAL, **change)


def test_from_dict_names_the_fields():
    with pytest.raises(InvalidInput, match=r"a trial has the fields kind, space, .*, not kind, epochs"):
        Trial.from_dict({"kind": "zoo", "epochs": 3})


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"status": "ok"}, InvalidInput, "status must be one of done, diverged, failed, not 'ok'"),
        ({"metrics": {"a": "x"}}, WrongType, r"metrics\['a'\] must be a number, not 'x'"),
        ({"metrics": [1]}, WrongType, "metrics must be a mapping"),
        ({"curve": {"a": 1}}, WrongType, "curve must be a list of mappings"),
        ({"curve": [3]}, WrongType, r"curve\[0\] must be a mapping"),
        ({"seconds": -1}, InvalidInput, "seconds must be a number of at least 0, not -1"),
        ({"error": ValueError()}, WrongType, "error must be a traceback's text or None, not ValueError"),
    ],
)
def test_what_a_result_refuses(given, error, message):
    with pytest.raises(error, match=message):
        TrialResult(**{"status": "done", **given})
