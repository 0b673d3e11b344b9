"""One layer beside two: torch's own modules after the same seed have these numbers, shapes and counts."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.spec import Edit
from rnnviz.ui.pages.hidden_states import layers
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from tests.together import together
from tests.ui.codegen.running import assert_same, drawn
from tests.ui.opened import link_of, opened, warned

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def of(**changes: Any) -> Selection:
    return changed(DEFAULT, **{"hidden_size": 4, **changes})


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_torchs_modules_after_the_same_seed_are_these_networks(cell: str, *, bidirectional: bool) -> None:
    selection = of(cell=cell, bidirectional=bidirectional, seed=7)
    one, two = layers.stacks(selection)
    found = layers.compared(one, two)
    x = torch.from_numpy(networks.recording(one).x)[None]
    outputs = []
    for layer_count, told in ((1, found.one), (2, found.two)):
        torch.manual_seed(7)
        module = MODULES[cell](5, 4, num_layers=layer_count, batch_first=True, bidirectional=bidirectional)
        output, state = module(x)
        h_n = state[0] if cell == "lstm" else state
        assert told.output == tuple(output.shape) == (1, 3, 8 if bidirectional else 4)
        assert told.h_n == tuple(h_n.shape)
        assert told.parameters == sum(one.numel() for one in module.parameters())
        outputs.append(output.detach().numpy()[0])
    traces = [networks.recording(network).trace["h"] for network in (one, two)]
    for trace, output in zip(traces, outputs, strict=True):
        np.testing.assert_allclose(np.concatenate(list(trace[-1, :, 0]), -1), output, atol=1e-6)
    assert found.is_equal
    assert found.difference < 1e-6
    assert "so its $h$ is equal" in layers.equality(found)


@together("seed", range(20))
def test_layer_0_is_the_same_for_every_seed(seed: int) -> None:
    found = layers.compared(*layers.stacks(of(cell="gru", seed=seed)))
    assert found.is_equal
    assert found.difference < 1e-6


def test_with_orthogonal_weights_it_is_not_and_the_page_says_so() -> None:
    found = layers.compared(*layers.stacks(of(cell="lstm", recurrent="orthogonal")))
    assert not found.is_equal
    assert found.difference > 0.01
    assert f"differs by up to {found.difference:.3g}" in layers.equality(found)


def test_edits_stay_where_there_is_such_a_weight() -> None:
    selection = of(num_layers=3, edits=(Edit("weight_hh_l0", (0, 1), 2.0), Edit("weight_ih_l1", (0, 0), 3.0)))
    one, two = layers.stacks(selection)
    assert [edit.name for edit in one.edits] == ["weight_hh_l0"]
    assert [edit.name for edit in two.edits] == ["weight_hh_l0", "weight_ih_l1"]
    assert layers.compared(one, two).is_equal


def test_both_have_as_many_units_as_there_is_room_for() -> None:
    selection = changed(DEFAULT, hidden_size=512, numbers="\n".join(["1"] * 700))
    one, two = layers.stacks(selection)
    assert one.model.hidden_size == two.model.hidden_size < 512


def test_the_scripts_draw_the_same() -> None:
    one, two = layers.stacks(of(cell="lstm", seed=3))
    for network, layer in ((one, 0), (two, 0), (two, 1)):
        code = layers.code_of(network, layer, "c")
        assert_same(drawn(code), layers.draw(network, layer, "c", "light"))


def test_the_page_shows_three_heatmaps_or_says_why_not() -> None:
    at = opened("/Hidden_states?cell=gru&hidden_size=3&views=hidden_states.view:layers")
    assert warned(at) == []
    told = [one.value for one in at.markdown]
    assert any("| 2 | " in one and "(2, 1, 3)" in one for one in told)
    assert sum("torch’s layer" in one for one in told) == 3
    at = opened("/Hidden_states?trained=latch&views=hidden_states.view:layers")
    assert any("untrained networks" in one.value for one in at.info)
    at.button(key="hidden_states.untrained").click().run()
    assert not at.exception
    assert "trained" not in link_of(at)
    assert sum("torch’s layer" in one.value for one in at.markdown) == 3
