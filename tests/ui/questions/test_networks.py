"""Questions about one network are answered as torch answers them, run again here."""

import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz.models import build
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.pages.gates import questions as gates
from rnnviz.ui.pages.gates.view import VIEWS as GATE_VIEWS
from rnnviz.ui.pages.gradients import questions as gradients
from rnnviz.ui.pages.gradients.figures import triangle_rows
from rnnviz.ui.pages.gradients.lines import random_inputs, spec_of
from rnnviz.ui.pages.gradients.view import VIEWS as GRADIENT_VIEWS
from rnnviz.ui.pages.hidden_states import questions as hidden_states
from rnnviz.ui.pages.hidden_states.layers import stacks
from rnnviz.ui.pages.hidden_states.match_search import usual_threshold
from rnnviz.ui.pages.step_through import questions as step_through
from rnnviz.ui.selection import DEFAULT, Selection, inputs, network, with_cell, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import MARGIN, Question
from rnnviz.ui.widgets import match_questions
from tests.together import together
from tests.ui.questions.answering import answered, asked_of, right, stretch

WORDS: Final = {"input": "words", "input_size": 6, "hidden_size": 7}
SETTINGS: Final = {
    "lecture": DEFAULT,
    "lstm": changed(DEFAULT, cell="lstm", **WORDS),
    "gru, two layers, both directions": changed(
        DEFAULT, cell="gru", num_layers=2, bidirectional=True, layer=1, **WORDS
    ),
    "relu": changed(DEFAULT, nonlinearity="relu", hidden_size=6),
    "without biases": changed(DEFAULT, cell="lstm", bias=False, **WORDS),
    "edited": changed(DEFAULT, edits=(Edit("weight_hh_l0", (0, 1), 3.0), Edit("x", (2, 0), -9.0))),
    "brackets": OPENINGS["Hidden states"],
    "adding": OPENINGS["Gates"],
}
ALL: Final = pytest.mark.parametrize("name", SETTINGS)


def module_of(selection: Selection, spec: ModelSpec | None = None) -> Any:
    """torch's own module with the selection's weights."""
    edits = tuple(edit for edit in selection.edits if edit.name != "x")
    return build(spec or network(selection), () if spec else edits).rnn


def states(selection: Selection, x: np.ndarray, spec: ModelSpec | None = None) -> np.ndarray:
    """h of the selected layer's forward direction, (time, unit), layer by layer with torch's kernels."""
    rnn, given = module_of(selection, spec), torch.from_numpy(x)
    with torch.no_grad():
        for layer in range(selection.layer + 1):
            one = type(rnn)(given.shape[1], rnn.hidden_size, bidirectional=rnn.bidirectional, bias=rnn.bias)
            if isinstance(rnn, nn.RNN):
                one.nonlinearity = rnn.nonlinearity
                one.mode = rnn.mode
            for kind, parameter in one.named_parameters():
                parameter.copy_(getattr(rnn, kind.replace("_l0", f"_l{layer}")))
            given = one(given)[0]
    found: np.ndarray = given[:, : rnn.hidden_size].numpy().astype(np.float64)
    return found


def longer(selection: Selection, times: int) -> np.ndarray:
    x = inputs(selection)
    return np.concatenate([x, np.repeat(x[-1:], times, 0)])


def unit_of(question: Question) -> int:
    return int(question.text.partition("unit ")[2].partition(" ")[0].strip("?"))


@ALL
def test_where_h_goes_at_the_next_step(name: str) -> None:
    selection = SETTINGS[name]
    h = states(selection, longer(selection, 1))
    for question in asked_of(step_through.ask(selection), "is repeated once. Does h"):
        before, after = h[-2:, unit_of(question)].tolist()
        up, down = question.options
        wanted = up if after > before else down
        assert right(question) in ((wanted,), ())


