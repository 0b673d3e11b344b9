"""One loss on its way back through time: what runs along every edge, what each step adds to the weights' gradients.

All in float64, beside what torch's own backward pass leaves in ``.grad``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rnnviz.analysis.gradients import stable_norm
from rnnviz.capture import capture, state_of
from rnnviz.capture.gradients import flushed
from rnnviz.cells import Recurrent
from rnnviz.models import Network, build
from rnnviz.names import Direction
from rnnviz.reach.back import Flow, Pulls, Slopes, Way, before, first_of, flow_from_above, flow_from_losses
from rnnviz.reach.back import Found as Places
from rnnviz.reach.jacobians import largest_stretch
from rnnviz.reach.losses import Of, loss_vectors, outputs_of
from rnnviz.spec import Edit, ModelSpec
from rnnviz.trace import Trace


@dataclass(frozen=True, eq=False)
class LayerBack:
    """The way back through one layer and direction; each is of shape (time, unit) where no other is told.

    Attributes:
        h, c: The total derivatives dL/dh_t and, of an LSTM, dL/dc_t.
        above: What reaches h_t from the loss of its step, or from the layer above.
        next_h, next_c: What reaches h_t and c_t from the step that is read next: 0 at the last, and where it is cut.
        past_h, past_c: What goes on to the step before, were it not cut.
        sums: Of shape (time, gate, unit). dL/da, a the pre-activations as W_hh h_{t-1} + b_hh enters them.
        reads: The same as W_ih x_t + b_ih enters them; other than ``sums`` in the n of torch's GRU alone.
        inputs, h_prev: What W_ih and W_hh multiply, (time, feature) and (time, unit). The W_hn of a GRU that resets
            before the product multiplies ``reset`` in place of ``h_prev``.
    """

    h: np.ndarray
    c: np.ndarray | None
    above: np.ndarray
    next_h: np.ndarray
    next_c: np.ndarray
    past_h: np.ndarray
    past_c: np.ndarray
    sums: np.ndarray
    reads: np.ndarray
    inputs: np.ndarray
    h_prev: np.ndarray
    way: Way = field(repr=False)

    @property
    def weight_hh(self) -> np.ndarray:
        """dL/dW_hh, (gate * unit, unit): the sum over the steps of ``sums`` times what W_hh multiplies."""
        return np.concatenate([_summed(sums, operand) for sums, operand in self._by_operand()])

    @property
    def weight_ih(self) -> np.ndarray:
        """dL/dW_ih, (gate * unit, feature): the same of ``reads`` and ``inputs``."""
        return _summed(self.reads, self.inputs)

    @property
    def added_hh(self) -> np.ndarray:
        """The norm of what every step adds to dL/dW_hh, (time,): that of a product of two vectors."""
        norms = np.stack([_added(sums, operand) for sums, operand in self._by_operand()])
        return norms[0] if len(norms) == 1 else stable_norm(norms, axis=0)

    @property
    def added_ih(self) -> np.ndarray:
        """The same of dL/dW_ih."""
        return _added(self.reads, self.inputs)

    @property
    def reset(self) -> np.ndarray | None:
        """r_t h_{t-1}, (time, unit), of a GRU that resets before the product."""
        return None if self.slopes.reset is None else self.slopes.reset * self.h_prev

    @property
    def by_reset(self) -> np.ndarray | None:
        """dL/d(r_t h_{t-1}), (time, unit), of a GRU that resets before the product: W_hn' dL/da_n."""
        if self.slopes.reset is None:
            return None
        size = self.h.shape[1]
        passed: np.ndarray = self.sums[:, 2] @ self.way.W_hh[2 * size :].numpy()
        return passed

    def _by_operand(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The gradients by pre-activations, (time, gate, unit), with what the rows of W_hh of these gates multiply."""
        if self.reset is None:
            return [(self.sums, self.h_prev)]
        return [(self.sums[:, :2], self.h_prev), (self.sums[:, 2:], self.reset)]

    @property
    def slopes(self) -> Slopes:
        """What every step does to gradients, elementwise."""
        return self.way.slopes

    @cached_property
    def jacobians(self) -> np.ndarray:
        """d(h_t, c_t)/d(h_{t-1}, c_{t-1}) of every step, (time, state, state); of an RNN and a GRU h alone."""
        return self.way.jacobians()

    def stretches(self) -> np.ndarray:
        """The largest singular value of every step's Jacobian, (time,); NaN where an entry is not finite."""
        return np.array([largest_stretch(torch.from_numpy(one)) for one in self.jacobians])


@dataclass(frozen=True, eq=False)
class ThroughTime:
    """One loss on its way back through a network.

    Attributes:
        loss: Its value.
        steps: Of the loss.
        outputs: Of the network; 0 if the loss is a projection of its states.
        layers: By layer and direction.
        x: dL/dx_t, (time, feature).
        grads: What torch leaves in ``.grad``, by the parameter's name in the network: ``rnn.weight_hh_l0``.
        cut: After how many steps it is truncated; None for not at all.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> found = reach.through_time(ModelSpec("rnn", 3, 4), np.ones((6, 3), np.float32), [5])
    >>> found.layers[0, "forward"].h.shape
    (6, 4)
    >>> np.allclose(found.layers[0, "forward"].weight_hh, found.grads["rnn.weight_hh_l0"])
    True
    """

    loss: float
    steps: tuple[int, ...]
    outputs: int
    layers: Mapping[tuple[int, Direction], LayerBack]
    x: np.ndarray
    grads: Mapping[str, np.ndarray]
    cut: int | None = None

    @property
    def norm(self) -> float:
        """That of the gradient by all parameters, which clipping compares with its threshold."""
        return float(stable_norm(np.concatenate([grad.ravel() for grad in self.grads.values()])))


def through_time(
    spec: ModelSpec,
    x: np.ndarray,
    steps: Sequence[int],
    *,
    of: Of = "projection",
    cut: int | None = None,
    edits: Sequence[Edit] = (),
    hx: Sequence[np.ndarray] = (),
) -> ThroughTime:
    """The way back of the sum of the losses of some steps.

    Args:
        x: Of shape (time, feature).
        cut: Truncated backpropagation: no gradient passes from a step to the one before where a chunk of so many
            steps begins, counted from the first.
        hx: The initial h, and c of an LSTM, each of shape (layer * direction, unit); zeros by default.

    Raises:
        ValueError: If ``x`` or ``hx`` does not fit, or ``cut`` is given for a network that reads backwards too.

    Source: Werbos (1990), Backpropagation through time; Williams and Peng (1990) for the truncation.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec, reach
    >>> whole, cut = (
    ...     reach.through_time(ModelSpec("rnn", 3, 4), np.ones((6, 3), np.float32), [5], cut=cut) for cut in (None, 3)
    ... )
    >>> bool(whole.layers[0, "forward"].h[2].any()), bool(cut.layers[0, "forward"].h[2].any())
    (True, False)
    """
    if cut is not None and spec.bidirectional:
        raise ValueError("cut must be None for a network that reads in both directions: its chunks would overlap")
    if cut is not None and cut < 1:
        raise ValueError(f"cut must be a number of steps of at least 1; got {cut}")
    network = build(spec, edits).double()
    read = torch.from_numpy(np.ascontiguousarray(x)).double()
    trace = capture(network.rnn, read, hx=state_of(hx, double=True))
    places = np.asarray(steps)
    vectors = loss_vectors(network, outputs_of(trace), of, seed=spec.seed)
    pulls = Pulls(np.zeros_like(places), places, vectors[places])
    layers, by_x = _back(network.rnn, trace, read.numpy(), pulls, cut, hx=hx)
    loss, grads = _by_torch(network, read, pulls, of, cut, hx=hx)
    outputs = spec.output_size if of == "read-out" else 0
    return ThroughTime(loss, tuple(places.tolist()), outputs, layers, by_x, grads, cut)


def _back(
    module: Recurrent, trace: Trace, x: np.ndarray, pulls: Pulls, cut: int | None, *, hx: Sequence[np.ndarray]
) -> tuple[dict[tuple[int, Direction], LayerBack], np.ndarray]:
    """The way back of every layer and direction, and dL/dx."""
    found: dict[tuple[int, Direction], LayerBack] = {}
    flow = flow_from_losses(pulls, np.zeros(1, np.int64))
    below = np.empty(0)
    with np.errstate(all="ignore"), flushed():
        for layer in range(trace.sizes["layer"] - 1, -1, -1):
            inputs = np.concatenate(list(trace["h"][layer - 1, :, 0]), -1) if layer else x
            below = np.zeros((len(x), 1, inputs.shape[1]))
            for direction in trace.directions:
                way = Way(module, trace, layer, direction, hx)
                first = first_of(trace, layer, direction, hx)[0]
                h_prev = before(trace.panel("h", layer=layer, direction=direction), direction, first)
                back = found[layer, direction] = _walked(way, flow, cut, inputs, h_prev)
                below[:, 0] += back.reads.reshape(len(x), -1) @ way.W_ih.numpy()
            flow = flow_from_above(below)
    return found, below[:, 0]


def _walked(way: Way, flow: Flow, cut: int | None, inputs: np.ndarray, h_prev: np.ndarray) -> LayerBack:
    time, gates, size = way.slopes.sums.shape
    h, c, above, next_h, next_c, past_h, past_c = np.zeros((7, time, size))
    sums = np.zeros((time, gates, size))
    onto_h, onto_c = np.zeros((2, 1, size))
    for read, t in zip(range(time - 1, -1, -1), way.steps.tolist(), strict=True):
        next_h[t], next_c[t] = onto_h[0], onto_c[0]
        flow(t, above[t][None], way.units)
        onto_h += above[t]
        way.step_back(t, onto_h, onto_c, Places(h[t][None], c[t][None], sums[t][None]))
        past_h[t], past_c[t] = onto_h[0], onto_c[0]
        if cut is not None and read % cut == 0:
            onto_h[:], onto_c[:] = 0, 0
    reads = sums
    if way.slopes.read is not None:  # torch's GRU, where ``c`` is by a_n as the input enters it
        reads = np.concatenate([sums[:, :2], c[:, None]], 1)
    by_c = c if way.is_lstm else None
    return LayerBack(h, by_c, above, next_h, next_c, past_h, past_c, sums, reads, inputs, h_prev, way)


def _summed(slopes: np.ndarray, operands: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        total: np.ndarray = slopes.reshape(len(slopes), -1).T @ operands
    return total


def _added(slopes: np.ndarray, operands: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        norms: np.ndarray = stable_norm(slopes.reshape(len(slopes), -1)) * stable_norm(operands)
    return norms


def _by_torch(
    network: Network, x: Tensor, pulls: Pulls, of: Of, cut: int | None, *, hx: Sequence[np.ndarray]
) -> tuple[float, dict[str, np.ndarray]]:
    """The loss, and what torch's backward pass leaves in ``.grad``; the state is detached between chunks."""
    with torch.inference_mode(mode=False), torch.enable_grad():
        network.requires_grad_()
        network.zero_grad()
        state: Any = state_of(hx, batch=1, double=True)
        outputs = []
        for chunk in torch.split(x, cut or len(x)):
            output, state = network.rnn(chunk[None], state)
            outputs.append(output[0])
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        output = torch.cat(outputs)[torch.from_numpy(pulls.steps)]
        if of == "read-out" and network.head is not None:
            loss = network.head(output).max(1).values.sum()
        else:
            loss = (output * torch.from_numpy(pulls.vectors)).sum()
        loss.backward()
    known = {name: value.grad for name, value in network.named_parameters() if value.grad is not None}
    return float(loss.detach()), {name: grad.numpy() for name, grad in known.items()}
