"""What ``show`` shows: the numbers of torch, what the browser may say, and what is refused."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from anywidget import AnyWidget
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import rnnviz
from rnnviz import figures
from rnnviz.names import SIGNALS
from rnnviz.notebook import Page
from rnnviz.notebook.live import Live
from rnnviz.notebook.pages import Saved
from rnnviz.notebook.steps import MOST
from rnnviz.palette import GROUNDS
from tests.serving import ROOT
from tests.ui.messages import unpacked

STEPS: Final = 6
X: Final = torch.randn(STEPS, 2, 3, generator=torch.Generator().manual_seed(0))
LAYERS: Final = {"rnn": nn.RNN(3, 4), "lstm": nn.LSTM(3, 4), "gru": nn.GRU(3, 4)}


def sent(view: Page | Live) -> dict[str, Any]:
    return unpacked(view._picture.message())


def live(what: object, x: object = None, **options: Any) -> Live:
    view = rnnviz.show(what, x, live=True, **options)
    assert isinstance(view, Live)
    return view


def say(view: Live, name: str, value: object) -> dict[str, Any]:
    """What the widget has after the browser has said something."""
    view._take(view, {"name": name, "value": value}, [])
    return unpacked(view.message)


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 3)
        self.encoder = nn.GRU(3, 5, num_layers=2, dropout=0.5, bidirectional=True, batch_first=True)
        self.decoder = nn.LSTM(10, 4, batch_first=True)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        states, _ = self.encoder(self.embedding(words))
        return self.decoder(states)[0]  # type: ignore[no-any-return]


WORDS: Final = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])


# --- Heatmaps ---


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("batch", [0, 1])
def test_the_heatmaps_have_the_numbers_of_torch(cell: str, batch: int) -> None:
    output, _ = LAYERS[cell](X)
    given = sent(rnnviz.show(rnnviz.capture(LAYERS[cell], X), batch=batch, live=False))
    assert [panel["key"] for panel in given["panels"]] == list(SIGNALS[cell])  # type: ignore[index]
    shown = next(panel["array"] for panel in given["panels"] if panel["key"] == "h")
    np.testing.assert_allclose(shown, output[:, batch].detach().numpy(), atol=1e-6)


def test_padding_is_not_shown_and_labels_are_those_of_the_trace() -> None:
    packed = pack_padded_sequence(X, [6, 4])
    trace = rnnviz.capture(LAYERS["gru"], packed, tokens=[list("abcdef"), list("uvwx")])
    given = sent(rnnviz.show(trace, batch=1, signals=("h", "z"), live=False))
    assert given["tokens"] == list("uvwx")
    assert [panel["array"].shape for panel in given["panels"]] == [(4, 4), (4, 4)]
    assert sent(rnnviz.show(trace, batch=1, tokens=[1, 2, 3, 4], live=False))["tokens"] == list("1234")


def test_each_layer_of_a_model_is_shown_by_its_path() -> None:
    model = Tagger().eval()
    traces = rnnviz.capture(model, WORDS)
    for path in ("encoder", "decoder"):
        shown = rnnviz.show(model, WORDS, path=path, view="heatmaps", live=False)
        assert sent(shown)["panels"][0]["array"].tolist() == traces[path].panel("h").tolist()
        assert sent(rnnviz.show(traces, path=path, live=False))["panels"] is not None
        assert path in repr(shown)
    assert repr(rnnviz.show(traces, live=False)) == (
        "Page(encoder (one of 2 recurrent layers) · GRU, 5 units, 5 steps · layer 0, forward · sequence 0)"
    )


def test_several_traces_are_of_the_same_steps_and_may_have_names() -> None:
    rnn, gru = torch.nn.RNN(3, 4), torch.nn.GRU(3, 4)
    traces = [rnnviz.capture(rnn, torch.ones(6, 1, 3)), rnnviz.capture(gru, torch.ones(6, 1, 3))]

    def tags(page: Page) -> list[str]:
        return [panel["tag"] for panel in sent(page)["panels"]]

    assert tags(rnnviz.show(traces, signals=("h",), live=False)) == ["RNN", "GRU"]
    assert tags(rnnviz.show(traces, signals=("h",), tags=["before", "after"], live=False)) == ["before", "after"]
    with pytest.raises(ValueError, match="tags must be one for each of the 2 traces; got 1"):
        rnnviz.show(traces, tags=["before"], live=False)
    with pytest.raises(ValueError, match="traces must be of the same steps; got 6, 5 steps"):
        rnnviz.show([traces[0], rnnviz.capture(gru, torch.ones(5, 1, 3))], live=False)


def test_what_is_selected_in_the_heatmaps_is_heard() -> None:
    view = live(rnnviz.capture(LAYERS["lstm"], X))
    heard: list[int] = []
    view.observe(lambda change: heard.append(change["new"]), "t")
    say(view, "t", 3)
    say(view, "chosen", {"units": [2, 0], "range": [1, 4], "threshold": 0.1, "order": "index"})
    assert (view.t, heard, view.units, view._picture.span) == (3, [3], (2, 0), (1, 4))  # type: ignore[attr-defined]
    before = view.message
    for name, nonsense in (
        ("t", 99),
        ("t", "x"),
        ("chosen", {"units": ["x"]}),
        ("look", 3),
        ("x", 1),
        ("chosen", None),
    ):
        say(view, name, nonsense)
    view._take(view, "nonsense", [])
    assert (view.t, view.units, view.message, view.problem) == (3, (2, 0), before, "")
    answered = say(view, "look", {"range": [1, 2], "threshold": 0.0})["answer"]
    h = rnnviz.capture(LAYERS["lstm"], X).panel("h")
    on = (h[1:3] >= 0).all(0) & (h[0] < 0) & (h[3] < 0)
    assert answered["units"] == np.flatnonzero(on).tolist()


def test_a_long_trace_comes_in_windows() -> None:
    trace = rnnviz.capture(nn.LSTM(2, 64), torch.randn(3000, 1, 2, generator=torch.Generator().manual_seed(1)))
    view = live(trace, signals=("h",))
    first = unpacked(view.message)
    assert first["view"]["single"] is False
    then = say(view, "look", {"first": 100})
    assert then["view"]["single"] is True
    window = then["panels"][0]["array"]
    np.testing.assert_allclose(window, trace.panel("h")[100 : 100 + len(window)], atol=1e-4)


# --- Steps ---


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("view", ["unrolled", "rolled", "cell"])
def test_the_stepper_has_the_numbers_of_torch(cell: str, view: Any) -> None:
    output, _ = LAYERS[cell](X)
    given = sent(rnnviz.show(LAYERS[cell], X, batch=1, view=view, tokens=list("abcdef"), live=False))
    assert given["start"]["picture"] == view
    assert given["still"]["tokens"] == list("abcdef")
    np.testing.assert_allclose(given["window"]["arrays"]["h"][0, 0], output[:, 1].detach().numpy(), atol=1e-6)
    assert max(check["difference"] for check in given["still"]["checks"]) < 1e-5


@pytest.mark.parametrize("cell", LAYERS)
def test_the_stepper_starts_from_the_states_that_are_given(cell: str) -> None:
    layer = LAYERS[cell]
    h_0, c_0 = torch.linspace(-0.9, 0.9, 16).reshape(2, 1, 2, 4)
    state = (h_0, c_0) if cell == "lstm" else h_0
    view = live(layer, (X, state), batch=1)
    given = unpacked(view.message)
    np.testing.assert_array_equal(given["window"]["before"]["h"], h_0[0, 1])
    if cell == "lstm":
        np.testing.assert_array_equal(given["window"]["before"]["c"], c_0[0, 1])
    assert given["still"]["initial"] == "the state that was given"
    np.testing.assert_allclose(
        given["window"]["arrays"]["h"][0, 0], layer(X, state)[0][:, 1].detach().numpy(), atol=1e-6
    )
    assert max(check["difference"] for check in given["still"]["checks"]) < 1e-5
    edited = say(view, "change", {"kind": "edit", "name": "weight_hh_l0", "index": [0, 1], "value": 2.0, "t": 0})
    np.testing.assert_array_equal(edited["window"]["before"]["h"], h_0[0, 1])
    assert np.abs(edited["window"]["arrays"]["h"] - given["window"]["arrays"]["h"]).max() > 1e-3


def test_zeros_that_are_given_are_the_start_without_any() -> None:
    given = sent(rnnviz.show(LAYERS["gru"], (X, torch.zeros(1, 2, 4)), live=False))
    assert given["still"]["initial"] == ""


def test_a_layer_inside_of_a_model_steps_on_what_it_reads_there() -> None:
    model = Tagger().eval()
    states, _ = model.encoder(model.embedding(WORDS))
    given = sent(rnnviz.show(model, WORDS, path="decoder", batch=1, live=False))
    np.testing.assert_allclose(given["window"]["arrays"]["x"], states[1].detach().numpy(), atol=1e-6)
    np.testing.assert_allclose(given["window"]["arrays"]["h"][0, 0], model(WORDS)[1].detach().numpy(), atol=1e-6)
    encoder = sent(rnnviz.show(model, WORDS, layer=1, direction="reverse", live=False))
    assert encoder["still"]["view"] == {"layer": 1, "direction": "reverse"}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_are_computed_in_float32(dtype: torch.dtype) -> None:
    given = sent(rnnviz.show(nn.GRU(3, 4, dtype=dtype), X.to(dtype), live=False))
    assert given["window"]["arrays"]["h"].dtype == np.float32


def test_an_edited_number_is_computed_with_and_the_module_stays() -> None:
    lstm = nn.LSTM(3, 4)
    before = {name: weight.clone() for name, weight in lstm.state_dict().items()}
    view = live(lstm, X)
    place = {"name": "weight_ih_l0", "index": [0, 1]}
    given = say(view, "change", {"kind": "edit", **place, "value": 2, "t": 4})
    edited = nn.LSTM(3, 4)
    edited.load_state_dict(lstm.state_dict())
    with torch.no_grad():
        edited.weight_ih_l0[0, 1] = 2
    np.testing.assert_allclose(given["window"]["arrays"]["h"][0, 0], edited(X)[0][:, 0].detach().numpy(), atol=1e-6)
    assert (given["still"]["caption"], given["start"]["t"]) == ("LSTM, 3 → 4 units, 1 number edited", 4)
    assert all(torch.equal(before[name], weight) for name, weight in lstm.state_dict().items())
    assert say(view, "change", {"kind": "undo", **place, "t": 4})["still"]["edits"] == []
    say(view, "change", {"kind": "edit", "name": "x", "index": [0, 0], "value": 9.5, "t": 0})
    assert say(view, "change", {"kind": "reset", "t": 0})["window"]["arrays"]["x"].tolist() == X[:, 0].tolist()


def test_a_number_is_tried_and_taken_back() -> None:
    view = live(nn.LSTM(3, 4), X)
    opened = unpacked(view.message)
    tried = {"name": "x", "index": [0, 0], "value": 9.5}
    given = say(view, "look", {"token": opened["token"], "tried": tried})
    assert given["window"]["arrays"]["x"][0, 0] == 9.5
    assert [edit["name"] for edit in given["still"]["edits"]] == ["x"]
    again = say(view, "look", {"token": given["token"]})
    assert again["still"]["edits"] == []
    np.testing.assert_array_equal(again["window"]["arrays"]["h"], opened["window"]["arrays"]["h"])
    bad = {**tried, "index": [99, 0]}
    say(view, "look", {"token": again["token"], "tried": bad})
    assert "x" in view.problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"kind": "edit", "name": "weight", "index": [0, 0], "value": 1.0},
            "an edit must name x or one of weight_ih_l0",
        ),
        ({"kind": "edit", "name": "weight_ih_l0", "index": [99, 0], "value": 1.0}, "weight_ih_l0"),
        ({"kind": "edit", "name": "x", "index": [0, 0], "value": float("inf")}, "finite"),
        ({"kind": "select", "layer": 3, "direction": "forward"}, "layer must be in 0..0; got 3"),
        ({"kind": "select", "layer": 0, "direction": "reverse"}, "direction must be forward; got 'reverse'"),
    ],
)
def test_a_change_that_cannot_be_made_says_so_and_changes_nothing(change: dict[str, Any], problem: str) -> None:
    view = live(LAYERS["lstm"], X)
    before = view.message
    say(view, "change", change)
    assert problem in view.problem
    assert view.message == before
    say(view, "t", 1)
    assert view.problem == ""


def test_what_a_widget_lost_comes_again_and_more_as_it_asks() -> None:
    view = live(LAYERS["gru"], X)
    token = unpacked(view.message)["token"]
    assert "still" not in say(view, "look", {"token": token, "gate": "z"})
    assert set(unpacked(view.message)["matrices"]) == {"ih.z", "hh.z"}
    assert say(view, "look", {"token": token, "first": 2})["window"]["first"] == 0  # all six fit
    assert "still" in say(view, "look", {"token": None, "first": None, "gate": None})


# --- What is refused ---


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"view": "cells"}, "view must be one of heatmaps, unrolled, rolled, cell; got 'cells'"),
        ({"theme": "drk"}, "theme must be light or dark; got 'drk'"),
        ({"path": "x"}, "path must be one of encoder, decoder; got 'x'"),
        ({"batch": 2}, "batch must be a whole number in 0..1; got 2"),
        ({"layer": 2}, "layer must be in 0..1; got 2"),
        ({"layer": 2, "view": "heatmaps"}, "layer must be a whole number in 0..1; got 2"),
        ({"path": "decoder", "direction": "reverse"}, "direction must be forward; got 'reverse'"),
        ({"signals": ("h",)}, "signals is for heatmaps only"),
        ({"signals": ("q",), "view": "heatmaps"}, "signals must be some of h, r, z, n; got q"),
        ({"signals": (), "view": "heatmaps"}, "got none"),
        ({"tokens": ["a"]}, "tokens must be a label for each of the 5 steps; got 1"),
    ],
)
def test_what_does_not_fit_a_model_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        rnnviz.show(Tagger().eval(), WORDS, **options)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_what_cannot_be_stepped_through_is_refused_and_its_heatmaps_are_not() -> None:
    with pytest.raises(ValueError, match="dropout between the layers is active"):
        rnnviz.show(Tagger().train(), WORDS)
    projected = nn.LSTM(3, 4, proj_size=2)
    with pytest.raises(ValueError, match="projections"):
        rnnviz.show(projected, X)
    assert rnnviz.show(projected, X, view="heatmaps", live=False)
    with pytest.raises(ValueError, match=f"at most {MOST:,} steps times units"):
        rnnviz.show(nn.RNN(1, 500), torch.zeros(2001, 1, 1))


@pytest.mark.parametrize("what", [3, None, [1], {}, {"h": 3}, nn.Linear(2, 2)])
def test_what_is_neither_a_trace_nor_a_recurrent_model_is_refused(what: object) -> None:
    with pytest.raises(TypeError):
        rnnviz.show(what, torch.ones(2, 2))


@pytest.mark.parametrize("x", [X.numpy(), X.tolist(), 3])
def test_what_is_no_tensor_is_refused(x: object) -> None:
    with pytest.raises(TypeError, match=r"x must be a tensor, a packed sequence, or a tuple \(x, h_0\); got"):
        rnnviz.show(LAYERS["rnn"], x)


def test_arguments_that_mean_nothing_for_a_trace_are_refused() -> None:
    trace = rnnviz.capture(LAYERS["rnn"], X)
    with pytest.raises(ValueError, match="x is for a module only"):
        rnnviz.show(trace, X)
    with pytest.raises(ValueError, match="view is for a module only"):
        rnnviz.show(trace, view="cell")
    with pytest.raises(ValueError, match="x must be what the RNN reads; got None"):
        rnnviz.show(LAYERS["rnn"])


# --- Pages and notebooks ---


def test_a_page_is_one_file_and_a_notebook_frames_it(tmp_path: Path) -> None:
    trace = rnnviz.capture(LAYERS["rnn"], X)
    page = rnnviz.show(trace, tokens=["</script><b>"] * STEPS, theme="dark")
    assert isinstance(page, Page), "there is no kernel here"
    written = page.save(tmp_path / "page.html").read_text("utf-8")
    assert set(re.findall(r"https?://[\w.]+", written)) <= {"http://www.w3.org"}, "nothing is fetched"
    assert "<b>" not in written.split('id="data">')[1].split("<script")[0]
    shown = page._repr_mimebundle_()
    assert shown["text/html"].startswith("<iframe title=")
    assert 'srcdoc="&lt;!doctype html' in shown["text/html"]
    assert set(trace._repr_mimebundle_()) == {"text/html", "text/plain"}  # type: ignore[call-overload]


def test_nothing_of_a_widget_is_replaced() -> None:
    """Ipywidgets calls some of its own methods while a widget is made."""
    ours = {name for kind in (Saved, Live) for name, value in vars(kind).items() if callable(value) and name[0] != "_"}
    assert ours == {"save", "show"}
    assert not ours & set(dir(AnyWidget))
    assert live(LAYERS["rnn"], X).comm is not None


def test_beside_a_kernel_it_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        @staticmethod
        def get_ipython() -> object:
            return type("Shell", (), {"kernel": object()})()

    monkeypatch.setitem(__import__("sys").modules, "IPython", Kernel)
    view = rnnviz.show(LAYERS["rnn"], X)
    assert isinstance(view, Live)
    assert "save" in dir(view)
    assert view.html.startswith("<!doctype html")


def test_without_anywidget_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.extras.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"rnnviz\[notebook\]"):
        rnnviz.show(LAYERS["rnn"], X, live=True)


def test_the_examples_of_the_document_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "notebook.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(example, names)  # noqa: S102 - the project's own documents
    assert repr(names["maps"]) == "Page(LSTM, 4 units, 12 steps)"
    assert (tmp_path / "lstm.html").exists()


def test_a_page_is_shown_in_the_browser(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) is None)
    rnnviz.show(LAYERS["rnn"], X).show()
    rnnviz.show(figures.signal_heatmap(rnnviz.capture(LAYERS["rnn"], X))).show()
    pages = [Path(address.removeprefix("file://")) for address in opened]
    assert "RNN, 3 → 4 units" in pages[0].read_text("utf-8")
    assert "Hidden state h" in pages[1].read_text("utf-8")
    assert capsys.readouterr().out.splitlines() == [f"Opened in the browser: {page}" for page in pages]


@pytest.mark.parametrize(
    ("script", "name"), [("lecture/rnnviz-gates.py", "lecture/rnnviz-gates.view.html"), ("-c", "rnnviz.view.html")]
)
def test_where_no_browser_opens_the_page_is_beside_the_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, script: str, name: str
) -> None:
    (tmp_path / "lecture").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    monkeypatch.setattr("sys.argv", [script])
    for _ in range(2):
        rnnviz.show(figures.signal_heatmap(rnnviz.capture(LAYERS["rnn"], X))).show()
    told = f"No browser opened here. The picture is in {tmp_path / name}"
    assert capsys.readouterr().out.splitlines() == [told, told]
    assert (tmp_path / name).read_text("utf-8").startswith("<!doctype html>")
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


def test_a_figure_is_a_page_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = figures.signal_heatmap(rnnviz.capture(LAYERS["rnn"], X))
    page = rnnviz.show(figure, theme="dark")
    assert repr(page) == "FigurePage(Hidden state hₜ over time)"
    assert GROUNDS["dark"]["background"] in page.save(tmp_path / "h.html").read_text("utf-8")
    with pytest.raises(ValueError, match="signals is for heatmaps only"):
        rnnviz.show(figure, signals=("h",))
    shown: list[Any] = []
    monkeypatch.setattr("rnnviz.notebook.pages.is_answered", lambda: True)
    monkeypatch.setattr(figures.Figure, "show", lambda one: shown.append(one.to_dict()))
    page.show()
    assert shown == [figure.to_dict()]
