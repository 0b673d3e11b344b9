"""The fields of a Selection, in one table: what each may hold, how a link and a file write it, how they are read.

The usual value of a field is that of ``Selection`` and ``ModelSpec``. Anybody can send anything: nothing about a value
is trusted before its check.
"""

import base64
import re
import reprlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode

from rnnviz import checkpoints, tours
from rnnviz.names import CELL_LABELS, CELLS, DIRECTIONS, NONLINEARITIES, RESETS, Cell
from rnnviz.notation import NOTATIONS
from rnnviz.spec import RECURRENTS, Edit, is_family
from rnnviz.spec.acts import read_all
from rnnviz.text import MAX_ABS
from rnnviz.ui.selection import INPUTS, MAX_CHARACTERS, PICTURES, Input, cells_of, families, readable

MAX_EDITS: Final = 100
MAX_VIEWS: Final = 40
MAX_ENTRIES: Final = 40
MAX_ENTRY: Final = 5_000
"""The most texts that pages keep of their own, and the most characters of one."""

VIEW: Final = re.compile(r"([a-z_]{1,30}\.[a-z_]{1,30}):([a-z0-9.+-]{1,120})")
"""A choice on a page and its value."""

ENTRY: Final = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")
"""A text box of a page."""

_PACKED: Final = "z."
"""The beginning of a compressed text."""

_MOST_ENTRIES: Final = MAX_ENTRIES * (100 + 3 * MAX_ENTRY)
"""Characters of all texts of the pages in an address, where each byte may be written as three."""

_EDIT: Final = re.compile(r"([A-Za-z0-9_.]{1,40})\[([0-9]{1,6})(?:,([0-9]{1,6}))?\]=([0-9.eE+-]{1,40})")
_HUGE: Final = 2**31 - 1

Pack = Callable[[str], str]
"""How a text is written: ``pack`` or ``plain``."""


class Field:
    """What a field holds: here a short text that a link has as it is. ``check`` and ``read`` are given its name."""

    def check(self, name: str, value: object) -> None:
        """Refuse a value that the field must not have; whether texts can be read is left to ``readable``.

        Raises:
            TypeError: If it has another type.
            ValueError: If it is outside the limits, or not one of those to choose from.
        """
        raise NotImplementedError

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        """The value as a link has it, and a file with ``plain``."""
        return str(value)

    def read(self, name: str, param: str) -> Any:
        """The value that a link's parameter means.

        Raises:
            ValueError: If it cannot be read, or ``check`` refuses it.
        """
        self.check(name, param)
        return param


@dataclass(frozen=True)
class Whole(Field):
    """A whole number."""

    low: int = 0
    high: int = _HUGE

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise ValueError(f"{name} must be a whole number in {self.low}..{self.high}; got {quoted(value)}")

    def read(self, name: str, param: str) -> int:
        value = int(param) if re.fullmatch(r"-?[0-9]{1,15}", param) else param
        self.check(name, value)
        return int(value)


@dataclass(frozen=True)
class Real(Field):
    """Any number; None as well if it is optional, which no link says."""

    low: float
    high: float
    optional: bool = False

    def check(self, name: str, value: object) -> None:
        if self.optional and value is None:
            return
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise ValueError(f"{name} must be a number in {self.low:g}..{self.high:g}; got {quoted(value)}")

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        return repr(float(value)).removesuffix(".0")

    def read(self, name: str, param: str) -> float:
        value = float(param) if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", param) else param
        self.check(name, value)
        return float(value)


@dataclass(frozen=True)
class Choice(Field):
    """One of a few words."""

    choices: tuple[str, ...]

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError(f"{name} must be one of {', '.join(self.choices)}; got {quoted(value)}")


