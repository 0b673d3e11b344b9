"""The numbers that are saved of a widget are those that the network computed."""

import io

import numpy as np
import pandas as pd
import pytest
import torch

from rnnviz import cliff, figures
from rnnviz.sequences import batching
from rnnviz.ui.pages.attention import review as attention_review
from rnnviz.ui.pages.attention import tables as attention_tables
from rnnviz.ui.pages.characters import match_payload, neuron_payload, writing_payload
from rnnviz.ui.pages.characters import tables as character_tables
from rnnviz.ui.pages.characters.writing_payload import Request
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import tables as clipping_tables
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import tables as gradient_tables
from rnnviz.ui.pages.sequences import tables as sequence_tables
from rnnviz.ui.pages.step_through import saved
from rnnviz.ui.reviews import tables as review_tables
from rnnviz.ui.selection import DEFAULT, with_cell, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import networks
from rnnviz.ui.widgets import widget_files
from rnnviz.ui.widgets.panel_view import Shown, side_by_side
from rnnviz.widgets.packing import message
from tests.ui.messages import unpacked


def read(table: pd.DataFrame) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(figures.csv_text(table)), keep_default_na=False)


def test_every_signal_of_a_walk() -> None:
    selection = changed(DEFAULT, cell="gru", hidden_size=3, bidirectional=True, direction="reverse")
    trace = networks.recording(without_viewpoint(selection)).trace
    table = read(saved.recorded(selection))
    assert table["t"].tolist() == list(range(trace.sizes["time"]))
    for signal in "hrzn":
        units = table[[f"{signal}[{k}]" for k in range(3)]].to_numpy(np.float32)
        np.testing.assert_array_equal(units, trace.panel(signal, direction="reverse"))


def test_panels_of_three_cells() -> None:
    selection = changed(DEFAULT, cell="lstm")
    table = read(widget_files.in_panels(selection, side_by_side()))
    for cell in ("rnn", "lstm", "gru"):
        trace = networks.recording(without_viewpoint(with_cell(selection, cell))).trace
        units = table[[f"{cell} h[{k}]" for k in range(trace.sizes["unit"])]].to_numpy(np.float32)
        np.testing.assert_array_equal(units, trace.panel("h"))
    assert Shown("rnn", "h") in side_by_side()


def test_a_small_network() -> None:
    found = networks.unrolled("digit-word", "7")
    table = read(sequence_tables.unrolled(found))
    assert table["input"].astype(str).tolist() == list(found.inputs)
    symbols = table[[f"p({symbol})" for symbol in found.symbols]].to_numpy(np.float32)
    np.testing.assert_array_equal(symbols, found.probabilities)


def test_a_translation() -> None:
    found = networks.attention_model("reverse-additive").decode("314")
    table = read(attention_tables.decoding(found))
    assert found.weights is not None
    weights = table[[f"weight of {k} {token}" for k, token in enumerate(found.source)]].to_numpy()
    np.testing.assert_array_equal(weights.astype(found.weights.dtype), found.weights)
    without = networks.attention_model("reverse-none").decode("314")
    assert not [name for name in attention_tables.decoding(without) if str(name).startswith("weight")]


def test_a_text_that_is_written() -> None:
    found = writing_payload.written(Request("python-lstm", "def ", 50, 0.5, 1))
    table = read(character_tables.writing(found))
    np.testing.assert_allclose(table["bits"], found.bits)
    steps = np.arange(len(found.logits))
    np.testing.assert_allclose(table["p(next)"], found.probabilities[steps, found.ids[1:]])
    assert len(table) == len(found.text) - 1


def test_a_text_in_the_colours_of_units() -> None:
    text = "def f(x):\n    return 'a\u00e9'\n"
    table = read(character_tables.colored(neuron_payload.Request("python-lstm", text, "c")))
    trace = networks.character_trace("python-lstm", text)
    units = table[[f"c[{k}]" for k in range(trace.sizes["unit"])]].to_numpy(np.float32)
    np.testing.assert_array_equal(units, trace.panel("c"))
    assert len(table) == len(text)
    assert "".join(table["input"])[:9] == text[:9]
    inside = table["inside quotes"].astype(float).to_numpy()
    assert inside[text.index("a\u00e9")] == 1
    assert inside[0] == 0


