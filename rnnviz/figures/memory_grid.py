"""What many trainings came to, in a grid with the numbers in its cells; the scores of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.gradients import CELL_SHAPES
from rnnviz.figures.table import listed
from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme, network_color

LINE: Final = 20
"""Pixels of a line of text in a cell."""

FEWEST: Final = 3
"""Lines that a cell has room for, so that the grid keeps its size while it fills."""

LABEL_LINE: Final = 18
"""Pixels of a line of the columns' labels, which stand above the grid: below it they are soon out of sight."""

AXIS_TITLE: Final = 24
"""Pixels of the columns' title."""

BELOW: Final = 16
"""Pixels below the grid."""

KEYS: Final = (
    "✓ updates until solved; ✗ not solved: the last accuracy.",
    "✓ updates until solved; ✗ not solved: the last loss.",
)
"""What the signs in the cells mean, where the score is an accuracy and where it is a loss."""


@dataclass(frozen=True)
class Grid:
    """Trainings in rows and columns, the first row at the top; ``down`` and ``across`` say what rows and columns are.

    In ``cells``, by row and column, a text stands where there is no outcome yet; ``losses``: whether scores are losses.

    >>> from rnnviz import figures
    >>> figures.Grid(("GRU", "LSTM"), ("10", "20"), "cell", "distance", cells=(("", ""), ("", ""))).losses
    False
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    down: str
    across: str
    cells: tuple[tuple[Outcome | str, ...], ...]
    losses: bool = False


def outcome_grid(
    grid: Grid,
    title: str,
    *,
    chosen: tuple[int, int] | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Which trainings solved their task, after how many updates, a line a seed; ``chosen`` is a cell to mark.

    The marks of the last trace of the figure, row by row, are what can be clicked.

    >>> from rnnviz import clipping, figures
    >>> from rnnviz.outcome import outcome
    >>> unclipped, clipped = map(outcome, clipping.shipped_pair())
    >>> columns = ("unclipped", "clipped")
    >>> grid = figures.Grid(("RNN",), columns, "cell", "clipping", ((unclipped, clipped),), losses=True)
    >>> figure = figures.outcome_grid(grid, "With clipping and without")
    >>> figure.data[0].type
    'heatmap'
    """
    lines = max(
        len(cell_lines(cell)) if isinstance(cell, str) else len(cell.spec.seeds) for row in grid.cells for cell in row
    )
    figure = sheet.begin(
        title,
        {**_categories(grid.across, grid.columns), "side": "top", "title": {"text": grid.across, "standoff": 4}},
        {**_categories(grid.down, grid.rows), "range": [len(grid.rows) - 0.5, -0.5]},
        theme,
        dragmode=False,
        plot_bgcolor=GROUNDS[theme]["panel"],
    )
    share = np.array([[cell_share(cell) for cell in row] for row in grid.cells], np.float32)
    figure.add_trace(
        go.Heatmap(
            x=grid.columns, y=grid.rows, z=share, colorscale=style.scale(SEQUENTIAL[theme]), zmin=0, zmax=1, xgap=4,
            ygap=4, showscale=False, hoverinfo="skip", meta="grey",
        )
    )  # fmt: skip
    figure.add_trace(_marks(grid, share, theme))
    if chosen is not None:
        (row, column), ink = chosen, GROUNDS[theme]["ink"]
        ends = {"x0": column - 0.48, "x1": column + 0.48, "y0": row - 0.48, "y1": row + 0.48}
        figure.add_shape(type="rect", **ends, line={"color": ink, "width": 3})
    labels = LABEL_LINE * max(label.count("<br>") + 1 for label in figure.layout.xaxis.ticktext)
    heard = _heard(grid, title, caption)
    sheet.finish(figure, [KEYS[grid.losses], *caption], theme, alt=heard, headroom=AXIS_TITLE + labels)
    rows = len(grid.rows) * (14 + LINE * max(lines, FEWEST))
    return figure.update_layout(height=figure.layout.margin.t + rows + BELOW, margin={"b": BELOW})


