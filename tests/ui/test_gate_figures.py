"""What the figures of the page of gates depend on, whom they are of, and whether its prose says what they show."""

from dataclasses import replace
from typing import Final, get_args

import numpy as np
import pytest

from rnnviz import analysis, checkpoints
from rnnviz.names import Cell
from rnnviz.spec import Edit
from rnnviz.ui.pages.gates import figures as gate_figures
from rnnviz.ui.pages.gates.figures import GateFigure, GateName
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import with_example
from rnnviz.ui.shell import frame, networks
from tests.together import together

PROSE: Final = (frame.TEXTS / "gates.md").read_text(encoding="utf-8")
SPOKEN: Final = " ".join(PROSE.split())


def chosen(cell: Cell = "lstm", size: int = 16, inputs: int = 16, **fields: object) -> Selection:
    model = replace(DEFAULT.model, cell=cell, hidden_size=size, input_size=inputs)
    return replace(DEFAULT, model=model, input="words", **fields)


@pytest.mark.parametrize("name", get_args(GateName))
def test_a_figure_is_drawn_anew_only_for_what_it_depends_on(name: GateName) -> None:
    one = chosen(t=3, units=(2,), span=(1, 2), fold=True)
    of_units, of_steps = name in gate_figures.MEMORIES.values(), name in ("retention", "contributions")
    relevant = gate_figures.relevant(one, name)
    assert (relevant == gate_figures.relevant(replace(one, t=4), name)) == (not of_steps)
    assert (relevant == gate_figures.relevant(replace(one, units=(3,)), name)) == (not of_units)
    assert relevant == gate_figures.relevant(replace(one, span=(), fold=False, numbers="1 2"), name)
    assert relevant != gate_figures.relevant(replace(one, edits=(Edit("bias_hh_l0", (0,), 1.0),)), name)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_by_default_the_unit_that_remembers_longest(cell: Cell) -> None:
    one = chosen(cell)
    trace = networks.recording(gate_figures.relevant(one, "norms")).trace
    longest = int(np.argmax(analysis.half_life(trace.panel({"lstm": "f", "gru": "z"}[cell]))))
    assert gate_figures.with_units(one, everything=False).units == (longest,)
    assert gate_figures.with_units(replace(one, units=(3, 1)), everything=False).units == (3, 1)
    assert gate_figures.with_units(replace(one, units=(3, 1)), everything=True).units == tuple(range(16))


@together("theme", ["light", "dark"])
@together("name", get_args(GateName))
def test_every_figure_of_the_page_says_in_words_what_it_shows(name: GateName, theme: str) -> None:
    one = gate_figures.relevant(gate_figures.with_units(chosen(), everything=False), name)
    figure = gate_figures.figure_of(one, GateFigure(name, theme))
    assert len(figure.layout.meta["alt"]) > 20
    assert len(figure.to_json()) < 300_000


def test_kernels_are_those_that_the_network_has() -> None:
    one = chosen()
    assert set(gate_figures.kernels(one).values()) == {"weight_ih", "weight_hh", "bias"}
    without = replace(one, model=replace(one.model, bias=False))
    assert "bias" not in gate_figures.kernels(without).values()


def test_units_that_a_relu_turns_off() -> None:
    one = replace(DEFAULT, model=replace(DEFAULT.model, nonlinearity="relu", hidden_size=8))
    states = networks.recording(one).trace["h"]
    dead = int((states == 0).all((2, 3)).sum())
    assert f"{dead} of 8 units are off at all 3 steps" in gate_figures.off_units(one)


# --- the prose ---


@pytest.mark.parametrize("part", ["time", *get_args(GateName)])
def test_every_figure_is_explained_and_asks_one_question(part: str) -> None:
    text = PROSE.partition(f"<!-- {part} -->\n")[2].partition("\n<!-- ")[0]
    assert "**What you see.**" in text
    assert text.count("**Ask yourself.**") == 1
    asked, _, answer = text.partition("\n\n**Answer.** ")
    assert asked.endswith("?")
    assert answer.strip()


def test_the_half_life_of_a_forget_bias_of_one() -> None:
    gate = 1 / (1 + np.exp(-1.0))
    assert f"σ(1) = {gate:.2f}" in SPOKEN
    assert f"{analysis.half_life(np.full((3, 1), gate))[0]:.1f} steps" in SPOKEN


def trained(family: str, cell: Cell) -> Selection:
    """A trained network on the example of its task, as it opens."""
    model = replace(checkpoints.load(f"{family}-{cell}").model, trained=family)
    return with_example(replace(DEFAULT, model=model), ())


def test_what_the_prose_says_of_saturation_after_training() -> None:
    forget = analysis.saturation(networks.recording(trained("latch", "lstm")).trace, "f")
    assert "holds some forget gates open at more than nine in ten steps of its example" in SPOKEN
    assert (forget.right > 0.9).sum() > 2
    assert "shuts almost none" in SPOKEN
    assert (forget.left > 0).sum() < 3
    assert forget.left.max() < 0.2


def test_what_the_prose_says_of_half_lives_after_training() -> None:
    adding = networks.recording(trained("adding", "lstm")).trace
    lives = analysis.half_life(adding.panel("f"))
    assert (
        f"add two of {adding.sizes['time']} numbers has, on its example, one unit at {lives.max():.0f} steps" in SPOKEN
    )
    assert f"half of its units are below {np.ceil(10 * np.median(lives)) / 10:g}" in SPOKEN
    latch = networks.recording(trained("latch", "gru")).trace
    lives = analysis.half_life(latch.panel("z"))
    found = f"first symbol for {latch.sizes['time'] - 1} steps has no unit above {np.ceil(lives.max()):.0f}"
    assert found in SPOKEN


def test_what_the_prose_says_of_retention_after_training() -> None:
    one = gate_figures.with_units(trained("latch", "lstm"), everything=False)
    forget = networks.recording(gate_figures.relevant(one, "norms")).trace.panel("f")
    left = analysis.mean_retention(forget, one.units)[-1, 0]
    assert f"keeps {left:.0%}".replace("%", " %") in SPOKEN


def test_what_the_prose_says_of_weights_after_training() -> None:
    one = trained("latch", "lstm")
    weight = networks.recording(one).walk(0, "forward").weights["weight_hh"]
    beyond = (np.abs(weight) > 1 / np.sqrt(one.model.hidden_size)).mean()
    assert f"{beyond:.0%}".replace("%", " % of $W_{hh}$ in the LSTM that remembers the first symbol") in SPOKEN


def test_of_an_entry_beside_the_diagonal_the_spectral_radius_knows_least() -> None:
    matrix = np.random.default_rng(0).uniform(-0.2, 0.2, (16, 16))
    typed = matrix.copy()
    typed[0, 1] = 1000
    grown = [
        measure(typed) / measure(matrix)
        for measure in (np.linalg.norm, lambda m: analysis.singular_values(m)[0], analysis.spectral_radius)
    ]
    assert min(grown) == grown[2]
