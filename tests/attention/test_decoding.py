"""Decoding is what torch computes, step by step; what is forced or edited changes that step and those after it."""

import re
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from rnnviz.attention import NAMES, Decoding
from rnnviz.attention.decoding import END
from rnnviz.attention.model import AttentionModel
from rnnviz.attention.training import greedy
from tests.attention.untrained import untrained
from tests.together import together

SOURCES = {"reverse": "3141592653", "dates": "Thursday, 5 March 1998"}
WITH_ATTENTION = tuple(name for name in NAMES if not name.endswith("none"))
CLOSE = {"rtol": 1e-4, "atol": 2e-6}


def source_of(name: str) -> str:
    return SOURCES[name.partition("-")[0]]


def cell(x: Tensor, h: Tensor, weights: Mapping[str, Tensor], place: str) -> Tensor:
    """One step of a GRU as torch's documentation writes it."""
    ih = weights[f"weight_ih_l0{place}"] @ x + weights[f"bias_ih_l0{place}"]
    hh = weights[f"weight_hh_l0{place}"] @ h + weights[f"bias_hh_l0{place}"]
    (r_x, z_x, n_x), (r_h, z_h, n_h) = ih.chunk(3), hh.chunk(3)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    return (1 - z) * torch.tanh(n_x + r * n_h) + z * h


def read(model: AttentionModel, source: str) -> tuple[Tensor, Tensor]:
    """States at every place and the last of each direction."""
    network = model.network
    weights = dict(network.encoder.named_parameters())
    x = [network.read.weight[model.task.read.index(character.lower())] for character in source]
    directions, last = [], []
    for place in ("", "_reverse") if network.spec.bidirectional else ("",):
        h, states = torch.zeros(network.encoder.hidden_size), []
        for vector in x[::-1] if place else x:
            h = cell(vector, h, weights, place)
            states.append(h)
        directions.append(torch.stack(states[::-1] if place else states))
        last.append(h)
    return torch.cat(directions, 1), torch.cat(last)


def by_hand(model: AttentionModel, source: str, steps: int) -> dict[str, np.ndarray]:
    """The decoding in a loop of plain torch, with no code of the network but its weights."""
    weights = dict(model.network.named_parameters())
    decoder = {name.removeprefix("decoder."): weight for name, weight in weights.items() if name.startswith("decoder.")}
    encoded, h = read(model, source)
    rows: dict[str, list[Tensor]] = {}
    before = len(model.task.said)
    for _ in range(steps):
        h = cell(weights["said.weight"][before], h, decoder, "")
        seen = [h]
        if model.score != "none":
            if model.score == "dot":
                scores = torch.stack([(h * key).sum() for key in encoded])
            else:
                W_q, W_k, b, v = (weights[name] for name in ("query.weight", "key.weight", "bias", "v.weight"))
                scores = torch.stack([(v[0] * torch.tanh(W_q @ h + W_k @ key + b)).sum() for key in encoded])
            alpha = torch.softmax(scores, 0)
            context = sum(weight * key for weight, key in zip(alpha, encoded, strict=True))
            seen = [context, h]
            for name, row in {"scores": scores, "weights": alpha, "context": context}.items():
                rows.setdefault(name, []).append(row)
        combined = torch.tanh(weights["combine.weight"] @ torch.cat(seen))
        logits = weights["head.weight"] @ combined + weights["head.bias"]
        for name, row in {"queries": h, "combined": combined, "logits": logits}.items():
            rows.setdefault(name, []).append(row)
        rows.setdefault("probabilities", []).append(torch.softmax(logits, 0))
        before = int(logits.argmax())
    return {"encoded": encoded.numpy(), **{name: torch.stack(row).numpy() for name, row in rows.items()}}


@pytest.mark.parametrize("name", NAMES)
def test_a_decoding_is_what_plain_torch_computes(name: str) -> None:
    model = untrained(name)
    decoding = model.decode(source_of(name), limit=9)
    expected = by_hand(model, source_of(name), decoding.steps)
    for array, values in expected.items():
        np.testing.assert_allclose(getattr(decoding, array), values, **CLOSE, err_msg=array)
    for step, token in enumerate(decoding.output):
        assert decoding.logits[step].argmax() == decoding.symbols.index(token)
    if model.score == "none":
        assert decoding.scores is decoding.weights is decoding.context is None


@pytest.mark.parametrize("name", NAMES)
def test_teacher_forcing_sees_what_decoding_sees(name: str) -> None:
    model = untrained(name)
    decoding = model.decode(source_of(name), limit=7)
    y = torch.tensor([[decoding.symbols.index(token) for token in decoding.output]])
    logits = model.network(torch.from_numpy(model.task.encode([source_of(name)])), y)[0]
    np.testing.assert_allclose(decoding.logits, logits.numpy(), **CLOSE)


