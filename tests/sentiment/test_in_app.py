"""A network of the lecture trained on a few reviews: the same for equal settings, measured as it is kept, stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnviz.checkpoints.storing import RefusedError
from rnnviz.sentiment.fitting import Epoch, Event, fit
from rnnviz.sentiment.in_app import recipe_of, some_of, train_on_few
from rnnviz.sentiment.recipes import RECIPES
from rnnviz.sentiment.reviews import Part, Reviews, read
from rnnviz.spec import ReviewSpec, to_json
from tests.sentiment.made_up import write_many

SPEC = ReviewSpec("lecture-bilstm", reviews=150, words=12, epochs=2, rate=0.01, batch_size=32, seed=3)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[Part, Reviews]:
    return read(write_many(tmp_path_factory.mktemp("data"), 300))


def test_the_recipe_is_the_lectures_but_for_what_is_said() -> None:
    recipe, lectures = recipe_of(SPEC), RECIPES["lecture-bilstm"]
    assert recipe.network == lectures.network
    assert [(phase.epochs, phase.rate, phase.fades) for phase in recipe.phases] == [(2, 0.01, True)]
    assert recipe.max_norm == 1
    assert (recipe.window, recipe.batch_size, recipe.seed) == (12, 32, 3)
    assert (recipe.has_marks, recipe.noise, recipe.is_calibrated) == (False, lectures.noise, False)


def test_some_are_drawn_by_the_seed_each_once(data: dict[Part, Reviews]) -> None:
    some, again, others = (some_of(spec, data)["train"] for spec in (SPEC, SPEC, replace(SPEC, seed=4)))
    assert len(set(some.texts)) == 150
    assert some.texts == again.texts != others.texts
    label = dict(zip(data["train"].texts, data["train"].labels, strict=True))
    np.testing.assert_array_equal(some.labels, [label[text] for text in some.texts])


def test_what_comes_of_it_is_what_fitting_gives_and_is_measured_as_it_is_kept(
    data: dict[Part, Reviews], tmp_path: Path
) -> None:
    told: list[Event[Epoch]] = []
    model = train_on_few(SPEC, data, lambda event: told.append(event) or True)  # type: ignore[func-returns-value]
    assert model is not None
    card = model.card
    assert [event.step for event in told] == list(range(1, SPEC.steps + 1))
    assert card["losses"] == [event.loss[0] for event in told]
    ends = [event for event in told if event.measured.validation is not None]
    assert [(entry["accuracy"], entry["validation_accuracy"]) for entry in card["history"]] == [
        (event.measured.accuracy, event.measured.validation) for event in ends
    ]
    assert card["history"][0]["loss"] == pytest.approx(np.mean(card["losses"][:5]), abs=0.01)
    validation = data["validation"]
    right = np.mean((model.predict(validation.texts) > 0.5) == (validation.labels > 0.5))
    assert card["validation"]["accuracy"] == pytest.approx(right, abs=1e-4)
    assert card["reviews"] == {"train": 150, "validation": len(validation), "unlabelled": 0}
    assert card["spec"] == to_json(SPEC)
    fitted = fit(recipe_of(SPEC), some_of(SPEC, data), lambda _: None)
    for name, parameter in fitted.network.state_dict().items():
        np.testing.assert_array_equal(model.network.state_dict()[name].numpy(), parameter.numpy().astype(np.float16))  # type: ignore[union-attr]


def test_it_learns(tmp_path: Path) -> None:
    spec = replace(SPEC, reviews=1_000, words=40)
    model = train_on_few(spec, read(write_many(tmp_path, 1_200)), lambda _: True)
    assert model is not None
    assert model.card["validation"]["accuracy"] > 0.75
    assert model.card["losses"][0] > 0.6
    assert model.card["history"][-1]["loss"] < 0.5


def test_it_is_stopped_at_any_update(data: dict[Part, Reviews]) -> None:
    told: list[int] = []

    def until_three(event: Event[Epoch]) -> bool:
        told.append(event.step)
        return event.step < 3

    assert train_on_few(SPEC, data, until_three) is None
    assert told == [1, 2, 3]


def test_too_few_reviews_are_refused(data: dict[Part, Reviews]) -> None:
    with pytest.raises(ValueError, match="there must be at least 2,000 reviews to learn from and some for validation;"):
        train_on_few(ReviewSpec(), data, lambda _: True)


def test_it_goes_on_from_what_was_kept_and_tells_all_of_it_again(data: dict[Part, Reviews]) -> None:
    kept: list[tuple[int, bytes]] = []
    whole: list[Event[Epoch]] = []
    first = train_on_few(SPEC, data, lambda event: whole.append(event) or True, keep=lambda *part: kept.append(part))  # type: ignore[func-returns-value]
    told: list[Event[Epoch]] = []
    again = train_on_few(SPEC, data, lambda event: told.append(event) or True, begun=kept[0][1])  # type: ignore[func-returns-value]
    assert first is not None
    assert again is not None
    assert [event.step for event in told] == [event.step for event in whole]
    np.testing.assert_allclose([event.loss[0] for event in told], [event.loss[0] for event in whole], rtol=1e-4)
    assert again.card["losses"] == [event.loss[0] for event in told]
    for name, parameter in first.network.state_dict().items():  # type: ignore[union-attr]
        np.testing.assert_allclose(again.network.state_dict()[name], parameter, rtol=1e-3, atol=1e-5)  # type: ignore[union-attr]


@pytest.mark.parametrize("stop", [1, 3, 5, 8, 10], ids=lambda step: f"after update {step}")
def test_what_was_stopped_and_goes_on_is_the_same_to_the_bit(data: dict[Part, Reviews], stop: int) -> None:
    """Within an epoch, at the end of one, and after the last update; and stopped once more on the way."""
    whole: list[Event[Epoch]] = []
    expected = train_on_few(SPEC, data, lambda event: whole.append(event) or True)  # type: ignore[func-returns-value]
    kept: list[tuple[int, bytes]] = []
    begun = b""
    for at in (max(1, stop - 2), stop):
        assert (
            train_on_few(SPEC, data, lambda event, at=at: event.step < at, begun, lambda *part: kept.append(part))
            is None
        )  # type: ignore[misc]
        made, begun = kept[-1]
        assert made == at
    told: list[Event[Epoch]] = []
    again = train_on_few(SPEC, data, lambda event: told.append(event) or True, begun)  # type: ignore[func-returns-value]
    assert expected is not None
    assert again is not None
    assert told == whole
    for name in ("losses", "history", "validation"):
        assert again.card[name] == expected.card[name]
    for name, parameter in expected.network.state_dict().items():  # type: ignore[union-attr]
        assert torch.equal(again.network.state_dict()[name], parameter), name  # type: ignore[union-attr]


def test_what_was_kept_at_the_end_is_enough_for_the_result(data: dict[Part, Reviews]) -> None:
    """As of a process that was killed after its last update."""
    kept: list[tuple[int, bytes]] = []
    expected = train_on_few(SPEC, data, lambda _: True, keep=lambda *part: kept.append(part))
    assert kept[-1][0] == SPEC.steps
    again = train_on_few(SPEC, data, lambda _: True, kept[-1][1])
    assert expected is not None
    assert again is not None
    assert again.card["losses"] == expected.card["losses"]


@pytest.mark.parametrize("begun", [b"nonsense", b""], ids=["damaged", "of other settings"])
def test_what_it_cannot_go_on_from_is_refused(begun: bytes, data: dict[Part, Reviews]) -> None:
    kept: list[bytes] = []
    if not begun:
        train_on_few(replace(SPEC, seed=4), data, lambda _: True, keep=lambda _, content: kept.append(content))
        begun = kept[0]
    with pytest.raises(RefusedError, match="expected an unfinished training"):
        train_on_few(SPEC, data, lambda _: True, begun)
