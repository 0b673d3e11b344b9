"""The networks on the home page: their numbers are torch's, their sentences are counted, their links show the same."""

import subprocess
import sys
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from rnnviz import checkpoints
from rnnviz.names import Cell
from rnnviz.page_registry import BY_ADDRESS
from rnnviz.pictures.reader import GATES, LOWER, ends, finding, name_of
from rnnviz.pictures.reader import turned_text as turned
from rnnviz.stepping import record
from rnnviz.text import tokenize
from rnnviz.ui.pages.home import code, instrument
from rnnviz.ui.pages.home import reading as home
from rnnviz.ui.pages.home.reading import Request
from rnnviz.ui.pages.home.stories import MOST_CHARACTERS, MOST_WORDS, STORIES
from rnnviz.ui.selection import entries, inputs, network, steps
from rnnviz.ui.selection.link import from_params
from tests.serving import ROOT
from tests.together import together
from tests.ui.codegen.running import run
from tests.ui.messages import unpacked
from tests.ui.opened import link_of, opened, warned
from tests.ui.widgets import mounted

BRACKETS: Final = STORIES["brackets"]
OPENING: Final = BRACKETS.opening
WORDS: Final = STORIES["first-word"].opening
CUT: Final = OPENING.replace(")", "", 1)
KINDS: Final[dict[Cell, type[nn.RNNBase]]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


def depths_of(text: str, cell: Cell = "lstm", *, lowered: bool = False) -> Request:
    return Request(text, cell, lowered, "brackets")


REQUESTS: Final = [
    *(depths_of(text, cell) for text in (OPENING, CUT, "a ((b) c") for cell in KINDS),
    *(depths_of(text, lowered=True) for text in (OPENING, CUT)),
]
OF_WORDS: Final = [
    *(Request(text, cell) for text in (WORDS, turned(WORDS), "Yes, the film is long", "no") for cell in KINDS),
    Request(WORDS, lowered=True),
]


def by_torch(request: Request) -> tuple[np.ndarray, np.ndarray]:
    """The hidden states and the probability of each output, by torch's own modules."""
    known = checkpoints.load(f"{request.story.family}-{request.cell}")
    weights = {name: torch.from_numpy(np.array(values)) for name, values in known.weights.items()}
    rnn = KINDS[request.cell](known.model.input_size, known.model.hidden_size, batch_first=True)
    rnn.load_state_dict({name: values for name, values in weights.items() if name.endswith("_l0")})
    with torch.no_grad():
        if request.lowered:
            rnn.bias_ih_l0.chunk(4)[1].sub_(LOWER)
        h = rnn(torch.from_numpy(known.vectors(request.story.tokens(request.text)))[None])[0][0]
        p = (h @ weights["head.weight"].T + weights["head.bias"]).softmax(1)
    return h.numpy(), p.numpy()


def depths(text: str) -> list[int]:
    return np.cumsum([(sign == "(") - (sign == ")") for sign in text]).tolist()


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_numbers_are_those_of_torch(request_: Request) -> None:
    h, p = by_torch(request_)
    found = home.reading(request_)
    assert "".join(found.tokens) == request_.text
    np.testing.assert_allclose(found.signals["h"], h, atol=2e-6)
    assert list(found.signals) == [*([GATES[request_.cell]] if request_.cell in GATES else []), "h"]
    assert [int(one.output) for one in found.answers] == p.argmax(1).tolist()
    np.testing.assert_allclose([one.probability or 0 for one in found.answers], p.max(1), atol=2e-6)
    assert [int(one.target) for one in found.answers] == depths(request_.text)


def told_of(request: Request, found: home.Reading) -> tuple[str, str]:
    name = name_of(request.cell, lowered=request.lowered)
    return finding(request.name, name, found.tokens, found.answers, found.turned)


@together("request_", OF_WORDS)
def test_the_outputs_after_each_word_are_those_of_torch_on_the_text_so_far(request_: Request) -> None:
    h, p = by_torch(request_)
    found = home.reading(request_)
    assert found.tokens == tokenize(request_.text)
    np.testing.assert_allclose(found.signals["h"], h, atol=2e-6)
    assert [("no", "yes").index(one.output) for one in found.answers] == p.argmax(1).tolist()
    np.testing.assert_allclose([one.probability or 0 for one in found.answers], p.max(1), atol=2e-6)
    assert {one.target for one in found.answers} == {found.tokens[0].lower()}
    assert found.turned is not None
    other, against = by_torch(Request(turned(request_.text), request_.cell, request_.lowered))
    assert found.turned.answer.output == ("no", "yes")[int(against[-1].argmax())]
    np.testing.assert_allclose(found.turned.apart, np.linalg.norm(h - other, axis=1)[[0, -1]], atol=2e-5)


def test_the_rnn_loses_the_first_word_and_the_gated_cells_do_not() -> None:
    """What the opening is chosen to show, on it and on 20 texts that were not in the training."""
    random = np.random.default_rng(0)
    texts = [WORDS, *(" ".join(["yes", *random.choice(["well", "so", "um", "er", "like"], 20)]) for _ in range(20))]
    for text in texts:
        for cell, remembers in (("lstm", True), ("gru", True), ("rnn", False)):
            both = [home.computed(Request(one, cell)) for one in (text, turned(text))]
            outputs = [found.answers[-1].output for found in both]
            assert (outputs == ["yes", "no"]) == remembers, (text, cell, outputs)
            begun, ended = both[0].turned.apart
            assert begun > 1
            assert (ended > 5) if remembers else (ended < 0.01)
    assert "it has lost the first word." in told_of(Request(cell="rnn"), home.computed(Request(cell="rnn")))[0]
    assert not home.computed(Request(cell="rnn")).answers[-1].correct
    assert "it remembers the first word." in told_of(Request(), home.shipped())[0]


def test_a_text_without_such_a_first_word_is_told_to_be_one() -> None:
    said, more = told_of(Request("well yes"), home.reading(Request("well yes")))
    assert said == "The first word is “well”. The network was trained on texts that begin with yes or no."
    assert more == "Begin with one of these two words."


@pytest.mark.parametrize(
    ("text", "other"),
    [("yes so", "no so"), ("No, so no", "yes, so no"), ("  no", "  yes"), ("yesterday", "yesterday"), ("", "")],
)
def test_the_first_word_is_turned(text: str, other: str) -> None:
    assert turned(text) == other


def test_where_tokens_end() -> None:
    assert ends("Yes, I  did", tokenize("Yes, I  did")) == [3, 4, 6, 11]
    assert ends("((a", tuple("((a")) == [1, 2, 3]


def test_the_numbers_that_ship_are_the_live_ones_to_the_last_digit_that_is_shown() -> None:
    ships, live = home.shipped(), home.computed(Request())
    assert (ships.tokens, list(ships.signals)) == (live.tokens, list(live.signals))
    for name, values in ships.signals.items():
        assert_shown_alike(values.ravel(), live.signals[name].ravel())
    assert_shown_alike(*(np.array([one.probability for one in each.answers]) for each in (ships, live)))
    assert [replace(one, probability=None) for one in ships.answers] == [
        replace(one, probability=None) for one in live.answers
    ]
    assert told_of(Request(), ships) == told_of(Request(), live)


def assert_shown_alike(ships: np.ndarray, live: np.ndarray) -> None:
    """Three decimals are shown; a number within the rounding of processors beside an edge may go to either side."""
    np.testing.assert_allclose(ships, live, rtol=0, atol=2e-6)
    clear = np.abs(ships * 1000 % 1 - 0.5) > 0.002
    assert clear.mean() > 0.95
    assert [f"{value:.3f}" for value in ships[clear]] == [f"{value:.3f}" for value in live[clear]]


def test_a_lower_forget_bias_shuts_the_forget_gates() -> None:
    trained, lower = (home.reading(depths_of(OPENING, lowered=lowered)).signals["f"] for lowered in (False, True))
    first = np.log(trained[0] / (1 - trained[0])) - np.log(lower[0] / (1 - lower[0]))
    np.testing.assert_allclose(first, LOWER, rtol=1e-3)  # nothing else differs before the first state
    assert lower.mean() < trained.mean()


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_sentence_counts_what_is_shown(request_: Request) -> None:
    predicted, wanted = by_torch(request_)[1].argmax(1).tolist(), depths(request_.text)
    right = [one == other for one, other in zip(predicted, wanted, strict=True)]
    said, more = told_of(request_, home.reading(request_))
    assert f"at {sum(right)} of {len(right)} characters." in said
    assert (str(LOWER) in said.partition("predicts")[0]) == request_.lowered
    if not all(right):
        t = right.index(False)
        assert f"first error is at t = {t}, " in more
        assert more.endswith(f"it predicts depth {predicted[t]}, the true depth is {wanted[t]}.")
        since = next(k for k in range(t + 1) if request_.text[t - k] in "()")
        assert f"{since} characters after a bracket" in more
    elif wanted[-1]:
        assert more == f"The text ends with {wanted[-1]} open bracket{'s' * (wanted[-1] > 1)}."


def test_all_three_cells_count_and_the_lstm_forgets_with_a_lower_bias() -> None:
    """What the opening is chosen to show."""
    for cell in KINDS:
        for text in (OPENING, CUT):
            assert all(one.correct for one in home.reading(depths_of(text, cell)).answers)
    right = [sum(bool(one.correct) for one in home.reading(depths_of(t, lowered=True)).answers) for t in (OPENING, CUT)]
    assert right[0] < 0.7 * len(OPENING)
    assert right[1] < 0.2 * len(CUT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (")a", "closes a bracket that was not opened."),
        ("a) b", "3 more follow a depth below 0 or above 4, which its training did not contain."),
        ("((((((a))))))", "the true depth is 3. 9 more follow a depth below 0 or above 4, which its training did not"),
        ("a ((b)", "The text ends with 1 open bracket."),
        ("abc", "After each character it outputs how many brackets are open."),
    ],
)
def test_what_else_is_said_of_a_text(text: str, said: str) -> None:
    request = depths_of(text)
    assert said in told_of(request, home.reading(request))[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type at least one character"),
        ("  ", "Type at least one character"),
        ("a*b", "Not in the vocabulary of the network: * It knows a–z, 0–9, the space and ( ) . , ; : ! ? - '"),
        ("a\tb", "U+0009"),
        ("a\u200bb", "U+200B"),
        ("x" * (MOST_CHARACTERS + 1), "At most 40 characters fit here; the text has 41."),
        ("x" * MOST_CHARACTERS, ""),
        ("F(X)", ""),
    ],
)
def test_what_cannot_be_shown_is_named(text: str, said: str) -> None:
    problem = BRACKETS.problem(text)
    assert said in problem
    assert bool(problem) == bool(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "Type at least one word."),
        ("so " * (MOST_WORDS + 1), "At most 24 words fit here; the text has 25."),
        ("x" * 241, "At most 240 characters fit here; the text has 241."),
        ("so " * MOST_WORDS, ""),
        ("häßlich 😀 *", ""),
    ],
)
def test_words_are_read_whatever_they_are(text: str, said: str) -> None:
    assert STORIES["first-word"].problem(text) == said


