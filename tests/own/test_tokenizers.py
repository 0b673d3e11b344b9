"""A network from a file whose vocabulary is a tokenizer of pieces of words."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer as Native
from torch import nn

import rnnviz
from rnnviz import checkpoints, extras, own
from rnnviz.checkpoints import Checkpoint, RefusedError
from rnnviz.ui.selection import DEFAULT, tokens_in, trained
from rnnviz.ui.selection.changes import changed
from tests.own.tokenizers_made import KINDS, made
from tests.own.tokenizers_made import changed as with_parts

TEXT = "The film was unseen, und gut"


class Reader(nn.Module):
    def __init__(self, rows: int) -> None:
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(rows, 4), nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 2)


def opened(folder: Path, content: str, rows: int | None = None, **chosen: object) -> tuple[Checkpoint, Reader]:
    """A network with this tokenizer, out of files."""
    torch.manual_seed(0)
    network = Reader(rows or Native.from_str(content).get_vocab_size())
    torch.save(network.state_dict(), folder / "mine.pt")
    (folder / "tokenizer.json").write_text(content, encoding="utf-8")
    return own.open_file(folder / "mine.pt", vocabulary=folder / "tokenizer.json", **chosen), network


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_read_as_the_tokenizer_encodes_it(kind: str, tmp_path: Path) -> None:
    content = made(kind)
    known, network = opened(tmp_path, content)
    expected = Native.from_str(content).encode(TEXT)
    assert known.splits == "pieces"
    tokens = own.split(known, TEXT)
    assert tokens == tuple(
        expected.tokens if kind != "unigram" else map(Native.from_str(content).id_to_token, expected.ids)
    )
    assert known.encode(tokens).tolist() == expected.ids
    with torch.no_grad():
        h = network.rnn(network.emb(torch.tensor([expected.ids])))[0]
        shares = network.out(h[0]).double().softmax(-1).numpy()
    found = own.classify(known, TEXT)
    np.testing.assert_allclose(found.probabilities, shares, atol=1e-6)
    trace = rnnviz.capture(
        rnnviz.build(known.model).rnn, torch.from_numpy(known.vectors(tokens))[None], tokens=[tokens]
    )
    np.testing.assert_allclose(trace["h"][0, 0, 0], h[0].numpy(), atol=1e-6)


def test_what_a_tokenizer_does_not_know_is_called_as_it_calls_it(tmp_path: Path) -> None:
    known, _ = opened(tmp_path, made("wordpiece"))
    assert known.unknown == "[UNK]"
    assert "[UNK]" not in known.tokens
    found = own.classify(known, "film 雨")
    assert found.tokens == ("[CLS]", "film", "[UNK]", "[SEP]")
    assert found.unknown == (2,)
    assert own.read_vocabulary(made("unigram").encode()).unknown == "<unk>"
    assert own.read_vocabulary(made("bytes").encode()).unknown == ""


def test_many_texts_are_split_as_each_alone(tmp_path: Path) -> None:
    known, _ = opened(tmp_path, made("bytes"))
    texts = ["the film", "x", TEXT]
    assert own.split_all(known, texts) == [own.split(known, text) for text in texts]
    with pytest.raises(ValueError, match=r"1 to 5,000 tokens of the tokenizer; got none"):
        own.split_all(known, ["a", ""])
    with pytest.raises(ValueError, match="got more than 5,000"):
        own.split(known, "a b" * 5_000)


def test_a_saved_network_keeps_its_tokenizer(tmp_path: Path) -> None:
    known, _ = opened(tmp_path, made("wordpiece"), family="mine")
    path = checkpoints.save(known, tmp_path)
    again = checkpoints.files._of_run(path.read_bytes())
    assert again.tokenizer == known.tokenizer
    assert again.unknown == "[UNK]"
    assert own.split(again, TEXT) == own.split(known, TEXT)
    noted = own.read(path.name, path.read_bytes()).vocabulary
    assert noted is not None
    assert noted.tokenizer == known.tokenizer
    once_more = own.open_file(path)
    assert own.split(once_more, TEXT) == own.split(known, TEXT)


def test_the_same_file_with_another_tokenizer_is_another_network(tmp_path: Path) -> None:
    one, _ = opened(tmp_path, made("wordpiece"))
    other, _ = opened(
        tmp_path, with_parts("wordpiece", normalizer={"type": "Strip", "strip_left": True, "strip_right": True})
    )
    assert one.vocabulary == other.vocabulary
    assert one.name != other.name


def test_a_tokenizer_with_more_tokens_than_rows_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"at most 20 tokens, one a row; got 280"):
        opened(tmp_path, made("bytes"), rows=20)


def test_pieces_need_a_tokenizer(tmp_path: Path) -> None:
    opened(tmp_path, made("bytes"))
    (tmp_path / "words.txt").write_text("a\nb", encoding="utf-8")
    with pytest.raises(ValueError, match=r"pieces only with a tokenizer\.json"):
        own.open_file(tmp_path / "mine.pt", vocabulary=tmp_path / "words.txt", splits="pieces")


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(
        RefusedError, match=r"needs tokenizers \(the extra rnnviz\[tokenizers\]\); install it with: pip"
    ):
        own.read_vocabulary(made("bytes").encode())


def test_the_token_for_others_may_stand_anywhere() -> None:
    vocabulary = own.of_tokens(("", "[UNK]", "good"))  # as a text layer of Keras has it
    tensors = {"rnn.weight_ih_l0": np.ones((12, 3), np.float32), "rnn.weight_hh_l0": np.ones((12, 3), np.float32)}
    known = own.checkpoint("mine", tensors, own.Choice(own.parts(tensors)[0], vocabulary=vocabulary))
    assert known.encode(("good", "film")).tolist() == [2, 1]
    assert known.tokens == ("", "good")


@pytest.mark.parametrize("kind", KINDS)
def test_its_example_is_a_text_that_its_tokenizer_knows(kind: str, tmp_path: Path) -> None:
    known, _ = opened(tmp_path, made(kind))
    selection = changed(DEFAULT, trained=known.family, cell="lstm")
    assert selection.model.trained == known.family
    tokens = tokens_in(selection)
    assert sum(map(known.is_strange, tokens)) <= len(tokens) / 2
    count = sum(token == known.unknown for token in tokens)
    told = trained.what_it_reads(selection, known)
    assert (f"{count} of the {len(tokens)} tokens of this text are {known.unknown}." in told) == bool(count)
