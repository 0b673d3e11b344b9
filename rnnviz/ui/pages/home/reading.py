"""What the network that counts brackets does on a text: its numbers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from rnnviz import checkpoints
from rnnviz.answers import Answer
from rnnviz.caching import cached
from rnnviz.names import Cell
from rnnviz.page_registry import HIDDEN_STATES
from rnnviz.pictures.brackets import GATES, LIMIT, LOWER
from rnnviz.places import ASSETS
from rnnviz.spec import Edit
from rnnviz.text import fold
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks

SOURCE: Final = ASSETS / "pictures" / "brackets.json"

FAMILY: Final = "brackets"
OPENING: Final = "f(x, g(y, h(z))) and (see (below))"


@dataclass(frozen=True)
class Request:
    """Everything that the numbers depend on.

    Attributes:
        text: The network can read it.
        lowered: Whether the bias of the LSTM's forget gate is lower by ``LOWER`` than training has left it.
    """

    text: str = OPENING
    cell: Cell = "lstm"
    lowered: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """What the network does at each character.

    Attributes:
        signals: The gate of ``GATES``, if the cell has one, and the hidden state h: float32 of shape (time, unit).
        answers: The predicted depth at each step.
    """

    tokens: tuple[str, ...]
    signals: Mapping[str, np.ndarray]
    answers: tuple[Answer, ...]


def reading(request: Request) -> Reading:
    """The numbers of a text: those that ship for the opening, which need no torch, or the network's own."""
    return shipped() if request == Request() else computed(request)


@cached(64)
def computed(request: Request) -> Reading:
    """The numbers by torch."""
    network = as_selection(request)
    found = networks.recording(network)
    signals = {name: found.trace.panel(name) for name in names_of(request.cell)}
    return Reading(tuple(found.tokens), signals, networks.outputs(network))


def names_of(cell: Cell) -> tuple[str, ...]:
    """The signals on show, from the top."""
    return (GATES[cell], "h") if cell in GATES else ("h",)


@cache
def shipped() -> Reading:
    """The numbers of the opening, which torch has computed before."""
    kept = json.loads(SOURCE.read_text(encoding="utf-8"))
    answers = tuple(
        Answer(t, output, p, target, output == target)
        for t, (output, p, target) in enumerate(zip(kept["outputs"], kept["p"], kept["targets"], strict=True))
    )
    signals = {name: np.array(kept[name], np.float32) for name in names_of(Request().cell)}
    return Reading(tuple(kept["text"]), signals, answers)


def write() -> None:
    """Compute the numbers of the opening and store them: after another training of the network, or for another text."""
    new = computed(Request())
    kept = {
        "text": "".join(new.tokens),
        "outputs": [one.output for one in new.answers],
        "targets": [one.target for one in new.answers],
        "p": [one.probability for one in new.answers],
        **{name: [[float(str(value)) for value in row] for row in values] for name, values in new.signals.items()},
    }
    SOURCE.write_text(json.dumps(kept) + "\n", encoding="utf-8")


@cached(64)
def as_selection(request: Request) -> Selection:
    """What the other pages are to show: the same network, with the same weights, on the same text."""
    wanted = changed(OPENINGS[HIDDEN_STATES.title], cell=request.cell, trained=FAMILY, words=request.text)
    return changed(wanted, edits=_lower()) if request.lowered else wanted


def _lower() -> tuple[Edit, ...]:
    """The edits of the forget gate's bias, the second quarter of the rows."""
    known = checkpoints.load(f"{FAMILY}-lstm")
    units, bias = known.model.hidden_size, known.weights["bias_ih_l0"]
    return tuple(Edit("bias_ih_l0", (k,), float(bias[k] - np.float32(LOWER))) for k in range(units, 2 * units))


@cache
def characters() -> tuple[str, ...]:
    """The characters that the networks were trained on."""
    return checkpoints.load(f"{FAMILY}-lstm").vocabulary[1:]


def problem_of(text: str) -> str:
    """Why a text cannot be shown; empty if it can."""
    if not text.strip():
        return "Type at least one character other than a space."
    strange = list(dict.fromkeys(sign for sign in text if fold(sign) not in characters()))
    if strange:
        listed = " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in strange[:8])
        marks = " ".join(sign for sign in characters() if not sign.isalnum() and not sign.isspace())
        return f"Not in the vocabulary of the network: {listed} It knows a–z, 0–9, the space and {marks}"
    if len(text) > LIMIT:
        return f"At most {LIMIT} characters fit here; the text has {len(text):,}."
    return ""
