"""The state that a text leaves, from which a network from a file may go on."""

from collections.abc import Sequence

import numpy as np
import torch

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.classifiers import split
from rnnviz.models import build
from rnnviz.spec import Edit


def state_after(known: Checkpoint, text: str, edits: Sequence[Edit] = ()) -> tuple[np.ndarray, ...]:
    """The last h, and c of an LSTM, after a text that is read from zeros, each of shape (layer, unit).

    It is what a language model that is stateful hands on from one text to the next, and ``hx`` of ``stepping.record``.

    Args:
        edits: Numbers of the network that are edited; those of ``x`` are of another text.

    Raises:
        ValueError: If the network reads in both directions, so that no state is handed on, or cannot read the text.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], vocabulary=own.of_tokens(("a", "b", "c")))
    >>> h, c = own.state_after(own.checkpoint("mine", tensors, choice), "ab")
    >>> h.shape, c.shape
    ((1, 3), (1, 3))
    """
    if known.model.bidirectional:
        raise ValueError(f"a network must read in one direction to hand on a state; {known.name} reads in both")
    rnn = build(known.model, edits).rnn
    with torch.inference_mode():
        _, state = rnn(torch.from_numpy(known.vectors(split(known, text))))
    return tuple(one.numpy() for one in (state if isinstance(state, tuple) else (state,)))
