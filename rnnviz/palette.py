"""Every colour, once: signals, directions, maps and grounds, for light and dark.

The figure template, the components and the theme in ``.streamlit/config.toml`` share this plain data. A signal keeps
its colour everywhere; its symbol is always written beside it, so that no meaning rests on colour alone.
"""

from re import search
from typing import Any, Final, Literal

Theme = Literal["light", "dark"]

SIGNAL_COLORS: Final[dict[Theme, dict[str, str]]] = {
    "light": {
        "x": "#4A5565",
        "y": "#4A5565",
        "h": "#0B5CAD",
        "c": "#912A00",
        "i": "#177446",
        "f": "#7A2589",
        "g": "#8E6400",
        "o": "#00707F",
        "r": "#B3235F",
        "z": "#5546D6",
        "n": "#6B6A00",
        "forward": "#0B5CAD",
        "reverse": "#A33B20",
        "unclipped": "#B3235F",
        "clipped": "#00707F",
    },
    "dark": {
        "x": "#AEB7C4",
        "y": "#AEB7C4",
        "h": "#6CB6FF",
        "c": "#FF9F5A",
        "i": "#5FD39A",
        "f": "#C588D4",
        "g": "#F0C54C",
        "o": "#5CD0DE",
        "r": "#FF8DB8",
        "z": "#B492D2",
        "n": "#CFCB57",
        "forward": "#6CB6FF",
        "reverse": "#FF9880",
        "unclipped": "#FF8DB8",
        "clipped": "#5CD0DE",
    },
}

NETWORK_SIGNALS: Final[dict[str, str]] = {"rnn": "h", "lstm": "c", "gru": "g"}
"""The signal whose colour a cell has in a picture of several networks."""

START_SIGNALS: Final[dict[str, str]] = {"forget bias 1": "o", "forget bias 3": "f", "orthogonal": "r"}
"""The same for a network that starts in another way than torch's, by what its start is called."""

DIVERGING: Final[dict[Theme, tuple[str, ...]]] = {
    "light": ("#0B4A8F", "#5C9BD1", "#F4F4F2", "#EE9A55", "#A83C00"),
    "dark": ("#7CC0FF", "#2F6CA8", "#20262F", "#A8591C", "#FFB067"),
}
"""Signed values, from the most negative to the most positive; the middle is zero."""

SEQUENTIAL: Final[dict[Theme, tuple[str, ...]]] = {
    "light": ("#F4F4F2", "#7DBDB0", "#0A5A52"),
    "dark": ("#20262F", "#2B7D72", "#8FEBDB"),
}
"""Gates, from 0 to 1."""

RELIEF: Final[dict[Theme, tuple[str, ...]]] = {
    "light": ("#BAC3CF", "#DCE1E8", "#FFFFFF"),
    "dark": ("#465161", "#2A323D", "#12161D"),
}
"""A surface from its lowest to its highest, pale enough for paths to be drawn on it."""

GROUNDS: Final[dict[Theme, dict[str, str]]] = {
    "light": {
        "background": "#FFFFFF",
        "panel": "#F6F7F9",
        "ink": "#1A1F29",
        "soft": "#566070",
        "line": "#D5DAE1",
        "mark": "#FFF0B8",
        "accent": "#0B5CAD",
        "nan": "#A3ABB8",
        "good": "#177446",
        "bad": "#B3261E",
    },
    "dark": {
        "background": "#12161D",
        "panel": "#1A2029",
        "ink": "#ECEFF4",
        "soft": "#A7B1C0",
        "line": "#333C49",
        "mark": "#3B3418",
        "accent": "#6CB6FF",
        "nan": "#6B7484",
        "good": "#5FD39A",
        "bad": "#FF8A80",
    },
}
"""Backgrounds, text, rules, the band of the selected step, NaN, and the two verdicts."""


def network_color(theme: Theme, cell: str, start: str = "") -> str:
    """The colour of a network in every picture of several: that of its start if it has one of its own, else its cell's.

    >>> network_color("light", "lstm", "forget bias 3") == SIGNAL_COLORS["light"]["f"]
    True
    """
    own = (signal for named, signal in START_SIGNALS.items() if search(rf"{named}(?![\d.])", start))
    return SIGNAL_COLORS[theme][next(own, NETWORK_SIGNALS[cell])]


def themes() -> dict[str, object]:
    """Every colour, as the widgets take them."""
    return {
        theme: {
            "signal": SIGNAL_COLORS[theme],
            "diverging": DIVERGING[theme],
            "sequential": SEQUENTIAL[theme],
            "ground": GROUNDS[theme],
        }
        for theme in SIGNAL_COLORS
    }


def relief_themes() -> dict[str, object]:
    """The same with the shades of a surface."""
    looks: dict[str, Any] = themes()
    return {theme: {**looks[theme], "relief": stops} for theme, stops in RELIEF.items()}
