"""The code behind states, gates, gradients and steps runs as it stands and draws what the pages draw."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from rnnviz.names import CELLS
from rnnviz.reach import Of, loss_rows
from rnnviz.spec import Edit
from rnnviz.ui.pages.gates import figures as gate_figures
from rnnviz.ui.pages.gates.figures import GateFigure, GateName
from rnnviz.ui.pages.gradients import code as gradients
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients.figures import block_of
from rnnviz.ui.pages.hidden_states import figures as state_figures
from rnnviz.ui.pages.step_through import saved as step_through
from rnnviz.ui.selection import DEFAULT, Selection, initial, inputs, network, with_cell, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import panel_view
from rnnviz.ui.widgets.widget_files import code_of_panels
from tests.own.files import keras_gru, written, written_model
from tests.own.onnx_models import Tagger, exported
from tests.own.tokenizers_made import made
from tests.together import together
from tests.ui.codegen.running import assert_same, drawn, run
from tests.ui.messages import unpacked

HOSTILE = "It's a \"trap\" \\n''' {fig} \u202e \n print(1)\t\\"
ROWS = "\n".join(" ".join(f"{value:.2f}" for value in row) for row in np.random.default_rng(7).normal(size=(20, 3)))


def of(**changes: Any) -> Selection:
    return changed(DEFAULT, **changes)


FOLDER = TemporaryDirectory()
STATEFUL = {
    cell: own.open_file(written_model(Path(FOLDER.name), module), vocabulary=Path(FOLDER.name, "vocab.json"))
    for cell, module in (("lstm", nn.LSTM), ("gru", nn.GRU))
}
OPENED = own.open_file(written(Path(FOLDER.name)), vocabulary=Path(FOLDER.name, "vocab.json"), classes=("-", "0", "+"))
Path(FOLDER.name, "mine.onnx").write_bytes(exported(Tagger(nn.GRU), torch.zeros(4, 1, dtype=torch.long)))
IN_ONNX = own.open_file(Path(FOLDER.name, "mine.onnx"), vocabulary=Path(FOLDER.name, "vocab.json"))
Path(FOLDER.name, "tokenizer.json").write_text(made("wordpiece"), encoding="utf-8")
torch.save(
    {"emb.weight": torch.randn(60, 4)} | {f"rnn.{n}": w for n, w in nn.GRU(4, 5).state_dict().items()},
    Path(FOLDER.name, "pieces.pt"),
)
PIECES = own.open_file(Path(FOLDER.name, "pieces.pt"), vocabulary=Path(FOLDER.name, "tokenizer.json"))


RNG = np.random.default_rng(3)
keras_gru(Path(FOLDER.name, "mine.keras"), [RNG.normal(size=s) for s in ((3, 12), (4, 12), (12,))], reset_after=False)
IN_KERAS = own.open_file(Path(FOLDER.name, "mine.keras"))


@pytest.fixture(autouse=True)
def in_the_folder_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts open a visitor's file where they run."""
    monkeypatch.chdir(FOLDER.name)


SELECTIONS = {
    "default": DEFAULT,
    "lstm": of(cell="lstm", hidden_size=4, t=1),
    "edited": of(
        cell="gru", hidden_size=3,
        edits=(Edit("weight_hh_l0", (0, 1), -2.5), Edit("bias_ih_l0", (2,), 1e-7), Edit("x", (1, 2), 0.1),
               Edit("head.weight", (0, 1), 3.0)),
    ),
    "reset before": of(cell="gru", reset="before", hidden_size=3, num_layers=2, layer=1, t=1, seed=3),
    "bare, reset before": of(cell="gru", reset="before", bias=False, hidden_size=3, bidirectional=True, t=2),
    "words": of(cell="lstm", input="words", hidden_size=3, t=2),
    "hostile": of(cell="gru", input="words", words=HOSTILE, hidden_size=3, t=1, second="'''\"\\"),
    "many rows": of(cell="gru", numbers=ROWS, hidden_size=3, t=11, seed=5),
    "deep": of(
        cell="lstm", hidden_size=3, num_layers=2, bidirectional=True, layer=1, direction="reverse", t=1, output_size=2,
        forget_bias=3.0, recurrent="orthogonal", recurrent_scale=1.5,
    ),
    "bare": of(cell="gru", hidden_size=3, bias=False, output_size=0, recurrent="orthogonal", num_layers=2),
    "identity": of(cell="rnn", nonlinearity="relu", hidden_size=3, num_layers=2, recurrent="identity", numbers=ROWS),
    "gates identity": of(cell="lstm", hidden_size=3, recurrent="identity", forget_bias=-1.0),
    "brackets": of(trained="brackets", cell="lstm", t=5),
    "adding": of(trained="adding", cell="gru", edits=(Edit("weight_hh_l0", (0, 1), 0.5), Edit("x", (3, 0), 0.25))),
    "review": of(trained="reviews-lecture-bilstm", cell="lstm", words=HOSTILE + " it was great", t=2),
    "characters": of(trained="characters-shakespeare", cell="rnn", words="O,\n\"\"\" é\\n", t=2),
    "encoder": of(trained="encoder-dates-dot", cell="gru", words="5 May's", direction="reverse", t=2),
    "decoder": of(trained="decoder-dates-dot", cell="gru", words="5 May 98", t=2,
                  edits=(Edit("weight_hh_l0", (0, 1), 0.5), Edit("x", (1, 2), 0.1))),
    "after": changed(of(trained=STATEFUL["lstm"].family, cell="lstm", words="not a bad film", layer=1, t=2),
                     after="A 'good' \"film\" \\n", edits=(Edit("weight_hh_l0", (0, 1), 0.5), Edit("x", (1, 2), 0.1))),
    "after, GRU": changed(of(trained=STATEFUL["gru"].family, cell="gru", words="not a bad film", t=1), after="a film"),
    "from a file": of(trained=OPENED.family, cell="lstm", words="not a bad film", direction="reverse", layer=1, t=2),
    "in Keras, reset before": of(trained=IN_KERAS.family, cell="gru", numbers=ROWS, t=3),
    "pieces": of(trained=PIECES.family, cell="gru", words="The unseen film, 雨", t=2),
    "in ONNX": of(trained=IN_ONNX.family, cell="gru", words="not a bad film", t=2),
}  # fmt: skip


