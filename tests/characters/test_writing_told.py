"""What the documents say and show of the texts that a network writes is what it writes."""

import ast
import re
from contextlib import suppress
from textwrap import dedent
from typing import Final

import pytest

from rnnviz import characters
from rnnviz.characters.corpus import python_source
from rnnviz.characters.properties import CLOSING, OPENING
from tests.serving import ROOT

WORD: Final = r"[A-Za-z_]\w*"
ROWS: Final = {
    "words that also stand in what it learned from": r"(\d+) %",
    "lines that open a bracket and close as many": r"(\d+) %",
    "texts that go on with a name and an opening bracket": r"(\d+) of 30",
    "texts that `ast.parse` takes": r"(\d+) of 30",
}


def told(row: str, form: str) -> list[int]:
    """The numbers of a row of the table in the document, of the one prompt and the other."""
    text = (ROOT / "docs" / "characters.md").read_text(encoding="utf-8")
    assert '| after the prompt | `"\\ndef "` | `"def "` |' in text
    found = re.search(rf"^\| {re.escape(row)} \| {form} \| {form} \|$", text, re.MULTILINE)
    assert found, f"docs/characters.md must have a row: {row}"
    return [int(number) for number in found.groups()]


def written(prompt: str) -> list[str]:
    """Thirty texts, each without the line that its end has cut."""
    model = characters.load("python-lstm")
    texts = (characters.generate(model, prompt, count=600, temperature=0.5, seed=seed).text for seed in range(30))
    return [text[: text.rindex("\n") + 1] for text in texts]


def parses(text: str) -> bool:
    with suppress(SyntaxError, ValueError):
        ast.parse(text)
        return True
    return False


def is_closed(line: str) -> bool:
    return sum(line.count(sign) for sign in OPENING) == sum(line.count(sign) for sign in CLOSING)


@pytest.mark.slow
def test_thirty_texts() -> None:
    """But for a draw that lies so near an edge that another processor rounds it to the other side."""
    known = set(re.findall(WORD, python_source().train))
    found: dict[str, list[float]] = {row: [] for row in ROWS}
    for prompt in ("\ndef ", "def "):
        texts = written(prompt)
        words = re.findall(WORD, "".join(texts))
        opening = [line for text in texts for line in text.split("\n") if any(sign in line for sign in OPENING)]
        numbers = (
            100 * sum(word in known for word in words) / len(words),
            100 * sum(map(is_closed, opening)) / len(opening),
            sum(bool(re.match(r"\w+\(", text.removeprefix(prompt))) for text in texts),
            sum(map(parses, texts)),
        )
        for row, number in zip(ROWS, numbers, strict=True):
            found[row].append(number)
    for row, form in ROWS.items():
        assert told(row, form) == pytest.approx(found[row], abs=1), row


def test_the_guide_shows_what_its_lines_print(capsys: pytest.CaptureFixture[str]) -> None:
    guide = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    section = guide.partition("## Networks for characters\n")[2].partition("\n## ")[0]
    lines, printed = [dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.MULTILINE)][:2]
    exec(compile(lines, "library.md", "exec"), {})  # noqa: S102 - the project's own lines
    assert capsys.readouterr().out.strip("\n") == printed.strip("\n")
