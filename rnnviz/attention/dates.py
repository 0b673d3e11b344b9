"""Dates as people write them, in forms of ours, and as ISO 8601 writes them; where in a text day, month, year stand."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

import numpy as np

Field = Literal["year", "month", "day"]
FIELDS: Final[tuple[Field, ...]] = get_args(Field)

FIRST: Final = date(1950, 1, 1)
LAST: Final = date(2049, 12, 31)
"""A hundred years, so that two digits are enough for one: 50 is 1950 and 49 is 2049."""

PLACES: Final[Mapping[Field, tuple[int, ...]]] = {"year": (0, 1, 2, 3), "month": (5, 6), "day": (8, 9)}
"""Where each field stands in YYYY-MM-DD."""

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT: Final = 3
"""Letters that stand for a month or a weekday."""

_FORMS: Final = (
    ("{weekday}, ", "{d} {month} {y}"),
    ("{weekday}, ", "{month} {dth}, {y}"),
    ("{weekday}, ", "{month} {d}, {y}"),
    ("{weekday}, ", "the {dth} of {month} {y}"),
    ("{wday} ", "{d} {mon} {y}"),
    ("{wday} ", "{dth} {mon} '{yy}"),
    ("{wday} ", "{d}.{m}.{yy}"),
    ("{wday} ", "{dd}.{mm}.{y}"),
    ("{wday} ", "{d}-{mon}-{yy}"),
    ("{wday} ", "{y}/{mm}/{dd}"),
    ("{wday} ", "{y}, {month} {d}"),
)
"""The weekday that a date may begin with, and the rest. Of two numbers before a year the first is the day."""

_STRANGE: Final = (
    "{d}.{m}.{y}",
    "{d} {mon} {yy}",
    "{month} {d} {y}",
    "{y} {month} {d}",
    "{dth} of {month} {y}",
    "{d}/{m}/{y}",
    "{y}-{mm}-{dd}",
)
"""No network learns from these, and people write them all the same."""

_SHAPES: Final = {
    "weekday": "|".join(_WEEKDAYS),
    "wday": "|".join(name[:_SHORT] for name in _WEEKDAYS),
    "d": r"[1-9]|[12]\d|3[01]",
    "dd": r"0[1-9]|[12]\d|3[01]",
    "dth": r"(?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)",
    "m": r"[1-9]|1[0-2]",
    "mm": r"0[1-9]|1[0-2]",
    "month": "|".join(_MONTHS),
    "mon": "|".join(name[:_SHORT] for name in _MONTHS),
    "y": r"\d{4}",
    "yy": r"\d{2}",
}
_FIELD_OF: Final[Mapping[str, Field]] = {
    **dict.fromkeys(("d", "dd", "dth"), "day"),
    **dict.fromkeys(("m", "mm", "month", "mon"), "month"),
    **dict.fromkeys(("y", "yy"), "year"),
}
_PART: Final = re.compile(r"\{(\w+)\}")
_HELD_OUT: Final = 10
"""One day in so many is kept from training."""


@dataclass(frozen=True)
class Written:
    """A date as somebody wrote it.

    Attributes:
        form: How the form writes 5 March 1998, without a weekday.
        fields: Where year, month and day stand in the text: the first place, and the one after the last.
    """

    text: str
    date: date
    form: str
    fields: Mapping[Field, tuple[int, int]]
    has_weekday: bool


def write(day: date, form: str, *, has_weekday: bool = False) -> Written:
    """A date of the years 1950 to 2049 in one of ``FORMS``, or without a weekday in one of ``STRANGE``.

    ``has_weekday`` puts the right weekday before it. Raises ValueError for other years, or if there is no such form.
    """
    if not FIRST <= day <= LAST:
        raise ValueError(f"a date must be of the years {FIRST.year} to {LAST.year}; got {day}")
    forms = FORMS if has_weekday else _ALL
    if form not in forms:
        raise ValueError(f"a form must be one of {'; '.join(forms)}; got {form!r:.80}")
    weekday, rest = forms[form]
    values, fields, text = _values(day), dict[Field, tuple[int, int]](), ""
    for k, piece in enumerate(_PART.split(weekday + rest if has_weekday else rest)):
        is_part = k % 2 == 1
        begin, text = len(text), text + (values[piece] if is_part else piece)
        if is_part and piece in _FIELD_OF:
            fields[_FIELD_OF[piece]] = (begin, len(text))
    return Written(text, day, form, fields, has_weekday)


def read(text: str) -> Written | None:
    """The date that a text means if it is written in one of our forms, the strange ones included.

    Upper and lower case are the same. A weekday need not be the right one. May is May in the long and the short forms;
    the form that comes back is a long one. None comes back for another form, a day that is not in the calendar, or
    another year.
    """
    for form, pattern in _PATTERNS.items():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = {part: value for part, value in found.groupdict().items() if value is not None}
        day = _date(parts)
        if day is None:
            return None
        fields = {_FIELD_OF[part]: found.span(part) for part in parts if part in _FIELD_OF}
        return Written(text, day, form, fields, bool(parts.keys() & {"weekday", "wday"}))
    return None


def is_held_out(day: date) -> bool:
    """Whether a day is kept from training, in every form: one in ten, by a hash of its ISO form."""
    return zlib.crc32(day.isoformat().encode()) % _HELD_OUT == 0


def draw(count: int, generator: np.random.Generator, *, held_out: bool, is_strange: bool = False) -> list[Written]:
    """Dates drawn alike from all days that are kept from training, or from all others, each in any form.

    ``is_strange`` takes the forms that nobody learns from; they have no weekday.
    """
    forms, drawn = tuple(STRANGE if is_strange else FORMS), list[Written]()
    while len(drawn) < count:
        days = generator.integers((LAST - FIRST).days + 1, size=count)
        chosen, weekdays = generator.integers(len(forms), size=count), generator.integers(2, size=count)
        for day, form, weekday in zip(days.tolist(), chosen.tolist(), weekdays.tolist(), strict=True):
            when = FIRST + timedelta(day)
            if is_held_out(when) == held_out:
                drawn.append(write(when, forms[form], has_weekday=bool(weekday) and not is_strange))
    return drawn[:count]


def _values(day: date) -> dict[str, str]:
    """How each part of a form writes a date."""
    month, weekday = _MONTHS[day.month - 1], _WEEKDAYS[day.weekday()]
    return {
        "weekday": weekday,
        "wday": weekday[:_SHORT],
        "d": str(day.day),
        "dd": f"{day.day:02}",
        "dth": f"{day.day}{_ending(day.day)}",
        "m": str(day.month),
        "mm": f"{day.month:02}",
        "month": month,
        "mon": month[:_SHORT],
        "y": str(day.year),
        "yy": f"{day.year % 100:02}",
    }


def _ending(day: int) -> str:
    """What makes 1 the 1st."""
    teens = range(11, 14)
    return "th" if day in teens else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _date(parts: Mapping[str, str]) -> date | None:
    """The day of the calendar that parts name, in our hundred years."""
    found = {_FIELD_OF[part]: value for part, value in parts.items() if part in _FIELD_OF}
    year = int(found["year"])
    if "yy" in parts:
        year += 1900 if year >= FIRST.year % 100 else 2000
    shorts = [name[:_SHORT].lower() for name in _MONTHS]
    month = found["month"]
    try:
        named = int(month) if month.isdigit() else 1 + shorts.index(month[:_SHORT].lower())
        day = date(year, named, int(found["day"].rstrip("stndrhSTNDRH")))
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None


def _pattern(weekday: str, rest: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_escaped(weekday)})?{_escaped(rest)}", re.IGNORECASE | re.ASCII)


def _escaped(template: str) -> str:
    pieces = _PART.split(template)
    return "".join(f"(?P<{piece}>{_SHAPES[piece]})" if k % 2 else re.escape(piece) for k, piece in enumerate(pieces))


FORMS: Final = {rest.format_map(_values(date(1998, 3, 5))): (weekday, rest) for weekday, rest in _FORMS}
"""Each form by how it writes 5 March 1998: what a weekday before it looks like, and the rest."""

STRANGE: Final = {rest.format_map(_values(date(1998, 3, 5))): ("", rest) for rest in _STRANGE}
"""The same of what no network learns from, to see what one makes of it."""

_ALL: Final = FORMS | STRANGE
_PATTERNS: Final = {form: _pattern(*parts) for form, parts in _ALL.items()}
