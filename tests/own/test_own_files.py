"""The same twenty networks, saved and without their classes, open as the application opens them."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

import rnnviz
from rnnviz import own
from rnnviz.checkpoints import held
from rnnviz.stepping import record
from tests.own.files import as_safetensors, as_torch
from tests.own.networks import NETWORKS, Own
from tests.together import together

CELLS = (nn.RNNCell, nn.LSTMCell, nn.GRUCell)


def recurrent_in(model: nn.Module) -> dict[str, nn.Module]:
    return {path: module for path, module in model.named_modules() if isinstance(module, (nn.RNNBase, *CELLS))}


def weights_of(module: nn.Module) -> dict[str, np.ndarray]:
    """By the names that a layer has; what weight drop keeps in place of what it dropped."""
    found = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    if isinstance(module, CELLS):
        return {f"{name}_l0": tensor for name, tensor in found.items()}
    return found


@together("network, ending", list(product(NETWORKS, ("pt", "safetensors"))))
def test_every_recurrent_layer_is_found_and_steps_as_torch_does(network: Own, ending: str) -> None:
    torch.manual_seed(0)
    model = network.make().eval()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    content = as_torch(state) if ending == "pt" else as_safetensors(state)
    if any(getattr(layer, "proj_size", 0) for layer in recurrent_in(model).values()):
        with pytest.raises(ValueError, match="must have no projections"):
            own.parts(own.read(f"a.{ending}", content))
        return
    tensors = own.read(f"a.{ending}", content)
    found = {part.name: part for part in own.parts(tensors)}
    layers = recurrent_in(model)
    assert set(found) == set(layers)
    for path, part in found.items():
        choice = own.proposed(part, tensors, None)
        choice = replace(choice, unused=tuple(own.doubts(choice, tensors)))
        known = held.hold(own.checkpoint(own.family_of(content, choice), tensors, choice))
        for name, weight in weights_of(layers[path]).items():
            if name in known.weights:
                assert np.array_equal(known.weights[name], weight), (path, name)
        x = np.random.default_rng(0).standard_normal((7, part.model.input_size)).astype(np.float32)
        recording = record(known.model, x, [str(t) for t in range(7)])
        for layer, direction in product(range(part.model.num_layers), part.model.directions):
            assert all(one.difference <= 1e-5 for one in recording.check(recording.walk(layer, direction)))
        kept = rnnviz.build(known.model).rnn
        assert {name for name, _ in kept.named_parameters()} <= set(known.weights)
