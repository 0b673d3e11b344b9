"""The recurrent part of the networks that judge reviews, for the pages of states, gates and gradients."""

from typing import Any, Final

import numpy as np

from rnnviz.checkpoints.borrowed import Borrowed
from rnnviz.checkpoints.checkpoint import EMBEDDING, Checkpoint
from rnnviz.checkpoints.storing import parsed, unpacked
from rnnviz.spec import ModelSpec, from_json

FAMILY: Final = "reviews-"
"""What their families begin with."""

_CELL: Final = "-lstm"
_LEARNED: Final = ("bilstm", "lecture-bilstm", "lecture-lstm")
_RNN: Final = "rnn."


def name_of(model: str) -> str:
    """The name of the checkpoint of a sentiment model, which ``rnnviz.sentiment.load`` knows by ``model``."""
    return f"{FAMILY}{model}{_CELL}"


def model_of(name: str) -> str:
    """The sentiment model whose checkpoint that is; empty for another checkpoint."""
    return KIND.files.get(name, "")


def read(name: str, content: bytes, card: str) -> Checkpoint:
    """The recurrent part of a sentiment model, from the bytes of its file and the text of its card's file.

    With attention the read-out at a word is what its states say, and the logit of the text is the weighted mean of
    these. A network that judges a text by its last states through dense units has no read-out. The checkpoint's card
    holds ``held_out`` (reviews of the test set) and ``accuracy`` on them. Files of another kind raise ValueError,
    KeyError or TypeError.
    """
    tensors, about = unpacked(content)
    test = parsed(card)["test"]
    network: dict[str, Any] = about["network"]
    has_output_layer = not network["dense"]
    kept = {key.removeprefix(_RNN): tensor for key, tensor in tensors.items() if _is_kept(key, has_output_layer)}
    return Checkpoint(
        name=name,
        trained_by=from_json(
            ModelSpec,
            {
                "cell": "lstm",
                "input_size": network["embedding"],
                "hidden_size": network["hidden"],
                "output_size": int(has_output_layer),
                "bidirectional": network["bidirectional"],
            },
        ),
        weights={key: tensor.astype(np.float32) for key, tensor in kept.items()},
        vocabulary=tuple(about["tokens"]),
        splits="review" if about["has_marks"] else "bare review",
        card={"held_out": test["reviews"], "accuracy": test["accuracy"]},
    )


def _is_kept(key: str, has_output_layer: bool) -> bool:
    return key == EMBEDDING or key.startswith(_RNN) or (has_output_layer and key.startswith("head."))


KIND: Final = Borrowed("sentiment", {name_of(model): model for model in _LEARNED}, read)
