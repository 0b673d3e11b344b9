"""Terms of the glossary in prose: each is marked where it first stands, with its explanation, and nothing else is."""

import re
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import glossary
from rnnviz.page_registry import GLOSSARY
from rnnviz.ui.shell import frame, terms
from tests.serving import ROOT
from tests.test_layers import SOURCES
from tests.together import together

PARTS: Final = [
    (path.stem, part)
    for path in sorted((ROOT / "assets" / "text").glob("*.md"))
    for part in re.findall(r"^<!-- (.*) -->$", path.read_text(encoding="utf-8"), re.MULTILINE) or [None]
]
MARKED: Final = re.compile(
    r'<span class="rnnviz-term" tabindex="0">([^<]*)<span role="note">([^<]*) '
    r'<a class="rnnviz-within" href="Glossary#([a-z-]+)" target="_self">Glossary</a></span></span>'
)
BY_ANCHOR: Final = {term.anchor: term for term in glossary.terms()}


def written(*parts: str) -> list[list[str]]:
    """What is marked in each part, as it is written there."""
    return [[found[1] for found in MARKED.finditer(part)] for part in terms.marked(*parts)]


@together("name, part", PARTS)
def test_what_is_marked_on_a_page_has_its_explanation_and_is_marked_once(name: str, part: str | None) -> None:
    whole = "\n\n".join(frame._prose(name, part))
    found = list(MARKED.finditer(whole))
    assert whole.count("<span") == 2 * len(found)
    assert len({match[3] for match in found}) == len(found)
    for match in found:
        term = BY_ANCHOR[match[3]]
        assert " ".join(match[1].lower().split()) in map(str.lower, term.spellings)
        assert match[2] == term.text


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_the_prose_around_is_as_it_was(name: str, part: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = frame._prose(name, part)
    monkeypatch.setattr(terms, "marked", lambda *parts: parts)
    assert tuple(MARKED.sub(r"\1", text) for text in marked) == frame._prose.__wrapped__(name, part)


def test_most_of_the_glossary_is_marked_somewhere() -> None:
    found = {match[3] for name, part in PARTS for text in frame._prose(name, part) for match in MARKED.finditer(text)}
    assert len(found) >= 0.9 * len(BY_ANCHOR), set(BY_ANCHOR) - found


def test_the_first_place_and_the_longest_term() -> None:
    assert written("A cell\nstate, a gate.", "Gates and gates; the forget bias.") == [
        ["cell\nstate", "gate"],
        ["forget bias"],
    ]
    assert written("Truncated backpropagation through time") == [["Truncated backpropagation through time"]]
    assert written("a *softmax*, (logits), the mask’s, delegate, gate-like") == [["softmax", "logits", "mask"]]


@pytest.mark.parametrize(
    "text",
    [
        "# The gate",
        "**A gate.** ",
        "**A\ngate**",
        "`gate`",
        "```python\ngate\n```",
        r"$\text{gate} = 1$",
        "[the gate](Gates?gate=1)",
        "the page “Gate”",
        "**References.** Gers 2000, *The gate*.\nCho 2014: a gate.",
    ],
)
def test_a_term_is_not_marked_within_something_else(text: str) -> None:
    assert terms.marked(f"{text}\n\nThen a mask.", "A gate.") == (f"{text}\n\nThen a {mask()}.", f"A {gate()}.")


def gate() -> str:
    return terms.element(BY_ANCHOR["gate"], "gate")


def mask() -> str:
    return terms.element(BY_ANCHOR["mask"], "mask")


def test_the_page_has_every_term_with_its_link() -> None:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page(GLOSSARY.path).run()
    (text,) = (one.value for one in page.markdown if "## gate" in one.value)
    for term in glossary.terms():
        assert f"## {term.name}\n\n{term.text}\n\n" in text
        assert f'href="{term.address}" target="_self">{term.label}</a>' in text
    assert "*Also: exploding" not in text
    assert "*Also: additive score, dot product.*" in text


def test_markup_is_taken_for_markup_only_where_all_of_it_is_ours() -> None:
    allowed = {module for module, path in SOURCES.items() if "unsafe_allow_html" in path.read_text(encoding="utf-8")}
    beside = {f"ui.pages.{name}.view" for name in ("comparison", "glossary", "references")}
    assert allowed == {"ui.shell.frame", *beside}
