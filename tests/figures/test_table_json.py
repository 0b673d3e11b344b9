"""The JSON of a table: one shape, every digit, nothing that JSON does not know, and the same numbers as the CSV."""

import csv
import io
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from rnnviz import figures
from tests.figures.test_payload import FIGURES, lstm
from tests.together import together


def read(text: str) -> dict[str, Any]:
    """A file as a strict reader takes it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"JSON has no {constant}")

    found: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return found


def test_the_shape_is_the_same_with_nothing_in_it() -> None:
    for table in (pd.DataFrame(), pd.DataFrame({"t": [0]})):
        found = read(figures.json_text(table, "A <title>", link="http://host/Gates?t=1"))
        assert list(found) == ["format", "title", "caption", "link", "columns", "rows"]
        assert found["format"] == "rnnviz table 1"
        assert (found["title"], found["caption"], found["link"]) == ("A <title>", "", "http://host/Gates?t=1")
        assert len(found["columns"]) == table.shape[1]
        assert len(found["rows"]) == len(table)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_read_back_as_they_were(dtype: type[np.floating]) -> None:
    drawn = np.random.default_rng(0).normal(size=400) * 10.0 ** np.random.default_rng(1).integers(-30, 30, 400)
    edges = [0.0, -0.0, 0.1, 1 / 3, np.finfo(dtype).max, np.finfo(dtype).tiny, np.finfo(dtype).smallest_subnormal]
    values = np.array([*drawn, *edges], dtype)
    found = read(figures.json_text(pd.DataFrame({"x": values}), ""))
    back = np.array([row[0] for row in found["rows"]], dtype)
    assert back.tobytes() == values.tobytes()


def test_digits_are_those_of_the_number_s_own_precision() -> None:
    text = figures.json_text(pd.DataFrame({"x": np.array([0.2], np.float32)}), "")
    assert "[0.2]" in text


def test_what_is_not_finite_is_null_and_words_stay_words() -> None:
    words = ["=1+1", 'a "b"\n', "NaN", None, "\u2028é"]
    numbers = [math.nan, math.inf, -math.inf, 1.5, 2]
    table = pd.DataFrame({"word": words, "x": numbers, "mixed": [1, "−1", True, np.float32(0.1), np.int64(2**40)]})
    rows = read(figures.json_text(table, ""))["rows"]
    assert [row[0] for row in rows] == words
    assert [row[1] for row in rows] == [None, None, None, 1.5, 2.0]
    assert [row[2] for row in rows] == [1, "−1", True, 0.1, 2**40]
    assert rows[2][2] is True


def test_columns_say_to_which_axis_they_belong() -> None:
    trace, _ = lstm(1000, 256)
    heat = read(figures.json_of(figures.signal_heatmap(trace, "f")))["columns"]
    assert heat[:2] == [{"name": "unit"}, {"name": "0 …", "across": "step t"}]
    assert {column.get("across") for column in heat[1:]} == {"step t"}
    assert not any("across" in column for column in read(figures.json_text(pd.DataFrame({"t": [0]}), ""))["columns"])


def test_title_and_caption_are_plain_text() -> None:
    subtitle = {"text": "Of h<sub>t</sub>,<br>a&lt;b. &amp;"}
    figure = go.Figure(layout={"title": {"text": "<b>Gate</b> f", "subtitle": subtitle}})
    found = read(figures.json_of(figure, "http://host/"))
    assert (found["title"], found["caption"], found["link"]) == ("Gate f", "Of hₜ, a<b. &", "http://host/")


@together("name", FIGURES)
def test_the_numbers_are_those_of_the_csv(name: str) -> None:
    figure = FIGURES[name](*lstm(1000, 256))
    found = read(figures.json_of(figure))
    first, *rows = csv.reader(io.StringIO(figures.csv_of(figure)))
    assert [column["name"] for column in found["columns"]] == [title.removeprefix("'") for title in first]
    assert len(found["rows"]) == len(rows)
    for row, told in zip(found["rows"], rows, strict=True):
        assert [_like(cell) for cell in told] == [_like(value) for value in row]


def _like(value: object) -> object:
    """A cell of either file; what is not finite is None."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value).removeprefix("'") or None if value is not None else None
    return number if math.isfinite(number) else None
