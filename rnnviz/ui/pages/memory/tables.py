"""The numbers that are saved of the grid of the page "Memory"."""

import pandas as pd

from rnnviz.history import NEVER
from rnnviz.outcome import Outcome
from rnnviz.ui.pages.memory.figures import Request, grid_of


def trained(request: Request, scores: Request) -> pd.DataFrame:
    """Every score of every training of a grid that is known.

    Returns:
        A row a measurement of a seed; of a training that is not done, its state, and its scores so far only if it is
        selected.
    """
    found, _, _ = grid_of(request)
    rows: list[dict[str, object]] = []
    for r, row in enumerate(found.rows):
        for c, column in enumerate(found.columns):
            cell = found.cells[r][c]
            place = {found.down: row, found.across: column}
            seen = scores.cells[0] if (r, c) == request.chosen and not isinstance(cell, Outcome) else cell
            stands = "done" if isinstance(cell, Outcome) else cell.replace("\n", " ")
            rows += [{**place, "state": stands, **one} for one in _measured(seen)]
    columns = [found.down, found.across, "state", "seed", "updates", "score", "solved at"]
    return pd.DataFrame(rows, columns=columns)


def _measured(outcome: Outcome | str) -> list[dict[str, object]]:
    if isinstance(outcome, str):
        return [{}]
    return [
        {"seed": seed, "updates": at, "score": score, "solved at": None if solved == NEVER else solved}
        for seed, scores, solved in zip(outcome.spec.seeds, outcome.scores, outcome.solved_at, strict=True)
        for at, score in zip(outcome.measured_at, scores, strict=False)
    ]
