"""Training: it learns, the same recipe gives the same network, and what is interrupted leaves nothing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnviz import cli
from rnnviz.attention import load, training
from rnnviz.attention.recipes import NAMES, RECIPES, SCORES, TASKS
from rnnviz.attention.training import spec_of, train
from rnnviz.cli import attention, output
from rnnviz.train import Event

SHORT = {name: replace(recipe, steps=40, batch_size=8) for name, recipe in RECIPES.items()}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "RECIPES", SHORT)
    monkeypatch.setattr(training, "OF_EACH_LENGTH", 20)
    monkeypatch.setattr(training, "DATES", 200)


def test_every_task_is_learned_with_every_score() -> None:
    assert tuple(f"{task}-{score}" for task in TASKS for score in SCORES) == NAMES
    for name, recipe in RECIPES.items():
        assert (recipe.name, f"{recipe.task}-{recipe.score}") == (name, name)


def test_networks_that_are_compared_differ_in_the_score_alone() -> None:
    for task in TASKS:
        recipes = [replace(RECIPES[f"{task}-{score}"], name="", score="none") for score in SCORES]
        assert recipes[0] == recipes[1] == recipes[2]


@pytest.mark.parametrize("name", ["reverse-none", "dates-additive", "dates-dot"])
def test_the_same_recipe_gives_the_same_network(name: str) -> None:
    before = torch.get_rng_state()
    first, second = train(SHORT[name]), train(SHORT[name])
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)
        assert not one.requires_grad
    assert first.history == second.history
    assert torch.equal(torch.get_rng_state(), before)
    other = train(replace(SHORT[name], seed=1)).network
    assert not torch.equal(first.network.head.weight, other.head.weight)


def test_it_learns() -> None:
    events = list[Event]()
    trained = train(replace(RECIPES["dates-dot"], steps=220, batch_size=16), events.append)
    assert [(event.step, event.steps) for event in events] == [(100, 220), (200, 220), (220, 220)]
    assert trained.history == [loss for event in events for loss in event.loss]
    assert trained.history[0] > 1.1
    assert trained.history[-1] < 0.9
    assert trained.seconds > 0
    assert trained.network.spec == spec_of(RECIPES["dates-dot"])


def test_rates_are_those_of_torchs_schedule() -> None:
    recipe = SHORT["reverse-dot"]
    optimizer = torch.optim.SGD([torch.zeros(1)], recipe.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.steps)
    for rate in training._rates(recipe):
        assert schedule.get_last_lr() == [rate]
        optimizer.step()
        schedule.step()


def test_the_command(short: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "attention", "--only", "dates-none", "--only", "reverse-dot", "--out", str(tmp_path)]
    assert cli.main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == ["dates-none", "reverse-dot"]
    assert "on 200 held-out sources: " in told[0]
    assert "on 580 held-out sources, largest weight at the correct position" in told[1]
    files = {f"{name}.{ending}" for name in ("dates-none", "reverse-dot") for ending in ("safetensors", "json")}
    assert {path.name for path in tmp_path.iterdir()} == files
    card = json.loads((tmp_path / "reverse-dot.json").read_text(encoding="utf-8"))
    model = load("reverse-dot", tmp_path)
    assert card == dict(model.card)
    assert card["recipe"]["steps"] == 40
    assert card["parameters"] == sum(parameter.numel() for parameter in model.network.parameters())
    assert len(card["history"]["loss"]) == 1
    trained = train(SHORT["reverse-dot"]).network
    np.testing.assert_array_equal(trained.head.weight.numpy(), model.network.head.weight.numpy())


def test_interrupted(
    short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.Line, "show", stop)
    assert cli.main(["train", "attention", "--only", "reverse-none", "--out", str(tmp_path)]) == 130
    assert "reverse-none: stopped, and nothing saved" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "attention", "--only", "poems-dot"]) == 1
    assert "--only must be one of reverse-none, " in capsys.readouterr().err
