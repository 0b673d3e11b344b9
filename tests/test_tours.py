"""Tours are read strictly: what is wrong is said with its line, and nothing that a file says gets past."""

import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz import tours
from rnnviz.page_registry import BY_TITLE, PAGES
from rnnviz.tours import formulas, reading, shelf
from tests.together import together

WHOLE: Final = """---
title: A tour
language: en
author: Somebody
about: Two stops.
---

## Where it begins
link: http://127.0.0.1:8501/Step_through?t=1&v=1&tour=lecture.3&present=1&embed_options=dark_theme
look: step_through

An interval is [0, 1], $a < b$.

Another paragraph.

**Question.** Which one?

**Answer.** The first,
and nothing else.

## Where it ends
link: Gates
look: gates.figure

Gates.

**Question.** Open?

**Answer.** Shut.
"""


def problems_of(text: str) -> list[str]:
    tour, problems = tours.read(text)
    assert (tour is None) == bool(problems)
    return problems


def test_a_whole_tour() -> None:
    tour, problems = tours.read(WHOLE)
    assert problems == []
    assert tour is not None
    assert (tour.title, tour.language, tour.author, tour.about) == ("A tour", "en", "Somebody", "Two stops.")
    first, second = tour.stops
    assert first == tours.Stop(
        "Where it begins", "Step through", (("t", "1"),), "step_through",
        "An interval is [0, 1], $a < b$.\n\nAnother paragraph.", "Which one?", "The first,\nand nothing else.", 8,
    )  # fmt: skip
    assert (second.page, second.params, second.line) == ("Gates", (), 21)


def test_a_stop_may_be_a_view_with_its_title() -> None:
    tour, problems = tours.read(
        "---\ntitle: x\n---\n## A view\nlink: Gates\n\n## Another\nlink: /Gates\n\n**Question.** Open?\n"
    )
    assert (tour is not None, problems) == (True, [])
    assert tour is not None
    assert [(stop.look, stop.text, stop.question, stop.answer) for stop in tour.stops] == [
        ("", "", "", ""), ("", "", "Open?", ""),
    ]  # fmt: skip


def test_a_tour_that_ships_says_something_at_each_stop() -> None:
    for one in tours.listed():
        assert one.tour is not None
        assert all(stop.look and stop.text and stop.question and stop.answer for stop in one.tour.stops)


def test_no_file_has_the_name_of_a_visitors_own_tour(tmp_path: Path) -> None:
    (tmp_path / f"{tours.OWN}.md").write_text(WHOLE, encoding="utf-8")
    assert tours.read_file(tmp_path / f"{tours.OWN}.md")[0] is None
    assert tours.find(tours.OWN) is None
    assert tours.STOP.fullmatch(f"{tours.OWN}.3")


def test_line_ends_and_marks_of_other_editors() -> None:
    assert tours.read("\ufeff" + WHOLE.replace("\n", "\r\n")) == tours.read(WHOLE)


