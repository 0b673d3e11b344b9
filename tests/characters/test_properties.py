"""Properties of characters, on texts short enough to be read off by eye."""

from typing import Final

import numpy as np

from rnnviz.characters.properties import properties
from rnnviz.characters.recipes import Subject
from tests.together import together

SOURCE: Final = 'def f(x):  # a "b"\n    y = [\'#\', """\n(q"""]\n'


def told(text: str, name: str, subject: Subject = "python") -> str:
    """The values of a property, a digit a character; 9 for all above."""
    found = next(one for one in properties(text, subject) if one.name == name)
    assert found.values.shape == (len(text),)
    assert found.values.dtype == np.float32
    return "".join(f"{min(9, int(value))}" for value in found.values)


def where(text: str, name: str, subject: Subject = "python") -> str:
    """The characters of which a property is true."""
    return "".join(char for char, yes in zip(text, told(text, name, subject), strict=True) if yes == "1")


def test_places_in_lines() -> None:
    text = "if a:\n    b = 1\n\nc\n"
    assert told(text, "line_position") == "1234501234567890010"
    assert told(text, "indentation") == "0000001234444440000"
    assert told(text, "leading") == "0000001111000000000"
    assert told(text, "assigned") == "0000000000001110000"


def test_words() -> None:
    text = "a bc.Def_1\n"
    assert told(text, "word") == "10110111110"
    assert told(text, "word_position") == "10120123450"
    assert told(text, "capital_word") == "00000111110"


def test_strings_comments_and_brackets_of_source() -> None:
    assert where(SOURCE, "comment") == '# a "b"', "quotes inside it open nothing"
    assert where(SOURCE, "definition") == ' f(x):  # a "b"'
    assert where(SOURCE, "quotes") == "'#" + '"""\n(q""', "an opening quote is in, a closing one is not any more"
    assert where(SOURCE, "docstring") == '"""\n(q""'
    assert where(SOURCE, "brackets") == "(x" + "['#', " + '"""\n(q"""', "a bracket inside a string opens nothing"


def test_escapes_and_broken_source_are_borne() -> None:
    text = 's = "a\\"b"; t = \'open\nx = 1)\n"""never closed # (\n'
    quoted = told(text, "quotes")
    assert quoted[text.index("b")] == "1", "an escaped quote closes nothing"
    assert quoted[text.index(";")] == "0"
    assert quoted[text.index("open")] == "1"
    assert quoted[text.index("x =")] == "0", "a single quote ends with its line"
    assert set(told(text, "brackets")) == {"0"}
    assert set(quoted[text.index("never") :]) == {"1"}
    assert set(told(text, "comment")) == {"0"}


def test_a_play() -> None:
    text = "ROMEO:\nAy, so.\nHo!\n\nTYBALT:\nNo\n"
    assert where(text, "speaker", "shakespeare") == "ROMEO:\nTYBALT:", "the end of an empty line tells it already"
    assert told(text, "lines_spoken", "shakespeare")[text.index("Ho") : text.index("Ho") + 3] == "222"
    assert told(text, "sentence_position", "shakespeare")[:9] == "123456789"
    assert told(text, "comma_position", "shakespeare")[text.index("so") - 1] == "1"


@together("subject", ["python", "shakespeare"])
@together("text", ["", "\n", "'", '"""', "\\", "\n\n\n", "é😀\t\x00"])
def test_any_text_has_properties(subject: Subject, text: str) -> None:
    for one in properties(text, subject):
        assert one.values.shape == (len(text),)
        assert np.isfinite(one.values).all()
        assert one.kind == "number" or set(one.values.tolist()) <= {0.0, 1.0}
