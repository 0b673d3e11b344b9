"""Whoever wrote a file of numbers: it is a network or a history that can be used, or is refused in a few words."""

import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import numpy as np
import pytest
import torch
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as tensors_as_bytes

from rnnviz import attention, characters, checkpoints, sentiment
from rnnviz.attention.model import save as save_attention
from rnnviz.attention.network import started
from rnnviz.attention.recipes import NetworkSpec
from rnnviz.attention.tasks import task
from rnnviz.characters.network import save as save_characters
from rnnviz.characters.network import unpack as unpack_characters
from rnnviz.checkpoints import RefusedError, reviews
from rnnviz.checkpoints.storing import MOST_LETTERS, reading
from rnnviz.doctor import examine
from rnnviz.history import History
from rnnviz.models import build
from rnnviz.record import Record
from rnnviz.sentiment.model import save as save_sentiment
from tests.characters.made_up import made_up
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives
from tests.sentiment.test_model import bag, model_of
from tests.test_checkpoints import checkpoint
from tests.test_history import made
from tests.watching.test_record import made as made_record

TEXT: Final = "The film is not good!"


class Case(NamedTuple):
    """A file of numbers and the card beside it."""

    content: bytes
    card: bytes


class Kind(NamedTuple):
    """Files of one kind: as they should be, what their notes are called, their names, how they are read and used."""

    files: list[Case]
    note: str
    name: str
    use: Callable[[Path], object]


def kind_of(name: str, folder: Path) -> Kind:
    """A kind of files, some of which it has written."""
    if name == "checkpoint":
        checkpoints.save(checkpoint("mine-1-lstm"), folder)
        return Kind(_written(folder, "mine-1-lstm"), "checkpoint", "mine-1-lstm", _use_checkpoint)
    if name == "history":
        made().save(folder / "0.safetensors")
        return Kind(_written(folder, "0"), "history", "0", lambda path: History.load(path).to_frame())
    if name == "record":
        made_record().save(folder)
        return Kind(_written(folder, "record"), "record", "record", lambda path: examine(Record.load(path.parent)))
    if name == "characters":
        save_characters(made_up(name="python-lstm"), folder)
        return Kind(_written(folder, "python-lstm"), "characters", "python-lstm", _use_characters)
    if name == "attention":
        learned = task("reverse")
        network = started(NetworkSpec("dot", len(learned.read), len(learned.said), 4, 6), 3).eval()
        save_attention(attention.AttentionModel("reverse-dot", network, learned, {"learned": 30}), folder)
        return Kind(_written(folder, "reverse-dot"), "note", "reverse-dot", _use_attention)
    if name == "bag":
        save_sentiment(bag(), folder)
        return Kind(_written(folder, "bag-of-words"), "note", "bag-of-words", _use_sentiment)
    files = []
    for has_attention in (True, False):
        save_sentiment(model_of(attention=has_attention), folder)
        files += _written(folder, "bilstm")
    if name == "sentiment":
        return Kind(files, "note", "bilstm", _use_sentiment)
    measured = json.dumps({"test": {"reviews": 100, "accuracy": 0.5}}).encode()
    return Kind([file._replace(card=measured) for file in files], "note", "bilstm", _use_reviews)


KINDS: Final = ("checkpoint", "history", "record", "characters", "attention", "bag", "sentiment", "reviews")


def _written(folder: Path, name: str) -> list[Case]:
    card = (folder / name).with_suffix(".json")
    return [Case((folder / f"{name}.safetensors").read_bytes(), card.read_bytes() if card.exists() else b"")]


def _use_checkpoint(path: Path) -> None:
    found = checkpoints.load(path.stem)
    build(found.model)
    found.vectors(["yes", "perhaps"])


def _use_characters(path: Path) -> None:
    found = characters.load(path.stem, path.parent)
    found.logits("(a)")
    assert characters.card(path.stem, path.parent) == found.card


def _use_attention(path: Path) -> None:
    attention.load(path.stem, path.parent).decode("12", limit=2)


def _use_sentiment(path: Path) -> None:
    assert np.isfinite(sentiment.load(path.stem, path.parent).predict([TEXT])).all()


