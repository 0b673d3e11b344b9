"""Hostile values from a seed: equal seeds give equal values, so a failure is reproduced by its seed."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final

import numpy as np
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as tensors_as_bytes

PIECES: Final = (
    "", "\0", "\x1b[31m", "\u202e", "\ud800", "\ufeff", "\u2028", "é", "👩\u200d👩\u200d👧", "\u0663", "\uff10\uff11",
    " ", "\t", "\r\n", "\n", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "](javascript:alert(1))", "`",
    "https://evil.example/", "$\\href{a}{b}$", "../../../etc/passwd", "file:///etc/passwd", "{0.__class__}", "%s%n",
    "${HOME}", "'; DROP TABLE", "__import__('os')", "!!python/object/apply:os.system [ls]", "&a *a", "%00", "%ff", "%",
    "&", "=", ";", ":", ",", "?", "#", "---\n", "## ", "- ", "[", "]", "{", "}", '"', "\\", "\\u0000", "0", "-1", "-0",
    "1e999", "-1e-999", "nan", "inf", "Infinity", "9" * 400, "2147483648", "18446744073709551616", "0x10", "1_000",
    "True", "null", "z.", "z.eJwLSMzJ", "x[0,0]=1", "lstm", "a.b:c",
)  # fmt: skip
"""What a value may be swapped for, or have inside."""

LONG: Final = (
    "a",
    "9",
    "[",
    "&a=1",
    "\u0301",
    " ",
    "\n",
    "- a\n",
    "{a: ",
    "x[0,0]=1;",
    "\N{MATHEMATICAL BOLD SMALL A}",
)
"""What is repeated to be very long."""

NUMBERS: Final = (0, 1, -1, 2, 0.5, -0.0, 1e308, 2**31, 2**63, 2**64, 10**30, -(10**400), float("inf"), float("nan"))


def drawn(name: str, number: int) -> Random:
    """The source of one case."""
    return Random(f"{name} {number}")  # noqa: S311 - no secret


def text(chosen: Random, before: str) -> str:
    """A text with a few changes, or another one; one in forty is very long."""
    if chosen.random() < 0.025:
        return before + chosen.choice(LONG) * chosen.choice((500, 5_000, 50_000))
    for _ in range(chosen.choice((1, 1, 2, 4))):
        begin, end = _stretch(chosen, len(before))
        before = _text_changed(chosen, before[:begin], before[begin:end], before[end:])
    return before


def _text_changed(chosen: Random, left: str, middle: str, right: str) -> str:
    """Three parts of a text with the middle one changed, gone, repeated or elsewhere."""
    piece, times = chosen.choice(PIECES), chosen.choice((2, 3, 20))
    return chosen.choice(
        (
            left + piece + middle + right,
            left + piece + right,
            left + right,
            left + middle,
            left + middle * times + right,
            right + middle + left,
            left + middle.swapcase() + right,
            left + middle[::-1] + right,
            piece,
        )
    )


def content(chosen: Random, before: bytes) -> bytes:
    """Bytes that were cut, or of which some were changed, lost or moved."""
    changed = bytearray(before)
    for _ in range(chosen.choice((1, 1, 2, 8))):
        begin, end = _stretch(chosen, len(changed))
        way = chosen.randrange(6)
        if way == 0:
            del changed[begin:]
        elif way == 1:
            del changed[begin:end]
        elif way == 2 and changed:
            changed[chosen.randrange(len(changed))] ^= 1 << chosen.randrange(8)
        elif way == 3:
            changed[begin:end] = chosen.randbytes(min(end - begin, 64))
        elif way == 4:
            changed[begin:begin] = changed[begin:end][:4096]
        else:
            changed[begin : begin + 8] = chosen.choice((0, 1, 2**31, 2**62, 2**64 - 1)).to_bytes(8, "little")
    return bytes(changed)


def data(chosen: Random, before: Any) -> Any:
    """Plain data of which a few parts are missing, renamed, of another type, enormous, or nested very deeply."""
    for _ in range(chosen.choice((1, 1, 2, 4))):
        before = _changed(chosen, before)
    return before


def anything(chosen: Random) -> Any:
    """Plain data of any type."""
    number = chosen.choice(NUMBERS)
    return chosen.choice(
        (
            None,
            chosen.random() < 0.5,
            number,
            number,
            piece(chosen),
            chosen.choice(LONG) * chosen.choice((100, 10_000)),
            [],
            {},
            [number] * chosen.choice((1, 3, 1_000)),
            {piece(chosen): number},
            nested(chosen.choice((3, 40))),
        )
    )


def piece(chosen: Random) -> str:
    """A piece that can be sent in UTF-8."""
    return chosen.choice(PIECES).encode("utf-8", "replace").decode()


def nested(depth: int) -> Any:
    """A list in a list and so on."""
    found: Any = 0
    for _ in range(depth):
        found = [found]
    return found


def _changed(chosen: Random, before: Any) -> Any:
    """Go down into the data some way and change what is there."""
    if isinstance(before, dict) and before and chosen.random() < 0.85:
        name = chosen.choice(list(before))
        others = {key: value for key, value in before.items() if key != name}
        way = chosen.randrange(8)
        if way == 0:
            return others
        if way == 1:
            return others | {piece(chosen): before[name]}
        if way == 2:
            return before | {name: before[chosen.choice(list(before))]}
        return before | {name: _changed(chosen, before[name])}
    if isinstance(before, list) and before and chosen.random() < 0.8:
        place = chosen.randrange(len(before))
        way = chosen.randrange(5)
        if way == 0:
            return before[:place]
        if way == 1:
            return [*before, before[place]]
        return [*before[:place], _changed(chosen, before[place]), *before[place + 1 :]]
    return anything(chosen)


def tensor_file(chosen: Random, before: bytes, called: str) -> bytes:
    """A safetensors file that was damaged, or written by somebody with other ideas.

    ``called`` is what its note is called in it.
    """
    way = chosen.randrange(6)
    if way == 0:
        return content(chosen, before)
    if way == 1:
        header, numbers = _parted(before)
        return _joined(json.dumps(data(chosen, header)).encode(), numbers)
    if way == 2:
        header, numbers = _parted(before)
        return _joined(text(chosen, json.dumps(header)).encode("utf-8", "replace"), numbers)
    arrays = dict(sorted(read_tensors(before).items()))  # which come in another order each time
    note = note_of(before, called)
    if way == 3:
        return tensors_as_bytes(_other_arrays(chosen, arrays), metadata={called: note})
    if way == 4:
        note = _note_text(chosen, note)
        return tensors_as_bytes(arrays, metadata={called: note.encode("utf-8", "replace").decode()})
    return tensors_as_bytes(arrays, metadata={called: json.dumps(data(chosen, json.loads(note)))})


def note_of(before: bytes, called: str) -> str:
    """The note in a safetensors file."""
    return str(_parted(before)[0]["__metadata__"][called])


def _note_text(chosen: Random, note: str) -> str:
    return "[" * 100_000 if chosen.random() < 0.05 else text(chosen, note)


def _parted(before: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(before[:8], "little")
    return json.loads(before[8 : 8 + length]), before[8 + length :]


def _joined(header: bytes, numbers: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + numbers


def _other_arrays(chosen: Random, before: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays of which one is missing, too many, of another name, shape or type, or not finite."""
    arrays = {name: np.array(array) for name, array in before.items()}
    name = chosen.choice(list(arrays))
    array = arrays[name]
    way = chosen.randrange(7)
    if way == 0:
        del arrays[name]
    elif way == 1:
        arrays |= {f"more{k}{'x' * chosen.choice((0, 200))}": np.zeros(1, np.float32) for k in range(300)}
    elif way == 2:
        arrays[piece(chosen)] = arrays.pop(name)
    elif way == 3:
        arrays[name] = array.reshape(chosen.choice(((-1,), (1, -1), (*array.shape, 1), (*(1,) * 20, -1))))
    elif way == 4:
        arrays[name] = np.resize(array, tuple(max(0, size + chosen.choice((-1, 0, 1))) for size in array.shape))
    elif way == 5:
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(chosen.choice((np.float64, np.float16, np.int64, np.uint8, np.bool_)))
    elif array.size and array.dtype.kind == "f":
        array.reshape(-1)[chosen.randrange(array.size)] = chosen.choice((np.nan, np.inf, -np.inf))
    return arrays


def _stretch(chosen: Random, length: int) -> tuple[int, int]:
    begin = chosen.randint(0, length)
    return begin, min(length, begin + chosen.choice((0, 1, 3, 10, 100)))
