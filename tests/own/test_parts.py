"""What is recurrent in a file."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import own
from tests.own.files import classifier
from tests.together import together


def tensors_of(module: nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in module.state_dict().items()}


@together("kind", [nn.RNN, nn.LSTM, nn.GRU])
@together("layers", [1, 3])
@together("bidirectional", [False, True])
@together("bias", [False, True])
def test_sizes_follow_from_shapes(kind: type[nn.RNNBase], layers: int, bidirectional: bool, bias: bool) -> None:
    module = kind(3, 4, num_layers=layers, bidirectional=bidirectional, bias=bias)
    (part,) = own.parts(tensors_of(module))
    model = part.model
    assert (part.name, model.cell) == ("", kind.__name__.lower())
    assert (model.input_size, model.hidden_size, model.num_layers) == (3, 4, layers)
    assert (model.bidirectional, model.bias) == (bidirectional, bias)
    assert set(own.weights_of(part, tensors_of(module))) == set(dict(module.named_parameters()))


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
def test_a_cell_is_a_layer(kind: type[nn.RNNCellBase]) -> None:
    (part,) = own.parts(tensors_of(nn.ModuleDict({"cell": kind(3, 4)})))
    assert (part.name, part.model.num_layers, part.model.hidden_size) == ("cell", 1, 4)


def test_embedding_and_output_layer_are_found_by_shape_and_name() -> None:
    (part,) = own.parts(tensors_of(classifier()))
    assert (part.name, part.embeddings, part.heads) == ("rnn", ("emb.weight",), ("fc.weight",))


def test_which_tensors_belong_to_a_part() -> None:
    tensors = tensors_of(nn.ModuleDict({"encoder": nn.GRU(3, 4), "decoder": nn.LSTMCell(3, 8), "out": nn.Linear(8, 2)}))
    decoder, encoder = own.parts(tensors)
    assert {name for name in tensors if own.is_of(encoder, name)} == {name for name in tensors if "encoder" in name}
    assert {name for name in tensors if own.is_of(decoder, name)} == {name for name in tensors if "decoder" in name}


def test_several_parts_come_the_largest_first() -> None:
    both = nn.ModuleDict({"encoder": nn.GRU(3, 4), "decoder": nn.LSTM(3, 8)})
    assert [part.name for part in own.parts(tensors_of(both))] == ["decoder", "encoder"]


def test_what_weight_drop_keeps_is_read_in_place_of_what_it_dropped() -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.LSTM(3, 4)}))
    raw = tensors["rnn.weight_hh_l0_raw"] = tensors["rnn.weight_hh_l0"] + 1
    (part,) = own.parts(tensors)
    assert np.array_equal(own.weights_of(part, tensors)["weight_hh_l0"], raw)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rnn.weight_ih_l0": None}, "must have matrices weight_ih_l0 and weight_hh_l0"),
        ({"rnn.weight_hh_l0": (20, 4)}, "must have 1, 3 or 4 times as many rows as columns"),
        ({"rnn.weight_hh_l0": (9, 4)}, "must have 1, 3 or 4 times"),
        ({"rnn.weight_hh_l0": (0, 0)}, "must have matrices"),
        ({"rnn.bias_hh_l0": None}, "bias_hh_l0 of rnn must have shape .16,.; got none of that name"),
        ({"rnn.bias_hh_l0": (15,)}, "bias_hh_l0 of rnn must have shape .16,.; got .15,."),
        ({"rnn.weight_hh_l1": (16, 4)}, "got none of that name"),
        ({"rnn.weight_hh_l99": (16, 4)}, "counted from 0 without a gap"),
        ({"rnn.weight_hh_l0_reverse": (16, 4)}, "weight_ih_l0_reverse of rnn must have shape"),
        ({"rnn.weight_hr_l0": (2, 4)}, "must have no projections"),
    ],
)
def test_what_does_not_fit_together_is_named(changes: dict[str, tuple[int, ...] | None], reason: str) -> None:
    tensors = tensors_of(nn.ModuleDict({"rnn": nn.LSTM(3, 4)}))
    for name, shape in changes.items():
        if shape is None:
            del tensors[name]
        else:
            tensors[name] = np.zeros(shape, np.float32)
    with pytest.raises(ValueError, match=reason):
        own.parts(tensors)


def test_a_file_without_a_recurrent_layer_says_what_it_has() -> None:
    with pytest.raises(ValueError, match=r"must have the tensors of an RNN, LSTM or GRU of torch.*got weight \(2, 3\)"):
        own.parts(tensors_of(nn.Linear(3, 2)))
    with pytest.raises(ValueError, match="got no tensors of numbers"):
        own.parts({})


def test_torch_is_named_alike() -> None:
    """The names of tensors are those that this torch writes."""
    assert set(torch.nn.LSTM(1, 1).state_dict()) == {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}
