"""Lectures are read strictly: what is wrong is named with its line, and nothing hostile is more than wrong."""

import string
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.export import lecture, links
from rnnviz.export.lecture import Entry, Lecture, Look
from rnnviz.export.links import Link
from rnnviz.page_registry import BY_ADDRESS
from rnnviz.ui.selection.fields import FIELDS
from tests.together import together

WHOLE = """\
title: Vanishing gradients
author: A. Teacher
address: https://rnn.example.edu/app/
defaults:
  formats: [png, pdf]
  background: transparent
  theme: dark
figures:
  - link: /Gradients?cell=lstm
    figure: gradients.time
    title: Where did it go?
    name: gone
    note: |
      Who has seen this?
      Wait.
    formats: svg, csv
  - link: http://127.0.0.1:8501/Hidden_states
    widget: hidden_states
"""


def test_everything_that_a_lecture_may_say() -> None:
    found = lecture.read(WHOLE, "week5")
    first, second = found.entries
    assert found.name == "week5"
    assert (found.title, found.author) == ("Vanishing gradients", "A. Teacher")
    assert found.address == "https://rnn.example.edu/app"
    assert found.formats == ("png", "pdf")
    assert found.look == Look("transparent", "dark")
    assert first == Entry(
        "line 9",
        Link("", "Gradients", "cell=lstm"),
        "gradients.time",
        "Where did it go?",
        "Who has seen this?\nWait.",
        "gone",
        ("svg", "csv"),
    )
    assert second == Entry("line 17", Link("http://127.0.0.1:8501", "Hidden_states", ""), "hidden_states")


TOUR = """\
---
title: Week 5
author: A. Teacher
---

## Half open
link: http://127.0.0.1:8501/Gates?cell=lstm&words=not+%26+bad&tour=lecture.3&present=1
look: gates.figure

Look at the *gates*.

**Question.** How much is left?

**Answer.** Half.

## Where did it go?
link: Gradients
"""


def test_a_tour_is_a_lecture_of_a_picture_a_stop() -> None:
    found = lecture.read("\ufeff" + TOUR, "week5")
    assert (found.name, found.title, found.author, found.address) == ("week5", "Week 5", "A. Teacher", links.HOME)
    assert found.entries == (
        Entry(
            "line 6",
            Link("", "Gates", "cell=lstm&words=not+%26+bad"),
            "gates.figure",
            "Half open",
            "Look at the gates.\n\nHow much is left?\n\nHalf.",
        ),
        Entry("line 16", Link("", "Gradients", ""), "", "Where did it go?", ""),
    )


def test_what_is_wrong_with_a_tour_is_said_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 7: a link must be of a page"):
        lecture.read(TOUR.replace("/Gates?", "/Nowhere?"), "week5")


def test_a_lecture_in_yaml_may_begin_as_a_tour_does() -> None:
    assert lecture.read(f"---\n{WHOLE}", "week5").title == "Vanishing gradients"
    assert not lecture.is_tour("---\n" * 100_000)


def test_pasted_links() -> None:
    text = "\ufeff# week 5\n\nhttps://rnn.example.edu/app/Gates?cell=gru  # the gates\n  /Memory\n"
    found = lecture.read(text, "lecture")
    assert [entry.place for entry in found.entries] == ["line 3", "line 4"]
    assert [entry.link.page for entry in found.entries] == ["Gates", "Memory"]
    assert found.address == "https://rnn.example.edu/app"
    assert found.formats == links.USUAL
    assert found.entries[1].link.at(found.address) == "https://rnn.example.edu/app/Memory"


