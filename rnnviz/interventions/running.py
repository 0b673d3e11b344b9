"""A network on an input with interventions: step by step where somebody reaches in, by torch's kernels elsewhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.capture.batch import Batch, State, read_batch, read_labels
from rnnviz.capture.forward import Forward, turned
from rnnviz.capture.plain import plain_forward, readable
from rnnviz.capture.tracing import as_written, trace_of
from rnnviz.cells import Recurrent, recurrent
from rnnviz.interventions.acts import Intervention
from rnnviz.interventions.loop import Held, stepped
from rnnviz.kernels import reset_of
from rnnviz.names import Direction
from rnnviz.trace import Trace


def intervene(
    module: Recurrent,
    x: Tensor | PackedSequence,
    edits: Sequence[Intervention],
    lengths: Sequence[int] | np.ndarray | Tensor | None = None,
    *,
    hx: State | None = None,
    tokens: Sequence[Sequence[object]] | Sequence[object] | None = None,
) -> Trace:
    """Every state and gate of a recurrent module on a batch, with some of them changed while it reads.

    All that depends on a change is computed anew: later steps, the layers above, and in the same step what the cell
    makes of it. Without edits this is what ``rnnviz.capture`` gives.

    Args:
        module: An nn.RNN, nn.LSTM or nn.GRU with any number of layers, one or two directions, projections or none.
        x, lengths, hx, tokens: As for ``rnnviz.capture``.
        edits: In this order, where several change the same number.

    Raises:
        TypeError: If the module or an edit is something else.
        ValueError: If an edit does not fit the module or the input: what was expected and what was got.

    >>> import torch
    >>> from rnnviz import capture, intervene
    >>> from rnnviz.interventions import clamp
    >>> lstm, x = torch.nn.LSTM(3, 4), torch.ones(5, 3)
    >>> kept = intervene(lstm, x, [clamp("f", 1, steps=[3, 4]), clamp("i", 0, steps=[3, 4])])
    >>> bool((kept.panel("c")[2] == kept.panel("c")[4]).all())
    True
    """
    recurrent(module, projections=True)
    if not plain_forward(module):
        raise TypeError(f"module must be torch's own nn.RNN, nn.LSTM or nn.GRU; {type(module).__name__} overrides it")
    check_edits(edits)
    if isinstance(x, PackedSequence):
        x, lengths = pad_packed_sequence(x, batch_first=module.batch_first)
    layer, x, hx = readable(module, x, hx)
    batch = read_batch(layer, x, lengths, hx=hx)
    labels = read_labels(tokens, batch, unbatched=x.dim() == 2)
    with torch.inference_mode(), as_written():
        run = Intervened(layer, batch, edits)
        run.read()
        run.fill_values()
        return trace_of(run, labels)


def check_edits(edits: object) -> None:
    """Refuse what is no sequence of interventions."""
    if not isinstance(edits, Sequence) or not all(isinstance(edit, Intervention) for edit in edits):
        raise TypeError(f"edits must be a list of Intervention; got {type(edits).__name__}")


class Intervened(Forward):
    """A walk through the layers that steps through those with edits."""

    def __init__(self, module: Recurrent, batch: Batch, edits: Sequence[Intervention]) -> None:
        super().__init__(module, batch)
        for number, edit in enumerate(edits):
            self._check(number, edit)
        self.edited = {
            (layer, k): own
            for layer, k, direction in self.states
            if (own := [edit for edit in edits if (edit.layer, edit.direction) == (layer, direction)])
        }

    def _check(self, number: int, edit: Intervention) -> None:
        if edit.signal not in self.values:
            raise ValueError(f"signal of edit {number} must be one of {', '.join(self.values)}; got {edit.signal!r}")
        if not 0 <= edit.layer < self.module.num_layers:
            raise ValueError(f"layer of edit {number} must be in 0..{self.module.num_layers - 1}; got {edit.layer}")
        if edit.direction not in self.directions:
            raise ValueError(
                f"direction of edit {number} must be {' or '.join(self.directions)}; got {edit.direction!r}"
            )
        sizes = dict(zip(("samples", "steps", "units"), self.values[edit.signal].shape[2:], strict=True))
        chosen = {name: getattr(edit, name) for name in sizes}
        for name, size in sizes.items():
            if chosen[name] is not None and max(chosen[name]) >= size:
                raise ValueError(f"{name} of edit {number} must be in 0..{size - 1}; got {max(chosen[name])}")
        shape = tuple(size if chosen[name] is None else len(chosen[name]) for name, size in sizes.items())
        try:
            np.broadcast_to(edit.values, shape)
        except ValueError as error:
            got = np.shape(edit.values)
            raise ValueError(
                f"values of edit {number} must broadcast to (batch, step, unit) = {shape}; got {got}"
            ) from error

    def _read(self, x: Tensor, layer: int, k: int) -> Tensor:
        edits = self.edited.get((layer, k))
        if not edits:
            return super()._read(x, layer, k)
        index, direction = layer * len(self.directions) + k, self.directions[k]
        held = {
            signal: self._held(signal, [edit for edit in edits if edit.signal == signal], direction)
            for signal in dict.fromkeys(edit.signal for edit in edits)
        }
        x = turned(x, self.batch) if direction == "reverse" else x
        states = tuple(state[index] for state in self.batch.states)
        activation = torch.relu if getattr(self.module, "nonlinearity", "tanh") == "relu" else torch.tanh
        options: dict[str, Any] = {"activation": activation, "reset": reset_of(self.module)}
        found = stepped(self.cell, x, self.weights[index], states, held, **options)
        for signal, values in found.items():
            at_input = turned(values, self.batch) if direction == "reverse" else values
            self.values[signal][layer, k] = at_input.numpy()
        output = torch.from_numpy(self.values["h"][layer, k])
        return output if self.batch.padded is None else output.masked_fill(self.batch.padded[..., None], 0)

    def _fill(self, layer: int, k: int, direction: Direction, output: Tensor) -> None:
        if (layer, k) not in self.edited:
            super()._fill(layer, k, direction, output)

    def _held(self, signal: str, edits: Sequence[Intervention], direction: Direction) -> Held:
        """What several edits make of one signal, in reading order."""
        shape = self.values[signal].shape[2:]
        replaced, touched = np.zeros(shape, bool), np.zeros((*shape[:2], 1), bool)
        values, added = np.zeros(shape, self.dtype), np.zeros(shape, self.dtype)
        for edit in edits:
            place = np.ix_(
                *(
                    range(size) if chosen is None else chosen
                    for chosen, size in zip((edit.samples, edit.steps, edit.units), shape, strict=True)
                )
            )
            if edit.adds:
                added[place] += edit.values
            else:
                replaced[place], values[place], added[place] = True, edit.values, 0
            touched[place[0], place[1]] = True
        parts = [torch.from_numpy(part) for part in (replaced, values, added, touched)]
        if direction == "reverse":
            parts = [turned(part, self.batch) for part in parts]
        replacing, put, adding, rows = parts
        return Held(replacing, put, adding, frozenset(rows.any(0)[:, 0].nonzero()[:, 0].tolist()))
