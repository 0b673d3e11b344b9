"""The linked heatmaps of a trace, as a notebook shows them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from rnnviz import names
from rnnviz.names import Direction
from rnnviz.trace import Trace
from rnnviz.widgets import heatmaps
from rnnviz.widgets.packing import message

_ROOM: Final = 2_000_000
"""Bytes of the numbers of a page by itself, which can ask for no more."""


class Heatmaps:
    """Signals of one sequence, layer and direction, unit by time.

    Attributes:
        t: The selected step.
        units: The chosen units.
        span: First and last step of the selected range, if there is one.
    """

    widget: str = "panels"

    def __init__(
        self,
        trace: Trace,
        signals: Sequence[str],
        tokens: Sequence[str],
        *,
        batch: int,
        layer: int,
        direction: Direction,
        name: str = "",
    ) -> None:
        known = [signal for signal in names.SIGNALS[trace.cell] if signal in trace]
        unknown = [signal for signal in signals if signal not in known]
        if unknown or not signals:
            got = ", ".join(map(str, unknown)) or "none"
            raise ValueError(f"signals must be some of {', '.join(known)}; got {got}")
        length = int(trace.lengths[batch])
        self.values = [
            trace.panel(signal, batch=batch, layer=layer, direction=direction)[:length] for signal in signals
        ]
        self.tokens = tuple(tokens)
        self.cell, self.signals = trace.cell, tuple(signals)
        units = trace.sizes["unit"]
        self.title = " · ".join(
            part
            for part in (
                name,
                f"{names.CELL_LABELS[trace.cell]}, {_many(units, 'unit')}, {_many(length, 'step')}",
                f"layer {layer}, {direction}" if trace.sizes["layer"] > 1 or trace.sizes["direction"] > 1 else "",
                f"sequence {batch}" if trace.sizes["batch"] > 1 else "",
            )
            if part
        )
        self.t = 0
        self.units: tuple[int, ...] = ()
        self.span: tuple[int, int] | None = None
        self._look = heatmaps.Look()

    @property
    def heading(self) -> str:
        """What stands above the widget: the title, since the widget has none."""
        return self.title

    def message(self) -> bytes:
        """What the widget gets now."""
        sent = heatmaps.payload(self._facts, self.values, self.tokens, self._look.first)
        return message({**sent, "start": self._start, "answer": heatmaps.answer(self.values[0], self._look)})

    def whole(self) -> dict[str, object]:
        """What the widget gets where it can ask for nothing."""
        sent = heatmaps.payload(self._facts, self.values, self.tokens, room=_ROOM)
        return {**sent, "start": {**self._start, "id": "alone"}, "answer": None}

    def hear(self, name: str, value: object) -> bool:
        """Take what the browser says, which can be anything; whether the widget gets something else now."""
        match name, value:
            case "t", int(t) if 0 <= t < len(self.tokens):
                self.t = t
            case "chosen", {"units": list(units), **rest} if all(type(unit) is int for unit in units):
                self.units, self.span = tuple(units), _span(rest.get("range"))
            case "look", Mapping():
                before, self._look = self._look, heatmaps.looked(value)
                return before != self._look
        return False

    @cached_property
    def _facts(self) -> list[dict[str, Any]]:
        pairs = zip(self.signals, self.values, strict=True)
        return [heatmaps.facts(self.cell, signal, values) for signal, values in pairs]

    @property
    def _start(self) -> dict[str, object]:
        return {"id": "notebook", "t": 0, "units": [], "range": None, "threshold": None, "order": heatmaps.INDEX}


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _span(sent: object) -> tuple[int, int] | None:
    match sent:
        case [int(begin), int(end)]:
            return begin, end
    return None
