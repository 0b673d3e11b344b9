"""Questions about descents, first updates, clipping and tasks that need memory, against torch."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints, memory_grid
from rnnviz.cliff import Settings
from rnnviz.clipping import PRESETS, RATED, USUAL, shipped_pair, shipped_rates
from rnnviz.models import build
from rnnviz.pictures.cliff import end
from rnnviz.spec import TaskSpec
from rnnviz.tasks import task
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import questions as clipping
from rnnviz.ui.pages.memory import questions as memory
from rnnviz.ui.shell.question import Question
from tests.ui.questions.answering import answered, asked_of, right, stretch


def ends_on_the_map(settings: Settings, *, clipped: bool) -> bool:
    """Where a descent by torch's autograd and SGD is before its last step."""
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (settings.w, settings.b))
    descent = torch.optim.SGD([w, b], lr=settings.rate)
    for _ in range(settings.steps - 1):
        x = torch.tensor(0.5, dtype=torch.float64)
        for _ in range(50):
            x = w * torch.sigmoid(x) + b
        descent.zero_grad()
        ((torch.sigmoid(x) - 0.7) ** 2).backward()
        if clipped and settings.max_norm is not None:
            nn.utils.clip_grad_norm_([w, b], settings.max_norm)
        descent.step()
    return 4 <= w.item() <= 8 and -4 <= b.item() <= -2


@pytest.mark.parametrize("settings", [Settings(6.0, -3.05, max_norm=1.0, steps=120), Settings(5, -2.5, 0.2, 0.5, 60)])
def test_which_descent_ends_off_the_map(settings: Settings) -> None:
    asked = clipping.ask("cliff", settings)
    assert not isinstance(asked, str)
    for question in asked:
        start = question.about[1]  # type: ignore[index]
        assert f"{start.w:g}" in question.text
        ends = tuple(ends_on_the_map(start, clipped=clipped) for clipped in (False, True))
        only, both, neither = question.options
        wanted = {(False, True): only, (False, False): both, (True, True): neither}.get(ends)
        assert right(question) in ((wanted,), ())
    assert asked[0].about[1].rate == settings.rate  # type: ignore[index]


def test_a_descent_whose_end_hangs_on_the_last_digits_is_not_asked_about() -> None:
    asked = clipping.ask_cliff(Settings(6.0, -3.05, rate=0.05, max_norm=0.3))
    ends = [end(cliff_view.both(question.about[1])[0]) for question in asked]  # type: ignore[index]
    assert "chance" in ends
    assert [right(question) == () for question in asked] == [one == "chance" for one in ends]


@pytest.mark.parametrize("shown", RATED)
def test_which_arm_reaches_the_lower_loss_is_asked_of_the_networks_that_are_not_shown(shown: str) -> None:
    asked = asked_of(clipping.ask("rates", shown), "is trained on adding")
    assert [question.about for question in asked] == [("rates", name) for name in RATED if name != shown]
    for question in asked:
        found = shipped_rates(question.about[1])  # type: ignore[index]
        lowest = {arm: np.sort(getattr(found, arm), axis=1)[:, 9:11].mean(1) for arm in ("unclipped", "clipped")}
        best = min(lowest, key=lambda arm: float(np.nanmin(lowest[arm])))
        assert right(question) == (f"The {best} one",)


@pytest.mark.parametrize(("max_norm", "max_value"), [(1.0, None), (0.1, None), (None, 2.0), (None, None), (30.0, None)])
def test_clipping_is_torchs(max_norm: float | None, max_value: float | None) -> None:
    for question in asked_of(clipping.ask_arithmetic(max_norm, max_value), "A gradient is"):
        _, kind, vector, limit = question.about  # type: ignore[misc]
        assert kind in ("norm", "value")
        parameter = nn.Parameter(torch.zeros(2, dtype=torch.float64))
        parameter.grad = torch.tensor(vector, dtype=torch.float64)
        {"norm": nn.utils.clip_grad_norm_, "value": nn.utils.clip_grad_value_}[kind]([parameter], limit)
        (option,) = right(question)
        got = [float(part.replace("−", "-")) for part in option.strip("()").split(", ")]
        np.testing.assert_allclose(got, parameter.grad.numpy(), rtol=1e-3)


def test_each_view_of_a_training_asks_a_question_of_its_own() -> None:
    spec = PRESETS["IRNN, SGD"]
    for view, part in {"training": "another preset", "thresholds": "by norm", "code": "clip_grad_"}.items():
        asked = clipping.ask(view, spec)
        assert not isinstance(asked, str)
        assert all(part in question.text for question in asked)
        assert any(right(question) for question in asked)
        assert clipping.ask(view, None) == ""
    for question in asked_of(clipping.ask("code", spec), ""):
        assert f"limit of {spec.max_norm or 1:g}" in question.text


@pytest.mark.parametrize("shown", PRESETS)
def test_how_often_clipping_shortens_is_asked_of_the_trainings_that_are_not_shown(shown: str) -> None:
    asked = asked_of(clipping.ask("training", PRESETS[shown]), "another preset")
    assert [question.about for question in asked] == [("shortened", name) for name in PRESETS if name != shown]
    for question in asked:
        clipped = shipped_pair(question.about[1])[1]  # type: ignore[index]
        share = float((clipped.grad_norm > clipped.spec.max_norm).mean())
        assert right(question) in ((stretch(share, (0.1, 0.5), question),), ())