@pytest.fixture(params=list(SELECTIONS.values()), ids=list(SELECTIONS))
def selection(request: pytest.FixtureRequest) -> Selection:
    found: Selection = request.param
    return found


def test_a_script_says_what_a_file_needs_to_be_read() -> None:
    line = '# To read the file: pip install "onnx>=1.17"\nknown = own.open_file('
    assert line in step_through.code_of(SELECTIONS["in ONNX"])
    assert '# To read the file: pip install "tokenizers>=' in step_through.code_of(SELECTIONS["pieces"])
    assert "pip install" not in step_through.code_of(SELECTIONS["from a file"])


def test_steps_by_hand_are_those_of_the_page(selection: Selection) -> None:
    names = run(step_through.code_of(selection))
    recording = networks.recording(without_viewpoint(selection))
    for signal, values in recording.trace.values.items():
        np.testing.assert_allclose(names["trace"][signal], values, rtol=1e-5, atol=1e-6, err_msg=signal)
    own = recording.trace.panel("h", layer=selection.layer, direction=selection.direction)[selection.t]
    np.testing.assert_allclose(names["h"], own, rtol=1e-5, atol=1e-6)
    top = names["output"][0].detach().numpy()
    np.testing.assert_allclose(top, np.concatenate(list(recording.trace["h"][-1, :, 0]), -1), rtol=1e-5, atol=1e-6)
    assert names["trace"].tokens == recording.trace.tokens
    (view,) = names["views"]
    shown = unpacked(view._picture.message())["window"]["arrays"]["h"]
    np.testing.assert_allclose(shown, recording.trace["h"][:, :, 0, : shown.shape[2]], rtol=1e-5, atol=1e-6)
    if recording.output_layer is not None:
        logits = names["head"](names["output"])[0].detach().numpy()
        np.testing.assert_allclose(logits, recording.output_layer.logits, rtol=1e-4, atol=1e-5)


def test_panels_are_those_of_the_page(selection: Selection) -> None:
    shown = panel_view.of_one(selection, gate_figures.signals(selection))
    trace = networks.recording(without_viewpoint(selection)).trace
    found = run(code_of_panels(selection, shown))
    (view,) = found["views"]
    panels = unpacked(view._picture.message())["panels"]
    assert [panel["key"] for panel in panels] == [one.signal for one in shown]
    for panel, one in zip(panels, shown, strict=True):
        np.testing.assert_allclose(panel["array"], panel_view.signal_values(selection, one), rtol=1e-5, atol=1e-6)
    for signal, values in trace.values.items():
        np.testing.assert_allclose(found["trace"][signal], values, rtol=1e-5, atol=1e-6)


def test_panels_of_three_cells(selection: Selection) -> None:
    found = run(code_of_panels(selection, panel_view.side_by_side()))
    (page,) = found["views"]
    assert [panel.tag for panel in page._picture.panels] == panel_view.tags(selection, CELLS)
    last = networks.recording(without_viewpoint(with_cell(selection, "gru"))).trace
    np.testing.assert_allclose(found["trace"]["h"], last["h"], rtol=1e-5, atol=1e-6)


def gate_figures_of(selection: Selection) -> list[GateName]:
    """A plain RNN forgets by no gate, and without an upper end nothing saturates."""
    names: list[GateName] = ["heatmap", "histogram", "norms"]
    if selection.model.nonlinearity != "relu":
        names.append("saturation")
    return names if selection.model.cell == "rnn" else [*names, *gate_figures.MEMORIES.values()]


