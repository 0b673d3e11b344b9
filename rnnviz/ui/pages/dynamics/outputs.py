"""What a network outputs at states of its last layer, in words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rnnviz import answers
from rnnviz.checkpoints.classifiers import pooling_of
from rnnviz.checkpoints.reviews import model_of
from rnnviz.ui.selection import checkpoint_of, network, translator_of
from rnnviz.ui.shell import networks

if TYPE_CHECKING:
    from rnnviz.checkpoints import Checkpoint
    from rnnviz.ui.pages.dynamics.request import Request

Way = Literal["review", "layer", "beside"]
"""By what a state becomes an output: the rest of a network of reviews, the model's output layer, or one beside it."""

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


def way_of(request: "Request") -> Way | None:
    """How the states of a request become outputs; None of those that are not the last ones, or of which no one asks."""
    model, known = request.network.model, checkpoint_of(request.network.model)
    if request.layer < model.num_layers - 1 or model.bidirectional:
        return None
    if known is not None and model_of(known.name):
        return "review"
    if known is not None and pooling_of(known) in ("mean", "max"):
        return None
    if network(request.network).output_size:
        return "layer"
    return "beside" if known is not None and known.outputs is not None and not translator_of(model) else None


def outputs_of(request: "Request", h: np.ndarray) -> Outputs:
    """The outputs of the last layer of one direction; nothing of other layers.

    Args:
        h: Of shape (state, unit).
    """
    way, known = way_of(request), checkpoint_of(request.network.model)
    if way == "layer" and (head := networks.recording(request.network).network.head) is not None:
        weight, bias = (part.detach().double().numpy() for part in (head.weight, head.bias))
        said = answers.outputs_in_words(known, h @ weight.T + bias)
        return Outputs(said, weight, _names(known, len(weight))) if len(weight) <= _CHOSEN else Outputs(said)
    if way is None or known is None:
        return Outputs(("",) * len(h))
    states = h.astype(np.float32)
    if way == "review":
        reader = networks.sentiment_model(model_of(known.name))
        return Outputs(tuple(answers.review_in_words(reader.concluded(state[None])) for state in states))
    found = answers.likeliest(known, states)
    return Outputs(tuple(answers.class_in_words(one.output, one.probability) for one in found))


def _names(known: "Checkpoint | None", count: int) -> tuple[str, ...]:
    """Those of the outputs of a layer: of its classes if it has such."""
    names = answers.classes_of(known) if known is not None else ()
    if count == 1 and len(names) == 2:  # its logit is that of the second class
        return names[1:]
    return names if len(names) == count else tuple(f"output {k}" for k in range(count))