@pytest.mark.parametrize("size", [1, 2, 32])
def test_the_threshold_of_the_norm_that_does_the_same_as_one_of_values(size: int) -> None:
    spec = replace(USUAL, model=replace(USUAL.model, hidden_size=size))
    for question in asked_of(clipping.ask("thresholds", spec), "leaves the same gradient"):
        _, _, limit = question.about  # type: ignore[misc]
        signs = torch.from_numpy(np.random.default_rng(0).choice([-1.0, 1.0], (size, size)))
        left = []
        for clip, most in ((nn.utils.clip_grad_value_, limit), (nn.utils.clip_grad_norm_, float(right(question)[0]))):
            parameter = nn.Parameter(torch.zeros(size, size, dtype=torch.float64))
            parameter.grad = 10 * limit * signs
            clip([parameter], most)
            left.append(parameter.grad.numpy())
        np.testing.assert_allclose(*left, rtol=1e-5)


# --- Memory ---


@pytest.mark.parametrize("place", range(len(memory.OFFERED)))
def test_how_many_longer_sequences_are_answered_rightly(place: int) -> None:
    variant, learned, read, at_home, there = memory.OFFERED[place]
    asked = memory.ask("grid", "latch")
    assert not isinstance(asked, str)
    question = asked[place]
    assert f"T = {learned}" in question.text
    assert f"T = {read}" in question.text
    family = f"memory-latch-{learned}-{variant.key}".removesuffix(f"-{variant.cell}")
    known = checkpoints.load(f"{family}-{variant.cell}")
    network = build(known.model)
    embedding = nn.Embedding.from_pretrained(torch.from_numpy(known.weights["embedding.weight"].copy()))

    def correct(length: int) -> int:
        batch = task(TaskSpec("latch", length)).draw(memory.COUNT, np.random.default_rng([7, length]))
        with torch.no_grad():
            logits = network(embedding(torch.from_numpy(batch.x)))
        assert (batch.y[:, 0] == batch.x[:, 0] - 1).all()
        return int((logits[:, -1].argmax(1).numpy() == batch.y[:, 0]).sum())

    count = correct(read)
    assert (correct(learned), count) == (at_home, there)
    assert all(abs(count - edge) > 2 for edge in memory.SCORES), "no question of rounding"
    assert right(question) in ((stretch(count, memory.SCORES, question),), ())
    assert f"{count} of {memory.COUNT}" in answered(question).said


def test_the_networks_that_are_asked_have_learned_their_task() -> None:
    for variant, learned, *_ in memory.OFFERED:
        outcome = memory_grid.shipped_of(memory_grid.cell_spec(TaskSpec("latch", learned), variant))
        assert outcome is not None
        assert outcome.solved_at[0] >= 0


def test_of_networks_that_the_grid_does_not_show_nothing_is_asked() -> None:
    assert memory.ask("grid", "copy") == ""


@pytest.mark.parametrize(("window", "steps"), memory.WINDOWS)
def test_how_far_a_window_reaches_is_what_a_detached_state_lets_through(window: int, steps: int) -> None:
    rnn, x = nn.RNN(1, 3, batch_first=True), torch.randn(1, steps, 1, requires_grad=True)
    state = torch.zeros(1, 1, 3)
    for chunk in (x[:, : steps - window], x[:, steps - window :]):
        output, state = rnn(chunk, state.detach())
    output[:, -1].sum().backward()
    assert x.grad is not None
    first = int(x.grad[0, :, 0].nonzero()[0])
    question = memory.ask("windows", "latch")[memory.WINDOWS.index((window, steps))]
    assert isinstance(question, Question)
    assert right(question) == (f"t = {first}",)


NAMES: Final = ("latch", "adding", "copy", "order")


@pytest.mark.parametrize("name", NAMES)
def test_which_kind_learned_it_better_is_what_ships(name: memory_grid.MemoryTask) -> None:
    for question in asked_of(memory.ask("tasks", name, 22), "were trained"):
        spec, pair = question.about[1:]  # type: ignore[index]
        assert spec.length in memory_grid.REGIMES[name].usual
        assert f"T = {spec.length}" in question.text
        found = []
        for variant in pair:
            outcome = memory_grid.shipped_of(memory_grid.cell_spec(spec, variant))
            assert outcome is not None
            found.append(outcome.last if name == "copy" else [-at if at >= 0 else -1e9 for at in outcome.solved_at])
        better = [k for k in (0, 1) if min(found[k]) > max(found[1 - k])]
        assert right(question) in [(), *((pair[k].label,) for k in better)]
        if name != "copy" and right(question):
            assert min(found[better[0]]) - max(found[1 - better[0]]) > memory.INTERVAL, "measured apart"
    for length in memory_grid.REGIMES[name].distances:
        assert any(right(one) for one in asked_of(memory.ask("tasks", name, length), "were trained"))


def test_what_nobody_learned_is_what_ships() -> None:
    solved = {name: sum(memory_grid.shipped()[spec].solved for spec in memory_grid.grid_specs(name)) for name in NAMES}
    assert {name for name, count in solved.items() if not count} == set(memory.UNSOLVED)


@pytest.mark.parametrize("name", NAMES)
def test_no_kind_is_nearly_always_the_better_one(name: memory_grid.MemoryTask) -> None:
    asked = asked_of(memory.ask("tasks", name, 10), "trained")
    found = [answer for answer in map(right, asked) if answer]
    assert len(found) > 5
    assert max(map(found.count, found)) <= 0.75 * len(found)


def test_the_place_of_an_answer_does_not_tell_that_it_is_right() -> None:
    for kind in ("norm", "value"):
        asked = [
            one for limit in range(1, 9) for one in asked_of(clipping.ask_arithmetic(limit, None), f"clip_grad_{kind}_")
        ]
        assert len({answered(question).right for question in asked}) > 2


def test_the_usual_starts_have_more_than_one_outcome() -> None:
    asked = clipping.ask("cliff", Settings(6.0, -3.05, max_norm=1.0))
    assert not isinstance(asked, str)
    assert len({right(question) for question in asked}) > 1
