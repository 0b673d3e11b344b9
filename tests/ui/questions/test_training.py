"""Questions about descents, first updates, clipping and tasks that need memory, against torch."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import checkpoints, memory_grid
from rnnviz.cliff import Settings
from rnnviz.clipping import PRESETS
from rnnviz.models import build
from rnnviz.spec import TaskSpec
from rnnviz.ui.pages.clipping import questions as clipping
from rnnviz.ui.pages.memory import questions as memory
from tests.train.plain import Plain
from tests.ui.questions.answering import answered, asked_of, right, stretch


def last_error(settings: Settings, *, clipped: bool) -> float:
    """A descent by torch's autograd and SGD."""
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (settings.w, settings.b))
    descent = torch.optim.SGD([w, b], lr=settings.rate)
    for step in range(settings.steps):
        x = torch.tensor(0.5, dtype=torch.float64)
        for _ in range(50):
            x = w * torch.sigmoid(x) + b
        error = (torch.sigmoid(x) - 0.7) ** 2
        if step == settings.steps - 1:
            break
        descent.zero_grad()
        error.backward()
        if clipped and settings.max_norm is not None:
            nn.utils.clip_grad_norm_([w, b], settings.max_norm)
        descent.step()
    return error.item()


@pytest.mark.parametrize("settings", [Settings(6.0, -3.05, max_norm=1.0, steps=120), Settings(5, -2.5, 0.2, 0.5, 60)])
def test_which_descent_ends_lower(settings: Settings) -> None:
    asked = clipping.ask("cliff", settings)
    assert not isinstance(asked, str)
    for question in asked:
        start = question.about[1]  # type: ignore[index]
        assert f"{start.w:g}" in question.text
        bare, kept = (last_error(start, clipped=clipped) for clipped in (False, True))
        unclipped, clipped, neither = question.options
        wanted = neither if abs(bare - kept) < clipping.SAME else unclipped if bare < kept else clipped
        assert right(question) == (wanted,)
    assert asked[0].about[1].rate == settings.rate  # type: ignore[index]


@pytest.mark.parametrize("name", ["IRNN, SGD", "GRU, SGD", "RNN, Adam"])
def test_how_large_the_first_gradients_and_losses_are(name: str) -> None:
    spec = PRESETS[name]
    bare = replace(spec, max_norm=None)

    def curves(one: object) -> tuple[float, float]:
        found = np.array(Plain(one, clipping.SEED).train(clipping.UPDATES).curves)  # type: ignore[arg-type]
        loss, norm, _ = np.nan_to_num(found, nan=np.inf).max(0)
        return float(loss), float(norm)

    asked = clipping.ask("training", spec)
    (question,) = asked_of(asked, "largest norm")
    assert right(question) == (stretch(curves(bare)[1], clipping.NORMS, question),)
    for one, how in ((bare, "unclipped, with"), (spec, "clipped by norm to")):
        (question,) = asked_of(asked, "the loss of a batch", how)
        assert right(question) == (stretch(curves(one)[0], clipping.LOSSES, question),)


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


def test_a_training_that_takes_long_is_not_tried() -> None:
    large = PRESETS["LSTM, SGD"]
    large = replace(large, model=replace(large.model, hidden_size=128), task=TaskSpec("adding", 200), steps=10)
    asked = clipping.ask("training", large)
    assert not isinstance(asked, str)
    assert all("A gradient is" in question.text for question in asked)
    assert clipping.ask("training", None) == ""


# --- Memory ---


@pytest.mark.parametrize("place", range(len(memory.OFFERED)))
def test_how_many_longer_sequences_are_answered_rightly(place: int) -> None:
    variant, learned, read = memory.OFFERED[place]
    asked = memory.ask("grid", "latch")
    assert not isinstance(asked, str)
    question = asked[place]
    assert f"T = {learned}" in question.text
    assert f"T = {read}" in question.text
    family = f"memory-latch-{learned}-{variant.key}".removesuffix(f"-{variant.cell}")
    known = checkpoints.load(f"{family}-{variant.cell}")
    network, batch = build(known.model), memory.sequences(read)
    embedding = nn.Embedding.from_pretrained(torch.from_numpy(known.weights["embedding.weight"].copy()))
    with torch.no_grad():
        logits = network(embedding(torch.from_numpy(batch.x)))
    said = logits[:, -1].argmax(1).numpy()
    count = int((said == batch.y[:, 0]).sum())
    assert (batch.y[:, 0] == batch.x[:, 0] - 1).all()
    assert right(question) == (stretch(count, memory.SCORES, question),)
    assert f"{count} of {memory.COUNT}" in answered(question).said


def test_the_networks_that_are_asked_have_learned_their_task() -> None:
    for variant, learned, _ in memory.OFFERED:
        outcome = memory_grid.shipped_of(memory_grid.cell_spec(TaskSpec("latch", learned), variant))
        assert outcome is not None
        assert outcome.solved_at[0] >= 0


def test_other_tasks_say_whose_network_it_is() -> None:
    assert all("No network for this task ships" in one.text for one in asked_of(memory.ask("windows", "copy"), "T ="))


NAMES: Final = ("latch", "adding", "copy", "order")


@pytest.mark.parametrize("name", NAMES)
def test_how_soon_the_task_was_learned_is_what_ships(name: memory_grid.MemoryTask) -> None:
    for question in asked_of(memory.ask("tasks", name, 12), "solved it"):
        spec, variant = question.about[1:]  # type: ignore[index]
        assert spec.length in memory_grid.REGIMES[name].usual
        assert f"T = {spec.length}" in question.text
        outcome = memory_grid.shipped_of(memory_grid.cell_spec(spec, variant))
        assert outcome is not None
        if name == "copy":
            mean = float(np.mean(outcome.last))
            assert right(question) == (stretch(mean, memory.LETTERS, question),)
            continue
        second = sorted(at if at >= 0 else 10**9 for at in outcome.solved_at)[1]
        wanted = {
            "They did not solve it": (10**9,),
            "50 or fewer": (0, 50),
            "100": (100,),
            "150 to 250": range(150, 251),
        }
        named = next((option for option, updates in wanted.items() if second in updates), "300 or more")
        assert right(question) == (named,)


def test_what_nobody_learned_is_what_ships() -> None:
    solved = {name: sum(memory_grid.shipped()[spec].solved for spec in memory_grid.grid_specs(name)) for name in NAMES}
    assert {name for name, count in solved.items() if not count} == set(memory.UNSOLVED)


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_about_a_drawn_task_is_nearly_always_right(name: memory_grid.MemoryTask) -> None:
    regime = memory_grid.REGIMES[name]
    usual = [right(question) for question in asked_of(memory.ask("tasks", name, regime.usual[1]), "trained")]
    every = [right(one) for length in regime.usual for one in asked_of(memory.ask("tasks", name, length), "trained")]
    for found in (usual, every):
        assert max(map(found.count, found)) <= 0.67 * len(found)


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
