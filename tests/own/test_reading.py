"""The tensors of a file."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from rnnviz.checkpoints import RefusedError, hdf5
from tests.own.files import as_safetensors, as_torch, classifier
from tests.together import together


def test_both_kinds_of_files_give_the_same_tensors() -> None:
    state = classifier().state_dict()
    saved = own.read("a.safetensors", as_safetensors(state)), own.read("a.pt", as_torch(state))
    for found in saved:
        assert set(found) == set(state)
        assert all(np.array_equal(found[name], tensor.numpy()) for name, tensor in state.items())


def test_tensors_come_in_the_same_order_each_time() -> None:
    names = [f"layer{number}.weight" for number in range(40)]
    content = as_safetensors({name: torch.ones(2) for name in names})
    length = int.from_bytes(content[:8], "little")
    assert list(own.read("a.safetensors", content)) == [
        name for name in json.loads(content[8 : 8 + length]) if name in names
    ]


def test_so_do_those_of_keras() -> None:
    with io.BytesIO() as file:
        with h5py.File(file, "w") as saved:
            for number in range(40):
                saved[f"layer{number}/kernel"] = np.ones(2, np.float32)
        arrays, _ = hdf5.contents(file.getvalue())
    assert list(arrays) == sorted(f"layer{number}/kernel" for number in range(40))


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


@together(
    "name, content, reason",
    [
        ("a.exe", b"", "must end with"),
        ("a", b"", "must end with"),
        ("a.pt", b"", "must be a file of PyTorch; this one is empty"),
        ("a.safetensors", b"", "must be a safetensors file; this one is empty"),
        ("a.onnx", b"", "must be a model in ONNX; this one is empty"),
        ("a.safetensors", b"model", "length of its header"),
        ("a.pt", b"\x80\x02\x8a\nl\xfc\x9cF", "must be what torch.save writes; got other bytes: save it again"),
        ("a.onnx", bytes(range(7, 200)), "a file ending in .onnx must be a model in ONNX; "),
        ("a.h5", bytes(200), "must be as Keras writes it; got other bytes: OSError: "),
        ("a.keras", bytes(200), "as model.save writes it; got other bytes: BadZipFile: "),
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


def keras_model() -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("config.json", "{}")
            archive.writestr("model.weights.h5", keras_weights())
        return file.getvalue()


def keras_weights() -> bytes:
    with io.BytesIO() as file:
        with h5py.File(file, "w") as made:
            made["layers/dense/vars/0"] = np.ones((4, 4), np.float32)
        return file.getvalue()


WHOLE = {
    ".pt": as_torch({"w": torch.ones(4, 4)}),
    ".safetensors": as_safetensors({"w": torch.ones(4, 4)}),
    ".keras": keras_model(),
    ".h5": keras_weights(),
}


@together("ending", [".pth", ".safetensors", ".keras", ".h5", ".onnx"])
@together("got", WHOLE)
def test_a_file_with_the_ending_of_another_kind_is_refused_with_its_own(got: str, ending: str) -> None:
    if got == ending or (got, ending) == (".pt", ".pth"):
        return
    with pytest.raises(
        RefusedError, match=rf"a file ending in {ending} must be .*; this looks like .*: rename"
    ) as caught:
        own.read(f"a{ending}", WHOLE[got])
    assert str(caught.value).endswith(f" to end with {got}")


@pytest.mark.parametrize("ending", WHOLE)
def test_a_file_that_is_cut_short_is_said_to_be(ending: str) -> None:
    with pytest.raises(RefusedError, match=r"must be .*; this one is damaged or cut short: "):
        own.read(f"a{ending}", WHOLE[ending][:-20])
