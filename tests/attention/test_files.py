"""Networks as files: what is written is read, and what is damaged is told and never used."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rnnviz.attention import NAMES, load
from rnnviz.attention.cards import LARGEST
from rnnviz.attention.model import save
from rnnviz.checkpoints.storing import packed, unpacked, write
from tests.attention.untrained import untrained

NAME = "reverse-additive"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(untrained(NAME), tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    model = untrained(name)
    weights, card = save(model, tmp_path)
    assert (weights.name, card.name) == (f"{name}.safetensors", f"{name}.json")
    read = load(name, tmp_path)
    assert (read.name, read.task, read.score, dict(read.card)) == (name, model.task, model.score, {})
    assert asdict(read.network.spec) == asdict(model.network.spec)
    source = model.task.samples[0]
    np.testing.assert_array_equal(read.decode(source).logits, model.decode(source).logits)
    assert not any(parameter.requires_grad for parameter in read.network.parameters())
    assert not read.network.training
    before = weights.read_bytes()
    save(read, tmp_path)
    assert weights.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {weights.name, card.name}


def test_a_network_is_read_once_until_its_file_changes(folder: Path) -> None:
    assert load(NAME, folder) is load(NAME, folder)
    before = load(NAME, folder)
    save(untrained(NAME, seed=4), folder)
    assert load(NAME, folder) is not before


@pytest.mark.parametrize("name", ["../reverse-dot", "reverse", "", "x" * 10_000])
def test_there_is_none_of_that_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"a network must be one of reverse-none, .*, dates-dot; got"):
        load(name)


def test_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"network reverse-dot in .*; got no file reverse-dot.safetensors there"):
        load("reverse-dot", tmp_path)


def _without(weights: dict[str, np.ndarray], about: dict[str, object]) -> None:
    del weights["v.weight"]


def _more(weights: dict[str, np.ndarray], about: dict[str, object]) -> None:
    weights["other"] = np.zeros(1, np.float32)


def _shape(weights: dict[str, np.ndarray], about: dict[str, object]) -> None:
    weights["bias"] = weights["bias"][:-1]


def _type(weights: dict[str, np.ndarray], about: dict[str, object]) -> None:
    weights["bias"] = weights["bias"].astype(np.float64)


def _infinite(weights: dict[str, np.ndarray], about: dict[str, object]) -> None:
    weights["bias"] = np.full_like(weights["bias"], np.inf)


def _changed(**changes: object) -> Callable[[dict[str, np.ndarray], dict[str, object]], None]:
    return lambda _, about: about.update(changes)


def _network(**changes: object) -> Callable[[dict[str, np.ndarray], dict[str, object]], None]:
    return lambda _, about: about["network"].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without, "weights must be"),
        (_more, "weights must be"),
        (_shape, r"bias must be float16 or float32 of shape \(32,\); got float32 of shape \(31,\)"),
        (_type, r"bias must be float16 or float32 of shape \(32,\); got float64"),
        (_infinite, "bias must be finite numbers"),
        (_changed(format=2), "its format must be 1; got 2"),
        (_changed(name="reverse-dot"), "its name must be reverse-additive; got 'reverse-dot'"),
        (_changed(task="dates"), "dates has 42 and 12 symbols"),
        (_changed(task="poems"), "KeyError: 'poems'"),
        (_changed(task=[]), "TypeError"),
        (_changed(network=None), "TypeError"),
        (_network(hidden=10**9), "hidden must be a whole number in 1..1024; got 1000000000"),
        (_network(hidden=True), "hidden must be a whole number in 1..1024; got True"),
        (_network(score="cosine"), "score must be one of none, additive, dot; got 'cosine'"),
        (_network(bidirectional=1), "bidirectional must be True or False"),
        (_network(other=1), "unexpected keyword argument"),
        (_network(bidirectional=True, hidden=63), "hidden must be even"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(
    folder: Path, change: Callable[[dict[str, np.ndarray], dict[str, object]], None], message: str
) -> None:
    path = folder / f"{NAME}.safetensors"
    weights, about = unpacked(path.read_bytes())
    change(weights, about)
    write(path, packed(weights, about))
    with pytest.raises(ValueError, match=f"expected the network {NAME} in .*{message}"):
        load(NAME, folder)


def test_damaged_bytes(folder: Path) -> None:
    path = folder / f"{NAME}.safetensors"
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-10], b"\x80\x04}.", bytes(LARGEST + 1)):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=f"expected the network {NAME}"):
            load(NAME, folder)


@pytest.mark.parametrize("card", ["", "[1, 2]", "{", "[" * 100_000, '"x"', '{"a": NaN}'])
def test_a_card_that_is_none(folder: Path, card: str) -> None:
    (folder / f"{NAME}.json").write_text(card, encoding="utf-8")
    with pytest.raises(ValueError, match=f"expected the network {NAME}"):
        load(NAME, folder)


def test_a_card_is_plain_data_that_people_can_read(folder: Path) -> None:
    assert json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8")) == {}
