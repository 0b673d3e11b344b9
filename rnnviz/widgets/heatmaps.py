"""What the linked heatmaps get: signals of the same steps, unit by time, as many numbers as there is room for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np

from rnnviz import analysis, names, palette
from rnnviz.analysis.states import Order
from rnnviz.widgets.excerpt import excerpt
from rnnviz.widgets.packing import exact, largest, message, whole

if TYPE_CHECKING:
    from rnnviz.cells import Recurrent
    from rnnviz.names import Direction

INDEX: Final = "index"
ORDERS: Final[tuple[Order, ...]] = tuple(order for order in get_args(Order) if order != INDEX)
VALUE: Final = ("value", "as they are")
DEVIATION: Final = ("deviation", "minus the state with biases alone")
BUDGET: Final = 200_000
"""Bytes of a message; with the widget's own script that makes 250 kB, which a click on a slow network can wait for."""

PLACE_BYTES: Final = 100
"""Bytes of an array's place in a message's header, with its padding."""

TOKEN_BYTES: Final = 60_000
"""Bytes of them for the words or rows of all steps; if these take more, each is cut."""


@dataclass(frozen=True)
class Look:
    """What the widget asks for beyond all steps at once.

    Attributes:
        first: Where a window of single steps begins.
        span: First and last step of a range whose units are asked for, if any are.
        threshold: The least value at which a unit is on.
    """

    first: int | None = None
    span: tuple[int, int] | None = None
    threshold: float = 0.0


@dataclass(frozen=True, eq=False)
class Panel:
    """A heatmap of a signal, of a trace or of what somebody computed.

    Attributes:
        signal: As ``rnnviz.names`` has it, for its range and colours.
        values: Of shape (time, unit).
        tag: The network, or which of several runs it is.
        label: In place of the signal's.
        finding: A sentence on one of its units.
        initial: Of shape (unit,). Of a gate: its values if neither input nor state adds anything.
        limits: The least and the greatest value that the colours stand for; values beyond are marked as such. None for
            the range of the values themselves.

    >>> import numpy as np
    >>> from rnnviz.widgets.heatmaps import Panel
    >>> Panel("h", np.zeros((6, 4)), tag="before").tag
    'before'
    """

    signal: str
    values: np.ndarray
    tag: str
    label: str = ""
    finding: str = ""
    initial: np.ndarray | None = None
    limits: tuple[float, float] | None = None


def looked(sent: object) -> Look:
    """What a browser asks for, which can be anything; nonsense is ignored."""
    asked: Mapping[str, Any] = sent if isinstance(sent, Mapping) else {}
    first, span, threshold = (asked.get(name) for name in ("first", "range", "threshold"))
    found = Look(first if type(first) is int else None)
    if isinstance(span, list) and len(span) == 2 and all(type(step) is int for step in span):
        level = threshold if isinstance(threshold, int | float) and 0 <= threshold <= 1 else 0.0
        found = replace(found, span=(span[0], span[1]), threshold=float(level))
    return found


def answer(values: np.ndarray, look: Look) -> dict[str, object] | None:
    """The units that are on at every step of the range that is asked for, and off just outside it; over all steps.

    Args:
        values: Of the first panel, of shape (time, unit).
    """
    begin, end = look.span or (-1, -1)
    if not 0 <= begin <= end < len(values):
        return None
    units = analysis.on_in_range(values, begin, end, look.threshold)
    return {"range": [begin, end], "threshold": look.threshold, "units": units.tolist()}


def bias_alone(module: "Recurrent", signal: str, layer: int, direction: "Direction") -> np.ndarray:
    """The values of a gate if neither input nor state adds anything: the sigmoid of its biases, of shape (unit,)."""
    units = module.hidden_size
    if not module.bias:
        return np.full(units, 0.5)
    gates = names.GATES["lstm" if "LSTM" in type(module).__name__ else "gru"]
    at = gates.index(signal)
    place = f"l{layer}{'_reverse' * (direction == 'reverse')}"
    both = (module.get_parameter(f"bias_{side}_{place}") for side in ("ih", "hh"))
    alone: np.ndarray = 1 / (1 + np.exp(-sum(bias.detach().numpy()[at * units : (at + 1) * units] for bias in both)))
    return alone


