"""A network as an automaton by the states that it visits, rounded: the older way, to measure ``extract`` against."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz.automata.acceptors import Acceptor, acceptor
from rnnviz.automaton import Automaton
from rnnviz.checkpoints import Checkpoint
from rnnviz.models import Network


def quantised(
    network: Checkpoint | Acceptor,
    alphabet: str | None = None,
    *,
    accept: str | Sequence[str] | None = None,
    levels: int = 2,
    most: int = 1000,
) -> Automaton | None:
    """The automaton whose states are boxes of hidden states: those that are equal when each unit is rounded.

    The range of each unit, -1 to 1, is divided into ``levels`` equal intervals. From the zero state on, the box that a
    symbol leads to is found by the first hidden state that arrived in a box; that state also says whether the box
    accepts. Boxes that accept the same are then merged. Few levels take states for one that differ, and many give more
    boxes than can be followed, and nothing says so: ``benchmarks.automata`` counts how often the outcome is right.

    Args:
        network: A trained network of one layer that reads tokens, or an ``Acceptor`` of one.
        alphabet, accept: As of ``acceptor``.
        most: The most boxes that are followed.

    Returns:
        The smallest automaton of the boxes; whether the empty word is accepted, of which a network has no output, makes
        it the smaller one. None if there are more boxes than ``most``.

    Raises:
        ValueError: If the network is none of one layer of ``rnnviz.build``, or levels are fewer than 2.

    Source: Omlin and Giles (1996), section 3.

    >>> from rnnviz import automata, checkpoints
    >>> machine = automata.quantised(checkpoints.load("tomita-1-gru"))
    >>> machine == automata.GRAMMARS["tomita-1"].machine
    True
    """
    if type(levels) is not int or levels < 2:
        raise ValueError(f"levels must be a whole number of at least 2; got {levels!r}")
    asked = network if isinstance(network, Acceptor) else acceptor(network, alphabet, accept=accept)
    layer = asked.reader.network if asked.reader is not None else None
    if asked.reader is None or not isinstance(layer, Network) or layer.rnn.num_layers > 1:
        raise ValueError("the network must be one of rnnviz.build of one layer; got another")
    with torch.inference_mode():
        boxes = _boxes(layer, asked.reader.inputs, levels, most)
        if boxes is None:
            return None
        accepting = [False, *asked.reader.accepts(boxes[1][1:]).tolist()] if len(boxes[1]) > 1 else [False]
    machines = [Automaton(asked.alphabet, boxes[0], (first, *accepting[1:])).minimal() for first in (False, True)]
    return min(machines, key=len)


def _boxes(layer: Network, inputs: Tensor, levels: int, most: int) -> tuple[tuple[tuple[int, ...], ...], Tensor] | None:
    """For each box the one that each symbol leads to, and the first h that arrived in each, (box, unit)."""
    is_lstm = layer.rnn.mode == "LSTM"
    zero = torch.zeros(1, layer.rnn.hidden_size)
    states, numbers = [(zero, zero)], {_box(zero, levels): 0}
    transitions: list[tuple[int, ...]] = []
    for h, c in states:  # grows while boxes are found
        ends = []
        for row in inputs:
            _, after = layer.rnn(row[None, None], (h[None], c[None]) if is_lstm else h[None])
            new = (after[0][0], after[1][0]) if is_lstm else (after[0], zero)
            box = _box(new[0], levels)
            if box not in numbers:
                numbers[box] = len(numbers)
                states.append(new)
            ends.append(numbers[box])
        if len(states) > most:
            return None
        transitions.append(tuple(ends))
    return tuple(transitions), torch.cat([h for h, _ in states])


def _box(h: Tensor, levels: int) -> tuple[int, ...]:
    found: list[int] = ((h[0] + 1) / 2 * levels).floor().clamp(0, levels - 1).int().tolist()
    return tuple(found)
