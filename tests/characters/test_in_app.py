"""A network learns a text while somebody waits: what is told, kept, stopped and gone on with."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rnnviz.characters import ngrams
from rnnviz.characters.in_app import SAMPLE, counted, recipe_of, train_on_text
from rnnviz.progress import CharacterProgress, character_progress_from_json
from rnnviz.spec import CharacterSpec, text_key, to_json

TEXT = "the cat sat on the mat; the dog sat on the log. " * 60
SPEC = CharacterSpec(text_key(TEXT), hidden_size=16, updates=60, batch=4, length=16)


def told_of(spec: CharacterSpec, text: str = TEXT, begun: bytes = b"", stop_at: int = 10**9):  # type: ignore[no-untyped-def]
    told: list[CharacterProgress] = []

    def tell(event: CharacterProgress) -> bool:
        told.append(event)
        return event.step < stop_at

    return (*train_on_text(spec, text, tell, begun), told)


def test_what_is_told_and_kept() -> None:
    model, _, told = told_of(SPEC)
    card = model.card
    assert [event.step for event in told] == list(range(1, 61))
    assert card["losses"] == pytest.approx([event.loss for event in told], abs=1e-4)
    assert [[event.step, event.validation] for event in told if event.validation is not None] == card["looks"]
    assert [step for step, _ in card["looks"]] == [50, 60]
    assert {event.counted for event in told} == {card["ngrams"]["bits"]}
    assert (told[0].sample, len(told[-1].sample)) == (told[0].sample, SAMPLE)
    assert [step for step, _ in card["samples"]] == [0, 10, 30, 60]
    assert card["samples"][-1][1] == told[-1].sample
    assert card["spec"] == to_json(SPEC)
    assert card["characters"] == {"train": len(TEXT) * 9 // 10, "validation": len(TEXT) - len(TEXT) * 9 // 10}
    assert card["losses"][-1] < card["losses"][0] / 2
    for event in told:
        assert character_progress_from_json(event.to_json()) == event


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_what_was_stopped_goes_on_to_the_same_bits(cell: str) -> None:
    spec = replace(SPEC, cell=cell)  # type: ignore[arg-type]
    whole, _, _ = told_of(spec)
    stopped, begun, told = told_of(spec, stop_at=23)
    assert told[-1].step == 23
    assert stopped.card["spec"] == to_json(replace(spec, updates=23))
    short, begun_by_short, _ = told_of(replace(spec, updates=23))
    assert short.card | {"seconds": 0} == stopped.card | {"seconds": 0}
    again, _, retold = told_of(spec, begun=begun if cell == "lstm" else begun_by_short)
    assert [event.step for event in retold] == list(range(1, 61))
    assert retold[21].loss == told[21].loss
    for name in ("losses", "looks", "samples", "validation", "ngrams"):
        assert again.card[name] == whole.card[name]
    for mine, theirs, other in zip(
        again.network.parameters(), whole.network.parameters(), stopped.network.parameters(), strict=True
    ):
        assert torch.equal(mine, theirs)
        assert not torch.equal(mine, other)


def test_what_was_begun_with_another_text_is_refused() -> None:
    _, begun, _ = told_of(SPEC, stop_at=3)
    with pytest.raises(ValueError, match="of the same settings and data"):
        told_of(SPEC, TEXT.replace("cat", "cow"), begun)


@pytest.mark.parametrize("length", [1_000, 1_500])
def test_a_short_text_is_read_in_fewer_stretches(length: int) -> None:
    spec = CharacterSpec("0" * 64, hidden_size=8, updates=2, batch=128, length=200)
    recipe = recipe_of(spec, length)
    assert recipe.batch == (length - 1) // 200
    assert recipe.length == 200
    model, _, _ = told_of(replace(spec, text=text_key(TEXT[:length])), TEXT[:length])
    assert model.card["characters"]["train"] == length * 9 // 10


def test_a_text_in_another_script_and_more_characters_than_are_known() -> None:
    text = "".join(chr(0x4E00 + k % 700) for k in range(3_000))
    model, _, _ = told_of(CharacterSpec(text_key(text), hidden_size=8, updates=2, batch=2, length=16), text)
    assert len(model.alphabet) == 256
    assert model.card["ngrams"]["order"] <= 8


def test_the_baseline_is_the_best_n_gram_on_what_is_held_back() -> None:
    ids = np.random.default_rng(0).integers(0, 5, 4_000)
    found = counted(ids[:3_000], ids[3_000:], 5)
    bits = ngrams.count(ids[:3_000], 5, ngrams.LARGEST).bits(ids[3_000:])
    assert found == {"order": int(bits.argmin()) + 1, "bits": pytest.approx(bits.min(), abs=1e-4)}
