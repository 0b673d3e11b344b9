"""Places where some units are on, as a list: of characters or of words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rnnviz.matching import search
from rnnviz.ui.widgets.character_networks import SIGNS

if TYPE_CHECKING:
    from rnnviz.matching.search import Bits, Found, Place

ROWS: Final = 30
"""The most different phrases that are listed."""

SHOWN: Final = 60
"""Tokens of a place itself; of a longer one the middle is left out."""


@dataclass(frozen=True)
class Row:
    """A listed place, which stands for all that read the same.

    Attributes:
        place: The best of them.
        where: Module and line, the review and the word, or the step.
        before, phrase, after: Their tokens: a text of characters, or words.
        counts: How many of the units are on at each token of the three.
        alike: Places with the same tokens among the best that were found.
    """

    place: "Place"
    where: str
    before: Sequence[str]
    phrase: Sequence[str]
    after: Sequence[str]
    counts: tuple[int, ...]
    alike: int


@dataclass(frozen=True, eq=False)
class Text:
    """What was searched.

    Attributes:
        tokens: All of them: a text of characters, or words.
        where: The name of a place, from its first step.
        bounds: The first step of the text that a step is in, and the one after its last.
        around: Tokens that are shown on either side of a place.
    """

    tokens: Sequence[str]
    where: Callable[[int], str]
    bounds: Callable[[int], tuple[int, int]]
    around: int


def rows(found: "Found", bits: "Bits", units: tuple[int, ...], length: int, text: Text, *, level: int = 1) -> list[Row]:
    """The places to list, best first, those that read the same once, at most ``ROWS``.

    Args:
        bits: Those in which they were found.
        units: Those that were searched for.
        length: Tokens of a place.
        level: What "on" means in ``bits``.
    """
    groups: dict[Sequence[str], list[Place]] = {}
    for place in found.places:
        groups.setdefault(text.tokens[place.start : place.start + length], []).append(place)

    def row(place: "Place", alike: int) -> Row:
        end, (begin, close) = place.start + length, text.bounds(place.start)
        first, last = max(begin, place.start - text.around), min(close, end + text.around)
        counts = search.count_on(bits, units, level, first, last)
        parts = text.tokens[first : place.start], text.tokens[place.start : end], text.tokens[end:last]
        return Row(place, text.where(place.start), *parts, tuple(counts.tolist()), alike)

    return [row(group[0], len(group)) for group in list(groups.values())[:ROWS]]


def table(listed: list[Row], of: int, glue: str = "") -> str:
    """The rows as HTML, every text escaped; ``of`` units were searched for, and ``glue`` is between two tokens."""
    heads = "".join(f"<th>{head}</th>" for head in ("there", "where", "its units on", "others on", "alike"))
    lines = "".join(
        f"<tr><td class=there><code>{glue.join(_shaded(row, of, glue))}</code></td>"
        f"<td class=where>{escape(row.where)}</td>"
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


def _shaded(row: Row, of: int, glue: str) -> Iterator[str]:
    """The tokens of a place and around it, neighbours of one shade together."""
    counts = list(row.counts)
    for part, kind in ((row.before, "span"), (row.phrase, "b"), (row.after, "span")):
        own, counts = counts[: len(part)], counts[len(part) :]
        shades = [round(4 * count / of) if of else 0 for count in own]
        shown = list(zip(part, shades, strict=True))
        if kind == "b" and len(shown) > SHOWN:
            shown = [*shown[: SHOWN // 2], ("…", 0), *shown[-SHOWN // 2 :]]
        for shade, those in groupby(shown, key=lambda pair: pair[1]):
            text = glue.join(SIGNS["\n"] if one == "\n" else one for one, _ in those)
            look = f"background:color-mix(in srgb, #2B9D8F {15 * shade}%, transparent)"
            yield f'<{kind} style="{look}">{escape(text)}</{kind}>'
