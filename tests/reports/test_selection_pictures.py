"""Pictures of proxy data: what they show is asserted as data, that they draw as a picture (SYNTHETIC scores)."""

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from benchtools import reports
from benchtools.datasets import Dataset
from benchtools.errors import InvalidInput, WrongType
from benchtools.scoring import Scores
from benchtools.selection import entropy_bottom, entropy_top, forgetting, k_center, p1, random

N, CLASSES = 400, ("ant", "bee", "cat", "dog")


def make_dataset(channels=3, seed=0, name="toy", classes=CLASSES):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (N + 20, 5, 4, channels), dtype=np.uint8)
    labels = rng.choice(len(classes), N + 20, p=np.arange(1, len(classes) + 1) / sum(range(len(classes) + 1)))
    return Dataset(name, images[:N], labels[:N], images[N:], labels[N:], classes, "made up for tests")


@pytest.fixture(scope="module")
def dataset():
    return make_dataset()


@pytest.fixture(scope="module")
def make(dataset):
    """Return a function that wraps values as scores of the data set."""

    def scores(values, kind="entropy", **options):
        own = {"dataset": dataset.name, "dataset_digest": dataset.digest, "labels": dataset.train_labels}
        return Scores(values, kind, **own | options)

    return scores


@pytest.fixture(scope="module")
def entropies(make):
    values = np.minimum(np.random.default_rng(1).lognormal(-6, 4, N), 1.3)
    values[:7] = 0
    return make(values)


@pytest.fixture(scope="module")
def features(make):
    mixed = np.random.default_rng(2).normal(size=(N, 6)) @ np.diag([5, 3, 1, 1, 0.5, 0.1]) + 7
    return make(mixed.astype(np.float32), "features")


def shown(figure):
    """Return every text of a figure, once it has been drawn as a picture."""
    buffer = io.BytesIO()
    assert isinstance(figure, Figure)
    figure.savefig(buffer, format="png", dpi=40)
    assert buffer.getvalue().startswith(b"\x89PNG")
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


# histogram


def brute_counts(values, edges):
    return [int(((values >= low) & (values < high)).sum()) for low, high in pairwise(edges)]


def test_histogram_counts_every_example_once(entropies):
    selection = p1(entropies, k=90, bin_width=0.25, rng=3)
    data = reports.histogram_data(entropies, selection)
    log = np.log10(np.maximum(entropies.values, 1e-30))
    assert np.diff(data.edges) == pytest.approx(0.25)
    np.testing.assert_allclose(data.edges * 4, np.round(data.edges * 4), atol=1e-12)
    assert data.dataset.tolist() == brute_counts(log, data.edges)
    assert data.proxy.tolist() == brute_counts(log[selection.indices], data.edges)
    assert (data.dataset.sum(), data.proxy.sum(), data.clamped, data.floor) == (N, 90, 7, 1e-30)
    assert data.dataset[0] == 7
    assert data.dataset[-1] > 0


@pytest.mark.parametrize("width", [0.5, 0.2])
def test_a_score_on_an_edge_is_in_the_bin_above(make, width):
    scores = make(np.array([1e-3, 1e-2, 10**-2.3, 1.0]), labels=None)
    data = reports.histogram_data(scores, entropy_top(scores, k=1), bin_width=width)
    places = [int(np.flatnonzero(np.isclose(data.edges, edge))[0]) for edge in (-3, -2, 0)]
    assert [int(data.dataset[place]) for place in places] == [1, 1, 1]
    assert (data.proxy.sum(), data.proxy[places[-1]]) == (1, 1)


def test_the_width_of_bins(entropies, make):
    by_p1, top = p1(entropies, k=9, bin_width=0.2), entropy_top(entropies, k=9)
    assert np.diff(reports.histogram_data(entropies, by_p1).edges)[0] == pytest.approx(0.2)
    assert np.diff(reports.histogram_data(entropies, by_p1, bin_width=2).edges)[0] == pytest.approx(2)
    assert np.diff(reports.histogram_data(entropies, top).edges)[0] == pytest.approx(0.5)
    narrow = make(np.linspace(0.02, 0.2, N), "loss")  # a decade
    assert np.diff(reports.histogram_data(narrow, by_p1).edges)[0] == pytest.approx(0.1)


