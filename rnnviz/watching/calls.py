"""What a recurrent module was called with, of some sequences of the batch, and the gradient that came back to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from rnnviz.cells import Recurrent

SAMPLE: Final = 8
"""The most sequences of a batch that are looked at."""


@dataclass(eq=False)
class Call:
    """One call of a recurrent module. Tensors are of the first ``SAMPLE`` sequences, batch first, and detached.

    Attributes:
        x: Of shape (sequence, time, feature).
        lengths: Of shape (sequence,).
        hx: The initial states, each of shape (layer * direction, sequence, unit); none if none were given.
        batch: How many sequences there were.
        packed: Whether they came as a PackedSequence.
        carried: Whether ``hx`` is the last state of the update before.
        tokens: What the model itself was given for these steps, of shape (sequence, time, …); None if not known.
        onto_output: dLoss/d(output), of shape (sequence, time, direction * unit); None until it arrives.
        onto_states: dLoss by h_n, and for an LSTM by c_n, as far as they arrived, by their position.
        reached: Of shape (batch,). Which sequences of the whole batch received any gradient.
    """

    module: Recurrent
    x: Tensor
    lengths: Tensor
    hx: tuple[Tensor, ...]
    batch: int
    packed: bool
    carried: bool
    tokens: Tensor | None = None
    onto_output: Tensor | None = None
    onto_states: dict[int, Tensor] = field(default_factory=dict)
    reached: Tensor | None = None

    @property
    def received(self) -> bool:
        """Whether any gradient arrived."""
        return self.onto_output is not None or bool(self.onto_states)

    def take_output(self, gradient: Tensor) -> None:
        """Keep dLoss/d(output), (batch, time, direction * unit); two backward passes through one call add up."""
        part = gradient[: len(self.x)].detach().clone()
        self.onto_output = part if self.onto_output is None else self.onto_output + part
        self._reach((gradient != 0).flatten(1).any(1))

    def take_state(self, position: int, gradient: Tensor) -> None:
        """Keep dLoss by a last state, (layer * direction, batch, unit)."""
        part = gradient[:, : len(self.x)].detach().clone()
        before = self.onto_states.get(position)
        self.onto_states[position] = part if before is None else before + part
        self._reach((gradient != 0).any(2).any(0))

    def _reach(self, found: Tensor) -> None:
        self.reached = found if self.reached is None else self.reached | found


def read_call(
    module: Recurrent, args: Sequence[Any], named: Mapping[str, Any], *, inputs: Sequence[Tensor], carried: bool
) -> Call:
    """The call that a forward hook saw; ``inputs`` are the tensors that the model itself was given."""
    given = args[0] if args else named["input"]
    x, lengths = _batch_first(module, given)
    hx = _first_states(initial_state(args, named), given)
    tokens = tokens_of(module, args, named, inputs)
    x = x[:SAMPLE].detach().clone()
    return Call(module, x, lengths[:SAMPLE], hx, len(lengths), isinstance(given, PackedSequence), carried, tokens)


def tokens_of(
    module: nn.RNNBase, args: Sequence[Any], named: Mapping[str, Any], inputs: Sequence[Tensor]
) -> Tensor | None:
    """The first input of the model that has a number for each sequence and step of a call: (sequence, time, …)."""
    given = args[0] if args else named["input"]
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
            return (tensor if fits[0] else tensor.transpose(0, 1))[:SAMPLE].detach()
    return None


def listen(call: Call, given: Any, output: Any, state: Any) -> None:
    """Let the gradients that arrive at what the module returned be kept; the hooks change none of them."""
    module = call.module
    is_single = isinstance(given, Tensor) and given.dim() == 2
    if isinstance(output, PackedSequence):

        def keep_packed(gradient: Tensor) -> None:
            call.take_output(pad_packed_sequence(output._replace(data=gradient), batch_first=True)[0])

        _hook(output.data, keep_packed)
    else:

        def keep_output(gradient: Tensor) -> None:
            whole = gradient[None] if is_single else gradient if module.batch_first else gradient.transpose(0, 1)
            call.take_output(whole)

        _hook(output, keep_output)
    for position, last in enumerate(states_of(state)):

        def keep_state(gradient: Tensor, position: int = position) -> None:
            call.take_state(position, gradient[:, None] if is_single else gradient)

        _hook(last, keep_state)


def initial_state(args: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """The initial state that a recurrent module was called with, or None."""
    return args[1] if len(args) > 1 else named.get("hx")


def states_of(state: Any) -> tuple[Tensor, ...]:
    """h, and c if there is one, as a tuple."""
    return () if state is None else (state,) if isinstance(state, Tensor) else tuple(state)


def _hook(tensor: Tensor, keep: Any) -> None:
    if tensor.requires_grad:
        tensor.register_hook(keep)  # type: ignore[no-untyped-call]


def _batch_first(module: nn.RNNBase, given: Tensor | PackedSequence) -> tuple[Tensor, Tensor]:
    """The input as (batch, time, feature) in the order in which the caller has it, and its lengths, (batch,)."""
    if isinstance(given, PackedSequence):
        return pad_packed_sequence(given._replace(data=given.data.detach()), batch_first=True)
    x = given[None] if given.dim() == 2 else given if module.batch_first else given.transpose(0, 1)
    return x, torch.full((x.shape[0],), x.shape[1])


def _first_states(state: Any, given: Any) -> tuple[Tensor, ...]:
    is_single = isinstance(given, Tensor) and given.dim() == 2
    whole = tuple(one[:, None] if is_single else one for one in states_of(state))
    return tuple(one[:, :SAMPLE].detach().clone() for one in whole)
