"""A cell of the random zoo as a graph: inputs left, nodes by depth, output right; no line runs through a text."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle
from matplotlib.path import Path

from benchtools.reports._style import colours, finish, styled
from benchtools.spaces import ZooArch, ZooCell

__all__ = ["CellData", "CellEdge", "cell_data", "draw_arch", "draw_cell"]

# inches at natural size; a column is: room for lines to change lanes, an operation's name, an arrow, a node
TURN, NAME, ARROW, RADIUS = 0.75, 1.05, 0.3, 0.16
COLUMN = TURN + NAME + ARROW + 2 * RADIUS
ROW, LANE = 0.74, 0.19  # between nodes; from a node to either of its lanes
MARGIN, BAR, INPUT_HALF, TITLE = 0.45, 0.3, 0.25, 0.2
NAME_SIZE, STATE_SIZE = 9.0, 10.0  # points
N_INPUTS = 2


class CellEdge(NamedTuple):
    """An operation on the way from one state to another; its name stands at ``label_at``, on a line of its own."""

    source: int
    target: int
    label: str
    label_at: tuple[float, float]


class CellData(NamedTuple):
    """What the picture of a cell shows, in inches: states 0 and 1 are the inputs, 2 to 6 the nodes, 7 the output."""

    positions: list[tuple[float, float]]
    labels: list[str]
    depths: list[int]
    edges: list[CellEdge]
    width: float
    height: float


def cell_data(cell: ZooCell) -> CellData:
    """Return where the states and edges of a cell are drawn.

    The column of a node is its depth, the longest way from an input. Each node has a row of its own, and each edge a
    lane of its own in the row of its target: a line leaves its source, changes to its lane in the free room right of
    the source, and meets no other node or name from there on. The rows are in the order, of all 120, that makes the
    lines go up and down least.

    Returns
    -------
    CellData
        Ten edges between states, edge A above edge B, and one without a label from each node to the output.

    Examples
    --------
    >>> from benchtools.spaces import ZooCell
    >>> data = cell_data(ZooCell.parse(":".join(["conv_3x3~0+identity~1"] * 5)))
    >>> data.depths, data.edges[0].label
    ([0, 0, 1, 1, 1, 1, 1, 2], 'conv_3x3')
    """
    n_nodes = len(cell.nodes)
    depths = [0, 0]
    for node in cell.nodes:
        depths.append(1 + max(depths[source] for _, source in node))
    depths.append(1 + max(depths))
    middle = (n_nodes - 1) / 2
    heights = min(
        ([(middle + 1) * ROW, (middle - 1) * ROW, *(row * ROW for row in rows), middle * ROW]
         for rows in permutations(range(n_nodes - 1, -1, -1))),
        key=lambda heights: round(_climb(cell, heights), 6),
    )  # fmt: skip
    positions = [(MARGIN + depth * COLUMN, MARGIN + height) for depth, height in zip(depths, heights, strict=True)]
    positions[-1] = (positions[-1][0] - NAME - ARROW, positions[-1][1])  # no names before the output
    edges = []
    for target, node in enumerate(cell.nodes, start=N_INPUTS):
        x, y = positions[target]
        for (operation, source), side in zip(node, (1, -1), strict=True):
            edges.append(CellEdge(source, target, operation, (x - RADIUS - ARROW - NAME / 2, y + side * LANE)))
    output = n_nodes + N_INPUTS
    edges += [CellEdge(state, output, "", positions[state]) for state in range(N_INPUTS, output)]
    labels = ["$h_{k-2}$", "$h_{k-1}$", *map(str, range(n_nodes)), "output"]
    return CellData(positions, labels, depths, edges, positions[-1][0] + MARGIN, (n_nodes - 1) * ROW + 2 * MARGIN)


def draw_cell(cell: ZooCell, ax: Axes | None = None) -> Figure:
    """Draw a cell and return the figure, a new one of fitting size unless `ax` is given.

    A circle is a node, the sum of its two edges; the bar is the output, the concatenation of all nodes (grey lines).
    The colour of a line is that of the state that it comes from.
    """
    data = cell_data(cell)
    with styled():
        if ax is None:
            figure = Figure(figsize=(data.width, data.height))
            ax = figure.add_axes((0, 0, 1, 1))
        _draw(data, ax)
        return finish(ax)


def draw_arch(arch: ZooArch) -> Figure:
    """Draw the normal cell above the reduction cell and return the figure."""
    cells = {"normal cell": cell_data(arch.normal), "reduction cell": cell_data(arch.reduction)}
    width = max(data.width for data in cells.values())
    with styled():
        height = sum(data.height + TITLE for data in cells.values())
        figure = Figure(figsize=(width, height))
        top = height
        for title, data in cells.items():
            top -= data.height + TITLE
            ax = figure.add_axes((0, top / height, data.width / width, data.height / height))
            _draw(data, ax)
            ax.text(0.1, data.height, title, ha="left", va="center", weight="bold")
        return figure


def _climb(cell: ZooCell, heights: list[float]) -> float:
    """How far the lines go up and down, and how often two to the same column change places."""
    ends = [
        (heights[source], heights[target] + side * LANE)
        for target, node in enumerate(cell.nodes, start=N_INPUTS)
        for (_, source), side in zip(node, (1, -1), strict=True)
    ]
    crossings = sum((a - c) * (b - d) < 0 for place, (a, b) in enumerate(ends) for c, d in ends[:place])
    return sum(abs(a - b) for a, b in ends) + ROW * crossings


def _draw(data: CellData, ax: Axes) -> None:
    ax.set(xlim=(0, data.width), ylim=(0, data.height), aspect="equal")
    ax.axis("off")
    box = ax.get_window_extent()
    dpi = finish(ax).dpi
    scale = min(box.width / data.width, box.height / data.height) / dpi  # smaller axes get smaller text
    palette = colours(len(data.positions))
    *states, (bar_x, bar_y) = data.positions
    for edge in data.edges:
        colour = palette[edge.source] if edge.label else "0.7"
        arrow = FancyArrowPatch(
            path=_way(data, edge), arrowstyle="-|>", mutation_scale=9 * scale, color=colour, linewidth=1.3 * scale,
            zorder=2 if edge.label else 1, shrinkA=0, shrinkB=0, capstyle="butt",
        )  # fmt: skip
        ax.add_patch(arrow)
        if edge.label:
            shape = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            ax.text(*edge.label_at, edge.label, ha="center", va="center", size=NAME_SIZE * scale, bbox=shape, zorder=3)
    for state, (x, y) in enumerate(states):
        if state >= N_INPUTS:
            ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor=palette[state], linewidth=1.6 * scale))
        ax.text(x, y, data.labels[state], ha="center", va="center", size=STATE_SIZE * scale, zorder=4)
    length = data.height - 2 * (MARGIN - LANE - 0.08)
    ax.add_patch(Rectangle((bar_x - BAR / 2, bar_y - length / 2), BAR, length, facecolor="0.93", edgecolor="0.5"))
    ax.text(bar_x, bar_y, data.labels[-1], ha="center", va="center", rotation=90, size=STATE_SIZE * scale, zorder=4)


def _way(data: CellData, edge: CellEdge) -> Path:
    """Return the way of a line: into its lane in the room right of its source, along the lane, into its target."""
    x, y = data.positions[edge.source]
    end_x, end_y = data.positions[edge.target]
    x += RADIUS if edge.source >= N_INPUTS else INPUT_HALF
    if not edge.label:
        return Path([(x, y), (end_x - BAR / 2, y)], [Path.MOVETO, Path.LINETO])
    lane = edge.label_at[1]
    turned, entry = x + TURN - (INPUT_HALF - RADIUS), end_x - RADIUS - ARROW
    corner = RADIUS / 2**0.5
    tip = (end_x - corner, end_y + (corner if lane > end_y else -corner))
    middle = (x + turned) / 2
    points = [(x, y), (middle, y), (middle, lane), (turned, lane), (entry, lane)]
    points += [(entry + ARROW / 2, lane), (tip[0] - corner, tip[1] + (tip[1] - end_y)), tip]
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve])
