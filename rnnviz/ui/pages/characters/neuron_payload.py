"""The data of the widget of coloured text: all units of a signal over a text, and what they follow."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rnnviz import pictures
from rnnviz.caching import cached
from rnnviz.characters.properties import properties
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import character_networks, character_text

if TYPE_CHECKING:
    from rnnviz.characters.ablating import Ablated
    from rnnviz.characters.neurons import Measured
    from rnnviz.characters.properties import Property

BEGINS: Final = {"python": "quotes", "shakespeare": "line_position"}
"""The property that the page begins with, by what the network has read."""


@dataclass(frozen=True)
class Request:
    """What is looked at."""

    network: str
    text: str
    signal: str


@cached(12)
def tracking(network: str) -> "Measured | None":
    """The properties of held-out text that units follow, as shipped or measured here; None without such a text."""
    from rnnviz.characters import neurons as measuring

    model = networks.character_model(network)
    try:
        found = measuring.load(model)
    except ValueError:
        found = None
    if found is None and character_networks.subject_of(network) == "python":
        with suppress(ValueError):  # an interpreter may come without its library's sources
            found = measuring.measure_here(model)
    return found


@cached(12)
def ablated(network: str) -> "Ablated | None":
    """What the ablation of units changes, as shipped; None if it was not measured of these very numbers."""
    from rnnviz.characters import ablating

    try:
        return ablating.load(networks.character_model(network))
    except ValueError:
        return None


@cached(8)
def payload(request: Request) -> dict[str, Any]:
    """All that the widget gets, except where it begins."""
    values = networks.character_trace(request.network, request.text).panel(request.signal)  # (time, unit)
    read, followed = _read(request)
    drawn = pictures.colored_text(
        read, request.signal, values, followed, held=tracking(request.network), ablated=ablated(request.network),
        typed=request.text, **told(request),
    )  # fmt: skip
    return {**drawn.data, "of": f"{request.network} {request.signal}"}


def _read(request: Request) -> "tuple[str, Sequence[Property]]":
    """The text as the network reads it, and the properties of its characters."""
    alphabet = networks.character_model(request.network).alphabet
    read = alphabet.decode(alphabet.encode(request.text))
    subject: Any = character_networks.subject_of(request.network)
    return read, properties(read, subject)


def told(request: Request) -> dict[str, Any]:
    """What the picture is told of the network and the text."""
    return {
        "begins": BEGINS[character_networks.subject_of(request.network)],
        "network": character_networks.label(request.network),
        "said": character_text.said(request.network, request.text),
    }


def measured_by(network: str) -> str:
    """The function of ``rnnviz.characters.neurons`` that gives ``tracking``; empty if there is none."""
    from rnnviz.characters import neurons as measuring

    if tracking(network) is None:
        return ""
    with suppress(ValueError):
        return "load" if measuring.load(networks.character_model(network)) is not None else "measure_here"
    return "measure_here"
