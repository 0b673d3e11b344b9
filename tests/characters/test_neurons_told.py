"""The tables of docs/neurons.md are what ships."""

from typing import Final

import numpy as np
import pytest

from rnnviz import characters
from rnnviz.characters import ablating, neurons
from rnnviz.characters.properties import properties
from rnnviz.characters.recipes import SUBJECTS, Subject
from rnnviz.names import CELL_LABELS, CELLS
from tests.serving import ROOT

STATES: Final = [(cell, signal) for cell in CELLS for signal in (("h", "c") if cell == "lstm" else ("h",))]


def table(subject: Subject) -> str:
    """The table of a subject."""
    labels = {one.name: one.label for one in properties("", subject)}
    heads = ["property", *(f"{CELL_LABELS[cell]}, {signal}" for cell, signal in STATES)]
    lines = [heads, ["---"] * len(heads)]
    lines += [
        [label, *(_cell(f"{subject}-{cell}", signal, name) for cell, signal in STATES)]
        for name, label in labels.items()
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(network: str, signal: str, name: str) -> str:
    found = neurons.load(characters.load(network))
    assert found is not None
    at = found.tracking.names.index(name)
    return f"{np.nanmax(np.abs(found.tracking.r[signal][at])):.2f} ({found.before[signal][at]:.2f})"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_tables_are_what_ships(subject: Subject) -> None:
    told = (ROOT / "docs" / "neurons.md").read_text(encoding="utf-8")
    assert table(subject) in told, f"it must have this table:\n{table(subject)}"


def test_chance_is_what_it_is_said_to_be() -> None:
    found = [neurons.load(characters.load(name)) for name in characters.NAMES]
    chance = np.concatenate([row for one in found if one is not None for row in one.tracking.chance.values()])
    told = (ROOT / "docs" / "neurons.md").read_text(encoding="utf-8").replace("\n  ", " ")
    assert f"below 0.10 in {(chance < 0.1).sum()} of the {len(chance)} cells, and at most {chance.max():.2f}" in told
    largest = neurons.load(characters.load("python-lstm"))
    assert largest is not None
    assert largest.tracking.chance["c"][largest.tracking.names.index("docstring")] == chance.max()


def ablations() -> str:
    """The table of the unit of each state that tracks a property most closely, and what its ablation changes."""
    labels = {one.name: one.label for one in properties("", "python")}
    heads = ["property: what comes next", *(f"{CELL_LABELS[cell]}, {signal}" for cell, signal in STATES)]
    lines = [heads, ["---"] * len(heads)]
    lines += [
        [f"{labels[name]}: {what}", *(_change(f"python-{cell}", signal, name) for cell, signal in STATES)]
        for name, what in ablating.OUTCOMES.items()
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _change(network: str, signal: str, name: str) -> str:
    model = characters.load(network)
    found, measured = ablating.load(model), neurons.load(model)
    assert found is not None
    assert measured is not None
    (unit,) = measured.tracking.best(signal, name, 1)
    mean, low, high = (f"{100 * part:+.1f}".replace("-", "−") for part in found.effects[signal][name].change[unit])
    return f"unit {unit}: {mean} ({low} to {high})"


def test_the_table_of_ablations_is_what_ships() -> None:
    told = (ROOT / "docs" / "neurons.md").read_text(encoding="utf-8")
    assert ablations() in told, f"it must have this table:\n{ablations()}"
