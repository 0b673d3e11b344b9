"""What is searched: a layer and direction of a network, under a constant input, from which start states."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rnnviz.names import Direction
from rnnviz.tasks import task
from rnnviz.text import ask_about_separators, parse_rows, word_vectors
from rnnviz.ui.selection import (
    READERS,
    Selection,
    checkpoint_of,
    network,
    trained,
    without_viewpoint,
    words_in,
)
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import networks

Kind = Literal["step", "zeros", "mean", "chosen"]
Starts = Literal["visited", "examples", "random"]

AT_ONCE: Final = 128
"""The numbers of a state up to which a search takes about a second, so that the page waits for it."""

RESOLUTIONS: Final = ((128, 61), (512, 41), (1024, 31))
"""Points along an edge of the plane, for states of at most so many numbers."""

MOST: Final = 1024
"""The numbers of a state up to which a search is offered: an iteration takes time with their cube."""


@dataclass(frozen=True)
class Request:
    """A search.

    Attributes:
        network: The network on its input, without a viewpoint.
        kind: Which constant input.
        t: The step of the input, for that of a step; the first of those with the same input.
        typed: The chosen input, as it was typed.
    """

    network: Selection
    layer: int
    direction: Direction
    kind: Kind
    starts: Starts
    t: int = 0
    typed: str = ""

    @property
    def size(self) -> int:
        """The numbers of a state: h, and c of an LSTM."""
        return self.network.model.hidden_size * (2 if self.network.model.cell == "lstm" else 1)

    @property
    def is_long(self) -> bool:
        """Whether the search runs away from the page."""
        return self.size > AT_ONCE

    @property
    def count(self) -> int:
        """The start states: fewer of larger states."""
        if self.is_long:
            return 16 if self.size <= MOST // 2 else 8
        if self.size > AT_ONCE // 2:
            return 16
        return 256 if self.starts == "random" and self.size <= AT_ONCE // 4 else 128

    @property
    def resolution(self) -> int:
        """Points along an edge of the plane."""
        return next(points for size, points in RESOLUTIONS if self.size <= size)

    @property
    def iterations(self) -> int:
        """The most iterations from each start: fewer where the page waits for a large state."""
        return 300 if self.is_long or self.size <= AT_ONCE // 2 else 100


def request_of(selection: Selection, kind: Kind, starts: Starts, typed: str = "") -> Request:
    """What a visitor asks for, with the same request for steps of the same input.

    Raises:
        ValueError: If what was typed is no input of the network.
    """
    fixed = without_viewpoint(selection)
    if kind == "chosen":
        vector_of(fixed, typed)
    t = _first_like(inputs_of(fixed, selection.layer), selection.t) if kind == "step" else 0
    return Request(fixed, selection.layer, selection.direction, kind, starts, t, typed if kind == "chosen" else "")


def _first_like(rows: np.ndarray, t: int) -> int:
    """The first step with the same input; a row with NaN has none."""
    same = np.flatnonzero((rows == rows[t]).all(1))
    return int(same[0]) if len(same) else t


def inputs_of(fixed: Selection, layer: int) -> np.ndarray:
    """What a layer reads at each step, (time, feature): above the first, the states of the layer below."""
    now = networks.recording(fixed)
    if layer == 0:
        return now.x
    trace = now.trace
    below = [trace.panel("h", layer=layer - 1, direction=way) for way in trace.directions]
    return np.concatenate(below, axis=1)


def constant_input(request: Request) -> np.ndarray:
    """The vector that stays, (feature,)."""
    if request.kind == "chosen":
        return vector_of(request.network, request.typed)
    rows = inputs_of(request.network, request.layer)
    if request.kind == "zeros":
        return np.zeros(rows.shape[1], np.float32)
    mean: np.ndarray = rows[request.t] if request.kind == "step" else rows.mean(0)
    return mean


def vector_of(fixed: Selection, typed: str) -> np.ndarray:
    """The input of a word, a character or a row of numbers.

    Raises:
        ValueError: If it is none that the network reads, or more than one.
    """
    if fixed.input == "numbers":
        width = network(fixed).input_size
        ask_about_separators(typed)
        rows = parse_rows(typed) if typed.strip() else np.empty((0, 0))
        if rows.shape != (1, width):
            raise ValueError(f"Enter one row of {width} number{'s' * (width != 1)}; got {quoted(typed)}.")
        vector: np.ndarray = rows[0]
        return vector
    known = checkpoint_of(fixed.model)
    read = READERS.get(known.splits, words_in) if known else words_in
    tokens = read(typed)
    if len(tokens) != 1:
        raise ValueError(
            f"Enter one {'character' if known and 'characters' in known.splits else 'word'}; got {quoted(typed)}."
        )
    if known is None:
        drawn: np.ndarray = word_vectors(tokens, fixed.model.input_size, fixed.model.seed)[0]
        return drawn
    if strange := known.unreadable(tokens):
        raise ValueError(trained.refusal(known, strange))
    embedded: np.ndarray = known.vectors(tokens)[0]
    return embedded


EXAMPLES: Final = 20
"""Sequences of its task from whose states a trained network is searched."""


def has_examples(selection: Selection) -> bool:
    """Whether the task of a network is known, so that sequences can be drawn from it."""
    known = checkpoint_of(selection.model)
    return known is not None and known.task is not None


def examples_of(fixed: Selection) -> np.ndarray:
    """Sequences of the task of a trained network, (sequence, time, feature).

    Raises:
        ValueError: If its task is not known.
    """
    known = checkpoint_of(fixed.model)
    if known is None or known.task is None:
        raise ValueError("a network must be trained on a task that is known to have examples; got another")
    drawn = task(known.task).draw(EXAMPLES, np.random.default_rng(0)).x
    x: np.ndarray = known.weights["embedding.weight"][drawn] if known.vocabulary else drawn
    return x


def in_words(request: Request) -> str:
    """The constant input in a sentence, as plain text."""
    if request.kind == "zeros":
        return "zeros"
    if request.kind == "mean":
        return "the mean of the inputs"
    if request.kind == "chosen":
        return f"“{request.typed if request.typed.strip() else '␣'}”"
    token = networks.recording(request.network).tokens[request.t]
    named = f"“{token if token.strip() else '␣'}”"
    return named if request.layer == 0 else f"the state of layer {request.layer - 1} at t = {request.t}, {named}"
