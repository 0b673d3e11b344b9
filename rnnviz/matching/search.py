"""Places where the same units are on as in a phrase, found in an index of bits.

For every unit the index says at every character of a long text how many of three thresholds its state reaches: two
bits, each in a row of its own over all characters. A search shifts and joins those rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

THRESHOLDS: Final[dict[str, tuple[float, float, float]]] = {"h": (0.1, 0.3, 0.6), "c": (0.25, 0.5, 1.0)}
"""What "on" can mean: a state of at least so much."""

OFTEN: Final = 0.9
"""The part of a text beyond which a unit is on too often to tell anything."""

MOST: Final = 1_000
"""The most places of one search."""

_BYTE: Final = 255

_CANDIDATES: Final = 20_000
"""Characters that are looked at for places that do not overlap."""


@dataclass(frozen=True, eq=False)
class Bits:
    """When the units are on over a text.

    Attributes:
        planes: uint8 of shape (unit, 2, bytes). The higher and the lower bit of how many thresholds are reached, eight
            characters a byte, the first of them in the lowest bit. It may lie on disk.
        characters: Of the text; a multiple of 64.
        streams: Equal stretches of the text, which were read side by side.
        read: How many characters of each are in it; of the others all units are off.
    """

    planes: np.ndarray
    characters: int
    streams: int
    read: int

    def on(self, unit: int, level: int) -> np.ndarray:
        """When a unit reaches threshold ``level``, 1 to 3, in little-endian uint64 of shape (characters / 64,)."""
        high, low = (np.ascontiguousarray(row).view("<u8") for row in self.planes[unit])
        return high | low if level == 1 else high if level == 2 else high & low


@dataclass(frozen=True)
class Place:
    """Where some of the units are on: ``start`` is its first character.

    ``units`` counts those of the phrase that are on at each of its characters, ``others`` all others on there.
    """

    start: int
    units: int
    others: int


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        places: Those that do not overlap, the best first: as many units of the phrase as can be, as few others as can
            be, in the order of the text. At most ``MOST``.
        complete: Characters at which such a place with all units begins, overlapping or not.
        searched: Characters that were searched.
    """

    places: tuple[Place, ...]
    complete: int
    searched: int


