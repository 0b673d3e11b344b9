"""What is saved of a training that goes on: the points that are drawn, and the scores that are known."""

import numpy as np
import pandas as pd
import pytest

from rnnviz import clipping
from rnnviz.analysis import Course, course
from rnnviz.memory_grid import VARIANTS
from rnnviz.outcome import Outcome
from rnnviz.ui.pages.memory.tables import trained
from rnnviz.ui.shell import saving
from rnnviz.ui.widgets import live_files, live_view
from tests.figures.test_thresholds import made as swept
from tests.ui.test_memory_payload import SO_FAR, asked, scores


@pytest.fixture(scope="module")
def usual() -> tuple[Course, Course]:
    bare, clipped = (course(history) for history in clipping.shipped_pair())
    return bare, clipped


def test_curves_are_those_of_the_training(usual: tuple[Course, Course]) -> None:
    pictures = live_view.training_pictures(usual, beside=False, logarithmic=True)
    table = live_files.drawn(pictures.values())
    drawn = pictures["loss.0"]
    assert table["picture"].nunique() == len(pictures)
    first = table[table["picture"] == table["picture"][0]]
    for line, arm in zip(drawn.lines, usual, strict=True):
        points = first[(first["curve"] == line.name) & (first["what"] == "curve")]
        known = {int(update): float(loss) for update, loss in zip(arm.update, arm.loss[0], strict=True)}
        assert len(points) > 20
        for update, loss in zip(points["x"], points["y"], strict=True):
            assert np.float32(known[int(update)]) == pytest.approx(np.float32(loss), nan_ok=True)
        others = {what: part["y"].to_numpy() for what, part in first[first["curve"] == line.name].groupby("what")}
        low, high = others["smallest of all seeds"], others["largest of all seeds"]
        assert len(low) == len(high) == line.band.shape[1]
        both = np.isfinite(low) & np.isfinite(high)
        assert (low[both] <= high[both]).all()


def test_marks_of_other_seeds_are_named(usual: tuple[Course, Course]) -> None:
    pictures = live_view.training_pictures(usual, beside=False, logarithmic=True)
    key, *_ = [name for name, one in pictures.items() if not one.joined and name != "answers"]
    table = live_files.drawn([pictures[key]])
    others = len(pictures[key].lines[0].band)
    assert others
    assert set(table["what"]) == {"curve", *(f"other seed {k + 1}" for k in range(others))}


def test_a_sweep() -> None:
    sweep = live_view.sweep_picture([swept()])
    table = live_files.drawn([sweep])
    assert table["curve"].unique().tolist() == [line.name for line in sweep.lines]


def test_nothing_yet_is_a_table_without_rows() -> None:
    assert list(live_files.drawn([]).columns) == ["picture", "curve", "what", "x", "y"]


def test_a_grid_that_fills_in() -> None:
    whole = asked("latch")
    cells = list(whole.cells)
    cells[1 * len(VARIANTS) + 2] = "50 of\n100"
    cells[0] = "waits"
    table = trained(asked("latch", cells=tuple(cells)), scores(SO_FAR))
    looked_at = table[table["state"] == "50 of 100"]
    assert looked_at["distance T"].unique().tolist() == [str(whole.rows[1])]
    assert looked_at["cell"].unique().tolist() == [VARIANTS[2].label]
    pairs = [(at, score) for row in SO_FAR.scores for at, score in zip(SO_FAR.measured_at, row, strict=True)]
    np.testing.assert_array_equal(looked_at[["updates", "score"]].to_numpy(float), np.array(pairs))
    assert looked_at["solved at"].dropna().unique().tolist() == [50]
    assert table[table["state"] == "waits"]["score"].isna().all()
    done = table[table["state"] == "done"]
    outcomes = [cell for cell in cells if isinstance(cell, Outcome)]
    assert len(done) == sum(len(row) for outcome in outcomes for row in outcome.scores)
    assert done["score"].tolist() == [score for outcome in outcomes for row in outcome.scores for score in row]


def test_what_was_kept_is_saved_though_the_menu_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    menus: list[saving.Saved] = []
    monkeypatch.setattr(saving, "widget_menu", lambda saved, _: menus.append(saved))
    monkeypatch.setattr(live_files.frame, "theme", lambda: "light")
    monkeypatch.setattr(live_files.st, "session_state", {})
    live_files.keep("live", {}, lambda: pd.DataFrame({"x": [1]}))
    for of in ("a training", "a training", "another"):
        live_files.menu("live_curves", "live", "So far", of=of, code=str)
    assert [len(menu.numbers()) for menu in menus] == [1, 1, 0]
