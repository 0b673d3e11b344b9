"""The tensors of a file."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from tests.own.files import as_safetensors, as_torch, classifier


def test_both_kinds_of_files_give_the_same_tensors() -> None:
    state = classifier().state_dict()
    saved = own.read("a.safetensors", as_safetensors(state)), own.read("a.pt", as_torch(state))
    for found in saved:
        assert set(found) == set(state)
        assert all(np.array_equal(found[name], tensor.numpy()) for name, tensor in state.items())


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_a_state_dict_is_found_beside_the_rest_of_a_training(key: str) -> None:
    model = classifier()
    optimizer = torch.optim.Adam(model.parameters())
    saved = {"epoch": 3, key: model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.5}
    assert set(own.read("a.ckpt", as_torch(saved))) == set(model.state_dict())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_numbers_of_another_width_become_float32(dtype: torch.dtype) -> None:
    weight = torch.linspace(-1, 1, 12).reshape(4, 3).to(dtype)
    for name, content in (("a.pt", as_torch({"w": weight})), ("a.safetensors", as_safetensors({"w": weight}))):
        found = own.read(name, content)["w"]
        assert found.dtype == np.float32
        assert np.array_equal(found, weight.float().numpy())


def test_counters_are_left_out() -> None:
    state = nn.BatchNorm1d(2).state_dict()
    assert "num_batches_tracked" in state
    assert set(own.read("a.pt", as_torch(state))) == set(state) - {"num_batches_tracked"}


def test_a_whole_model_is_refused_with_how_to_save_it() -> None:
    with pytest.raises(RefusedError, match=r"names 'tests.own.files.Classifier', which would have to be executed"):
        own.read("a.pt", as_torch(classifier()))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"", "must end with"),
        ("a", b"", "must end with"),
        ("a.pt", b"", "must be an archive"),
        ("a.safetensors", b"", "length of its header"),
        ("a.pt", as_torch({}), "state dict, tensors by their names; got keys"),
        ("a.pt", as_torch([torch.ones(2)]), "got list"),
        ("a.pt", as_torch({"w": torch.tensor([1.0, float("nan")])}), "must be finite in float32; w has some"),
        ("a.pt", as_torch({"w": torch.tensor([1e300], dtype=torch.float64)}), "must be finite in float32"),
        ("a.safetensors", as_safetensors({"w": torch.tensor([float("inf")])}), "must be finite"),
    ],
)
def test_what_is_refused(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        own.read(name, content)