def levels(values: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """How many of three rising thresholds each value reaches: uint8 of the same shape. NaN reaches none."""
    reached = np.zeros(values.shape, np.uint8)
    for threshold in thresholds:
        reached += values >= np.float32(threshold)
    return reached


def packed(reached: np.ndarray) -> Bits:
    """The bits of a text that is no part of an index, from ``levels`` of it, uint8 of shape (time, unit)."""
    filled = np.zeros((reached.shape[1], 2, -(-len(reached) // 64) * 64), np.uint8)
    for bit in (0, 1):
        filled[:, bit, : len(reached)] = ((reached >> (1 - bit)) & 1).T
    return Bits(np.packbits(filled, axis=2, bitorder="little"), filled.shape[2], 1, len(reached))


def units_on(
    reached: np.ndarray, begin: int, end: int, level: int, *, alone: bool = False, often: float = OFTEN
) -> np.ndarray:
    """The units that are on at every character of a phrase, in rising order.

    Args:
        reached: uint8 of shape (time, unit). From ``levels``.
        begin, end: The phrase's first character, and the one after its last.
        level: 1 to 3.
        alone: Only those that are off at the character before the phrase and at the one after it, where there are such.
        often: Units that are on at more than this part of the text are left out, as ``always_on`` names them.

    Raises ValueError if that is no part of the text.

    Source: Strobelt, Gehrmann, Pfister, Rush (2018), LSTMVis, arXiv 1606.07461, section 5.
    """
    if not 0 <= begin < end <= len(reached):
        raise ValueError(f"a phrase must lie in 0..{len(reached)} and not be empty; got {begin}..{end}")
    is_on = reached >= level
    on: np.ndarray = np.all(is_on[begin:end], axis=0)
    on[always_on(reached, level, often)] = False
    if alone:
        for outside in (begin - 1, end):
            if 0 <= outside < len(reached):
                on &= ~is_on[outside]
    return np.flatnonzero(on)


def always_on(reached: np.ndarray, level: int, often: float = OFTEN) -> np.ndarray:
    """The units, rising, that are on at more than a part of a text: that they are on says nothing of a phrase.

    ``reached`` is uint8 of shape (time, unit).
    """
    return np.flatnonzero((reached >= level).sum(axis=0) > often * len(reached))


def find(
    bits: Bits, units: Sequence[int], length: int, level: int, *, alone: bool = False, left_out: Sequence[int] = ()
) -> Found:
    """The places of a text where most of some units are on for so many characters, and the fewest others.

    Args:
        units: Those of the phrase, from ``units_on``.
        length: Characters of the phrase.
        level: 1 to 3.
        alone: Whether a unit counts only where it is off just before and after, as in ``units_on``.
        left_out: Units that do not count as others, from ``always_on``.

    Raises ValueError if there is no unit, or the phrase is too long.
    """
    if not len(units) or not 1 <= length <= bits.characters // bits.streams:
        raise ValueError(
            f"a search must be for at least one unit over at least one character; got {len(units)}, {length}"
        )
    wanted = set(units)
    shared = _counted(bits, sorted(wanted), length, level, alone=alone)
    others = _counted(bits, sorted(set(range(len(bits.planes))) - set(left_out) - wanted), length, level, alone=alone)
    valid = _valid(bits, length)
    shared[~valid] = 0
    score = shared * (len(bits.planes) + 1) - others
    places = tuple(Place(k, int(shared[k]), int(others[k])) for k in _apart(score, shared, length))
    return Found(places, int(np.count_nonzero(shared == len(wanted))), bits.streams * bits.read)


def count_on(bits: Bits, units: Sequence[int], level: int, begin: int, end: int) -> np.ndarray:
    """How many of some units reach ``level``, 1 to 3, at each character of a stretch: int64 of shape (end - begin,)."""
    first, last = begin // 8, -(-end // 8)
    some = np.unpackbits(bits.planes[list(units), :, first:last], axis=2, bitorder="little")  # (unit, bit, time)
    reached = 2 * some[:, 0] + some[:, 1]
    counts: np.ndarray = (reached >= level).sum(axis=0)
    return counts[begin - 8 * first : end - 8 * first]


def _counted(bits: Bits, units: Sequence[int], length: int, level: int, *, alone: bool) -> np.ndarray:
    """At every character how many of some units are on from there on for so long: int32 of shape (characters,)."""
    total = np.zeros(bits.characters, np.int32)
    some = np.zeros(bits.characters, np.uint8)  # bytes are added up several times as fast, as long as none runs over
    for k, unit in enumerate(units, 1):
        some += np.unpackbits(runs(bits.on(unit, level), length, alone=alone).view(np.uint8), bitorder="little")
        if k % _BYTE == 0 or k == len(units):
            total += some
            some[:] = 0
    return total


def runs(on: np.ndarray, length: int, *, alone: bool = False) -> np.ndarray:
    """Where ``length`` bits in a row begin that are all set, in uint64 of the same shape.

    The first bit is in the lowest place. ``alone`` takes only those with no bit set just before and after.
    """
    have, made = on, 1
    while made < length:
        more = min(made, length - made)
        have = have & _ahead(have, more)
        made += more
    return have & ~_behind(on) & ~_ahead(on, length) if alone else have


def _ahead(words: np.ndarray, count: int) -> np.ndarray:
    """At each place the bit that stands ``count`` places further on; 0 where there is none."""
    whole, rest = divmod(count, 64)
    moved = np.zeros_like(words)
    if whole < len(words):
        moved[: len(words) - whole] = words[whole:]
    if not rest:
        return moved
    result: np.ndarray = moved >> np.uint64(rest)
    result[:-1] |= moved[1:] << np.uint64(64 - rest)
    return result


def _behind(words: np.ndarray) -> np.ndarray:
    """At each place the bit before it; 0 at the first."""
    result: np.ndarray = words << np.uint64(1)
    result[1:] |= words[:-1] >> np.uint64(63)
    return result


def _valid(bits: Bits, length: int) -> np.ndarray:
    """The characters at which a place may begin: it and the character after it have been read without a break."""
    width = bits.characters // bits.streams
    within = np.arange(width)
    last = bits.read - length - (bits.read < width)
    valid = np.tile(within <= last, bits.streams)
    if bits.read == width:  # all is read: stretches go on where the one before them ends
        valid[: bits.characters - length + 1] = True
    return valid


def _apart(score: np.ndarray, shared: np.ndarray, length: int) -> Iterator[int]:
    """The places with at least one unit of the phrase, the best first, of those that overlap only the first."""
    some = np.flatnonzero(shared)
    if len(some) > _CANDIDATES:
        least = np.partition(score[some], -_CANDIDATES)[-_CANDIDATES]
        better, equal = some[score[some] > least], some[score[some] == least]
        some = np.sort(np.concatenate([better, equal[: _CANDIDATES - len(better)]]))
    taken = np.zeros(len(score) + length, bool)
    given = 0
    for place in some[np.argsort(-score[some], kind="stable")].tolist():
        if not taken[place : place + length].any():
            taken[place : place + length] = True
            yield place
            given += 1
            if given == MOST:
                return
