"""The linked heatmaps of traces, as a notebook shows them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import names
from rnnviz.answers import Answer
from rnnviz.names import Direction
from rnnviz.trace import Trace
from rnnviz.widgets import heatmaps
from rnnviz.widgets.outputs import packed
from rnnviz.widgets.packing import message

if TYPE_CHECKING:
    from rnnviz.cells import Recurrent

Said = Sequence[Answer] | Mapping[str, Sequence[Answer]]
"""What a network outputs, or several do, by the tags of their panels."""

_ROOM: Final = 2_000_000
"""Bytes of the numbers of a page by itself, which can ask for no more."""


def panels_of(
    trace: Trace,
    signals: Sequence[str],
    module: "Recurrent | None" = None,
    *,
    batch: int,
    layer: int,
    direction: Direction,
) -> list[heatmaps.Panel]:
    """Signals of one sequence, layer and direction of a trace.

    Args:
        module: The one that the trace is of, for what its biases alone give.

    Raises:
        ValueError: If there is none of them, or the trace has not one of them.
    """
    known = [signal for signal in names.SIGNALS[trace.cell] if signal in trace]
    unknown = [signal for signal in signals if signal not in known]
    if unknown or not signals:
        got = ", ".join(map(str, unknown)) or "none"
        raise ValueError(f"signals must be some of {', '.join(known)}; got {got}")
    length = int(trace.lengths[batch])
    tag = names.CELL_LABELS[trace.cell]
    found = []
    for signal in signals:
        values = trace.panel(signal, batch=batch, layer=layer, direction=direction)[:length]
        alone = None
        if module is not None and signal in names.SIGMOID_GATES:
            alone = heatmaps.bias_alone(module, signal, layer, direction)
        found.append(heatmaps.Panel(signal, values, tag, initial=alone))
    return found


def line_of(trace: Trace, *, batch: int, layer: int, direction: Direction, name: str = "") -> str:
    """A trace in a line: the cell, its sizes, and which part of it is shown."""
    sizes = [_many(trace.sizes["unit"], "unit"), _many(int(trace.lengths[batch]), "step")]
    parts = (
        name,
        ", ".join([names.CELL_LABELS[trace.cell], *sizes]),
        f"layer {layer}, {direction}" if trace.sizes["layer"] > 1 or trace.sizes["direction"] > 1 else "",
        f"sequence {batch}" if trace.sizes["batch"] > 1 else "",
    )
    return " · ".join(filter(None, parts))


class Heatmaps:
    """Panels on the same steps, unit by time.

    Attributes:
        t: The selected step.
        units: The chosen units.
        span: First and last step of the selected range, if there is one.
    """

    widget: str = "panels"

    def __init__(
        self,
        panels: Sequence[heatmaps.Panel],
        tokens: Sequence[str],
        title: str,
        *,
        answers: Said = (),
        noun: str = "",
        marked: Sequence[int] = (),
        unknown: Sequence[int] = (),
        t: int = 0,
        units: Sequence[int] = (),
    ) -> None:
        self.panels, self.tokens, self.title = tuple(panels), tuple(tokens), title
        self.answers = answers if isinstance(answers, Mapping) else {"": answers}
        self.noun, self.marked, self.unknown = noun, tuple(marked), tuple(unknown)
        self.t, self.units = t, tuple(units)
        self.span: tuple[int, int] | None = None
        self._look = heatmaps.Look()

    @property
    def heading(self) -> str:
        """What stands above the widget: the title, since the widget has none."""
        return self.title

    def message(self) -> bytes:
        """What the widget gets now."""
        answer = heatmaps.answer(self._values[0], self._look)
        return message({**self._payload(self._look.first), "start": self._start, "answer": answer})

    def whole(self) -> dict[str, object]:
        """What the widget gets where it can ask for nothing."""
        return {**self._payload(None, _ROOM), "start": {**self._start, "id": "alone"}, "answer": None}

    def _payload(self, first: int | None, room: int = heatmaps.BUDGET) -> dict[str, object]:
        said = [packed(found, tag, self.noun) for tag, found in self.answers.items() if found]
        told = {"marked": self.marked, "unknown": self.unknown}
        return heatmaps.payload(self._facts, self._values, self.tokens, first, room, **told, answers=said)

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
    def _values(self) -> list[np.ndarray]:
        return [panel.values for panel in self.panels]

    @cached_property
    def _facts(self) -> list[dict[str, object]]:
        return [heatmaps.facts(panel) for panel in self.panels]

    @property
    def _start(self) -> dict[str, object]:
        units = list(self.units)
        return {
            "id": "notebook",
            "t": self.t,
            "units": units,
            "range": None,
            "threshold": None,
            "order": heatmaps.INDEX,
        }


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _span(sent: object) -> tuple[int, int] | None:
    match sent:
        case [int(begin), int(end)]:
            return begin, end
    return None