def is_loss(outcome: Outcome) -> bool:
    """Whether less is better: the score of adding is its loss."""
    return outcome.spec.task.name == "adding"


def _categories(title: str, labels: Sequence[str]) -> dict[str, object]:
    """An axis of labels, each on as many lines as it has parts."""
    shown = [style.label(label, 40).replace(", forget ", "<br>forget<br>") for label in labels]
    ticks = {"tickvals": list(labels), "ticktext": shown, "ticks": "", "tickangle": 0, "tickfont": {"size": 14}}
    order = {"type": "category", "categoryarray": list(labels), "range": [-0.5, len(labels) - 0.5]}
    quiet = {"showgrid": False, "zeroline": False, "showline": False, "fixedrange": True}
    return style.axis(title, **order, **ticks, **quiet)


def cell_share(cell: Outcome | str) -> float:
    """The share of its seeds that have solved their task; NaN where there is no outcome yet."""
    return np.nan if isinstance(cell, str) else cell.solved / len(cell.spec.seeds)


def cell_lines(cell: Outcome | str) -> list[str]:
    """What stands in a cell: a line a seed, or the words in its place."""
    if isinstance(cell, str):
        return cell.split("\n")
    ends = zip(cell.solved_at, cell.last, strict=True)
    return [f"✓ {at}" if at != NEVER else f"✗ {_score(cell, score)}" for at, score in ends]


def _score(outcome: Outcome, score: float) -> str:
    if np.isnan(score):
        return "NaN"
    return style.digits(score, 2) if is_loss(outcome) else f"{score:.0%}"


