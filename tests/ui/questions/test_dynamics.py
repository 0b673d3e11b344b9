"""Questions about fixed points are answered as torch answers them, run again here."""

import re
from typing import Final

import numpy as np
import pytest
import torch

from rnnviz import checkpoints
from rnnviz.answers import classes_of
from rnnviz.models import build
from rnnviz.ui.pages.dynamics import automaton_questions, questions, search
from rnnviz.ui.pages.dynamics.machines import CASES
from rnnviz.ui.pages.dynamics.request import Starts, request_of
from rnnviz.ui.selection import DEFAULT, Selection, inputs
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell.question import Questions
from tests.ui.questions.answering import answered, asked_of, right, stretch

OPENING: Final = OPENINGS["Dynamics"]
BRACKETS: Final = changed(DEFAULT, trained="brackets", cell="gru", t=17)


def asked(selection: Selection, view: str, starts: Starts = "visited") -> Questions:
    request = request_of(selection, "step", starts)
    return questions.ask(selection, request, search.found(request), view)


@pytest.mark.parametrize("t", [2, 6, 11, 30])
def test_where_the_state_arrives_from_the_other_side(t: int) -> None:
    selection = changed(OPENING, t=t)
    network = build(selection.model)
    x = torch.from_numpy(inputs(selection))
    with torch.no_grad():
        _, h = network.rnn(x[: t + 1])
        last, _ = network.rnn(x[t].repeat(questions.STEPS, 1), -h)
        output = network.head(last[-1]).argmax()
    (question,) = asked_of(asked(selection, "points"), "changes its sign")
    assert set(question.options) == {f"{a}{b}{c}" for a in "+-" for b in "+-" for c in "+-"}
    assert right(question) == (("---", "--+", "-+-", "-++", "+--", "+-+", "++-", "+++")[int(output)],)


def test_how_far_the_only_stable_point_is_after_a_few_steps() -> None:
    selection = changed(DEFAULT, cell="gru", input="words", hidden_size=6, t=2)
    found = search.found(request_of(selection, "step", "visited"))
    (point,) = found.points.states[found.points.kinds == "stable"]
    network, x = build(selection.model), torch.from_numpy(inputs(selection))
    with torch.no_grad():
        _, h = network.rnn(x[:3])
        _, end = network.rnn(x[2].repeat(questions.LATER, 1), -h)
    left = float(np.linalg.norm(end[0].numpy() - point) / np.linalg.norm(-h[0].numpy() - point))
    (question,) = asked_of(asked(selection, "points"), "of the distance")
    assert right(question) == (stretch(left, questions.EDGES, question),)


def test_each_view_has_a_question_of_its_own() -> None:
    views = [{q.text for q in asked(BRACKETS, view, "examples")} for view in ("points", "eigenvalues", "modes")]
    assert all(views)
    assert len(set.union(*views)) == sum(map(len, views))


def test_what_is_left_of_a_deviation() -> None:
    found = search.found(request_of(BRACKETS, "step", "examples"))
    (question,) = asked_of(asked(BRACKETS, "eigenvalues", "examples"), "deviation")
    left = float(np.abs(found.points.eigenvalues[0, 0])) ** questions.LATER
    assert right(question) == (stretch(left, questions.EDGES, question),)
    assert "|λ|" in answered(question).said


def test_where_a_deviation_goes_from_a_point_that_is_not_stable() -> None:
    """Parity jumps from side to side while the input stays 1."""
    selection = changed(DEFAULT, trained="parity", cell="gru", t=0)
    found = search.found(request_of(selection, "step", "visited"))
    assert not (found.points.kinds == "stable").any()
    (value,) = found.points.eigenvalues[0, :1]
    assert value.imag == 0
    for question in asked_of(asked(selection, "eigenvalues"), "Where is the deviation after"):
        steps = int(re.findall(r"after (\d+) step", question.text)[0])
        (went,) = right(question)
        assert ("other side" in went) == (value.real**steps < 0)
        assert ("farther" in went) == (abs(value) > 1)


def test_where_there_is_nothing_to_ask() -> None:
    assert questions.ask(OPENING, None, None, "points") == ""
    both = changed(DEFAULT, cell="gru", hidden_size=4, bidirectional=True)
    assert asked(both, "points") == ""


@pytest.mark.parametrize("name", ["Tomita 3", "Tomita 5", "Parity", "Brackets, RNN"])
def test_whether_a_longer_word_is_accepted(name: str) -> None:
    """As torch's own module and the output layer say, for a longer word whose last symbols stand twice."""
    case = CASES[name]
    known, word = checkpoints.load(case.network), case.samples[0]
    accepted = classes_of(known).index(case.accept)
    asked = automaton_questions.ask(case, word)
    assert len(asked) == automaton_questions.MORE
    for question in asked:
        end = question.text.split("“")[2].split("”")[0]
        assert word.endswith(end)
        with torch.no_grad():
            logits = build(known.model)(torch.from_numpy(known.vectors(tuple(word + end))))[-1]
        p = float(torch.softmax(logits, 0)[accepted])
        assert abs(p - 0.5) > 0.3, "or it is no question to ask"
        assert right(question) == (("Yes",) if p > 0.5 else ("No",))
        told = re.search(r"with probability (\S+)\.$", answered(question).said)
        assert told is not None
        if 0.01 < p < 0.99:
            np.testing.assert_allclose(float(told[1]), p, rtol=0.01)