def _use_reviews(path: Path) -> None:
    with reading():
        found = reviews.read("reviews-bilstm-lstm", path.read_bytes(), path.with_suffix(".json").read_text("utf-8"))
    found.vectors(TEXT.split())


def fuzzer(name: str, folder: Path) -> Fuzzer[Case]:
    """Damaged and hostile files of a kind."""
    kind, stamps = kind_of(name, folder), count(1)

    def case(chosen: Random) -> Case:
        content, card = chosen.choice(kind.files)
        if card and chosen.random() < 0.3:
            return Case(content, _card(chosen, card))
        return Case(mutations.tensor_file(chosen, content, kind.note), card)

    def attempt(case: Case) -> Iterator[str]:
        path, stamp = folder / f"{kind.name}.safetensors", next(stamps)
        for file, content in ((path, case.content), (path.with_suffix(".json"), case.card)):
            file.write_bytes(content)
            os.utime(file, ns=(stamp, stamp))  # what was read is remembered until this changes
        try:
            with torch.backends.mkldnn.flags(enabled=False):  # which gets ready for each new network, for 30 ms
                kind.use(path)
        except RefusedError as error:
            yield str(error)

    return Fuzzer(name, case, attempt)


def _card(chosen: Random, card: bytes) -> bytes:
    way = chosen.randrange(3)
    if way == 0:
        return mutations.content(chosen, card)
    if way == 1:
        return json.dumps(mutations.data(chosen, json.loads(card))).encode()
    return mutations.text(chosen, card.decode()).encode("utf-8", "replace")


@pytest.mark.filterwarnings("ignore:TF32 acceleration")  # said of other machines when oneDNN is let alone
@pytest.mark.parametrize("block", blocks(2))
@pytest.mark.parametrize("kind", KINDS)
def test_any_file_is_used_or_refused(kind: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    survives(fuzzer(kind, tmp_path), block)


# --- What the fuzzers have found ---


def test_a_file_with_very_many_arrays_is_refused_in_a_few_words(tmp_path: Path) -> None:
    """The message was as long as their names, with whatever these would do to a terminal."""
    kind = kind_of("characters", tmp_path)
    content = tensors_as_bytes(
        {f"\x1b[31m{'x' * 200}{k}": np.zeros(1, np.float32) for k in range(300)},
        metadata={"characters": mutations.note_of(kind.files[0].content, "characters")},
    )
    with pytest.raises(RefusedError, match="weights must be") as refused_as:
        unpack_characters(content)
    assert len(str(refused_as.value)) <= MOST_LETTERS
    assert str(refused_as.value).isprintable()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": [["[UNK]"], "the"]}, "vocabulary must begin with"),
        ({"tokens": "film"}, "tokens must be a list"),
        ({"tokens": ["[UNK]", "not", "not"]}, "vocabulary must be texts, each once"),
        ({"tokens": ["[UNK]", *map(str, range(9))]}, "must know the 10 words of its vocabulary; got 9"),
        ({"has_marks": "no"}, "has_marks True or False"),
        ({"temperature": 0.0}, "temperature must be a number in"),
        ({"temperature": float("nan")}, "temperature must be a number in"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_sentiment_model_whose_words_are_not_those_of_its_network_is_refused(
    changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    """They were read, and a review failed with IndexError or TypeError afterwards."""
    kind = kind_of("sentiment", tmp_path)
    _with_note(tmp_path / "bilstm.safetensors", kind.files[0].content, changes)
    with pytest.raises(RefusedError, match=message):
        sentiment.load("bilstm", tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": ["[UNK]", "the"]}, "bag must be 2 finite float16 numbers"),
        ({"bias": None}, "bias must be a number in"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bag_of_other_words_is_refused(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    kind = kind_of("bag", tmp_path)
    _with_note(tmp_path / "bag-of-words.safetensors", kind.files[0].content, changes)
    with pytest.raises(RefusedError, match=message):
        sentiment.load("bag-of-words", tmp_path)


def _with_note(path: Path, content: bytes, changes: dict[str, object]) -> None:
    note = json.loads(mutations.note_of(content, "note")) | changes
    path.write_bytes(tensors_as_bytes(read_tensors(content), metadata={"note": json.dumps(note)}))
