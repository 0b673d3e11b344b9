"""A finite automaton as a graph, with the way of a word through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, Theme

if TYPE_CHECKING:
    from rnnviz.automaton import Automaton

MOST_STATES: Final = 24
"""The most states that have room in a picture."""

RADIUS: Final = 0.2
"""Of a state; neighbours on the ring are at least ``_APART`` from each other."""

_APART: Final = 1.05
_SMALLEST: Final = 0.78
"""The radius of the ring of few states."""

_INNER: Final = 0.8
"""The inner circle of an accepting state, as part of the radius."""

_ARRANGED: Final = 7
"""Up to so many states, every order around the ring is tried for the fewest crossings."""

_BENT: Final = 0.2
"""How far an edge is bent, as part of its length, where another leads back."""

_ARROW: Final = 0.13
_START: Final = 0.42
"""The length of the arrow to the start."""

_UNIT, _TALLEST, _EDGE = 130, 460, 24
"""Pixels of a unit where there is room, of the tallest picture, and around it."""

_LOOP: Final = 0.3
_POINTS: Final = 41
_WORD_SHOWN: Final = 40
"""Symbols of a word in a caption."""


def automaton(
    machine: "Automaton",
    *,
    word: str | None = None,
    step: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """An automaton as a graph: circles are states, double circles accept, arrows are labelled with their symbols.

    Args:
        word: Its way is marked, and the state after it.
        step: How many symbols of the word have been the input; all by default.

    Raises:
        ValueError: If the automaton has too many states for a picture, the word other symbols, or fewer than ``step``.

    >>> from rnnviz import automata, figures
    >>> figure = figures.automaton(automata.GRAMMARS["parity"].machine, word="10110", step=3)
    >>> figure.layout.title.text
    'After “101”: state 0, rejected'
    """
    if len(machine) > MOST_STATES:
        raise ValueError(f"machine must have at most {MOST_STATES} states to be drawn; got {len(machine)}")
    read = "" if word is None else word
    made = len(read) if step is None else step
    if not 0 <= made <= len(read):
        raise ValueError(f"step must be in 0..{len(read)} for this word; got {step}")
    way = machine.run(read)[: made + 1]
    drawn = _Drawn.of(machine, theme)
    (left, right), (low, high) = drawn.extent
    figure = sheet.begin(
        _title(machine, read, made, way) if word is not None else _counted(machine),
        {"visible": False, "range": [left, right], "constrain": "domain", "fixedrange": True},
        {"visible": False, "range": [low, high], "scaleanchor": "x", "constrain": "domain", "fixedrange": True},
        theme,
        showlegend=False,
    )
    passed = set(pairwise(way))
    figure.add_traces(drawn.edges(passed, way[-2:] if made else ()))
    figure.add_traces(drawn.circles(way if word is not None else ()))
    figure.add_traces([drawn.symbols(), drawn.names()])
    figure.update_layout(margin={"b": _EDGE, "l": _EDGE, "r": _EDGE})
    sentences = [
        *(caption or [f"A finite automaton over {', '.join(machine.alphabet)}."]),
        "State 0 is the start. A double circle accepts.",
        *([_said(read, made)] if read else []),
        *(
            [f"The network and the automaton disagree on “{_short(machine.disagreement)}”"]
            if machine.disagreement
            else []
        ),
    ]
    finished = sheet.finish(figure, sentences, theme, alt=" ".join([_heard(machine, figure), *sentences]))
    picture = min(_TALLEST, int(_UNIT * (high - low)))
    return finished.update_layout(height=finished.layout.margin.t + picture + _EDGE)


# --- Where things are ---


@dataclass(frozen=True, eq=False)
class _Edge:
    """All symbols from one state to another, and the curve that they share: points of shape (point, 2)."""

    begin: int
    end: int
    symbols: tuple[str, ...]
    curve: np.ndarray
    label: np.ndarray


@dataclass(frozen=True, eq=False)
class _Drawn:
    """An automaton in the plane; places of shape (state, 2)."""

    machine: "Automaton"
    theme: Theme
    places: np.ndarray
    joined: tuple[_Edge, ...]

    @classmethod
    def of(cls, machine: "Automaton", theme: Theme) -> "_Drawn":
        """The states on a ring, the start on its left."""
        places, symbols = _places(machine), _symbols(machine)
        joined = tuple(_edge(places, pair, some, is_bent=pair[::-1] in symbols) for pair, some in symbols.items())
        return cls(machine, theme, places, joined)

    @property
    def extent(self) -> list[list[float]]:
        """From where to where the picture reaches, across and up."""
        drawn = np.concatenate([*(edge.curve for edge in self.joined), *(edge.label[None] for edge in self.joined)])
        states = self.places[:, None] + RADIUS * np.array([[1, 1], [-1, -1]])
        points = np.concatenate([drawn, *states, self.places[:1] - [RADIUS + _START, 0]])
        found: list[list[float]] = np.stack([points.min(0) - 0.12, points.max(0) + 0.12], 1).tolist()
        return found

    def edges(self, passed: set[tuple[int, int]], last: Sequence[int]) -> list[go.Scatter]:
        """The arrows: all, those on the way of the word, and its last; and the one that points to the start."""
        ground = GROUNDS[self.theme]
        begin = self.places[0] - [RADIUS + _START, 0]
        start = np.linspace(begin, self.places[0] - [RADIUS, 0], 2)
        other = [edge.curve for edge in self.joined if (edge.begin, edge.end) not in passed]
        way = [edge.curve for edge in self.joined if (edge.begin, edge.end) in passed - {tuple(last)}]
        newest = [edge.curve for edge in self.joined if (edge.begin, edge.end) == tuple(last)]
        return [
            *_arrows([start, *other], ground["soft"], 1.6, "transitions"),
            *_arrows(way, ground["accent"], 2.6, "on the way of the word"),
            *_arrows(newest, ground["accent"], 4.5, "the last transition"),
        ]

    def circles(self, way: Sequence[int]) -> list[go.Scatter]:
        """The states, filled where the word is now; a second circle inside of those that accept."""
        ground = GROUNDS[self.theme]
        found = []
        for state, place in enumerate(self.places):
            is_here = bool(way) and state == way[-1]
            color = ground["accent"] if state in way else ground["ink"]
            fill = ground["mark"] if is_here else ground["background"]
            found.append(_outline(_around(place, RADIUS), color, 3.5 if is_here else 2, fill))
            if self.machine.accepting[state]:
                found.append(_outline(_around(place, RADIUS * _INNER), color, 2, fill))
        return found

    def symbols(self) -> go.Scatter:
        """The labels of the arrows, which are the rows of the table."""
        at = np.array([edge.label for edge in self.joined])
        ends = np.array([[edge.begin, edge.end] for edge in self.joined])
        return go.Scatter(
            x=at[:, 0], y=at[:, 1], mode="text", name="transitions", customdata=ends,
            text=[style.label(", ".join(edge.symbols), 30) for edge in self.joined],
            textfont={"size": 18, "color": GROUNDS[self.theme]["ink"], "weight": 600},
            meta=listed(customdata_0="from state", text="symbol", customdata_1="to state"),
            hovertemplate="from state %{customdata[0]} by %{text} to state %{customdata[1]}<extra></extra>",
        )  # fmt: skip

    def names(self) -> go.Scatter:
        """The numbers of the states."""
        machine = self.machine
        verdicts = ["accepted" if accepts else "rejected" for accepts in machine.accepting]
        reached = [f"“{_short(word)}”" if word else "the start" for word in machine.words]
        return go.Scatter(
            x=self.places[:, 0], y=self.places[:, 1], mode="text", name="states",
            text=[str(state) for state in range(len(machine))], customdata=list(zip(verdicts, reached, strict=True)),
            textfont={"size": 20, "color": GROUNDS[self.theme]["ink"]},
            hovertemplate="state %{text}: %{customdata[0]}<br>first reached by %{customdata[1]}<extra></extra>",
        )  # fmt: skip


def _symbols(machine: "Automaton") -> dict[tuple[int, int], tuple[str, ...]]:
    """The symbols from each state to each that they lead to."""
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for state, ends in enumerate(machine.transitions):
        for symbol, end in zip(machine.alphabet, ends, strict=True):
            found[state, end] = (*found.get((state, end), ()), symbol)
    return found


def _places(machine: "Automaton") -> np.ndarray:
    """The states on a ring, of shape (state, 2): the start on the left, the others so that few arrows cross."""
    states = len(machine)
    if states == 1:
        return np.zeros((1, 2))
    radius = max(_SMALLEST, _APART / (2 * np.sin(np.pi / states)))
    angles = np.pi - 2 * np.pi * np.arange(states) / states
    ring = radius * np.stack([np.cos(angles), np.sin(angles)], 1)
    rest = range(1, states)
    orders = permutations(rest) if states <= _ARRANGED else [tuple(rest)]
    pairs = {tuple(sorted(pair)) for pair in _symbols(machine) if pair[0] != pair[1]}
    best = min(orders, key=lambda order: _tangle(ring, (0, *order), pairs))
    places: np.ndarray = np.empty_like(ring)
    places[[0, *best]] = ring
    return places


def _tangle(ring: np.ndarray, order: Sequence[int], pairs: set[tuple[int, ...]]) -> tuple[int, float]:
    """How many arrows cross, then how long they are together."""
    at = {state: k for k, state in enumerate(order)}
    chords = [tuple(sorted((at[a], at[b]))) for a, b in pairs]
    crossings = sum(a < c < b < d for a, b in chords for c, d in chords)
    return crossings, round(sum(float(np.linalg.norm(ring[a] - ring[b])) for a, b in chords), 6)


def _edge(places: np.ndarray, pair: tuple[int, int], symbols: tuple[str, ...], *, is_bent: bool) -> _Edge:
    begin, end = places[pair[0]], places[pair[1]]
    if pair[0] == pair[1]:
        return _Edge(*pair, symbols, *_loop(begin, len(symbols), is_start=pair[0] == 0, is_alone=len(places) == 1))
    along = end - begin
    across = np.array([-along[1], along[0]])
    middle = (begin + end) / 2 + across * (_BENT if is_bent else 0)
    t = np.linspace(0, 1, 201)[:, None]
    curve = (1 - t) ** 2 * begin + 2 * t * (1 - t) * middle + t**2 * end
    outside = (np.linalg.norm(curve - begin, axis=1) >= RADIUS) & (np.linalg.norm(curve - end, axis=1) >= RADIUS)
    visible = curve[outside]
    visible = visible[np.linspace(0, len(visible) - 1, _POINTS if is_bent else 2).round().astype(int)]
    # Off the middle, so that labels of arrows that cross there stand apart.
    at = 0.5 if is_bent else 0.42
    center = (1 - at) ** 2 * begin + 2 * at * (1 - at) * middle + at**2 * end
    return _Edge(*pair, symbols, visible, center + 0.12 * across / np.linalg.norm(across))


def _loop(place: np.ndarray, symbols: int, *, is_start: bool, is_alone: bool) -> tuple[np.ndarray, np.ndarray]:
    """An arrow from a state to itself, away from the ring, and where its label is."""
    away = np.array([-0.5, np.sqrt(0.75)]) if is_start or is_alone else place / np.linalg.norm(place)
    side = np.array([-away[1], away[0]])
    spread, height = 0.55, RADIUS + _LOOP
    begin, end = (RADIUS * (np.cos(spread) * away + sign * np.sin(spread) * side) for sign in (1, -1))
    controls = [height * 1.25 * away + sign * 0.3 * side for sign in (1, -1)]
    t = np.linspace(0, 1, _POINTS)[:, None]
    curve = (1 - t) ** 3 * begin + 3 * t * (1 - t) ** 2 * controls[0] + 3 * t**2 * (1 - t) * controls[1] + t**3 * end
    tip = float((curve @ away).max())
    beyond = 0.13 + 0.07 * (symbols - 1) * abs(float(away[0]))  # a longer label needs more room beside the arrow
    return place + curve, place + (tip + beyond) * away


# --- What is drawn ---


def _arrows(curves: Sequence[np.ndarray], color: str, width: float, name: str) -> list[go.Scatter]:
    """Curves with a head at their end, as one trace for the lines and one for the heads."""
    if not curves:
        return []
    lines = [_without_head(curve) for curve in curves]
    heads = [_head(curve) for curve in curves]
    line = go.Scatter(
        **_in_pieces(lines), mode="lines", name=name, line={"color": color, "width": width}, hoverinfo="skip",
    )  # fmt: skip
    head = go.Scatter(
        **_in_pieces(heads), mode="lines", name=name, line={"color": color, "width": 0.5}, fill="toself",
        fillcolor=color, hoverinfo="skip",
    )  # fmt: skip
    return [line, head]


def _in_pieces(curves: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    gap = np.full((1, 2), np.nan)
    points = np.concatenate([part for curve in curves for part in (curve, gap)]).astype(np.float32)
    return {"x": points[:, 0], "y": points[:, 1]}


def _head(curve: np.ndarray) -> np.ndarray:
    """A triangle at the end of a curve, of shape (4, 2), in the direction in which the curve arrives."""
    tip = curve[-1]
    back = curve[np.flatnonzero(np.linalg.norm(curve - tip, axis=1) >= _ARROW)[-1]]
    along = (tip - back) / np.linalg.norm(tip - back)
    side = np.array([-along[1], along[0]])
    base = tip - _ARROW * along
    return np.stack([tip, base + 0.42 * _ARROW * side, base - 0.42 * _ARROW * side, tip])


def _without_head(curve: np.ndarray) -> np.ndarray:
    """A curve up to its head, which is wider than the line."""
    tip = curve[-1]
    kept = curve[np.linalg.norm(curve - tip, axis=1) >= 0.8 * _ARROW]
    along = (tip - kept[-1]) / np.linalg.norm(tip - kept[-1])
    return np.concatenate([kept, (tip - 0.8 * _ARROW * along)[None]])


def _around(place: np.ndarray, radius: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 61)
    return place + radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def _outline(points: np.ndarray, color: str, width: float, fill: str) -> go.Scatter:
    return go.Scatter(
        x=points[:, 0].astype(np.float32), y=points[:, 1].astype(np.float32), mode="lines", fill="toself",
        fillcolor=fill, line={"color": color, "width": width, "simplify": False}, hoverinfo="skip",
    )  # fmt: skip


# --- What is said ---


def _counted(machine: "Automaton") -> str:
    states = len(machine)
    return f"A finite automaton of {states} state{'s' * (states != 1)}"


def _title(machine: "Automaton", word: str, made: int, way: Sequence[int]) -> str:
    verdict = "accepted" if machine.accepting[way[-1]] else "rejected"
    where = f"After “{_short(word[:made], 20)}”" if made else "Before the first symbol"
    return f"{where}: state {way[-1]}, {verdict}"


def _short(word: str, most: int = _WORD_SHOWN) -> str:
    """A word as a text has room for it: its end, which has just been the input."""
    shown = word if len(word) <= most else f"…{word[-most + 1 :]}"
    return style.label(shown, most)


def _said(word: str, made: int) -> str:
    """The word, and how much of it has been the input; a long one around that place."""
    first = max(0, min(made - _WORD_SHOWN // 2, len(word) - _WORD_SHOWN))
    shown = word[first : first + _WORD_SHOWN]
    cut = max(0, made - first)
    before, after = (style.label(part, _WORD_SHOWN) if part else "" for part in (shown[:cut], shown[cut:]))
    begin, end = "…" * (first > 0), "…" * (first + _WORD_SHOWN < len(word))
    bold = f"<b>{before}</b>" if before else ""
    return f"Word: {begin}{bold}{after}{end}, {made} of {len(word)} symbols"


def _heard(machine: "Automaton", figure: go.Figure) -> str:
    """The states and their transitions, in words."""
    accepting = [str(state) for state, accepts in enumerate(machine.accepting) if accepts]
    moves = [f"from {begin} by {' or '.join(symbols)} to {end}" for (begin, end), symbols in _symbols(machine).items()]
    first = dict.fromkeys((figure.layout.title.text, _counted(machine)))
    where = f"It accepts in state {', '.join(accepting)}" if accepting else "It accepts nothing"
    said = "; ".join(moves)
    return f"{'. '.join(first)}. {where}. {said[:1].upper()}{said[1:]}."
