"""One training at four times, by what it writes; how all cells of a subject learned; and the card of a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz.caching import cached
from rnnviz.characters import SNAPSHOTS
from rnnviz.names import CELL_LABELS, CELLS, Cell
from rnnviz.palette import Theme
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.characters import code as codegen
from rnnviz.ui.pages.characters import questions, writing_payload
from rnnviz.ui.pages.characters.writing import TEMPERATURE, prompt_box, seed_box
from rnnviz.ui.pages.characters.writing_payload import MAX_TEMPERATURE
from rnnviz.ui.pages.characters.writing_payload import Request as Writing
from rnnviz.ui.shell import frame, looks, networks, predictions
from rnnviz.ui.widgets import character_networks, controls
from rnnviz.ui.widgets.character_networks import TIMES

if TYPE_CHECKING:
    from rnnviz.figures import Figure

SAMPLE: Final = 280
"""Characters that each network writes."""

LINES: Final = 9
"""Of its box."""


@dataclass(frozen=True)
class Request:
    """The curves of a subject's networks."""

    subject: str
    theme: Theme


def show() -> None:
    """The snapshots, the curves, the table and the card."""
    with frame.row():
        network = character_networks.picker()
    _snapshots()
    subject = character_networks.subject_of(network)
    st.header("Training of the three cells", anchor=False)
    figure = figure_of(Request(subject, frame.theme()))
    if figure is not None:
        frame.show(
            figure, key="characters.curves", alt=figure.layout.meta["alt"],
            code=lambda: codegen.curves(subject, drawing(subject)),
        )  # fmt: skip
    st.table(_table(subject))
    st.markdown(_who_wins(subject))
    _card(network)
    predictions.show(questions.ask_learning)
    frame.explain("characters", "learning")


# --- Snapshots ---


def _snapshots() -> None:
    """The same prompt and seed at four times of one training."""
    st.header("One network at four times of its training: Python source, LSTM", anchor=False)
    prompt = prompt_box(SNAPSHOTS[-1])
    with frame.row():
        temperature = controls.amount(
            "Temperature", 0.0, MAX_TEMPERATURE, 0.05, key="characters.temperature", default=TEMPERATURE
        )
        seed = seed_box()
    shown = list(zip(SNAPSHOTS, TIMES, strict=True))
    for first in range(0, len(shown), 2):
        places = frame.pair(f"snapshots{first}", (1, 1))
        for place, (name, time) in zip(places, shown[first:], strict=False):
            found = writing_payload.written(Writing(name, prompt, SAMPLE, temperature, seed))
            with place:
                st.markdown(f"**{time}**{_when(networks.character_card(name))}")
                looks.scrolled(found.text, LINES, f"Generated text: {time}")
    st.caption(f"Temperature {temperature:g}, seed {seed}; bits per character on held-out files.")


def _when(card: Mapping[str, Any]) -> str:
    """The number of updates, and the result at that time."""
    updates = card.get("update", card.get("recipe", {}).get("updates"))
    parts = [
        "" if updates is None else f" · {updates:,} updates",
        f" · {card['test']:.2f} bits" if "test" in card else "",
    ]
    return "".join(parts)


# --- Curves and table ---


@cached(8)
def figure_of(request: Request) -> "Figure | None":
    """The curves of a subject's networks; None if none has kept any."""
    from rnnviz import figures

    cards = {cell: networks.character_card(f"{request.subject}-{cell}") for cell in CELLS}
    courses = [
        figures.CharacterCourse(cell, *(np.array(card["curve"][key]) for key in ("update", "train", "validation")))
        for cell, card in cards.items()
        if "curve" in card
    ]
    if not courses:
        return None
    card = cards[courses[0].cell]
    counted = card["ngrams"]
    baseline = (f"{counted['order']}-grams", counted["validation"][counted["order"] - 1])
    return drawing(request.subject).figure(courses, baseline, theme=request.theme)


def drawing(subject: str) -> Drawing:
    """The call that draws the curves of a subject: with when snapshots were taken, and what the caption says."""
    cards = {cell: networks.character_card(f"{subject}-{cell}") for cell in CELLS}
    drawn = {cell: card for cell, card in cards.items() if "curve" in card}
    caption = [f"{CELL_LABELS[cell]}: {_size(card)}." for cell, card in drawn.items()]
    marked = _marked() if subject == character_networks.subject_of(SNAPSHOTS[0]) else []
    caption = [f"Training data: {next(iter(drawn.values()))['data']}.", *caption]
    return Drawing("character_curves", Raw("courses"), Raw("baseline"), marked=marked, caption=caption)


