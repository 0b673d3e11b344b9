"""Networks that begin with a learned state: every page and function shows what torch computes from it."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import rnnviz
from rnnviz import checkpoints, own
from rnnviz.automata import acceptor
from rnnviz.checkpoints import Checkpoint, held
from rnnviz.names import POOLINGS, Cell
from rnnviz.own.starting import start_of
from rnnviz.stepping import record
from tests.together import together

KINDS: Final[dict[Cell, Any]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
TEXT: Final = "b a a c b"
SIZES: Final = [(cell, layers, both) for cell, layers, both in product(KINDS, (1, 2), (False, True))]


class Begun(nn.Module):
    """Tokens, a recurrent module that begins with learned states, and an output layer."""

    def __init__(self, cell: Cell, layers: int, *, both: bool) -> None:
        super().__init__()
        self.emb = nn.Embedding(3, 4)
        self.rnn = KINDS[cell](4, 5, num_layers=layers, bidirectional=both, batch_first=True)
        self.fc = nn.Linear(5 * (1 + both), 2)
        for name in ("h0", "c0")[: 1 + (cell == "lstm")]:
            self.register_parameter(name, nn.Parameter(torch.randn(layers * (1 + both), 1, 5)))

    @property
    def first(self) -> Any:
        """The initial state of a batch of one."""
        return (self.h0, self.c0) if isinstance(self.rnn, nn.LSTM) else self.h0

    def forward(self, tokens: Tensor) -> Tensor:
        """The output at each step (time, direction * unit)."""
        output: Tensor = self.rnn(self.emb(tokens)[None], self.first)[0][0]
        return output


@pytest.fixture(params=SIZES, ids=lambda one: f"{one[0]}-{one[1]}-{'both' if one[2] else 'one'}")
def model(request: pytest.FixtureRequest) -> Begun:
    torch.manual_seed(3)
    cell, layers, both = request.param
    return Begun(cell, layers, both=both).eval().requires_grad_(requires_grad=False)


def known_of(model: Begun, **chosen: Any) -> Checkpoint:
    tensors = {name: one.numpy() for name, one in model.state_dict().items()}
    start = ("h0", "c0")[: 1 + isinstance(model.rnn, nn.LSTM)]
    choice = own.Choice(
        next(one for one in own.parts(tensors) if one.name == "rnn"),
        "emb.weight", "fc.weight", own.of_tokens(("a", "b", "c")), "words", start=start,
    )  # fmt: skip
    return held.hold(own.checkpoint(f"own-{token_hex(8)}", tensors, replace(choice, **chosen)))


def test_outputs_at_every_step_are_torchs(model: Begun) -> None:
    known = known_of(model)
    x = torch.from_numpy(known.vectors(TEXT.split()))
    with torch.inference_mode():
        expected = model.fc(model(torch.from_numpy(known.encode(TEXT.split()))))
        network = rnnviz.build(known.model)
        np.testing.assert_allclose(network(x), expected, atol=1e-6)
        np.testing.assert_allclose(network(x[None].repeat(3, 1, 1))[2], expected, atol=1e-6)
    hx = known.start_of(known.model)
    found = record(known.model, x.numpy(), TEXT.split(), hx=hx)
    assert found.output_layer is not None
    np.testing.assert_allclose(found.output_layer.logits, expected, atol=1e-5)


def test_classes_of_every_beginning_are_torchs(model: Begun) -> None:
    for pooling in POOLINGS:
        found = own.classify(known_of(model, pooling=pooling), TEXT)
        for count in range(1, 1 + len(TEXT.split())):
            known = known_of(model)
            with torch.inference_mode():
                output = model(torch.from_numpy(known.encode(TEXT.split()[:count])))
                ends = torch.cat([output[-1, :5], output[0, 5:]])
                read = {"ends": ends, "last": output[-1], "mean": output.mean(0), "max": output.amax(0)}[pooling]
                expected = model.fc(read).softmax(-1)
            np.testing.assert_allclose(found.probabilities[count - 1], expected, atol=1e-6)


def test_a_known_pair_is_checked_from_it(model: Begun) -> None:
    tensors = {name: one.numpy() for name, one in model.state_dict().items()}
    known = known_of(model)
    states = model(torch.from_numpy(known.encode(TEXT.split()))).numpy()
    names = tuple(known.card["opened"]["start"])
    choice = own.Choice(
        own.parts(tensors)[0], "emb.weight", vocabulary=own.of_tokens(("a", "b", "c")), splits="words", start=names
    )
    assert "h is the one given" in own.check(tensors, choice, own.Pair(TEXT, h=states))
    with pytest.raises(ValueError, match="h differs by up to"):
        own.check(tensors, replace(choice, start=(), unused=names), own.Pair(TEXT, h=states))


def test_it_is_saved_loaded_and_opened_again(model: Begun, tmp_path: Path) -> None:
    known = known_of(model)
    path = checkpoints.save(known, tmp_path)
    again = own.open_file(path, family=f"own-{token_hex(8)}")
    for wanted, got in zip(known.start_of(known.model), again.start_of(again.model), strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert known.card["opened"]["start"] == ["h0", "c0"][: 1 + isinstance(model.rnn, nn.LSTM)]


@pytest.mark.parametrize("model", [one for one in SIZES if not one[2]], indirect=True)
def test_another_text_is_read_from_it_and_hands_its_state_on(model: Begun) -> None:
    known = known_of(model)
    with torch.inference_mode():
        _, ends = model.rnn(model.emb(torch.from_numpy(known.encode(["a", "b"])))[None], model.first)
    expected = ends if isinstance(ends, tuple) else (ends,)
    for got, wanted in zip(own.state_after(known, "a b"), expected, strict=True):
        np.testing.assert_allclose(got, wanted[:, 0], atol=1e-6)


def test_its_forward_direction_alone_begins_with_its_own_rows() -> None:
    torch.manual_seed(4)
    known = known_of(Begun("lstm", 1, both=True).eval().requires_grad_(requires_grad=False))
    half = replace(known.model, bidirectional=False, output_size=0)
    whole = known.start_of(known.model)
    assert [one.tolist() for one in known.start_of(half)] == [one[:1].tolist() for one in whole]
    assert [one.tolist() for one in rnnviz.build(half).start] == [one[:1].tolist() for one in whole]


def test_an_automaton_of_it_is_refused() -> None:
    torch.manual_seed(4)
    known = known_of(Begun("gru", 1, both=False).eval().requires_grad_(requires_grad=False))
    with pytest.raises(ValueError, match="must begin each word with a state of 0; its file has another"):
        acceptor(known)


@together(
    "shape, layers, fits",
    [
        ((5,), 1, True),
        ((1, 5), 1, True),
        ((1, 1, 5), 1, True),
        ((2, 1, 5), 2, True),
        ((1, 2, 5), 2, True),
        ((5,), 2, False),
        ((1, 1, 5), 2, False),
        ((2, 1, 5), 1, False),
        ((3, 1, 5), 2, False),
        ((2, 2, 5), 2, False),
        ((1, 4), 1, False),
        ((10,), 2, False),
        ((), 1, False),
        ((0, 5), 1, False),
    ],
)
def test_a_start_has_a_row_for_each_layer_and_direction(shape: tuple[int, ...], layers: int, *, fits: bool) -> None:
    tensors = {f"rnn.{name}": one.numpy() for name, one in nn.GRU(4, 5, layers).state_dict().items()}
    tensors["h0"] = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    part = own.parts(tensors)[0]
    assert own.can_start(part, tensors["h0"]) is fits
    if fits:
        assert start_of(part, tensors, ("h0",))["h_0"].tolist() == tensors["h0"].reshape(layers, 5).tolist()
    else:
        with pytest.raises(ValueError, match=rf"start must name tensors of shape \({layers}, 1, 5\)"):
            start_of(part, tensors, ("h0",))


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (("h0", "h0"), "start must name at most 1 tensors of a gru"),
        (("other",), "got 'other', which is no tensor of the file"),
        (("rnn.bias_ih_l0",), r"got rnn.bias_ih_l0 \(15,\)"),
    ],
)
def test_what_no_network_begins_with_is_refused(start: tuple[str, ...], reason: str) -> None:
    tensors = {f"rnn.{name}": one.numpy() for name, one in nn.GRU(4, 5).state_dict().items()}
    tensors["h0"] = np.ones((1, 5), np.float32)
    with pytest.raises(ValueError, match=reason):
        start_of(own.parts(tensors)[0], tensors, start)
