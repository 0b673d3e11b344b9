"""A file as a network that every page opens."""

import gc
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from rnnviz import checkpoints, own
from rnnviz.checkpoints import held
from rnnviz.checkpoints.bounds import Bounds, within
from rnnviz.own import choosing
from tests.own.files import VOCABULARY, classifier, written
from tests.own.test_parts import tensors_of


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_it_outputs_what_the_model_outputs(saved: Path) -> None:
    known = own.open_file(saved, vocabulary=saved.with_name("vocab.json"), classes=("neg", "neu", "pos"))
    model, network = classifier(), rnnviz.build(known.model)
    ids = known.encode(["a", "Good", "film", "nobody"])
    assert ids.tolist() == [6, 2, 4, 1]
    x = torch.from_numpy(known.vectors(["a", "good", "film", "nobody"]))[None]
    with torch.inference_mode():
        output, _ = model.rnn(model.emb(torch.from_numpy(ids)[None]))
        assert torch.equal(network.rnn(x)[0], output)
        assert torch.equal(network(x), model.fc(output))
    assert known.card["answers"] == ["neg", "neu", "pos"]


def test_without_a_vocabulary_tokens_are_numbers(saved: Path) -> None:
    known = own.open_file(saved)
    assert (known.vocabulary, known.splits) == (tuple("0123456"), "words")
    assert known.unreadable(["7"]) == ("7",)
    assert own.open_file(saved, embedding="").splits == "numbers"


def test_a_vocabulary_that_is_too_long_is_not_passed_over(saved: Path) -> None:
    saved.with_name("vocab.json").write_text(json.dumps([*VOCABULARY, "more"]))
    with pytest.raises(ValueError, match="must have at most 7 tokens, one a row; got 8"):
        own.open_file(saved, vocabulary=saved.with_name("vocab.json"))


def test_a_layer_in_between_is_no_output_layer() -> None:
    layers = {"rnn": nn.GRU(3, 4), "fc1": nn.Linear(4, 6), "fc2": nn.Linear(6, 1), "tags": nn.Linear(4, 2)}
    tensors = tensors_of(nn.ModuleDict(layers))
    (part,) = own.parts(tensors)
    assert own.no_heads(part, tensors) == [
        ("fc1.weight", "fc2.weight may read fc1.weight, which would be a layer in between"),
        # fc1 and fc2 may be an attention as well, whose result tags reads
        ("tags.weight", "fc1.weight and tags.weight both fit rnn, and the file does not say which one reads it"),
    ]
    assert not own.proposed(part, tensors, None).head
    assert choosing.chosen_of(tensors, None, head="tags.weight").head == "tags.weight"


def test_rows_after_the_last_token_have_no_name(saved: Path) -> None:
    saved.with_name("vocab.json").write_text(json.dumps(VOCABULARY[:5]))
    known = own.open_file(saved, vocabulary=saved.with_name("vocab.json"))
    assert known.vocabulary == (*VOCABULARY[:5], "<5>", "<6>")


def test_a_network_without_an_embedding_reads_one_hot_vectors_of_its_vocabulary() -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.GRU(3, 4), "out": nn.Linear(4, 3, bias=False)}))
    choice = own.proposed(own.parts(tensors)[0], tensors, own.of_tokens(("a", "b", "c")))
    known = own.checkpoint("mine", tensors, choice)
    assert known.is_one_hot
    assert known.splits == "exact characters"
    assert not known.weights["head.bias"].any()


def test_tied_weights_are_embedding_and_output_layer() -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.LSTM(4, 4)})) | {"decoder.weight": np.ones((5, 4), np.float32)}
    choice = own.proposed(own.parts(tensors)[0], tensors, own.of_tokens(tuple("abcde")))
    assert (choice.embedding, choice.head) == ("decoder.weight", "decoder.weight")


