"""What others have in their files beside plain layers of torch: computed as it is meant, or refused by its name."""

import io
import pickle
import pickletools
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnviz import own
from rnnviz.checkpoints import RefusedError
from rnnviz.own.choosing import chosen_of
from tests.own.files import as_safetensors, as_torch
from tests.own.onnx_models import exported
from tests.own.test_parts import tensors_of
from tests.together import together


def proposed(module: nn.Module) -> dict[str, str]:
    """The output layer that is proposed for each recurrent module."""
    tensors = tensors_of(module)
    return {part.name: own.proposed(part, tensors, None).head for part in own.parts(tensors)}


def made(**modules: nn.Module) -> nn.Module:
    return nn.ModuleDict(modules)


# --- Inside a layer ---


@pytest.mark.parametrize("name", ["rnn.w_ci", "rnn.ln_h.weight", "rnn.layernorm_i.bias", "rnn.weight_hh_l0_orig"])
def test_a_tensor_that_no_cell_of_torch_has_is_refused_by_its_name(name: str) -> None:
    tensors = tensors_of(made(rnn=nn.LSTM(3, 4))) | {name: np.ones(4, np.float32)}
    with pytest.raises(RefusedError, match=rf"tensors of torch's LSTM alone, .* it also has {name} \(4,\)"):
        own.parts(tensors)


@pytest.mark.parametrize("name", ["w_ci", "ln.weight"])
def test_so_it_is_in_a_cell_that_is_the_whole_model(name: str) -> None:
    with pytest.raises(RefusedError, match=f"the file must have the tensors of torch's GRU alone, .* {name}"):
        own.parts(tensors_of(nn.GRUCell(3, 4)) | {name: np.ones(4, np.float32)})


def test_a_model_that_is_a_recurrent_layer_may_have_a_head() -> None:
    model = nn.LSTM(3, 4)
    model.fc = nn.Linear(4, 2)
    assert proposed(model) == {"": "fc.weight"}


@together("name", ["h0", "init_hidden", "encoder_h_0", "hidden0", "learned_state"])
@together("shape", [(4,), (1, 1, 4), (2, 1, 4)])
def test_whether_a_network_begins_with_a_state_is_asked(name: str, shape: tuple[int, ...]) -> None:
    tensors = tensors_of(made(rnn=nn.GRU(3, 4, 2), fc=nn.Linear(4, 2)))
    zero = tensors | {name: np.zeros(shape, np.float32)}
    assert not own.doubts(own.Choice(own.parts(zero)[0]), zero)
    asked = tensors | {name: np.ones(shape, np.float32)}
    choice = own.Choice(own.parts(asked)[0], head="fc.weight")
    with pytest.raises(ValueError, match=rf"^{name} .* looks like the state .* name them as unused: {name}\. Else "):
        own.checkpoint("mine", asked, choice)
    assert own.checkpoint("mine", asked, replace(choice, unused=(name,))).card["opened"]["unused"] == [name]
    with pytest.raises(ValueError, match=r"^unused must be tensors of the file; got 'other'$"):
        own.checkpoint("mine", asked, replace(choice, unused=("other",)))


@pytest.mark.parametrize("name", ["first_h", "z0", "mem0", "bos_h", "h0.0", "anything"])
def test_a_parameter_of_the_models_own_with_the_sizes_of_a_state_is_asked_about(name: str) -> None:
    tensors = tensors_of(made(rnn=nn.GRU(3, 4, 2), fc=nn.Linear(4, 2))) | {name: np.ones((2, 4), np.float32)}
    assert list(own.doubts(own.Choice(own.parts(tensors)[0], head="fc.weight"), tensors)) == [name]


@pytest.mark.parametrize(
    ("name", "layer"), [("speaker_h0", nn.Embedding(5, 4)), ("init_h", nn.Linear(1, 4)), ("first", nn.Linear(7, 8))]
)
def test_so_is_a_layer_that_may_give_it(name: str, layer: nn.Module) -> None:
    tensors = tensors_of(made(rnn=nn.GRU(3, 4, 2), fc=nn.Linear(4, 2), **{name: layer}))
    assert f"{name}.weight" in own.doubts(own.Choice(own.parts(tensors)[0], head="fc.weight"), tensors)


