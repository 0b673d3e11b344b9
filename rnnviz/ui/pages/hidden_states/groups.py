"""Groups of units that a visitor has named: kept in the link, a line each, of which anybody may have written any."""

import re
from dataclasses import dataclass
from typing import Final, cast

from rnnviz.names import Direction
from rnnviz.ui.selection import entries

MOST: Final = 20
"""The most groups that are kept."""

LONGEST: Final = 40
"""The most characters of a name."""

MOST_UNITS: Final = 2_048

_ENTRY: Final = "hidden_states.groups"
_ROOM: Final = 5_000
_LINE: Final = re.compile(
    r"(?P<network>[a-z0-9-]{1,60}) (?P<signal>[hc]) (?P<layer>[0-3]) (?P<direction>forward|reverse) "
    r"(?P<length>[1-9][0-9]{0,3}) (?P<threshold>0|1|0\.[0-9]{1,6}) (?P<alone>[01]) "
    r"(?P<units>[0-9]{1,3}(,[0-9]{1,3}){0,511}) (?P<name>\S.{0,39})"
)


@dataclass(frozen=True)
class Group:
    """Units that were on together, and where that was seen.

    Attributes:
        network: Its family, as ``ModelSpec.trained`` has it.
        signal: "h" or "c".
        length: Steps of the range.
        threshold: The least value at which a unit is on.
        alone: Whether they were off just outside of the range.
        units: In rising order.
        name: As the visitor typed it, in characters that can be seen; it may be anything.
    """

    network: str
    signal: str
    layer: int
    direction: Direction
    length: int
    threshold: float
    alone: bool
    units: tuple[int, ...]
    name: str


def kept() -> tuple[Group, ...]:
    """The visitor's groups; lines of the link that are none are left out."""
    return read(entries.get(_ENTRY, "", _ROOM))


def keep(groups: tuple[Group, ...]) -> None:
    """Keep these and no others, the first ``MOST`` of them."""
    entries.keep(_ENTRY, written(groups[:MOST]), "", _ROOM)


def read(text: str) -> tuple[Group, ...]:
    """The groups that lines say, at most ``MOST``; a line that says none is left out."""
    found = (_LINE.fullmatch(line) for line in text.split("\n"))
    return tuple(filter(None, (_group(match) for match in found if match)))[:MOST]


def written(groups: tuple[Group, ...]) -> str:
    """The groups as lines, which ``read`` reads."""
    return "\n".join(
        f"{one.network} {one.signal} {one.layer} {one.direction} {one.length} {one.threshold:.6g} {int(one.alone)} "
        f"{','.join(map(str, one.units))} {one.name}"
        for one in groups
    )


def cleaned(name: str) -> str:
    """A name in characters that can be seen, on one line; empty if there is none."""
    seen = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(seen.split())[:LONGEST].strip()


def _group(match: re.Match[str]) -> Group | None:
    units = tuple(map(int, match["units"].split(",")))
    name = cleaned(match["name"])
    if sorted(set(units)) != list(units) or units[-1] >= MOST_UNITS or not name:
        return None
    return Group(
        match["network"],
        match["signal"],
        int(match["layer"]),
        cast("Direction", match["direction"]),
        int(match["length"]),
        float(match["threshold"]),
        match["alone"] == "1",
        units,
        name,
    )
