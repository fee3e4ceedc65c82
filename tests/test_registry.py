"""The registry: names, plug-ins and what it says of a name that does not exist."""

import pytest

from benchtools.errors import BenchtoolsError, InvalidInput, NotFound
from benchtools.ranking import STATISTICS
from benchtools.registry import Registry, did_you_mean
from benchtools.spaces import get_space, list_spaces


class EntryPoint:
    def __init__(self, name, part):
        self.name, self.part, self.loads = name, part, 0

    def load(self):
        self.loads += 1
        return self.part


@pytest.fixture
def plugin(monkeypatch):
    point = EntryPoint("three", 3)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point] if group == "benchtools.parts" else [])
    return point


@pytest.fixture
def parts():
    made = Registry("part", "benchtools.parts")
    made.register("two", 2)
    made.register("one", 1)
    return made


def test_names_are_sorted_and_parts_come_back(parts):
    assert parts.names() == ["one", "two"]
    assert (parts.get("one"), parts.get("two")) == (1, 2)


def test_duplicates_are_refused_and_change_nothing(parts):
    with pytest.raises(InvalidInput, match="the part 'one' is registered already: choose another name"):
        parts.register("one", 5)
    assert parts.get("one") == 1


def test_unknown_name_lists_what_exists_and_suggests(parts):
    with pytest.raises(NotFound) as caught:
        parts.get("oen")
    assert str(caught.value) == "no part is called 'oen': there is one, two. Did you mean 'one'?"
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, BenchtoolsError)


def test_nothing_close_suggests_nothing():
    assert did_you_mean("zzz", ["one", "two"]) == ""
    assert did_you_mean("spaerman", ["kendall", "spearman"]) == " Did you mean 'spearman'?"


def test_plugin_is_listed_without_loading_and_loaded_once(plugin, parts):
    assert parts.names() == ["one", "three", "two"]
    assert plugin.loads == 0
    assert parts.get("three") == parts.get("three") == 3
    assert plugin.loads == 1


def test_plugin_does_not_replace_a_part_of_its_name(monkeypatch, parts):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [EntryPoint("one", 100)])
    assert parts.get("one") == 1
    assert parts.names() == ["one", "two"]


def test_plugin_of_another_group_does_not_join(plugin):
    assert Registry("space", "benchtools.others").names() == []


def test_the_registries_of_the_library():
    assert "nasbench201" in list_spaces()
    with pytest.raises(NotFound, match=r"no space is called 'nasbench210'.*Did you mean 'nasbench201'"):
        get_space("nasbench210")
    with pytest.raises(NotFound, match=r"no statistic is called 'spaerman'.*Did you mean 'spearman'"):
        STATISTICS.get("spaerman")