@pytest.mark.parametrize("name", WITH_ATTENTION)
def test_weights_sum_to_one_and_are_torchs_softmax(name: str) -> None:
    decoding = untrained(name).decode(source_of(name), limit=9)
    np.testing.assert_allclose(decoding.weights.sum(1), 1, atol=1e-6)
    softmax = torch.softmax(torch.tensor(decoding.scores), -1).numpy()
    np.testing.assert_allclose(decoding.weights, softmax, rtol=1e-6)


@pytest.mark.parametrize("name", ["reverse-dot", "dates-dot"])
def test_dot_attention_is_torchs_own(name: str) -> None:
    decoding = untrained(name).decode(source_of(name), limit=9)
    queries, keys = torch.tensor(decoding.queries)[None], torch.tensor(decoding.encoded)[None]
    expected = functional.scaled_dot_product_attention(queries, keys, keys, scale=1.0)[0]
    np.testing.assert_allclose(decoding.context, expected.numpy(), **CLOSE)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_says_what_one_says(name: str) -> None:
    model = untrained(name)
    sources = [source_of(name), source_of(name).replace("1", "7")]
    said, weights = greedy(model.network, model.task.encode(sources), 9)
    for row, source in enumerate(sources):
        decoding = model.decode(source, limit=9)
        assert [model.task.said[k] for k in said[row, : decoding.steps]] == list(decoding.output)
        if weights is not None:
            np.testing.assert_allclose(weights[row, : decoding.steps], decoding.weights, **CLOSE)


@pytest.mark.parametrize("name", WITH_ATTENTION)
def test_arithmetic_adds_up(name: str) -> None:
    model = untrained(name)
    decoding = model.decode(source_of(name), edited={2: {1: 0.5}}, limit=5)
    for step in range(decoding.steps):
        one = model.arithmetic(decoding, step)
        assert (one.step, one.score) == (step, model.score)
        np.testing.assert_array_equal(one.query, decoding.queries[step])
        np.testing.assert_array_equal(one.keys, decoding.encoded)
        np.testing.assert_allclose(one.products.sum(1), one.scores, **CLOSE)
        np.testing.assert_array_equal(one.scores, decoding.scores[step])
        np.testing.assert_allclose(one.exponentials, np.exp(one.scores - one.largest), rtol=1e-6)
        assert one.total == pytest.approx(one.exponentials.sum(), rel=1e-6)
        np.testing.assert_allclose(one.softmax, one.exponentials / one.total, rtol=1e-6)
        np.testing.assert_array_equal(one.weights, decoding.weights[step])
        np.testing.assert_allclose(one.softmax, one.weights if step != 2 else one.softmax, rtol=1e-5)
        np.testing.assert_array_equal(one.weighted, one.weights[:, None] * one.keys)
        np.testing.assert_allclose(one.weighted.sum(0), one.context, **CLOSE)
        if model.score == "additive":
            weights = {key: value.numpy() for key, value in model.network.named_parameters()}
            np.testing.assert_allclose(one.from_query, weights["query.weight"] @ one.query, **CLOSE)
            np.testing.assert_allclose(one.from_keys, one.keys @ weights["key.weight"].T, **CLOSE)
            np.testing.assert_allclose(one.summed, one.from_query + one.from_keys + one.bias, **CLOSE)
            np.testing.assert_allclose(one.activated, np.tanh(one.summed), **CLOSE)
            np.testing.assert_allclose(one.products, one.v * one.activated, **CLOSE)
        else:
            np.testing.assert_array_equal(one.products, one.query * one.keys)
            assert one.from_query is one.v is None


def rows_before(decoding: Decoding, step: int) -> list[np.ndarray]:
    arrays = [decoding.queries, decoding.scores, decoding.weights, decoding.context, decoding.logits]
    return [array[:step] for array in arrays if array is not None]


