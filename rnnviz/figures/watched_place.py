"""A layer and a direction of a record: where its numbers are, and what a caption calls it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.figures import style
from rnnviz.figures.panel import placed
from rnnviz.names import CELL_LABELS, Direction
from rnnviz.record import LayerRecord, Record


@dataclass(frozen=True)
class WatchedPlace:
    """One layer and direction of a recurrent module, by the module's path in its model.

    >>> from rnnviz.figures import WatchedPlace
    >>> WatchedPlace("encoder.rnn", 1, "reverse").layer
    1
    """

    path: str
    layer: int = 0
    direction: Direction = "forward"


def place_of(
    record: Record, path: str | None = None, layer: int | None = None, direction: Direction = "forward"
) -> WatchedPlace:
    """The place that these mean: by default the first module and its top layer; ValueError if it is not there."""
    found = next((module for module in record.layers if path is None or module.path == path), None)
    if found is None:
        known = ", ".join(repr(module.path) for module in record.layers) or "none"
        raise ValueError(f"path must be one of this record's modules ({known}); got {path!r}")
    if direction not in found.directions:
        raise ValueError(f"direction must be {' or '.join(found.directions)} for this module; got {direction!r}")
    number = found.num_layers - 1 if layer is None else layer
    if not 0 <= number < found.num_layers:
        raise ValueError(f"layer must be in 0..{found.num_layers - 1} for this module; got {number}")
    return WatchedPlace(found.path, number, direction)


def watched_place(record: Record, place: WatchedPlace) -> WatchedPlace:
    """The same place of another record; if it has none, the top layer of its first module.

    Raises:
        ValueError: If the record has no module.

    >>> import torch
    >>> from rnnviz.figures import WatchedPlace, watched_place
    >>> from rnnviz.watching import pass_once
    >>> watched_place(pass_once(torch.nn.GRU(3, 4)), WatchedPlace("encoder.rnn", 1, "reverse"))
    WatchedPlace(path='', layer=0, direction='forward')
    """
    try:
        return place_of(record, place.path, place.layer, place.direction)
    except ValueError:
        return place_of(record)


def module_of(record: Record, place: WatchedPlace) -> LayerRecord:
    """The module of a place."""
    return next(module for module in record.layers if module.path == place.path)


def numbers(record: Record, place: WatchedPlace, name: str) -> np.ndarray:
    """One of ``record.NUMBERS`` at a place: its axes without layer and direction."""
    module = module_of(record, place)
    found: np.ndarray = module[name][:, place.layer, module.directions.index(place.direction)]
    return found


def called(record: Record, place: WatchedPlace, caption: Sequence[str]) -> str:
    """What a caption calls a place."""
    module = module_of(record, place)
    path = f"module {style.label(module.path, 40)}" if module.path else "the model itself"
    network = f"{CELL_LABELS[module.cell]}, {module.hidden_size} units"
    return placed(network, place.layer, place.direction, path, caption)