@together("request_", [*REQUESTS, *OF_WORDS])
def test_each_part_links_to_its_page_with_the_same_network(request_: Request) -> None:
    links: Any = instrument._drawn(request_).data["model"]["links"]
    assert set(links) == {"network", "states", *(["gate"] if request_.cell in GATES else [])}
    for link in links.values():
        parts = urlsplit(link)
        assert parts.path in BY_ADDRESS
        selection, problems = from_params(dict(parse_qsl(parts.query)))
        assert problems == []
        found = record(network(selection), inputs(selection), steps(selection), selection.edits)
        np.testing.assert_array_equal(found.trace.panel("h"), home.computed(request_).signals["h"])


@pytest.mark.parametrize(
    "request_",
    [Request(), Request("no so", "rnn"), depths_of(CUT, lowered=True), depths_of("((a", "gru"), depths_of("a", "rnn")],
)
def test_the_script_gives_the_same_numbers(request_: Request) -> None:
    found, page = run(code.script_of(request_, 0)), home.computed(request_)
    assert found["columns"]["output"] == [one.output for one in page.answers]
    for name, values in page.signals.items():
        np.testing.assert_allclose(found["trace"].panel(name), values, atol=2e-6)
    assert list(instrument.table(request_)["target"]) == [one.target for one in page.answers]


