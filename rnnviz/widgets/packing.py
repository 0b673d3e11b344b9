"""Arrays and plain data as one message of bytes, as the widgets of the browser read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

ROUNDED_LIMIT: Final = 327.0
"""Beyond this number, 65,534 levels that include every hundredth are more than half a hundredth apart."""

COARSE_LEVELS: Final = 126
"""Levels on either side of zero; the remaining codes are for numbers that are not finite."""


@dataclass(frozen=True, eq=False)
class Packed:
    """An array as it is sent.

    Attributes:
        codes: Little-endian: float32, the numbers themselves; int16 or int8, levels; uint16, whole numbers.
        levels: How many levels there are from 0 to 1. An int16 code is a number rounded down, an int8 code one rounded
            to the nearest; the least code stands for NaN, the next for -inf, the greatest for inf.
    """

    codes: np.ndarray
    levels: float | None = None


def exact(array: np.ndarray) -> Packed:
    """An array of any float type to the last digit of a float32."""
    return Packed(np.ascontiguousarray(array, dtype="<f4"))


def whole(array: np.ndarray) -> Packed:
    """An array of whole numbers up to 65,535."""
    return Packed(np.ascontiguousarray(array, dtype="<u2"))


def roundable(array: np.ndarray) -> bool:
    """Whether ``rounded`` takes half the space of ``exact``."""
    return largest(array) <= ROUNDED_LIMIT


def rounded(array: np.ndarray) -> Packed:
    """An array in half the space, every number rounded down to one of 65,534 evenly spaced levels.

    Every hundredth is a level: whether a number is at least 0.37 is the same before and after. The array may have any
    float type; with a finite number beyond ``ROUNDED_LIMIT``, the result is that of ``exact``.
    """
    most = largest(array)
    if most > ROUNDED_LIMIT:
        return exact(array)
    levels = 100 * int(ROUNDED_LIMIT / most)
    with np.errstate(invalid="ignore"):
        codes = np.floor(array.astype(np.float64) * levels)
    return Packed(_marked(codes, array, "<i2"), levels)


def coarse(array: np.ndarray, most: float) -> Packed:
    """An array in a quarter of the space, every number rounded to the nearest of as many levels as colours show.

    Args:
        array: Of any float type.
        most: At least the largest finite size in it, above 0.
    """
    levels = COARSE_LEVELS / most
    return Packed(_marked(np.rint(array * levels), array, "<i1"), levels)


def largest(array: np.ndarray, floor: float = 1e-6) -> float:
    """The largest finite size of a number, at least ``floor``."""
    return max(floor, float(np.max(np.abs(array), initial=0, where=np.isfinite(array))))


def _marked(codes: np.ndarray, array: np.ndarray, kind: str) -> np.ndarray:
    """The codes as integers, with the special codes for numbers that are not finite."""
    least, greatest = np.iinfo(kind).min, np.iinfo(kind).max
    known = np.isfinite(array)
    sent = np.where(known, codes, least).astype(kind)
    if not known.all():
        sent[np.isneginf(array)] = least + 1
        sent[np.isposinf(array)] = greatest
    return np.ascontiguousarray(sent)


def message(data: Mapping[str, object]) -> bytes:
    """Plain data with packed arrays anywhere in it, as bytes.

    Args:
        data: Of what JSON can hold, and ``Packed``.

    Returns:
        The length of the header as uint32; the header, JSON in UTF-8, in which ``{"$": type, "at": offset, "shape": …,
        "levels": …}`` stands for an array; then the arrays. Each part begins at a multiple of eight.

    Raises:
        ValueError: If a number outside the arrays is not finite: JSON has none such.
    """
    parts: list[bytes] = []
    at = 0

    def placed(value: object) -> dict[str, object]:
        nonlocal at
        if not isinstance(value, Packed):
            raise TypeError(f"a message must be of plain data and Packed; got {type(value).__name__}")
        place = {"$": value.codes.dtype.str[1:], "at": at, "shape": value.codes.shape, "levels": value.levels}
        parts.append(_padded(value.codes.tobytes()))
        at += len(parts[-1])
        return place

    header = json.dumps(dict(data), default=placed, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_padded(len(header).to_bytes(4, "little")), _padded(header), *parts])


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % 8)