def test_the_floor_of_the_method_is_that_of_the_picture(entropies):
    data = reports.histogram_data(entropies, p1(entropies, k=9, floor=1e-3))
    assert data.clamped == int((entropies.values < 1e-3).sum())
    assert (data.edges[0], data.floor) == (-3.0, 1e-3)


def test_forgetting_events_have_bins_of_their_own(make):
    events = np.random.default_rng(4).integers(0, 9, N).astype(float)
    events[0] = 20
    scores = make(events, "forgetting")
    selection = forgetting(scores, k=50)
    data = reports.histogram_data(scores, selection)
    assert data.dataset.tolist() == np.bincount(events.astype(int)).tolist()
    assert data.proxy.tolist() == np.bincount(events[selection.indices].astype(int), minlength=21).tolist()
    assert data.edges.tolist() == (np.arange(22) - 0.5).tolist()
    wide = reports.histogram_data(scores, selection, bin_width=3)
    assert wide.dataset.tolist() == np.bincount(events.astype(int) // 3).tolist()
    means = make([0.25, 0.5, 1.25, 1.5], "forgetting", labels=None)  # of several runs, say
    assert reports.histogram_data(means, forgetting(means, k=1)).dataset.tolist() == [1, 2, 1]
    many = make(np.arange(N).astype(float), "forgetting")
    assert len(reports.histogram_data(many, random(many, k=5)).dataset) == 40


def test_scores_of_a_part_of_the_data_set(dataset, make):
    held = np.random.default_rng(5).permutation(N)[:100]
    part = make(np.linspace(0.01, 1, 100), indices=held, labels=dataset.train_labels[held])
    selection = entropy_top(part, k=10)
    data = reports.histogram_data(part, selection)
    assert (data.dataset.sum(), data.proxy.sum(), np.flatnonzero(data.proxy)[-1]) == (100, 10, len(data.proxy) - 1)
    whole = make(np.linspace(1, 2, N))
    with pytest.raises(InvalidInput, match=r"the scores lack \d+ of the 200 selected examples: use scores of all"):
        reports.histogram_data(part, entropy_top(whole, k=200))


@pytest.mark.parametrize(
    ("width", "message"),
    [
        (0, r"bin_width=0 must be a number above 0"),
        ("wide", "bin_width='wide' must be a number above 0"),
        (float("nan"), "bin_width=nan must be a number above 0"),
        (1e-6, r"bin_width=1e-06 makes [\d,]+ bins: give a larger one"),
    ],
)
def test_histogram_refuses_a_width(entropies, width, message):
    with pytest.raises(InvalidInput, match=message):
        reports.histogram_data(entropies, entropy_top(entropies, k=5), bin_width=width)


def test_histogram_refuses_rows(features):
    with pytest.raises(InvalidInput, match="have a row per example, and a histogram needs one value: give entropy"):
        reports.histogram_data(features, k_center(features, k=5))


def test_histogram_draws(entropies, make):
    text = shown(reports.draw_histogram(reports.histogram_data(entropies, p1(entropies, k=90))))
    for part in ("toy (400)", "p1 (90)", "log10 of entropy [nats]", "7 below 1e-30 are counted as 1e-30", "≤ −30"):
        assert part in text
    for scores in (make(np.zeros(N)), make(np.full(N, 0.5)), make(np.arange(N) % 3.0, "forgetting")):
        text = shown(reports.draw_histogram(reports.histogram_data(scores, random(scores, k=3))))
        assert ("1e-30" in text) == (scores.values.max() == 0)


# classes


def test_class_shares(dataset, entropies):
    selection = entropy_bottom(entropies, k=80)
    data = reports.class_balance_data(selection, dataset)
    chosen = dataset.train_labels[selection.indices]
    assert data.names == list(CLASSES)
    assert data.share == pytest.approx([np.mean(chosen == label) for label in range(4)])
    assert data.share_in_dataset == pytest.approx([np.mean(dataset.train_labels == label) for label in range(4)])
    assert (sum(data.selected), sum(data.share), sum(data.share_in_dataset), data.n) == pytest.approx((80, 1, 1, N))
    assert reports.class_balance_data(selection) == data._replace(names=["0", "1", "2", "3"])


def test_class_shares_of_a_selection_without_labels(dataset, entropies, make):
    bare = entropy_bottom(make(entropies.values, labels=None), k=80)
    assert reports.class_balance_data(bare, dataset) == reports.class_balance_data(
        entropy_bottom(entropies, k=80), dataset
    )
    with pytest.raises(InvalidInput, match="has no labels: give the data set, or select from scores with labels"):
        reports.class_balance_data(bare)


def test_classes_draw(make):
    few = reports.class_balance_data(random(make(np.ones(N)), k=40))
    text = shown(reports.draw_class_balance(few._replace(names=["$ant$", "_bee", "c" * 90, "dog"])))
    assert "toy (400)" in text
    assert "c" * 28 in text
    many = make(np.ones(N), labels=np.arange(N) % 50)
    data = reports.class_balance_data(random(many, k=49))
    text = shown(reports.draw_class_balance(data))
    rarest = sorted(data.labels, key=lambda label: (data.share[label], label))[:3]
    assert f"50 classes by their share of the proxy\nfewest: {', '.join(map(str, rarest))}\nmost: " in text


# embedding


def test_pca_is_that_of_a_singular_value_decomposition(features):
    selection = k_center(features, k=30)
    data = reports.embedding_data(features, selection)
    centred = features.values.astype(float) - features.values.mean(axis=0, dtype=float)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    expected = (left * sizes)[data.indices, :2]
    signs = np.sign((expected * data.points).sum(axis=0))
    np.testing.assert_allclose(data.points, expected * signs, atol=1e-4)
    assert data.explained == pytest.approx((sizes**2 / (sizes**2).sum())[:2], abs=1e-6)
    assert sorted(data.indices.tolist()) == list(range(N))
    assert sorted(data.indices[data.selected].tolist()) == sorted(selection.indices.tolist())
    assert data.labels.tolist() == features.labels[data.indices].tolist()


def test_no_more_than_the_limit_is_shown_in_the_same_place(features):
    selection = k_center(features, k=60)
    whole = reports.embedding_data(features, selection)
    places = dict(zip(whole.indices.tolist(), whole.points.tolist(), strict=True))
    part = reports.embedding_data(features, selection, limit=100, rng=6)
    assert (len(part.points), part.selected.sum(), part.n, part.k) == (160, 60, N, 60)
    np.testing.assert_allclose(part.points, [places[index] for index in part.indices.tolist()])
    assert set(part.indices[part.selected].tolist()) == set(selection.indices.tolist())
    again, other = (reports.embedding_data(features, selection, limit=100, rng=seed) for seed in (6, 7))
    assert again.indices.tolist() == part.indices.tolist() != other.indices.tolist()
    few = reports.embedding_data(features, selection, limit=20)
    assert (len(few.points), few.selected.sum()) == (40, 20)
    assert "toy: 20 of the 60 examples of k_center\namong 20 of the 340 others" in shown(reports.draw_embedding(few))


def test_tsne_keeps_clusters_apart_and_repeats(make):
    values = np.random.default_rng(8).normal(size=(60, 4)) + 50 * np.eye(4)[np.arange(60) % 2]
    rows = make(values, "features", dataset_digest=None, labels=np.arange(60) % 2)
    selection = k_center(rows, k=6)
    data = reports.embedding_data(rows, selection, method="tsne", rng=2)
    assert data.explained is None
    gaps = np.linalg.norm(data.points[:, None] - data.points, axis=2) + 1e9 * np.eye(60)
    assert (data.labels[gaps.argmin(axis=1)] == data.labels).all()
    again = reports.embedding_data(rows, selection, method="tsne", rng=np.random.default_rng(2))
    assert again.points.tolist() == data.points.tolist()
    assert "t-SNE 1" in shown(reports.draw_embedding(data))


def test_embedding_refuses(make, features, entropies):
    selection = k_center(features, k=5)
    with pytest.raises(InvalidInput, match="cannot be embedded: give features"):
        reports.embedding_data(entropies, selection)
    with pytest.raises(InvalidInput, match="method='umap' is not known: choose one of pca, tsne"):
        reports.embedding_data(features, selection, method="umap")
    with pytest.raises(InvalidInput, match="limit=2 must be a whole number of at least 3"):
        reports.embedding_data(features, selection, limit=2)
    with pytest.raises(InvalidInput, match="three rows of two columns are needed at least"):
        reports.embedding_data(make(np.arange(N)[:, None], "features"), selection)
    with pytest.raises(InvalidInput, match="are equal: there is nothing to embed"):
        reports.embedding_data(make(np.ones((N, 2)), "features"), selection)


def test_embedding_draws(dataset, features, make):
    data = reports.embedding_data(features, k_center(features, k=30), dataset=dataset)
    text = shown(reports.draw_embedding(data))
    assert "class 3" in shown(reports.draw_embedding(data._replace(classes=dict(zip(range(4), "0123", strict=True)))))
    for part in (*CLASSES, "toy: the 30 examples of k_center\namong the 370 others", "selected", "not selected"):
        assert part in text
    assert f"component 1 ({data.explained[0]:.1%} of the variance)" in text
    for labels in (None, np.arange(N) % 11):  # more than ten classes have no colours
        rows = make(features.values, "features", labels=labels)
        text = shown(reports.draw_embedding(reports.embedding_data(rows, k_center(rows, k=N))))
        assert "selected" in text
        assert "class" not in text


# contact sheet


@pytest.mark.parametrize("channels", [1, 3])
def test_contact_sheet_shows_the_right_images(channels):
    dataset = make_dataset(channels)
    values = np.random.default_rng(9).integers(1, 40, N) / 8  # with ties
    scores = Scores(values, "entropy", dataset.name, dataset.digest, dataset.train_labels)
    selection = p1(scores, k=81)
    data = reports.contact_sheet_data(dataset, selection, n=6)
    ordered = sorted(selection.indices.tolist(), key=lambda index: (values[index], index))
    assert data.titles == ["easiest", "middle", "hardest"]
    wanted = [ordered[:6], ordered[37:43], ordered[-6:]]
    assert [part.tolist() for part in data.indices] == wanted
    for images, names, scored, part in zip(data.images, data.classes, data.scores, wanted, strict=True):
        np.testing.assert_array_equal(images, dataset.train_images[part])
        assert names == [CLASSES[label] for label in dataset.train_labels[part]]
        assert scored.tolist() == values[part].tolist()
    figure = reports.draw_contact_sheet(data)
    drawn = [picture.get_array() for picture in figure.axes[0].get_images()]
    for picture, image in zip(drawn, np.concatenate(data.images), strict=True):
        np.testing.assert_array_equal(picture, image[:, :, 0] if channels == 1 else image)
    text = shown(figure)
    assert "toy: 81 examples selected by p1\nin order of entropy [nats]" in text
    assert f"{data.scores[2][-1]:.3g}" in text


def test_contact_sheet_by_given_scores(dataset, entropies, features):
    selection = k_center(features, k=30)
    data = reports.contact_sheet_data(dataset, selection, n=3, scores=entropies)
    own = entropies.values[selection.indices]
    assert data.titles[0] == "easiest"
    assert np.concatenate([data.scores[0], data.scores[2]]).tolist() == sorted(own)[:3] + sorted(own)[-3:]
    by_distance = reports.contact_sheet_data(dataset, selection, n=3)
    assert by_distance.titles == ["lowest", "middle", "highest"]
    assert by_distance.scores[0].tolist() == sorted(selection.scores)[:3]


@pytest.mark.parametrize(("k", "n", "size"), [(1, 10, 1), (2, 10, 1), (8, 10, 2), (90, 23, 23)])
def test_contact_sheet_of_few_and_of_many(dataset, entropies, k, n, size):
    data = reports.contact_sheet_data(dataset, entropy_top(entropies, k=k), n=n)
    assert [len(part) for part in data.indices] == [size] * 3
    assert len(set(np.concatenate(data.indices).tolist())) == min(k, 3 * size)
    assert "middle" in shown(reports.draw_contact_sheet(data))


def test_contact_sheet_refuses(dataset, features, entropies):
    bare = random(features, k=9)
    with pytest.raises(InvalidInput, match="has no scores to order its images by: give scores, such as entropy"):
        reports.contact_sheet_data(dataset, bare)
    with pytest.raises(InvalidInput, match="have a row per example: give scores of one value"):
        reports.contact_sheet_data(dataset, bare, scores=features)
    with pytest.raises(InvalidInput, match="n=0 must be a whole number of at least 1"):
        reports.contact_sheet_data(dataset, entropy_top(entropies, k=9), n=0)


# the same data set, and all pictures


def test_scores_must_be_of_the_same_data_set(entropies, features, make):
    selection = entropy_top(entropies, k=9)
    with pytest.raises(InvalidInput, match=r"the scores are of toy \(digest other\), not of toy"):
        reports.histogram_data(make(entropies.values, dataset_digest="other"), selection)
    with pytest.raises(InvalidInput, match="the features are of the data set 'other', not of 'toy'"):
        reports.embedding_data(make(features.values, "features", dataset="other", dataset_digest=None), selection)
    with pytest.raises(InvalidInput, match="the scores are of 399 examples of toy, and the selection was taken from"):
        reports.histogram_data(make(np.ones(399), dataset_digest=None, labels=None), selection)
    with pytest.raises(InvalidInput, match="9 of 9 labels of the selection are not those of the scores"):
        reports.histogram_data(make(entropies.values, labels=np.full(N, 7)), selection)
    with pytest.raises(WrongType, match="a ndarray is given where a benchtools Scores is needed"):
        reports.histogram_data(entropies.values, selection)


def test_images_must_be_of_the_same_data_set(dataset, entropies, make):
    other = make_dataset(seed=1)
    for picture in (
        lambda: reports.class_balance_data(entropy_top(entropies, k=9), other),
        lambda: reports.contact_sheet_data(other, entropy_top(entropies, k=9)),
        lambda: reports.plot_selection(entropy_top(entropies, k=9), dataset=other),
    ):
        with pytest.raises(InvalidInput, match=f"not of toy .digest {other.digest[:12]}.: load the data set"):
            picture()
    unknown = {"dataset_digest": None}
    with pytest.raises(InvalidInput, match="is of the data set 'else', not of 'toy'"):
        reports.class_balance_data(entropy_top(make(entropies.values, dataset="else", **unknown), k=9), dataset)
    longer = entropy_top(make(np.arange(1.0, N + 6), labels=None, **unknown), k=9)
    with pytest.raises(InvalidInput, match="holds example 404, and toy has 400 training images"):
        reports.contact_sheet_data(dataset, longer)
    wrong = entropy_top(make(entropies.values, labels=(dataset.train_labels + 1) % 4, **unknown), k=9)
    with pytest.raises(InvalidInput, match="9 of 9 labels of the selection are not those of the data set toy"):
        reports.contact_sheet_data(dataset, wrong)
    with pytest.raises(WrongType, match="a str is given where a benchtools Dataset is needed"):
        reports.class_balance_data(wrong, "digits")


def test_plot_selection_draws_what_it_is_given(dataset, entropies, features, make):
    selection = entropy_top(entropies, k=9)
    names = ["histogram", "classes", "embedding", "contact"]
    assert list(reports.plot_selection(selection, scores=entropies, features=features, dataset=dataset)) == names
    assert list(reports.plot_selection(selection)) == ["classes"]
    assert list(reports.plot_selection(selection, scores=entropies)) == ["histogram", "classes"]
    assert list(reports.plot_selection(random(features, k=9), dataset=dataset)) == ["classes"]
    bare = random(make(features.values, "features", labels=None), k=9)
    with pytest.raises(InvalidInput, match="has no labels, so there is nothing to draw: give scores, features"):
        reports.plot_selection(bare)


def test_pictures_are_drawn_on_given_axes(dataset, entropies, features):
    selection = entropy_top(entropies, k=9)
    figure = Figure()
    axes = figure.subplots(2, 2).ravel()
    reports.draw_histogram(reports.histogram_data(entropies, selection), axes[0])
    reports.draw_class_balance(reports.class_balance_data(selection), axes[1])
    reports.draw_embedding(reports.embedding_data(features, selection), axes[2])
    assert reports.draw_contact_sheet(reports.contact_sheet_data(dataset, selection), ax=axes[3]) is figure
    assert all(ax.has_data() for ax in axes)
