"""Dates in many forms: written, read back, and shared out between training and what is held out."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from rnnviz.attention import dates
from rnnviz.attention.tasks import task
from tests.together import together

DAY = date(1998, 3, 5)


@together("form", dates.FORMS)
@together("has_weekday", [False, True])
def test_what_is_written_is_read(form: str, has_weekday: bool) -> None:
    for k in range(0, 36_525, 97):
        written = dates.write(dates.FIRST + timedelta(k), form, has_weekday=has_weekday)
        read = dates.read(written.text)
        assert read is not None
        assert (read.date, read.fields, read.has_weekday) == (written.date, written.fields, has_weekday)
        assert read.form == form or written.date.month == 5
        assert dates.read(written.text.upper()) == replace(read, text=written.text.upper())


def test_forms_by_hand() -> None:
    assert dates.write(DAY, "5 March 1998", has_weekday=True).text == "Thursday, 5 March 1998"
    assert dates.write(date(2001, 5, 3), "the 5th of March 1998").text == "the 3rd of May 2001"
    assert [dates.write(date(2001, 5, day), "5th Mar '98").text.partition(" ")[0] for day in (1, 2, 3, 4)] == [
        "1st", "2nd", "3rd", "4th",
    ]  # fmt: skip
    assert [dates.write(date(2001, 5, day), "5th Mar '98").text[:4] for day in (11, 12, 13, 21, 22, 23, 31)] == [
        "11th", "12th", "13th", "21st", "22nd", "23rd", "31st",
    ]  # fmt: skip


@together(
    "text, expected",
    [
        ("5.3.98", "1998-03-05"),
        ("5.3.50", "1950-03-05"),
        ("5.3.49", "2049-03-05"),
        ("29.2.28", "2028-02-29"),
        ("29.2.27", None),
        ("31.4.27", None),
        ("1949/12/31", None),
        ("2050/01/01", None),
        ("Monday, 5 March 1998", "1998-03-05"),
        ("5 Marz 1998", None),
        ("٥.3.98", None),
        ("", None),
    ],
)
def test_what_is_ambiguous_or_no_date(text: str, expected: str | None) -> None:
    read = dates.read(text)
    assert (None if read is None else read.date.isoformat()) == expected
    assert task("dates").right(text) == expected


def test_fields_by_hand() -> None:
    written = dates.write(date(2003, 11, 20), "5th Mar '98", has_weekday=True)
    assert written.text == "Thu 20th Nov '03"
    assert {field: written.text[slice(*span)] for field, span in written.fields.items()} == {
        "day": "20th",
        "month": "Nov",
        "year": "03",
    }


def test_training_never_sees_a_day_that_is_held_out() -> None:
    every = [dates.FIRST + timedelta(k) for k in range((dates.LAST - dates.FIRST).days + 1)]
    held_out = {day for day in every if dates.is_held_out(day)}
    assert 0.09 < len(held_out) / len(every) < 0.11
    generator = np.random.default_rng(5)
    assert {written.date for written in dates.draw(3000, generator, held_out=True)} <= held_out
    assert not {written.date for written in dates.draw(3000, generator, held_out=False)} & held_out
    batches = task("dates").batches(16, np.random.default_rng(5))
    for _ in range(80):
        said = [date.fromisoformat("".join(task("dates").said[k] for k in row[:-1])) for row in next(batches).y]
        assert len(said) == 16
        assert not set(said) & held_out


def test_days_forms_and_weekdays_are_drawn_alike() -> None:
    drawn = dates.draw(22_000, np.random.default_rng(1), held_out=False)
    counts = [sum(written.form == form for written in drawn) for form in dates.FORMS]
    assert len(counts) == 11
    assert max(abs(count - 2000) for count in counts) < 200
    assert sum(written.has_weekday for written in drawn) == pytest.approx(11_000, abs=400)
    assert max(len(written.text) for written in drawn) <= task("dates").learned


@pytest.mark.parametrize(
    ("day", "form", "message"),
    [
        (date(1949, 12, 31), "5.3.98", "a date must be of the years 1950 to 2049; got 1949-12-31"),
        (DAY, "3/5/98", "a form must be one of 5 March 1998; .*; got '3/5/98'"),
    ],
)
def test_what_cannot_be_written(day: date, form: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dates.write(day, form)