def test_the_units_of_a_phrase() -> None:
    asked = match_payload.Request("python-lstm", "a set of methods\nreturn", "c")
    pattern = match_payload.Pattern(2, 8)
    table = read(character_tables.phrase(asked, pattern))
    on = match_payload.units_of(asked, pattern).on
    assert on
    values = networks.character_trace(asked.network, asked.text).panel("c")
    np.testing.assert_array_equal(table[[f"c[{k}]" for k in on]].to_numpy(np.float32), values[:, list(on)])
    assert table["in the phrase"].tolist() == [0, 0, *[1] * 6, *[0] * 15]
    assert "c" not in {column[0] for column in table.columns if column[2:-1] not in map(str, on)}


@pytest.mark.parametrize(("network", "lines"), [("bilstm", 3), ("lecture-lstm", 1)])
def test_a_review_judged_word_by_word(network: str, lines: int) -> None:
    text = "The film was not good, =xyzzyq"
    model = networks.sentiment_model(network)
    table = read(review_tables.predicted(network, text))
    reading = model.read(text)
    assert table["input"].str.removeprefix("'").tolist() == list(reading.tokens)
    assert len([name for name in table.columns if name.startswith("P(positive)")]) == lines
    for k in range(len(reading.tokens)):
        beginning = " ".join(reading.tokens[: k + 1])
        assert table["P(positive) as if the review ended here"][k] == pytest.approx(
            float(model.predict([beginning])[0]), abs=1e-6
        )
    assert table["known"].tolist() == [int(number != 0) for number in reading.ids]
    assert read(review_tables.predicted(network, "")).empty


def test_gradients_by_words() -> None:
    selection = changed(DEFAULT, cell="lstm", input="words", words="the film was not bad", hidden_size=4)
    table = read(gradient_tables.word_norms(selection, "projection", (2, 5)))
    assert list(table.columns) == ["t", "input", *(f"norm of dL[{k}]/dx" for k in (2, 3, 4))]
    sent = unpacked(message(gradient_figures.word_payload(without_viewpoint(selection), "projection", (2, 5))))["logs"]
    numbers = table.iloc[:, 2:].to_numpy(float).T
    known = sent > -999
    np.testing.assert_allclose(np.log10(numbers[known]), sent[known], rtol=1e-5)
    assert (numbers[~known] == 0).all()


def test_the_weights_of_words() -> None:
    found = attention_review.sizes_of("bilstm", "a fine film, not dull")
    table = read(attention_tables.weighed(found))
    np.testing.assert_array_equal(table.iloc[:, 2:].to_numpy(float).T, found.values)
    assert table["attention"].sum() == pytest.approx(1, abs=1e-6)


def test_a_padded_batch() -> None:
    sentences = batching.sentences_of("The film was good.\nBad!")
    batch = batching.batch_of(sentences, batching.own_vocabulary(sentences, 3))
    table = read(sequence_tables.padded(batch))
    ids = torch.from_numpy(batch.ids)
    assert table["number"].tolist() == ids.flatten().tolist()
    assert table["mask"].tolist() == batch.mask.astype(int).flatten().tolist()
    assert table["length"].tolist() == np.repeat(batch.lengths, ids.shape[1]).tolist()
    assert table["token"][table["mask"] == 1].tolist() == [token for one in batch.tokens for token in one]
    assert set(table["token"][table["mask"] == 0]) == {""}


def test_descents_are_those_of_autograd() -> None:
    table = read(clipping_tables.descents(*cliff_view.both(cliff.Settings(5.0, -2.5, steps=50, max_norm=1.0))))
    assert len(table) == 50
    place = torch.tensor([5.0, -2.5], dtype=torch.float64, requires_grad=True)
    for step in range(3):
        x = torch.tensor(0.5, dtype=torch.float64)
        for _ in range(50):
            x = place[0] * torch.sigmoid(x) + place[1]
        error = (torch.sigmoid(x) - 0.7) ** 2
        (grad,) = torch.autograd.grad(error, place)
        row = table.iloc[step]
        assert row["clipped error"] == pytest.approx(error.item(), rel=1e-9)
        assert row["clipped grad_norm"] == pytest.approx(grad.norm().item(), rel=1e-9)
        place = (place - 0.1 * grad * min(1.0, 1.0 / (grad.norm().item() + 1e-6))).detach().requires_grad_()