@ALL
def test_where_h_ends(name: str) -> None:
    selection = SETTINGS[name]
    h = states(selection, longer(selection, step_through.LONG))
    for question in asked_of(step_through.ask(selection), "is repeated 100 times"):
        now, end = h[-step_through.LONG - 1, unit_of(question)], h[-1, unit_of(question)]
        outward = abs(end) - abs(now) if now * end >= 0 else -abs(end - now)
        further, same, nearer = question.options
        wanted = same if abs(end - now) < 0.05 else further if outward > 0 else nearer
        assert right(question) in ((wanted,), ())


@pytest.mark.parametrize("name", ["lstm", "brackets", "without biases"])
def test_which_gate_is_open_widest(name: str) -> None:
    selection = SETTINGS[name]
    rnn, x = module_of(selection), torch.from_numpy(longer(selection, 1))
    with torch.no_grad():
        before = rnn(x[:-1])[0][-1]
        sums = rnn.weight_ih_l0 @ x[-1] + rnn.weight_hh_l0 @ before
        if rnn.bias:
            sums += rnn.bias_ih_l0 + rnn.bias_hh_l0
        i, f, _, o = torch.sigmoid(sums).chunk(4)
    for question in asked_of(step_through.ask(selection), "the most open"):
        values = {name: float(gate[unit_of(question)]) for name, gate in (("i", i), ("f", f), ("o", o))}
        second, most = sorted(values.values())[-2:]
        wanted = [max(values, key=values.__getitem__)] if most - second >= MARGIN else []
        assert [option[0] for option in right(question)] == wanted


@ALL
def test_what_is_left_of_the_first_input(name: str) -> None:
    selection = SETTINGS[name]

    def moved(of: Selection) -> np.ndarray:
        x = inputs(of)
        other = np.concatenate([np.zeros_like(x[:1]), x[1:]])
        return states(of, x) - states(of, other)

    asked = hidden_states.ask(selection)
    later = min(hidden_states.LATER, len(inputs(selection)) - 1)
    first, last = np.linalg.norm(moved(selection)[[0, -1]], axis=1)
    (question,) = asked_of(asked, "How much of that")
    assert right(question) in ((stretch(last / first, hidden_states.SHARES, question),), ())
    assert ("The c of an LSTM may have kept more of it" in answered(question).why) is (selection.model.cell == "lstm")
    (question,) = asked_of(asked, "RNN, LSTM and GRU")
    shares = {}
    for label, cell in (("RNN", "rnn"), ("LSTM", "lstm"), ("GRU", "gru")):
        one = with_cell(without_viewpoint(selection), cell)  # type: ignore[arg-type]
        norms = np.linalg.norm(moved(replace(one, layer=selection.layer)), axis=1)
        shares[label] = norms[later] / norms[0]
    assert right(question) in ((max(shares, key=shares.__getitem__),), ())


def test_an_lstm_may_keep_in_c_what_h_has_lost() -> None:
    selection = SETTINGS["brackets"]
    x, lstm = torch.from_numpy(inputs(selection)), module_of(selection)
    other = torch.cat([torch.zeros_like(x[:1]), x[1:]])
    with torch.no_grad():
        (h, c), (h_other, c_other) = lstm(x)[1], lstm(other)[1]
    assert (c - c_other).norm() > 1000 * (h - h_other).norm()


def test_of_one_step_nothing_is_asked_that_needs_two() -> None:
    one = changed(DEFAULT, numbers="1 2 3 4 5")
    assert "two or more" in hidden_states.ask(one)
    assert asked_of(gradients.ask(one, "time"), "100 random inputs")
    assert asked_of(step_through.ask(one), "is repeated once")


def test_an_empty_first_row_is_replaced_by_ones() -> None:
    selection = changed(DEFAULT, numbers="0 0\n1 2\n3 4", hidden_size=4)
    (question,) = asked_of(hidden_states.ask(selection), "a row of ones", "How much")
    x = inputs(selection)
    norms = np.linalg.norm(
        states(selection, x) - states(selection, np.concatenate([np.ones_like(x[:1]), x[1:]])), axis=1
    )
    assert right(question) in ((stretch(norms[-1] / norms[0], hidden_states.SHARES, question),), ())


# --- Gates ---


