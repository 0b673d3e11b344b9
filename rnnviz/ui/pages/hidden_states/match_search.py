"""What Match searches: the states on many sequences, where a group of units is on, and the units of a range."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnviz import analysis, checkpoints
from rnnviz.caching import cached
from rnnviz.checkpoints.files import stamps
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.matching import search
from rnnviz.sentiment.reading import LONGEST, tokens_of
from rnnviz.tasks import task
from rnnviz.ui.pages.hidden_states.groups import Group
from rnnviz.ui.pages.hidden_states.match_code import DRAWN, MOST_STEPS, most_steps
from rnnviz.ui.pages.hidden_states.match_text import sequences_in
from rnnviz.ui.selection import Selection, reader_of, without_viewpoint
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.matching.corpus import TokenCorpus
    from rnnviz.matching.search import Bits, Found
    from rnnviz.names import Direction
    from rnnviz.spec import Edit, ModelSpec


@dataclass(frozen=True)
class Signal:
    """What is searched: a signal of one layer and direction of a network.

    Attributes:
        edits: Without those of the input.
        stamp: Another value for another file of the network.
        text: The visitor's own that is searched; of a network from a file alone.
    """

    model: "ModelSpec"
    edits: "tuple[Edit, ...]"
    stamp: tuple[object, ...]
    name: str
    layer: int
    direction: "Direction"
    text: str = ""


@dataclass(frozen=True)
class Searched:
    """The sequences that are searched.

    Attributes:
        said: What they are, after their number.
        problem: Why they are not those that the server should have; empty if they are.
    """

    corpus: "TokenCorpus"
    said: str
    problem: str = ""


def signal_of(selection: Selection, name: str, text: str = "") -> Signal:
    """The signal of a selection's layer and direction."""
    edits = tuple(edit for edit in selection.edits if edit.name != "x")
    family = selection.model.trained
    return Signal(selection.model, edits, stamps(family), name, selection.layer, selection.direction, text)


@cached(4)
def sequences_of(family: str, cell: str, text: str = "") -> Searched:
    """Sequences of the kind that a network was trained on; of one from a file the lines of the visitor's text."""
    from rnnviz.matching.corpus import TokenCorpus

    known = checkpoints.load(f"{family}-{cell}")
    if text:
        lines = sequences_in(known.name, text)
        found = TokenCorpus.of(lines, most_steps(known))
        cut = "" if len(found) == len(lines) else f"At most {most_steps(known):,} steps are searched"
        return Searched(found, "line of your text" if len(found) == 1 else "lines of your text", cut)
    if family.startswith(REVIEWS):
        from rnnviz.sentiment.searched import searched

        reviews, has_marks = searched(), known.splits == "review"
        read = (tokens_of(review, has_marks=has_marks)[:LONGEST] for review in reviews.texts)
        return Searched(TokenCorpus.of(read, MOST_STEPS), reviews.said, reviews.problem)
    if known.task is None:
        raise ValueError(f"{known.name} must be of reviews or of a task; got one of neither")
    meant, reader = task(known.task), reader_of(known)
    drawn = (reader(meant.example(seed).text) for seed in range(1, DRAWN + 1))
    return Searched(TokenCorpus.of(drawn, MOST_STEPS), "sequences drawn from its task")


@cached(3, costly=lambda *_: True)
def values_on(of: Signal) -> np.ndarray:
    """The signal at every step of the sequences: float32 of shape (step, unit)."""
    from rnnviz.matching.corpus import states_on
    from rnnviz.models import build

    known, corpus = checkpoints.load(f"{of.model.trained}-{of.model.cell}"), _corpus(of)
    return states_on(
        build(of.model, of.edits).rnn, corpus, known.vectors, of.name, layer=of.layer, direction=of.direction,
        hx=known.start_of(of.model),
    )  # fmt: skip


@cached(4)
def reached_on(of: Signal, threshold: float) -> "tuple[Bits, tuple[int, ...]]":
    """When each unit is on, and the units that are on nearly everywhere."""
    from rnnviz.matching.corpus import reached_by

    reached = reached_by(values_on(of), threshold)
    return search.packed(reached), tuple(search.always_on(reached, 1).tolist())


@cached(32)
def places_of(of: Signal, group: Group) -> "Found":
    """The places where the units of a group are on."""
    bits, always = reached_on(of, group.threshold)
    return search.find(bits, group.units, group.length, 1, alone=group.alone, left_out=always)


def _corpus(of: Signal) -> "TokenCorpus":
    return sequences_of(of.model.trained, of.model.cell, of.text).corpus


# --- The selected range ---


def range_of(selection: Selection, of: Signal, there: np.ndarray, *, alone: bool) -> Group:
    """The units that are on in the selected range, as a group without a name.

    Args:
        there: From ``values_on``.
        alone: Whether units that are on just before or after are left out, as the panels leave them out; if not, those
            that are on nearly everywhere are.
    """
    values = values_in(selection, of)
    threshold = usual_threshold(values) if selection.threshold is None else selection.threshold
    begin, end = span_of(selection, values, threshold)
    if alone:
        units = analysis.on_in_range(values, begin, end, float(np.float32(threshold)))
    else:
        from rnnviz.matching.corpus import reached_by

        on = np.flatnonzero((values[begin : end + 1] >= np.float32(threshold)).all(0))
        units = np.setdiff1d(on, search.always_on(reached_by(there, threshold), 1))
    return Group(
        selection.model.trained, of.name, of.layer, of.direction, end - begin + 1, threshold, alone,
        tuple(units.tolist()), "",
    )  # fmt: skip


def values_in(selection: Selection, of: Signal) -> np.ndarray:
    """The signal on the visitor's own text: of shape (time, unit)."""
    trace = networks.recording(without_viewpoint(selection)).trace
    return trace.panel(of.name, layer=of.layer, direction=of.direction)


def usual_threshold(values: np.ndarray) -> float:
    """The threshold with which the panels begin: a third of the largest value, in hundredths, at most 1."""
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    return max(0.01, min(1.0, math.floor(largest * 30 + 0.5) / 100))


def span_of(selection: Selection, values: np.ndarray, threshold: float) -> tuple[int, int]:
    """First and last step of the selected range; of none, the step that has most units for itself."""
    if len(selection.span) == 2:
        return selection.span[0], selection.span[1]
    on = values >= np.float32(threshold)
    alone = on.copy()
    alone[1:] &= ~on[:-1]
    alone[:-1] &= ~on[1:]
    step = int(alone.sum(1).argmax())
    return step, step
