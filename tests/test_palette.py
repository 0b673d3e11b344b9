"""Every colour is legible on every ground it stands on, and no two that share a picture run into each other.

Contrast is WCAG 2.2's; 4.5 is what it asks of text (1.4.3). Dichromats' sight is simulated by the matrices of severity
1.0 of Machado, Oliveira, Fernandes (2009), A Physiologically-based Model for Simulation of Color Vision Deficiency,
IEEE TVCG 15(6), on linear RGB. Distances are CIE 1976 in Lab, white D65.
"""

import tomllib
from itertools import combinations
from typing import Final

import numpy as np
import pytest

from rnnviz.names import DIRECTIONS, SIGNALS
from rnnviz.palette import (
    DIVERGING,
    GROUNDS,
    NETWORK_SIGNALS,
    RELIEF,
    SEQUENTIAL,
    SIGNAL_COLORS,
    START_SIGNALS,
    Theme,
    network_color,
)
from tests.serving import ROOT
from tests.together import together

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
TEXT_CONTRAST: Final = 4.5
SHAPE_CONTRAST: Final = 3.0
"""Of controls and other shapes, and of large text (WCAG 1.4.11, 1.4.3)."""

SIGHTS: Final = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
APART: Final = {"normal": 24.0, "protanopia": 12.0, "deuteranopia": 12.0}
"""A just noticeable difference of large fields is 2.3 (Mahy et al. 1994, Color Res. Appl. 19); of marks of a third of a
degree, about a line of text, half of all viewers need 7 in lightness to 14 in b* (Stone, Szafir, Setlur 2014, CIC 22).
So 12, five times 2.3, where hue is gone and a symbol stands beside, and twice that where colour is to be relied on."""

