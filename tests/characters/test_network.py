"""A character network says what torch's own modules say, step by step or at once; files that lie are refused."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save as tensors_as_bytes
from torch.nn import functional

from rnnviz import characters
from rnnviz.characters import Alphabet, CharacterModel
from rnnviz.characters.network import LARGEST, load, pack, save, unpack
from rnnviz.checkpoints.storing import packed, unpacked
from rnnviz.models import build
from rnnviz.names import CELLS, Cell
from rnnviz.spec import ModelSpec
from tests.characters.made_up import made_up

TEXT = "a big cab, (hid)\n  'a' = #kid\n" * 3


@pytest.mark.parametrize("cell", CELLS)
def test_step_by_step_is_what_the_fused_module_says(cell: Cell) -> None:
    model = made_up(cell)
    at_once = model.network(model.one_hot(TEXT))[0].numpy()
    np.testing.assert_allclose(model.logits(TEXT), at_once, atol=1e-6)
    state, told = model.begin(), []
    for symbol in model.alphabet.encode(TEXT):
        state, logits = model.advance(state, int(symbol))
        told.append(logits)
    np.testing.assert_allclose(np.array(told), at_once, atol=2e-6)
    first, kept = model.read(model.alphabet.encode(TEXT[:40]))
    second, _ = model.read(model.alphabet.encode(TEXT[40:]), kept)
    np.testing.assert_allclose(np.concatenate([first, second]), at_once, atol=2e-6)
    assert model.read(model.alphabet.encode(""))[0].shape == (0, len(model.alphabet))


@pytest.mark.parametrize("cell", CELLS)
def test_bits_are_the_cross_entropy_in_base_two(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.characters.network._PIECE", 32)  # so that the text is read in several
    model = made_up(cell)
    bits, ids = model.bits(TEXT), torch.from_numpy(model.alphabet.encode(TEXT))
    assert bits.shape == (len(TEXT),)
    assert math.isnan(bits[0])
    logits = model.network(model.one_hot(TEXT))[0]
    expected = functional.cross_entropy(logits[:-1], ids[1:], reduction="none") / math.log(2)
    np.testing.assert_allclose(bits[1:], expected.numpy(), atol=1e-5)
    assert np.isnan(model.bits("a")).all()
    assert model.bits("").shape == (0,)


def test_a_trace_holds_every_state_and_gate() -> None:
    model = made_up("lstm")
    trace = model.trace(TEXT)
    assert trace.tokens[0] == tuple(TEXT)
    output, _ = model.network.rnn(model.one_hot(TEXT))
    np.testing.assert_allclose(trace["h"][0, 0, 0], output[0].numpy(), atol=1e-6)
    with pytest.raises(ValueError, match="at least one character"):
        model.trace("")


def test_a_network_must_read_and_say_its_alphabet() -> None:
    for spec in (ModelSpec("gru", 3, 4, output_size=2), ModelSpec("gru", 2, 4, output_size=2, bidirectional=True)):
        with pytest.raises(ValueError, match="must read and say"):
            CharacterModel("x", spec, build(spec), Alphabet("ab"), {})


# --- Files ---


@pytest.mark.parametrize("cell", CELLS)
def test_a_file_gives_the_network_back_in_half_precision(cell: Cell, tmp_path: Path) -> None:
    model = CharacterModel("python-lstm", *_rest(made_up(cell)), {"data": "made up"})
    path = save(model, tmp_path)
    again = load("python-lstm", tmp_path)
    assert path.read_bytes() == pack(again)
    assert (again.spec, again.alphabet, again.card) == (model.spec, model.alphabet, {"data": "made up"})
    for name, weights in again.network.state_dict().items():
        assert torch.equal(weights, model.network.state_dict()[name].half().float())
    assert not any(parameter.requires_grad for parameter in again.network.parameters())
    assert characters.card("python-lstm", tmp_path) == {"data": "made up"}


def _rest(model: CharacterModel) -> tuple[Any, ...]:
    return model.spec, model.network, model.alphabet


def _changed(**changes: Any) -> bytes:
    tensors, about = unpacked(pack(made_up()), "characters")
    return packed(tensors, about | changes, "characters")


def _with(name: str, tensor: np.ndarray | None) -> bytes:
    tensors, about = unpacked(pack(made_up()), "characters")
    others = {key: value for key, value in tensors.items() if key != name}
    return packed(others | ({} if tensor is None else {name: tensor}), about, "characters")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        pack(made_up())[:-7],
        b"\x80\x04\x95" + b"." * 40,
        packed({}, {}, "characters"),
        packed({}, {"format": 1}, "something else"),
        _changed(format=2),
        _changed(symbols="ab"),
        _changed(symbols=["a", "b"]),
        _changed(replacement="€"),
        _changed(model={"cell": "lstm"}),
        _changed(model={"hidden_size": 10**12}),
        _changed(model="__import__('os')"),
        _changed(card=None),
        _with("rnn.weight_hh_l0", None),
        _with("rnn.weight_hh_l0", np.zeros((2, 2), np.float16)),
        _with("head.bias", np.full(len(made_up().alphabet), np.nan, np.float16)),
        _with("head.bias", np.zeros(len(made_up().alphabet), np.int32)),
        _with("more", np.zeros(3, np.float16)),
        b"\0" * (LARGEST + 1),
        _changed(model={"num_layers": 30_000_000}),
        tensors_as_bytes({"a": np.zeros(1, np.float16)}, metadata={"characters": "[" * 100_000}),
        tensors_as_bytes({"a": np.zeros(1, np.float16)}, metadata={"characters": '{"card":' * 900 + "1" + "}" * 900}),
    ],
    ids=range(23),
)
def test_files_that_lie_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected|must"):
        unpack(content)
    (tmp_path / "python-gru.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match="expected the character network python-gru"):
        load("python-gru", tmp_path)


@pytest.mark.parametrize("note", ["", "[]", "[" * 100_000, "{}"], ids=lambda note: note[:9])
def test_a_card_of_a_file_that_lies_is_refused(note: str, tmp_path: Path) -> None:
    content = tensors_as_bytes({"a": np.zeros(1, np.float16)}, metadata={"characters": note})
    (tmp_path / "python-gru.safetensors").write_bytes(content[: len(content) if note else 99])
    with pytest.raises(ValueError, match="expected the character network python-gru"):
        characters.card("python-gru", tmp_path)


def test_only_what_ships_is_loaded(tmp_path: Path) -> None:
    save(made_up(name="python-gru"), tmp_path)
    (tmp_path / "python-gru.safetensors").rename(tmp_path / "python-rnn.safetensors")
    with pytest.raises(ValueError, match="its name must be python-rnn; got 'python-gru'"):
        load("python-rnn", tmp_path)
    with pytest.raises(ValueError, match="expected the character network shakespeare-gru"):
        load("shakespeare-gru", tmp_path)
    for name in ("../../etc/passwd", "python-lstm@late", "", "python"):
        with pytest.raises(ValueError, match="must be one of python-rnn"):
            load(name, tmp_path)


def test_a_card_is_plain_data(tmp_path: Path) -> None:
    (tmp_path / "python-gru.safetensors").write_bytes(_changed(card=[1]))
    with pytest.raises(ValueError, match="must be an object"):
        characters.card("python-gru", tmp_path)
    assert json.dumps(dict(characters.card("python-lstm")))
