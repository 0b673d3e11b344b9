"""A network whose file has the state that it begins with: each page shows what torch computes from that state."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rnnviz import checkpoints
from rnnviz.checkpoints import Checkpoint
from rnnviz.reach.losses import step_gradients
from rnnviz.ui.codegen.networks import traced
from rnnviz.ui.codegen.source import script
from rnnviz.ui.pages.hidden_states import match_search
from rnnviz.ui.selection import DEFAULT, Selection, initial, initial_in_words, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.described import sentences
from rnnviz.ui.shell import networks
from tests.own.test_starting import TEXT, Begun, known_of
from tests.ui.opened import opened, warned

PAGES = ["Step_through", "Hidden_states", "Gates", "Gradients", "Interventions", "Dynamics", "Sentiment"]


@pytest.fixture
def model() -> Begun:
    torch.manual_seed(7)
    return Begun("lstm", 1, both=False).eval().requires_grad_(requires_grad=False)


@pytest.fixture
def known(model: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    made = known_of(model)
    renamed = Checkpoint(
        "begun-lstm", made.trained_by, made.weights, made.vocabulary, made.splits, made.card, made.unknown
    )
    checkpoints.save(renamed, tmp_path)
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path))
    return renamed


def selected(**changes: Any) -> Selection:
    return changed(changed(DEFAULT, trained="begun", cell="lstm"), words=TEXT, **changes)


def states(known: Checkpoint, model: Begun) -> np.ndarray:
    with torch.inference_mode():
        found: np.ndarray = model(torch.from_numpy(known.encode(TEXT.split()))).numpy()
    return found


def test_the_states_on_a_page_are_torchs(known: Checkpoint, model: Begun) -> None:
    selection = without_viewpoint(selected())
    found = networks.recording(selection)
    np.testing.assert_allclose(found.trace.panel("h"), states(known, model), atol=1e-6)
    assert max(each.difference for each in found.check(found.walk(0, "forward"))) < 1e-5
    assert initial_in_words(selection) == "the one that the network’s file has"
    assert sentences(selection)[1] == "The initial state is the one that the network’s file has."


def test_scripts_give_the_same(known: Checkpoint, model: Begun) -> None:
    names: dict[str, Any] = {}
    exec(script(traced(selected(), head=True)), names)  # noqa: S102 - our own lines
    np.testing.assert_allclose(names["trace"].panel("h"), states(known, model), atol=1e-6)


def test_gradients_begin_there(known: Checkpoint) -> None:
    selection = without_viewpoint(selected())
    x = known.vectors(TEXT.split())
    found = step_gradients(selection.model, x, hx=initial(selection)).norms
    without = step_gradients(selection.model, x).norms
    assert np.abs(found - without).max() > 1e-4


@pytest.mark.usefixtures("known")
def test_match_reads_each_line_from_there() -> None:
    selection = selected()
    of = match_search.signal_of(selection, "h", TEXT)
    there, here = match_search.values_on(of), match_search.values_in(selection, of)
    np.testing.assert_allclose(there[: len(here)], here, atol=1e-6)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(known: Checkpoint, page: str) -> None:
    at = opened(f"/{page}?trained={known.family}&cell=lstm&words={TEXT}")
    assert not warned(at)


def test_the_box_of_another_text_says_what_it_begins_with(known: Checkpoint) -> None:
    at = opened(f"/Step_through?trained={known.family}&cell=lstm&words={TEXT}")
    assert at.text_area(key="text_after").placeholder == "nothing: the file’s own"
