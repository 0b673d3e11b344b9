"""The stepper of a recurrent module, as a notebook shows it: unrolled, rolled up, or its cell with all arithmetic."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rnnviz import palette
from rnnviz.names import CELL_LABELS, Direction
from rnnviz.spec import Edit
from rnnviz.spec.described import form, joined, sizes
from rnnviz.stepping import record_layer
from rnnviz.widgets import stepper
from rnnviz.widgets.outputs import packed
from rnnviz.widgets.packing import message

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from rnnviz.answers import Answer
    from rnnviz.cells import Recurrent

MOST: Final = 1_000_000
"""Steps times units: every product of every step is computed at once, twenty numbers and more of each."""


class Steps:
    """One sequence through one recurrent module; a number that is typed over is computed with by the real network.

    Attributes:
        t: The selected step.
        units: The unit of the cell that is shown alone, if one is.
        edits: The numbers that are typed over.
    """

    widget: str = "step_through"
    heading: str = ""

    def __init__(
        self,
        module: "Recurrent",
        x: "np.ndarray",
        tokens: Sequence[str],
        *,
        layer: int,
        direction: Direction,
        view: str,
        name: str = "",
        hx: "tuple[np.ndarray, ...]" = (),
        head: "nn.Linear | None" = None,
        answers: "Sequence[Answer]" = (),
        noun: str = "",
        title: str = "",
        initial: str = "",
        unknown: Sequence[int] = (),
        t: int = 0,
        units: Sequence[int] = (),
    ) -> None:
        if len(x) * module.hidden_size > MOST:
            raise ValueError(
                f"what is stepped through may have at most {MOST:,} steps times units; got {len(x):,} steps of "
                f"{module.hidden_size} units: view='heatmaps' shows them"
            )
        self._module, self._x, self._hx, self._name = module, x, hx, name
        self._head, self._told, self._unknown = head, title, tuple(unknown)
        self._initial = initial or ("the state that was given" if hx else "")
        self._outputs = packed(answers, "", noun) if answers else None
        self._recording = record_layer(module, x, tokens, hx=hx, head=head)
        self._check_place(layer, direction)
        self._layer, self._direction, self._view = layer, direction, view
        self.t, self.units = t, tuple(units)
        self.edits: tuple[Edit, ...] = ()
        self._tried: Edit | None = None
        self._opened, self._parts = 0, {"still"}
        self._first: int | None = None
        self._gate: str | None = None
        self._restart()

    @property
    def title(self) -> str:
        """The network in a line."""
        edited = f", {len(self.edits)} number{'s' * (len(self.edits) > 1)} edited" if self.edits else ""
        spec = self._recording.spec
        network = self._told or joined(CELL_LABELS[spec.cell], form(spec), sizes(spec))
        return f"{self._name} · {network}{edited}" if self._name and not self._told else f"{network}{edited}"

    def message(self) -> bytes:
        """What the widget gets now: all at first, with the steps around the selected one, then what it asks for."""
        still, count = self._still, len(self._recording.tokens)
        sent: dict[str, Any] = {"token": f"notebook{self._opened}", "start": self._start}
        if "still" in self._parts:
            first = stepper.beginning(self.t - still["opening"] // 2, still["opening"], count)
            sent["still"] = {**still, "palette": palette.themes()}
            sent["matrices"] = stepper.matrices(self._walk, still["gatesHere"])
            sent["window"] = stepper.window(self._recording, self._walk, first, still["opening"])
        if self._first is not None:
            first = stepper.beginning(self._first, still["size"], count)
            sent["window"] = stepper.window(self._recording, self._walk, first, still["size"])
        if self._gate is not None:
            sent["matrices"] = stepper.matrices(self._walk, [self._gate])
        return message(sent)

    def whole(self) -> dict[str, object]:
        """What the widget gets where it can ask for nothing."""
        return stepper.alone(self._recording, self._walk, self._still, self._start)

    def hear(self, name: str, value: object) -> bool:
        """Take what the browser says, which can be anything; whether the widget gets something else now.

        Raises:
            TypeError, ValueError: If a change cannot be made; nothing was changed.
        """
        match name, value:
            case "t", int(t) if 0 <= t < len(self._recording.tokens):
                self.t = t
            case "unit", int(unit) if 0 <= unit < self._recording.spec.hidden_size:
                self.units = (unit,)
            case "unit", None:
                self.units = ()
            case "look", Mapping():
                return self._look(value)
            case "change", Mapping():
                return self._change(value)
        return False

    def _look(self, asked: Mapping[str, Any]) -> bool:
        first, gate = asked.get("first"), asked.get("gate")
        if self._try(asked.get("tried")):
            return True
        known = asked.get("token") == f"notebook{self._opened}"
        self._parts = set() if known else {"still"}
        self._first = first if known and type(first) is int else None
        self._gate = gate if known and gate in self._still["gates"] else None
        return not known or self._first is not None or self._gate is not None

    def _change(self, asked: Mapping[str, Any]) -> bool:
        match asked:
            case {"kind": "select", "layer": int(layer), "direction": str(direction)}:
                self._check_place(layer, direction)
                self._layer, self._direction = layer, direction  # type: ignore[assignment]  # it is checked
            case {"kind": "edit", "name": str(name), "index": [*index], "value": int(value) | float(value)}:
                self._edit((*self._without(name, index), Edit(name, tuple(index), float(value))))
            case {"kind": "undo", "name": str(name), "index": [*index]}:
                self._edit(self._without(name, index))
            case {"kind": "reset"}:
                self._edit(())
            case _:
                return False
        if type(t := asked.get("t")) is int and 0 <= t < len(self._recording.tokens):
            self.t = t
        self._restart()
        return True

    def _try(self, sent: object) -> bool:
        """Show a number that is being edited and not applied yet, or no such number any more."""
        tried: Edit | None
        match sent:
            case {"name": str(name), "index": [*index], "value": int(value) | float(value)}:
                tried = Edit(name, tuple(index), float(value))
            case _:
                tried = None
        if tried == self._tried:
            return False
        self._record(self.edits if tried is None else (*self._without(tried.name, tried.index), tried))
        self._tried = tried
        self._restart()
        return True

    def _edit(self, edits: tuple[Edit, ...]) -> None:
        self._record(edits)
        self.edits, self._tried = edits, None

    def _record(self, edits: tuple[Edit, ...]) -> None:
        tokens = self._recording.tokens
        self._recording = record_layer(self._module, self._x, tokens, edits, hx=self._hx, head=self._head)

    def _without(self, name: str, index: Sequence[object]) -> tuple[Edit, ...]:
        return tuple(edit for edit in self.edits if (edit.name, edit.index) != (name, tuple(index)))

    def _check_place(self, layer: int, direction: str) -> None:
        spec = self._recording.spec
        if not 0 <= layer < spec.num_layers:
            raise ValueError(f"layer must be in 0..{spec.num_layers - 1}; got {layer}")
        if direction not in spec.directions:
            raise ValueError(f"direction must be {' or '.join(spec.directions)}; got {direction!r:.40}")

    def _restart(self) -> None:
        """The widget is to be opened anew, with another network or from another place of it."""
        self._opened += 1
        self._parts, self._first, self._gate = {"still"}, None, None
        self._walk = self._recording.walk(self._layer, self._direction)
        outputs = None if self.edits else self._outputs  # they are of the network as it was given
        told: dict[str, Any] = {"initial": self._initial, "unknown": self._unknown}
        self._still: dict[str, Any] = stepper.still(self._recording, self._walk, self.title, outputs, **told)

    @property
    def _start(self) -> dict[str, object]:
        unit = self.units[0] if len(self.units) == 1 else None
        pictures = list(stepper.FORWARD)
        return {"id": "notebook", "t": self.t, "picture": self._view, "pictures": pictures, "unit": unit}
