"""The pictures of a view, as its pages show them and as the scripts of its menus draw them."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import plotly.graph_objects as go

from rnnviz.jobs import indexing
from rnnviz.jobs.indexing import Making
from rnnviz.ui.shell import code_menu, frame, saving
from rnnviz.widgets.packing import message
from tests.ui.messages import unpacked
from tests.ui.opened import opened

OTHER: Final = re.compile(
    r"\.start|\.start\.id|\.start\.of|\.answer\.start|\.token|\.of|\.asked|\.model\.links\.\w+|.*\.(?:ulps|where)"
)
"""What is another thing in a script: names of an opening in a browser, links to pages, what a box asks for, and last
bits of the check by torch, since a network may be built again."""

_SPEED: Final = re.compile(r"\.points\[\d+\]\.lines\[[12]\]")
"""Where the speed at a point is said."""

_SAID_SPEED: Final = "Speed q = "

_RESTS: Final = 1e-20
"""The speed up to which a point is fixed: last bits, since a network may be built again."""

_LOWERED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass
class View:
    """What an address shows.

    Attributes:
        codes: The scripts by the keys of their pictures.
        figures: The figures by their keys.
        widgets: The name of each widget, with what it opens with where it stands alone, by their keys.
    """

    codes: dict[str, str] = field(default_factory=dict)
    figures: dict[str, go.Figure] = field(default_factory=dict)
    widgets: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)


def shown(address: str) -> View:
    """Open an address, and each menu of code on it."""
    view = View()
    show, menu_of = frame.show, saving.widget_menu

    def menu(key: str, code: Any, name: str) -> None:
        view.codes[key] = code_menu.headed(code())

    def figure(drawn: go.Figure, *args: Any, key: str, **named: Any) -> Any:
        view.figures[key] = go.Figure(drawn)
        return show(drawn, *args, key=key, **named)

    def widget(saved: saving.Saved, *args: Any) -> None:
        view.widgets[saved.key] = (saved.widget, plain(saved.data()))
        menu_of(saved, *args)

    with (
        patch.object(code_menu, "menu", menu),
        patch.object(frame, "show", figure),
        patch.object(saving, "widget_menu", widget),
        patch.object(indexing, "begin", lambda *_: None),
        patch.object(indexing, "progress", lambda *_: Making("waiting")),
    ):
        opened(address)
    return view


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Be in a folder, as whoever runs what was downloaded."""
    before = Path.cwd()
    os.chdir(folder)
    yield
    os.chdir(before)


def plain(data: Any) -> dict[str, Any]:
    """The data of a widget as its script reads them: arrays as numbers."""
    return unpacked(data if isinstance(data, bytes) else message(data))


def is_other(difference: str) -> bool:
    """Whether two data may differ there."""
    return OTHER.fullmatch(difference.partition(": ")[0]) is not None


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """The places in which two data differ, beyond rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        lone = [f"{where}.{key}: only one has it" for key in sorted(set(one) ^ set(other))]
        return lone + [
            text
            for key in sorted(set(one) & set(other))
            for text in differences(one[key], other[key], f"{where}.{key}")
        ]
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        same = one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=2e-3, equal_nan=True)
        return [] if same else [f"{where}: {one.shape} numbers, {other.shape}"]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [
            text for k, (a, b) in enumerate(zip(one, other, strict=True)) for text in differences(a, b, f"{where}[{k}]")
        ]
    if isinstance(one, float) and isinstance(other, float | int):
        return [] if np.isclose(one, other, rtol=1e-3, atol=1e-5, equal_nan=True) else [f"{where}: {one} {other}"]
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return [f"{where}: numbers, and none"]
    if _SPEED.fullmatch(where) and _is_as_fast(str(one), str(other)):
        return []
    return [] if one == other else [f"{where}: {str(one)[:160]!r} {str(other)[:160]!r}"]


def _is_as_fast(one: str, other: str) -> bool:
    """Whether two sentences give the same speed, up to a last digit; below that of a fixed point any is the same."""
    if not (_SAID_SPEED in one and _SAID_SPEED in other):
        return False
    words, speeds = zip(*(_said_speed(text) for text in (one, other)), strict=True)
    return words[0] == words[1] and (max(speeds) <= _RESTS or bool(np.isclose(*speeds, rtol=0.05, atol=0.0)))


def _said_speed(text: str) -> tuple[str, float]:
    """The words of a sentence such as ``Speed q = 1.5·10⁻²²``, and the number."""
    words, _, number = text.partition(" = ")
    digits, _, power = number.partition("·10")
    return words, float(digits.replace(",", "")) * 10.0 ** int(power.translate(_LOWERED) or 0)


def coarser(page: dict[str, Any], script: dict[str, Any]) -> dict[str, Any]:
    """The data of linked heatmaps with the numbers of a script, where a page has the same in one byte each.

    A page sends all steps so, of which the widget may ask for single ones; a script's page can ask for none.
    """
    view = page.get("view", {})
    if view.get("single", True) or view["stride"] > 1 or len(page["panels"]) != len(script["panels"]):
        return page
    pairs = list(zip(page["panels"], script["panels"], strict=True))
    if not all(_is_rounded(one["array"], other["array"]) for one, other in pairs):
        return page
    panels = [{**one, "array": other["array"]} for one, other in pairs]
    return {**page, "panels": panels, "view": {**view, "single": True, "window": 0}}


def _is_rounded(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether numbers are others in one byte each: up to a step of 255 between the largest size and minus that."""
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 2.1 * np.abs(other).max() / 255)
