"""What a recurrent module was called with, and the gradient that came back to what it returned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.capture.calls import Call
from rnnviz.cells import Recurrent

SAMPLE: Final = 4
"""The most sequences of a batch that are looked at."""


@dataclass(eq=False)
class Listened:
    """A call of a recurrent module with what arrives at its results, of the first ``SAMPLE`` sequences, batch first.

    Attributes:
        call: All that the module read and returned.
        carried: Whether its initial state is the last state of the update before.
        tokens: What the model itself was given for all sequences, of shape (batch, time, …); None if not known.
        onto_output: dLoss/d(output), of shape (sequence, time, direction * unit); None until it arrives.
        onto_states: dLoss by h_n, and for an LSTM by c_n, as far as they arrived, by their position.
        reached: Of shape (batch,). Which sequences of the whole batch received any gradient.
    """

    call: Call
    carried: bool
    tokens: Tensor | None = None
    onto_output: Tensor | None = None
    onto_states: dict[int, Tensor] = field(default_factory=dict)
    reached: Tensor | None = None

    @property
    def x(self) -> Tensor:
        """The input, (sequence, time, feature)."""
        return self.call.x[:SAMPLE]

    @property
    def lengths(self) -> Tensor:
        """The true length of each sequence."""
        whole = self.call.lengths
        return torch.full(self.x.shape[:1], self.x.shape[1]) if whole is None else whole[:SAMPLE]

    @property
    def received(self) -> bool:
        """Whether any gradient arrived."""
        return self.onto_output is not None or bool(self.onto_states)

    def take_output(self, gradient: Tensor) -> None:
        """Keep dLoss/d(output), (batch, time, direction * unit); two backward passes through one call add up."""
        part = self._kept(gradient[:SAMPLE])
        self.onto_output = part if self.onto_output is None else self.onto_output + part
        self._reach((gradient != 0).flatten(1).any(1))

    def take_state(self, position: int, gradient: Tensor) -> None:
        """Keep dLoss by a last state, (layer * direction, batch, unit)."""
        part = self._kept(gradient[:, :SAMPLE])
        before = self.onto_states.get(position)
        self.onto_states[position] = part if before is None else before + part
        self._reach((gradient != 0).any(2).any(0))

    def _kept(self, gradient: Tensor) -> Tensor:
        return gradient.detach().to("cpu", self.call.x.dtype, copy=True)

    def _reach(self, found: Tensor) -> None:
        found = found.cpu()
        self.reached = found if self.reached is None else self.reached | found


def listen(made: Listened, output: Any, state: Any) -> None:
    """Let the gradients that arrive at what the module returned be kept; the hooks change none of them."""
    module, unbatched = made.call.layer, made.call.unbatched
    if isinstance(output, PackedSequence):

        def keep_packed(gradient: Tensor) -> None:
            made.take_output(pad_packed_sequence(output._replace(data=gradient), batch_first=True)[0])

        _hook(output.data, keep_packed)
    else:

        def keep_output(gradient: Tensor) -> None:
            whole = gradient[None] if unbatched else gradient if module.batch_first else gradient.transpose(0, 1)
            made.take_output(whole)

        _hook(output, keep_output)
    for position, last in enumerate(states_of(state)):

        def keep_state(gradient: Tensor, position: int = position) -> None:
            made.take_state(position, gradient[:, None] if unbatched else gradient)

        _hook(last, keep_state)


def arguments(args: Sequence[Any], named: Mapping[str, Any]) -> tuple[Any, Any]:
    """The input and the initial state, or None, that a recurrent module was called with."""
    given = dict(zip(("input", "hx"), args, strict=False)) | dict(named)
    return given["input"], given.get("hx")


def results(returned: Any) -> tuple[Any, Any]:
    """The output and the last states; a subclass may return its output alone."""
    return returned if type(returned) is tuple and len(returned) == 2 else (returned, None)


def states_of(state: Any) -> tuple[Tensor, ...]:
    """h, and c if there is one, as a tuple."""
    return () if state is None else (state,) if isinstance(state, Tensor) else tuple(state)


def tokens_of(module: Recurrent, given: Any, inputs: Sequence[Tensor]) -> Tensor | None:
    """The first input of the model that has a number for each sequence and step of a call: (sequence, time, …)."""
    if isinstance(given, PackedSequence):
        return None
    batch, steps = (
        (1, len(given)) if given.dim() == 2 else given.shape[:2] if module.batch_first else given.shape[1::-1]
    )
    for tensor in inputs:
        fits = [tuple(tensor.shape[:2]) == sizes for sizes in ((batch, steps), (steps, batch))]
        if all(fits):
            fits = [module.batch_first, not module.batch_first]
        if any(fits):
            return (tensor if fits[0] else tensor.transpose(0, 1)).detach()
    return None


def _hook(tensor: Tensor, keep: Callable[[Tensor], None]) -> None:
    if tensor.requires_grad:
        tensor.register_hook(keep)  # type: ignore[no-untyped-call]
