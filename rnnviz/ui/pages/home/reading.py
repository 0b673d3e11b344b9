"""What a trained network of the home page does on a text: its numbers, and what follows from them in a sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
from rnnviz.ui.pages.home.stories import DEEPEST, STORIES, Name, Story, turned
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks

SOURCE: Final = ASSETS / "pictures" / "first_word.json"

LOWER: Final = 3
"""How much is taken off the bias of the forget gate, where that is asked for."""

GATES: Final[dict[Cell, str]] = {"lstm": "f", "gru": "z"}
"""The gate on show, which decides how much of the state is kept; a plain RNN has none."""

_TURNS: Final = "()"


@dataclass(frozen=True)
class Request:
    """Everything that the numbers depend on.

    Attributes:
        text: The network can read it.
        lowered: Whether the bias of the LSTM's forget gate is lower by ``LOWER`` than training has left it.
        name: Of the task.
    """

    text: str = STORIES["first-word"].opening
    cell: Cell = "lstm"
    lowered: bool = False
    name: Name = "first-word"

    @property
    def story(self) -> Story:
        """The task."""
        return STORIES[self.name]


@dataclass(frozen=True)
class Turned:
    """The same text with the other first word.

    Attributes:
        first: This word.
        answer: The output after the last word.
        apart: How far the hidden state is from that of the text itself, after the first word and after the last: the
            length of the difference.
    """

    first: str
    answer: Answer
    apart: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the network does at each token.

    Attributes:
        signals: The gate of ``GATES``, if the cell has one, and the hidden state h: float32 of shape (time, unit).
        answers: The output at each step.
        turned: None where the text has no first word that can be turned.
    """

    tokens: tuple[str, ...]
    signals: Mapping[str, np.ndarray]
    answers: tuple[Answer, ...]
    turned: Turned | None = None


def reading(request: Request) -> Reading:
    """The numbers of a text: those that ship for the opening, which need no torch, or the network's own."""
    return shipped() if request == Request() else computed(request)


@cached(64)
def computed(request: Request) -> Reading:
    """The numbers by torch."""
    alone = _alone(request)
    other = turned(request.text) if request.name == "first-word" else request.text
    if other == request.text:
        return alone
    against = _alone(Request(other, request.cell, request.lowered, request.name))
    apart = np.linalg.norm(alone.signals["h"] - against.signals["h"], axis=1)
    first = fold(against.tokens[0])
    told = Turned(first, against.answers[-1], (float(apart[0]), float(apart[-1])))
    return Reading(alone.tokens, alone.signals, alone.answers, told)


def _alone(request: Request) -> Reading:
    found = networks.recording(as_selection(request))
    signals = {name: found.trace.panel(name) for name in names_of(request.cell)}
    return Reading(tuple(found.tokens), signals, request.story.answers(found))


def names_of(cell: Cell) -> tuple[str, ...]:
    """The signals on show, from the top."""
    return (GATES[cell], "h") if cell in GATES else ("h",)


@cache
def shipped() -> Reading:
    """The numbers of the opening, which torch has computed before."""
    kept = json.loads(SOURCE.read_text(encoding="utf-8"))
    signals = {name: np.array(kept[name], np.float32) for name in names_of(Request().cell)}
    other = kept["turned"]
    against = Turned(other["first"], Answer(**other["answer"]), tuple(other["apart"]))
    return Reading(tuple(kept["tokens"]), signals, tuple(Answer(**one) for one in kept["answers"]), against)


def write() -> None:
    """Compute the numbers of the opening and store them: after another training of the network, or for another text."""
    new = computed(Request())
    kept = {
        "tokens": new.tokens,
        "answers": [asdict(one) for one in new.answers],
        "turned": asdict(new.turned) if new.turned else None,
        **{name: [[float(str(value)) for value in row] for row in values] for name, values in new.signals.items()},
    }
    SOURCE.write_text(json.dumps(kept) + "\n", encoding="utf-8")


@cached(64)
def as_selection(request: Request) -> Selection:
    """What the other pages are to show: the same network, with the same weights, on the same text."""
    family = request.story.family
    wanted = changed(OPENINGS[HIDDEN_STATES.title], cell=request.cell, trained=family, words=request.text)
    return changed(wanted, edits=_lower(family)) if request.lowered else wanted


def _lower(family: str) -> tuple[Edit, ...]:
    """The edits of the forget gate's bias, the second quarter of the rows."""
    known = checkpoints.load(f"{family}-lstm")
    units, bias = known.model.hidden_size, known.weights["bias_ih_l0"]
    return tuple(Edit("bias_ih_l0", (k,), float(bias[k] - np.float32(LOWER))) for k in range(units, 2 * units))


def unknown(request: Request, tokens: Sequence[str]) -> list[int]:
    """The steps whose token the network does not know, and reads as [UNK]."""
    known = checkpoints.load(f"{request.story.family}-{request.cell}")
    return [t for t, token in enumerate(known.folded(tokens)) if token not in known.vocabulary]


# --- In words ---


def finding(request: Request, found: Reading) -> tuple[str, str]:
    """What follows, and more of it."""
    return _first_word(request, found) if request.name == "first-word" else _depths(request, found)


def _first_word(request: Request, found: Reading) -> tuple[str, str]:
    """Whether the last output tells the two first words apart, and how far apart they leave the states."""
    last, first = found.answers[-1], fold(found.tokens[0])
    if found.turned is None:
        said = f"The first word is “{found.tokens[0]}”. The network was trained on texts that begin with yes or no."
        return said, "Begin with one of these two words."
    outputs = f"{name_of(request)} outputs “{last.output}” after {_many(len(found.tokens), 'word')}"
    other, (begun, ended) = found.turned, found.turned.apart
    if (last.output, other.answer.output) == (first, other.first):
        said = f"{outputs}: it remembers the first word."
    elif last.output == other.answer.output:
        said = f"{outputs}: it has lost the first word."
    else:
        said = f"{outputs}: it exchanges the two first words."
    p = f"p = {other.answer.probability:.3f}"
    against = f"With “{other.first}” as the first word it outputs “{other.answer.output}” ({p})."
    if len(found.tokens) == 1:
        return said, against
    distance = f"{_length(begun)} at t = 0 and {_length(ended)} at t = {len(found.tokens) - 1}"
    return said, f"{against} The two hidden states differ by {distance} (length of the difference)."


def _length(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else f"{value:.5f}"


def _depths(request: Request, found: Reading) -> tuple[str, str]:
    """How many depths are correct; and the first that is not, or what is left to say of the text."""
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


def _many(count: int, of: str = "character") -> str:
    return f"{count} {of}{'s' * (count != 1)}"


def spoken(request: Request, found: Reading) -> str:
    """The picture in words."""
    outputs = " ".join(one.output for one in found.answers)
    signals, units = " and ".join(found.signals), found.signals["h"].shape[1]
    each = "word" if request.story.is_of_words else "character"
    what = "depths" if request.name == "brackets" else "outputs"
    return (
        f"{name_of(request)} is unrolled over “{request.text}”, a box at each {each}, "
        f"with {signals} of its {units} units and the predicted {what} {outputs}."
    )