@pytest.mark.parametrize("name", NAMES)
def test_a_forced_token_is_said_and_read(name: str) -> None:
    model, step = untrained(name), 3
    plain = model.decode(source_of(name), limit=8)
    token = next(symbol for symbol in model.task.said if symbol not in (plain.output[step], END))
    forced = model.decode(source_of(name), forced={step: token}, limit=8)
    assert forced.output[: step + 1] == (*plain.output[:step], token)
    assert dict(forced.forced) == {step: token}
    for one, other in zip(rows_before(plain, step + 1), rows_before(forced, step + 1), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(forced.queries[step + 1] - plain.queries[step + 1]).max() > 1e-4
    again = model.decode(source_of(name), forced={step: plain.output[step]}, limit=8)
    np.testing.assert_array_equal(again.logits, plain.logits)


def test_a_forced_end_ends() -> None:
    decoding = untrained("reverse-dot").decode("123", forced={1: END})
    assert decoding.output[1:] == (END,)
    assert decoding.has_ended
    assert decoding.text == decoding.output[0]


@pytest.mark.parametrize("name", WITH_ATTENTION)
def test_an_edited_weight_moves_what_is_left(name: str) -> None:
    model, step = untrained(name), 2
    plain = model.decode(source_of(name), limit=6)
    typed = {4: 0.75, 0: 0.05}
    edited = model.decode(source_of(name), edited={step: typed}, limit=6)
    np.testing.assert_allclose(edited.weights[step, [4, 0]], [0.75, 0.05], rtol=1e-6)
    np.testing.assert_allclose(edited.weights.sum(1), 1, atol=1e-6)
    others = [place for place in range(len(plain.source)) if place not in typed]
    ratio = edited.weights[step, others] / plain.weights[step, others]
    np.testing.assert_allclose(ratio, 0.2 / plain.weights[step, others].sum(), rtol=1e-5)
    np.testing.assert_allclose(edited.context[step], edited.weights[step] @ edited.encoded, **CLOSE)
    np.testing.assert_array_equal(edited.scores[: step + 1], plain.scores[: step + 1])
    for one, other in zip(rows_before(plain, step), rows_before(edited, step), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.abs(edited.logits[step] - plain.logits[step]).max() > 1e-4


def test_all_weight_on_one_place() -> None:
    decoding = untrained("reverse-additive").decode("123", edited={0: {1: 1}})
    np.testing.assert_array_equal(decoding.weights[0], [0, 1, 0])
    np.testing.assert_array_equal(decoding.context[0], decoding.encoded[1])
    one = untrained("reverse-additive").decode("7", edited={0: {0: 1.0}})
    np.testing.assert_array_equal(one.weights[0], [1])


def test_arrays_cannot_be_written_and_fit_each_other() -> None:
    decoding = untrained("reverse-dot").decode("123", limit=2)
    with pytest.raises(ValueError, match="read-only"):
        decoding.weights[0] = 0
    for change in ({"weights": decoding.weights[:1]}, {"weights": None}, {"score": "none"}, {"score": "cosine"}):
        with pytest.raises(ValueError, match=re.compile("must be")):
            Decoding(**{name: getattr(decoding, name) for name in decoding.__dataclass_fields__} | change)


def test_likeliest() -> None:
    decoding = untrained("reverse-dot").decode("123", limit=2)
    tokens = decoding.likeliest(0, 3)
    assert tokens[0][0] == decoding.output[0]
    assert [share for _, share in tokens] == sorted(decoding.probabilities[0].tolist(), reverse=True)[:3]


@together(
    "changes, message",
    [
        ({"forced": {0: "x"}}, "a forced token must be one of 0 1 2 .* <end>; got 'x'"),
        ({"forced": {-1: "1"}}, "a forced step must be a whole number in 0..8; got -1"),
        ({"forced": {9: "1"}}, "a forced step must be a whole number in 0..8; got 9"),
        ({"forced": {"0": "1"}}, "a forced step must be a whole number in 0..8; got '0'"),
        ({"forced": {0: ["1"]}}, "a forced token must be one of"),
        ({"edited": {9: {0: 0.5}}}, "an edited step must be a whole number in 0..8; got 9"),
        ({"edited": {0: {3: 0.5}}}, "an edited position must be a whole number in 0..2; got 3"),
        ({"edited": {0: {0: 1.5}}}, "an edited weight must be a number in 0..1; got 1.5"),
        ({"edited": {0: {0: float("nan")}}}, "an edited weight must be a number in 0..1; got nan"),
        ({"edited": {0: {0: True}}}, "an edited weight must be a number in 0..1; got True"),
        ({"edited": {0: {0: 0.6, 1: 0.6}}}, "the edited weights of step 0 must sum to at most 1; got 1.2"),
        ({"edited": {0: {0: 0.1, 1: 0.1, 2: 0.1}}}, "no position of step 0 is left to take the rest"),
        ({"limit": 0}, "limit must be a whole number in 1..80; got 0"),
        ({"limit": 10**9}, "limit must be a whole number in 1..80; got 1000000000"),
    ],
)
def test_what_cannot_be_asked(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        untrained("reverse-dot").decode("123", **changes)


def test_what_a_network_without_attention_cannot_be_asked() -> None:
    model = untrained("reverse-none")
    with pytest.raises(ValueError, match="only a network with attention has weights to edit"):
        model.decode("123", edited={0: {0: 0.5}})
    with pytest.raises(ValueError, match="only a network with attention looks at its source"):
        model.arithmetic(model.decode("123"), 0)
    with pytest.raises(ValueError, match="only a network with attention scores"):
        model.network.scores(torch.zeros(1, 1, 64), torch.zeros(1, 1, 64))


def test_arithmetic_of_what_is_not_there() -> None:
    model = untrained("reverse-dot")
    with pytest.raises(ValueError, match=r"step must be a whole number in 0\.\.1; got 2"):
        model.arithmetic(model.decode("123", limit=2), 2)
    with pytest.raises(ValueError, match="the decoding must be one of reverse-dot; got one of dates-dot"):
        model.arithmetic(untrained("dates-dot").decode("5.3.98"), 0)
