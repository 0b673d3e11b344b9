"""What a network outputs at states of its last layer, in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.answers import NOUNS, classes_of, output_name
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of
from rnnviz.sides import side_name
from rnnviz.ui.selection import checkpoint_of, translator_of
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.checkpoints import Checkpoint
    from rnnviz.ui.pages.dynamics.request import Request

_NUMBERS: Final = 4
"""The most outputs without names whose numbers are said."""

_CHOSEN: Final = 24
"""The most outputs that are drawn as bars beside the modes."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """The outputs at some states.

    Attributes:
        said: One a state; empty if the network has no output there.
        weight: Of the output layer, (output, unit); None without one, or with too many outputs.
        names: Of the rows of ``weight``.
    """

    said: tuple[str, ...]
    weight: np.ndarray | None = None
    names: tuple[str, ...] = ()


def outputs_of(request: "Request", h: np.ndarray) -> Outputs:
    """The outputs of the last layer of one direction; nothing of other layers.

    Args:
        h: Of shape (state, unit).
    """
    model = request.network.model
    known = checkpoint_of(model)
    silent = Outputs(("",) * len(h))
    if request.layer < model.num_layers - 1 or model.bidirectional:
        return silent
    if known is not None and (reviewer := model_of(known.name)):
        return Outputs(tuple(_positive(reviewer, state) for state in h))
    if known is not None and pooling_of(known) in ("mean", "max"):
        return silent
    head = networks.recording(request.network).network.head
    if head is not None:
        weight, bias = (part.detach().double().numpy() for part in (head.weight, head.bias))
        return _of_layer(known, h @ weight.T + bias, weight)
    if known is not None and known.outputs is not None and not translator_of(model):
        weight, bias = (part.astype(np.float64) for part in known.outputs)
        logits = h @ weight.T + bias
        places, shares = logits.argmax(1), _softmax(logits).max(1)
        return Outputs(
            tuple(_class(output_name(known, int(k)), share) for k, share in zip(places, shares, strict=True))
        )
    return silent


def _of_layer(known: "Checkpoint | None", logits: np.ndarray, weight: np.ndarray) -> Outputs:
    """What an output layer of the model outputs, by the names of its classes if it has such."""
    names = classes_of(known) if known is not None else ()
    if logits.shape[1] == 1 and len(names) == 2:  # the sigmoid is a softmax beside a logit of 0
        shares = _softmax(np.concatenate([np.zeros_like(logits), logits], 1))
        said = tuple(_class(names[int(row.argmax())], row.max()) for row in shares)
        return Outputs(said, weight, names[1:])
    if len(names) != logits.shape[1]:
        names = tuple(f"output {k}" for k in range(logits.shape[1]))
        said = tuple(", ".join(f"{value:.3g}" for value in row[:_NUMBERS]) for row in logits)
        more = ", …" if logits.shape[1] > _NUMBERS else ""
        said = tuple(f"{one}{more}".replace("-", "−") for one in said)
    else:
        noun = f"{NOUNS[known.task.name]} " if known and known.task and known.task.name in NOUNS else ""
        shares = _softmax(logits)
        said = tuple(_class(f"{noun}{names[k]}", row[k]) for k, row in zip(logits.argmax(1), shares, strict=True))
    few = len(names) <= _CHOSEN
    return Outputs(said, weight if few else None, names if few else ())


def _class(name: str, share: float) -> str:
    return f"{name if name.strip() else '␣'} ({share:.3f})"


def _positive(reviewer: str, state: np.ndarray) -> str:
    """The prediction of a network of reviews that ends in this state."""
    share = networks.sentiment_model(reviewer).concluded(state[None].astype(np.float32))
    said = side_name(share)
    return f"{said}, P(positive) = {share:.3f}" if said == "undecided" else _class(said, max(share, 1 - share))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(-1, keepdims=True)
    return shares
