"""What the widget of a writing is given, what is taken from a browser, and the page with good and bad input."""

from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import characters
from rnnviz.characters.generating import generate, score
from rnnviz.ui.pages.characters import writing as writing_view
from rnnviz.ui.pages.characters import writing_payload
from rnnviz.ui.pages.characters.writing_payload import Request
from rnnviz.ui.selection import entries
from rnnviz.ui.widgets import character_networks
from rnnviz.widgets.packing import Packed, message
from tests.serving import ROOT
from tests.together import together
from tests.ui.messages import decoded, unpacked
from tests.ui.widgets import mounted

WRITTEN: Final = Request("python-lstm", "def f", 60, 0.7, 3)
LAST: Final = len(writing_view.PROMPTS["python"]) + writing_view.LENGTH - 2
READ: Final = Request("python-gru", "x = [1, 2]\n")


def array(sent: object) -> np.ndarray:
    assert isinstance(sent, Packed)
    return decoded(sent)


@pytest.mark.parametrize("asked", [WRITTEN, READ])
def test_the_widget_is_given_what_the_network_says(asked: Request) -> None:
    model = characters.load(asked.network)
    wanted = (
        generate(model, asked.text, count=asked.count, temperature=asked.temperature, seed=asked.seed)
        if asked.writes
        else score(model, asked.text)
    )
    sent = writing_payload.payload(asked)
    steps = len(wanted.logits)
    assert "".join(str(sent["symbols"])[k] for k in array(sent["ids"])) == wanted.text
    np.testing.assert_array_equal(array(sent["likeliest"]), wanted.likeliest)
    np.testing.assert_allclose(array(sent["probabilities"]), wanted.probabilities, atol=3.1e-5)
    np.testing.assert_allclose(array(sent["likely"])[:, 0], wanted.probabilities.max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(array(sent["taken"]), wanted.probabilities[range(steps), wanted.ids[1:]], rtol=1e-6)
    np.testing.assert_allclose(array(sent["bits"]), wanted.bits, rtol=1e-6)
    states = model.trace(wanted.text[:-1]).panel("h")
    np.testing.assert_allclose(array(sent["states"]), states, atol=0.5 / 126 + 1e-6)
    assert (sent["prompt"], sent["writes"]) == (wanted.prompt, asked.writes)


def test_the_longest_writing_is_half_a_megabyte() -> None:
    longest = Request("python-lstm", "#" * 200, writing_payload.LENGTHS[1], 1.0, 0)
    assert len(message(writing_payload.payload(longest))) < 700_000
    usual = Request("python-lstm", writing_view.PROMPTS["python"], writing_view.LENGTH, writing_view.TEMPERATURE, 1)
    assert len(message(writing_payload.payload(usual))) < 300_000


def test_one_text_is_told_from_another() -> None:
    others = [Request("python-lstm", "def f", 60, 0.7, 4), Request("python-lstm", "def\ud800", 60, 0.7, 3), READ]
    assert len({writing_view.token(asked) for asked in (WRITTEN, *others)}) == 4
    assert writing_view.token(WRITTEN) == writing_view.token(Request("python-lstm", "def f", 60, 0.7, 3))


@pytest.mark.parametrize(
    "sent",
    [
        None, 3, "x", [], {}, {"t": 3}, {"token": "other", "t": 3}, {"token": writing_view.token(READ), "t": 3.0},
        {"token": writing_view.token(READ), "t": -1}, {"token": writing_view.token(READ), "t": 10},
        {"token": writing_view.token(READ), "t": True}, {"token": [], "t": 3},
    ],
)  # fmt: skip
def test_what_is_no_step_is_not_heard(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(entries, "keep", lambda *given: kept.append(given))
    writing_view.take(sent, READ, 10)
    assert not kept


def test_a_step_is_kept_and_the_last_needs_no_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(entries, "keep", lambda *given: kept.append(given))
    for t in (4, 9):
        writing_view.take({"token": writing_view.token(READ), "t": t}, READ, 10)
    assert kept == [("characters.step", "4", ""), ("characters.step", "", "")]


# --- The page ---


def page(views: str = "", typed: str = "") -> AppTest:
    """The page as a link opens it."""
    opened = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/10_Characters.py")
    opened.query_params.update({name: value for name, value in (("views", views), ("entries", typed)) if value})
    return opened.run()


def told(opened: AppTest) -> str:
    return " ".join(element.value.replace("\\", "") for element in opened.warning)


def sent(opened: AppTest) -> Any:
    """What the widget is given."""
    (widget,) = mounted(opened)
    return unpacked(widget.proto.bytes)


@together("subject", ["python-source", "shakespeare"])
@together("cell", ["rnn", "lstm", "gru"])
@together("view", ["generate", "temperature", "learning"])
def test_every_view_of_every_network(view: str, cell: str, subject: str) -> None:
    opened = page(f"characters.view:{view} characters.cell:{cell} characters.subject:{subject}")
    assert not opened.exception
    assert not opened.error
    assert not opened.warning


def test_it_opens_with_a_text_of_the_usual_length() -> None:
    opened = page()
    assert len(opened.metric) >= 1
    found = sent(opened)
    assert found["ids"].shape == (len(writing_view.PROMPTS["python"]) + writing_view.LENGTH,)
    assert found["start"]["t"] == LAST


def test_what_the_network_does_not_know_is_said() -> None:
    opened = page(typed="characters.prompt=d%C3%A9f%20%F0%9F%98%80%07")
    assert (
        "é 😀 U+0007 are not in the alphabet of the network and are replaced by ?. The alphabet has 96 characters."
        in told(opened)
    )
    one = page(typed="characters.prompt=%C3%A9")
    assert "é is not in the alphabet of the network and is replaced by ?" in told(one)


def test_markup_in_a_prompt_is_text() -> None:
    opened = page(typed="characters.prompt=%3Cscript%3E%2A%2Ax%2A%2A")
    assert not opened.exception
    assert sent(opened)["prompt"] == len("<script>**x**")


def test_an_empty_prompt_is_a_line_break() -> None:
    opened = page(typed="characters.prompt=")
    assert sent(opened)["prompt"] == 1


@pytest.mark.parametrize("typed", ["characters.text=", "characters.text=a"])
def test_too_little_to_read_is_said(typed: str) -> None:
    opened = page("characters.task:it-reads-your-text", typed)
    assert "at least two characters" in opened.info[0].value
    assert not mounted(opened)


def test_a_text_is_read_and_told_in_bits() -> None:
    opened = page("characters.task:it-reads-your-text", "characters.text=import%20os%0Aimport%20sys%0A")
    found = sent(opened)
    assert (found["prompt"], found["writes"]) == (21, False)
    wanted = characters.load("python-lstm").bits("import os\nimport sys\n")[1:].mean()
    assert opened.metric[0].value == f"{wanted:.2f}"


@pytest.mark.parametrize("step", ["-1", str(LAST + 1), "1.5", "x", "٣", "9" * 300])
def test_a_step_that_is_none_is_put_right_and_told(step: str) -> None:
    opened = page(typed=f"characters.step={step}")
    assert f"characters.step must be a whole number in 0..{LAST}; got" in told(opened)
    assert sent(opened)["start"]["t"] == LAST


def test_the_link_has_step_seed_temperature_and_length() -> None:
    views = "characters.seed:77 characters.temperature:1.25 characters.length:150"
    found = sent(page(views, "characters.step=9&characters.prompt=class%20A"))
    assert found["start"]["t"] == 9
    assert "temperature 1.25, seed 77" in found["caption"]
    wanted = generate(characters.load("python-lstm"), "class A", count=150, temperature=1.25, seed=77)
    assert found["ids"].shape == (len(wanted.text),)


@pytest.mark.parametrize("view", ["characters.temperature:9", "characters.length:5000", "characters.seed:-3"])
def test_numbers_beyond_the_limits_are_put_right_and_told(view: str) -> None:
    opened = page(view)
    assert not opened.exception
    assert f"{view.partition(':')[0]} must be" in told(opened)


def test_another_text_begins_at_its_end_again() -> None:
    opened = page(typed="characters.step=9")
    opened.number_input[0].set_value(5).run()
    assert not opened.exception
    assert "characters.step" not in opened.query_params.get("entries", "")


def test_the_longest_text_that_a_link_holds_is_read() -> None:
    opened = page("characters.task:it-reads-your-text", f"characters.text={'a' * entries.USUAL}")
    assert not opened.exception
    assert sent(opened)["ids"].shape == (entries.USUAL,)


# --- Names ---


def test_characters_without_ink_have_signs() -> None:
    assert character_networks.signs("a b\n\tc\x07") == "a␣b↵⇥cU+0007"
    assert character_networks.label("python-lstm@early") == "Python source, LSTM"
    assert character_networks.label("shakespeare-gru") == "Shakespeare, GRU"
