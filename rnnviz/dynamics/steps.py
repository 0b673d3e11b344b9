"""One step of a recurrent layer under constant input as a function of its state alone, with its Jacobian, in float64.

A state is one vector: h of an RNN and a GRU, and (h, c) of an LSTM. All functions take many states at once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.cells import Recurrent, Weights, cell_of, gru_step, lstm_step, recurrent, rnn_step, weights_of
from rnnviz.kernels import Kernel, kernel_of, reset_of
from rnnviz.models import Network
from rnnviz.names import Cell, Direction, Nonlinearity


@dataclass(frozen=True, eq=False)
class ConstantInput:
    """The map F from each state to the next one while the input of the layer stays x.

    Attributes:
        x: Of shape (input_size,), float64: the input of this layer; above the first one, states of the layer below.
        nonlinearity: Of a plain RNN.
        resets_before: Whether it is a GRU that resets the state before the product.
        kernel: Computes the same for whole sequences, as ``kernels.kernel_of`` gives it.
    """

    cell: Cell
    weights: Weights
    x: Tensor
    nonlinearity: Nonlinearity = "tanh"
    resets_before: bool = False
    kernel: Kernel = torch.gru

    @property
    def units(self) -> int:
        """The units of h."""
        return self.weights.weight_hh.shape[1]

    @property
    def size(self) -> int:
        """The numbers of a state: twice the units for an LSTM."""
        return self.units * (2 if self.cell == "lstm" else 1)

    @property
    def least(self) -> float:
        """The least that a unit of h can be after a step."""
        return 0.0 if self.nonlinearity == "relu" else -1.0

    def within(self, states: Tensor) -> Tensor:
        """The nearest states whose h is one that a step can lead to: of tanh and of gates, from -1 to 1.

        Far outside a GRU's update gate is 1 to rounding, and every state there would seem to stay.
        """
        h = states[..., : self.units].clamp(self.least, None if self.nonlinearity == "relu" else 1.0)
        return torch.cat([h, states[..., self.units :]], -1)

    def next(self, states: Tensor) -> Tensor:
        """F of states, both of shape (…, state)."""
        return self._after(self._step(states))

    def next_and_jacobians(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """F of states (count, state), and its Jacobians dF/dstate, (count, state, state)."""
        step = self._step(states)
        of_gru = self._of_reset_before if self.resets_before else self._of_gru
        jacobians = {"rnn": self._of_rnn, "gru": of_gru, "lstm": self._of_lstm}[self.cell]
        return self._after(step), jacobians(states, step)

    def _step(self, states: Tensor) -> dict[str, Tensor]:
        if self.cell == "lstm":
            h, c = states.chunk(2, -1)
            return lstm_step(self.x, h, c, self.weights)
        if self.cell == "gru":
            return gru_step(self.x, states, self.weights, reset_before=self.resets_before)
        return rnn_step(self.x, states, self.weights, nonlinearity=self.nonlinearity)

    def _after(self, step: dict[str, Tensor]) -> Tensor:
        return torch.cat([step["h"], step["c"]], -1) if self.cell == "lstm" else step["h"]

    def _of_rnn(self, _: Tensor, step: dict[str, Tensor]) -> Tensor:
        h = step["h"]
        slopes = 1 - h**2 if self.nonlinearity == "tanh" else (h > 0).to(h.dtype)
        return slopes[..., None] * self.weights.weight_hh

    def _of_gru(self, h: Tensor, step: dict[str, Tensor]) -> Tensor:
        """The derivative of (1 - z) n + z h, where n = tanh(… + r u) and u = W_hn h + b_hn."""
        W_r, W_z, W_n = self.weights.weight_hh.chunk(3)
        r, z, n, u = (step[name] for name in ("r", "z", "n", "hh.n+b"))
        dn = _rows(1 - n**2, _rows(r, W_n) + _rows(u * r * (1 - r), W_r))
        return torch.diag_embed(z) + _rows((h - n) * z * (1 - z), W_z) + _rows(1 - z, dn)

    def _of_reset_before(self, h: Tensor, step: dict[str, Tensor]) -> Tensor:
        """The derivative of (1 - z) n + z h, where n = tanh(… + W_hn (r h) + b_hn)."""
        W_r, W_z, W_n = self.weights.weight_hh.chunk(3)
        r, z, n = (step[name] for name in ("r", "z", "n"))
        dn = _rows(1 - n**2, W_n @ (torch.diag_embed(r) + _rows(h * r * (1 - r), W_r)))
        return torch.diag_embed(z) + _rows((h - n) * z * (1 - z), W_z) + _rows(1 - z, dn)

    def _of_lstm(self, states: Tensor, step: dict[str, Tensor]) -> Tensor:
        """The derivatives of c' = f c + i g and of h' = o tanh(c') by h and by c, as one matrix of four blocks."""
        c = states.chunk(2, -1)[1]
        W_i, W_f, W_g, W_o = self.weights.weight_hh.chunk(4)
        i, f, g, o, tanh_c = (step[name] for name in ("i", "f", "g", "o", "tanh(c)"))
        c_by_h = _rows(c * f * (1 - f), W_f) + _rows(g * i * (1 - i), W_i) + _rows(i * (1 - g**2), W_g)
        by_c = o * (1 - tanh_c**2)
        h_by_h = _rows(tanh_c * o * (1 - o), W_o) + _rows(by_c, c_by_h)
        above = torch.cat([h_by_h, torch.diag_embed(by_c * f)], -1)
        return torch.cat([above, torch.cat([c_by_h, torch.diag_embed(f)], -1)], -2)


def _rows(factors: Tensor, matrix: Tensor) -> Tensor:
    """diag(factors) matrix, for many factors at once."""
    return factors[..., None] * matrix


def constant_input(module: nn.Module, x: Any, layer: int, direction: Direction | None = None) -> ConstantInput:
    """The map of a layer of a recurrent module, or of a network of ``build``, under the constant input x.

    Raises:
        TypeError: If the module is neither.
        ValueError: If it has projections, no such layer or direction, two directions of which none is chosen, or a
            weight that is not finite; or if x is not a finite vector of the width of the layer's input.
    """
    rnn = recurrent_part(module)
    if rnn.bidirectional and direction is None:
        raise ValueError("direction must be chosen, since module reads in two and each settles by itself; got None")
    named = weights_of(rnn, layer, direction or "forward")._asdict()
    weights = Weights(**{name: part.double().cpu() for name, part in named.items() if part is not None})
    if not all(bool(part.isfinite().all()) for part in weights if part is not None):
        raise ValueError(f"the weights of layer {layer} must be finite numbers; got others")
    width = weights.weight_ih.shape[1]
    return ConstantInput(
        cell_of(rnn),
        weights,
        vector_of(x, width),
        rnn.nonlinearity if isinstance(rnn, nn.RNN) else "tanh",
        reset_of(rnn) == "before",
        kernel_of(rnn),
    )


def recurrent_part(module: nn.Module) -> Recurrent:
    """The recurrent module itself, or that of a network of ``build``; as ``cells.recurrent`` it refuses all others."""
    return recurrent(module.rnn if isinstance(module, Network) else module)


def vector_of(x: Any, width: int) -> Tensor:
    """A constant input as float64 of shape (width,); zeros for None."""
    if x is None:
        return torch.zeros(width, dtype=torch.float64)
    vector = torch.from_numpy(np.array(x.detach().cpu().numpy() if isinstance(x, Tensor) else x, dtype=np.float64))
    if vector.shape != (width,) or not bool(vector.isfinite().all()):
        got = f"shape {tuple(vector.shape)}" if vector.shape != (width,) else "a number that is not finite"
        raise ValueError(f"x must be {width} finite numbers, the width of this layer's input; got {got}")
    return vector


def states_by_kernel(step: ConstantInput, states: Tensor, count: int) -> Tensor:
    """The states (step, state_number, state) after each of ``count`` steps, by the layer's own kernel in float64."""
    parameters = [part for part in step.weights if part is not None]
    told = (step.weights.bias_ih is not None, 1, 0.0, False, False, True)  # bias, layers, dropout, …, batch first
    x, after = step.x.expand(len(states), 1, -1), []
    for _ in range(count):
        if step.cell == "lstm":
            h, c = (part[None].contiguous() for part in states.chunk(2, -1))
            states = torch.cat(step.kernel(x, (h, c), parameters, *told)[1:], -1)[0]
        else:
            states = step.kernel(x, states[None], parameters, *told)[1][0]
        after.append(states)
    return torch.stack(after)


def iterated(
    module: nn.Module,
    x: Any,
    states: np.ndarray,
    steps: int,
    *,
    layer: int = 0,
    direction: Direction | None = None,
) -> np.ndarray:
    """Where states (count, state) are after so many steps of constant input x, by torch's own layer in float64.

    Raises:
        TypeError, ValueError: As from ``fixed_points``; or if the states are not of this layer, or steps is not a whole
            number of at least 1.

    >>> import numpy as np, torch
    >>> from rnnviz.dynamics import iterated
    >>> iterated(torch.nn.GRU(2, 4), None, np.zeros((3, 4)), 10).shape
    (3, 4)
    """
    step, begun = constant_input(module, x, layer, direction), np.asarray(states, np.float64)
    if begun.ndim != 2 or begun.shape[1] != step.size:
        raise ValueError(f"states must be of shape (count, {step.size}) for this layer; got {begun.shape}")
    if type(steps) is not int or steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1; got {steps!r}")
    with torch.inference_mode():
        last: np.ndarray = states_by_kernel(step, torch.from_numpy(begun), steps)[-1].numpy()
    return last
