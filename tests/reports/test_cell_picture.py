"""Pictures of cells: what they show as data; that no text meets another text or a line that is not its own."""

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from benchtools.reports import cell_data, draw_arch, draw_cell
from benchtools.spaces import ZOO13_OPERATIONS, Zoo13, ZooCell

SPACE = Zoo13()
RANDOM = [SPACE.arch(index).normal for index in SPACE.sample(8, rng=21)]
LONGEST = "conv_1x7_7x1"
CHAIN = ZooCell([((LONGEST, node + 1), (LONGEST, node + 1)) for node in range(5)])
WIDE = ZooCell([((LONGEST, 0), (LONGEST, 1))] * 5)
CELLS = [*RANDOM, CHAIN, WIDE]


def depth(cell, state):
    """Return the longest way from an input, written as a recursion."""
    return 0 if state < 2 else 1 + max(depth(cell, source) for _, source in cell.nodes[state - 2])


@pytest.mark.parametrize("cell", CELLS)
def test_data_are_the_edges_of_the_cell(cell):
    data = cell_data(cell)
    operations = [edge[:3] for edge in data.edges if edge.target < 7]
    assert operations == [(s, node + 2, name) for node, pair in enumerate(cell.nodes) for name, s in pair]
    assert [edge[:3] for edge in data.edges if edge.target == 7] == [(state, 7, "") for state in range(2, 7)]
    assert len(data.edges) == 15
    assert data.depths[:7] == [depth(cell, state) for state in range(7)]
    assert data.labels == ["$h_{k-2}$", "$h_{k-1}$", "0", "1", "2", "3", "4", "output"]


@pytest.mark.parametrize("cell", CELLS)
def test_positions_leave_each_its_place(cell):
    """Every edge leads to the right, every node has a row, every edge a lane; edge A is above edge B."""
    data = cell_data(cell)
    x, y = zip(*data.positions, strict=True)
    assert x[0] == x[1] < min(x[2:])
    assert max(x[:7]) < x[7] < data.width
    assert len(set(y[2:7])) == 5
    assert 0 < min(y) <= max(y) < data.height
    lanes = [edge.label_at[1] for edge in data.edges]
    assert len(set(lanes)) == 15
    for first, second in zip(lanes[:10:2], lanes[1:10:2], strict=True):
        assert first > second
    for edge in data.edges:
        assert x[edge.source] <= edge.label_at[0] < x[edge.target]


def test_rows_follow_the_nodes_where_nothing_speaks_against_it():
    rows = [y for _, y in cell_data(WIDE).positions[2:7]]
    assert rows == sorted(rows, reverse=True)


@pytest.mark.parametrize("cell", CELLS)
def test_no_text_meets_another_or_a_foreign_line(cell):
    """An operation stands on the line of its own edge; every other line keeps away from it."""
    figure = draw_cell(cell)
    figure.canvas.draw()
    (ax,) = figure.axes
    boxes = [text.get_window_extent() for text in ax.texts]
    assert sorted(text.get_text() for text in ax.texts) == sorted(
        [name for node in cell.nodes for name, _ in node] + cell_data(cell).labels
    )
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    inside = figure.bbox
    assert all(inside.contains(*corner) for box in boxes for corner in (box.min, box.max))
    lines = [
        [Path(way) for way in arrow.get_path().transformed(ax.transData).to_polygons(closed_only=False)]
        for arrow in ax.patches
        if isinstance(arrow, FancyArrowPatch)
    ]
    assert len(lines) == 15
    for text, box in zip(ax.texts, boxes, strict=True):
        if text.get_rotation() == 0:  # the output's name stands on its bar
            n_met = sum(any(way.intersects_bbox(box, filled=False) for way in line) for line in lines)
            assert n_met == (text.get_text() in ZOO13_OPERATIONS), f"{n_met} lines meet {text.get_text()!r}"


def test_two_edges_between_the_same_states_are_drawn_apart():
    for first, second in zip(cell_data(CHAIN).edges[:10:2], cell_data(CHAIN).edges[1:10:2], strict=True):
        assert first[:3] == second[:3]
        assert first.label_at[1] - second.label_at[1] > 0.3  # inches


def test_drawing_on_given_axes_scales_the_text():
    figure = Figure(figsize=(4, 2))
    ax = figure.add_subplot()
    assert draw_cell(CHAIN, ax) is figure
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert max(text.get_size() for text in ax.texts) < 5


def test_an_architecture_shows_both_cells():
    arch = SPACE.arch(SPACE.sample(1, rng=3)[0])
    figure = draw_arch(arch)
    normal, reduction = figure.axes
    for ax, cell, title in ((normal, arch.normal, "normal cell"), (reduction, arch.reduction, "reduction cell")):
        texts = [text.get_text() for text in ax.texts]
        assert texts[:10] == [name for node in cell.nodes for name, _ in node]
        assert texts[-1] == title
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert buffer.getvalue().startswith(b"\x89PNG")
    boxes = [text.get_window_extent() for ax in figure.axes for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    scales = [np.diff(ax.transData.transform([(0, 0), (1, 1)]), axis=0) for ax in figure.axes]
    np.testing.assert_allclose(*scales)
