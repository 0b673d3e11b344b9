"""The data of the widget that shows a network's writing: the text, what was expected at each step, and the states."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.names import CELL_LABELS
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import character_networks
from rnnviz.widgets.packing import coarse, exact, rounded, whole

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel
    from rnnviz.characters.generating import Writing

LENGTHS: Final = (50, 1_000)
"""The fewest and the most characters that are written."""

MAX_TEMPERATURE: Final = 2.0
"""The highest that the page offers."""


@dataclass(frozen=True)
class Request:
    """What a network is to do, and all that the outcome depends on.

    Attributes:
        network: As ``rnnviz.characters.load`` knows it.
        text: The prompt, or what is to be read.
        count: How many characters to write after it; 0 if it is only read.
    """

    network: str
    text: str
    count: int = 0
    temperature: float = 1.0
    seed: int = 0

    @property
    def writes(self) -> bool:
        """Whether the network writes anything."""
        return self.count > 0


@cached(48)
def written(request: Request) -> "Writing":
    """The text itself, computed."""
    from rnnviz.characters.generating import generate, score

    model = networks.character_model(request.network)
    if not request.writes:
        return score(model, request.text)
    return generate(model, request.text, count=request.count, temperature=request.temperature, seed=request.seed)


@cached(16)
def payload(request: Request) -> dict[str, object]:
    """All that the widget shows of a text.

    Returns:
        Plain data and packed arrays of one entry a step: ``ids`` of one more, since the last character is read by no
        step. Probabilities are those that were drawn from, ``bits`` and ``entropies`` at temperature 1.
    """
    model, writing = networks.character_model(request.network), written(request)
    states = model.trace(writing.text[:-1]).panel("h", layer=model.spec.num_layers - 1)
    steps = np.arange(len(writing.logits))
    return {
        "symbols": model.alphabet.symbols,
        "prompt": writing.prompt,
        "writes": request.writes,
        "temperature": writing.temperature,
        "ids": whole(writing.ids),
        "likeliest": whole(writing.likeliest),
        "likely": exact(np.take_along_axis(writing.probabilities, writing.likeliest, axis=1)),
        "probabilities": rounded(writing.probabilities) if writing.temperature else whole(writing.probabilities),
        "taken": exact(writing.probabilities[steps, writing.ids[1:]]),
        "bits": exact(writing.bits),
        "entropies": exact(writing.entropies),
        "states": coarse(states, 1.0),
        "title": title(request),
        "caption": caption(model, request),
    }


def title(request: Request) -> str:
    """What is to be seen."""
    return "A text generated character by character" if request.writes else "A text read character by character"


def caption(model: "CharacterModel", request: Request) -> str:
    """Network, sizes and the settings that the text was drawn with."""
    parts = [
        f"{CELL_LABELS[model.spec.cell]}, {model.spec.hidden_size} units, {len(model.alphabet)} characters",
        f"trained on {learned_from(model)}",
    ]
    if request.writes:
        parts.append(f"temperature {request.temperature:g}, seed {request.seed}")
    return " · ".join(parts)


def learned_from(model: "CharacterModel") -> str:
    """What a network was trained on, as its card says."""
    return str(model.card.get("data") or character_networks.label(model.name))
