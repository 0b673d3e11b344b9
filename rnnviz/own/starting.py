"""What a network from a file begins with: a state that it has learned, or that another text leaves."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.checkpoint import STARTS
from rnnviz.checkpoints.classifiers import split
from rnnviz.models import build
from rnnviz.own.parts import Part
from rnnviz.spec import Edit


def state_after(known: Checkpoint, text: str, edits: Sequence[Edit] = ()) -> tuple[np.ndarray, ...]:
    """The last h, and c of an LSTM, after a text that is read as any other, each of shape (layer, unit).

    It is what a language model that is stateful hands on from one text to the next, and ``hx`` of ``stepping.record``.

    Args:
        edits: Numbers of the network that are edited; those of ``x`` are of another text.

    Raises:
        ValueError: If the network reads in both directions, so that no state is handed on, or cannot read the text.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> from rnnviz.checkpoints import held
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], vocabulary=own.of_tokens(("a", "b", "c")))
    >>> known = held.hold(own.checkpoint("mine", tensors, choice))
    >>> h, c = own.state_after(known, "ab")
    >>> h.shape, c.shape
    ((1, 3), (1, 3))
    """
    if known.model.bidirectional:
        raise ValueError(f"a network must read in one direction to hand on a state; {known.name} reads in both")
    network = build(known.model, edits)
    with torch.inference_mode():
        _, state = network.rnn(torch.from_numpy(known.vectors(split(known, text))), network.first())
    return tuple(one.numpy() for one in (state if isinstance(state, tuple) else (state,)))


def start_of(part: Part, tensors: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, np.ndarray]:
    """The states that a network begins with, by the names that ``Checkpoint.weights`` has for them.

    Args:
        names: As in ``Choice.start``.

    Raises:
        ValueError: If a tensor does not fit: what was expected and what was got.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> from rnnviz.own.starting import start_of
    >>> shapes = {"rnn.weight_ih_l0": (12, 5), "rnn.weight_hh_l0": (12, 3), "h0": (1, 1, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> {name: rows.tolist() for name, rows in start_of(own.parts(tensors)[0], tensors, ("h0",)).items()}
    {'h_0': [[1.0, 1.0, 1.0]], 'c_0': [[0.0, 0.0, 0.0]]}
    """
    if not any(names):
        return {}
    model = part.model
    states = STARTS[: 1 + (model.cell == "lstm")]
    if len(names) > len(states):
        raise ValueError(f"start must name at most {len(states)} tensors of a {model.cell}; got {', '.join(names)}")
    shape = (model.num_layers * len(model.directions), model.hidden_size)
    found = dict.fromkeys(states, np.zeros(shape, np.float32))
    for state, name in zip(states, names, strict=False):
        if name:
            found[state] = _rows(part, name, tensors).reshape(shape)
    return found


def can_start(part: Part, tensor: np.ndarray) -> bool:
    """Whether a tensor has a row of units for each layer and direction, as ``h_0`` has in torch, for one sample.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> part = own.parts({"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.ones((3, 3))})[0]
    >>> own.can_start(part, np.ones((1, 1, 3))), own.can_start(part, np.ones((2, 1, 3)))
    (True, False)
    """
    rows = part.model.num_layers * len(part.model.directions)
    axes = [size for size in tensor.shape[:-1] if size != 1]
    return tensor.ndim > 0 and tensor.shape[-1] == part.model.hidden_size and axes == [rows] * (rows > 1)


def _rows(part: Part, name: str, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
    if name not in tensors or not can_start(part, tensors[name]):
        rows = part.model.num_layers * len(part.model.directions)
        got = f"{name} {tensors[name].shape}" if name in tensors else f"{name!r:.40}, which is no tensor of the file"
        raise ValueError(
            f"start must name tensors of shape {(rows, 1, part.model.hidden_size)}, a row for each layer and "
            f"direction; got {got}"
        )
    return tensors[name]