@together(
    "old, new, told",
    [
        ("---\ntitle", "title", "line 1: a tour must begin with a line ---; got 'title: A tour'"),
        ("title: A tour\n", "", "line 2: the head must have a line “title: …”; got none"),
        ("title: A tour", "title: ", "line 2: title must have a value; got none"),
        ("title: A tour", f"title: {'x' * 81}", "line 2: title must have at most 80 characters; got 81"),
        ("author:", "autor:", "line 4: the head must have lines of title, language, author, about; got 'autor: So"),
        ("author:", "title:", "line 4: title must stand once; got it again after line 2"),
        ("language: en", "language: English!", "line 3: language must look like en or pt-BR; got 'English!'"),
        ("\n## Where it begins", "\nHello\n## Where it begins", "line 8: after the head must come a stop"),
        ("Step_through?", "Stepthrough?", "line 9: a link must be of a page, Sequences?… or Step_through?…"),
        ("http://127", "javascript://127", "line 9: a link must be of a page"),
        ("?t=1&", "?t=1&t=2&", "line 9: a link must have each parameter once; got 't' 2 times"),
        ("?t=1&", "?t&", "line 9: the link must go on with name=value, with & between; got 't&v=1"),
        ("look: step_through", "look: .st-key", "line 10: look must be one of step_through on the page Step through"),
        ("link: Gates\n", "", "line 22: the stop of line 21 must have a line “link: …”; got none"),
        ("look: step_through", "width: 3", "line 10: the stop of line 8 must have lines of link, look; got 'width: 3'"),
        ("**Question.** Open?\n", "", "line 28: a stop must have one question and then one answer"),
        ("**Answer.** Shut.", "**Answer.**", "line 21: the stop must have an answer after **Answer.**; got none"),
        ("**Question.** Open?", "**Question.**", "line 21: the stop must have a question after **Question.**"),
        ("Gates.\n", "x" * 1_201 + "\n", "line 21: the text must have at most 1,200 characters; got 1,201"),
        ("Gates.\n", "![a](http://a.b/c.png)\n", "line 25: a tour must have no pictures"),
        ("Gates.\n", "[a](javascript:alert)\n", "line 25: a tour must have no links in brackets"),
        ("Gates.\n", "[a]: http://a.b\n", "line 25: a tour must have no links in brackets"),
        ("Gates.\n", "<img src=x>\n", "line 25: a tour must have no HTML"),
        ("Gates.\n", "# Head\n", "line 25: a tour must have no headings"),
        ("Gates.\n", "```\n", "line 25: a tour must have no blocks of code"),
        ("Gates.\n", "    code\n", "line 25: a paragraph must begin with at most three blanks"),
        ("Gates.\n", "-     code\n", "line 25: a paragraph must begin with at most three blanks"),
        ("Gates.\n", "Gates\n===\n", "line 26: a tour must have no lines of signs alone"),
        ("Gates.\n", "Gates\n-\n", "line 26: a tour must have no lines of signs alone"),
        ("Gates.\n", "| a | b |\n| - | :-: |\n", "line 26: a tour must have no lines of signs alone"),
        ("Gates.\n", "* * *\n", "line 25: a tour must have no lines of signs alone"),
        ("Gates.\n", "1. # Head\n", "line 25: a tour must have no headings"),
        ("Gates.\n", "- > said\n", "line 25: a tour must have no quotes"),
        ("Gates.\n", "Fine :smile:\n", "line 25: a tour must have no colon right before a word"),
        ("Gates.\n", "a \\:material/home: b\n", "line 25: a tour must have no colon right before a word"),
        ("Gates.\n", "` :material/home: b\n", "line 25: a tour must have no colon right before a word"),
        ("Gates.\n", "a :red[b]\n", "line 25: a tour must have no colon right before a word"),
        ("Gates.\n", "$$x$$\n", "line 25: a formula must begin and end with one $ on the same line"),
        ("Gates.\n", "It costs 5$.\n", "line 25: a formula must begin and end with one $ on the same line"),
        ("Gates.\n", "It costs 5$ or 6$.\n", "line 25: the formula $ or 6$ must have no blank after its first $"),
        ("Gates.\n", "$\\frac{1}{$\n", "line 25: the formula $\\frac{1}{$ must have a } for each opening sign"),
        ("link: Gates\n", "Hello\n", "line 22: below the title must come link, look and an empty line; got 'Hello'"),
        ("Gates.\n", "a\0b\n", "line 25: a tour must be plain text; got 'a b'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, told: str) -> None:
    assert WHOLE.count(old) >= 1
    found = problems_of(WHOLE.replace(old, new, 1))
    assert any(problem.startswith(told) for problem in found), found


@together(
    "said",
    [
        "It is 10:30:15, and 2:1; see http://localhost:8501/Gates?t=1",
        r"5\$ or 6\$",
        "`a:b` and `$` and ``x``",
        "- a\n  - b\n\n1. c",
        "$a:b$",
        "a - b",
        "5 > 3",
        "A#1 | B",
        "***both***",
        r"$\hat{y}_t = \sigma(W_{ho} h_t)$",
        r"$\frac{\partial L}{\partial h_t}$, $\left(\sqrt[3]{x}\right)^2$, $h_\text{last}$",
        r"$\{a\}$",
    ],
)
def test_what_a_tour_may_say(said: str) -> None:
    assert problems_of(WHOLE.replace("Gates.\n", f"{said}\n")) == []


@together(
    "formula, told",
    [
        (r"\undefinedcmd{x}", "commands that a tour knows; \\undefinedcmd is none"),
        (r"\href{javascript:a}{x}", "commands that a tour knows; \\href is none"),
        (r"a}", "an opening sign for each closing one; } has none"),
        (r"\left(a", "a \\right for each opening sign"),
        (r"\left a\right)", "a bracket after \\left"),
        (r"a\right)", "an opening sign for each closing one; \\right has none"),
        (r"\sqrt[3", "a ] for each opening sign"),
        (r"x_", "go on after _"),
        (r"\frac{1}", "go on after \\frac"),
        (r"x^2^3", "one ^ for each base"),
        (r"x^\frac12", "braces around \\frac after ^"),
        (r"a & b", "a backslash before &"),
        ("{" * 300, "nested at most 20 deep"),
        (r"\text" * 300, "nested at most 20 deep"),
    ],
)
def test_a_formula_that_would_not_be_set(formula: str, told: str) -> None:
    (problem,) = formulas.problems_of(f"So ${formula}$ holds")
    assert problem.startswith("the formula $")
    assert problem.endswith(told)


def test_a_line_astray_is_all_that_is_said_of_its_stop() -> None:
    assert len(problems_of(WHOLE.replace("look: gates.figure\n", "look: gates.figure\nHello\n"))) == 1


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = WHOLE.replace("author:", "autor:").replace("Step_through?", "Nowhere?").replace("Shut.", "")
    assert [problem.partition(":")[0] for problem in problems_of(text)] == ["line 4", "line 9", "line 21"]


def test_sizes() -> None:
    assert "at most 200,000 characters; got 200,001" in problems_of("x" * 200_001)[0]
    stop = WHOLE[WHOLE.index("## Where it ends") :]
    assert problems_of(WHOLE + stop * 58) == []
    assert problems_of(WHOLE + stop * 59) == ["a tour must have 1 to 60 stops, each with a line “## Its title”; got 61"]
    assert "at most 12,000 characters" in problems_of(WHOLE.replace("t=1", f"t={'1' * 12_000}"))[0]


LINES: Final = st.sampled_from(
    [*WHOLE.split("\n"), "---", "##", "## ", "## \t", "link:", "link: ?", "link: //x/Gates?%ff=%zz", "look: ",
     "**Answer.**", "**Question.**", "link: Gates?" + "a=b&" * 80, "\u202e", "[", "]:", "$", "`"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES | st.text(max_size=60), max_size=40).map("\n".join), st.booleans())
def test_any_file_is_read_or_refused_in_words(text: str, begun: bool) -> None:
    tour, problems = tours.read(WHOLE.partition("## Where it begins")[0] + text if begun else text)
    assert (tour is None) == bool(problems)
    assert all(problem.isprintable() and len(problem) < 700 for problem in problems)
    for stop in tour.stops if tour else ():
        assert not stop.look or stop.look in BY_TITLE[stop.page].targets
        assert stop.title
        assert stop.question or not stop.answer
        for said in (stop.text, stop.question, stop.answer):
            assert len(said) <= 1_200
            assert not re.search(r"!\[|\]\(|\]:|<[A-Za-z/!?]", said)


def test_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [one.name for one in tours.listed()]
    assert ours
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / "physics.md").write_text(WHOLE, encoding="utf-8")
    (tmp_path / f"{ours[0]}.md").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "broken.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "Not a name.md").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "large.md").write_text("x" * 900_000, encoding="utf-8")
    (tmp_path / "notes.txt").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "folder.md").mkdir()
    *every, taken = tours.listed()
    assert (taken.name, taken.tour) == (ours[0], None)
    assert "a tour that ships has this name" in taken.problems[0]
    assert tours.read_file(tmp_path / f"{ours[0]}.md") == (None, list(taken.problems))
    found = {one.name: one for one in every}
    assert list(found) == [*ours, "Not a name", "broken", "large", "physics"]
    assert found["physics"].tour == tours.read(WHOLE)[0]
    assert found[ours[0]].tour != found["physics"].tour
    assert found["broken"].problems == ("a tour must be text in UTF-8; got something else",)
    assert found["large"].problems == ("a tour must have at most 200,000 characters; got more",)
    assert "small letters" in found["Not a name"].problems[0]
    assert tours.find("../physics") is None
    assert tours.find("physics") == found["physics"]
    changed = WHOLE.replace("A tour", "Another")
    (tmp_path / "physics.md").write_text(changed, encoding="utf-8")
    again = tours.find("physics")
    assert again is not None
    assert again.tour is not None
    assert again.tour.title == "Another"
    monkeypatch.setenv(tours.FOLDER_VARIABLE, str(tmp_path / "gone"))
    assert [one.name for one in tours.listed()] == ours


def test_pages_and_their_targets() -> None:
    assert [page.title for page in PAGES if not page.targets] == []
    assert all(target.what for page in PAGES for target in page.targets.values())
    assert reading.MAX_STOPS < 1_000  # as ``tour.STOP`` counts
    assert shelf.SHIPPED.is_dir()


@pytest.mark.parametrize("name", ["lecture", "why"])
def test_a_stop_that_asks_for_a_control_says_that_the_menu_shows_it(name: str) -> None:
    found = tours.find(name)
    assert found is not None
    assert found.tour is not None
    for stop in found.tour.stops:
        for text in filter(None, (stop.text, stop.question, stop.answer)):
            asking = [one for one in re.split(r"(?<=[.?!])\s", text) if re.search(r"\bselect\s+\*", one, re.IGNORECASE)]
            assert all("*Menu*" in one for one in asking), (stop.title, asking)
