"""The decoders of the networks that translate, for the pages of states, gates and gradients.

A decoder starts from the encoder's last state, and its input is the start token and then what the network has output so
far. Both follow from a source: ``attention.load(model_of(name)).decode(source)`` has them as ``start`` and ``inputs``.
"""

import string
from typing import Any, Final

import numpy as np

from rnnviz.checkpoints import encoders
from rnnviz.checkpoints.borrowed import Borrowed
from rnnviz.checkpoints.checkpoint import EMBEDDING, Checkpoint
from rnnviz.checkpoints.storing import parsed, unpacked_format
from rnnviz.spec import ModelSpec, from_json

FAMILY: Final = "decoder-"
"""What their families begin with."""

TOKENS: Final = {
    "reverse": (*string.digits, "<end>", "<start>"),
    "dates": (*string.digits, "-", "<end>", "<start>"),
}
"""The tokens of an input, in the order of the embedding, by the task."""

_LEARNED: Final = {
    "reverse": "output the digits of a source in reverse",
    "dates": "output the date of a source as YYYY-MM-DD",
}
_DECODER: Final = "decoder."


def model_of(name: str) -> str:
    """The network that translates whose decoder has that name, for ``attention.load``; empty for another checkpoint."""
    return KIND.files.get(name, "")


def read(name: str, content: bytes, card: str) -> Checkpoint:
    """The decoder of a network that translates, from the bytes of its file and the text of its card's file.

    It has no output layer: what the network outputs comes from the decoder's states by way of attention and tanh. The
    checkpoint's card has the accuracy of the whole network. Files of another kind raise ValueError, KeyError or
    TypeError.
    """
    tensors, about = unpacked_format(content)
    whole, network = parsed(card), about["network"]
    sizes: dict[str, Any] = {
        "cell": "gru",
        "input_size": network["embedding"],
        "hidden_size": network["hidden"],
        "output_size": 0,
    }
    weights = {key.removeprefix(_DECODER): tensor for key, tensor in tensors.items() if key.startswith(_DECODER)}
    return Checkpoint(
        name=name,
        trained_by=from_json(ModelSpec, sizes),
        weights=weights | {EMBEDDING: np.asarray(tensors["said.weight"])},
        vocabulary=TOKENS[about["task"]],
        splits="characters",
        card={
            "learned": _LEARNED[about["task"]],
            "accuracy": whole["accuracy"],
            "measured": f"of {whole['held_out']:,} held-out sources, together with the encoder",
        },
        unknown="",
    )


KIND: Final = Borrowed(
    "attention",
    {name.replace(encoders.FAMILY, FAMILY): network for name, network in encoders.KIND.files.items()},
    read,
)
