"""What runs whole layers: torch's fused kernels, and a GRU that resets before the product, with a kernel of its own.

Torch has no such GRU. What the kernel of one returns here is its equations step by step, by torch's products and
functions, so that autograd goes through it as through torch's own.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnviz.cells import Recurrent, Weights, cell_of, gates_apart
from rnnviz.names import Reset

Kernel = Callable[..., tuple[Tensor, ...]]
"""As ``torch.gru`` is called: x, the initial states, the weights, whether there are biases, the number of layers, the
dropout between them, whether that is active, whether there are two directions, whether x is batch first."""

_FUSED: Final[dict[str, Kernel]] = {
    "lstm": torch.lstm,
    "gru": torch.gru,
    "tanh": torch.rnn_tanh,
    "relu": torch.rnn_relu,
}


def kernel_of(module: Recurrent) -> Kernel:
    """The function that computes what a recurrent module does, without the module's weights."""
    if reset_of(module) == "before":
        return reset_before_gru
    return _FUSED[module.nonlinearity if isinstance(module, nn.RNN) else cell_of(module)]


def reset_of(module: nn.Module) -> Reset:
    """Whether a GRU resets before or after the product; of other modules, what torch does.

    >>> import torch
    >>> from rnnviz.kernels import ResetBeforeGRU, reset_of
    >>> reset_of(torch.nn.GRU(3, 4)), reset_of(ResetBeforeGRU(3, 4))
    ('after', 'before')
    """
    return "before" if isinstance(module, ResetBeforeGRU) else "after"


class ResetBeforeGRU(nn.GRU):
    """A GRU that resets the state before the product: n_t = tanh(W_in x_t + b_in + W_hn (r_t * h_{t-1}) + b_hn).

    All else is as in ``torch.nn.GRU``, which multiplies the product by r_t instead: arguments, names and shapes of the
    weights, inputs and outputs. It steps through the sequence in Python. This is the GRU of Keras with
    ``reset_after=False``, and of ONNX with ``linear_before_reset=0``.

    Source: Cho et al. (2014), arXiv 1406.1078, equations 5 to 8, with z as in torch.

    >>> import torch
    >>> from rnnviz.kernels import ResetBeforeGRU
    >>> gru, x = ResetBeforeGRU(3, 4, batch_first=True), torch.ones(2, 5, 3)
    >>> output, h_n = gru(x)
    >>> output.shape, torch.equal(output[:, -1], h_n[0])
    (torch.Size([2, 5, 4]), True)
    >>> other = torch.nn.GRU(3, 4, batch_first=True)
    >>> _ = other.load_state_dict(gru.state_dict())
    >>> torch.allclose(other(x)[0][:, 0], output[:, 0])  # the first step resets a state of zeros
    False
    """

    def forward(self, input: Any, hx: Tensor | None = None) -> Any:  # noqa: A002 - torch's
        """The states of the top layer, and the last of every layer and direction, in the layouts of ``torch.nn.GRU``.

        Raises:
            ValueError: If the input or the initial state does not have the shape that the module expects.
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        if input.dim() not in (2, 3) or input.shape[-1] != self.input_size:
            raise ValueError(
                f"input must have 2 or 3 axes and {self.input_size} features; got shape {tuple(input.shape)}"
            )
        is_single = input.dim() == 2
        x = input[None] if is_single else input if self.batch_first else input.transpose(0, 1)
        first = hx[:, None] if is_single and hx is not None else hx
        output, last = self._run(x, first, None)
        if is_single:
            return output[0], last[:, 0]
        return output if self.batch_first else output.transpose(0, 1), last

    def _packed(self, given: PackedSequence, hx: Tensor | None) -> tuple[PackedSequence, Tensor]:
        x, lengths = pad_packed_sequence(given, batch_first=True)
        output, last = self._run(x, hx, lengths)
        is_sorted = given.sorted_indices is None
        return pack_padded_sequence(output, lengths, batch_first=True, enforce_sorted=is_sorted), last

    def _run(self, x: Tensor, hx: Tensor | None, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """The output and the last states of x, batch first."""
        shape = (self.num_layers * (1 + self.bidirectional), len(x), self.hidden_size)
        first = x.new_zeros(shape) if hx is None else hx
        if tuple(first.shape) != shape:
            raise ValueError(f"hx must have shape {shape}; got {tuple(first.shape)}")
        options = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, True)
        return reset_before_gru(x, first, self._flat_weights, *options, lengths=lengths)


def reset_before_gru(  # noqa: PLR0917 - as torch.gru
    x: Tensor,
    hx: Tensor,
    weights: Sequence[Any],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
    *,
    lengths: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """What ``torch.gru`` returns, of a GRU that resets the state before the product.

    Args:
        lengths: True lengths of samples that are padded; their outputs are 0 beyond, and states stay as they are.
    """
    current, ways = x if batch_first else x.transpose(0, 1), 1 + bidirectional
    each = 4 if has_biases else 2
    last: list[Tensor] = []
    for layer in range(num_layers):
        outputs = []
        for way in range(ways):
            place = layer * ways + way
            own = Weights(*weights[place * each : (place + 1) * each])
            outputs.append(_one_way(current, hx[place], own, lengths=lengths, is_reverse=way == 1))
            last.append(outputs[-1][1])
        current = torch.cat([output for output, _ in outputs], -1)  # (batch, time, direction * unit)
        if train and dropout and layer < num_layers - 1:
            current = functional.dropout(current, dropout)
    return current if batch_first else current.transpose(0, 1), torch.stack(last)


def _one_way(
    x: Tensor, h: Tensor, weights: Weights, *, lengths: Tensor | None, is_reverse: bool
) -> tuple[Tensor, Tensor]:
    """The states (batch, time, unit) of one layer and direction, and the last one that it reads, (batch, unit)."""
    own = gates_apart(weights)
    sums = functional.linear(x, weights.weight_ih, weights.bias_ih)  # (batch, time, 3 * unit)
    there = None if lengths is None else (torch.arange(x.shape[1]) < lengths[:, None]).to(x.device)
    states: list[Tensor] = []
    for t in reversed(range(x.shape[1])) if is_reverse else range(x.shape[1]):
        of_gates, of_candidate = sums[:, t].tensor_split((len(own.gates),), -1)
        r, z = (of_gates + functional.linear(h, own.gates, own.gates_bias)).sigmoid().chunk(2, -1)
        n = (of_candidate + functional.linear(r * h, own.candidate, own.candidate_bias)).tanh()
        new = (1 - z) * n + z * h
        h = new if there is None else torch.where(there[:, t, None], new, h)
        states.append(h)
    output = torch.stack(states[::-1] if is_reverse else states, 1)
    return output if there is None else output.masked_fill(~there[..., None], 0), h
