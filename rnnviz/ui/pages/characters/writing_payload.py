"""What a network writes or reads, and the data of the widget that shows it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rnnviz import pictures
from rnnviz.caching import cached
from rnnviz.pictures.writing import caption_of
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import character_networks

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
    """All that the widget shows of a text."""
    return dict(drawn(request).data)


def title(request: Request) -> str:
    """What is saved is called so."""
    return f"Text {'generated' if request.writes else 'read'} character by character"


def drawn(request: Request) -> pictures.Drawn:
    """The text with what was expected at each step, and the states."""
    model = networks.character_model(request.network)
    return pictures.writing(model, written(request), **told(request))


def told(request: Request) -> dict[str, Any]:
    """What the picture is told beside the text."""
    seed = {"seed": request.seed} if request.writes else {}
    return {"trained_on": learned_from(networks.character_model(request.network)), **seed}


def caption(model: "CharacterModel", request: Request) -> str:
    """Network, sizes and the settings that the text was drawn with."""
    return caption_of(model, temperature=request.temperature, **told(request))


def learned_from(model: "CharacterModel") -> str:
    """What a network was trained on, as its card says."""
    return str(model.card.get("data") or character_networks.label(model.name))