@pytest.mark.slow
@together("chosen, name", [(label, name) for label in SELECTIONS for name in gate_figures_of(SELECTIONS[label])])
def test_figures_of_gates(chosen: str, name: GateName) -> None:
    selection = SELECTIONS[chosen]
    two = replace(selection, units=(1, 2)[: selection.model.hidden_size - 1])
    seen, wanted = gate_figures.relevant(two, name), GateFigure(name, narrow=bool(selection.layer))
    assert_same(drawn(gate_figures.code_of(seen, wanted)), gate_figures.figure_of(seen, wanted))


def test_a_figure_of_all_units_and_one_of_biases() -> None:
    selection = SELECTIONS["lstm"]
    every = gate_figures.relevant(gate_figures.with_units(selection, everything=True), "retention")
    assert_same(
        drawn(gate_figures.code_of(every, GateFigure("retention"))),
        gate_figures.figure_of(every, GateFigure("retention")),
    )
    biases = GateFigure("norms", of="bias")
    assert_same(drawn(gate_figures.code_of(selection, biases)), gate_figures.figure_of(selection, biases))


@together("name", ["path", "together"])
def test_figures_of_states(selection: Selection, name: str) -> None:
    inputs = [state_figures.seen(selection)]
    if selection.second and name == "path":
        inputs.append(state_figures.seen(state_figures.compared(selection, selection.second)))
    found = tuple(inputs)
    assert_same(
        drawn(state_figures.code_of(name, found, "h", selection.t)),
        state_figures.draw(name, found, "h", selection.t, "light"),
    )


@together("name", ["time", "length", "singular", "jacobian", "triangle"])
def test_figures_of_gradients(selection: Selection, name: gradient_figures.Name) -> None:
    seen = gradient_figures.relevant(selection)
    offered = gradient_lines.offered(seen)
    lines = [offered[label] for label in gradient_lines.usual(seen)]
    lines.append(gradient_lines.orthogonal(seen, 1.5))
    if name == "length":
        lines = list(gradient_lines.with_length(seen, lines))
    loss: Of = "read-out" if seen.model.output_size else "projection"
    asked = gradient_figures.Request(name, lines=gradient_lines.distinct(seen, lines), by="x", of=loss, at=selection.t)
    assert_same(drawn(gradients.figure(seen, asked)), gradient_figures.figure_of(seen, asked), rtol=1e-3)


def test_gradients_by_c_at_every_step_and_where_they_are_lost() -> None:
    seen = gradient_figures.relevant(SELECTIONS["deep"])
    asked = gradient_figures.Request("time", by="c", at=None)
    assert_same(drawn(gradients.figure(seen, asked)), gradient_figures.figure_of(seen, asked))
    rows = "\n".join(["1000 1000"] * 30)
    large = gradient_figures.relevant(
        of(nonlinearity="relu", numbers=rows, recurrent="orthogonal", recurrent_scale=5.0, hidden_size=8)
    )
    edits = tuple(Edit("weight_hh_l0", (k, k), 1e12) for k in range(8))
    lost = replace(large, edits=edits)
    asked = gradient_figures.Request("time", by="h", at=29)
    code = gradients.figure(lost, asked)
    assert "began=min(lost)" in code
    assert_same(drawn(code), gradient_figures.figure_of(lost, asked))


@pytest.mark.parametrize(
    ("chosen", "of"),
    [*((label, "projection") for label in SELECTIONS),
     *((label, "read-out") for label, one in SELECTIONS.items() if one.model.output_size)],
)  # fmt: skip
def test_words_coloured_by_a_gradient(chosen: str, of: Of) -> None:
    selection = SELECTIONS[chosen]
    edits = gradient_lines.edits_of(selection, gradient_lines.OWN)
    rows = loss_rows(
        network(selection), inputs(selection), [selection.t], by="x", of=of, edits=edits, hx=initial(selection)
    )
    names = run(gradients.words(selection, of, selection.t))
    first, _ = block_of(selection, selection.t)
    np.testing.assert_allclose(names["norms"][selection.t - first], rows[0], rtol=1e-4, atol=1e-12)
    assert len(names["views"]) == 1


def test_words_that_the_network_does_not_know_are_marked_in_the_picture_of_the_script() -> None:
    seen = changed(DEFAULT, cell="lstm", trained="reviews-lecture-lstm", input="words", words="good xyzzy film")
    (page,) = run(gradients.words(seen, "projection", 2))["views"]
    shown = gradient_figures.word_payload(without_viewpoint(seen), "projection", (0, 3))
    for one in (page._picture.whole(), shown):
        assert one["unknown"] == [1]
        assert "A dotted line marks words that are not in the vocabulary ([UNK])." in str(one["caption"])
