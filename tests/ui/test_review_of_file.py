"""“Sentiment” with a network from a file: the prediction after each word, and nothing that was not measured of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint
from rnnviz.own.classifying import Classified
from rnnviz.ui.reviews import of_file
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.selection import DEFAULT, step_count, trained, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from rnnviz.widgets.words import LINES, classes_payload
from tests.own.files import VOCABULARY, written
from tests.ui.codegen.running import run
from tests.ui.opened import link_of, opened, warned
from tests.ui.test_prepared import data_of

TEXT = "Not a good film"
CLASSES = ("negative", "neutral", "positive")


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """The network of a lecturer, whom every visitor of this server sees."""
    path = written(tmp_path)
    made = own.open_file(path, vocabulary=tmp_path / "vocab.json", family="of-classes", classes=CLASSES, pooling="mean")
    checkpoints.save(made, tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    return made


def address(words: str = TEXT) -> str:
    return f"/Sentiment?cell=lstm&trained=of-classes&words={words}&views=sentiment.view:training"


def plain(shown: of_file.Shown) -> dict[str, Any]:
    return {"said": dict(shown.said), "curves": json.loads(json.dumps(shown.curves(), allow_nan=False))}


def test_a_link_leads_to_the_prediction_of_the_network(known: Checkpoint) -> None:
    at = opened(address())
    assert not warned(at)
    found, told = own.classify(known, TEXT), data_of(at)
    best = found.classes[int(found.whole.argmax())]
    assert told["rnnviz_review"]["answer"]["said"] == f"P({best}) = {found.whole.max():.3f}"
    assert told["rnnviz_review"]["ends"] is None
    lines = told["rnnviz_review_words"]["lines"]
    assert [line["name"] for line in lines] == list(CLASSES)
    np.testing.assert_allclose([line["values"] for line in lines], found.probabilities.T, atol=1e-6)
    assert "The output layer gets the mean of the outputs over the steps." in told["rnnviz_review_words"]["foot"]
    assert "choice_sentiment.view" not in at.session_state
    assert any("has this view alone" in one.value for one in at.caption)


def test_it_is_chosen_beside_those_that_ship_and_keeps_the_text(known: Checkpoint) -> None:
    at = opened("/Sentiment?cell=lstm&trained=reviews-lecture-lstm&words=A good film")
    choose(at, known.family)
    assert (link_of(at)["trained"], link_of(at)["words"]) == ("of-classes", "A good film")
    assert [line["name"] for line in data_of(at)["rnnviz_review_words"]["lines"]] == list(CLASSES)
    choose(at, "reviews-bilstm")
    assert (link_of(at)["trained"], link_of(at)["words"]) == ("reviews-bilstm", "A good film")
    assert data_of(at)["rnnviz_review"]["ends"] == ["0 · negative", "positive · 1"]


def test_networks_from_files_of_one_name_are_told_apart(tmp_path: Path, known: Checkpoint) -> None:
    path, vocabulary = tmp_path / "mine.pt", tmp_path / "vocab.json"
    checkpoints.save(own.open_file(path, vocabulary=vocabulary, family="of-doubles"), tmp_path / "models")
    at = opened(address())
    choose(at, "of-doubles")
    assert link_of(at)["trained"] == "of-doubles"
    choose(at, known.family)
    assert link_of(at)["trained"] == known.family
    named = trained.labels(("of-doubles", known.family, "latch"))
    assert named["of-doubles"] == "From a file: mine.pt (of-doubles)"
    assert named["latch"] == trained.label("latch")
    mine = own.open_file(path, vocabulary=vocabulary, pooling="max")
    assert trained.labels(("of-doubles", mine.family))[mine.family].endswith(f"({mine.family[-8:]})")


def test_many_networks_are_a_list(tmp_path: Path, known: Checkpoint) -> None:
    for k in range(4):
        made = own.open_file(tmp_path / "mine.pt", vocabulary=tmp_path / "vocab.json", family=f"of-many-{k}")
        checkpoints.save(made, tmp_path / "models")
    at = opened(address())
    picker = at.selectbox(key="control_review_network")
    assert len(picker.options) == 3 + 5
    picker.set_value("of-many-2").run()
    assert not at.exception
    assert link_of(at)["trained"] == "of-many-2"


def choose(at: AppTest, family: str) -> None:
    (picker,) = [group for group in at.button_group if group.key == "control_review_network"]
    picker.set_value(family).run()
    assert not at.exception


def test_a_network_that_does_not_classify_leaves_the_page_as_it_is(tmp_path: Path, known: Checkpoint) -> None:
    none = own.open_file(tmp_path / "mine.pt", family="of-states", head="")
    checkpoints.save(none, tmp_path / "models")
    assert of_file.of(changed(DEFAULT, trained="of-states", cell="lstm")) is None
    assert list(of_file.offered_by(("of-classes", "of-states"))) == ["of-classes"]
    at = opened("/Sentiment?cell=lstm&trained=of-states")
    assert data_of(at)["rnnviz_review"]["ends"] == ["0 · negative", "positive · 1"]


@pytest.mark.parametrize(
    ("text", "sign"), [("", "no word yet"), ("\n ", "no word yet"), ("x " * 5_001, "cannot be read")]
)
def test_where_there_is_nothing_to_predict_there_is_no_number(known: Checkpoint, text: str, sign: str) -> None:
    told = plain(of_file.shown(known, text))
    assert (told["said"]["said"], told["said"]["probability"], told["said"]["sign"]) == ("", None, sign)
    assert bool(told["said"]["notices"]) == (sign == "cannot be read")
    assert told["curves"]["tokens"] == []


def test_a_word_that_it_cannot_read_is_named(tmp_path: Path) -> None:
    numbered = own.open_file(written(tmp_path))
    told = plain(of_file.shown(numbered, "1 9"))
    assert told["said"]["notices"] == ["The network can only read 0 1 2 3 4 5 6; got '9'."]


def test_of_two_classes_there_is_the_second_on_a_scale(tmp_path: Path) -> None:
    known = two_classes(tmp_path)
    found = own.classify(known, TEXT)
    told = plain(of_file.shown(known, TEXT))
    assert told["said"]["probability"] == pytest.approx(found.whole[1])
    assert told["said"]["said"] == f"P(spam) = {found.whole[1]:.3f}"
    assert of_file.ends_of(known) == ["0 · ham", "spam · 1"]
    (line,) = told["curves"]["lines"]
    assert line["key"] == "running"
    assert told["curves"]["axis"] == "P(spam)"
    assert "P is the sigmoid of its one logit." in told["curves"]["foot"]


def two_classes(folder: Path) -> Checkpoint:
    import torch
    from torch import nn

    from tests.own.files import as_torch

    torch.manual_seed(1)
    model = nn.ModuleDict({"emb": nn.Embedding(7, 4), "rnn": nn.GRU(4, 5), "fc": nn.Linear(5, 1)})
    path = folder / "two.pt"
    path.write_bytes(as_torch(model.state_dict()))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    return own.open_file(path, vocabulary=folder / "vocab.txt", classes=("ham", "spam"))


def test_of_many_classes_the_likeliest_have_curves(known: Checkpoint) -> None:
    random = np.random.default_rng(0).dirichlet(np.ones(20), 5)
    found = own.Classified(tuple("abcde"), (), tuple(f"class {k}" for k in range(20)), random, random[-1], 5, False)
    told = classes_payload("mine", found, "ends")
    chosen = [int(line["key"].removeprefix("class")) for line in told["lines"]]  # type: ignore[attr-defined]
    assert len(chosen) == LINES
    left = set(range(20)) - set(chosen)
    assert random[:, list(left)].max() <= random[:, chosen].max(0).min()
    best = random.argmax(1)
    assert told["likeliest"] == [chosen.index(k) if k in chosen else -1 for k in best]
    assert told["turns"] == [t for t in range(1, 5) if best[t] != best[t - 1]]
    assert f"The {LINES} likeliest of 20 classes have a curve." in str(told["foot"])


def test_a_long_name_is_cut_for_the_screen() -> None:
    found = own.Classified(("a",), (), ("x" * 1_000, "y"), np.array([[0.75, 0.25]]), np.array([0.75, 0.25]), 1, True)
    assert max(map(len, map(str, classes_payload("mine", found, "last")["lines"]))) < 200  # type: ignore[arg-type, call-overload]


def test_the_saved_numbers_and_the_script_are_the_networks(known: Checkpoint) -> None:
    found = own.classify(known, TEXT)
    table = of_file.table(found)
    np.testing.assert_array_equal(table[[f"P({name})" for name in CLASSES]].to_numpy(), found.probabilities)
    done = run(of_file.code(known, TEXT))
    np.testing.assert_allclose(done["found"].whole, found.whole, atol=1e-6)
    assert len(done["views"]) == 1


def test_the_script_opens_the_file_of_a_visitor_as_it_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    mine = own.open_file(path, vocabulary=tmp_path / "vocab.json", classes=CLASSES, pooling="max")
    monkeypatch.chdir(tmp_path)
    code = of_file.code(mine, TEXT)
    assert 'pooling="max"' in code
    np.testing.assert_allclose(run(code)["found"].whole, own.classify(mine, TEXT).whole, atol=1e-6)


def test_with_a_mean_over_the_steps_no_step_has_an_output_of_its_own(tmp_path: Path, known: Checkpoint) -> None:
    ends = own.open_file(tmp_path / "mine.pt", vocabulary=tmp_path / "vocab.json", family="of-ends", classes=CLASSES)
    of = [without_viewpoint(changed(DEFAULT, trained=one.family, cell="lstm")) for one in (known, ends)]
    assert networks.outputs(of[0]) == ()
    assert len(networks.outputs(of[1])) == step_count(of[1])


def test_a_slow_network_waits_until_typing_rests(known: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    assert of_file.is_quick(known, TEXT)
    monkeypatch.setattr(of_file, "_WHILE_TYPING", 0)
    assert not of_file.is_quick(known, TEXT)
    kept: dict[str, Any] = {}
    monkeypatch.setattr(review_view.st, "session_state", kept)
    typed = review_view.Typed
    first = review_view._of_file(known, typed("1", 0, TEXT), rests=True, waits=False)
    assert review_view._of_file(known, typed("1", 1, f"{TEXT} bad"), rests=False, waits=False) is first
    rested = review_view._of_file(known, typed("1", 1, f"{TEXT} bad"), rests=True, waits=False)
    assert rested.curves()["tokens"] == ["Not", "a", "good", "film", "bad"]


def test_of_one_direction_the_output_layer_gets_the_last_state() -> None:
    found = own.Classified(("a",), (), ("x", "y"), np.array([[0.75, 0.25]]), np.array([0.75, 0.25]), 1, True)
    each = [str(classes_payload("mine", found, "ends", both=both)["foot"]) for both in (False, True)]
    assert "The output layer gets the last state. P is" in each[0]
    assert "The output layer gets the last state of each direction." in each[1]


def test_a_text_of_unknown_words_alone_has_no_prediction_and_one_of_mostly_unknown_ones_is_told(
    known: Checkpoint,
) -> None:
    alone = plain(of_file.shown(known, "zyx qwv"))
    assert (alone["said"]["said"], alone["said"]["sign"]) == ("", "no known word")
    assert alone["curves"]["tokens"] == []
    few = plain(of_file.shown(known, "zyx qwv blork film"))
    assert few["said"]["notices"][0].startswith("3 of 4 words are not in the vocabulary")
    assert few["said"]["sign"].endswith(", few known words")
    assert few["curves"]["foot"].startswith("3 of 4 words are not in the vocabulary. ")
    assert plain(of_file.shown(known, TEXT))["said"]["notices"] == []


def test_two_classes_are_undecided_by_the_rule_of_all(tmp_path: Path) -> None:
    made = two_classes(tmp_path)
    for share, sign in ((0.51, "undecided"), (0.592, "spam"), (0.3, "ham")):
        whole = np.array([1 - share, share])
        found = Classified(("film",), (), ("ham", "spam"), whole[None], whole, 1, is_logistic=True)
        assert of_file._in_words(made, found)["sign"] == sign


def test_the_last_curves_stay_under_a_text_that_cannot_be_read_and_say_so(known: Checkpoint) -> None:
    last = of_file.shown(known, TEXT)
    refused = of_file.shown(known, "x " * 5_001)
    both = plain(of_file.beside(refused, last))
    assert both["said"]["sign"] == "cannot be read"
    assert both["said"]["notices"]
    assert both["curves"]["tokens"] == plain(last)["curves"]["tokens"]
    label = f"These are the predictions for the last text that the network could read, “{TEXT}”."
    assert both["curves"]["foot"].startswith(label)
    assert of_file.beside(refused, of_file.shown(known, "")) is refused
