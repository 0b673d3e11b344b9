"""The picture that a visitor sees first: one unit of a trained network that counts brackets, with its true numbers."""

import json
from html import escape
from itertools import accumulate
from typing import Final, NamedTuple

from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme
from rnnviz.places import ASSETS

SOURCE: Final = ASSETS / "pictures" / "brackets.json"

_STEP: Final = 21
"""Pixels across for a character."""

_LEFT: Final = 40
_FOOT: Final = 40
"""Pixels under the axis, for the characters."""

_RANGE: Final = (1.1, -0.25)
"""The range of the axis."""

_HEIGHT: Final = 150
"""Pixels of that range."""


_SYMBOL: Final = "h\N{LATIN SUBSCRIPT SMALL LETTER T}"
_TURNS: Final = {"(": 1, ")": -1}


class Reading(NamedTuple):
    """What one unit does over a text.

    Attributes:
        unit, units: The unit's number, and how many there are.
        tokens: The characters.
        h: The hidden state of the unit after each of them.
    """

    unit: int
    units: int
    tokens: tuple[str, ...]
    h: tuple[float, ...]


def reading() -> Reading:
    """The shipped numbers, which torch computed with the network of “Hidden states”: this page need not load torch."""
    kept = json.loads(SOURCE.read_text(encoding="utf-8"))
    return Reading(kept["unit"], kept["units"], tuple(kept["tokens"]), tuple(kept["h"]))


def said(of: Reading) -> str:
    """The picture in words."""
    peak = max(of.h)
    return (
        f"A trained LSTM reads {''.join(of.tokens)}: the hidden state of its unit {of.unit} rises at each opening "
        f"bracket, to {peak:.2f} in the deepest, and falls at each closing one."
    )


def beginning(of: Reading) -> Reading:
    """The characters up to where all brackets are first closed, for a window that is too narrow for more."""
    turns = [_TURNS.get(token, 0) for token in of.tokens]
    closed = (k for k, (turn, depth) in enumerate(zip(turns, accumulate(turns), strict=True), 1) if turn < 0 == depth)
    end = next(closed, len(of.tokens))
    return of._replace(tokens=of.tokens[:end], h=of.h[:end])


def drawn(of: Reading, theme: Theme) -> str:
    """The picture as SVG: a bar a character, numbers at brackets; of few characters narrow, its title in two lines."""
    ground, color = GROUNDS[theme], SIGNAL_COLORS[theme]["h"]
    width = _LEFT + _STEP * len(of.tokens) + 4
    head, top = _head(of, ground, narrow=width < 600)
    box = f"0 0 {width} {top + _HEIGHT + _FOOT}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="sans-serif">',
        *head,
        f'<g transform="translate(0 {top})">',
        *_axis(width, ground),
        *(
            _column(k, token, value, ground, color)
            for k, (token, value) in enumerate(zip(of.tokens, of.h, strict=True))
        ),
        "</g></svg>",
    ]
    return "".join(parts)


def _head(of: Reading, ground: dict[str, str], *, narrow: bool) -> tuple[list[str], int]:
    """The title and the line under it, and the pixels that they take."""
    title = (f"A trained LSTM counts brackets: its unit {of.unit}", "rises at each ( and falls at each )")
    under = (f"{_SYMBOL} of one of {of.units} units after each character,", "as torch computes it")
    if not narrow:
        return [
            _text(_LEFT, 20, " ".join(title), ground["ink"], size=18, weight=600),
            _text(_LEFT, 41, " ".join(under), ground["soft"]),
        ], 58
    lines = [_text(4, 16 + 18 * k, line, ground["ink"], size=15, weight=600) for k, line in enumerate(title)]
    return [*lines, *(_text(4, 54 + 17 * k, line, ground["soft"]) for k, line in enumerate(under))], 88


def _y(value: float) -> float:
    top, bottom = _RANGE
    return _HEIGHT * (top - value) / (top - bottom)


def _axis(width: int, ground: dict[str, str]) -> list[str]:
    lines = (
        f'<line x1="{_LEFT}" x2="{width}" y1="{_y(value):.1f}" y2="{_y(value):.1f}" stroke="{ground["line"]}"/>'
        + _text(_LEFT - 8, _y(value) + 4, f"{value:g}", ground["soft"], anchor="end")
        for value in (0, 0.5, 1)
    )
    return list(lines)


def _column(k: int, token: str, value: float, ground: dict[str, str], color: str) -> str:
    """A bar, the character under it, and at a bracket the number over it."""
    x, is_bracket = _LEFT + _STEP * k, token in _TURNS
    top, foot = sorted((_y(value), _y(0)))
    bar = (
        f'<rect x="{x + 2}" y="{top:.1f}" width="{_STEP - 4}" height="{max(1.0, foot - top):.1f}" '
        f'fill="{color}" fill-opacity="{1 if is_bracket else 0.55}"/>'
    )
    ink = ground["ink"] if is_bracket else ground["soft"]
    middle, below = x + _STEP / 2, _HEIGHT + 26
    shown = _text(
        middle, below, token, ink, size=20 if is_bracket else 15, weight=700 if is_bracket else 400, anchor="middle"
    )
    if not is_bracket:
        return bar + shown
    number = _text(middle, top - 5, f"{value:.2f}".replace("0.", "."), ground["ink"], size=12, anchor="middle")
    return f'{bar}{shown}<g stroke="{ground["background"]}" stroke-width="4" paint-order="stroke">{number}</g>'


def _text(
    x: float, y: float, text: str, color: str, *, size: int = 13, weight: int = 400, anchor: str = "start"
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{color}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