@pytest.mark.parametrize(
    "beside",
    [
        {"w_mx": torch.ones(4, 3)}, {"decay": torch.ones(1)}, {"w_ci": torch.ones(4)},
        {"gate_norm.weight": torch.ones(16)}, {"ode.0.weight": torch.ones(7, 4)}, {"halt.weight": torch.ones(1, 4)},
    ],
    ids=lambda beside: next(iter(beside)),
)  # fmt: skip
def test_of_a_cell_in_a_loop_all_is_asked_about_that_may_change_h(beside: dict[str, torch.Tensor]) -> None:
    tensors = tensors_of(made(cell=nn.LSTMCell(3, 4), fc=nn.Linear(4, 2)))
    assert not own.doubts(own.Choice(own.parts(tensors)[0], head="fc.weight"), tensors)
    tensors |= {name: tensor.numpy() for name, tensor in beside.items()}
    assert list(own.doubts(own.Choice(own.parts(tensors)[0], head="fc.weight"), tensors)) == list(beside)


def old_norm(module: nn.Module, name: str) -> nn.Module:
    with pytest.warns(FutureWarning):
        return nn.utils.weight_norm(module, name)


@pytest.mark.parametrize("norm", [old_norm, nn.utils.parametrizations.weight_norm])
@pytest.mark.parametrize("dim", [0, 1, None])
def test_weights_with_a_length_and_a_direction_are_put_together(norm: Any, dim: int | None) -> None:
    torch.manual_seed(1)
    if norm is old_norm:
        with pytest.warns(FutureWarning):
            head = nn.utils.weight_norm(nn.Linear(4, 2), dim=dim)
    else:
        head = norm(nn.Linear(4, 2), dim=dim)
    model = made(rnn=norm(nn.LSTM(3, 4), "weight_hh_l0"), fc=head).eval()
    x = torch.randn(5, 1, 3)
    with torch.inference_mode():  # the older form computes a weight when its layer is called
        output, _ = model["rnn"](x)
        wanted = model["fc"](output)
    tensors = own.read("a.pt", as_torch(model.state_dict()))
    known = own.checkpoint("mine", tensors, chosen_of(tensors, None))
    np.testing.assert_allclose(known.weights["weight_hh_l0"], model["rnn"].weight_hh_l0.detach(), rtol=1e-5)
    computed = output.numpy() @ known.weights["head.weight"].T + known.weights["head.bias"]
    np.testing.assert_allclose(computed, wanted, atol=1e-6)


# --- What reads the layer ---


def test_the_layer_below_another_has_no_output_layer() -> None:
    two = made(lstm1=nn.LSTMCell(1, 51), lstm2=nn.LSTMCell(51, 51), linear=nn.Linear(51, 1))
    assert proposed(two) == {"lstm1": "", "lstm2": "linear.weight"}


@pytest.mark.parametrize(
    "between",
    [
        {"norm": nn.LayerNorm(8)}, {"bn": nn.BatchNorm1d(8)}, {"conv": nn.Conv1d(8, 4, 3)}, {"attn": nn.Linear(8, 1)},
        {"attn": nn.MultiheadAttention(8, 2)}, {"fc1": nn.Linear(8, 8)},
    ],
    ids=lambda one: type(next(iter(one.values()))).__name__,
)  # fmt: skip
def test_what_could_stand_between_leaves_the_output_layer_to_the_owner(between: dict[str, nn.Module]) -> None:
    model = made(emb=nn.Embedding(30, 8), rnn=nn.GRU(8, 8), **between, fc=nn.Linear(8, 2))
    assert proposed(model) == {"rnn": ""}
    tensors = tensors_of(model)
    (part,) = own.parts(tensors)
    reasons = dict(own.no_heads(part, tensors))
    assert "fc.weight" in reasons
    assert chosen_of(tensors, None, head="fc.weight").head == "fc.weight"


def test_a_hidden_layer_as_wide_as_the_embedding_is_no_output_layer() -> None:
    """The sizes of TensorFlow's tutorial on text classification: 64, both ways, 64 and 1."""
    model = made(
        embedding=nn.Embedding(1000, 64), lstm=nn.LSTM(64, 64, bidirectional=True), dense=nn.Linear(128, 64),
        dense_1=nn.Linear(64, 1),
    )  # fmt: skip
    assert proposed(model) == {"lstm": ""}


