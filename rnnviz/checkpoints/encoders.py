"""The encoders of the networks that translate, for the pages of states, gates and gradients."""

import string
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints.borrowed import Borrowed
from rnnviz.checkpoints.checkpoint import EMBEDDING, Checkpoint
from rnnviz.checkpoints.storing import parsed, unpacked_format
from rnnviz.spec import ModelSpec, from_json

FAMILY: Final = "encoder-"
"""What their families begin with."""

READ: Final = {"reverse": string.digits, "dates": f"{string.digits}{string.ascii_lowercase} .,/-'"}
"""The symbols of a source, in the order of the embedding, by the task."""

_LEARNED: Final = {
    "reverse": "read digits for a decoder that outputs them in reverse",
    "dates": "read a date for a decoder that outputs it as YYYY-MM-DD",
}
_SCORES: Final = ("dot", "additive", "none")
_CELL: Final = "-gru"
_ENCODER: Final = "encoder."


def read(name: str, content: bytes, card: str) -> Checkpoint:
    """The encoder of a network that translates, from the bytes of its file and the text of its card's file.

    It has no output layer. Only its own symbols can be read. The checkpoint's card has the accuracy of the whole
    network. Files of another kind raise ValueError, KeyError or TypeError.
    """
    tensors, about = unpacked_format(content)
    whole, network = parsed(card), about["network"]
    ways = 2 if network["bidirectional"] else 1
    sizes: dict[str, Any] = {
        "cell": "gru",
        "input_size": network["embedding"],
        "hidden_size": network["hidden"] // ways,
        "output_size": 0,
        "bidirectional": network["bidirectional"],
    }
    weights = {key.removeprefix(_ENCODER): tensor for key, tensor in tensors.items() if key.startswith(_ENCODER)}
    return Checkpoint(
        name=name,
        trained_by=from_json(ModelSpec, sizes),
        weights=weights | {EMBEDDING: np.asarray(tensors["read.weight"])},
        vocabulary=tuple(READ[about["task"]]),
        splits="characters",
        card={
            "learned": _LEARNED[about["task"]],
            "accuracy": whole["accuracy"],
            "measured": f"of {whole['held_out']:,} held-out sources, together with the decoder",
        },
        unknown="",
    )


KIND: Final = Borrowed(
    "attention", {f"{FAMILY}{task}-{score}{_CELL}": f"{task}-{score}" for task in READ for score in _SCORES}, read
)
