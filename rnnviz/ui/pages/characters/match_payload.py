"""The data of the view of matching: a text with a phrase, and places that are like it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import pictures
from rnnviz.caching import cached
from rnnviz.matching import search as matching
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import character_networks, character_text, matches
from rnnviz.ui.widgets.matches import Row

if TYPE_CHECKING:
    from rnnviz.characters.corpus import Searched
    from rnnviz.characters.index import IndexSpec
    from rnnviz.matching.search import Bits, Found

AROUND: Final = 24
"""Characters on either side of a place."""


@dataclass(frozen=True)
class Request:
    """A text as it is shown.

    Attributes:
        signal: One of "h", "c".
    """

    network: str
    text: str
    signal: str


@dataclass(frozen=True)
class Pattern:
    """What is searched for.

    Attributes:
        begin, end: The phrase in the text.
        level: 1 to 3: what "on" means.
        alone: Whether its units must be off just before and after.
    """

    begin: int
    end: int
    level: int = 1
    alone: bool = False


@dataclass(frozen=True)
class Units:
    """Which units count.

    Attributes:
        on: Those that are on throughout the phrase.
        always: Those that are on nearly everywhere, and are left out.
    """

    on: tuple[int, ...]
    always: tuple[int, ...]


def reached(request: Request) -> np.ndarray:
    """How many thresholds each state reaches: uint8 ndarray of shape (time, unit)."""
    values = networks.character_trace(request.network, request.text).panel(request.signal)
    return matching.levels(values, matching.THRESHOLDS[request.signal])


@cached(64)
def units_of(request: Request, pattern: Pattern) -> Units:
    """The units that are on throughout a phrase, and those that are on nearly everywhere."""
    told = reached(request)
    on = matching.units_on(told, pattern.begin, pattern.end, pattern.level, alone=pattern.alone)
    return Units(tuple(on.tolist()), tuple(matching.always_on(told, pattern.level).tolist()))


@cached(8)
def own_bits(request: Request) -> "Bits":
    """When the units are on, over the text that is shown."""
    return matching.packed(reached(request))


@cached(64)
def search(request: Request, pattern: Pattern, read: int, _bits: "Bits", *, of_library: bool) -> "Found":  # noqa: ARG001 - the key
    """The places that are like a pattern; the same for all who ask the same of as much of the text."""
    units, length = units_of(request, pattern), pattern.end - pattern.begin
    return matching.find(_bits, units.on, length, pattern.level, alone=pattern.alone, left_out=units.always)


@cached(8)
def payload(request: Request) -> dict[str, Any]:
    """All that the widget gets, except where it begins."""
    alphabet = networks.character_model(request.network).alphabet
    text = alphabet.decode(alphabet.encode(request.text))
    return dict(pictures.phrase(text, request.signal, reached(request), typed=request.text, **told(request)).data)


def told(request: Request) -> dict[str, Any]:
    """What the picture is told of the network and the text."""
    said = character_text.said(request.network, request.text)
    return {"network": character_networks.label(request.network), "of": said}


@cached(1)
def searched_text() -> "Searched":
    """The part of the standard library that is searched."""
    from rnnviz.characters.corpus import python_library

    return python_library()


@cached(4)
def whole_index(network: str, signal: str) -> "Bits":
    """A network's index of the library, checked and mapped once; LookupError if missing, ValueError if damaged."""
    from rnnviz.characters import index

    found = index.look(index_spec(network, signal), index.folder())
    if found is None:
        raise LookupError(network)
    return found


def index_so_far(network: str, signal: str, partial: str, read: int) -> "Bits | None":
    """The part of an index that exists so far."""
    from rnnviz.characters import index

    return index.glance(index_spec(network, signal), index.folder(), partial, read)


def index_spec(network: str, signal: str) -> "IndexSpec":
    """The index of a network over the standard library."""
    from rnnviz.characters.index import IndexSpec
    from rnnviz.characters.network import fingerprint

    model, text = networks.character_model(network), searched_text()
    return IndexSpec(fingerprint(model), text.key, signal, model.spec.hidden_size, len(text.text))


def rows(found: "Found", bits: "Bits", units: tuple[int, ...], pattern: Pattern, text: str | None) -> list[Row]:
    """The places to list, best first, those that read the same once, at most ``matches.ROWS``.

    Args:
        bits: Those in which they were found.
        units: Those of the pattern.
        text: The text that was searched; None for the standard library.
    """
    whole = searched_text().text if text is None else text

    def where(start: int) -> str:
        return f"t = {start}" if text is not None else ":".join(map(str, searched_text().place(start)))

    searched = matches.Text(whole, where, lambda _: (0, len(whole)), AROUND)
    return matches.rows(found, bits, units, pattern.end - pattern.begin, searched, level=pattern.level)
