"""Many interventions, each alone: what the top layer gives out, with many of them in one pass."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from rnnviz.capture.batch import state_of
from rnnviz.cells import Recurrent
from rnnviz.interventions.acts import Intervention
from rnnviz.interventions.running import intervene
from rnnviz.names import SIGNALS

ROOM: Final = 6_000_000
"""About the numbers of a pass: as float32 24 MB."""

_MOST_SIGNALS: Final = max(map(len, SIGNALS.values()))


def each_alone(
    module: Recurrent,
    x: np.ndarray,
    edits: Sequence[Sequence[Intervention]],
    lengths: Sequence[int] | np.ndarray | None = None,
    *,
    hx: Sequence[np.ndarray] = (),
    pause: Callable[[], None] = lambda: None,
) -> Iterator[np.ndarray]:
    """The states of the top layer after each of several interventions, made one at a time on the same sequences.

    Copies of the sequences go through the network together, each copy with its own intervention, as many at once as
    there is room for.

    Args:
        module: As for ``intervene``; whatever its own layout is.
        x: Of shape (batch, time, feature), float32.
        edits: For each run the interventions that are made together. They name no samples.
        lengths: The true steps of each sequence; all by default.
        hx: The initial h, and c of an LSTM, each of shape (layer * direction, unit); zeros by default.
        pause: Called before each pass; an error that it raises ends the work.

    Yields:
        For each run the h of the top layer: float32 of shape (batch, time, direction * unit), NaN at padded steps.

    Raises:
        ValueError: As from ``intervene``.

    >>> import numpy as np, torch
    >>> from rnnviz.interventions import clamp, each_alone
    >>> lstm, x = torch.nn.LSTM(3, 4), np.ones((2, 5, 3), np.float32)
    >>> found = list(each_alone(lstm, x, [[clamp("h", 0, [unit])] for unit in range(4)]))
    >>> len(found), found[0].shape, float(np.abs(found[2][..., 2]).max())
    (4, (2, 5, 4), 0.0)
    """
    batch, time = x.shape[:2]
    layers = module.num_layers * (1 + module.bidirectional)
    held = batch * time * module.hidden_size * layers * _MOST_SIGNALS
    together = max(1, ROOM // held)
    for first in range(0, len(edits), together):
        pause()
        some = edits[first : first + together]
        copies = torch.from_numpy(np.tile(x, (len(some), 1, 1)))
        placed = [
            replace(edit, samples=tuple(range(k * batch, (k + 1) * batch)))
            for k, own in enumerate(some)
            for edit in own
        ]
        starts = [np.repeat(state[:, None], len(copies), axis=1) for state in hx]
        trace = intervene(
            module,
            copies if module.batch_first else copies.transpose(0, 1),
            placed,
            None if lengths is None else np.tile(np.asarray(lengths), len(some)),
            hx=state_of(starts) if starts else None,
        )
        top = np.concatenate(list(trace["h"][-1]), axis=-1)  # (copy, time, direction * unit)
        yield from top.reshape(len(some), batch, time, -1)
