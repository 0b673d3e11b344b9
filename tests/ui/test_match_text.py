"""Match with a network from a file: on a text of the visitor, of which each line is a sequence."""

from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from rnnviz import checkpoints, own
from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.classifiers import is_of_file
from rnnviz.matching import corpus as matching_corpus
from rnnviz.matching.corpus import TokenCorpus, states_on
from rnnviz.models import build
from rnnviz.ui.pages.hidden_states import groups, match_code, match_search, match_text
from rnnviz.ui.pages.hidden_states import match as match_view
from rnnviz.ui.pages.hidden_states.groups import Group
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import STATES_LIMIT, changed
from rnnviz.ui.selection.fields import MAX_ENTRY
from tests.own.files import classifier, written
from tests.own.tokenizers_made import made
from tests.ui.codegen.running import run
from tests.ui.opened import link_of, opened, warned

TEXT = "not a good film\n\nA bad film, not good\na film"
VIEW = "hidden_states.view:match"


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    made = own.open_file(written(tmp_path), vocabulary=tmp_path / "vocab.json", family="of-lines")
    checkpoints.save(made, tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    return made


def address(text: str = TEXT, **others: str) -> str:
    entries = urlencode({"hidden_states.text": text, **others})
    return (
        f"/Hidden_states?trained=of-lines&cell=lstm&words=a film&threshold=0.05&views={VIEW}&entries={quote(entries)}"
    )


def selected(**changes: object) -> Selection:
    return changed(DEFAULT, **{"trained": "of-lines", "cell": "lstm", "words": "a film", "threshold": 0.05, **changes})


def group_of(selection: Selection, text: str = TEXT) -> tuple[match_search.Signal, Group]:
    of = match_search.signal_of(selection, "h", text)
    return of, match_search.range_of(selection, of, match_search.values_on(of), alone=False)


def test_the_states_are_those_of_the_model_on_each_line(known: Checkpoint) -> None:
    of, _ = group_of(selected(layer=1))
    corpus, model = match_search.sequences_of("of-lines", "lstm", TEXT).corpus, classifier()
    assert corpus.sequences == [
        ("not", "a", "good", "film"), ("A", "bad", "film", ",", "not", "good"), ("a", "film")
    ]  # fmt: skip
    values = match_search.values_on(of)
    for begin, tokens in zip(corpus.begins, corpus.sequences, strict=False):
        with torch.inference_mode():
            output, _ = model.rnn(model.emb(torch.from_numpy(known.encode(tokens)))[None])
        np.testing.assert_allclose(values[begin : begin + len(tokens)], output[0, :, :6], atol=1e-6)


def test_the_places_are_where_the_units_are_on(known: Checkpoint) -> None:
    of, group = group_of(selected())
    values, found = match_search.values_on(of), match_search.places_of(of, group)
    assert group.units
    on = (values >= np.float32(group.threshold))[:, list(group.units)].all(1)
    assert found.complete == on.sum() > 0
    listed = match_view.rows_of(of, group, match_search.sequences_of("of-lines", "lstm", TEXT).corpus)
    lines = match_text.lines_of(TEXT)
    for row in listed:
        number, step = map(int, row.where.split(", t = "))
        assert own.classifying.split(known, lines[number])[step : step + 1] == tuple(row.phrase)


def test_the_page_searches_the_text_of_the_link(known: Checkpoint) -> None:
    at = opened(address())
    assert not warned(at)
    of = match_search.signal_of(selected(), "h", TEXT)
    group = match_search.range_of(selected(), of, match_search.values_on(of), alone=True)
    places = match_search.places_of(of, group).complete
    said = [one.value for one in at.markdown if "steps in 3 lines of your text." in one.value]
    assert len(said) == 1
    assert "of 12 steps" in said[0]
    assert f"at {places:,} places**" in said[0]


def test_without_a_text_there_is_a_box_and_nothing_is_searched(known: Checkpoint) -> None:
    at = opened(address(""))
    assert any("Paste or upload a text" in one.value for one in at.info)
    at.text_area(key="typed_hidden_states.text").set_value(TEXT).run()
    assert not at.exception
    assert "entries" in link_of(at)
    assert any("3 lines of your text." in one.value for one in at.markdown)


def test_a_long_text_is_searched_and_is_not_in_the_link(known: Checkpoint) -> None:
    at = opened(address(""))
    long = "\n".join(["not a good film"] * 400)
    at.text_area(key="typed_hidden_states.text").set_value(long).run()
    assert not at.exception
    assert "entries" not in link_of(at)
    assert at.text_area(key="typed_hidden_states.text").value == long
    assert any("400 lines of your text." in one.value for one in at.markdown)
    assert any(f"more than {MAX_ENTRY:,} characters is not in the link" in one.value for one in at.caption)


def test_too_long_a_text_is_cut_and_said_to_be(known: Checkpoint) -> None:
    at = opened(address(""))
    at.text_area(key="typed_hidden_states.text").set_value("a\n" * 150_000).run()
    assert any("at most 200,000 characters; got 300,000" in one.value for one in at.error)
    assert len(at.text_area(key="typed_hidden_states.text").value or "") == match_text.MOST


def test_a_line_that_cannot_be_read_is_named_and_the_text_stays(tmp_path: Path, known: Checkpoint) -> None:
    checkpoints.save(own.open_file(written(tmp_path), family="of-numbers"), tmp_path / "models")
    at = opened(address("1 2\n3 seven").replace("of-lines", "of-numbers").replace("words=a film", "words=1 2"))
    assert at.text_area(key="typed_hidden_states.text").value == "1 2\n3 seven"
    (error,) = at.error
    assert "Line 2" in error.value
    assert "The network can only read 0 1 2 3 4 5 6; got" in error.value


def test_what_is_too_much_for_a_network_is_refused(known: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    most = match_text.longest_line(known)
    assert most == STATES_LIMIT // (6 * 2 * 2)
    monkeypatch.setattr(match_text, "STATES_LIMIT", 6 * 2 * 2 * 3)
    with pytest.raises(ValueError, match=r"Line 1 \('a a a a'\) must have at most 3 words for this network; got 4"):
        match_text.sequences_in(known.name, "a a a a")
    monkeypatch.setattr(match_code, "MOST_VALUES", 6 * 9)
    found = match_search.sequences_of("of-lines", "lstm", "a a a\nb b b\nc c c")
    assert (len(found.corpus), found.problem) == (2, "At most 9 steps are searched")


@pytest.mark.parametrize("text", [TEXT, "a 'good' \"film\" \\n {x}\nnot"])
def test_the_script_finds_the_same_places(
    tmp_path: Path, known: Checkpoint, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    shown = selected()
    of, group = group_of(shown, text)
    found = match_search.places_of(of, group)
    done = run(match_code.script_of(shown, group, "lines of your text", text))
    assert (done["found"].complete, done["found"].places) == (found.complete, found.places)
    monkeypatch.setattr(match_code, "MAX_ENTRY", 3)
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(text, encoding="utf-8")
    done = run(match_code.script_of(shown, group, "lines of your text", text))
    assert done["found"].places == found.places


def test_a_group_of_another_visitors_network_is_not_opened(tmp_path: Path, known: Checkpoint) -> None:
    theirs = own.open_file(written(tmp_path), vocabulary=tmp_path / "vocab.json")
    group = Group(theirs.family, "h", 0, "forward", 1, 0.3, alone=True, units=(2,), name="theirs")
    at = opened(address(**{"hidden_states.groups": groups.written((group,))}))
    at.selectbox(key="choice_hidden_states.group").set_value(1).run()
    assert not at.exception
    assert link_of(at)["trained"] == "of-lines"
    assert any("This link shows a network from a file" in one for one in warned(at))


def test_batches_are_small_for_large_networks(known: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = [5, 1, 3, 3, 2]
    whole = list(matching_corpus._batches(lengths, 10))
    assert whole == [[1, 4, 2, 3, 0]]
    monkeypatch.setattr(matching_corpus, "_STATES", 60)
    assert list(matching_corpus._batches(lengths, 10)) == [[1, 4], [2, 3], [0]]
    corpus, rnn = TokenCorpus.of([("a",) * n for n in lengths]), build(known.model).rnn
    apart = states_on(rnn, corpus, known.vectors)
    monkeypatch.undo()
    np.testing.assert_allclose(apart, states_on(rnn, corpus, known.vectors), atol=1e-6)


def test_a_line_end_of_a_vocabulary_is_read() -> None:
    tensors = {
        name: tensor.numpy() for name, tensor in torch.nn.ModuleDict({"rnn": torch.nn.GRU(3, 4)}).state_dict().items()
    }
    known = own.checkpoint(
        "mine", tensors, own.Choice(own.parts(tensors)[0], vocabulary=own.of_tokens(("a", "\n", "b")))
    )
    assert known.encode(own.classifying.split(known, "a\nb")).tolist() == [0, 1, 2]


def test_only_of_a_file_is_there_a_box(known: Checkpoint) -> None:
    assert is_of_file(known)
    assert not is_of_file(checkpoints.load("brackets-gru"))
    at: AppTest = opened(f"/Hidden_states?trained=brackets&cell=gru&views={VIEW}")
    assert not any(box.key == "typed_hidden_states.text" for box in at.text_area)


def test_lines_are_split_by_the_tokenizer_of_the_network(tmp_path: Path) -> None:
    rows = {f"rnn.{name}": weight for name, weight in torch.nn.GRU(4, 5).state_dict().items()}
    torch.save({"emb.weight": torch.randn(60, 4)} | rows, tmp_path / "pieces.pt")
    (tmp_path / "tokenizer.json").write_text(made("wordpiece"), encoding="utf-8")
    of_pieces = own.open_file(tmp_path / "pieces.pt", vocabulary=tmp_path / "tokenizer.json")
    lines = match_text.sequences_in(of_pieces.name, "The film\n\nunseen")
    assert lines == [own.split(of_pieces, "The film"), own.split(of_pieces, "unseen")]
    assert lines[0][0] == "[CLS]"
