"""The data of the view of matching: a text with a phrase, and places that are like it."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.characters import matching
from rnnviz.names import LABELS
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.packing import Packed
from rnnviz.ui.widgets import character_networks, character_text
from rnnviz.ui.widgets.step_view import palette_data

if TYPE_CHECKING:
    from rnnviz.characters.corpus import Searched
    from rnnviz.characters.index import IndexSpec
    from rnnviz.characters.matching import Bits, Found, Place

LONGEST: Final = 200
"""The most characters of a phrase."""

ROWS: Final = 30
"""The most different phrases that are listed."""

AROUND: Final = 24
"""Characters on either side of a place."""

SHOWN: Final = 60
"""Characters of a place itself; of a longer one the middle is left out."""


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


@dataclass(frozen=True)
class Row:
    """A listed place, which stands for all that read the same.

    Attributes:
        place: The best of them.
        where: Module and line, or the step.
        counts: How many of the pattern's units are on at each character of the three.
        alike: Places with the same characters among the best that were found.
    """

    place: "Place"
    where: str
    before: str
    phrase: str
    after: str
    counts: tuple[int, ...]
    alike: int


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
    told = reached(request)
    return {
        "text": alphabet.decode(alphabet.encode(request.text)),
        "signal": request.signal,
        "thresholds": [f"{threshold:g}" for threshold in matching.THRESHOLDS[request.signal]],
        "reached": Packed(told.astype("<i1")),
        "most": LONGEST,
        "often": matching.OFTEN,
        "title": f"Select a phrase: in which units is the {LABELS[request.signal]} {request.signal} on throughout?",
        "foot": f"{character_networks.label(request.network)}, {told.shape[1]} units. "
        f"Text: {character_text.said(request.network, request.text)}.",
        "palette": palette_data(),
    }


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
    """The places to list, best first, those that read the same once, at most ``ROWS``.

    Args:
        bits: Those in which they were found.
        units: Those of the pattern.
        text: The text that was searched; None for the standard library.
    """
    whole = searched_text().text if text is None else text
    length = pattern.end - pattern.begin
    groups: dict[str, list[Place]] = {}
    for place in found.places:
        groups.setdefault(whole[place.start : place.start + length], []).append(place)

    def row(place: "Place", alike: int) -> Row:
        end = place.start + length
        first, last = max(0, place.start - AROUND), min(len(whole), end + AROUND)
        counts = matching.count_on(bits, units, pattern.level, first, last)
        where = f"t = {place.start}" if text is not None else ":".join(map(str, searched_text().place(place.start)))
        parts = whole[first : place.start], whole[place.start : end], whole[end:last]
        return Row(place, where, *parts, tuple(counts.tolist()), alike)

    return [row(group[0], len(group)) for group in list(groups.values())[:ROWS]]


def table(listed: list[Row], of: int) -> str:
    """The rows as HTML, every text escaped; the pattern has ``of`` units."""
    heads = "".join(f"<th>{head}</th>" for head in ("there", "where", "its units on", "others on", "alike"))
    lines = "".join(
        f"<tr><td class=there><code>{''.join(_shaded(row, of))}</code></td><td class=where>{escape(row.where)}</td>"
        f"<td data-head='its units on'>{row.place.units} of {of}</td><td data-head='others on'>{row.place.others}</td>"
        f"<td data-head=alike>{row.alike}</td></tr>"
        for row in listed
    )
    place = "<div class=matches tabindex=0 role=region aria-label='Places where these units are on'>"
    return f"{_STYLE}{place}<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"


_STYLE: Final = """<style>
.matches { overflow-x: auto; }
.matches table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
.matches th { font-weight: 400; text-align: left; opacity: .75; font-size: 14px; white-space: nowrap; }
.matches th, .matches td { padding: 3px 10px; border-bottom: 1px solid rgba(128, 128, 128, .3); white-space: nowrap; }
.matches .where { font-size: 14px; }
.matches code { white-space: pre; font-size: 14.5px; color: inherit; background: none; padding: 0; }
.matches code span { padding: 2px 0; }
@media (max-width: 700px) {
  .matches thead { position: absolute; clip-path: inset(50%); }
  .matches tr { display: block; padding: 4px 0; border-bottom: 1px solid rgba(128, 128, 128, .3); }
  .matches td { display: inline-block; padding: 1px 12px 1px 0; border: 0; }
  .matches .there { display: block; }
  .matches code { white-space: pre-wrap; overflow-wrap: anywhere; }
  .matches [data-head]::before { content: attr(data-head) " "; opacity: .75; font-size: 14px; }
}
.matches code b { border-top: 2px solid; border-bottom: 2px solid; padding: 1px 0; font-weight: 600; }
</style>"""


def _shaded(row: Row, of: int) -> Iterator[str]:
    """The characters of a place and around it, neighbours of one shade together."""
    counts = list(row.counts)
    for part, kind in ((row.before, "span"), (row.phrase, "b"), (row.after, "span")):
        own, counts = counts[: len(part)], counts[len(part) :]
        shades = [round(4 * count / of) if of else 0 for count in own]
        kept = list(zip(part, shades, strict=True))
        if kind == "b" and len(kept) > SHOWN:
            kept = [*kept[: SHOWN // 2], ("…", 0), *kept[-SHOWN // 2 :]]
        for text, shade in _together(kept):
            look = f"background:color-mix(in srgb, #2B9D8F {15 * shade}%, transparent)"
            yield f'<{kind} style="{look}">{escape(text)}</{kind}>'


def _together(pairs: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    begin = 0
    for k in range(1, len(pairs) + 1):
        if k == len(pairs) or pairs[k][1] != pairs[begin][1]:
            yield (
                "".join(character_networks.SIGNS["\n"] if c == "\n" else c for c, _ in pairs[begin:k]),
                pairs[begin][1],
            )
            begin = k
