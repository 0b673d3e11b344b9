"""What the widget of coloured text is given is the trace; what a link and a browser say is checked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import caching, characters, names
from rnnviz.characters import ablating, corpus, neurons
from rnnviz.characters.neurons import Measured
from rnnviz.characters.properties import properties
from rnnviz.pictures.colored_text import FINE
from rnnviz.ui.pages.characters import neuron_payload
from rnnviz.ui.pages.characters import neurons as neuron_view
from rnnviz.ui.pages.characters.neuron_payload import Request, payload, tracking
from rnnviz.ui.selection import state
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.widgets import character_text
from rnnviz.widgets.packing import message
from tests.serving import ROOT
from tests.ui.widgets import mounted

PAGE: Final = "pages/10_Characters.py"
TEXT: Final = 'def f(x):  # "é"\n    return [x, "y"]\n'


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What ships or is measured of all networks, from a short text, so that no test waits for a long one."""

    def some(name: str) -> Measured:
        model = characters.load(name)
        found = neurons.track(model, TEXT * 4, "python")
        return Measured("a text of ours", found, {signal: np.full(len(found.names), 0.5) for signal in found.r})

    monkeypatch.setattr(neuron_payload, "tracking", some)
    neuron_payload.payload.clear()
    yield
    for function in (tracking, neuron_payload.payload, character_text.usual):
        function.clear()


def decoded(packed: Any) -> np.ndarray:
    """Numbers as the browser has them."""
    if packed.levels is None:
        return np.asarray(packed.codes)
    return (packed.codes + (0.5 if packed.codes.dtype == "<i2" else 0)) / packed.levels


@pytest.mark.parametrize(
    ("network", "signal"),
    [(f"python-{cell}", signal) for cell in names.CELLS for signal in names.SIGNALS[cell]],
)
def test_all_units_of_a_signal_are_the_traces(network: str, signal: str) -> None:
    sent = payload(Request(network, TEXT, signal))
    values = characters.load(network).trace(TEXT).panel(signal)
    assert sent["text"] == TEXT.replace("é", "?"), "the text is what the network has read"
    assert sent["units"] == values.shape[1]
    off = decoded(sent["values"]) * sent["scale"].codes[:, None] - values.T
    assert (np.abs(off) <= 0.5 / sent["values"].levels * sent["scale"].codes[:, None] + 1e-6).all()
    assert sent["kind"] == ("gate" if signal in "iforz" else "signed")


def test_properties_and_correlations_are_the_librarys() -> None:
    asked = Request("python-lstm", TEXT, "h")
    sent = payload(asked)
    told = properties(sent["text"], "python")
    assert [one["name"] for one in sent["properties"]] == [one.name for one in told]
    for one, other in zip(sent["properties"], told, strict=True):
        np.testing.assert_array_equal(decoded(one["values"]), other.values)
    here = neurons.tracked({"h": characters.load("python-lstm").trace(sent["text"]).panel("h")}, told).r["h"]
    shown = decoded(sent["here"])
    known = ~np.isnan(here)
    np.testing.assert_allclose(shown[known], here[known], atol=1e-4)
    held = neuron_payload.tracking("python-lstm").tracking
    at = held.names.index(sent["begins"])
    assert sent["first"] == int(np.nanargmax(np.abs(held.r["h"][at])))


def test_ablations_are_those_that_ship() -> None:
    shipped = ablating.load(characters.load("python-lstm"))
    assert shipped is not None
    sent = payload(Request("python-lstm", TEXT, "c"))
    by_name = dict(zip([one["name"] for one in sent["properties"]], sent["ablated"], strict=True))
    assert {name for name, one in by_name.items() if one} == set(ablating.OUTCOMES)
    effect = shipped.effects["c"]["brackets"]
    assert by_name["brackets"]["base"] == effect.base
    assert by_name["brackets"]["change"] == {str(unit): list(parts) for unit, parts in effect.change.items()}
    assert payload(Request("shakespeare-gru", TEXT, "h"))["ablated"] is None


def test_gates_are_measured_on_the_text_alone() -> None:
    sent = payload(Request("python-lstm", TEXT, "f"))
    assert sent["held"] is sent["ablated"] is None
    assert 0 <= sent["first"] < 256
    assert "this text only" in sent["measured"]


