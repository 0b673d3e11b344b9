"""Networks that ship as they were earlier in their training."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from safetensors.numpy import load_file

from rnnviz import checkpoints
from rnnviz.checkpoints.moments import TAKEN_AT, family_at, family_at_the_end
from rnnviz.cli import main
from rnnviz.spec import TrainSpec
from tests.serving import ROOT

UPDATES: Final = TAKEN_AT["latch-gru"]


def command(updates: int) -> str:
    return f"train latch --cell gru --seed 2 --steps {updates} --name latch-at-{updates}"


def test_what_ships_of_it() -> None:
    files = sorted(checkpoints.MOMENTS.glob("*"))
    assert [path.stem for path in files] == [f"latch-at-{k}-gru" for k in UPDATES]
    assert sum(path.stat().st_size for path in files) < 120_000
    assert not {path.stem for path in files} & set(checkpoints.names())


@pytest.mark.parametrize("updates", UPDATES)
def test_it_is_the_training_of_the_network_ended_earlier(updates: int) -> None:
    early, end = (checkpoints.load(f"{name}-gru") for name in (family_at("latch", updates), "latch"))
    assert isinstance(early.trained_by, TrainSpec)
    assert isinstance(end.trained_by, TrainSpec)
    assert replace(early.trained_by, steps=end.trained_by.steps, every=end.trained_by.every) == end.trained_by
    assert (early.card["updates"], early.vocabulary) == (updates, end.vocabulary)
    apart = max(float(np.abs(early.weights[name] - end.weights[name]).max()) for name in end.weights)
    assert apart > 0.05


def test_the_command_makes_the_same_network(tmp_path: Path) -> None:
    assert main([*command(100).split(), "--out", str(tmp_path)]) == 0
    again, ships = (load_file(folder / "latch-at-100-gru.safetensors") for folder in (tmp_path, checkpoints.MOMENTS))
    assert again.keys() == ships.keys()
    for name, weight in ships.items():  # a hundred updates let roundings of another processor grow
        np.testing.assert_allclose(again[name], weight, atol=0.01, err_msg=name)


def test_the_command_is_in_the_guide() -> None:
    guide = " ".join((ROOT / "docs" / "library.md").read_text(encoding="utf-8").split())
    assert f"rnnviz {command(450)} --out assets/models/moments" in guide


@pytest.mark.parametrize("family", ["latch", "latch-at-451", "latch-at-", "copy-at-450", "", "latch-at-0450"])
def test_what_is_no_moment_is_its_own_end(family: str) -> None:
    assert family_at_the_end(family) == family
    assert family_at_the_end(family_at("latch", 450)) == "latch"