def gates_by_hand(
    selection: Selection, spec: ModelSpec | None = None, x: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """The gates of a network of one layer and direction, each (time, unit), from torch's states and weights."""
    rnn, given = module_of(selection, spec), torch.from_numpy(inputs(selection) if x is None else x)
    with torch.no_grad():
        h = rnn(given)[0]
        before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])
        sums = given @ rnn.weight_ih_l0.T + before @ rnn.weight_hh_l0.T
        if rnn.bias:
            sums = sums + rnn.bias_ih_l0 + rnn.bias_hh_l0
        names = "ifgo" if isinstance(rnn, nn.LSTM) else "rzn"
        parts = dict(zip(names, torch.sigmoid(sums).chunk(len(names), 1), strict=True))
    return {gate: values.numpy() for gate, values in parts.items() if gate not in "gn"}


GATED: Final = {
    "adding": SETTINGS["adding"],
    "brackets": SETTINGS["brackets"],
    "lstm": SETTINGS["lstm"],
    "gru": changed(DEFAULT, cell="gru", **WORDS),
    "brackets, gru": with_cell(OPENINGS["Hidden states"], "gru"),
}


@pytest.mark.parametrize("name", GATED)
def test_which_gate_is_open_or_shut_most_often(name: str) -> None:
    selection = GATED[name]
    found = gates_by_hand(selection)
    for what, is_so in (("above 0.9", lambda gate: gate > 0.9), ("below 0.1", lambda gate: gate < 0.1)):
        shares = {gate: float(is_so(values).mean()) for gate, values in found.items()}
        (question,) = asked_of(gates.ask(selection, "time"), "most often", what)
        most = max(shares, key=shares.__getitem__)
        assert right(question) in ((most if shares[most] else "None, at any step",), ())


def test_another_start_is_what_it_is_said_to_be() -> None:
    own = network(GATED["lstm"])
    assert gates.started(without_viewpoint(GATED["lstm"])) == (
        replace(own, forget_bias=1.5),
        "With an initial forget bias of 1.5",
    )
    held = without_viewpoint(changed(GATED["lstm"], forget_bias=3.0))
    assert gates.started(held) == (replace(own, forget_bias=0.0), "With an initial forget bias of 0")
    gru = network(GATED["gru"])
    stronger = replace(gru, recurrent_scale=3.0)
    assert gates.started(without_viewpoint(GATED["gru"])) == (stronger, "With all of W_hh three times as large")
    large = without_viewpoint(changed(GATED["gru"], recurrent_scale=4.0))
    assert gates.started(large)[0].seed == gru.seed + 1


def beyond(found: dict[str, np.ndarray]) -> float:
    values = np.stack(list(found.values()))
    return float(((values > 0.9) | (values < 0.1)).mean())


def longest(found: dict[str, np.ndarray], selection: Selection) -> float:
    kept = found["f" if selection.model.cell == "lstm" else "z"].astype(np.float64)
    return float((-np.log(2) / np.log(kept).mean(0)).max())


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_what_another_start_does_to_the_gates(name: str) -> None:
    selection = GATED[name]
    found = gates_by_hand(selection, gates.started(without_viewpoint(selection))[0])
    (question,) = asked_of(gates.ask(selection, "saturation"), "reads the same input", "gates")
    assert right(question) in ((stretch(beyond(found), gates.SHARES, question),), ())
    (question,) = asked_of(gates.ask(selection, "memory"), "longest half-life")
    assert right(question) in ((stretch(longest(found, selection), gates.LIVES, question),), ())


@pytest.mark.parametrize("name", ["lecture", "relu"])
def test_how_much_the_recurrent_weights_stretch(name: str) -> None:
    selection = SETTINGS[name]
    weight = module_of(selection).weight_hh_l0.detach()
    (question,) = asked_of(gates.ask(selection, "weights"), "singular value")
    most = float(torch.linalg.matrix_norm(weight, 2))
    assert right(question) in ((stretch(most, gates.STRETCHES, question),), ())


