"""What the lecture's tour says in numbers, computed anew: by torch, or read off the cards of what ships."""

import json
import math
import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import attention, characters, checkpoints, cliff, clipping, memory_grid, models, sentiment
from rnnviz.analysis import factor_per_step, retention
from rnnviz.analysis.training import LEARNED
from rnnviz.characters.generating import generate
from rnnviz.memory_grid import VARIANTS
from rnnviz.pictures.cliff import where
from rnnviz.reach import through_time
from rnnviz.sentiment import BAG
from rnnviz.spec import ModelSpec, TaskSpec
from rnnviz.stepping import Recording, record
from rnnviz.tours import Stop
from rnnviz.ui.pages.characters.writing import LENGTH, PROMPTS, TEMPERATURE
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.selection import inputs, network, steps
from tests.serving import ROOT
from tests.telling import Told, percent, selection_of

says: Final = Told("lecture")
NEURONS: Final = ROOT / "assets" / "models" / "characters" / "neurons"
ORDER: Final = (
    "i expected it to be great but it was terrible",
    "i expected it to be terrible but it was great",
)


def recording_of(stop: Stop) -> Recording:
    selection = selection_of(stop)
    return record(network(selection), inputs(selection), steps(selection), selection.edits)


def count(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def test_the_same_words_in_another_order() -> None:
    ours, bag, theirs = (sentiment.load(name).predict(ORDER) for name in ("bilstm", BAG, "lecture-lstm"))
    assert bag[0] == bag[1]
    numbers = [percent(float(number)) for number in (bag[0], *ours, *theirs)]
    says("The same words, another order", *numbers)
    assert numbers == ["54 %", "18 %", "73 %", "35 %", "33 %"]
    assert sorted(ORDER[0].split()) == sorted(ORDER[1].split())
    assert len(ORDER[0].split()) == 10


def test_one_set_of_weights() -> None:
    stop = says("One set of weights for all steps", "2 × 5", "2 × 2", "18 for either, 10 + 4 + 2 + 2")
    spec = network(selection_of(stop))
    assert count(nn.RNN(spec.input_size, spec.hidden_size)) == 18
    assert len(steps(selection_of(stop))) == 3


def test_a_step_by_hand() -> None:
    stop = says("A step by hand, against nn.RNN", "1.300", "−0.236", "0.998", "0.761", "1.236", "0.844", "−0.064")
    torch.manual_seed(1)
    rnn: Any = nn.RNN(5, 2, batch_first=True)
    x = torch.tensor([[[1.0] * 5, [2.0] * 5, [3.0] * 5]])
    with torch.no_grad():
        h = rnn(x)[0][0]
        read = x[0, 1] @ rnn.weight_ih_l0.T
        kept = h[0] @ rnn.weight_hh_l0.T
        printed = read + rnn.bias_ih_l0
        parts = (
            read,
            kept,
            printed + kept + rnn.bias_hh_l0,
            h[1],
            printed,
            torch.tanh(printed),
            rnn.bias_ih_l0.detach(),
        )
    found = [f"{float(one[1]):.3f}" for one in parts]
    assert found == ["1.300", "-0.236", "0.998", "0.761", "1.236", "0.844", "-0.064"]
    assert selection_of(stop).picture == "cell"  # which shows all that the words speak of
    recording = recording_of(stop)
    # torch's own weights may differ from ours by 2⁻²⁴: five of them times up to 3, and a sum of ten products.
    np.testing.assert_allclose(recording.trace["h"][0, 0, 0], h.numpy(), rtol=0, atol=1e-6)
    # The same weights in another order of adding: some roundings of numbers below 2.
    assert max(check.difference for check in recording.check(recording.walk(0, "forward"))) < 1e-6


def test_the_way_back() -> None:
    stop = says("The gradient goes back, step by step", "0.66", "0.041", "0.0039", "1.1", "1.18")
    selection = selection_of(stop)
    found = through_time(network(selection), inputs(selection), [2], of="read-out")
    back = found.layers[0, "forward"]
    norms = [f"{np.linalg.norm(one):.2g}" for one in back.h[::-1]]
    assert norms == ["0.66", "0.041", "0.0039"]
    assert f"{back.added_ih[2]:.2g}" == "1.1"
    assert f"{np.linalg.norm(found.grads['rnn.weight_ih_l0']):.3g}" == "1.18"
    assert back.added_ih.argmax() == 2
    assert back.added_hh[0] == 0


def test_the_drawn_cell() -> None:
    shown = ("0.706", "−0.294", "0.189", "−0.999", "−0.397", "0.678", "−0.256")
    stop = says("An LSTM's cell, drawn", *shown)
    recording = recording_of(stop)
    t = selection_of(stop).t
    walk = recording.walk(0, "forward")
    assert walk.c_prev is not None
    signals = {**walk.values, "c_prev": walk.c_prev}
    found = [float(signals[key][t, 0]) for key in ("f", "c_prev", "i", "g", "c", "o", "h")]
    assert [f"{number:.3f}".replace("-", "−") for number in found] == list(shown)


def left(spec: ModelSpec, x: np.ndarray, seed: int) -> float:
    """The gradient by the first state, divided by that at the last, of a projection of the last state."""
    module = models.build(spec).double()
    begun = torch.zeros(1, 1, spec.hidden_size, dtype=torch.float64)
    cell_state = (torch.zeros_like(begun),) if spec.cell == "lstm" else ()
    read = torch.from_numpy(x).double()[None]
    rnn: Any = next(one for one in module.modules() if isinstance(one, nn.RNN | nn.LSTM))
    first, _ = rnn(read[:, :1], (begun, *cell_state) if cell_state else begun)
    h = first[:, 0][None].detach().requires_grad_()
    state = (h, rnn(read[:, :1])[1][1].detach()) if spec.cell == "lstm" else h
    last = rnn(read[:, 1:], state)[0][0, -1]
    projection = torch.randn(spec.hidden_size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    (gradient,) = torch.autograd.grad(last @ projection, h)
    return float(gradient.norm() / projection.norm())


def test_gradients_vanish_or_explode() -> None:
    stop = says(
        "Gradients vanish, or explode", "32 words", "five seeds", "about half of the gradient at each step",
        "a hundred-millionth", "twentyfold", "0.625 of the gradient at each step", "ten-millionth", "more than 3 %",
    )  # fmt: skip
    selection = selection_of(stop)
    x = inputs(selection)
    assert len(x) == 32
    assert dict(selection.views)["gradients.scale"] == "2"
    own = network(selection)
    plain = ModelSpec("rnn", own.input_size, own.hidden_size)
    starts = {
        "rnn": plain,
        "lstm": replace(plain, cell="lstm"),
        "open": replace(plain, cell="lstm", forget_bias=3.0),
        "orthogonal": replace(plain, recurrent="orthogonal", recurrent_scale=2.0),
    }
    found = {
        name: np.array([left(replace(spec, seed=own.seed + k), x, k) for k in range(5)])
        for name, spec in starts.items()
    }
    assert (found["rnn"] < 2e-8).all()
    assert np.median(found["rnn"]) < 1e-8
    assert ((found["rnn"] ** (1 / 31) > 0.45) & (found["rnn"] ** (1 / 31) < 0.57)).all()
    assert (found["lstm"] < 1e-6).all()
    assert (found["open"] > 0.01).all()
    assert (found["orthogonal"] > 5).all()


def test_the_gradients_of_the_page() -> None:
    """The same with the page's own projections, of which the sentences speak."""
    from rnnviz.ui.pages.gradients import lines as gradient_lines

    selection = selection_of(says.stops["Gradients vanish, or explode"])
    offered = gradient_lines.offered(selection)
    lines = {
        "rnn": offered["RNN"],
        "lstm": offered["LSTM"],
        "open": offered["LSTM, forget bias 3"],
        "orthogonal": gradient_lines.orthogonal(selection, 2.0),
    }
    kept, first = {}, {}
    for name, line in lines.items():
        found = gradient_lines.step_gradients(selection, line, "h", "projection", 31)
        norms = np.stack([one.norms for one in found]).reshape(len(found), -1)
        assert norms.shape == (5, 32)
        kept[name] = norms[:, 0] / norms[:, -1]
        first[name] = norms[0, ::-1]
    assert (kept["rnn"] < 1.01e-8).all()
    assert ((kept["rnn"] ** (1 / 31)).round(1) == 0.5).sum() >= 4
    assert (kept["lstm"] < 1e-7).all()
    assert factor_per_step(first["lstm"], 7).factor == pytest.approx(0.625, abs=0.0005)
    assert (kept["open"] > 0.03).all()
    assert (kept["orthogonal"] > 20).all()


def test_the_cliff() -> None:
    stop = says("The cliff", "One unit, fifty steps", "step 163", "longer than 100", "max_norm 1", "0.1 × 5 = 0.5")
    step = int(dict(selection_of(stop).views)["cliff.step"])
    assert step == 163
    assert cliff.STATES == 50
    begin = next(iter(cliff_view.STARTS.values()))
    unclipped, clipped = cliff_view.both(cliff.Settings(*begin, rate=0.1, max_norm=1.0, steps=400))
    assert unclipped.longest == step
    assert clipped.clipped[: step + 1].tolist() == [False] * step + [True]  # so both have gone the same way
    assert unclipped.update_norm[step] > 100
    assert unclipped.grad_norm[step + 1] == 0
    assert where(unclipped) == "off"
    assert where(clipped) == "on"
    assert clipped.update_norm[step] == pytest.approx(0.1, abs=1e-6)
    says("The cliff", "$w$ = 5.6, $b$ = −2.4")
    _, wider = cliff_view.both(cliff.Settings(*begin, rate=0.1, max_norm=5.0, steps=400))
    assert wider.clipped[: step + 1].tolist() == [False] * step + [True]
    assert wider.update_norm[step] == pytest.approx(0.5, abs=1e-6)
    assert (f"{wider.w[step + 1]:.1f}", f"{wider.b[step + 1]:.1f}") == ("5.6", "-2.4")
    assert wider.grad_norm[step + 1] > 0
    assert where(wider) == "on"
    w, b = np.meshgrid(np.linspace(4, 8, 201), np.linspace(-4, -2, 201))
    _, by_w, by_b = cliff.error_and_gradient(w, b)
    lengths = np.hypot(by_w, by_b)
    assert lengths.max() / np.median(lengths) > 1_000


def test_clipping_in_a_real_training() -> None:
    says(
        "Clipping in a real training", "median of 20", "more than 7 of 20", "below 0.1", "max_norm 1",
        "rate of 0.1, all 20", "up to 0.02", "above 0.14", "unclipped at 0.3 is best",
    )  # fmt: skip
    irnn, gru = clipping.shipped_rates("IRNN"), clipping.shipped_rates("GRU")
    assert LEARNED == 0.1
    assert irnn.unclipped.shape[1] == 20
    assert irnn.spec.max_norm == 1
    assert irnn.learned("unclipped").max() == 7
    assert irnn.learned("clipped")[irnn.rates == 0.1] == 20
    assert irnn.medians("unclipped")[irnn.rates <= 0.02].min() > 0.14
    assert gru.rates[gru.medians("unclipped").argmin()] == 0.3
    assert gru.medians("unclipped").min() < gru.medians("clipped").min()
    assert (gru.learned("clipped") > 10).sum() > (gru.learned("unclipped") > 10).sum()


def test_how_far_each_cell_learns() -> None:
    says(
        "How far back can each cell learn?",
        "all three seeds",
        "the GRU solves it in one",
        "σ(3) = 0.95 of the cell state",
        "14 %",
        "0.73",
    )
    known = memory_grid.shipped()
    solved = {
        length: [known[memory_grid.cell_spec(TaskSpec("latch", length), variant)].solved for variant in VARIANTS]
        for length in (5, 10, 20, 40)
    }
    assert [variant.forget_bias for variant in VARIANTS] == [None, None, None, 1, 3]
    assert solved == {5: [3] * 5, 10: [3] * 5, 20: [0, 1, 0, 3, 3], 40: [0, 0, 0, 0, 3]}
    gates = [1 / (1 + math.exp(-bias)) for bias in (3, 1)]
    assert [f"{gate:.2f}" for gate in gates] == ["0.95", "0.73"]
    assert percent(gates[0] ** 40) == "14 %"
    assert 2.5e-6 < gates[1] ** 40 < 3.8e-6


def test_what_the_input_gate_lets_in() -> None:
    stop = says(
        "LSTM: what the input gate lets in", "0.41 at $t = 6$", "0.06 at $t = 19$", "At 6 and 19", "three times"
    )
    recording = recording_of(stop)
    marked = [t for t, token in enumerate(recording.tokens) if token.endswith(" 1")]
    assert marked == [6, 19]
    assert [recording.tokens[t] for t in marked] == ["0.41 1", "0.06 1"]
    assert selection_of(stop).t == 6
    gates = recording.trace.panel("i")
    moved = np.abs(gates - np.median(gates, 0)).mean(1)
    assert set(np.argsort(moved)[-2:].tolist()) == {6, 19}
    others = np.delete(moved, marked)
    assert (moved[marked].min() > 3 * others).mean() > 0.8


def test_what_the_forget_gate_keeps() -> None:
    stop = says(
        "LSTM: what the forget gate keeps", "61 %", "twenty others", "0.976", "σ(1) = 0.73", "0.2 %", "About 8 %"
    )
    recording = recording_of(stop)
    gates = recording.trace.panel("f")
    assert len(gates) == 21
    longest = int(np.exp(np.log(gates).mean(0)).argmax())
    kept = float(np.prod(gates[1:, longest], dtype=np.float64))
    assert percent(kept) == "61 %"
    assert retention(gates, longest)[20, 0] == pytest.approx(kept, rel=1e-6)  # what the figure draws
    assert f"{0.61 ** (1 / 20):.3f}" == "0.976"
    assert percent(kept**5) == "8 %"
    assert checkpoints.load("latch-lstm").model.forget_bias == 1
    half_open = 1 / (1 + np.exp(-1.0))
    assert (f"{half_open:.2f}", f"{100 * half_open**20:.1f} %") == ("0.73", "0.2 %")


def test_one_state_and_two_gates() -> None:
    stop = says(
        "GRU: one state, two gates",
        "0.588, 0.896 and 0.206",
        "keeps 90 % of its",
        "keeps 21 % and takes 79 %",
        "here 90 and 120, and 30",
    )
    selection = selection_of(stop)
    spec = network(selection)
    trace = recording_of(stop).trace
    assert selection.t == 1
    assert [f"{gate:.3f}" for gate in trace.panel("z")[1]] == ["0.588", "0.896", "0.206"]
    assert [percent(one) for one in (*trace.panel("z")[1, 1:], 1 - trace.panel("z")[1, 2])] == ["90 %", "21 %", "79 %"]
    assert selection.picture == "cell"  # which shows these numbers
    h, z, n = (trace.panel(name) for name in ("h", "z", "n"))
    np.testing.assert_allclose(h[1], (1 - z[1]) * n[1] + z[1] * h[0], rtol=1e-5)
    kinds = (nn.GRU, nn.LSTM, nn.RNN)
    assert [count(kind(spec.input_size, spec.hidden_size)) for kind in kinds] == [90, 120, 30]


def test_sentiment_word_by_word() -> None:
    stop = says("Sentiment, word by word", "turns at “awful”", "from 80 % to 23 %", "92 %", "Nine, one for each")
    model = sentiment.load("bilstm")
    running = model.running(selection_of(stop).words)
    assert selection_of(stop).words.split()[-1] == "awful"
    assert len(running) == 9
    assert [percent(float(running[k])) for k in (7, 8)] == ["80 %", "23 %"]
    assert (running[2:8] > 0.52).all()  # it turns nowhere else
    assert percent(float(model.card["test"]["accuracy"])) == "92 %"


def test_where_the_reverse_direction_has_read_everything() -> None:
    stop = says("BiLSTM: what each direction has read", "all ten", "“!” alone")
    selection = selection_of(stop)
    assert (selection.direction, selection.t, steps(selection)[9]) == ("reverse", 9, "!")
    spec, x = network(selection), torch.from_numpy(inputs(selection))[None]
    lstm: Any = next(one for one in models.build(spec).modules() if isinstance(one, nn.LSTM))
    size = spec.hidden_size
    with torch.no_grad():
        output, (h_n, _) = lstm(x)
        alone, _ = lstm(x[:, -1:])
    assert torch.equal(output[0, -1, :size], h_n[0, 0])
    assert torch.equal(output[0, 0, size:], h_n[1, 0])
    torch.testing.assert_close(output[0, -1, size:], alone[0, 0, size:])
    assert not torch.allclose(output[0, -1, size:], h_n[1, 0], atol=0.01)


def decoded(stop: Stop, score: str) -> tuple[str, "attention.Decoding"]:
    digits = dict(selection_of(stop).entries)["attention.reverse"]
    decoding = attention.load(f"reverse-{score}").decode(digits)
    return digits, decoding


def test_without_attention() -> None:
    stop = says("Without attention: all through one vector", "22 digits", "64 numbers", "first 14", "fifteenth")
    digits, decoding = decoded(stop, "none")
    assert dict(selection_of(stop).views)["attention.score"] == "no-attention"
    said, wanted = "".join(decoding.output[:-1]), digits[::-1]
    assert len(digits) == 22
    assert said[:14] == wanted[:14]
    assert said[14] != wanted[14]
    assert said[15:] != wanted[15:]
    rnn = [one for one in attention.load("reverse-none").network.modules() if isinstance(one, nn.RNNBase)]
    assert {one.hidden_size for one in rnn} == {64}


def test_with_attention() -> None:
    stop = says(
        "With attention: looking back at every step",
        "all 22 are right",
        "21 of the 22",
        "one position to the right",
        "lies on the digit that is output, at every step",
    )
    assert dict(selection_of(stop).views)["attention.score"] == "dot-product"
    for score, beside, count in (("dot", 0, 22), ("additive", 1, 21)):
        digits, decoding = decoded(stop, score)
        assert "".join(decoding.output[:-1]) == digits[::-1]
        assert decoding.weights is not None
        places = decoding.weights.argmax(1)[:-1]
        assert (places == np.arange(21, -1, -1) + beside).sum() == count


def test_a_network_that_writes() -> None:
    says("Characters: a network that writes", "1.51 bits", "1.84", "96 characters", "6.6")
    model = characters.load("python-lstm")
    assert f"{model.card['test']:.2f}" == "1.51"
    assert f"{min(model.card['ngrams']['test']):.2f}" == "1.84"
    assert len(model.alphabet) == 96
    assert f"{math.log2(96):.1f}" == "6.6"


def test_what_the_characters_cost_that_it_writes() -> None:
    said = ("a first letter costs 2.5 bits on average, and each of the others 0.4", "at temperature 0.5")
    says("Characters: a network that writes", *said, "The colon")
    assert TEMPERATURE == 0.5
    written = generate(characters.load("python-lstm"), PROMPTS["python"], count=LENGTH, temperature=TEMPERATURE, seed=1)
    text = written.text
    cost = dict(zip(range(1, len(text)), written.bits, strict=True))
    letters = [k for k in range(written.prompt, len(text)) if text[k].isalpha()]
    first = [cost[k] for k in letters if not text[k - 1].isalpha()]
    others = [cost[k] for k in letters if text[k - 1].isalpha()]
    assert (f"{np.mean(first):.1f}", f"{np.mean(others):.1f}") == ("2.5", "0.4")
    ends = [cost[found.end() - 1] for found in re.finditer(r"def .*\):", text)]
    assert len(ends) == 2
    assert max(ends) < 0.02


def test_a_unit_that_follows_the_quotes() -> None:
    says("A unit that follows the quotes", "$r = 0.71$", "beyond 0.2.")
    card = json.loads((NEURONS / "python-lstm.json").read_text(encoding="utf-8"))
    quotes = card["names"].index("quotes")
    assert f"{max(map(abs, card['r']['c'][quotes])) / 1000:.2f}" == "0.71"
    assert card["before"]["c"][quotes] <= 200