def shown(at: AppTest) -> Any:
    """The model that the widget of the page has."""
    (one,) = [each for each in mounted(at) if each.proto.component_name == "rnnviz_reader"]
    return unpacked(one.proto.bytes)


def test_the_link_keeps_what_was_chosen() -> None:
    at = opened("/?entries=home.text%3Da((b)&views=home.cell:gru")
    model = shown(at)["model"]
    assert (model["text"], model["cell"], model["lowered"]) == ("a((b)", "gru", False)
    assert warned(at) == []
    again = opened("/?views=home.forget_bias:3-lower")
    assert shown(again)["model"]["lowered"] is True
    assert shown(again)["model"]["story"] == "brackets"  # of a time when the page showed these alone
    assert link_of(again)["views"] == "home.forget_bias:3-lower"
    words = opened("/?entries=home.words%3Dno+so+er%26home.step%3D1&views=home.cell:rnn home.task:first-word")
    assert [shown(words)["model"][name] for name in ("story", "text", "cell")] == ["first-word", "no so er", "rnn"]
    assert shown(words)["start"]["t"] == 1
    assert shown(opened("/"))["model"]["story"] == "first-word"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?entries=home.text%3D*", "home.text: Not in the vocabulary"),
        ("/?entries=home.step%3D-1", "home.step must be a whole number in 0.."),
        (f"/?entries=home.step%3D{'0' * 9}9{'9' * 20}", "home.step must be a whole number in 0.."),
        ("/?views=home.cell:mlp", "home.cell must be one of"),
        ("/?views=home.task:mlp", "home.task must be one of"),
        ("/?views=home.task:first-word&entries=home.words%3D+", "home.words: Type at least one word."),
        ("/?views=home.forget_bias:9-lower", "home.forget_bias must be"),
        ("/?views=home.cell:gru home.forget_bias:3-lower", "home.forget_bias must be"),
    ],
)
def test_a_link_that_means_nothing_is_named(address: str, said: str) -> None:
    at = opened(address)
    assert [one for one in warned(at) if one.startswith(said)]
    assert shown(at)["model"]["lowered"] is False


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x",
        {},
        {"start": 1},
        {"start": "1", "count": 1, "story": "brackets", "text": "a", "cell": 3, "lowered": False},
    ],
)
def test_what_makes_no_sense_is_ignored(sent: object) -> None:
    instrument.take(sent)
    instrument.take_step(sent)
    assert instrument._TYPED not in st.session_state
    assert not entries.get("home.step", "")


@pytest.mark.parametrize(("t", "kept"), [(2, "2"), (19, ""), (20, ""), (-1, ""), ("2", "")])
def test_a_step_of_the_text_on_show_is_kept(t: object, kept: str) -> None:
    entries.keep("home.step", "", "")
    instrument.take_step({"text": f"{WORDS})", "t": 1})
    assert not entries.get("home.step", "")
    instrument.take_step({"text": WORDS, "t": t})
    assert entries.get("home.step", "") == kept


FIRST_RUN: Final = """
import sys
from streamlit.testing.v1 import AppTest
from rnnviz.ui.shell import warmup
warmup.start = lambda: None  # the background loads it, and the page must not wait for that
at = AppTest.from_file("app.py", default_timeout=60).run()
assert not at.exception
assert any(one.proto.component_name == "rnnviz_reader" for one in at.get("bidi_component"))
print(sorted({"torch", "rnnviz.stepping", "rnnviz.figures"} & set(sys.modules)))
"""


def test_the_first_run_of_home_loads_no_torch() -> None:
    told = subprocess.run([sys.executable, "-c", FIRST_RUN], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "[]"