@ALL
def test_the_shape_of_the_recurrent_weights_in_a_larger_layer(name: str) -> None:
    model = SETTINGS[name].model
    (question,) = asked_of(gates.ask(SETTINGS[name], "weights"), "the shape")
    rnn = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[model.cell](3, 2 * model.hidden_size)
    assert right(question) == (str(tuple(rnn.weight_hh_l0.shape)),)


@pytest.mark.parametrize("name", ["lstm", "gru", "brackets"])
def test_what_follows_from_the_formula_of_a_gate(name: str) -> None:
    for question in asked_of(gates.ask(GATED[name], "saturation"), "The sum before"):
        total = torch.tensor(float(question.about[3]))  # type: ignore[index]
        assert right(question) == (stretch(float(torch.sigmoid(total)), (gates.SHUT, gates.OPEN), question),)
    for question in asked_of(gates.ask(GATED[name], "memory"), "half-life of its state"):
        value = question.about[3]  # type: ignore[index]
        left = np.cumprod(np.full(10_000, value ** (1 / 100)))  # after each hundredth of a step
        assert right(question) == (stretch(int((left > 0.5).sum()) / 100, gates.LIVES, question),)


def test_what_a_plain_rnn_squashes() -> None:
    for name in ("lecture", "relu"):
        selection = SETTINGS[name]
        h = states(selection, inputs(selection))
        part = float((h == 0).mean() if name == "relu" else (np.abs(h) > 0.9).mean())
        (question,) = asked_of(gates.ask(selection, "time"), "all states")
        assert right(question) in ((stretch(part, gates.FLAT, question),), ())


# --- Gradients ---


def gradient_norms(spec: ModelSpec, selection: Selection, x: np.ndarray, by: str) -> np.ndarray:
    """The norms of the gradient of a random projection of the last state, in float64 by torch's autograd, (time,)."""
    edits = tuple(edit for edit in selection.edits if edit.name != "x") if spec == network(selection) else ()
    rnn = build(spec, edits).rnn.double()
    drawn = np.random.default_rng([spec.seed, 3]).standard_normal(rnn.hidden_size)
    p, given = torch.from_numpy(drawn / np.linalg.norm(drawn)), torch.from_numpy(x).double().requires_grad_()
    if by == "h":
        return chained(rnn, given.detach(), p)
    (found,) = torch.autograd.grad(rnn(given)[0][-1] @ p, given)
    return np.asarray(found.norm(dim=1))


def chained(rnn: Any, x: torch.Tensor, p: torch.Tensor) -> np.ndarray:
    """dL/dh of every step: the total derivative, h being passed on and c on its own way."""
    steps = len(x)
    shifts = torch.zeros(steps, rnn.hidden_size, dtype=torch.float64, requires_grad=True)
    state: Any = None
    h = torch.zeros(rnn.hidden_size, dtype=torch.float64)
    for t in range(steps):
        _, state = rnn(x[t][None], state)
        h = (state[0] if isinstance(state, tuple) else state)[0] + shifts[t]
        state = (h[None], state[1]) if isinstance(state, tuple) else h[None]
    (found,) = torch.autograd.grad(h @ p, shifts)
    return np.asarray(found.norm(dim=1))


@pytest.mark.parametrize("name", ["lecture", "lstm", "adding", "brackets", "edited", "without biases"])
def test_how_much_of_a_gradient_is_left(name: str) -> None:
    selection = SETTINGS[name]
    for question in asked_of(gradients.ask(selection, "time"), "left at the first step"):
        line = next(line for label, line in gradients.OTHERS.items() if question.text.startswith(label))
        norms = gradient_norms(spec_of(without_viewpoint(selection), line), selection, inputs(selection), "h")
        edges = gradients.NEAR if len(norms) < gradients.FEW else gradients.FAR
        assert right(question) in ((stretch(norms[0] / norms[-1], edges, question),), ())


