"""The code behind reviews, sequences, attention, characters, the cliff and memory draws what the pages draw."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz import clipping, memory_grid
from rnnviz.attention.edits import Forced, Weighed
from rnnviz.cliff import Settings, descend
from rnnviz.memory_grid import VARIANTS, MemoryTask, cell_spec
from rnnviz.pictures.cliff import headline
from rnnviz.spec import TaskSpec
from rnnviz.ui.pages.attention import code as attention
from rnnviz.ui.pages.attention import lengths as attention_lengths
from rnnviz.ui.pages.attention import review as attention_review
from rnnviz.ui.pages.attention import translation
from rnnviz.ui.pages.characters import code as characters
from rnnviz.ui.pages.characters import learning as learning_view
from rnnviz.ui.pages.characters import match_payload, neuron_payload, writing_payload
from rnnviz.ui.pages.characters import temperature as temperature_view
from rnnviz.ui.pages.characters.code import TemperatureFigure
from rnnviz.ui.pages.characters.match_payload import Pattern
from rnnviz.ui.pages.characters.match_payload import Request as Matched
from rnnviz.ui.pages.characters.writing_payload import Request as Written
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import rates
from rnnviz.ui.pages.clipping.cliff import CliffName
from rnnviz.ui.pages.memory import figures as memory_figures
from rnnviz.ui.pages.sequences import code as sequences
from rnnviz.ui.pages.sequences import figures as sequence_figures
from rnnviz.ui.pages.sequences import word_code, word_figures
from rnnviz.ui.pages.sequences.code import SequenceFigure
from rnnviz.ui.pages.sequences.word_code import WordFigure
from rnnviz.ui.reviews import code as reviews
from rnnviz.ui.reviews import figures as review_figures
from rnnviz.ui.reviews.code import ReviewFigure, ReviewName
from rnnviz.ui.shell import networks
from rnnviz.words import SkipGramSpec
from tests.together import together
from tests.ui.codegen.running import assert_same, drawn, run
from tests.ui.messages import unpacked

HOSTILE = "It wasn't \"good\" \\n''' {fig} \u202e \n print(1)\t\\ but great"


# --- Reviews ---


@together("name", ["importance", "map", "padding", "orders", "epochs", "confusion", "reliability"])
@together("network", ["bilstm", "lecture-lstm"])
def test_figures_of_reviews(name: ReviewName, network: str) -> None:
    text = "" if name in ("epochs", "confusion", "reliability") else HOSTILE
    asked = ReviewFigure(name, network, "light", text, 2 if name == "importance" else None, ("Ours.",))
    assert_same(drawn(reviews.figure(asked, review_figures.EXPLAINED)), review_figures.figure_of(asked))


def test_a_review_word_by_word() -> None:
    names = run(reviews.words("bilstm", HOSTILE, 400))
    model = networks.sentiment_model("bilstm")
    np.testing.assert_allclose(names["running"], model.running(HOSTILE, 400))
    assert set(names["each"]) == {"forward", "reverse"}
    (view,) = names["views"]
    assert view._picture.message()["tokens"] == list(model.read(HOSTILE).tokens)


def test_attention_over_a_review() -> None:
    found = attention_review.sizes_of("bilstm", HOSTILE)
    names = run(reviews.weights("bilstm", HOSTILE, attention_review.LONGEST, "BiLSTM"))
    np.testing.assert_allclose(names["table"].to_numpy().T, found.values)
    code = reviews.agreement(
        "bilstm", HOSTILE, attention_review.LONGEST, attention_review.drawing("bilstm"), attention_review.JAIN_WALLACE
    )
    assert_same(drawn(code), attention_review.figure_of("bilstm", HOSTILE, "light"))


# --- Sequences ---


@pytest.mark.parametrize(
    ("problem", "text"),
    [("digit-word", "3"), ("counting", "7"), ("review", HOSTILE), ("parity", "0110"), ("reversing", "314")],
)
def test_a_small_network_unrolled(problem: str, text: str) -> None:
    found, page = run(sequences.unrolled(problem, text))["found"], networks.unrolled(problem, text)
    np.testing.assert_array_equal(found.h, page.h)
    assert found.outputs == page.outputs


@pytest.mark.parametrize("vocabulary", ["own", "lecture-lstm"])
def test_text_to_numbers(vocabulary: str) -> None:
    from rnnviz.ui.pages.sequences import text_numbers as text_numbers_view

    text = "It's \"good\"\nnot \\n bad''' at all"
    names = run(sequences.numbers(text, vocabulary, 5))
    page = text_numbers_view._batch(text, vocabulary, 5)
    np.testing.assert_array_equal(names["batch"].ids, page.ids)
    np.testing.assert_array_equal(names["batch"].mask, page.mask)


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "states", "first": "not good", "second": HOSTILE},
        {"name": "states", "first": "not good", "second": "good not", "network": "lecture-lstm"},
        {"name": "counts", "first": "it was good , not bad", "second": HOSTILE},
        {"name": "shuffled", "first": "it was \"good\" , not bad"},
        {"name": "one_hot", "first": "3"},
        {"name": "one_hot", "first": "0", "is_trained": False},
        {"name": "classes"},
        {"name": "classes", "is_trained": False},
        {"name": "words", "first": "terrible"},
        {"name": "words", "first": "it's", "is_trained": False},
    ],
)  # fmt: skip
def test_figures_of_sequences(asked: dict[str, Any]) -> None:
    wanted = SequenceFigure(theme="light", **asked)
    code = sequences.figure(wanted, sequence_figures.drawing(wanted))
    assert_same(drawn(code), sequence_figures.figure_of(wanted))


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "guesses", "text": HOSTILE, "at": 2},
        {"name": "by_word", "text": 'It is a zyxx "film".', "at": 1},
        {"name": "update", "text": HOSTILE, "sentence": "but great", "at": 1},
        {"name": "loss", "text": HOSTILE, "spec": SkipGramSpec(size=4, window=1, epochs=3, seed=2)},
        {"name": "vectors", "spec": SkipGramSpec(size=4)},
        {"name": "vectors", "text": HOSTILE, "is_trained": False},
    ],
)
def test_figures_of_words(asked: dict[str, Any]) -> None:
    wanted = WordFigure(theme="light", **asked)
    assert_same(drawn(word_code.figure(wanted, word_figures.drawing(wanted))), word_figures.figure_of(wanted))


# --- Attention ---


@pytest.mark.parametrize(
    "now",
    [
        translation.Request("reverse", "additive", "314"),
        translation.Request("reverse", "dot", "314", (Forced(0, "7"), Weighed(1, 0, 0.25))),
        translation.Request("dates", "none", "5 March 1998", (Weighed(1, 0, 0.25),)),
        translation.Request("dates", "additive", "5 March 1998"),
    ],
)
def test_a_translation(now: translation.Request) -> None:
    names = run(attention.decoding(now, translation.used(now), 2))
    page = translation.decoded(now)
    np.testing.assert_array_equal(names["found"].probabilities, page.probabilities)
    if page.weights is not None:
        (view,) = names["views"]
        np.testing.assert_array_equal(unpacked(view._picture.message())["model"]["arrays"]["weights"], page.weights)
        np.testing.assert_allclose(
            names["at"].softmax, networks.attention_model(now.network).arithmetic(page, 2).softmax
        )


@pytest.mark.parametrize("task", ["reverse", "dates"])
def test_what_attention_buys(task: translation.TaskName) -> None:
    code = attention.accuracy(attention_lengths.NAMES, attention_lengths.drawing(task))
    assert_same(drawn(code), attention_lengths.figure_of(task, "light"))


# --- Characters ---


@pytest.mark.parametrize(
    "asked",
    [
        TemperatureFigure("bars", (0.3, 0.7), "light", "python-lstm", "class Stack:\n    def "),
        TemperatureFigure("bars", (0.0, 1.2), "light", "shakespeare-gru", "It's \"\\n''' {x}"),
        TemperatureFigure("entropy", (0.0, 0.7), "light", "python-rnn", ""),
        TemperatureFigure("example", temperature_view.EXAMPLES_TEMPERATURES, "light"),
    ],
)
def test_temperatures(asked: TemperatureFigure) -> None:
    assert_same(drawn(temperature_view.code_of(asked)), temperature_view.figure_of(asked))


@pytest.mark.parametrize(
    "asked", [Written("python-lstm", "it's \"\\n'''", 50, 0.5, 3), Written("shakespeare-rnn", 'It\'s "so"\n\\n')]
)
def test_a_text_that_is_written_or_read(asked: Written) -> None:
    names, page = run(characters.writing(asked, writing_payload.told(asked), 0)), writing_payload.written(asked)
    assert names["found"].text == page.text
    np.testing.assert_array_equal(names["found"].bits, page.bits)
    assert names["h"].shape[0] == len(page.logits)


def test_units_that_track() -> None:
    text = "def it(\"s\"): '''\\n{x}'''\n"
    request = neuron_payload.Request("python-lstm", text, "c")
    begin = {"unit": 7, "what": "quotes", "t": 0}
    names = run(characters.neurons(request, begin, neuron_payload.told(request)))
    np.testing.assert_allclose(names["values"], networks.character_trace("python-lstm", text).panel("c"))
    assert len(names["best"]) == 5


@pytest.mark.parametrize("alone", [False, True])
def test_a_phrase_and_its_places(alone: bool) -> None:
    asked = Matched("python-lstm", "def it(\"s\"): '''\\n{x}'''\nreturn it\nreturn it", "c")
    pattern = Pattern(27, 33, 1, alone)
    names, told = (
        run(characters.match(asked, pattern, match_payload.told(asked))),
        match_payload.units_of(asked, pattern),
    )
    assert tuple(names["units"].tolist()) == told.on
    bits = match_payload.own_bits(asked)
    found = match_payload.search(asked, pattern, bits.read, bits, of_library=False)
    assert names["found"] == found


@pytest.mark.parametrize("subject", ["python", "shakespeare"])
def test_how_three_cells_learned(subject: str) -> None:
    page = learning_view.figure_of(learning_view.Request(subject, "light"))
    assert page is not None
    assert_same(drawn(characters.curves(subject, learning_view.drawing(subject))), page)


# --- The cliff ---


def test_descents_in_torch_are_those_of_the_page() -> None:
    settings = Settings(6.0, -3.05, rate=0.1, max_norm=1.0, steps=60)
    names, page = run(cliff_view.descent_code(settings)), descend(settings)
    *steps, _, _ = names["printed"].splitlines()
    assert len(steps) == 2 * 60
    assert f"w {page.w[-1]:.6g}  b {page.b[-1]:.6g}  E {page.error[-1]:.4g}  norm {page.grad_norm[-1]:.4g}" in steps[-1]


def test_the_code_of_the_cliff_ends_where_its_headline_ends() -> None:
    settings = Settings(6.0, -3.05, rate=0.1, max_norm=1.0, steps=400)
    unclipped, clipped = run(cliff_view.descent_code(settings))["printed"].splitlines()[-2:]
    said = headline(*cliff_view.both(settings))
    assert "one step longer than 100 throws the descent off the map" in said
    assert re.fullmatch(r"unclipped: longest step [1-9]e\+02, ends off the map", unclipped)
    assert "no step is longer than 0.1, and the descent ends on the map" in said
    assert clipped == "clipped: longest step 0.1, ends on the map"


@pytest.mark.parametrize("name", ["steps", "surface"])
def test_figures_of_the_cliff(name: CliffName) -> None:
    settings = Settings(5.0, -2.5, rate=0.05, max_norm=0.3, steps=50)
    assert_same(drawn(cliff_view.code_of(name, settings)), cliff_view.figure_of(name, settings, "light"))


# --- Memory ---


@pytest.mark.parametrize("name", ["latch", "adding", "copy", "order"])
def test_a_task_drawn(name: MemoryTask) -> None:
    asked = memory_figures.Request("example", TaskSpec(name, 10), "light")
    assert_same(drawn(memory_figures.code_of(asked)), memory_figures.figure_of(asked))


@pytest.mark.parametrize("name", ["latch", "adding", None])
def test_a_grid_of_what_ships(name: MemoryTask | None) -> None:
    windows = name is None  # which ship of one task alone
    task = TaskSpec(name, memory_grid.REGIMES[name].usual[0]) if name else memory_grid.WINDOWED["latch"]
    rows = memory_grid.REGIMES[name].usual[:2] if name else memory_grid.windows(task)[:2]
    specs = tuple(
        cell_spec(task, one, window=row) if windows else cell_spec(replace(task, length=row), one)
        for row in rows
        for one in VARIANTS
    )
    cells = tuple(memory_grid.shipped()[spec] for spec in specs)
    asked = memory_figures.Request(
        "windows" if windows else "grid", task, "light", rows=rows, columns=VARIANTS, cells=cells, chosen=(1, 2),
        spec=specs[0], made="Trained beforehand",
    )  # fmt: skip
    assert_same(drawn(memory_figures.code_of(asked, specs)), memory_figures.figure_of(asked))
    scores = replace(
        asked, name="scores", variant=VARIANTS[1], cells=(cells[1],), window=specs[1].window, spec=specs[1]
    )
    assert_same(drawn(memory_figures.code_of(scores)), memory_figures.figure_of(scores))


def test_what_is_not_shipped_is_trained() -> None:
    spec = cell_spec(TaskSpec("latch", 7), VARIANTS[1], steps=50)
    from rnnviz.outcome import outcome
    from rnnviz.train import train

    asked = memory_figures.Request(
        "scores", spec.task, "light", variant=VARIANTS[1], cells=(outcome(train(spec)),), spec=spec
    )
    assert_same(drawn(memory_figures.code_of(asked)), memory_figures.figure_of(asked))


def test_gradients_within_windows() -> None:
    asked = memory_figures.Request("window", TaskSpec("latch", 5), "light", variant=VARIANTS[3], window=3)
    assert_same(drawn(memory_figures.code_of(asked)), memory_figures.figure_of(asked))


# --- All of them ---


def test_no_script_imports_what_only_the_pages_have() -> None:
    sources = Path(reviews.__file__).parent.glob("*.py")
    homes = (sources_text for path in sources if (sources_text := path.read_text(encoding="utf-8")))
    assert not [line for text in homes for line in text.splitlines() if '"rnnviz.ui' in line or '"rnnviz.jobs' in line]


# --- Clipping at many learning rates ---


@pytest.mark.parametrize("name", clipping.RATED)
def test_losses_at_many_learning_rates(name: str) -> None:
    assert_same(drawn(rates.code_of(name)), rates.figure_of(name, "light"))
