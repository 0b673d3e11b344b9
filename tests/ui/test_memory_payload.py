"""What the widget of a grid that fills in is given: the words of the figures, and places that are shares of an axis."""

import json
import math
from dataclasses import replace

import pytest

from rnnviz import memory_grid
from rnnviz.figures.style import CAPTION_WIDTH, spoken
from rnnviz.history import NEVER
from rnnviz.memory_grid import REGIMES, VARIANTS, MemoryTask, cell_spec, grid_specs
from rnnviz.outcome import Outcome
from rnnviz.spec import TaskSpec
from rnnviz.ui.pages.memory.figures import Request, figure_of, grid_of
from rnnviz.ui.pages.memory.payload import live_grid

TASK = TaskSpec("adding", 10)
SPEC = cell_spec(TASK, VARIANTS[0], steps=100)
SO_FAR = Outcome(SPEC, (0, 50), ((1.0, 0.1), (1 / 6, math.nan), (0.1, 0.01)), (NEVER, NEVER, 50))


def asked(name: MemoryTask, **more: object) -> Request:
    specs = grid_specs(name)
    known = memory_grid.shipped()
    fixed = {"rows": REGIMES[name].usual, "columns": VARIANTS, "spec": specs[0], "chosen": (1, 2)}
    return Request("grid", specs[0].task, "light", **{**fixed, "cells": tuple(known[spec] for spec in specs), **more})  # type: ignore[arg-type]


def scores(cell: Outcome | str) -> Request:
    return Request("scores", TASK, "light", variant=VARIANTS[0], cells=(cell,), spec=SPEC)


def test_it_says_what_the_figure_says() -> None:
    sent = live_grid(asked("latch"), scores("waits"), "Waits.")
    figure = figure_of(asked("latch"))
    assert [cell["lines"] for cell in sent["cells"]] == [text.split("<br>") for text in figure.data[-1].text]  # type: ignore[attr-defined]
    assert "<br>".join(sent["said"]) == figure.layout.title.subtitle.text  # type: ignore[arg-type]
    assert sent["title"] == figure.layout.title.text
    assert sent["chosen"] == 1 * len(VARIANTS) + 2
    assert [cell["share"] for cell in sent["cells"]] == pytest.approx(figure.data[0].z.ravel().tolist())  # type: ignore[attr-defined]


def test_what_waits_has_no_share_and_no_curve() -> None:
    sent = live_grid(asked("latch", cells=("waits",) * 20), scores("waits"), "Waits.")
    assert {cell["share"] for cell in sent["cells"]} == {None}  # type: ignore[attr-defined]
    assert [run["points"] for run in sent["scores"]["runs"]] == [[]] * 3  # type: ignore[index]
    json.dumps(sent, allow_nan=False)


def test_places_of_losses_are_on_a_logarithmic_axis() -> None:
    """From half of 0.01 to twice 1: 0.1 is at log10(20) / log10(400), and what is no number has no place."""
    drawn = live_grid(asked("adding"), scores(SO_FAR), "50 of 100 updates.")["scores"]
    assert isinstance(drawn, dict)
    place = math.log(20) / math.log(400)
    assert drawn["runs"][0]["points"][1] == [0.5, pytest.approx(place, abs=1e-4)]
    assert [len(run["points"]) for run in drawn["runs"]] == [2, 1, 2]
    assert [run["solved"] for run in drawn["runs"]] == [False, False, True]
    assert {tick["text"]: tick["at"] for tick in drawn["ticks"]}["0.1"] == pytest.approx(place, abs=1e-4)
    assert [level["text"] for level in drawn["levels"]] == ["always predicting 1: 1/6", "solved: at most 0.01"]
    assert drawn["levels"][0]["at"] == pytest.approx(math.log(1 / 6 / 0.005) / math.log(400), abs=1e-4)
    assert drawn["said"] == ["Adding, T = 10.", "50 of 100 updates."]
    assert drawn["updates"] == [0, 50, 100]


@pytest.mark.parametrize("name", REGIMES)
def test_captions_of_grids_and_examples_fit_a_line_a_sentence(name: MemoryTask) -> None:
    _, _, said = grid_of(asked(name, made=f"Trained beforehand, {memory_grid.made_with()}"))
    example = figure_of(Request("example", TaskSpec(name, REGIMES[name].usual[-1]), "light"))
    said += example.layout.title.subtitle.text.split("<br>")
    assert max(len(spoken(line)) for line in said) <= CAPTION_WIDTH
    assert len(example.layout.title.subtitle.text.split("<br>")) == 3


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("latch", "Latch, T = 40: only LSTM, forget bias 3 solves it"),
        ("adding", "Adding, T = 50: 4 of 5 cells solve it"),
        ("copy", "Copy, T = 20: no cell solves it"),
        ("order", "Temporal order, T = 40: 3 of 5 cells solve it"),
    ],
)
def test_the_title_says_who_solves_the_farthest(name: MemoryTask, title: str) -> None:
    assert figure_of(asked(name)).layout.title.text == title


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("latch", "Latch, with every seed: no cell solves it at k = 1, all 5 solve it at k = 11"),
        ("adding", "Adding, with every seed: 4 of 5 solve it at k = 1, all 5 solve it at k = 10"),
        ("copy", "Copy: no cell solves it at k = 1 or at k = 25"),
        ("order", "Temporal order: no cell solves it at k = 1, all 5 solve it at k = 10"),
    ],
)
def test_the_title_of_windows_says_who_solves_it_with_the_shortest_and_the_whole(name: MemoryTask, found: str) -> None:
    task, specs, known = memory_grid.WINDOWED[name], memory_grid.window_specs(name), memory_grid.shipped()
    rows = memory_grid.windows(task)
    fixed = {"rows": rows, "columns": VARIANTS, "spec": specs[0], "chosen": (1, 2)}
    cells = tuple(known[spec] for spec in specs)
    title = figure_of(Request("windows", task, "light", cells=cells, **fixed)).layout.title.text  # type: ignore[arg-type]
    assert spoken(title).replace("\N{NO-BREAK SPACE}", " ") == found


def test_a_title_of_all_seeds_and_of_a_grid_that_fills() -> None:
    some = replace(SO_FAR, solved_at=(NEVER, 50, 50))
    row = {"rows": (10,), "columns": VARIANTS[:2]}
    assert figure_of(asked("adding", **row, cells=(SO_FAR, some))).layout.title.text == (
        "Adding, T = 10: no cell solves it with every seed"
    )
    waiting = figure_of(asked("adding", **row, cells=(SO_FAR, "waits")))
    assert waiting.layout.title.text == "Which cells solve the adding task, by distance"
