"""Settings c/r/s/e: their text, levels and cost, and the protocols that go with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchtools.errors import InvalidInput
from benchtools.training import Levels, Protocol, Setting

SETTINGS = st.builds(
    Setting, c=st.integers(0, 4), r=st.integers(0, 4), s=st.integers(0, 4), e=st.integers(1, 600),
    sample=st.sampled_from(["random", "p1", "k_center"]),
)  # fmt: skip


@given(SETTINGS)
def test_text_and_setting_are_one(setting):
    assert Setting.parse(str(setting)) == setting


@pytest.mark.parametrize(
    "text", ["", "c4", "c4r4s0", "e60c4r4s0", "c4r4s0e60x", "c-1r0s0e1", "C4r4s0e60", "c4r4s0e60:"]
)
def test_other_text_is_no_setting(text):
    with pytest.raises(InvalidInput, match="is no setting: the letters c, r, s"):
        Setting.parse(text)


def test_published_ends_of_the_levels():
    levels = Levels()  # reference 2.1: both ends are read from the official code
    assert (levels.c[0], levels.c[4], levels.r[0], levels.r[4], levels.e) == (36, 9, 32, 8, 600)
    assert Levels.geometric(channels=36, resolution=32, epochs=600) == levels


def test_the_original_accelerates_nothing_and_the_papers_setting_2560_times():
    assert Setting().acceleration() == 1
    assert Setting.parse("c4r4s0e60").acceleration() == 16 * 16 * 10


@given(SETTINGS, st.floats(1, 50))
def test_acceleration_is_multiplicative_over_sample_and_epochs(setting, macs):
    levels = Levels()
    whole = Setting(setting.c, setting.r, 0, 600)
    factor = 1 / levels.s[setting.s] * (600 / setting.e)
    assert setting.acceleration(macs=macs) == pytest.approx(whole.acceleration(macs=macs) * factor, rel=1e-12)
    assert setting.acceleration() == pytest.approx(whole.acceleration() * factor, rel=1e-12)


def test_settings_are_ordered_by_what_they_reduce():
    texts = ["c0r0s0e600", "c0r0s0e60", "c0r0s1e600", "c0r4s0e600", "c4r0s0e600", "c4r0s0e600:p1"]
    assert [str(one) for one in sorted(Setting.parse(text) for text in reversed(texts))] == [*texts[:5], texts[5]]
    with pytest.raises(TypeError):
        Setting() < 3  # noqa: B015


def test_levels_that_do_not_exist():
    with pytest.raises(InvalidInput, match=r"c5r0s0e60 asks for c5: there are the levels c0 to c4, 36, 25, 18, 13, 9"):
        Setting.parse("c5r0s0e60").channels()
    with pytest.raises(InvalidInput, match="more epochs than the original setting, which has 30"):
        Setting(e=60).check(Levels(e=30))
    with pytest.raises(InvalidInput, match="levels are 0 or more, and epochs 1 or more"):
        Setting(c=-1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"c": (8, 8)}, "levels of c must fall"),
        ({"r": (8, 0)}, "levels of r must fall and be above 0"),
        ({"c": ()}, "levels of c must fall"),
        ({"c": (8.5,)}, "levels of c must be whole numbers"),
        ({"s": (0.5, 0.25)}, "level 0 of s is all examples"),
        ({"e": 0}, "must be at least 1; 0 was given"),
    ],
)
def test_levels_must_fall(given, message):
    with pytest.raises(InvalidInput, match=message):
        Levels(**given)


def test_dictionaries_go_both_ways():
    levels = Levels.geometric(channels=16, resolution=8, smallest=4, epochs=30, n=3)
    assert Levels.from_dict(levels.to_dict()) == levels
    protocol = Protocol.imagenet(batch_size=64)
    assert Protocol.from_dict(protocol.to_dict()) == protocol
    assert "auxiliary" not in protocol.to_dict()  # as before there was one
    assert Protocol.from_dict({**protocol.to_dict(), "auxiliary": 0.0}) == protocol
    protocol = Protocol.cifar(auxiliary=0.4)
    assert protocol.to_dict()["auxiliary"] == 0.4
    assert Protocol.from_dict(protocol.to_dict()) == protocol


def test_protocols_of_the_paper():
    cifar = Protocol.cifar()  # S1, E.2
    recipe = cifar.recipe
    assert (recipe.epochs, recipe.lr, recipe.min_lr, recipe.weight_decay) == (600, 0.025, 0.001, 3e-4)
    assert (recipe.momentum, recipe.clip_norm, cifar.batch_size, cifar.cutout) == (0.9, 5.0, 96, 16)
    reduced = cifar.reduced(60)
    assert (reduced.recipe.epochs, reduced.recipe.cycles, reduced.drop_path, reduced.cutout) == (60, 1, 0.0, 16)
    assert cifar.original(600).drop_path == cifar.drop_path > 0
    imagenet = Protocol.imagenet()  # S1, E.3
    assert (imagenet.recipe.epochs, imagenet.recipe.lr, imagenet.recipe.min_lr, imagenet.batch_size) == (
        150,
        0.8,
        0,
        2048,
    )
    assert (imagenet.recipe.warmup_epochs, imagenet.recipe.warmup_lr, imagenet.recipe.weight_decay) == (2, 0.2, 3e-5)
    with pytest.raises(InvalidInput, match="drop_path must be from 0"):
        Protocol.cifar(drop_path=1.0)
    with pytest.raises(InvalidInput, match="batch_size must be at least 1"):
        Protocol.cifar(batch_size=0)
    assert cifar.auxiliary == 0
    second = Protocol.cifar(auxiliary=0.4)
    assert (second.original(600).auxiliary, second.reduced(600).auxiliary) == (0.4, 0)
    with pytest.raises(InvalidInput, match="auxiliary must be 0, for no second classifier, or above; -1"):
        Protocol.cifar(auxiliary=-1)
