"""Networks from files with many units or many outputs: what pages show of them, and what they say that they do not."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import ModelSpec, checkpoints, own
from rnnviz.ui.pages.gradients import lines
from rnnviz.ui.pages.gradients import questions as gradient_questions
from rnnviz.ui.pages.hidden_states import match_code
from rnnviz.ui.pages.step_through import saved
from rnnviz.ui.selection import DEFAULT, Selection, trained, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import answer_payload
from tests.own.files import as_torch
from tests.ui.codegen.running import run
from tests.ui.opened import address_of, opened, warned

ROWS = 300
TEXT = "w7 w0 w299 w7"


class LanguageModel(nn.Module):
    """Predicts the next of 300 words."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(ROWS, 5)
        self.rnn = nn.GRU(5, units, batch_first=True)
        self.decoder = nn.Linear(units, ROWS)


def model(units: int) -> LanguageModel:
    torch.manual_seed(7)
    return LanguageModel(units)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of networks that the server offers, with one of few units and one of many, both with many outputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path))
    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(f"w{number}" for number in range(ROWS)), encoding="utf-8")
    for family, units in (("narrow", 9), ("wide", 600)):
        path = tmp_path / f"{family}.pt"
        path.write_bytes(as_torch(model(units).state_dict()))
        checkpoints.save(own.open_file(path, vocabulary=vocabulary, family=family), tmp_path)


def of(family: str, **changes: object) -> Selection:
    return changed(changed(DEFAULT, trained=family, cell="gru", words=TEXT), **changes)


def probabilities(units: int) -> torch.Tensor:
    module = model(units)
    with torch.inference_mode():
        output, _ = module.rnn(module.emb(torch.tensor([[7, 0, 299, 7]])))
        return module.decoder(output[0]).double().softmax(1)


@pytest.mark.parametrize(("family", "units"), [("narrow", 9), ("wide", 600)])
def test_the_likeliest_output_stands_above_each_step(family: str, units: int) -> None:
    expected, found = probabilities(units), networks.outputs(without_viewpoint(of(family)))
    assert [one.output for one in found] == [f"w{place}" for place in expected.argmax(1)]
    np.testing.assert_allclose([one.probability for one in found], expected.amax(1), rtol=1e-4)
    assert set(answer_payload.of_network(without_viewpoint(of(family)))["names"]) == {one.output for one in found}
    assert "Its output layer has 300 outputs: the likeliest" in trained.what_it_learned(
        checkpoints.load(f"{family}-gru")
    )


def test_an_edited_number_changes_it() -> None:
    selection = of("narrow")
    edited = changed(selection, edits=(lines.Edit("bias_ih_l0", (20,), 50.0),))
    assert networks.outputs(without_viewpoint(selection)) != networks.outputs(without_viewpoint(edited))


def test_over_a_whole_text_no_step_has_an_output(tmp_path: Path) -> None:
    known = own.open_file(tmp_path / "narrow.pt", family="pooled", pooling="mean")
    assert not networks.outputs(without_viewpoint(changed(DEFAULT, trained=known.family, cell="gru")))
    assert "300 outputs for the whole text, which are not shown." in trained.what_it_learned(known)


def test_its_script_has_the_likeliest_output() -> None:
    said = run(saved.code_of(of("narrow", t=2)))["said"]
    expected = probabilities(9)[2]
    assert said[2].output == f"w{expected.argmax()}"


def test_links_lead_to_many_units() -> None:
    selection = of("wide", units=(3, 599), t=2)
    assert from_params(to_params(selection)) == (selection, [])


def test_step_through_says_where_a_large_network_is_shown() -> None:
    at = opened(address_of("Step_through", trained="wide", cell="gru", words=TEXT, picture="cell"))
    (said,) = (one.value for one in at.info)
    assert said.startswith("This network has 600 units in each layer and direction.")
    assert not warned(at)
    other = opened(address_of("Step_through", trained="narrow", cell="gru", words=TEXT))
    assert not other.info


@pytest.mark.parametrize(
    "view", ["over-time", "against-length", "why", "which-loss-reaches-which-step", "on-the-input"]
)
def test_gradients_draw_a_large_network_alone(view: str) -> None:
    link = {"trained": "wide", "cell": "gru", "words": TEXT, "views": f"gradients.view:{view}"}
    at = opened(address_of("Gradients", **link))
    said = [one.value for one in (*at.info, *at.caption) if one.value.startswith("This network has 600 units")]
    assert len(said) == (view in ("over-time", "against-length", "why"))
    assert not warned(at)


def test_questions_on_gradients_are_of_the_large_network_alone() -> None:
    assert list(lines.offered(of("wide"))) == ["This network"]
    (question,) = gradient_questions.ask(of("wide"), "length")
    assert question.text.startswith("This network reads its")
    assert len(lines.offered(of("narrow"))) > 3


def test_a_text_with_too_many_states_is_refused_and_said_so() -> None:
    assert 512_000 // 600 == 853
    most = "w1 " * 853
    assert changed(of("wide"), words=most).model.trained == "wide"
    with pytest.raises(
        ValueError, match="must have at most 853 steps for this network, 512,000 states in all; got 854"
    ):
        changed(of("wide"), words=f"{most}w1")


@pytest.mark.parametrize(("units", "most"), [(8, 100_000), (512, 7_812), (1_150, 1_548), (2_048, 488)])
def test_match_searches_fewer_steps_of_many_units(units: int, most: int) -> None:
    known = SimpleNamespace(model=ModelSpec("gru", 3, units))
    assert match_code.most_steps(known) == most
