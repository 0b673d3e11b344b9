"""One network on one input for the stepper: every state, every product on the way, and the check by torch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import nn

from rnnviz.capture import capture, state_of
from rnnviz.cells import Recurrent
from rnnviz.interventions import Intervention, each_alone, intervene
from rnnviz.models import Network, build, edit_input, of_layer, spec_of
from rnnviz.names import SIGNALS, Direction
from rnnviz.parameters import parameter_count
from rnnviz.spec import Edit, ModelSpec
from rnnviz.stepping.verify import Apart, Convention, Difference, farthest, gru_conventions, verify
from rnnviz.stepping.walk import Walk, feed_forward, walk
from rnnviz.trace import Trace

_MOST_KEPT: Final = 4_000_000
"""The most numbers of a network that its recording keeps; a larger one is built again when it is used."""


@dataclass(frozen=True)
class OutputLayer:
    """The linear read-out at every step.

    Attributes:
        states: Of shape (time, direction * unit). The top layer's states, both directions side by side.
        product, logits: Of shape (time, output). W_ho h_t, and the same with the bias.
        feed_forward: Of shape (time, output). The logits of the network without recurrence.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec
    >>> from rnnviz.stepping import record
    >>> found = record(ModelSpec("rnn", 2, 3, output_size=2), np.ones((4, 2), np.float32), list("abcd")).output_layer
    >>> found.logits.shape
    (4, 2)
    >>> np.allclose(found.states @ found.weight.T + found.bias, found.logits)
    True
    """

    states: np.ndarray
    product: np.ndarray
    logits: np.ndarray
    feed_forward: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Recording:
    """A network and what it did on one sequence.

    Attributes:
        kept_network: The network, unless it is large and can be built again.
        tokens: A label a step.
        x: Of shape (time, feature). What the network was given, edits included.
        hx: The initial h, and c of an LSTM, each of shape (layer * direction, unit); empty where they are zeros.
        trace: Of a batch of one.
        feed_forward: A layer each, of shape (time, direction * unit): a network of the same sizes without recurrence.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec
    >>> from rnnviz.stepping import record
    >>> found = record(ModelSpec("lstm", input_size=2, hidden_size=3), np.ones((4, 2), np.float32), list("abcd"))
    >>> found.tokens
    ('a', 'b', 'c', 'd')
    >>> found.trace
    Trace(lstm; layer 1, direction 1, batch 1, time 4, unit 3; no gradients)
    """

    spec: ModelSpec
    kept_network: Network | None
    edits: tuple[Edit, ...]
    tokens: tuple[str, ...]
    x: np.ndarray
    trace: Trace
    output_layer: OutputLayer | None
    feed_forward: list[np.ndarray]
    hx: tuple[np.ndarray, ...] = ()

    @property
    def network(self) -> Network:
        """The network with its edits, shared and never changed."""
        return build(self.spec, self.edits) if self.kept_network is None else self.kept_network

    def walk(self, layer: int, direction: Direction) -> Walk:
        """Every product of every step of one layer and direction."""
        x, hx = torch.from_numpy(self.x), state_of(self.hx)
        return walk(self.network.rnn, x, self.trace, layer=layer, direction=direction, hx=hx)

    def intervened(self, edits: Sequence[Intervention]) -> "Recording":
        """The same network on the same input with interventions: another trace, and what the read-out makes of it.

        Raises:
            ValueError: If one does not fit the network or the input.
        """
        network = self.network
        hx = state_of(self.hx, batch=1)
        trace = intervene(network.rnn, torch.from_numpy(self.x)[None], edits, hx=hx, tokens=[self.tokens])
        plain = self.feed_forward[-1]
        after = None if network.head is None else _output_layer(network.head, trace, plain)
        return replace(self, trace=trace, output_layer=after)

    def alone(
        self, edits: Sequence[Sequence[Intervention]], pause: Callable[[], None] = lambda: None
    ) -> Iterator[np.ndarray]:
        """The top layer's states after each of several interventions alone, each of shape (time, direction * unit)."""
        found = each_alone(self.network.rnn, self.x[None], edits, hx=self.hx, pause=pause)
        return (states[0] for states in found)

    def check(self, shown: Walk) -> list[Difference]:
        """How far the whole trace and one shown walk are from torch's own kernels, run again now."""
        return verify(self.network.rnn, torch.from_numpy(self.x), self.trace, [shown], hx=state_of(self.hx))

    def signals(self, layer: int, direction: Direction) -> dict[str, np.ndarray]:
        """Every signal of one layer and direction as captured, each (time, unit)."""
        return {
            signal: self.trace.panel(signal, layer=layer, direction=direction) for signal in SIGNALS[self.spec.cell]
        }

    def check_output_layer(self) -> Apart | None:
        """How far the logits are from the whole network's, run again now; ``where`` is (time, output)."""
        if self.output_layer is None:
            return None
        network = self.network
        with torch.inference_mode():
            output, _ = network.rnn(torch.from_numpy(self.x), state_of(self.hx))
            logits = output if network.head is None else network.head(output)
            return farthest(self.output_layer.logits, logits.numpy())

    def returned(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shapes of ``output`` and ``h_n``, as the module returns them for the sequence as a batch of one."""
        with torch.inference_mode():
            output, state = self.network.rnn(torch.from_numpy(self.x)[None], state_of(self.hx, batch=1))
        h_n = state[0] if self.spec.cell == "lstm" else state
        return tuple(output.shape), tuple(h_n.shape)

    def conventions(self) -> dict[str, Convention]:
        """The same GRU by torch's and by the textbooks' equations."""
        return gru_conventions(self.network.rnn, torch.from_numpy(self.x), hx=state_of(self.hx))


def record(
    spec: ModelSpec,
    x: np.ndarray,
    tokens: Sequence[str],
    edits: Sequence[Edit] = (),
    *,
    hx: Sequence[np.ndarray] = (),
) -> Recording:
    """Build a network and run it on one sequence.

    Args:
        x: Of shape (time, feature).
        tokens: A label a step.
        edits: Of the weights and of ``x``.
        hx: The initial h, and c of an LSTM, each of shape (layer * direction, unit); zeros by default.

    Raises:
        ValueError: If ``x`` or ``hx`` does not fit the network, or an edit names what is not there.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec
    >>> from rnnviz.stepping import record
    >>> x = np.array([[1.0] * 5, [2.0] * 5, [3.0] * 5], np.float32)
    >>> found = record(ModelSpec("rnn", input_size=5, hidden_size=2, seed=1), x, ["1", "2", "3"])
    >>> found.trace.panel("h").round(4)
    array([[-0.352 ,  0.5253],
           [-0.6842,  0.7607],
           [-0.8649,  0.9047]], dtype=float32)
    """
    found = _recorded(spec, build(spec, edits), x, tokens, edits, hx=hx)
    return found if parameter_count(spec) <= _MOST_KEPT else replace(found, kept_network=None)


def record_layer(
    layer: Recurrent,
    x: np.ndarray,
    tokens: Sequence[str],
    edits: Sequence[Edit] = (),
    *,
    hx: Sequence[np.ndarray] = (),
    head: nn.Linear | None = None,
) -> Recording:
    """Run a recurrent module of anybody's on one sequence, in float32 and without dropout; it stays as it is.

    Args:
        x: Of shape (time, feature), float32.
        tokens: A label a step.
        edits: Of the weights, by torch's names, and of ``x``.
        hx: The initial states, as for ``record``.
        head: The output layer on all units of the top layer, if there is one.

    Raises:
        TypeError: If it is none of torch's recurrent modules.
        ValueError: If it has projections, ``x`` or ``hx`` does not fit it, or an edit names what is not there.

    >>> import numpy as np, torch
    >>> from rnnviz.stepping import record_layer
    >>> record_layer(torch.nn.GRU(3, 4), np.ones((5, 3), np.float32), list("abcde")).trace
    Trace(gru; layer 1, direction 1, batch 1, time 5, unit 4; no gradients)
    """
    network = of_layer(layer, edits, head)
    return _recorded(spec_of(layer, head), network, x, tokens, edits, hx=hx)


def _recorded(
    spec: ModelSpec,
    network: Network,
    x: np.ndarray,
    tokens: Sequence[str],
    edits: Sequence[Edit],
    *,
    hx: Sequence[np.ndarray],
) -> Recording:
    given = edit_input(torch.from_numpy(x), edits)  # (time, feature)
    trace = capture(network.rnn, given[None], tokens=[tokens], hx=state_of(hx, batch=1))
    plain = feed_forward(network.rnn, given)
    return Recording(
        spec=spec,
        kept_network=network,
        edits=tuple(edits),
        tokens=tuple(tokens),
        x=given.numpy(),
        trace=trace,
        output_layer=_output_layer(network.head, trace, plain[-1]) if network.head is not None else None,
        feed_forward=plain,
        hx=tuple(hx),
    )


def _output_layer(head: nn.Linear, trace: Trace, plain: np.ndarray) -> OutputLayer:
    states = np.concatenate(list(trace["h"][-1, :, 0]), axis=-1)  # (time, direction * unit)
    with torch.inference_mode():
        given = torch.from_numpy(states)
        product = given @ head.weight.T  # (time, output)
        logits, plain_logits = head(given), head(torch.from_numpy(plain))
    return OutputLayer(
        states=states,
        product=product.numpy(),
        logits=logits.numpy(),
        feed_forward=plain_logits.numpy(),
        weight=head.weight.detach().numpy(),
        bias=head.bias.detach().numpy(),
    )
