"""A loss on its way back through the unrolled network: what runs along every edge, with all arithmetic."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnviz.widgets import backward as way_back
from rnnviz.widgets import stepper
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.outputs import packed

if TYPE_CHECKING:
    from rnnviz.answers import Answer
    from rnnviz.names import Direction
    from rnnviz.reach import ThroughTime
    from rnnviz.stepping import Recording


def backward(
    recording: "Recording",
    found: "ThroughTime",
    *,
    caption: str,
    layer: int = 0,
    direction: "Direction" = "forward",
    threshold: float | None = None,
    answers: "Sequence[Answer]" = (),
    noun: str = "",
    initial: str = "",
    unknown: Sequence[int] = (),
    t: int = 0,
    unit: int | None = None,
) -> Drawn:
    """The stepper on the way back of a loss, through one layer and direction.

    Args:
        recording: Of the network on its input, of ``rnnviz.stepping.record``.
        found: The way back through the same network on the same input, of ``rnnviz.reach.through_time``.
        caption: The network in a line.
        threshold: Of clipping the norm of the gradient by all parameters, if it is clipped.
        answers: What a trained network outputs, as ``rnnviz.answers`` has it.
        noun: What that is, in a word: “depth”.
        initial: Where the initial state comes from, in words; empty if it is zero.
        unknown: Steps whose tokens the network does not know.
        t: The selected step.
        unit: The selected unit.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, pictures
    >>> from rnnviz.reach import through_time
    >>> from rnnviz.stepping import record
    >>> spec, x = ModelSpec("lstm", input_size=3, hidden_size=4), np.ones((6, 3), np.float32)
    >>> found = through_time(spec, x, [5])
    >>> pictures.backward(record(spec, x, list("abcdef")), found, caption="LSTM, 3 → 4 units")
    Drawn(Back through the steps: LSTM, 3 → 4 units)
    """
    walk, way = recording.walk(layer, direction), way_back.way(found, layer, direction, threshold)
    outputs = packed(answers, "", noun) if answers else None
    still = stepper.still(recording, walk, caption, outputs, way, initial=initial, unknown=unknown)
    start = {"t": t, "picture": "backward", "pictures": ["backward"], "unit": unit}
    data = stepper.alone(recording, walk, still, start, way.gradients)
    return Drawn("step_through", f"Back through the steps: {caption}", data, is_titled=True)
