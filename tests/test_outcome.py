"""What a training came to: read off its history, kept as text, checked."""

import math
from dataclasses import replace

import pytest

from rnnviz.history import NEVER
from rnnviz.outcome import Outcome, as_text, from_text, outcome
from rnnviz.train import train
from tests.train.specs import spec_of

SPEC = spec_of("latch", "rnn", 3, seeds=(1, 4), steps=200, every=10, goal=0.99, optimizer="adam", rate=0.01)
MADE = Outcome(SPEC, (0, 20, 40), ((0.5, math.nan), (0.25, 0.5, 1.0)), (NEVER, 40))


def test_it_is_what_the_history_says() -> None:
    history = train(replace(SPEC, goal=None, steps=60))
    found = outcome(history)
    assert found.spec == history.spec
    assert found.measured_at == (0, 10, 20, 30, 40, 50, 60)
    assert found.scores == tuple(tuple(round(float(value), 4) for value in row) for row in history.score)
    assert found.solved_at == (NEVER, NEVER)
    assert found.solved == 0
    assert found.last == tuple(row[-1] for row in found.scores)


def test_a_run_that_is_solved_ends_there() -> None:
    history = train(SPEC)
    found = outcome(history)
    assert found.solved == 2
    for run, at in enumerate(found.solved_at):
        assert found.measured_at[len(found.scores[run]) - 1] == at == history.taken[run]
        assert found.scores[run][-1] >= 0.99
        assert max(found.scores[run][:-1]) < 0.99
    assert found.solved_at[0] != found.solved_at[1], "one run goes on after the other has ended"


def test_there_and_back() -> None:
    text = as_text([MADE], torch="2.0")
    (found,), about = from_text(text)
    assert about == {"torch": "2.0"}
    assert (found.spec, found.measured_at, found.solved_at) == (MADE.spec, MADE.measured_at, MADE.solved_at)
    assert math.isnan(found.scores[0][1])
    assert found.scores[1] == MADE.scores[1]
    assert as_text([found], torch="2.0") == text
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("scores", "solved_at", "message"),
    [
        (((0.5,),), (NEVER, NEVER), "scores and solved_at must have 2 runs; got 1 and 2"),
        (((0.5,), ()), (NEVER, NEVER), r"scores must have 1 to 2 numbers a run; got \[1, 0\]"),
        (((0.5,), (1.0, 1.0, 1.0)), (NEVER, NEVER), r"scores must have 1 to 2 numbers a run; got \[1, 3\]"),
    ],
)
def test_what_is_none(scores: tuple[tuple[float, ...], ...], solved_at: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Outcome(SPEC, (0, 20), scores, solved_at)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"outcomes": []}', '{"about": {}, "outcomes": [{}]}', as_text([MADE]).replace('"rnn"', '"cnn"')],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected outcomes as as_text writes them"):
        from_text(text)
