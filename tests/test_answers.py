"""What trained networks output, in words, and the targets: those of the tasks, found again in any text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from rnnviz import checkpoints
from rnnviz.answers import _number, answers, classes_of
from rnnviz.checkpoints import Checkpoint
from rnnviz.names import CELLS
from rnnviz.spec import TOMITA, Edit, TaskName, TaskSpec, TrainSpec
from rnnviz.tasks import task
from rnnviz.text import characters_of, words_of
from rnnviz.ui.selection import DEFAULT, Selection, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from tests.together import together

OF_WORDS: Final = "they watch the watch near the river"


def trained(family: str, cell: str, text: str) -> Selection:
    return without_viewpoint(changed(changed(DEFAULT, cell=cell, trained=family), words=text))


def targets(known: Checkpoint, tokens: Sequence[str]) -> list[str]:
    logits = np.zeros((len(tokens), len(classes_of(known))), np.float32)
    return [one.target for one in answers(known, logits, tokens, logits)]


def on_task(name: TaskName) -> Checkpoint:
    """A checkpoint of a task; its weights are of no account here."""
    known = checkpoints.load("brackets-lstm" if task(TaskSpec(name)).splits == "characters" else "latch-lstm")
    assert isinstance(known.trained_by, TrainSpec)
    return replace(known, trained_by=replace(known.trained_by, task=TaskSpec(name)))


@together("name", ["latch", "order", "brackets", "copy", "flip-flop", *TOMITA])
def test_targets_are_those_of_the_task(name: TaskName) -> None:
    meant, known = task(TaskSpec(name)), on_task(name)
    for seed in range(20):
        example = meant.example(seed)
        wanted = [answer for answer in example.answers if answer] if meant.asked == 1 else list(example.answers)
        assert targets(known, example.inputs) == wanted


def test_where_the_input_is_none_of_the_task_no_target_is_made_up() -> None:
    assert targets(on_task("latch"), words_of("well yes no")) == [""]
    assert targets(on_task("order"), characters_of("axbyc")) == ["xy"]
    assert targets(on_task("order"), characters_of("axbyx")) == [""]
    assert targets(on_task("flip-flop"), ["1 0 -1", "0 1 0", "-1 0 0", "0.5 0 0", "0 0 0"]) == [
        "",
        "++-",
        "-+-",
        "",
        "",
    ]
    assert targets(on_task("flip-flop"), ["1 1", "1 1 1"]) == ["", ""]
    assert targets(on_task("copy"), characters_of("abc")) == ["", "", ""]
    assert targets(on_task("brackets"), characters_of("(a))(")) == ["1", "1", "0", "", ""]
    assert targets(on_task("brackets"), characters_of("(((((")) == ["1", "2", "3", "4", ""]
    assert targets(on_task("tomita-1"), list("11a1")) == ["accepted", "accepted", "", ""]
    assert targets(checkpoints.load("parity-gru"), list("10a1")) == ["odd", "odd", "", ""]
    assert targets(checkpoints.load("counting-gru"), list("21")) == ["1", "2"]
    assert targets(checkpoints.load("counting-gru"), list("212")) == ["1", "2", "end"]
    assert targets(checkpoints.load("counting-gru"), list("2132")) == ["1", "2", "", ""]
    assert targets(checkpoints.load("counting-gru"), ["many", "1"]) == ["", ""]
    assert targets(checkpoints.load("digit-word-rnn"), ["7", "x"]) == ["seven", ""]
    assert targets(checkpoints.load("word-classes-gru"), words_of(OF_WORDS)) == [""] * 7


def test_the_output_is_the_most_likely_class_with_its_probability() -> None:
    logits = np.array([[0, 0, np.log(8), 0, 0], [np.nan] * 5, [1000, 0, 0, 0, 0]], np.float32)
    found = answers(checkpoints.load("brackets-gru"), logits, list("((a"), logits)
    assert [(one.t, one.output, one.target, one.correct) for one in found] == [
        (0, "2", "1", False),
        (2, "0", "2", False),
    ]
    assert [one.probability for one in found] == pytest.approx([8 / 12, 1])


def test_a_sum_is_correct_if_it_is_near_and_its_target_is_known_where_two_numbers_are_marked() -> None:
    known = checkpoints.load("adding-lstm")
    x = np.array([[0.5, 1], [0.9, 0], [0.25, 1]], np.float32)
    logits = np.array([[9], [9], [0.77]], np.float32)
    (near,) = answers(known, logits, ("", "", ""), x)
    assert (near.t, near.output, near.probability, near.target, near.correct) == (2, "0.770", None, "0.750", True)
    assert answers(known, logits + 1, ("", "", ""), x)[0].correct is False
    x[1, 1] = 1
    (unknown,) = answers(known, logits, ("", "", ""), x)
    assert (unknown.target, unknown.correct) == ("", None)


@pytest.mark.parametrize("cell", CELLS)
def test_shipped_networks_of_brackets_are_right_on_a_text_as_in_training(cell: str) -> None:
    assert all(one.correct for one in networks.outputs(trained("brackets", cell, "f(x, g(y))")))
    assert networks.outputs(without_viewpoint(DEFAULT)) == ()


@pytest.mark.parametrize("name", ["bilstm", "lecture-bilstm", "lecture-lstm"])
@pytest.mark.parametrize("text", ["A superb film.", "A dull film, not worth an hour of anybody."])
def test_a_review_is_predicted_at_its_end_as_on_the_page_of_reviews(name: str, text: str) -> None:
    (found,) = networks.outputs(trained(f"reviews-{name}", "lstm", text))
    positive = float(networks.sentiment_model(name).predict([text])[0])
    assert found.output == ("positive" if positive > 0.5 else "negative")
    assert found.probability == pytest.approx(max(positive, 1 - positive), abs=1e-5)


def test_an_edited_output_layer_changes_the_prediction() -> None:
    seen = trained("reviews-bilstm", "lstm", "A superb film.")
    (edited,) = networks.outputs(replace(seen, edits=(Edit("head.bias", (0,), -50.0),)))
    assert edited.output == "negative"


def test_classes_that_are_none_are_refused() -> None:
    known = checkpoints.load("parity-gru")
    wrong: list[Any] = [None, "even", [1, 2], ["a"] * 101]
    assert [classes_of(replace(known, card={"answers": one})) for one in wrong] == [()] * 4
    assert classes_of(known) == ("even", "odd")


def test_a_sum_below_zero_has_the_sign_that_is_printed():
    (answer,) = _number(np.array([[-0.0174]]), np.array([[1.0, 1.0], [-0.5, 1.0]]))
    assert (answer.output, answer.target) == ("−0.017", "0.500")
    assert _number(np.array([[-0.25]]), np.array([[1.0, 0.0]]))[0].output == "−0.250"


def test_one_logit_is_of_two_classes_by_its_sigmoid() -> None:
    known = replace(checkpoints.load("word-classes-gru"), card={"answers": ["ham", "spam"]})
    logits = np.array([[2.0], [-1.0], [0.0]], np.float32)
    found = answers(known, logits, ["they", "watch", "the"], logits)
    assert [one.output for one in found] == ["spam", "ham", "ham"]
    np.testing.assert_allclose([one.probability for one in found], [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1)), 0.5])
