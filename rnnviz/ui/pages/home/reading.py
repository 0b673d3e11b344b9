"""What a trained network of the home page does on a text: its numbers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Final

import numpy as np

from rnnviz import checkpoints
from rnnviz.answers import Answer
from rnnviz.caching import cached
from rnnviz.names import Cell
from rnnviz.page_registry import HIDDEN_STATES
from rnnviz.pictures.reader import GATES, LOWER, TaskName, Turned, turned_text
from rnnviz.places import ASSETS
from rnnviz.spec import Edit
from rnnviz.text import fold
from rnnviz.ui.pages.home.stories import STORIES, Story
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks

SOURCE: Final = ASSETS / "pictures" / "first_word.json"


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
    name: TaskName = "first-word"

    @property
    def story(self) -> Story:
        """The task."""
        return STORIES[self.name]


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
    other = turned_text(request.text) if request.name == "first-word" else request.text
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
