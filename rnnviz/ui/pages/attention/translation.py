"""The translation of a sequence on the page: its network, its source and its changes, in the session and the link."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from rnnviz.attention.edits import Edit, changed
from rnnviz.attention.tasks import LONGEST, TRAINED_TO
from rnnviz.ui.pages.attention import edits as decoding_edits
from rnnviz.ui.selection import entries, state
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame, networks
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.typed import Typed
from rnnviz.widgets.decoding import changes

if TYPE_CHECKING:
    from rnnviz.attention import AttentionModel, Decoding

TaskName = Literal["reverse", "dates"]
Score = Literal["additive", "dot", "none"]
TASKS: Final[dict[str, TaskName]] = {"Digits reversed": "reverse", "Dates": "dates"}
SCORES: Final[dict[str, Score]] = {"Additive": "additive", "Dot product": "dot", "No attention": "none"}
"""By the label of the choice."""

OPENING: Final[dict[TaskName, str]] = {"reverse": "31415926", "dates": "Thursday, 5 March 1998"}
ASKED: Final[dict[TaskName, str]] = {
    "reverse": f"Digits to be reversed, at most {LONGEST}; the networks were trained on up to {TRAINED_TO}",
    "dates": f"A date, to be written as year-month-day, at most {LONGEST} characters",
}

_STEP: Final = "attention.step"
_PLACE: Final = "attention.place"
_EDITS: Final[dict[TaskName, str]] = {"reverse": "attention.edits", "dates": "attention.date_edits"}
_TYPED: Final = "attention.typed"
_REFUSED: Final = "attention.refused"
"""Names of entries, and of what the session keeps of the box and of a refused change."""


@dataclass(frozen=True)
class Request:
    """All that a decoding depends on.

    Attributes:
        source: The network can read it.
        edits: In the order in which they were made; all are possible, but some may have no effect.
    """

    task: TaskName
    score: Score
    source: str
    edits: tuple[Edit, ...] = ()

    @property
    def network(self) -> str:
        """As ``rnnviz.attention.load`` knows it."""
        return f"{self.task}-{self.score}"


@dataclass(frozen=True)
class Seen:
    """The selected place in a decoding.

    Attributes:
        place: None to follow the place of the largest weight.
    """

    step: int = 0
    place: int | None = None


def task_picker() -> TaskName:
    """The choice of the task."""
    return controls.choice("Task", TASKS, key="attention.task")


def pickers() -> tuple[TaskName, Score]:
    """The choices of the task, and of the network's score."""
    return task_picker(), controls.choice("Score", SCORES, key="attention.score")


def request(task: TaskName, score: Score) -> Request:
    """What is asked of a network; errors in a link are corrected, and the next run reports them."""
    source = _source(task, networks.attention_model(f"{task}-{score}"))
    return Request(task, score, source, _edits(Request(task, score, source)))


def seen() -> Seen:
    """The selected step and place."""
    step, place = entries.get(_STEP, "0"), entries.get(_PLACE, "")
    return Seen(_whole(_STEP, step, "0") or 0, _whole(_PLACE, place, ""))


def start(now: Request) -> dict[str, object]:
    """Where the widget begins, anew for another task: ``id``, ``t``, ``place`` and ``text``."""
    frame.restart(*(f"attention.{task}" for task in TASKS.values() if task != now.task))
    place = seen()
    begun = frame.start(f"attention.{now.task}", t=place.step, place=place.place, text=now.source)
    return {**begun, "id": f"{now.task}.{begun['id']}"}


def leave() -> None:
    """Let the widget begin where it was left when it is shown again."""
    frame.restart(*(f"attention.{task}" for task in TASKS.values()))


def typed(start_id: object, source: str) -> Typed:
    """What was typed since an opening of the widget; the box has ``source`` if nothing was."""
    kept: Typed | None = st.session_state.get(_TYPED)
    return kept if kept is not None and kept.start == start_id else Typed(str(start_id), text=source)


# --- What a browser sends, which can be anything ---


def take(sent: object, now: Request) -> None:
    """Take what was typed: a source from now on, if it can be read."""
    match sent:
        case {"start": str(start_id), "count": int(count), "text": str(text)}:
            model = networks.attention_model(now.network)
            source = model.task.source_in(text)
            problem = problem_of(source, model)
            st.session_state[_TYPED] = Typed(start_id, count, text[:1_000], problem)
            if not problem and source != now.source:
                entries.keep(_entry(now.task), source, OPENING[now.task])
                entries.keep(_EDITS[now.task], "", "")


def step_to(sent: object) -> None:
    """Take the step at which the visitor has come to rest."""
    if type(sent) is int and 0 <= sent < 1_000:
        entries.keep(_STEP, str(sent), "0")


def look_at(sent: object) -> None:
    """Take the chosen place of the source; below 0 it is none."""
    if type(sent) is int and sent < 1_000:
        entries.keep(_PLACE, str(sent) if sent >= 0 else "", "")


def change(sent: object, now: Request) -> None:
    """Make a change by hand, if it is possible; else say why not."""
    try:
        edits = changed(now.edits, sent)
        networks.attention_model(now.network).decode(
            now.source, **used(Request(now.task, now.score, now.source, edits))
        )
    except ValueError as error:
        state.tell(str(error))
        st.session_state[_REFUSED] = True
    else:
        entries.keep(_EDITS[now.task], decoding_edits.written(edits), "")


def was_refused() -> bool:
    """Whether a change was refused since the last call, so that the page has something to say."""
    return bool(st.session_state.pop(_REFUSED, False))


def used(now: Request) -> dict[str, Any]:
    """The changes that a network can make, as ``AttentionModel.decode`` takes them."""
    return changes(networks.attention_model(now.network), now.edits)


def decoded(now: Request) -> "Decoding":
    """The decoding with all its changes."""
    return networks.attention_model(now.network).decode(now.source, **used(now))


def problem_of(source: str, model: "AttentionModel") -> str:
    """Why a source cannot be read; empty if it can."""
    try:
        model.check(source)
    except ValueError as error:
        return str(error)
    return ""


# --- What a link says ---


def _entry(task: TaskName) -> str:
    return f"attention.{task}"


def _source(task: TaskName, model: "AttentionModel") -> str:
    name, usual = _entry(task), OPENING[task]
    text = model.task.source_in(entries.get(name, usual))
    if problem := problem_of(text, model):
        _put_right(name, f"{problem} {quoted(usual)} is used.", usual)
    return text


def _edits(now: Request) -> tuple[Edit, ...]:
    """The changes of the link, if the network can make them all."""
    text = entries.get(_EDITS[now.task], "")
    try:
        edits = decoding_edits.read(text)
        if edits:
            model = networks.attention_model(now.network)
            model.decode(now.source, **used(Request(now.task, now.score, now.source, edits)))
    except ValueError as error:
        _put_right(_EDITS[now.task], f"{error}: no change is made", "")
        return ()
    return edits


def _whole(name: str, text: str, usual: str) -> int | None:
    if text == "":
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        _put_right(name, f"must be a whole number in 0..999; got {quoted(text)}", usual)
        return None
    return int(text)


def _put_right(name: str, told: str, usual: str) -> None:
    """Say what was wrong with the link, and run the page anew without it."""
    state.tell(told if told.startswith(name) else f"{name}: {told}")
    entries.keep(name, usual, usual)
    state.begin_again()
