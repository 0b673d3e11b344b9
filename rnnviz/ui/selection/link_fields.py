"""How each field of a Selection is written in a link, and read from what anybody may have written there."""

import base64
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode

from rnnviz.spec import Edit
from rnnviz.ui.selection import (
    CHOICES,
    FLAGS,
    INPUTS,
    MAX_CHARACTERS,
    MAX_EDITS,
    MAX_ENTRIES,
    MAX_ENTRY,
    MAX_VIEWS,
    PLACES,
    REAL_LIMITS,
    WHOLE,
    Input,
    readable,
)
from rnnviz.ui.selection.changes import check_edit, many
from rnnviz.ui.selection.checks import VIEW, check, shown

_PACKED: Final = "z."
"""The beginning of a compressed text."""

_MOST_ENTRIES: Final = MAX_ENTRIES * (100 + 3 * MAX_ENTRY)
"""Characters of all texts of the pages in an address, where each byte may be written as three."""

_EDIT: Final = re.compile(r"([A-Za-z0-9_.]{1,40})\[([0-9]{1,6})(?:,([0-9]{1,6}))?\]=([0-9.eE+-]{1,40})")


def written(name: str, value: Any, packed: Callable[[str], str]) -> str:
    """A field as a link has it; ``packed`` (``pack`` or ``plain``) writes its texts."""
    if name in (*INPUTS, "second"):
        return packed(value)
    if name == "entries":
        return packed(urlencode(value))
    if name == "views":
        return " ".join(":".join(view) for view in value)
    if name == "edits":
        places = ((edit, ",".join(map(str, edit.index))) for edit in value)
        return ";".join(f"{edit.name}[{place}]={float(edit.value)!r}" for edit, place in places)
    if name in REAL_LIMITS:
        return repr(float(value)).removesuffix(".0")
    if name in PLACES:
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def pack(text: str) -> str:
    """A text as a link has it: compressed if it is long."""
    if len(text) <= 200 and not text.startswith(_PACKED):
        return text
    return _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode().rstrip("=")


def plain(text: str) -> str:
    """A text in readable form, compressed only if it would be taken for compressed."""
    return pack(text) if text.startswith(_PACKED) else text


def _unpack(param: str, most: int = MAX_CHARACTERS) -> str:
    """A link's text, decompressed if need be; ValueError if it is incomplete or longer than the most characters."""
    if not param.startswith(_PACKED):
        return param
    try:
        packed = param.removeprefix(_PACKED)
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        engine = zlib.decompressobj()
        text = engine.decompress(data, 4 * most + 1)
        if len(text) <= 4 * most and engine.eof:
            return text.decode()
    except (ValueError, zlib.error):
        text = b""
    if len(text) > 4 * most:
        raise ValueError(f"the text must have at most {most:,} characters; got more")
    raise ValueError(f"a packed text must be complete; got {shown(param)}")


def _read_text(name: str, param: str) -> str:
    try:
        return readable(cast(Input, name), _unpack(param))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _read_second(name: str, param: str) -> str:
    text = _unpack(param)
    check(name, text)
    return text


def _read_whole(name: str, param: str) -> int:
    value = int(param) if re.fullmatch(r"-?[0-9]{1,15}", param) else param
    check(name, value)
    return int(value)


def _read_real(name: str, param: str) -> float:
    value = float(param) if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", param) else param
    check(name, value)
    return float(value)


def _read_choice(name: str, param: str) -> str:
    check(name, param)
    return param


def _read_flag(name: str, param: str) -> bool:
    if param not in ("0", "1"):
        raise ValueError(f"{name} must be 0 or 1; got {shown(param)}")
    return param == "1"


def _read_places(name: str, param: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,511}", param):
        raise ValueError(f"{name} must be whole numbers with commas between; got {shown(param)}")
    places = tuple(map(int, param.split(",")))
    check(name, places)
    return places


def _read_entries(name: str, param: str) -> tuple[tuple[str, str], ...]:
    packed = _unpack(param, _MOST_ENTRIES)
    try:
        pairs = parse_qsl(
            packed, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_ENTRIES
        )
    except ValueError:
        raise ValueError(
            f"{name} must be at most {MAX_ENTRIES} like attention.source=123, with & between; got {shown(packed)}"
        ) from None
    entries = tuple(sorted(pairs))
    check(name, entries)
    return entries


def _read_version(name: str, param: str) -> None:
    if param != "1":
        raise ValueError(f"{name}, the version of the link, must be 1; got {shown(param)}")


READERS: Final[Mapping[str, Callable[[str, str], Any]]] = (
    dict.fromkeys(WHOLE, _read_whole)
    | dict.fromkeys(REAL_LIMITS, _read_real)
    | dict.fromkeys(CHOICES, _read_choice)
    | dict.fromkeys(FLAGS, _read_flag)
    | dict.fromkeys(INPUTS, _read_text)
    | dict.fromkeys(PLACES, _read_places)
    | dict.fromkeys(("trained", "tour"), _read_choice)
    | {"entries": _read_entries, "second": _read_second, "v": _read_version}
)
"""The function that reads each field that is right or wrong as a whole; each raises ValueError."""


def read_views(param: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """The choices that can be read, the first of each name, and one message on the others."""
    pieces = param.split(" ", MAX_VIEWS)
    if len(pieces) > MAX_VIEWS:
        return (), [f"views must be at most {MAX_VIEWS}; got {param.count(' ') + 1:,}"]
    found = [VIEW.fullmatch(piece) for piece in pieces]
    views: dict[str, str] = {}
    for match in filter(None, found):
        views.setdefault(*match.groups())
    bad = [piece for piece, match in zip(pieces, found, strict=True) if match is None]
    return tuple(views.items()), [f"views must look like gates.view:memory; got {shown(bad[0])}"] if bad else []


def read_edits(param: str, known: Mapping[str, tuple[int, ...]]) -> tuple[tuple[Edit, ...], list[str]]:
    """The edits that can be made, and one message on the others."""
    places: dict[tuple[str, tuple[int, ...]], Edit] = {}
    problems = []
    pieces = param.split(";", MAX_EDITS) if param else []
    if len(pieces) > MAX_EDITS:
        problems.append(f"edits must be at most {MAX_EDITS}; got {param.count(';') + 1:,}")
    for piece in pieces[:MAX_EDITS]:
        try:
            edit = _read_edit(piece, known)
            places[edit.name, edit.index] = edit
        except ValueError as error:
            problems.append(str(error))
    more = f" (and {many(len(problems) - 1, 'more problem')})" if len(problems) > 1 else ""
    return tuple(places.values()), [problems[0] + more] if problems else []


def _read_edit(piece: str, known: Mapping[str, tuple[int, ...]]) -> Edit:
    match = _EDIT.fullmatch(piece)
    if not match:
        raise ValueError(f"edits must look like weight_hh_l0[0,1]=0.5; got {shown(piece)}")
    name, row, column, number = match.groups()
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"edits: the value of {name} must be a number; got {shown(number)}") from None
    edit = Edit(name, (int(row),) if column is None else (int(row), int(column)), value)
    check_edit(edit, known)
    return edit
