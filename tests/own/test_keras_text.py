"""The vocabulary in a file of Keras: its tokens, and texts as its TextVectorization splits them."""

import json
import re
import string
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rnnviz import extras, own
from rnnviz.own.keras_text import vocabulary

SHIPPED = Path(__file__).parents[1] / "own_corpus" / "shipped" / "text3.keras"
WORDS = ("the", "film", "good", "bad", "not")
TEXTS = (
    "Not good, the FILM!", "  the\tfilm\n", "", "!?", "don't [the] \\film^ `good`", "É the É", "the\u00a0film",
    "a-b good-film",
)  # fmt: skip
SETTINGS = {
    "standardize": "lower_and_strip_punctuation", "split": "whitespace", "output_mode": "int", "ngrams": None,
    "output_sequence_length": None, "vocabulary": [*WORDS, "goodfilm", "É"],
}  # fmt: skip


def as_keras(text: str, settings: dict[str, Any]) -> list[int]:
    """The numbers of a text by what Keras documents: letters of ASCII, its punctuation, spaces of ASCII."""
    if "lower" in (settings["standardize"] or ""):
        text = "".join(letter.lower() if letter in string.ascii_uppercase else letter for letter in text)
    if "strip" in (settings["standardize"] or ""):
        text = "".join(letter for letter in text if letter not in string.punctuation)
    numbers = {token: number for number, token in enumerate(settings["vocabulary"], 2)}
    return [numbers.get(token, 1) for token in re.split("[ \t\n\v\f\r]+", text) if token]


@pytest.mark.parametrize("standardize", [None, "lower", "strip_punctuation", "lower_and_strip_punctuation"])
def test_texts_are_split_as_keras_does(standardize: str | None) -> None:
    settings = SETTINGS | {"standardize": standardize}
    known = vocabulary(settings)
    assert known.tokenizer is not None
    assert known.tokenizer.numbers(TEXTS) == [as_keras(text, settings) for text in TEXTS]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("split", "character", "its split must be whitespace"),
        ("output_mode", "multi_hot", "its output_mode must be int"),
        ("ngrams", 2, "its ngrams must be None"),
        ("output_sequence_length", 200, "its output_sequence_length must be None"),
        ("standardize", {"class_name": "function"}, "a function of its model"),
        ("vocabulary", "the", "its vocabulary must be a list of texts"),
        ("vocabulary", [], "it must have a vocabulary"),
        ("vocabulary", ["the", "the"], "each token must come once"),
    ],
)
def test_what_a_tokenizer_would_do_otherwise_is_refused(name: str, value: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        vocabulary(SETTINGS | {name: value})


def test_a_model_brings_its_vocabulary() -> None:
    known = own.open_file(SHIPPED)
    assert known.vocabulary == ("", "[UNK]", *WORDS)
    assert own.split(known, "Not good, the film, really!") == ("not", "good", "the", "film", "[UNK]")


def changed(folder: Path, *, learned: str | None = None, **settings: object) -> Path:
    """The same model with other settings of its TextVectorization, and perhaps what it learned from texts."""
    path = folder / "mine.keras"
    with zipfile.ZipFile(SHIPPED) as given, zipfile.ZipFile(path, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name == "config.json":
                config = json.loads(content)
                layer = next(one for one in config["config"]["layers"] if one["class_name"] == "TextVectorization")
                layer["config"] |= settings
                content = json.dumps(config).encode()
            made.writestr(name, content)
        if learned is not None:
            made.writestr("assets/layers/text_vectorization/vocabulary.txt", learned)
    return path


def test_a_vocabulary_that_was_learned_from_texts_is_an_asset(tmp_path: Path) -> None:
    path = changed(tmp_path, learned="\n".join(["", "[UNK]", *reversed(WORDS)]), vocabulary=None)
    assert own.open_file(path).vocabulary == ("", "[UNK]", *reversed(WORDS))


def test_one_that_is_not_understood_is_left_out_with_its_reason(tmp_path: Path) -> None:
    path = changed(tmp_path, ngrams=2)
    assert own.open_file(path).vocabulary == tuple("0123456")
    assert own.read(path.name, path.read_bytes()).left_out == (
        "the vocabulary of vectorize; its ngrams must be None; got 2",
    )


def test_without_the_package_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    find = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "tokenizers" else find(name))
    (reason,) = own.read(SHIPPED.name, SHIPPED.read_bytes()).left_out
    assert "needs tokenizers" in reason


def test_a_vocabulary_of_ones_own_comes_first(tmp_path: Path) -> None:
    mine = tmp_path / "vocab.json"
    mine.write_text(json.dumps(["<pad>", "[UNK]", *"abcde"]))
    assert own.open_file(SHIPPED, vocabulary=mine).vocabulary == ("<pad>", "[UNK]", *"abcde")
