"""What ships is made by a command: interrupted and gone on with, its snapshots, its card, its baseline."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from rnnviz import characters, cli
from rnnviz.characters import ngrams, training
from rnnviz.characters.corpus import PRINTABLE, Corpus
from rnnviz.characters.recipes import RECIPES
from rnnviz.characters.training import alphabet_of, baseline, make
from rnnviz.train import Event

SOURCE: Final = "def f(x):\n    return {x: 1}\n" * 200
CORPUS: Final = Corpus("made-up source", SOURCE, SOURCE[:2_000], SOURCE[300:1_500])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(RECIPES["python-lstm"], hidden_size=8, updates=25, batch=4, length=20)
    monkeypatch.setitem(RECIPES, "python-lstm", recipe)  # type: ignore[arg-type]
    monkeypatch.setattr(training, "LOOK_EVERY", 10)
    monkeypatch.setattr(training, "_SAVED_EVERY", 0.0)
    taken: Any = training.TAKEN_AT
    for name, at in {"python-lstm@early": 5, "python-lstm@middle": 15}.items():
        monkeypatch.setitem(taken, name, at)


def test_what_is_interrupted_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = make("python-lstm", CORPUS, tmp_path / "whole", lambda _: None)

    def interrupt(event: Event) -> None:
        if event.step == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make("python-lstm", CORPUS, tmp_path / "parts", interrupt)
    assert (tmp_path / "parts" / "python-lstm.unfinished").is_file()
    told: list[Event] = []
    parts = make("python-lstm", CORPUS, tmp_path / "parts", told.append)
    assert [event.step for event in told] == [10, 20, 25]  # the one that was interrupted is looked at again
    assert not list((tmp_path / "parts").glob("*.unfinished"))
    assert parts.card | {"seconds": 0} == whole.card | {"seconds": 0}
    for mine, theirs in zip(parts.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    for name in characters.SNAPSHOTS:
        assert (tmp_path / "parts" / f"{name}.safetensors").is_file()


def test_a_card(tmp_path: Path) -> None:
    model = make("python-lstm", CORPUS, tmp_path, lambda _: None)
    card = model.card
    assert card == characters.card("python-lstm", tmp_path)
    assert card["data"] == "made-up source"
    assert card["characters"] == {"train": len(SOURCE), "validation": 2_000, "test": 1_200}
    assert card["curve"]["update"] == [10, 20, 25]
    for part in ("validation", "test"):
        bits = np.nanmean(model.bits(getattr(CORPUS, part)))
        assert card[part] == pytest.approx(bits, abs=6e-5)
    assert card["ngrams"] == baseline(CORPUS, model.alphabet)
    assert [characters.card(name, tmp_path)["update"] for name in training.TAKEN_AT] == [0, 5, 15]


def test_the_baseline_is_chosen_on_the_validation_text_and_measured_on_the_test_text() -> None:
    alphabet = alphabet_of(CORPUS)
    counted = ngrams.count(alphabet.encode(SOURCE), len(alphabet), ngrams.LARGEST)
    found = baseline(CORPUS, alphabet)
    assert found["order"] == counted.bits(alphabet.encode(CORPUS.validation)).argmin() + 1
    np.testing.assert_allclose(found["test"], counted.bits(alphabet.encode(CORPUS.test)), atol=6e-5)


def test_source_has_all_that_can_be_printed_and_other_texts_what_is_in_them() -> None:
    assert alphabet_of(CORPUS).symbols == PRINTABLE
    play = Corpus("a play", "To be, or not to be?\n" * 9, "to be", "to be")
    assert alphabet_of(play).symbols == "".join(sorted(set(play.train)))


def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "characters", "--out", str(tmp_path)]) == 1
    assert "needs --data tinyshakespeare.txt" in capsys.readouterr().err
    assert cli.main(["train", "characters", "--only", "nobody"]) == 1
    assert "--only must be one of" in capsys.readouterr().err
    missing = ["train", "characters", "--only", "shakespeare-rnn", "--data", str(tmp_path / "no.txt")]
    assert cli.main(missing) == 1
    assert not list(tmp_path.glob("*.safetensors"))


def test_the_command_makes_what_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Shall I compare thee, or shall I not?\n" * 400, encoding="utf-8")
    recipe = replace(RECIPES["shakespeare-rnn"], hidden_size=8, updates=4, batch=4, length=20)
    monkeypatch.setitem(RECIPES, "shakespeare-rnn", recipe)  # type: ignore[arg-type]
    assert (
        cli.main(["train", "characters", "--only", "shakespeare-rnn", "--data", str(text), "--out", str(tmp_path)]) == 0
    )
    said = capsys.readouterr().out
    assert "shakespeare-rnn: 4 of 4, bits per character" in said
    assert "bits per character on the test text" in said
    assert characters.load("shakespeare-rnn", tmp_path).card["data"] == "text.txt"
