"""What the network that counts brackets does on a text: its numbers, and what follows from them in a sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from rnnviz import checkpoints
from rnnviz.answers import Answer
from rnnviz.caching import cached
from rnnviz.names import CELL_LABELS, Cell
from rnnviz.page_registry import HIDDEN_STATES
from rnnviz.places import ASSETS
from rnnviz.spec import Edit
from rnnviz.text import fold
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks

SOURCE: Final = ASSETS / "pictures" / "brackets.json"

FAMILY: Final = "brackets"
LIMIT: Final = 40
"""The most characters of a text: as many columns as can be told apart on a laptop."""

OPENING: Final = "f(x, g(y, h(z))) and (see (below))"

LOWER: Final = 3
"""How much is taken off the bias of the forget gate, where that is asked for."""

GATES: Final[dict[Cell, str]] = {"lstm": "f", "gru": "z"}
"""The gate on show, which decides how much of the state is kept; a plain RNN has none."""

DEEPEST: Final = 4
"""The largest depth of the training."""

_TURNS: Final = "()"


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


# --- In words ---


def finding(request: Request, found: Reading) -> tuple[str, str]:
    """What follows: how many depths are correct; and the first that is not, or what is left to say of the text."""
    known = [one for one in found.answers if one.correct is not None]
    if not known:
        return "No depth is known for this text.", "Its first character closes a bracket that was not opened."
    right = sum(one.correct is True for one in known)
    said = f"{name_of(request)} predicts the bracket depth correctly at {right} of {_many(len(known))}."
    wrong = next((one for one in known if not one.correct), None)
    if wrong is not None:
        return said, _first_error(wrong, found.tokens)
    if (left := len(found.tokens) - len(known)) > 0:
        more = f"{left} more {'follow' if left > 1 else 'follows'}"
        return said, f"{more} a depth below 0 or above {DEEPEST}, which its training did not contain."
    if (depth := int(known[-1].target)) > 0:
        return said, f"The text ends with {depth} open bracket{'s' * (depth > 1)}."
    return said, "After each character it outputs how many brackets are open."


def name_of(request: Request) -> str:
    """The network in a sentence."""
    label = CELL_LABELS[request.cell]
    return f"With its forget bias {LOWER} lower, the {label}" if request.lowered else f"The trained {label}"


def _first_error(wrong: Answer, tokens: Sequence[str]) -> str:
    since = next((k for k in range(wrong.t + 1) if tokens[wrong.t - k] in _TURNS), None)
    where = "before any bracket" if since is None else f"{_many(since)} after a bracket" if since else "at a bracket"
    return (
        f"Its first error is at t = {wrong.t}, {where}: "
        f"it predicts depth {wrong.output}, the true depth is {wrong.target}."
    )


def _many(count: int) -> str:
    return f"{count} character{'s' * (count != 1)}"


def spoken(request: Request, found: Reading) -> str:
    """The picture in words."""
    depths = " ".join(one.output for one in found.answers)
    signals, units = " and ".join(found.signals), found.signals["h"].shape[1]
    return (
        f"{name_of(request)} is unrolled over “{''.join(found.tokens)}”, a box at each character, "
        f"with {signals} of its {units} units and the predicted depths {depths}."
    )
