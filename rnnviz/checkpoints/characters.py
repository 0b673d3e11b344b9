"""The networks that read and write characters, for the pages of states, gates and gradients."""

from typing import Any, Final

import numpy as np

from rnnviz.checkpoints.borrowed import Borrowed
from rnnviz.checkpoints.checkpoint import EMBEDDING, EXACT, Checkpoint
from rnnviz.checkpoints.storing import unpacked_format
from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec, from_json
from rnnviz.text import LINE_END

FAMILY: Final = "characters-"
"""What their families begin with."""

_LEARNED: Final = {"python": "Python code", "shakespeare": "Shakespeare’s plays"}
_NOTE: Final = "characters"
_RNN: Final = "rnn."


def read(name: str, content: bytes, card: str) -> Checkpoint:  # noqa: ARG001 - the card is in the file itself
    """The network of a character model, from the bytes of its file.

    It reads one-hot vectors, so its embedding is the identity; a line end is ``LINE_END``. Its outputs are the
    characters of its alphabet, each asked for at the step before. Files of another kind raise ValueError, KeyError or
    TypeError.
    """
    tensors, about = unpacked_format(content, _NOTE)
    measured: dict[str, Any] = about["card"]
    symbols = tuple(LINE_END if symbol == "\n" else symbol for symbol in about["symbols"])
    weights = {key.removeprefix(_RNN): tensor.astype(np.float32) for key, tensor in tensors.items()}
    return Checkpoint(
        name=name,
        trained_by=from_json(ModelSpec, about["model"]),
        weights=weights | {EMBEDDING: np.eye(len(symbols), dtype=np.float32)},
        vocabulary=symbols,
        splits=EXACT,
        card={
            "learned": f"predict the next character of {_LEARNED[KIND.files[name].partition('-')[0]]}",
            "answers": list(symbols),
            "bits": measured["test"],
        },
        unknown=about["replacement"],
    )


KIND: Final = Borrowed(
    "characters",
    {f"{FAMILY}{text}-{cell}": f"{text}-{cell}" for text in _LEARNED for cell in CELLS},
    read,
    has_card=False,
)
