"""Over many inputs and seeds: what a view asks is about it, and the right answer leads by the margin."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pytest

from rnnviz.cliff import Settings
from rnnviz.pictures.cliff import RANGES
from rnnviz.ui.pages.attention import questions as attention
from rnnviz.ui.pages.attention.translation import Request as Translated
from rnnviz.ui.pages.characters import questions as characters
from rnnviz.ui.pages.clipping import questions as clipping
from rnnviz.ui.pages.dynamics import questions as dynamics
from rnnviz.ui.pages.dynamics import search
from rnnviz.ui.pages.dynamics.request import request_of
from rnnviz.ui.pages.gates import questions as gates
from rnnviz.ui.pages.gradients import questions as gradients
from rnnviz.ui.pages.hidden_states import questions as hidden_states
from rnnviz.ui.pages.interventions import questions as interventions
from rnnviz.ui.pages.step_through import questions as step_through
from rnnviz.ui.reviews import other_questions as texts
from rnnviz.ui.reviews import questions as reviews
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell.question import MARGIN, Question, Questions
from tests.together import together
from tests.ui.questions.answering import answered

INPUTS: Final = 20
CELLS: Final = ("rnn", "lstm", "gru")
WORDS: Final = [
    "good",
    "bad",
    "film",
    "great",
    "boring",
    "plot",
    "terrible",
    "actor",
    "not",
    "music",
    "never",
    "fine",
    "a",
    "the",
]


def selections() -> Iterator[Selection]:
    for seed in range(INPUTS):
        words = " ".join(np.random.default_rng(seed).choice(WORDS, 8))
        cell: Any = CELLS[seed % 3]
        yield changed(DEFAULT, cell=cell, seed=seed, input="words", words=words, hidden_size=6)


def sentences() -> Iterator[str]:
    for seed in range(INPUTS):
        yield " ".join(np.random.default_rng(seed).choice(WORDS, 9))


def digits(seed: int) -> str:
    return "".join(map(str, np.random.default_rng(seed).integers(10, size=8)))


def of_networks(ask: Callable[[Selection], Questions]) -> Callable[[], Iterator[Questions]]:
    return lambda: map(ask, selections())


def dynamics_of(selection: Selection) -> Questions:
    request = request_of(selection, "step", "visited")
    return dynamics.ask(selection, request, search.found(request), "eigenvalues")


VIEWS: Final[dict[str, tuple[Callable[[], Iterator[Questions]], str]]] = {
    "Step through": (of_networks(step_through.ask), "is repeated"),
    "Hidden states": (of_networks(hidden_states.ask), "Suppose the first input is"),
    "Interventions": (of_networks(interventions.ask_zeros), "clamped at 0"),
    **{
        f"Gates, {view}": (of_networks(lambda one, view=view: gates.ask(one, view)), part)  # type: ignore[misc]
        for view, part in {
            "time": "gate|states|values of its",
            "saturation": "values of its|before σ",
            "memory": "half-life",
            "weights": "W_hh|weight_hh",
        }.items()
    },
    **{
        f"Gradients, {view}": (of_networks(lambda one, view=view: gradients.ask(one, view)), "gradient")  # type: ignore[misc]
        for view in ("time", "length", "why", "triangle", "words")
    },
    "Clipping, cliff": (
        lambda: (clipping.ask("cliff", Settings(5 + k / 10, -3.0 + k / 50, max_norm=1.0)) for k in range(INPUTS)),
        "Both descents",
    ),
    **{
        f"Sentiment, {view}": (
            lambda view=view: (reviews.ask(view, "bilstm", text) for text in sentences()),  # type: ignore[misc]
            "prediction|P\\(positive\\)|predict",
        )
        for view in ("words", "why", "changes", "traps")
    },
    "Sequences, order": (
        lambda: (texts.ask_order((text, text.replace("good", "not"))) for text in sentences()),
        "from its last word to its first",
    ),
    "Sequences, embeddings": (lambda: map(texts.ask_embeddings, [*WORDS, *map(str, range(6))]), "embedding"),
    "Dynamics": (of_networks(dynamics_of), "stable"),
    "Attention": (
        lambda: (attention.ask(Translated("reverse", "additive", digits(seed))) for seed in range(INPUTS)),
        "output",
    ),
    "Attention, a review": (lambda: map(attention.ask_review, sentences()), "attention"),
    "Characters, writing": (
        lambda: (characters.ask_writing("python-gru", text) for text in sentences()),
        "most likely next|less sure",
    ),
    "Characters, temperature": (
        lambda: (characters.ask_temperature("python-gru", text) for text in sentences()),
        "At T = 2",
    ),
}


@together("view", VIEWS)
def test_each_question_is_of_its_view_and_clear_ones_are_found(view: str) -> None:
    asked, part = VIEWS[view]
    seen, clear = 0, 0
    for some in asked():
        questions = [one for one in some if isinstance(one, Question)]
        assert all(re.search(part, one.text) for one in questions), [one.text for one in questions]
        seen += bool(questions)
        clear += any(answered(one).right for one in questions)
    assert clear >= 0.7 * seen > 0, (clear, seen)


def test_the_descents_that_are_asked_about_start_on_the_map() -> None:
    for rate in np.linspace(0.01, 0.5, 40):
        for question in clipping.ask("cliff", Settings(6.0, -3.05, rate=float(rate), max_norm=1.0)):
            assert isinstance(question, Question)
            assert isinstance(question.about, tuple)
            _, settings = question.about
            assert RANGES["w"][0] <= settings.w <= RANGES["w"][1]
            assert RANGES["b"][0] <= settings.b <= RANGES["b"][1]


@pytest.mark.parametrize(("view", "part"), [("Step through", "most open"), ("Characters, writing", "most likely next")])
def test_a_bounded_quantity_leads_by_a_share_of_its_range(view: str, part: str) -> None:
    asked = [one for some in VIEWS[view][0]() for one in some if isinstance(one, Question) and part in one.text]
    leads = []
    for question in asked:
        answer = answered(question)
        found = [
            0.0 if power else float(value) for value, power in re.findall(r"= ([0-9]\.?[0-9]*)(·10)?", answer.said)
        ]
        second, first = sorted(found)[-2:]
        assert bool(answer.right) == (first - second >= MARGIN), answer.said
        leads.append(first - second)
    assert min(leads) < MARGIN < max(leads), "both kinds occur"