@pytest.mark.parametrize("tied", [False, True])
def test_an_embedding_as_wide_as_the_states_is_told_from_the_decoder(tied: bool) -> None:
    model = made(encoder=nn.Embedding(30, 8), rnn=nn.LSTM(8, 8), decoder=nn.Linear(8, 30))
    if tied:
        model["decoder"].weight = model["encoder"].weight
    assert proposed(model) == {"rnn": "decoder.weight"}


# --- ONNX says what reads what ---


class Deep(nn.Module):
    """A hidden layer before the output layer, or none; the first of two recurrent layers as wide as the second."""

    def __init__(self, *, is_deep: bool) -> None:
        super().__init__()
        self.low, self.high = nn.LSTM(3, 6), nn.GRU(6, 6)
        self.hidden = nn.Linear(6, 6) if is_deep else nn.Identity()
        self.out = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return (
            self.out(torch.relu(self.hidden(self.high(self.low(x)[0])[0])))
            if isinstance(self.hidden, nn.Linear)
            else self.out(self.high(self.low(x)[0])[0])
        )


@pytest.mark.parametrize("is_deep", [False, True])
def test_an_output_layer_in_onnx_is_a_fact(is_deep: bool) -> None:
    tensors = own.read("a.onnx", exported(Deep(is_deep=is_deep), torch.randn(4, 1, 3)))
    found = {part.name: own.proposed(part, tensors, None).head for part in own.parts(tensors)}
    assert found == {"low": "", "high": "" if is_deep else "out.weight"}


class Computed(nn.Module):
    """It begins with a state that it computes of the whole sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.rnn = nn.Linear(3, 4), nn.GRU(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(x, torch.tanh(self.start(x.mean(0)))[None])[0]


def test_a_computed_state_in_onnx_is_refused() -> None:
    with pytest.raises(RefusedError, match="must begin with a state that the file has; rnn begins with a state"):
        own.read("a.onnx", exported(Computed(), torch.randn(4, 2, 3)))


class Translates(nn.Module):
    """The decoder begins with the state that the encoder ends with."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder, self.out = nn.LSTM(3, 4), nn.LSTM(3, 4), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.decoder(x, self.encoder(x)[1])[0])


def test_a_layer_that_begins_with_the_state_of_another_is_left_out_with_the_reason() -> None:
    tensors = own.read("a.onnx", exported(Translates(), torch.randn(4, 2, 3)))
    assert {part.name: own.proposed(part, tensors, None).head for part in own.parts(tensors)} == {"encoder": ""}
    assert tensors.left_out == ("decoder begins with a state that the model computes, which no page does",)


# --- What a training keeps beside its weights ---


def test_a_loss_beside_the_state_dict_is_not_taken_for_it() -> None:
    model = made(rnn=nn.GRU(3, 4), fc=nn.Linear(4, 2))
    saved = {
        "epoch": 5, "model_state_dict": model.state_dict(), "loss": torch.tensor(0.3), "best_acc1": torch.ones(1),
        "history": np.ones(3), "best": np.float64(0.5), "milestones": Counter([30, 60]), "args": SimpleNamespace(lr=1),
    }  # fmt: skip
    assert set(own.read("a.pth", as_torch(saved))) == set(model.state_dict())


def test_an_encoder_and_a_decoder_apart_are_one_network() -> None:
    saved = {"encoder": nn.GRU(3, 4).state_dict(), "decoder": nn.GRU(5, 4).state_dict(), "epoch": 2}
    tensors = own.read("a.tar", as_torch(saved))
    assert {part.name for part in own.parts(tensors)} == {"encoder", "decoder"}