BAD = {
    "": "a lecture must have links or be YAML; got nothing",
    "# nothing\n": "got nothing",
    "title: x": "a lecture must have figures; got title",
    "figure:\n- link: /Gates": "line 1: a lecture may have title, author, address, defaults, figures; got 'figure'",
    "figures: 3": "line 1: figures must be a list, a dash before each; got '3'",
    "figures: []": "line 1: figures must be 1..200; got 0",
    "title: x\nfigures:\n- /Gates": "line 3: a figure must be keys with values, of link, figure",
    "figures:\n- link: /Gates\n- title: x": "line 3: a figure must have a link; got title",
    "figures:\n- link: /Gates\n  figur: x": "line 3: a figure may have link, figure, widget, title.*got 'figur'",
    "figures:\n- link: /Gates\n  link: /Memory": "line 3: a figure must have one link; got another",
    "figures:\n- {link: /Gates, figure: x, widget: y}": "figure or widget, which mean the same; got both",
    "figures:\n- link: /Gate": "line 2: the page of a link must be one of Sequences, Step_through.*; got 'Gate'",
    "figures:\n- link: /": "line 2: the page of a link must be one of .*; got ''",
    "figures:\n- link: //evil/Gates": "line 2: a link without a host must begin with its page",
    "figures:\n- link: file:///etc/passwd": "line 2: a link must look like",
    "figures:\n- link: javascript:alert(1)": "line 2: a link must look like",
    "figures:\n- link: http://user:word@host/Gates": "line 2: a link must look like",
    "figures:\n- link: [/Gates]": "line 2: link must be a text; got a list",
    "figures:\n- {link: /Gates, figure: 'a b'}": "figure must be called like gradients.time; got 'a b'",
    "figures:\n- {link: /Gates, name: ../x}": "name must be of small letters, digits and hyphens; got '../x'",
    "figures:\n- {link: /Gates, name: x}\n- {link: /Gates, name: x}": "line 3: name must be another than at line 2",
    "figures:\n- {link: /Gates, formats: gif}": "line 2: formats must be of png, svg, html, csv.*; got 'gif'",
    "figures:\n- {link: /Gates, formats: [png, pptx]}": "line 2: formats of one figure must be of png.*; got pptx",
    "figures:\n- {link: /Gates, title: [x]}": "line 2: title must be a text; got a list",
    'figures:\n- {link: /Gates, note: "\\u0007"}': "line 2: note must be readable text; got the character",
    "address: ftp://x\nfigures:\n- link: /Gates": "line 1: an address must look like http://127.0.0.1:8501; got",
    "defaults: {background: green}\nfigures:\n- link: /Gates": (
        "line 1: background must be one of white, dark, transparent"
    ),
    "defaults: {ground: green}\nfigures:\n- link: /Gates": "line 1: background must be one of white, dark, transparent",
    "defaults: {background: white, ground: dark}\nfigures:\n- link: /Gates": (
        "defaults must have one background; got another"
    ),
    "defaults: {ground: white, theme: dark}\nfigures:\n- link: /Gates": (
        "a background that is white has the theme light"
    ),
    "defaults: {size: 3}\nfigures:\n- link: /Gates": "line 1: defaults may have formats, background, theme; got 'size'",
    "figures: [": "line 1: this is no YAML",
    "figures:\n\t- x": "line 2: this is no YAML",
    "figures: \x00": "this is no YAML",
    "figures: !!python/object/apply:os.system [ls]": "line 1: tags are not read",
    "figures: !mine []": "line 1: tags are not read",
    "title: &a x\nfigures: *a": "line 1: anchors and aliases",
    "title: x\n---\nfigures: []": "line 2: a lecture must be one document",
    "/Gates\nnothing": "line 2: a link must look like",
    "https://host/Gates?a=<b>": "line 1: a link must look like",
}


@together("text", BAD)
def test_what_is_wrong_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=BAD[text]):
        lecture.read(text, "lecture")


def test_what_would_grow_or_sink_is_refused_before_it_does() -> None:
    """The first would be 3⁴⁰ parts; what is read of any takes some times the memory of its text."""
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{k + 1}: &a{k + 1} [*a{k}, *a{k}, *a{k}]\n" for k in range(40))
    hostile = {
        laughs: "anchors",
        "figures: " + "[" * 20_000: "levels",
        "figures: " + "{a: " * 20_000: "levels",
        "x" * 100_001: "at most 100,000 characters",
        "\n".join("-" for _ in range(30_000)): "at most 10,000 parts",
        "/Gates?x=" + "a" * 30_000: "at most 20,000 characters",
        "/Gates\n" * 201: "1..200 figures; got 201",
    }
    for text, expected in hostile.items():
        tracemalloc.start()
        try:
            with pytest.raises(ValueError, match=expected):
                lecture.read(text, "lecture")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert most < 50_000_000


PIECES = st.sampled_from(
    (
        *(
            "figures:",
            "- link: /Gates",
            "  figure: x",
            "title",
            ": ",
            "- ",
            "&a",
            "*a",
            "!!int ",
            "/Gates",
            "---",
            "...",
        ),
        *("[", "]", "{", "}", "|", ">", "'", '"', "\n", "  ", "#", "%", "@", "\t", "\x85", "?", "<<: ", "9", "é"),
    )
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=80))
def test_anything_is_a_lecture_or_wrong(text: str) -> None:
    try:
        found = lecture.read(text, "lecture")
    except ValueError:
        return
    assert isinstance(found, Lecture)
    assert all(entry.link.page in BY_ADDRESS for entry in found.entries)


SAFE = string.ascii_letters + string.digits + "._~!*()-+%&=:;,/"


@given(st.sampled_from(sorted(BY_ADDRESS)), st.text(SAFE, max_size=200), st.sampled_from(["", "https://a.b:8/c"]))
def test_links_stay_what_they_are(page: str, query: str, address: str) -> None:
    written = Link(address, page, query).at(address)
    assert links.read(written) == Link(address, page, query)


@given(st.text(max_size=60).map(lambda text: f"http{text}") | st.text(max_size=60))
def test_no_link_leads_elsewhere(text: str) -> None:
    try:
        found = links.read(text)
    except ValueError:
        return
    assert found.page in BY_ADDRESS
    assert found.at("http://127.0.0.1:1").startswith(f"http://127.0.0.1:1/{found.page}")


@pytest.mark.parametrize(
    ("ground", "theme", "look"),
    [
        (None, None, Look("white", "light")),
        ("dark", None, Look("dark", "dark")),
        (None, "dark", Look("dark", "dark")),
        ("transparent", "dark", Look("transparent", "dark")),
        ("transparent", None, Look("transparent", "light")),
    ],
)
def test_ground_and_theme(ground: str | None, theme: str | None, look: Look) -> None:
    assert lecture.look_of(ground, theme) == look


def test_what_no_page_reads_is_known() -> None:
    for name in (*FIELDS, "v"):
        assert links.read(f"/Gates?{name}=1").unread() == ()
    assert links.read("/Gates?cell=lstm&text=a&te%20xt=&text=b&").unread() == ("text", "te xt")
    assert links.read("/Gates?present=1&tour=lecture.3&embed=true").unread() == ()
