"""One layer, direction and sample of a trace, as figures draw it and captions name it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.names import CELL_LABELS, Direction
from rnnviz.trace import Trace


@dataclass(frozen=True, eq=False)
class Panel:
    """A place in a trace, its padded steps left out."""

    trace: Trace
    layer: int = 0
    direction: Direction = "forward"
    batch: int = 0

    @property
    def length(self) -> int:
        """True steps."""
        return int(self.trace.lengths[self.batch])

    @property
    def tokens(self) -> tuple[str, ...]:
        """A label for every true step."""
        return self.trace.tokens[self.batch][: self.length]

    @property
    def units(self) -> int:
        """Hidden units."""
        return self.trace.sizes["unit"]

    @property
    def backwards(self) -> bool:
        """Whether the last step is read first."""
        return self.direction == "reverse"

    def values(self, signal: str, *, padded: bool = False) -> np.ndarray:
        """A signal, of shape (time, unit); ValueError if the trace has none at this place."""
        values = self.trace.panel(signal, layer=self.layer, direction=self.direction, batch=self.batch)
        return values if padded else values[: self.length]

    def where(self, said: Sequence[str] = (), steps: str | None = None) -> str:
        """The place in a caption's words, with cell and units unless ``said``, which stands before, has them already.

        ``steps`` says how many steps there are; the true steps by default.
        """
        network = f"{CELL_LABELS[self.trace.cell]}, {self.units} units"
        return placed(network, self.layer, self.direction, f"{steps or f'{self.length:,}'} steps", said)


def placed(network: str, layer: int, direction: Direction, more: str, said: Sequence[str]) -> str:
    """``LSTM, 4 units, layer 0 forward, 9 steps``; after a caption that has said the network, from the layer on."""
    place = f"ayer {layer} {direction}, {more}"
    return f"L{place}" if said else f"{network}, l{place}"