class Runs:
    """Would run something where it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, ("1 + 1",)


class Fills:
    """Would take as much room as a file asks for."""

    def __reduce__(self) -> tuple[Any, ...]:
        return bytearray, (10**12,)


@pytest.mark.parametrize("beside", [Runs(), Fills()])
def test_what_would_run_something_is_refused_beside_a_state_dict(beside: object) -> None:
    with pytest.raises(RefusedError, match=r"it names '__builtin__\.(eval|bytearray)', which would have to"):
        own.read("a.pt", as_torch({"state_dict": nn.GRU(3, 4).state_dict(), "more": beside}))


def older(saved: object) -> bytes:
    """As torch before 1.6 wrote it."""
    with io.BytesIO() as file:
        torch.save(saved, file, _use_new_zipfile_serialization=False)
        return file.getvalue()


def test_a_file_from_before_archives_is_read() -> None:
    model = made(emb=nn.Embedding(9, 3), rnn=nn.LSTM(3, 4, 2, bidirectional=True), fc=nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters())
    model["fc"](model["rnn"](model["emb"](torch.arange(5))[:, None])[0]).sum().backward()
    optimizer.step()
    saved = {"epoch": 2, "state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": np.float64(0.5)}
    found = own.read("a.pth", older(saved))
    assert all(np.array_equal(found[name], tensor.numpy()) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("beside", [Runs(), Fills()])
def test_what_would_run_something_is_refused_before_archives_too(beside: object) -> None:
    with pytest.raises(RefusedError, match=r"it names '__builtin__\.(eval|bytearray)', which would have to"):
        own.read("a.pt", older({"state_dict": nn.GRU(3, 4).state_dict(), "more": beside}))


@pytest.mark.parametrize("which", range(1, 3))
def test_every_pickle_before_archives_is_looked_at(which: int) -> None:
    whole = older(nn.GRU(3, 4).state_dict())
    stream, ends = io.BytesIO(whole), [0]
    for _ in range(3):
        list(pickletools.genops(stream))
        ends.append(stream.tell())
    hostile = whole[: ends[which]] + pickle.dumps(Fills(), 2) + whole[ends[which + 1] :]
    with pytest.raises(RefusedError, match=r"it names '__builtin__\.bytearray'"):
        own.read("a.pt", hostile)


def test_a_tensor_that_claims_more_numbers_than_its_file_has_is_refused() -> None:
    whole = older({"rnn.weight_hh_l0": torch.zeros(300, 300)})
    claimed = b"J" + (90_000).to_bytes(4, "little")
    assert claimed in whole
    for damaged in (whole.replace(claimed, b"J" + (2**31 - 1).to_bytes(4, "little")), whole[:-1000]):
        with pytest.raises(RefusedError, match="must be a whole state dict"):
            own.read("a.pt", damaged)


def test_a_mask_is_passed_over() -> None:
    mask = nn.Transformer.generate_square_subsequent_mask(4)
    state = {**made(rnn=nn.GRU(3, 4)).state_dict(), "mask": mask}
    assert "mask" not in own.read("a.safetensors", as_safetensors(state))


@pytest.mark.parametrize("ending", [".th", ".tar"])
def test_a_file_of_torch_has_many_endings(ending: str) -> None:
    assert own.parts(own.read(f"a{ending}", as_torch(nn.GRU(3, 4).state_dict())))


def test_a_pointer_to_a_file_is_named() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
    with pytest.raises(RefusedError, match="this one is a pointer of Git LFS"):
        own.read("a.pt", pointer)


# --- Keras ---


def older_weights(version: str, units: int = 4) -> bytes:
    """The weights of an LSTM as Keras 2 writes them without settings."""
    with io.BytesIO() as file:
        with h5py.File(file, "w") as saved:
            saved.attrs["keras_version"] = version
            for role, shape in (
                ("kernel", (3, 4 * units)),
                ("recurrent_kernel", (units, 4 * units)),
                ("bias", (4 * units,)),
            ):
                saved[f"lstm_1/lstm_1/{role}:0"] = np.ones(shape, np.float32)
        return file.getvalue()


@pytest.mark.parametrize(
    ("version", "is_said"), [("2.1.6-tf", False), ("2.2.4", False), ("2.3.0", True), ("2.15.0", True)]
)
def test_the_sigmoid_of_older_weights_is_not_guessed(version: str, is_said: bool) -> None:
    if is_said:
        assert own.parts(own.read("a.hdf5", older_weights(version)))
        return
    with pytest.raises(RefusedError, match=f"since Keras {version} wrote them, which had hard_sigmoid"):
        own.read("a.h5", older_weights(version))


@pytest.mark.parametrize("name", ["hidden_layer", "state_norm", "h_out", "c_proj", "initial_layer"])
def test_a_layer_with_a_name_like_a_state_is_no_start(name: str) -> None:
    layers = {"emb": nn.Embedding(9, 5), "rnn": nn.GRU(5, 6), name: nn.Linear(6, 6), "fc": nn.Linear(6, 2)}
    (part,) = own.parts(tensors_of(nn.ModuleDict(layers)))
    assert part.name == "rnn"


@pytest.mark.parametrize(
    "beside",
    [
        {"bn.weight": (2,), "bn.bias": (2,)},
        {"scale": (2,)},
        {"class_prior": (2,)},
        {"step_scale": (1,)},
        {"discount_factor": ()},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_no_output_layer_is_proposed_where_something_may_change_what_it_gives(beside: dict[str, Any]) -> None:
    tensors = tensors_of(made(rnn=nn.GRU(3, 4), fc=nn.Linear(4, 2)))
    assert own.proposed(own.parts(tensors)[0], tensors, None).head == "fc.weight"
    tensors |= {name: np.full(shape, 0.5, np.float32) for name, shape in beside.items()}
    assert own.proposed(own.parts(tensors)[0], tensors, None).head == ""


def test_the_size_of_a_kernel_is_no_number_of_outputs() -> None:
    tensors = tensors_of(made(conv=nn.Conv1d(3, 3, 2), rnn=nn.GRU(3, 4), fc=nn.Linear(4, 2)))
    assert own.proposed(own.parts(tensors)[0], tensors, None).head == "fc.weight"


@pytest.mark.parametrize(
    "between",
    [{"input_proj": nn.Linear(3, 3, bias=False)}, {"embedding": nn.Embedding(9, 3), "highway": nn.Linear(3, 7)},
     {"bag_embedding": nn.EmbeddingBag(9, 3)}],
    ids=lambda between: next(iter(between)),
)  # fmt: skip
def test_no_embedding_is_proposed_where_it_may_be_another_layer(between: dict[str, nn.Module]) -> None:
    tensors = tensors_of(made(**between, rnn=nn.GRU(3, 4), fc=nn.Linear(4, 2)))
    assert own.proposed(own.parts(tensors)[0], tensors, None).embedding == ""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("layers/rnn/cell/vars", "the file has it as a class of another name, rnn"),
        ("layers/rnn/cell/cell/vars", "it is a cell in a cell"),
    ],
)
def test_a_cell_of_keras_that_the_file_does_not_name_is_refused(path: str, why: str) -> None:
    with io.BytesIO() as content:
        with h5py.File(content, "w") as file:
            for number, shape in enumerate([(3, 4), (4, 4)]):
                file[f"{path}/{number}"] = np.ones(shape, np.float32)
        with pytest.raises(RefusedError, match=why):
            own.read("mine.weights.h5", content.getvalue())


def test_what_is_assumed_of_a_file_stands_in_its_label(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "mine.weights.h5", "w") as file:
        for number, shape in enumerate([(3, 4), (4, 4)]):
            file[f"layers/simple_rnn/cell/vars/{number}"] = np.ones(shape, np.float32)
    told = own.open_file(tmp_path / "mine.weights.h5").card["checked"]
    assert told.startswith("Assumed: a file of weights alone has no settings")


def test_whether_a_decoder_goes_on_from_an_encoder_is_asked() -> None:
    tensors = tensors_of(made(encoder=nn.GRU(3, 4), decoder=nn.GRU(2, 4), fc=nn.Linear(4, 2)))
    asked = {part.name: list(own.doubts(own.proposed(part, tensors, None), tensors)) for part in own.parts(tensors)}
    assert asked == {"encoder": [], "decoder": ["encoder.weight_hh_l0"]}
    wider = tensors_of(made(encoder=nn.GRU(3, 5), decoder=nn.GRU(2, 4), fc=nn.Linear(4, 2)))
    assert not any(own.doubts(own.proposed(part, wider, None), wider) for part in own.parts(wider))


def test_a_cell_that_is_alone_in_its_module_is_asked_about_with_what_is_around_that() -> None:
    tensors = tensors_of(made(inner=made(cell=nn.GRUCell(3, 4)), norm=nn.LayerNorm(4), fc=nn.Linear(4, 2)))
    assert "norm.weight" in own.doubts(own.Choice(own.parts(tensors)[0], head="fc.weight"), tensors)


def test_what_gives_the_first_state_is_no_output_layer() -> None:
    tensors = tensors_of(made(rnn=nn.GRU(3, 4), h0=nn.Embedding(1, 4)))
    choice = own.proposed(own.parts(tensors)[0], tensors, None)
    assert (choice.head, list(own.doubts(choice, tensors))) == ("", ["h0.weight"])