def _size(card: Mapping[str, Any]) -> str:
    recipe = card["recipe"]
    return f"{recipe['hidden_size']} units, {card['parameters']:,} parameters, seed {recipe['seed']}"


def _marked() -> list[tuple[int, str]]:
    """The updates of the snapshots, without the last."""
    cards = [networks.character_card(name) for name in SNAPSHOTS[1:-1]]
    return [(card["update"], time) for card, time in zip(cards, TIMES[1:-1], strict=True) if "update" in card]


def _table(subject: str) -> pd.DataFrame:
    """Bits per character of every network of a subject, and of n-grams."""
    rows = {}
    counted: Mapping[str, Any] = {}
    for cell in CELLS:
        card = networks.character_card(f"{subject}-{cell}")
        counted = card.get("ngrams", counted)
        rows[CELL_LABELS[cell]] = [_bits(card.get("validation")), _bits(card.get("test")), *_cost(card)]
    if counted:
        best = counted["order"] - 1
        rows[f"{best + 1}-grams"] = [_bits(counted["validation"][best]), _bits(counted["test"][best]), "–", "–", "–"]
    columns = [
        "validation (bits per character)",
        "test (bits per character)",
        "parameters",
        "updates",
        "minutes on one core",
    ]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("model")


def _bits(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _cost(card: Mapping[str, Any]) -> list[str]:
    if "seconds" not in card:
        return ["–", "–", "–"]
    return [f"{card['parameters']:,}", f"{card['recipe']['updates']:,}", f"{card['seconds'] / 60:.0f}"]


def _who_wins(subject: str) -> str:
    """The networks against n-grams, and against each other after the same number of updates; as measured."""
    measured = {cell: card for cell in CELLS if "ngrams" in (card := networks.character_card(f"{subject}-{cell}"))}
    if not measured:
        return ""
    counted = next(iter(measured.values()))["ngrams"]
    order, bits = counted["order"], counted["test"][counted["order"] - 1]
    apart = {CELL_LABELS[cell]: bits - card["test"] for cell, card in measured.items()}
    better = [f"the {label} by {gain:.2f}" for label, gain in apart.items() if gain > 0]
    worse = [f"the {label} by {-gain:.2f}" for label, gain in apart.items() if gain <= 0]
    told = f"The best n-gram model uses {order - 1} characters and needs {bits:.2f} bits on the test text."
    if better:
        told += f" Better than n-grams: {', '.join(better)}."
    if worse:
        told += f" Worse than n-grams: {', '.join(worse)}."
    return f"{told}{_equally_long(measured)}"


def _equally_long(measured: Mapping[Cell, Mapping[str, Any]]) -> str:
    """The networks at the last update that all have had, if they have had different numbers of them."""
    curves = {cell: card["curve"] for cell, card in measured.items()}
    if len({curve["update"][-1] for curve in curves.values()}) == 1:
        return ""
    last = max(set.intersection(*(set(curve["update"]) for curve in curves.values())))
    found = [
        f"{CELL_LABELS[cell]} {curve['validation'][curve['update'].index(last)]:.2f}" for cell, curve in curves.items()
    ]
    return (
        f" Their trainings had different lengths, so the table does not show which cell is the best. After {last:,} "
        f"updates, the last that all of them had, held-out text needs {', '.join(found)} bits per character. The rate "
        "of the shortest training had already decayed by then, which is an advantage for it."
    )


# --- The card ---


def _card(network: str) -> None:
    card = networks.character_card(network)
    st.header(f"Card: {character_networks.label(network)}", anchor=False)
    if "recipe" not in card:
        st.markdown(f"Training data: {card.get('data', 'unknown')}.")
        return
    recipe, read = card["recipe"], card["characters"]
    st.markdown(
        f"Training data: {card['data']}, {read['train']:,} characters. Test data: {read['test']:,} characters of "
        f"held-out files or passages. One layer of {recipe['hidden_size']} units, {card['parameters']:,} parameters; "
        f"{recipe['updates']:,} updates of {recipe['batch']} streams of {recipe['length']} characters with Adam at a "
        f"rate of {recipe['rate']:g}{_dropped(recipe)}; {card['seconds'] / 60:.0f} minutes on one core."
    )


def _dropped(recipe: Mapping[str, Any]) -> str:
    return f" and a dropout of {recipe['dropout']:g}" if recipe.get("dropout") else ""
