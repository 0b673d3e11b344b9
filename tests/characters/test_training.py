"""Truncated backpropagation over streams: what torch does by hand, and what is put down and taken up alike."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from rnnviz.characters import Alphabet
from rnnviz.characters.recipes import RECIPES, Recipe
from rnnviz.characters.training import Training, bits_beside, made_of, streams_of, untrained
from rnnviz.models import build
from rnnviz.names import CELLS, Cell
from tests.together import together

ALPHABET = Alphabet("ab c")
IDS = np.random.default_rng(0).integers(0, 4, 3_000)


def recipe(cell: Cell = "lstm", **changes: object) -> Recipe:
    return replace(Recipe(cell, hidden_size=12, updates=30, batch=6, length=20, dropout=0.3), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", CELLS)
def test_updates_are_those_of_torch_by_hand(cell: Cell) -> None:
    training = Training(recipe(cell, dropout=0.0), ALPHABET, IDS)
    network = build(untrained(training.recipe, ALPHABET)).train().requires_grad_()
    optimizer = torch.optim.Adam(network.parameters())
    assert network.head is not None
    state, width = None, (len(IDS) - 1) // 6
    for k in range(3):
        rows = [IDS[row * width + k * 20 : row * width + k * 20 + 21] for row in range(6)]
        piece = torch.from_numpy(np.array(rows))
        output, state = network.rnn(functional.one_hot(piece[:, :-1], 4).float(), state)
        state = tuple(part.detach() for part in state) if cell == "lstm" else state.detach()
        loss = functional.cross_entropy(network.head(output).flatten(0, 1), piece[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.param_groups[0]["lr"] = 2e-3 * (0.05 + 0.95 * (1 + math.cos(math.pi * k / 30)) / 2)
        optimizer.step()
        assert training.step() == pytest.approx(loss.item() / math.log(2), rel=1e-5)
    for mine, theirs in zip(training.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


@together("cell", CELLS)
@together("at", [1, 11, 25, 27])  # with 24 pieces a stream, on both sides of its beginning
def test_a_training_that_is_put_down_goes_on_to_the_same_bits(cell: Cell, at: int) -> None:
    whole = Training(recipe(cell), ALPHABET, IDS)
    first, second = Training(recipe(cell), ALPHABET, IDS), Training(recipe(cell), ALPHABET, IDS)
    for training, steps in ((whole, 30), (first, at)):
        for _ in range(steps):
            training.step()
    assert second.unpack(first.pack("mine", {"a": [1, 2.5]}), "mine") == {"a": [1, 2.5]}
    while second.update < 30:
        second.step()
    assert second.losses == whole.losses
    for mine, theirs in zip(second.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_what_is_no_unfinished_training_of_this_kind_is_refused() -> None:
    training = Training(recipe(), ALPHABET, IDS)
    training.step()
    content = training.pack("mine", {})
    for damaged in (b"", content[:-5], b"hello" * 100):
        with pytest.raises(ValueError, match="expected"):
            training.unpack(damaged, "mine")
    with pytest.raises(ValueError, match="of the same settings and data"):
        training.unpack(content, "another")
    other = Training(recipe(hidden_size=13), ALPHABET, IDS)
    before = [parameter.detach().clone() for parameter in other.network.parameters()]
    with pytest.raises(ValueError, match="must be float32 of shape"):
        other.unpack(content, "mine")
    assert all(torch.equal(a, b) for a, b in zip(before, other.network.parameters(), strict=True))
    untouched = Training(recipe(), ALPHABET, IDS)
    with pytest.raises(ValueError, match="expected an unfinished training"):
        untouched.unpack(untouched.pack("mine", {}), "mine")


def test_a_training_is_the_same_by_its_settings_and_its_text() -> None:
    same = made_of(recipe(), ALPHABET, "text")
    assert made_of(recipe(), ALPHABET, "text") == same
    assert made_of(recipe(), ALPHABET, "texts") != same
    assert made_of(recipe(updates=31), ALPHABET, "text") != same
    forever = recipe(falls="for ever")
    assert made_of(replace(forever, updates=31), ALPHABET, "text") == made_of(forever, ALPHABET, "text")


def test_rates_fall_as_they_say() -> None:
    fades, lasts = Recipe("gru", updates=100, rate=0.1), Recipe("gru", updates=100, rate=0.1, falls="for ever")
    assert [fades.rate_at(k) for k in (0, 50, 100, 200)] == pytest.approx([0.1, 0.0525, 0.005, 0.005])
    assert [lasts.rate_at(k) for k in (0, 3_000)] == pytest.approx([0.1, 0.05])


def test_streams_go_on_where_the_one_above_ends() -> None:
    streams = streams_of(np.arange(32), 3, 10)
    assert streams.tolist() == [list(range(11)), list(range(10, 21)), list(range(20, 31))]
    with pytest.raises(ValueError, match="at least 31 characters for 3 streams of 10; got 30"):
        streams_of(np.arange(30), 3, 10)


def test_bits_of_held_out_streams_are_the_cross_entropy() -> None:
    network = build(untrained(recipe(), ALPHABET))
    streams = streams_of(IDS, 5, 10)
    x = functional.one_hot(torch.from_numpy(streams[:, :-1]), 4).float()
    loss = functional.cross_entropy(network(x).flatten(0, 1), torch.from_numpy(streams[:, 1:]).flatten())
    assert bits_beside(network, streams, 37) == pytest.approx(loss.item() / math.log(2), rel=1e-5)


def test_a_little_training_learns_what_can_be_known() -> None:
    ids = ALPHABET.encode("ab c" * 800)
    training = Training(recipe(dropout=0.0, rate=2e-2, updates=100), ALPHABET, ids)
    for _ in range(100):
        training.step()
    assert training.losses[0] > 1.5
    assert training.losses[-1] < 0.2


def test_recipes_fit_their_files() -> None:
    for name, made in RECIPES.items():
        assert name.endswith(made.cell)
        assert made.hidden_size <= 256