@pytest.mark.parametrize("name", ["lstm", "adding", "brackets"])
def test_which_input_the_loss_depends_on_most_in_reverse_order(name: str) -> None:
    selection = SETTINGS[name]
    norms = gradient_norms(network(selection), selection, np.ascontiguousarray(inputs(selection)[::-1]), "x")[::-1]
    (question,) = asked_of(gradients.ask(selection, "words"), "in reverse order")
    places = [int(option.removeprefix("t = ").partition(" ")[0]) for option in question.options]
    assert right(question) in ((question.options[int(np.argmax(norms[places]))],), ())


@pytest.mark.parametrize("name", ["lecture", "lstm", "adding", "brackets", "edited"])
def test_how_much_a_truncation_leaves_out(name: str) -> None:
    """By the gradients of one loss after the other, each on the input up to it."""
    selection = SETTINGS[name]
    x, rows = inputs(selection), triangle_rows(without_viewpoint(selection))
    norms = [gradient_norms(network(selection), selection, x[: row + 1], "h") for row in rows]
    for question in asked_of(gradients.ask(selection, "triangle"), "truncated"):
        window = int(re.search(r"goes back (\d+) step", question.text)[1])  # type: ignore[index]
        left_out = sum(norm[: max(0, len(norm) - 1 - window)].sum() for norm in norms) / sum(map(np.sum, norms))
        assert right(question) in ((stretch(left_out, gradients.LEFT_OUT, question),), ())


def test_a_truncation_is_of_the_losses_in_the_picture() -> None:
    for of, loss in (("projection", "a random projection of its h"), ("read-out", "its output y")):
        asked = asked_of(gradients.ask(SETTINGS["adding"], "triangle", of), "truncated")  # type: ignore[arg-type]
        assert all(loss in question.text for question in asked)
        assert any(right(question) for question in asked)


def test_what_the_title_of_the_picture_tells_is_not_asked() -> None:
    """States ten or more steps back have most of the sum, so those two or more steps back have it too."""
    holds = {"recurrent": "orthogonal", "recurrent_scale": 1.1, "numbers": "0 0 0 0\n" * 40}
    asked = gradients.ask(changed(SETTINGS["lecture"], **holds), "triangle")
    told = [question for question in asked if not right(question)]
    assert any("goes back 1 step " in question.text for question in told)


def test_of_two_directions_a_second_reading_is_asked_about() -> None:
    asked = gradients.ask(changed(SETTINGS["lstm"], bidirectional=True), "triangle")
    assert asked_of(asked, "twice") == asked_of(asked, "")


@ALL
def test_on_gradients_nothing_is_asked_that_the_picture_shows(name: str) -> None:
    for view in GRADIENT_VIEWS.values():
        for question in asked_of(gradients.ask(SETTINGS[name], view), ""):
            assert question.text.startswith(tuple(gradients.OTHERS)) or re.search(
                "twice|in reverse|truncated", question.text
            )


@pytest.mark.parametrize("name", ["lecture", "adding"])
def test_how_much_is_left_over_a_hundred_random_inputs(name: str) -> None:
    selection = SETTINGS[name]
    for question in asked_of(gradients.ask(selection, "length"), "100 random inputs"):
        line = next(line for label, line in gradients.OTHERS.items() if question.text.startswith(label))
        spec = replace(spec_of(without_viewpoint(selection), line), output_size=0)
        x = random_inputs(without_viewpoint(selection), line, spec.seed)[: gradients.LONG]
        first = gradient_norms(spec, selection, x, "x")[0] / gradient_norms(spec, selection, x[:1], "x")[0]
        assert right(question) in ((stretch(first, gradients.FAR, question),), ())


# --- All of them ---


@ALL
def test_every_question_of_every_view_can_be_answered(name: str) -> None:
    selection = SETTINGS[name]
    asked = [step_through.ask(selection), hidden_states.ask(selection)]
    asked += [gates.ask(selection, view) for view in GATE_VIEWS.values()]
    asked += [gradients.ask(selection, view) for view in GRADIENT_VIEWS.values()]
    for some in asked:
        questions = [question for question in some if isinstance(question, Question)]
        assert len({question.id for question in questions}) == len(some)
        for question in questions:
            assert 2 <= len(set(question.options)) == len(question.options) <= 8
            answered(question)


