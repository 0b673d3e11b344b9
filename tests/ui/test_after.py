"""A network from a file that goes on from the state after another text: equal to the module's own on both texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint
from rnnviz.names import Cell
from rnnviz.reach import loss_vectors
from rnnviz.spec import Edit
from rnnviz.ui.pages.hidden_states import match_search
from rnnviz.ui.pages.hidden_states import questions as state_questions
from rnnviz.ui.pages.hidden_states.figures import drawing, seen
from rnnviz.ui.pages.step_through import questions as step_questions
from rnnviz.ui.selection import (
    DEFAULT,
    Selection,
    goes_on,
    initial,
    initial_in_words,
    inputs,
    view_file,
    with_cell,
    without_viewpoint,
)
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.described import sentences, start_sentence
from rnnviz.ui.selection.link import from_params, to_params, whole
from rnnviz.ui.selection.visit import Visit
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import back_payload, step_payload
from rnnviz.ui.widgets.back_payload import Back
from rnnviz.widgets import stepper
from tests.own.files import LanguageModel, language_model, written, written_model
from tests.ui.opened import link_of, opened, warned

BEFORE, TEXT = "not a bad film", "a good film"
CELLS: dict[Cell, Any] = {"lstm": nn.LSTM, "gru": nn.GRU}


@pytest.fixture(params=list(CELLS))
def cell(request: pytest.FixtureRequest) -> Cell:
    found: Cell = request.param
    return found


@pytest.fixture
def known(tmp_path: Path, cell: Cell, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    path = written_model(tmp_path, CELLS[cell])
    made = own.open_file(path, vocabulary=tmp_path / "vocab.json", family="of-stateful")
    checkpoints.save(made, tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    return made


def selected(known: Checkpoint, **changes: Any) -> Selection:
    selection = changed(DEFAULT, trained=known.family, cell=known.model.cell)
    return changed(selection, words=TEXT, **{"after": BEFORE, **changes})


def both_texts(known: Checkpoint, model: LanguageModel) -> torch.Tensor:
    """The output of the module on the one text and then the other, of which the second part is returned."""
    ids = torch.from_numpy(known.encode([*BEFORE.split(), *TEXT.split()]))
    with torch.inference_mode():
        output: torch.Tensor = model.rnn(model.emb(ids))[0][len(BEFORE.split()) :]
    return output


def test_states_and_outputs_are_those_of_both_texts_read_together(known: Checkpoint, cell: Cell) -> None:
    model = language_model(CELLS[cell])
    expected = both_texts(known, model)
    found = networks.recording(without_viewpoint(selected(known)))
    np.testing.assert_allclose(found.trace.panel("h", layer=1), expected, atol=1e-6)
    assert found.output_layer is not None
    with torch.inference_mode():
        np.testing.assert_allclose(found.output_layer.logits, model.decoder(expected), atol=1e-5)
    zeros = networks.recording(without_viewpoint(selected(known, after="")))
    assert np.abs(zeros.trace.panel("h", layer=1) - expected.numpy()).max() > 1e-3
    for layer in (0, 1):
        assert max(each.difference for each in found.check(found.walk(layer, "forward"))) < 1e-5


def test_the_states_handed_on_are_torchs(known: Checkpoint, cell: Cell) -> None:
    model = language_model(CELLS[cell])
    ids = torch.from_numpy(known.encode(BEFORE.split()))
    with torch.inference_mode():
        _, ends = model.rnn(model.emb(ids))
    expected = ends if cell == "lstm" else (ends,)
    found = initial(selected(known))
    assert len(found) == len(expected)
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_gradients_are_autograds(known: Checkpoint, cell: Cell) -> None:
    selection = without_viewpoint(selected(known))
    recording = networks.recording(selection)
    found = back_payload.way_of(selection, Back(every=True))
    rnn: Any = CELLS[cell](5, 6, num_layers=2, dtype=torch.float64)
    rnn.load_state_dict(recording.network.rnn.state_dict())
    x = torch.from_numpy(recording.x).double().requires_grad_()
    start = [torch.from_numpy(state.copy()).double() for state in recording.hx]
    output, _ = rnn(x, tuple(start) if cell == "lstm" else start[0])
    head = recording.network.head
    assert head is not None
    vectors = loss_vectors(recording.network, output.detach().numpy(), of="read-out", seed=recording.spec.seed)
    (output * torch.from_numpy(vectors.copy())).sum().backward()
    np.testing.assert_allclose(found.x, x.grad, rtol=0, atol=1e-12)


def test_edited_weights_are_those_of_the_text_before_too(known: Checkpoint) -> None:
    edits = (Edit("weight_hh_l0", (0, 1), 2.5), Edit("x", (0, 0), 9.0))
    found = initial(selected(known, edits=edits))
    expected = own.state_after(known, BEFORE, edits[:1])
    np.testing.assert_array_equal(found[0], expected[0])
    assert np.abs(found[0] - initial(selected(known))[0]).max() > 1e-4


def test_it_is_in_the_link_and_in_a_view_file(known: Checkpoint) -> None:
    selection = selected(known)
    params = to_params(selection)
    assert params["after"] == BEFORE
    assert from_params(params) == (selection, [])
    _, found = view_file.read(view_file.written("Gates", whole(selection)), ["Gates"])
    assert from_params(found) == (selection, [])


def test_it_is_said_where_the_state_is_from(known: Checkpoint) -> None:
    selection = selected(known)
    assert initial_in_words(selection) == f"the state after “{BEFORE}”"
    assert sentences(selection)[1] == f"The initial state is the state after “{BEFORE}”."
    assert step_payload.still_of(without_viewpoint(selection))["initial"] == f"the state after “{BEFORE}”"
    view = without_viewpoint(selection)
    first: Any = stepper.window(networks.recording(view), networks.step_walk(view), 0, 3)["before"]
    np.testing.assert_array_equal(first["h"].codes, initial(selection)[0][0])


def test_untrained_networks_beside_it_start_from_zeros(known: Checkpoint) -> None:
    beside = with_cell(selected(known), "rnn")
    assert (beside.after, initial(beside)) == ("", ())


def test_match_reads_the_range_from_that_state(known: Checkpoint) -> None:
    selection = selected(known)
    of = match_search.signal_of(selection, "h", TEXT)
    there, here = match_search.values_on(of), match_search.values_in(selection, of)
    assert np.abs(there[: len(here)] - here).max() > 1e-3, "a line is read from zeros"


@pytest.mark.parametrize("cell", ["lstm"], indirect=True)
def test_of_other_networks_there_is_none(known: Checkpoint, tmp_path: Path) -> None:
    both = own.open_file(written(tmp_path), vocabulary=tmp_path / "vocab.json", family="of-both-ways")
    assert goes_on(known.model)
    for model in (both.model, checkpoints.load("brackets-lstm").model, DEFAULT.model):
        assert not goes_on(model)
    with pytest.raises(ValueError, match="after must be empty for this network"):
        changed(changed(DEFAULT, trained="brackets", cell="lstm"), after="a")
    found, problems = from_params({"trained": "brackets", "cell": "lstm", "after": "(a)"})
    assert found.after == ""
    assert len(problems) == 1
    assert problems[0].startswith("after must be empty for this network")
    with pytest.raises(ValueError, match="must read in one direction"):
        own.state_after(both, "a")
    assert changed(selected(known), trained="brackets").after == ""


@pytest.mark.parametrize("cell", ["lstm"], indirect=True)
def test_what_cannot_be_read_stays_in_the_box(known: Checkpoint, tmp_path: Path) -> None:
    path = written_model(tmp_path).rename(tmp_path / "numbered.pt")
    numbered = own.open_file(path, family="of-numbered")
    checkpoints.save(numbered, tmp_path / "models")
    at = opened("/Gates?trained=of-numbered&cell=lstm&words=1 2")
    type_before(at, "1 film")
    assert "after" not in link_of(at)
    assert box(at).value == "1 film"
    assert any("The network can only read" in one.value for one in at.error)
    type_before(at, "3 4")
    assert link_of(at)["after"] == "3 4"
    assert not at.error
    type_before(at, " \n")
    assert "after" not in link_of(at)


@pytest.mark.parametrize("cell", ["gru"], indirect=True)
@pytest.mark.parametrize("page", ["Step_through", "Hidden_states", "Gates", "Gradients"])
def test_every_page_opens_a_link_with_it(known: Checkpoint, page: str) -> None:
    at = opened(f"/{page}?trained={known.family}&cell=gru&words={TEXT}&after={BEFORE}")
    assert not warned(at)
    assert box(at).value == BEFORE
    assert link_of(at)["after"] == BEFORE


def box(at: AppTest) -> Any:
    return at.text_area(key="text_after")


def type_before(at: AppTest, text: str) -> None:
    box(at).set_value(text).run()
    assert not at.exception


@pytest.mark.parametrize("cell", ["lstm"], indirect=True)
def test_it_comes_back_with_its_network(known: Checkpoint) -> None:
    visit = Visit()
    visit.selection = selected(known)
    visit.selection = visit.with_own_text(changed(visit.selection, trained="brackets", cell="lstm"))
    assert visit.selection.after == ""
    back = visit.with_own_text(changed(visit.selection, trained=known.family, cell="lstm"))
    assert (back.words, back.after) == (TEXT, BEFORE)


def test_questions_run_it_from_the_same_state(known: Checkpoint) -> None:
    seen = without_viewpoint(selected(known))
    longer = step_questions.longer(seen, 2)
    recorded = networks.recording(seen)
    np.testing.assert_allclose(longer.trace.panel("h")[:-2], recorded.trace.panel("h"), atol=1e-6)
    _, other = state_questions.states(seen, 0)
    x = inputs(seen).copy()
    x[0] = 0
    start = tuple(torch.tensor(state) for state in initial(seen))
    with torch.inference_mode():
        _, ends = recorded.network.rnn(torch.from_numpy(x), start if len(start) == 2 else start[0])
    h = ends[0] if isinstance(ends, tuple) else ends
    np.testing.assert_allclose(other[-1], h[0], atol=1e-6)


def test_a_text_of_anybody_is_no_markup_and_not_long(known: Checkpoint) -> None:
    hostile = selected(known, after='<a href="http://x">a</a> & film ' + "film " * 2_000)
    (told,) = start_sentence(hostile)
    assert told.startswith('The initial state is the state after “&lt;a href="http://x"&gt;a&lt;/a&gt; &amp; film film')
    assert len(told) < 150
    _, *path = drawing("path", (seen(hostile), seen(changed(hostile, words="film"))), "h", 0).named["caption"]  # type: ignore[misc]
    assert path == [told]