def _marks(grid: Grid, share: np.ndarray, theme: Theme) -> go.Scatter:
    """The texts, on invisible squares that can be hovered and clicked."""
    places = [(row, column) for row in range(len(grid.rows)) for column in range(len(grid.columns))]
    cells = [grid.cells[row][column] for row, column in places]
    return go.Scatter(
        x=[grid.columns[column] for _, column in places],
        y=[grid.rows[row] for row, _ in places],
        mode="markers+text",
        marker={"symbol": "square", "size": 58, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        text=["<br>".join(cell_lines(cell)) for cell in cells],
        textfont={"size": 14, "color": [ink_on(share[place], theme) for place in places]},
        hovertext=[_in_words(cell) for cell in cells],
        hovertemplate=f"%{{x}}, {grid.down} %{{y}}<br>%{{hovertext}}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        meta=listed(y="", x="", hovertext="outcome"),
        showlegend=False,
        cliponaxis=False,
    )


def ink_on(share: float, theme: Theme) -> str:
    """The colour of text that stands out from its cell."""
    ground = GROUNDS[theme]
    dark = share > 0.8 if theme == "light" else share > 0.6
    return ground["background"] if dark else ground["ink"]


def _in_words(cell: Outcome | str) -> str:
    """What a cell says, in a sentence."""
    return cell.replace("\n", " ") if isinstance(cell, str) else told(cell)


def told(outcome: Outcome) -> str:
    """How the runs ended, in words."""
    count, seeds = outcome.solved, outcome.spec.seeds
    steps = f"{outcome.measured_at[-1]:,} updates"
    solved = [f"{at}" for at in outcome.solved_at if at != NEVER]
    if count == len(seeds):
        return f"Solved by all {count} seeds, after {_joined(solved)} updates."
    reached = [_score(outcome, score) for at, score in zip(outcome.solved_at, outcome.last, strict=True) if at == NEVER]
    what = "a loss" if is_loss(outcome) else "an accuracy"
    left = f"{what} of {_joined(reached)} after {steps}"
    return (
        f"Not solved: {left}."
        if not count
        else f"Solved by {count} of {len(seeds)}, after {_joined(solved)}; else {left}."
    )


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _heard(grid: Grid, title: str, caption: Sequence[str]) -> str:
    cells = [
        f"{column}, {grid.down} {row}: {_in_words(cell)}"
        for row, line in zip(grid.rows, grid.cells, strict=True)
        for column, cell in zip(grid.columns, line, strict=True)
    ]
    return f"{title}. {' '.join(caption)} {' '.join(cells)}"


# --- The scores of one training over its updates ---


DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
"""Of each seed's curve."""

SCORES: Final = ("accuracy on held-out data", "loss on held-out data")
"""What the score is called, where it is an accuracy and where it is a loss."""


def score_curves(
    outcome: Outcome,
    name: str,
    *,
    baseline: float,
    chance: str,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The score of every run of a training over its updates, with its goal; on a logarithmic axis if it is a loss.

    ``name`` is the title: what was trained. ``baseline`` is the score without memory, ``chance`` what that is called.

    >>> from rnnviz import clipping, figures
    >>> from rnnviz.outcome import outcome
    >>> unclipped, clipped = map(outcome, clipping.shipped_pair())
    >>> figure = figures.score_curves(clipped, "RNN", baseline=1 / 6, chance="always predicting 1")
    >>> figure.data[0].type
    'scatter'
    """
    figure = sheet.begin(
        name,
        style.axis("updates", range=[-0.02 * outcome.spec.steps, 1.03 * outcome.spec.steps], zeroline=False),
        _score_axis(outcome, baseline),
        theme,
        height=460,
    )
    color = network_color(theme, outcome.spec.model.cell, outcome.spec.model.initialisation)
    for run, (seed, scores) in enumerate(zip(outcome.spec.seeds, outcome.scores, strict=True)):
        figure.add_trace(
            go.Scatter(
                x=np.array(outcome.measured_at[: len(scores)]), y=np.array(scores, np.float32), name=f"seed {seed}",
                mode="lines+markers", line={"color": color, "dash": DASHES[run % len(DASHES)], "width": 2.5},
                marker={"symbol": _ends(outcome, run), "size": 9, "color": color, "maxdisplayed": 16},
                hovertemplate=f"seed {seed}, %{{x}} updates: %{{y:.4~g}}<extra></extra>",
                meta=listed(wide=True, x="", y=""),
            )
        )  # fmt: skip
    figure.add_hline(y=baseline, line={"color": GROUNDS[theme]["soft"], "dash": "dash", "width": 2})
    levels = f"Dashed: {chance.replace(':', ',')}"
    if outcome.spec.goal is not None:
        figure.add_hline(y=outcome.spec.goal, line={"color": GROUNDS[theme]["good"], "dash": "dot", "width": 2})
        levels = f"{levels}; dotted: {goal_said(outcome).replace(':', ',')}"
    sheet.legend_below(figure, room=104)
    return sheet.finish(figure, [*caption, told(outcome), f"{levels}."], theme)


def goal_said(outcome: Outcome) -> str:
    """The score from which on a run has solved its task."""
    goal = outcome.spec.goal or 0.0
    return f"solved: at most {style.digits(goal)}" if is_loss(outcome) else f"solved: above {goal:.1%}"


def score_span(outcome: Outcome, baseline: float) -> tuple[float, float]:
    """The lowest and the highest score on an axis."""
    if not is_loss(outcome):
        return 0.0, 1.09
    known = [score for scores in outcome.scores for score in scores if 0 < score < np.inf]
    return min([*known, outcome.spec.goal or baseline]) / 2, 2 * max([*known, baseline])


def _score_axis(outcome: Outcome, baseline: float) -> dict[str, object]:
    low, high = score_span(outcome, baseline)
    if is_loss(outcome):
        return style.log_axis(f"{SCORES[True]} (log)", low, high)
    return style.axis(SCORES[False], range=[low, high], tickformat=".0%", dtick=0.25)


def _ends(outcome: Outcome, run: int) -> list[str]:
    """A star where a run has solved the task."""
    shape = CELL_SHAPES[outcome.spec.model.cell]
    last = "star" if outcome.solved_at[run] != NEVER else shape
    return [shape] * (len(outcome.scores[run]) - 1) + [last]
