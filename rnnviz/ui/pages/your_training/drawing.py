"""The figures of a record, and their scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import records
from rnnviz.caching import cached
from rnnviz.names import CELL_LABELS, Direction
from rnnviz.palette import Theme
from rnnviz.record import LayerRecord, Record
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, call, script
from rnnviz.ui.pages.your_training.choosing import Chosen
from rnnviz.ui.pages.your_training.opened import DIGEST
from rnnviz.ui.widgets import live_view

if TYPE_CHECKING:
    from rnnviz.figures import Figure

STEPS: Final = ("watched_steps", "watched_gradients")
NORMS: Final = ("watched_norms", "watched_loss")
STATES: Final = ("watched_units", "watched_gates", "watched_half_lives", "watched_singular_values")

SLIDER: Final = 40
"""Pixels that the controls of the film take of a slide."""


@dataclass(frozen=True)
class Place:
    """One layer and direction of a module, by the module's path."""

    path: str
    layer: int
    direction: Direction


@dataclass(frozen=True)
class Request:
    """A figure of a record.

    Attributes:
        function: Of ``rnnviz.figures``.
        place: Where the numbers are from.
        row: That is shown or marked, where the figure has one; None for the last one, and no mark.
    """

    function: str
    place: Place
    theme: Theme
    row: int | None = None


def module_of(record: Record, place: Place) -> LayerRecord:
    """The module of a place."""
    return next(module for module in record.layers if module.path == place.path)


def places(record: Record) -> list[Place]:
    """Every layer and direction, the top layer of the first module first."""
    return [
        Place(module.path, layer, direction)
        for module in record.layers
        for layer in reversed(range(module.num_layers))
        for direction in module.directions
    ]


def same_place(record: Record, place: Place) -> Place:
    """The same place of another record, or what stands for it, as the figures have it."""
    found = places(record)
    return place if place in found else found[0]


def available(functions: Sequence[str], record: Record, place: Place) -> list[str]:
    """Those of some figures for which a record has numbers."""
    gates = bool(module_of(record, place).gates)
    without = {
        "watched_gates": not gates,
        "watched_half_lives": not gates,
        "watched_loss": not np.isfinite(record.loss).any(),
    }
    return [function for function in functions if not without.get(function, False)]


@cached(64)
def figure_of(request: Request, of: Chosen, beside: Chosen | None) -> "Figure":
    """A figure of one record, with the axes of both."""
    others = {} if beside is None else {"beside": [beside.record]}
    return drawing(request, of, beside).figure(of.record, theme=request.theme, **others)


def captioned(request: Request, of: Chosen) -> list[str]:
    """What a caption begins with: the record, and of a layer its network."""
    from rnnviz.figures import style

    named = style.label(of.label, 64)
    if request.function in NORMS:
        return [f"{named}."]
    module = module_of(of.record, request.place)
    return [f"{named}: {CELL_LABELS[module.cell]}, {module.hidden_size} units."]


def drawing(request: Request, of: Chosen, beside: Chosen | None) -> Drawing:
    """The call that draws it."""
    place, caption = request.place, captioned(request, of)
    others = {} if beside is None else {"beside": Raw("[other]")}
    if request.function in NORMS:
        return Drawing(request.function, Raw("record"), **others, caption=caption)
    where: dict[str, object] = {"layer": place.layer}
    if place.direction != "forward":
        where["direction"] = place.direction
    if request.function == "watched_steps":
        row = -1 if request.row is None else request.row
        return Drawing(request.function, Raw("record"), row, place.path, **where, **others, caption=caption)
    if request.function == "watched_gradients" and request.row is not None:
        where["row"] = request.row
    return Drawing(request.function, Raw("record"), place.path, **where, **others, caption=caption)


def film_picture(request: Request, of: Chosen, beside: Chosen | None, *, present: bool = False) -> bytes:
    """A picture of the film, as its widget takes it: the same curves as in the figure of that row."""
    from rnnviz.figures.watched import steps_picture

    place, caption = request.place, captioned(request, of)
    drawn = steps_picture(
        of.record, -1 if request.row is None else request.row, place.path, layer=place.layer,
        direction=place.direction, beside=[] if beside is None else [beside.record], caption=caption,
    )  # fmt: skip
    return live_view.film_message(f"{of.name} {place}", drawn, caption, below=SLIDER if present else 0)


def code_of(request: Request, of: Chosen, beside: Chosen | None) -> str:
    """The script of a figure."""
    other = [] if beside is None else [_loaded("other", beside)]
    return script(_loaded("record", of), *other, drawing(request, of, beside).shown())


def findings_code(of: Chosen) -> str:
    """The script that prints what was found."""
    return script(_loaded("record", of), "for finding in rnnviz.examine(record):\n    print(finding)")


def _loaded(name: str, of: Chosen) -> str:
    """The line that loads a record; a server's folders are its own, so a script names the record's own alone."""
    if of.is_shipped:
        return f"{name} = {call('records.load', of.name)}"
    folder = "my-run" if DIGEST.fullmatch(of.name) else records.folder_of(of.name).name
    return f"# The folder that rnnviz.watch wrote into, with its path:\n{name} = {call('Record.load', folder)}"