XYZ: Final = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
TOGETHER: Final = [
    *(signals for signals in SIGNALS.values() if len(signals) > 1),
    DIRECTIONS,
    ("clipped", "unclipped"),
    (*NETWORK_SIGNALS.values(), *START_SIGNALS.values()),
]
CONFIG: Final = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def rgb(color: str) -> np.ndarray:
    assert len(color) == 7
    assert color[0] == "#"
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def linear(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(rgb(color)) @ XYZ[1]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(values: np.ndarray, sight: str = "normal") -> np.ndarray:
    seen = np.clip(linear(values) @ SIGHTS[sight].T, 0, 1)
    x, y, z = np.moveaxis(seen @ XYZ.T / XYZ.sum(1), -1, 0)
    f_x, f_y, f_z = (np.where(v > (6 / 29) ** 3, np.cbrt(v), v / (3 * (6 / 29) ** 2) + 4 / 29) for v in (x, y, z))
    return np.stack([116 * f_y - 16, 500 * (f_x - f_y), 200 * (f_y - f_z)], -1)


def apart(one: str, other: str, sight: str = "normal") -> float:
    return float(np.linalg.norm(lab(rgb(one), sight) - lab(rgb(other), sight)))


def ramp(stops: tuple[str, ...]) -> np.ndarray:
    """A scale's 255 colours between evenly spaced stops, as browsers interpolate them."""
    places = np.linspace(0, len(stops) - 1, 255)
    channels = np.array([rgb(stop) for stop in stops]).T
    return np.stack([np.interp(places, range(len(stops)), channel) for channel in channels], -1)


def test_the_measures_themselves() -> None:
    """Black on white; WCAG's #767676, the lightest grey that passes; sRGB red in Lab; grey stays grey to everybody."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") < TEXT_CONTRAST < contrast("#767676", "#FFFFFF")
    np.testing.assert_allclose(lab(rgb("#FF0000")), [53.24, 80.09, 67.20], atol=0.02)
    for sight in SIGHTS:
        np.testing.assert_allclose(lab(rgb("#808080"), sight)[1:], 0, atol=0.02)
    assert apart("#B00000", "#507000") > 3 * apart("#B00000", "#507000", "deuteranopia")


def test_both_themes_name_the_same() -> None:
    for table in (SIGNAL_COLORS, GROUNDS, DIVERGING, SEQUENTIAL, RELIEF):
        assert tuple(table) == THEMES
    for named in (SIGNAL_COLORS, GROUNDS):
        assert list(named["light"]) == list(named["dark"])
    assert set(SIGNAL_COLORS["light"]) == {"x", "y", *sum(TOGETHER, ())}


@pytest.mark.parametrize("ground", ["background", "panel", "mark"])
@pytest.mark.parametrize("theme", THEMES)
def test_signals_and_text_are_legible(theme: Theme, ground: str) -> None:
    written = SIGNAL_COLORS[theme] | {name: GROUNDS[theme][name] for name in ("ink", "soft")}
    found = {name: contrast(color, GROUNDS[theme][ground]) for name, color in written.items()}
    assert {name: ratio for name, ratio in found.items() if ratio < TEXT_CONTRAST} == {}


@pytest.mark.parametrize("name", ["good", "bad", "accent"])
@pytest.mark.parametrize("theme", THEMES)
def test_verdicts_and_links_are_legible(theme: Theme, name: str) -> None:
    assert contrast(GROUNDS[theme][name], GROUNDS[theme]["background"]) >= TEXT_CONTRAST


@together("sight", SIGHTS)
@together("together", TOGETHER)
@together("theme", THEMES)
def test_colours_of_one_picture_stay_apart(theme: Theme, together: tuple[str, ...], sight: str) -> None:
    colors = SIGNAL_COLORS[theme]
    found = {pair: apart(colors[pair[0]], colors[pair[1]], sight) for pair in combinations(together, 2)}
    assert {pair: distance for pair, distance in found.items() if distance < APART[sight]} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_signed_values_run_evenly_away_from_a_middle_that_is_the_ground(theme: Theme) -> None:
    assert len(DIVERGING[theme]) % 2 == 1
    lightness = lab(ramp(DIVERGING[theme]))[:, 0]
    away = np.abs(lightness - lab(rgb(GROUNDS[theme]["background"]))[0])
    assert (np.diff(away[:128]) < 0).all()
    assert (np.diff(away[127:]) > 0).all()


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", THEMES)
def test_plus_and_minus_are_told_apart(theme: Theme, sight: str) -> None:
    """Every number from that of the same size with the other sign, down to an eighth of the range."""
    colors = lab(ramp(DIVERGING[theme]), sight)
    distances = np.linalg.norm(colors - colors[::-1], axis=-1)
    assert distances[: 127 - 16].min() >= APART["deuteranopia"]


@pytest.mark.parametrize("theme", THEMES)
def test_gates_run_evenly_from_shut_near_the_ground_to_open(theme: Theme) -> None:
    lightness = lab(ramp(SEQUENTIAL[theme]))[:, 0]
    away = np.abs(lightness - lab(rgb(GROUNDS[theme]["background"]))[0])
    assert (np.diff(away) > 0).all()


@pytest.mark.parametrize("theme", THEMES)
def test_paths_stand_out_from_the_surface_they_are_drawn_on(theme: Theme) -> None:
    lightness = lab(ramp(RELIEF[theme]))[:, 0]
    away = np.abs(lightness - lab(rgb(GROUNDS[theme]["background"]))[0])
    assert (np.diff(away) < 0).all()
    for stop in RELIEF[theme]:
        for path in ("clipped", "unclipped"):
            assert contrast(SIGNAL_COLORS[theme][path], stop) >= SHAPE_CONTRAST
        assert contrast(GROUNDS[theme]["ink"], stop) >= TEXT_CONTRAST


@pytest.mark.parametrize("scale", [DIVERGING, SEQUENTIAL], ids=["signed", "gates"])
@pytest.mark.parametrize("theme", THEMES)
def test_nan_is_no_colour_of_a_scale(theme: Theme, scale: dict[Theme, tuple[str, ...]]) -> None:
    distances = np.linalg.norm(lab(ramp(scale[theme])) - lab(rgb(GROUNDS[theme]["nan"])), axis=-1)
    assert distances.min() >= 12


def mixed(color: str, ground: str, part: float) -> str:
    """A colour that lets the ground through."""
    pairs = ((int(one[k : k + 2], 16) for one in (color, ground)) for k in (1, 3, 5))
    return "#" + "".join(f"{round(part * above + (1 - part) * below):02X}" for above, below in pairs)


@pytest.mark.parametrize("theme", THEMES)
def test_streamlit_is_told_the_same_colours(theme: Theme) -> None:
    ground, told = GROUNDS[theme], CONFIG[theme]
    same = {
        "backgroundColor": "background",
        "secondaryBackgroundColor": "panel",
        "textColor": "ink",
        "linkColor": "accent",
        "borderColor": "line",
    }
    assert set(told) == {*same, "primaryColor", "sidebar"}
    assert {name: told[name] for name in same} == {name: ground[meant] for name, meant in same.items()}
    # In the sidebar the two grounds change places.
    assert told["sidebar"] == {"backgroundColor": ground["panel"], "secondaryBackgroundColor": ground["background"]}


def test_the_colour_of_controls() -> None:
    """It is the text of what is chosen, on a tenth of itself, and the ground of buttons written in the page's."""
    assert CONFIG["light"]["primaryColor"] == GROUNDS["light"]["accent"]
    for theme in THEMES:
        primary = CONFIG[theme]["primaryColor"]
        for ground in (GROUNDS[theme]["background"], GROUNDS[theme]["panel"]):
            assert contrast(primary, mixed(primary, ground, 0.1)) >= TEXT_CONTRAST
        assert contrast(primary, GROUNDS[theme]["background"]) >= TEXT_CONTRAST


def test_a_network_has_the_colour_of_its_start_whatever_else_is_said_of_it() -> None:
    colors = SIGNAL_COLORS["light"]
    starts = {"": "c", "forget bias 1": "o", "forget bias 3 (this network)": "f", "forget bias 1.5": "c"}
    for start, signal in starts.items():
        assert network_color("light", "lstm", start) == colors[signal]
    assert network_color("dark", "rnn", "W_hh orthogonal × 1.5") == SIGNAL_COLORS["dark"]["r"]
