"""Training: the same by its seed, the same after an interruption, better than it began."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnviz.sentiment import fitting
from rnnviz.sentiment.fitting import Epoch, Event, Fitted
from rnnviz.sentiment.reading import batches_of, piece_of, random_of, window_of
from rnnviz.sentiment.recipes import Recipe
from rnnviz.sentiment.reviews import Part, Reviews, read
from tests.sentiment.made_up import LECTURE, OURS, go_on, interrupting, write_parquet


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[Part, Reviews]:
    return read(write_parquet(tmp_path_factory.mktemp("data") / "a"))


def ignore(event: Event[Epoch]) -> None:
    """Nobody is told."""


def same(one: Fitted, other: Fitted) -> bool:
    pairs = zip(one.network.parameters(), other.network.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs) and one.history == other.history


@pytest.mark.parametrize("recipe", [LECTURE, OURS], ids=lambda recipe: recipe.name)
def test_interrupted_or_not(
    recipe: Recipe, data: dict[Part, Reviews], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = go_on(recipe, data, tmp_path / "whole", ignore)
    monkeypatch.setattr(fitting, "SAVED_EVERY", 0.0)  # so that there is something to go on from within an epoch, too
    interruptions = 0
    while True:
        try:
            again = go_on(recipe, data, tmp_path / "again", interrupting(7))
            break
        except KeyboardInterrupt:
            interruptions += 1
    assert interruptions > 2
    assert same(whole, again)


def test_what_was_not_saved_is_done_again(data: dict[Part, Reviews], tmp_path: Path) -> None:
    whole = go_on(OURS, data, tmp_path / "whole", ignore)
    for after in (3, 10):  # within the first epoch, and after it: nothing is saved between
        with pytest.raises(KeyboardInterrupt):
            go_on(OURS, data, tmp_path / "again", interrupting(after))
    assert same(whole, go_on(OURS, data, tmp_path / "again", ignore))


def test_seeds(data: dict[Part, Reviews], tmp_path: Path) -> None:
    one, other, again = (
        go_on(replace(OURS, seed=seed), data, tmp_path / name, ignore) for name, seed in (("a", 1), ("b", 2), ("c", 1))
    )
    assert same(one, again)
    assert not same(one, other)


def test_only_the_phase_that_asks_for_phrases_reads_some(data: dict[Part, Reviews], tmp_path: Path) -> None:
    without = replace(OURS, phases=(OURS.phases[0], replace(OURS.phases[1], phrases=0)))
    one, other = (go_on(recipe, data, tmp_path / name, ignore) for name, recipe in (("a", OURS), ("b", without)))
    assert one.history[0] == other.history[0]
    assert one.history[1]["validation_loss"] != other.history[1]["validation_loss"]


def test_torchs_own_random_numbers_are_left_alone(data: dict[Part, Reviews], tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    go_on(OURS, data, tmp_path / "a", ignore)
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("recipe", [LECTURE, OURS], ids=lambda recipe: recipe.name)
def test_something_is_learned_and_told(recipe: Recipe, data: dict[Part, Reviews], tmp_path: Path) -> None:
    events: list[Event[Epoch]] = []
    fitted = go_on(recipe, data, tmp_path / "a", events.append)
    assert [entry["phase"] for entry in fitted.history] == [
        k for k, phase in enumerate(recipe.phases) for _ in range(phase.epochs)
    ]
    assert fitted.history[-1]["loss"] < 0.8 * fitted.history[0]["loss"]
    assert fitted.history[-1]["validation_accuracy"] > 0.75
    ends = [event for event in events if event.measured.validation is not None]
    assert [event.measured.validation for event in ends] == [entry["validation_accuracy"] for entry in fitted.history]
    assert [event.measured.phase for event in ends] == [int(entry["phase"]) + 1 for entry in fitted.history]
    for phase in range(1, len(recipe.phases) + 1):
        steps = [event.step for event in events if event.measured.phase == phase]
        assert steps == list(range(1, events[-1].steps + 1)) or phase < len(recipe.phases)
    assert fitted.seconds > 0


def test_another_training_is_not_gone_on_with(data: dict[Part, Reviews], tmp_path: Path) -> None:
    go_on(LECTURE, data, tmp_path / "a", ignore)
    with pytest.raises(ValueError, match="must be of the same settings and data; it is of others"):
        go_on(replace(LECTURE, seed=9), data, tmp_path / "a", ignore)
    (tmp_path / "a").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="expected an unfinished training"):
        go_on(LECTURE, data, tmp_path / "a", ignore)


def test_teachers_need_somebody_to_teach_by(data: dict[Part, Reviews], tmp_path: Path) -> None:
    without = data | {"unlabelled": Reviews((), np.empty(0, np.float32))}
    with pytest.raises(ValueError, match="bilstm must have the unlabelled reviews too; got none"):
        go_on(OURS, without, tmp_path / "a", ignore)


def test_each_review_once_an_epoch_with_others_of_its_length() -> None:
    lengths = np.random.Generator(np.random.PCG64(0)).integers(1, 1000, 3000)
    batches = batches_of(lengths, 32, random_of(1))
    assert sorted(np.concatenate(batches)) == list(range(3000))
    assert np.mean([np.ptp(lengths[batch]) for batch in batches]) < 60
    assert [len(batch) for batch in batches].count(32) >= 3000 // 32 - 1
    again = batches_of(lengths, 32, random_of(1))
    assert all((a == b).all() for a, b in zip(batches, again, strict=True))
    assert any(
        (a != b).any() for a, b in zip(batches, batches_of(lengths, 32, random_of(2)), strict=False) if len(a) == len(b)
    )


def test_windows() -> None:
    review = np.arange(100)
    random = random_of(3)
    found = [window_of(review, 30, random) for _ in range(2000)]
    assert {len(window) for window in found} == {30}
    assert all((np.diff(window) == 1).all() for window in found)
    assert min(window[0] for window in found) == 0
    assert max(window[-1] for window in found) == 99
    assert window_of(review, None, random) is review
    assert window_of(review, 100, random) is review


def test_pieces_begin_where_sentences_do() -> None:
    review = np.array([5, 6, 7, 1, 8, 9, 2, 5, 1, 6, 6, 6, 6])  # 1 and 2 end sentences
    random = random_of(4)
    found = {tuple(piece_of(review, (1, 2), random)) for _ in range(500)}
    assert {piece[0] for piece in found} == {5, 8, 6}
    assert {(5, 6, 7, 1), (5, 6, 7, 1, 8, 9, 2), (8, 9, 2), (6, 6, 6, 6), (5, 6)} <= found
    assert all(sum(word in (1, 2) for word in piece[:-1]) <= 1 for piece in found)
    assert len(piece_of(np.arange(3, 300), (1, 2), random)) <= 60
    assert piece_of(np.array([], int), (1, 2), random).tolist() == []