def test_what_is_not_finite_has_no_right_answer() -> None:
    wild = changed(DEFAULT, nonlinearity="relu", recurrent="identity", recurrent_scale=5.0, hidden_size=4)
    wild = changed(wild, numbers="\n".join(["900 900"] * 80))
    for some in (step_through.ask(wild), hidden_states.ask(wild)):
        assert not isinstance(some, str)
        answers = [answered(question) for question in some]
        assert not all(answer.right for answer in answers)
        assert all("nan" in answer.said or "∞" in answer.said for answer in answers if not answer.right)


@together("cell", ["rnn", "lstm", "gru"])
@together("numbers", ["0", "0 0\n0 0\n0 0", "1e6 -1e6\n1e6 1e6\n0 0\n3 3\n1 1\n2 2", "1\n2\n3\n4\n5\n6\n7\n8"])
@together(
    "fields",
    [
        {"hidden_size": 1},
        {"nonlinearity": "relu", "recurrent_scale": 5.0, "hidden_size": 8},
        {"recurrent_scale": 0.0, "bias": False},
        {"num_layers": 2, "bidirectional": True, "layer": 1, "direction": "reverse"},
        {"nonlinearity": "relu", "edits": (Edit("weight_hh_l0", (0, 0), 1e6), Edit("weight_ih_l0", (1, 0), -1e6))},
    ],
)
def test_what_is_extreme_is_answered_without_a_warning(cell: Any, numbers: str, fields: dict[str, Any]) -> None:
    selection = changed(DEFAULT, cell=cell, numbers=numbers, **fields)
    asked = [step_through.ask(selection), hidden_states.ask(selection)]
    asked += [gates.ask(selection, view) for view in GATE_VIEWS.values()]
    asked += [gradients.ask(selection, view) for view in GRADIENT_VIEWS.values()]
    for question in (question for some in asked if not isinstance(some, str) for question in some):
        assert len(set(question.options)) == len(question.options)
        answered(question)


@pytest.mark.parametrize(
    ("name", "carried"),
    [("lecture", "h, which goes through W_hh."), ("lstm", "and c, of which the forget gate keeps a share."),
     ("gru, two layers, both directions", "the states of the layer below, h, which goes through W_hh")],
)  # fmt: skip
def test_what_can_move_a_state_is_said_of_its_own_cell(name: str, carried: str) -> None:
    question = asked_of(step_through.ask(SETTINGS[name]), "is repeated once. Does h")[0]
    assert carried in question.answer().why


def test_how_many_units_of_a_range_stay_on() -> None:
    selection = replace(OPENINGS["Hidden states"], span=(3, 4))
    asked = hidden_states.ask_match(selection, "h")
    values = networks.recording(without_viewpoint(selection)).trace.panel("h")
    threshold = np.float32(usual_threshold(values) if selection.threshold is None else selection.threshold)
    on = values >= threshold
    for question in asked_of(asked, "are also on at the next"):
        more = question.about[2]  # type: ignore[index]
        left, count = on[3 : 5 + more].all(0).sum(), on[3:5].all(0).sum()
        assert answered(question).said.startswith(f"{left} of {count}.")
        assert right(question) in ((stretch(left / count, match_questions.PARTS, question),), ())
    assert hidden_states.ask_match(DEFAULT, "h") == "", "an untrained network has nothing to match"


def test_what_is_left_in_the_second_of_two_layers() -> None:
    selection = changed(DEFAULT, **WORDS, words="the old river runs to the sea")
    (question,) = asked_of(hidden_states.ask_layers(selection), "of layer 1 of the two-layer network")
    _, two = stacks(selection)
    one, other = hidden_states.states(two, 1)
    apart = np.linalg.norm(one.astype(np.float64) - other, axis=1)
    assert right(question) in ((stretch(apart[-1] / apart[0], hidden_states.SHARES, question),), ())
    assert hidden_states.ask_layers(OPENINGS["Hidden states"]) == "", "the view compares untrained networks"
