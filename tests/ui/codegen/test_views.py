"""Every view of every page gives the code of what it shows, asked for as an open menu asks for it."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.jobs import indexing
from rnnviz.jobs.indexing import Making
from rnnviz.ui.shell import code_menu

ROOT: Final = Path(__file__).resolve().parents[3]
LSTM: Final = {"cell": "lstm"}
VIEWS: Final[list[tuple[str, dict[str, str], set[str]]]] = [
    ("1_Sequences", {}, {"sequences.unrolled"}),
    ("1_Sequences", {"views": "sequences.view:order"}, {"sequences.counts", "sequences.states", "sequences.shuffled"}),
    ("1_Sequences", {"views": "sequences.view:text-to-numbers"}, {"sequences.numbers"}),
    ("1_Sequences", {"views": "sequences.view:embeddings"}, {"sequences.one_hot", "sequences.classes"}),
    ("1_Sequences", {"views": "sequences.of:reviews sequences.view:embeddings"}, {"sequences.words"}),
    ("2_Step_through", LSTM, {"step_through"}),
    ("3_Hidden_states", LSTM, {"hidden_states", "hidden_states.path"}),
    (
        "3_Hidden_states",
        {"views": "hidden_states.networks:rnn-lstm-and-gru hidden_states.view:words-and-units-together"},
        {"hidden_states", "hidden_states.together"},
    ),
    ("4_Gates", LSTM, {"gates.time.panels"}),
    ("4_Gates", {**LSTM, "views": "gates.view:saturation"}, {"gates.figure"}),
    ("4_Gates", {**LSTM, "views": "gates.view:memory"}, {"gates.figure", "gates.memory.panels"}),
    ("4_Gates", {**LSTM, "views": "gates.view:weights"}, {"gates.figure"}),
    ("5_Gradients", LSTM, {"gradients.time"}),
    ("5_Gradients", {**LSTM, "views": "gradients.view:against-length"}, {"gradients.length"}),
    ("5_Gradients", {**LSTM, "views": "gradients.view:why"}, {"gradients.singular", "gradients.jacobian"}),
    ("5_Gradients", {"views": "gradients.view:which-loss-reaches-which-step"}, {"gradients.triangle"}),
    ("5_Gradients", {"views": "gradients.view:on-the-input"}, {"gradients.words"}),
    ("6_Clipping", {}, {"cliff", "cliff.steps"}),
    ("6_Clipping", {"views": "cliff.figure:in-3-d"}, {"cliff", "cliff.surface"}),
    ("6_Clipping", {"views": "clipping.view:in-training"}, {"training.loss", "training.answers"}),
    ("6_Clipping", {"views": "clipping.view:thresholds"}, {"thresholds.thresholds", "thresholds.shares"}),
    ("7_Memory", {}, {"memory.grid", "memory.scores"}),
    ("7_Memory", {"views": "memory.view:the-task-drawn"}, {"memory.example"}),
    ("7_Memory", {"views": "memory.view:truncated-backpropagation"}, {"memory.grid", "memory.window"}),
    ("8_Sentiment", {}, {"sentiment.words"}),
    ("8_Sentiment", {"views": "sentiment.view:what-it-read"}, {"sentiment.map"}),
    ("8_Sentiment", {"views": "sentiment.view:why"}, {"sentiment.importance"}),
    ("8_Sentiment", {"views": "sentiment.view:what-if"}, {"sentiment.orders"}),
    ("8_Sentiment", {"views": "sentiment.view:traps"}, {"sentiment.padding"}),
    ("8_Sentiment", {"views": "sentiment.view:training"}, {"sentiment.epochs", "sentiment.confusion"}),
    ("9_Attention", {}, {"attention.decoding"}),
    ("9_Attention", {"views": "attention.view:against-length"}, {"attention.reverse"}),
    ("9_Attention", {"views": "attention.view:sentiment"}, {"attention.words", "attention.agreement"}),
    ("10_Characters", {}, {"characters.writing"}),
    ("10_Characters", {"views": "characters.view:temperature"}, {"characters.bars", "characters.entropy"}),
    ("10_Characters", {"views": "characters.view:neurons"}, {"characters.neurons"}),
    ("10_Characters", {"views": "characters.view:match"}, {"characters.match"}),
    ("10_Characters", {"views": "characters.view:learning"}, {"characters.curves"}),
]


@pytest.mark.parametrize(("page", "params", "keys"), VIEWS)
def test_a_view(monkeypatch: pytest.MonkeyPatch, page: str, params: dict[str, str], keys: set[str]) -> None:
    found: dict[str, str] = {}

    def menu(key: str, code: Callable[[], str], name: str) -> None:
        assert name.startswith("rnnviz-")
        found[key] = code()

    monkeypatch.setattr(code_menu, "menu", menu)
    monkeypatch.setattr(indexing, "begin", lambda *_: None)
    monkeypatch.setattr(indexing, "progress", lambda *_: Making("waiting"))
    test = AppTest.from_file(ROOT / "app.py", default_timeout=90).switch_page(f"pages/{page}.py")
    for name, value in params.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    assert keys <= set(found)
    for code in found.values():
        ast.parse(code)
        assert len(code.splitlines()) < 90