def facts(panel: Panel) -> dict[str, object]:
    """What a panel gets beside its numbers; all of it is about all steps."""
    signal, values, initial = panel.signal, panel.values, panel.initial
    outside = beyond(values, panel.limits)
    return {
        "key": "y" if panel.label else signal,
        "symbol": names.SYMBOLS[signal],
        "label": panel.label or names.LABELS[signal],
        "tag": panel.tag,
        "kind": "gate" if signal in names.SIGMOID_GATES and not panel.label else "signed",
        "most": largest(values) if panel.limits is None else min(largest(values), max(map(abs, panel.limits))),
        "orders": {by: whole(analysis.unit_order(values, by)) for by in ORDERS},
        "finding": panel.finding,
        "initial": None if initial is None else exact(initial),
        "deviation": None if initial is None else largest(values - initial),
        "limits": None if outside is None or panel.limits is None else list(panel.limits),
        "outside": outside,
    }


def beyond(values: np.ndarray, limits: tuple[float, float] | None) -> float | None:
    """The finite value that is farthest outside of some limits; None if there is none.

    >>> import numpy as np
    >>> from rnnviz.widgets.heatmaps import beyond
    >>> beyond(np.array([0.5, 3.0, -22.0]), (-1.0, 1.0)), beyond(np.array([0.5]), (-1.0, 1.0))
    (-22.0, None)
    """
    found = values[np.isfinite(values)]
    if limits is None or not found.size:
        return None
    low, high = limits
    apart = np.maximum(low - found, found - high)
    return float(found[apart.argmax()]) if apart.max() > 0 else None


def payload(
    panels: Sequence[Mapping[str, object]],
    values: Sequence[np.ndarray],
    tokens: Sequence[str],
    first: int | None = None,
    room: int = BUDGET,
    *,
    marked: Sequence[int] = (),
    unknown: Sequence[int] = (),
    answers: Sequence[Mapping[str, object]] = (),
) -> dict[str, object]:
    """The panels with as many of their numbers as there is room for, as plain data and packed arrays.

    Args:
        panels: Their ``facts``, from top to bottom.
        values: Theirs, each of shape (time, unit).
        tokens: A label a step.
        first: Where a window of single steps begins, if one is asked for.
        room: Bytes of the message.
        marked: Steps that are marked.
        unknown: Steps whose tokens the network does not know.
        answers: What each of the networks outputs, as the widget takes it.
    """
    deviates = any(panel["initial"] is not None for panel in panels)
    rest = {
        "tokens": clipped(tokens, TOKEN_BYTES),
        "marked": list(marked),
        "unknown": list(unknown),
        "scales": [VALUE, DEVIATION] if deviates else [VALUE],
        "palette": palette.themes(),
        "answers": list(answers),
    }
    taken = len(message({**rest, "panels": panels})) + PLACE_BYTES * len(panels)
    view, arrays = excerpt(values, room - taken, first)
    filled = [{**panel, "array": array} for panel, array in zip(panels, arrays, strict=True)]
    return {**rest, "panels": filled, "view": asdict(view)}


def clipped(tokens: Sequence[str], room: int) -> list[str]:
    """The tokens, all cut to the same number of characters, so that they take at most ``room`` bytes of JSON."""
    for most in (100, 40, 20, 12, 8, 5, 3, 2):
        cut = [token if len(token) <= most else f"{token[: most - 1]}…" for token in tokens]
        if len(json.dumps(cut, ensure_ascii=False, separators=(",", ":")).encode()) <= room:
            break
    return cut