class Flag(Field):
    """True or False, in a link 1 or 0."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False; got {quoted(value)}")

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        return str(int(value))

    def read(self, name: str, param: str) -> bool:
        if param not in ("0", "1"):
            raise ValueError(f"{name} must be 0 or 1; got {quoted(param)}")
        return param == "1"


class Text(Field):
    """A text that may be long, and is checked where it is read."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a text; got {quoted(value)}")
        if len(value) > MAX_CHARACTERS:
            raise ValueError(f"the text must have at most {MAX_CHARACTERS:,} characters; got {len(value):,}")

    def write(self, value: Any, packed: Pack) -> str:
        return packed(value)

    def read(self, name: str, param: str) -> str:
        text = _unpacked(param)
        self.check(name, text)
        return text


class InputText(Text):
    """What the network reads: a link's text must be readable."""

    def read(self, name: str, param: str) -> str:
        try:
            return readable(cast("Input", name), _unpacked(param))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


class Units(Field):
    """Several whole numbers, none twice."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple):
            raise TypeError(f"{name} must be a tuple of whole numbers; got {quoted(value)}")
        for place in value:
            Whole().check(name, place)
        self.check_together(name, value)

    def check_together(self, name: str, value: tuple[int, ...]) -> None:
        """Refuse numbers that must not stand together."""
        if len(set(value)) < len(value):
            raise ValueError(f"{name} must be different from each other; got {quoted(value)}")

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        return ",".join(map(str, value))

    def read(self, name: str, param: str) -> tuple[int, ...]:
        if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,2047}", param):
            raise ValueError(f"{name} must be whole numbers with commas between; got {quoted(param)}")
        places = tuple(map(int, param.split(",")))
        self.check(name, places)
        return places


class Span(Units):
    """The first and the last step of a range, or nothing."""

    def check_together(self, name: str, value: tuple[int, ...]) -> None:
        if len(value) not in (0, 2) or tuple(sorted(value)) != value:
            raise ValueError(f"{name} must be a first and a last step, or nothing; got {quoted(value)}")


class Tour(Field):
    """A stop of a guided tour, or nothing."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str) or (value and not tours.STOP.fullmatch(value)):
            raise ValueError(f"{name} must be a stop like lecture.3; got {quoted(value)}")


class Trained(Field):
    """A family of trained networks, or nothing."""

    def check(self, name: str, value: object) -> None:
        if value == "":
            return
        if not isinstance(value, str) or not is_family(value) or not cells_of(value):
            if reason := is_family(value) and _refused(str(value)):
                raise ValueError(f"{name}: {reason}")
            raise ValueError(f"{name} must be one of {', '.join(families())} or a finished run; got {quoted(value)}")


