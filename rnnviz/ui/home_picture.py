"""The picture that a visitor sees first: one unit of a trained network that counts brackets, as its numbers are."""

import json
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

SOURCE: Final = Path(__file__).resolve().parents[2] / "assets" / "pictures" / "brackets.json"

_STEP: Final = 21
"""Pixels across that a character has."""

_LEFT: Final = 40
_TOP: Final = 58
_RANGE: Final = (1.1, -0.25)
"""Of the axis."""

_HEIGHT: Final = 150
"""Pixels of that range."""


_SYMBOL: Final = "h\N{LATIN SUBSCRIPT SMALL LETTER T}"
_BRACKETS: Final = ("(", ")")


class Reading(NamedTuple):
    """What one unit does over a text.

    Attributes
    ----------
    unit, units : int
        Which of how many.
    tokens : tuple of str
        The characters.
    h : tuple of float
        The hidden state of the unit after each of them.
    """

    unit: int
    units: int
    tokens: tuple[str, ...]
    h: tuple[float, ...]


def reading() -> Reading:
    """What ships: computed by torch from the network of “Hidden states”, so that this page need not load torch.

    Returns
    -------
    Reading
    """
    kept = json.loads(SOURCE.read_text(encoding="utf-8"))
    return Reading(kept["unit"], kept["units"], tuple(kept["tokens"]), tuple(kept["h"]))


def said(of: Reading) -> str:
    """The picture in words.

    Parameters
    ----------
    of : Reading

    Returns
    -------
    str
    """
    peak = max(of.h)
    return (
        f"A trained LSTM reads {''.join(of.tokens)}: the hidden state of its unit {of.unit} rises at each opening "
        f"bracket, to {peak:.2f} in the deepest, and falls at each closing one."
    )


def drawn(of: Reading, theme: Theme) -> str:
    """The picture as SVG: a bar a character, with its number where a bracket changes it.

    Parameters
    ----------
    of : Reading
    theme : {"light", "dark"}

    Returns
    -------
    str
    """
    ground, color = GROUNDS[theme], SIGNAL_COLORS[theme]["h"]
    width, height = _LEFT + _STEP * len(of.tokens) + 4, _TOP + _HEIGHT + 40
    under = f"{_SYMBOL} of one of {of.units} units after each character, as torch computes it"
    title = f"A trained LSTM counts brackets: its unit {of.unit} rises at each ( and falls at each )"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        _text(_LEFT, 20, title, ground["ink"], size=18, weight=600),
        _text(_LEFT, 41, under, ground["soft"]),
        *_axis(width, ground),
        *(
            _column(k, token, value, ground, color)
            for k, (token, value) in enumerate(zip(of.tokens, of.h, strict=True))
        ),
        "</svg>",
    ]
    return "".join(parts)


def _y(value: float) -> float:
    top, bottom = _RANGE
    return _TOP + _HEIGHT * (top - value) / (top - bottom)


def _axis(width: int, ground: dict[str, str]) -> list[str]:
    lines = (
        f'<line x1="{_LEFT}" x2="{width}" y1="{_y(value):.1f}" y2="{_y(value):.1f}" stroke="{ground["line"]}"/>'
        + _text(_LEFT - 8, _y(value) + 4, f"{value:g}", ground["soft"], anchor="end")
        for value in (0, 0.5, 1)
    )
    return list(lines)


def _column(k: int, token: str, value: float, ground: dict[str, str], color: str) -> str:
    """A bar, the character under it, and at a bracket the number over it."""
    x, is_bracket = _LEFT + _STEP * k, token in _BRACKETS
    top, foot = sorted((_y(value), _y(0)))
    bar = (
        f'<rect x="{x + 2}" y="{top:.1f}" width="{_STEP - 4}" height="{max(1.0, foot - top):.1f}" '
        f'fill="{color}" fill-opacity="{1 if is_bracket else 0.55}"/>'
    )
    ink = ground["ink"] if is_bracket else ground["soft"]
    middle, below = x + _STEP / 2, _TOP + _HEIGHT + 26
    shown = _text(
        middle, below, token, ink, size=20 if is_bracket else 15, weight=700 if is_bracket else 400, anchor="middle"
    )
    if not is_bracket:
        return bar + shown
    return (
        bar + shown + _text(middle, top - 5, f"{value:.2f}".replace("0.", "."), ground["ink"], size=12, anchor="middle")
    )


def _text(
    x: float, y: float, text: str, color: str, *, size: int = 13, weight: int = 400, anchor: str = "start"
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{color}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
