"""The code behind the page "Interventions" gives what the page shows."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.ui.pages.interventions import code, grid, held, probing, running, units, view
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.widgets import heatmaps
from tests.ui.codegen.running import assert_same, drawn, run

BRACKETS = changed(DEFAULT, cell="lstm", trained="brackets")
REVIEW = changed(DEFAULT, cell="lstm", trained="reviews-bilstm")
UNTRAINED = changed(DEFAULT, cell="rnn", input="words", words="a b c d e", hidden_size=5, output_size=2, num_layers=2)
SHOWN: list[tuple[Selection, str]] = [
    (BRACKETS, "clamp:c@0:u10=-1;patch:h@0:u1.2:t8-9=end;steer:h@0:t20=2*pc1"),
    (BRACKETS, "ablate:f@0:u1:t3-9=resample;ablate:h@0:u3=mean;steer:c@0=1*means0-4/10-14;steer:c@0:u2=0.5"),
    (REVIEW, "clamp:h@0r:u3:t1-4=0;ablate:c@0=zero"),
    (UNTRAINED, "clamp:h@1:u3:t2=0.25"),
    (changed(DEFAULT, cell="lstm", trained="latch"), "clamp:c@0:t3=0"),
]


@pytest.mark.parametrize(("selection", "acts"), SHOWN)
def test_states_and_outputs(selection: Selection, acts: str) -> None:
    seen = running.asked(changed(selection, interventions=acts))
    seen = replace(seen, layer=seen.model.num_layers - 1)
    names = run(code.states(seen, "h"))
    before, after, difference = view.values(seen, "h")
    (page,) = names["views"]
    for panel, wanted in zip(page._picture.panels, (before, after, difference), strict=True):
        np.testing.assert_allclose(panel.values, wanted, atol=1e-5)
    assert np.abs(difference).max() > 1e-3
    assert_same(drawn(code.output(seen, 1, 2)), code.output_figure(seen, 1, 2, "light"), atol=1e-5)
    assert before.shape == after.shape


@pytest.mark.parametrize(
    ("selection", "signal", "act"),
    [
        (BRACKETS, "h", "clamp:h@0:u2:t3=-22"),
        (BRACKETS, "c", "clamp:c@0:u2:t3=-500"),
        (BRACKETS, "f", "clamp:f@0:u2:t3=1.5"),
        (replace(UNTRAINED, model=replace(UNTRAINED.model, nonlinearity="relu")), "h", "clamp:h@0:u2:t3=-22"),
        (BRACKETS, "h", "clamp:h@0:u2:t3=0.5"),
    ],
)
def test_colors_end_where_those_of_the_page_do(selection: Selection, signal: str, act: str) -> None:
    seen = running.asked(changed(selection, interventions=act))
    (page,) = run(code.states(seen, signal))["views"]
    shown = view.payload(seen, signal, None)["panels"]
    assert isinstance(shown, list)
    for panel, wanted in zip(page._picture.panels, shown, strict=True):
        got = heatmaps.facts(panel)
        assert got["most"] == pytest.approx(wanted["most"], rel=1e-5)
        assert got["outside"] == (None if wanted["outside"] is None else pytest.approx(wanted["outside"], rel=1e-5))
        assert got["limits"] == (None if wanted["limits"] is None else pytest.approx(wanted["limits"], rel=1e-5))


def test_another_text() -> None:
    chosen = replace(changed(BRACKETS, interventions="patch:h@0:t40=end"), entries=((running.OTHER, '((it\'s) "a")'),))
    seen = running.asked(chosen)
    assert_same(drawn(code.output(seen, 0, 0)), code.output_figure(seen, 0, 0, "light"), atol=1e-5)


@pytest.mark.parametrize(
    "selection",
    [BRACKETS, UNTRAINED, changed(DEFAULT, cell="gru", trained="latch"), changed(REVIEW, words="Not bad at all!")],
)
def test_the_grid(selection: Selection) -> None:
    seen = running.asked(selection)
    assert_same(
        drawn(grid.script_of(seen, "signals", "h", "last")), grid.figure_of(seen, "signals", "h", "last", "light"),
        atol=1e-5,
    )  # fmt: skip


def test_each_unit() -> None:
    seen = held.relevant(changed(DEFAULT, cell="gru", trained="parity"))
    assert_same(drawn(units.script_of(seen, "h", (3,))), units.figure_of(seen, "h", (3,), "light"), atol=1e-5)


def test_a_grid_whose_columns_are_several_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_COLUMNS", 4)
    seen = running.asked(changed(BRACKETS, words="f(x, (y))"))
    assert grid.grid_of(seen, "units", "c").width == 3
    assert_same(
        drawn(grid.script_of(seen, "units", "c", "all")), grid.figure_of(seen, "units", "c", "all", "light"), atol=1e-5
    )


def test_probes() -> None:
    seen = held.relevant(changed(DEFAULT, cell="lstm", trained="latch"))
    shown = probing.accuracy_figure(seen, "first", "light")
    assert_same(drawn(probing.accuracy_script(seen, "first")), shown, atol=0.01)
    towards = probing.Towards("first", ("c", 0, "forward"), "yes")
    shown = probing.direction_figure(seen, towards, (3,), "light")
    assert_same(drawn(probing.direction_script(seen, towards, (3,))), shown, atol=1e-3)


def test_steering_along_a_probe() -> None:
    chosen = changed(DEFAULT, cell="gru", trained="latch", interventions="steer:h@0:t9=3*probe.first.yes")
    seen = running.asked(chosen)
    names = run(code.states(seen, "h"))
    np.testing.assert_allclose(names["changed"] - names["before"], view.values(seen, "h")[2], atol=1e-3)
    assert_same(drawn(code.output(seen, 1, 2)), code.output_figure(seen, 1, 2, "light"), atol=1e-3)