class Entries(Field):
    """Texts by the boxes of pages that they were typed in."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple) or not all(_is_entry(entry) for entry in value):
            raise ValueError(
                f"{name} must be pairs of a name like attention.source and a text of at most {MAX_ENTRY:,} characters; "
                f"got {quoted(value)}"
            )
        _check_pairs(name, value, MAX_ENTRIES)

    def write(self, value: Any, packed: Pack) -> str:
        return packed(urlencode(value))

    def read(self, name: str, param: str) -> tuple[tuple[str, str], ...]:
        unpacked = _unpacked(param, _MOST_ENTRIES)
        try:
            pairs = parse_qsl(
                unpacked, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_ENTRIES
            )
        except ValueError:
            wanted = f"at most {MAX_ENTRIES} like attention.source=123, with & between"
            raise ValueError(f"{name} must be {wanted}; got {quoted(unpacked)}") from None
        entries = tuple(sorted(pairs))
        self.check(name, entries)
        return entries


class Views(Field):
    """The choices of pages by their names. A link may have some right and some wrong: see ``read_some``."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple) or not all(_is_view(view) for view in value):
            raise ValueError(
                f"{name} must be pairs of a name like gates.view and a choice like memory; got {quoted(value)}"
            )
        _check_pairs(name, value, MAX_VIEWS)

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        return " ".join(":".join(view) for view in value)

    def read_some(self, param: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
        """The choices that can be read, the first of each name, and one message on the others."""
        pieces = param.split(" ", MAX_VIEWS)
        if len(pieces) > MAX_VIEWS:
            return (), [f"views must be at most {MAX_VIEWS}; got {param.count(' ') + 1:,}"]
        found = [VIEW.fullmatch(piece) for piece in pieces]
        views: dict[str, str] = {}
        for match in filter(None, found):
            views.setdefault(*match.groups())
        bad = [piece for piece, match in zip(pieces, found, strict=True) if match is None]
        return tuple(views.items()), [f"views must look like gates.view:memory; got {quoted(bad[0])}"] if bad else []


class Edits(Field):
    """Numbers that were edited. A link may have some right and some wrong: see ``read_some``."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, tuple) or not all(isinstance(edit, Edit) for edit in value):
            raise TypeError(f"{name} must be a tuple of Edit; got {quoted(value)}")
        if len(value) > MAX_EDITS:
            raise ValueError(f"{name} must be at most {MAX_EDITS}; got {len(value):,}")
        for edit in value:
            if not abs(edit.value) <= MAX_ABS:
                place = f"{quoted(edit.name)[1:-1]}[{','.join(map(str, edit.index))}]"
                raise ValueError(f"{name}: {place} must be between −1,000,000 and 1,000,000; got {quoted(edit.value)}")

    def write(self, value: Any, packed: Pack) -> str:  # noqa: ARG002 - for texts
        return ";".join(f"{edit.name}[{','.join(map(str, edit.index))}]={float(edit.value)!r}" for edit in value)

    def read_some(self, param: str, known: Mapping[str, tuple[int, ...]]) -> tuple[tuple[Edit, ...], list[str]]:
        """The edits that can be made, and one message on the others; ``known`` as from ``selection.shapes``."""
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


class Acts(Field):
    """Interventions as ``spec.acts`` writes them; whether they fit the network is left to ``changes.fitted``."""

    def check(self, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a text; got {quoted(value)}")
        try:
            acts = read_all(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if value != ";".join(act.written for act in acts):
            raise ValueError(f"{name} must be written like clamp:f@0:u3.5:t10-19=0; got {quoted(value)}")

    def read(self, name: str, param: str) -> str:
        try:
            plainly = ";".join(act.written for act in read_all(param))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        return plainly


HIDDEN_SIZE: Final = Whole(1, 512)
FORGET_BIAS: Final = Real(-10.0, 10.0, optional=True)
RECURRENT_SCALE: Final = Real(0.0, 5.0)
VIEWS: Final = Views()
EDITS: Final = Edits()

MODEL: Final[Mapping[str, Field]] = {
    "cell": Choice(CELLS),
    "input_size": Whole(1, 64),
    "hidden_size": HIDDEN_SIZE,
    "num_layers": Whole(1, 4),
    "output_size": Whole(0, 8),
    "bidirectional": Flag(),
    "bias": Flag(),
    "nonlinearity": Choice(NONLINEARITIES),
    "seed": Whole(),
    "forget_bias": FORGET_BIAS,
    "recurrent": Choice(RECURRENTS),
    "recurrent_scale": RECURRENT_SCALE,
    "trained": Trained(),
    "reset": Choice(RESETS),
}
"""The fields of a ``ModelSpec``, in its order, with what the pages offer."""

OWN: Final[Mapping[str, Field]] = {
    "input": Choice(INPUTS),
    "numbers": InputText(),
    "words": InputText(),
    "layer": Whole(),
    "direction": Choice(DIRECTIONS),
    "t": Whole(),
    "picture": Choice(PICTURES),
    "fold": Flag(),
    "present": Flag(),
    "notation": Choice(NOTATIONS),
    "tour": Tour(),
    "units": Units(),
    "span": Span(),
    "threshold": Real(0.0, 1.0, optional=True),
    "views": VIEWS,
    "entries": Entries(),
    "after": Text(),
    "second": Text(),
    "edits": EDITS,
    "interventions": Acts(),
}
"""The other fields of a ``Selection``, in its order."""

FIELDS: Final[Mapping[str, Field]] = {**MODEL, **OWN}


def check(name: str, value: object) -> None:
    """Refuse a value that the field of that name must not have.

    Raises:
        TypeError: If there is no field of that name, or it has another type.
        ValueError: As from ``Field.check``.
    """
    if name not in FIELDS:
        raise TypeError(f"a change must be of one of {', '.join(FIELDS)}; got {quoted(name)}")
    FIELDS[name].check(name, value)


def check_edit(edit: Edit, known: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse an edit that cannot be made; ``known`` as from ``selection.shapes``.

    Raises:
        ValueError: If there is no such place, or the number is not finite or too large.
    """
    if wrong := misplaced(edit, known):
        raise ValueError(wrong)
    EDITS.check("edits", (edit,))


def misplaced(edit: Edit, known: Mapping[str, tuple[int, ...]]) -> str | None:
    """Why there is no such place; None if there is one."""
    if edit.name not in known:
        return f"edits must be of x or a parameter of this network; got {quoted(edit.name)}"
    shape = known[edit.name]
    if len(edit.index) != len(shape) or not all(map(_within, edit.index, shape)):
        rows = " x ".join(map(str, shape))
        return f"edits: {edit.name} has shape {rows} and places from 0; got {quoted(list(edit.index))}"
    return None


def damage(family: str, cell: Cell) -> str:
    """Why a trained network's file is refused: what was expected and what was got; empty if it is fine or missing."""
    try:
        checkpoints.load(f"{family}-{cell}")
    except checkpoints.RefusedError as error:
        return f"{error}. The file is damaged, or it is no checkpoint."
    except ValueError:
        pass
    return ""


def other_cell(family: str, cell: Cell, got: Cell) -> list[str]:
    """The message for a trained network that comes with another cell, because the file of this one is damaged."""
    reason = damage(family, cell) if family and got != cell else ""
    return [f"trained: {reason} The {CELL_LABELS[got]} is shown in its place."] if reason else []


def quoted(value: object) -> str:
    """A value as a message may quote it: at most 40 characters, all printable."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    printable = "".join(character if character.isprintable() else " " for character in text[:41])
    return f"'{printable[:40]}{'…' if len(text) > 40 else ''}'" if isinstance(value, str) else printable[:40]


def many(count: int, noun: str) -> str:
    """A count with its noun in the singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"


def pack(text: str) -> str:
    """A text as a link has it: compressed if it is long."""
    if len(text) <= 200 and not text.startswith(_PACKED):
        return text
    return _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode().rstrip("=")


def plain(text: str) -> str:
    """A text in readable form, compressed only if it would be taken for compressed."""
    return pack(text) if text.startswith(_PACKED) else text


def _unpacked(param: str, most: int = MAX_CHARACTERS) -> str:
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
    raise ValueError(f"a packed text must be complete; got {quoted(param)}")


def _read_edit(piece: str, known: Mapping[str, tuple[int, ...]]) -> Edit:
    match = _EDIT.fullmatch(piece)
    if not match:
        raise ValueError(f"edits must look like weight_hh_l0[0,1]=0.5; got {quoted(piece)}")
    name, row, column, number = match.groups()
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"edits: the value of {name} must be a number; got {quoted(number)}") from None
    edit = Edit(name, (int(row),) if column is None else (int(row), int(column)), value)
    check_edit(edit, known)
    return edit


def _within(k: object, size: int) -> bool:
    return isinstance(k, int) and 0 <= k < size


def _is_view(view: object) -> bool:
    return (
        isinstance(view, tuple)
        and len(view) == 2
        and all(isinstance(part, str) for part in view)
        and VIEW.fullmatch(":".join(view)) is not None
    )


def _is_entry(entry: object) -> bool:
    match entry:
        case (str(name), str(text)):
            return ENTRY.fullmatch(name) is not None and len(text) <= MAX_ENTRY
    return False


def _check_pairs(name: str, value: tuple[Any, ...], most: int) -> None:
    if len(value) > most or len(dict(value)) < len(value):
        raise ValueError(f"{name} must be at most {most} with different names; got {len(value):,}")


def _refused(family: str) -> str:
    """Why the files of a trained network are refused, if it has any."""
    return next(filter(None, (damage(family, cell) for cell in CELLS)), "")