def test_a_long_text_takes_one_byte_a_number() -> None:
    short, long = (payload(Request("python-lstm", TEXT * times, "h")) for times in (10, 4_999 // len(TEXT)))
    assert short["values"].codes.itemsize == 2
    assert long["values"].codes.size > FINE
    assert long["values"].codes.itemsize == 1
    assert len(message(long)) < 1_500_000


@pytest.mark.parametrize(
    "text", ["a", "\n", "aaaa", "<b>&", "日本語", "\x00\ud800".encode("utf-8", "replace").decode(), '"' * 40]
)
def test_any_text_can_be_looked_at(text: str) -> None:
    sent = payload(Request("python-gru", text, "h"))
    assert len(sent["text"]) == len(text)
    message(sent)


def test_replaced_characters_are_named() -> None:
    sent = payload(Request("python-gru", "x = 'é'", "h"))
    assert sent["text"] == "x = '?'"
    assert sent["unknown"] == {"5": "é"}
    assert payload(Request("python-gru", "x = '?'", "h"))["unknown"] == {}


# --- The page ---


def page(**params: str) -> AppTest:
    test = AppTest.from_file(ROOT / "app.py", default_timeout=90).switch_page(PAGE)
    for name, value in params.items():
        test.query_params[name] = value
    return test.run()


@pytest.mark.parametrize("cell", names.CELLS)
@pytest.mark.parametrize("subject", ["python-source", "shakespeare"])
def test_every_network_has_the_view(subject: str, cell: str) -> None:
    found = page(views=f"characters.view:neurons characters.subject:{subject} characters.cell:{cell}")
    assert not found.exception
    assert not found.error
    assert len(mounted(found)) == 1


def test_our_own_text_is_held_out_and_as_long_as_said() -> None:
    text = character_text.usual("python-lstm")
    assert text.startswith("class RobotFileParser")
    assert 2_000 <= len(text) <= 2_200
    assert {"quotes", "docstring", "brackets", "definition"} <= {
        one.name for one in properties(text, "python") if one.values.any()
    }


def test_without_the_librarys_sources_the_network_writes_its_own_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(corpus, "library", lambda: tmp_path)
    character_text.usual.clear()
    text = character_text.usual("python-lstm")
    assert text.startswith("class ")
    assert len(text) == 1_006
    assert tracking("python-lstm@early") is None


def test_a_pasted_text_is_in_the_link() -> None:
    found = page(views="characters.view:neurons")
    found.text_area(key="box_characters.read").set_value("x = 'é'").run()
    assert not found.exception
    assert "x+%3D+" in str(found.query_params["entries"])
    assert any("is not in the alphabet" in one.value for one in found.warning)
    found.text_area(key="box_characters.read").set_value("y = 1\n" * 1_000).run()
    assert found.text_area(key="box_characters.read").value == ("y = 1\n" * 1_000)[:5_000]
    assert any("at most 5,000 characters" in one.value for one in found.warning)
    _, kept = from_params({"entries": str(found.query_params["entries"])})[0].entries[0]
    assert kept == ("y = 1\n" * 1_000)[:5_000]
    found.text_area(key="box_characters.read").set_value("").run()
    assert found.text_area(key="box_characters.read").value == character_text.usual("python-lstm")


@pytest.mark.parametrize(
    "sent",
    [None, 3, {}, {"unit": 256, "t": 0, "what": "quotes"}, {"unit": -1, "t": 0, "what": "quotes"},
     {"unit": 1, "t": 10**6, "what": "word"}, {"unit": 1, "t": 0, "what": "<b>"}, {"unit": "1", "t": 0}],
)  # fmt: skip
def test_what_a_browser_sends_is_checked(sent: object, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(state, "tell", told.append)
    monkeypatch.setattr(state, "choose", lambda *_: pytest.fail("kept"))
    neuron_view.take(sent, payload(Request("python-lstm", TEXT, "h")))
    assert told == ["what was chosen must be a unit, a character and a property of this text; nothing was changed"]


@pytest.mark.parametrize(
    ("kept", "unit", "t", "what"),
    [
        ("17.3.word-position", 17, 3, "word_position"),
        ("17", 17, 0, "quotes"),
        ("256.3.word", None, 3, "word"),
        ("7.99999.nothing", 7, 0, "quotes"),
        ("...", None, 0, "quotes"),
        ("1e3.-2.word", None, 0, "word"),
    ],
)
def test_what_a_link_says_is_checked(
    kept: str, unit: int | None, t: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "view", lambda _: kept)
    sent = payload(Request("python-lstm", TEXT, "h"))
    chosen = neuron_view._chosen(sent)
    assert chosen == {"unit": sent["first"] if unit is None else unit, "t": t, "what": what}


def test_what_was_measured_falls_back_to_measuring_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from rnnviz.characters import neurons as measuring

    def broken(_: object) -> None:
        raise ValueError("damaged")

    monkeypatch.setattr(measuring, "load", broken)
    monkeypatch.setattr(measuring, "measure_here", lambda model: model.name)
    tracking.clear()
    assert tracking("python-gru") == "python-gru"
    assert tracking("shakespeare-gru") is None
    caching.clear()