def test_case_counts_where_the_vocabulary_has_upper_case() -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.GRU(3, 4)}))
    part = own.parts(tensors)[0]
    choice = own.proposed(part, tensors, own.of_tokens(("Go", "go", "on")))
    known = own.checkpoint("mine", tensors, choice)
    assert known.encode(["Go", "go"]).tolist() == [0, 1]
    with pytest.raises(ValueError, match="must differ in more than case"):
        own.checkpoint("mine", tensors, replace(choice, splits="words"))


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ({"part": "encoder"}, "part must be one of 'rnn'; got 'encoder'"),
        ({"embedding": "fc.weight"}, "embedding must be one of emb.weight; got 'fc.weight'"),
        ({"head": "emb.weight"}, "head must be one of fc.weight; got 'emb.weight'"),
        ({"classes": ("one",)}, "classes must be 3 names, one an output; got 1"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(saved: Path, chosen: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        own.open_file(saved, **chosen)


def test_a_vocabulary_with_too_many_tokens_is_refused(saved: Path) -> None:
    tensors = tensors_of(classifier())
    choice = own.Choice(own.parts(tensors)[0], "emb.weight", vocabulary=own.numbered(8))
    with pytest.raises(ValueError, match="must have at most 7 tokens, one a row; got 8"):
        own.checkpoint("mine", tensors, choice)


def test_what_no_page_can_show_is_refused() -> None:
    for module, reason in (
        (nn.RNN(2, 2_049), r"hidden_size .* at most 2,048"),
        (nn.RNN(2, 3, 9), r"num_layers .* at most 8"),
    ):
        tensors = tensors_of(module)
        choice = own.proposed(own.parts(tensors)[0], tensors, None)
        with pytest.raises(ValueError, match=reason):
            own.checkpoint("mine", tensors, choice)


def test_a_file_of_rnnviz_has_its_vocabulary_inside() -> None:
    known = own.open_file(checkpoints.SHIPPED / "brackets-lstm.safetensors")
    shipped = checkpoints.load("brackets-lstm")
    assert known.vocabulary == shipped.vocabulary
    assert np.array_equal(known.weights["head.weight"], shipped.weights["head.weight"])


def test_it_is_called_after_its_content_and_what_was_chosen(saved: Path) -> None:
    content, tensors = saved.read_bytes(), tensors_of(classifier())
    choice = own.proposed(own.parts(tensors)[0], tensors, None)
    name = own.family_of(content, choice)
    assert name.startswith(held.FAMILY)
    assert name != own.family_of(content, replace(choice, head=""))
    assert name != own.family_of(content + b" ", choice)
    assert name.rpartition("-")[0].removeprefix(held.FAMILY) in held.not_open(name)


def test_it_is_held_as_long_as_somebody_keeps_it() -> None:
    tensors = tensors_of(classifier())
    choice = own.proposed(own.parts(tensors)[0], tensors, None)
    known = held.hold(own.checkpoint("own-of-a-visit", tensors, choice))
    name = known.name
    assert checkpoints.load(name) is known
    assert held.hold(own.checkpoint("own-of-a-visit", tensors, choice)) is known
    del known
    gc.collect()
    with pytest.raises(ValueError, match="must be one of"):
        checkpoints.load(name)


def test_there_is_a_bound_for_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = tensors_of(classifier())
    choice = own.proposed(own.parts(tensors)[0], tensors, None)
    monkeypatch.setattr(held, "MOST_BYTES", 100)
    with within(Bounds(100, 100, "")), pytest.raises(ValueError, match="Try again when another visitor has left"):
        held.hold(own.checkpoint("own-too-large", tensors, choice))


def test_a_folder_is_offered_to_everybody(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints.save(own.open_file(saved, family="of-the-lecturer"), tmp_path / "models")
    monkeypatch.setenv("RNNVIZ_MODELS", str(tmp_path / "models"))
    assert checkpoints.offered_names() == ("of-the-lecturer-lstm",)
    assert checkpoints.load("of-the-lecturer-lstm").model.hidden_size == 6
