"""The decoders of the networks that translate: they start from the encoder's last state, and equal torch's."""

from typing import Any

import numpy as np
import pytest
import torch

from rnnviz import attention, checkpoints
from rnnviz.attention.decoding import START
from rnnviz.attention.recipes import NAMES
from rnnviz.attention.tasks import task
from rnnviz.checkpoints.decoders import TOKENS, model_of
from rnnviz.names import SIGNALS
from rnnviz.reach import loss_vectors
from rnnviz.spec import Edit
from rnnviz.stepping import Recording
from rnnviz.ui.pages.gradients import figures as gradient_figures
from rnnviz.ui.pages.gradients import lines as gradient_lines
from rnnviz.ui.pages.gradients.lines import OWN, Line
from rnnviz.ui.pages.hidden_states import questions as state_questions
from rnnviz.ui.pages.hidden_states.figures import compared, drawing, seen
from rnnviz.ui.pages.step_through import questions as step_questions
from rnnviz.ui.pages.step_through.saved import code_of
from rnnviz.ui.selection import (
    DEFAULT,
    Selection,
    checkpoint_of,
    initial,
    initial_in_words,
    inputs,
    steps,
    with_cell,
    without_viewpoint,
)
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.described import sentences
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.selection.trained import another_example, what_it_learned, what_it_reads
from rnnviz.ui.shell import inside, networks
from rnnviz.ui.widgets import back_payload, step_payload
from rnnviz.ui.widgets.back_payload import Back
from rnnviz.widgets import stepper
from tests.together import together
from tests.ui.codegen.running import run

SOURCES = {"reverse": "3141592", "dates": "Mon 21-Jul-69"}
EDITS = (Edit("weight_hh_l0", (0, 1), 0.5), Edit("x", (1, 2), 0.25))


def decoder(name: str = "reverse-none", **changes: Any) -> Selection:
    text = SOURCES[name.partition("-")[0]]
    return changed(changed(DEFAULT, trained=f"decoder-{name}", words=text), **changes)


def recorded(selection: Selection) -> Recording:
    return networks.recording(without_viewpoint(selection))


def by_loop(recording: Recording, start: np.ndarray) -> dict[str, np.ndarray]:
    """Every signal by the equations of ``nn.GRU`` in float64, step by step from a state, each (time, unit)."""
    rnn = recording.network.rnn
    W_ih, W_hh, b_ih, b_hh = (rnn.get_parameter(f"{name}_l0").double().numpy() for name in _PARAMETERS)
    h, found = start.astype(np.float64), []
    for x_t in recording.x.astype(np.float64):
        (from_x, from_h) = (np.split(W @ of + b, 3) for W, of, b in ((W_ih, x_t, b_ih), (W_hh, h, b_hh)))
        r, z = (1 / (1 + np.exp(-(from_x[k] + from_h[k]))) for k in (0, 1))
        n = np.tanh(from_x[2] + r * from_h[2])
        h = (1 - z) * n + z * h
        found.append({"h": h, "r": r, "z": z, "n": n})
    return {signal: np.stack([step[signal] for step in found]) for signal in SIGNALS["gru"]}


_PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@pytest.mark.parametrize("name", NAMES)
def test_states_and_gates_are_those_of_a_loop_and_of_torch(name: str) -> None:
    selection = decoder(name)
    recording, model = recorded(selection), attention.load(name)
    decoding = model.decode(selection.words)
    expected = by_loop(recording, decoding.start)
    for signal, values in recording.signals(0, "forward").items():
        np.testing.assert_allclose(values, expected[signal], rtol=0, atol=1e-5, err_msg=signal)
    with torch.inference_mode():
        _, start = model.network.encode(torch.from_numpy(model.task.encode([selection.words])))
        output, _ = model.network.decoder(torch.from_numpy(recording.x)[None], start[None])
    np.testing.assert_allclose(recording.trace.panel("h"), output[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(recording.trace.panel("h"), decoding.queries, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(recording.walk(0, "forward").h_prev[0], decoding.start)
    assert max(each.difference for each in recording.check(recording.walk(0, "forward"))) < 1e-5
    assert np.abs(by_loop(recording, 0 * decoding.start)["h"][0] - expected["h"][0]).max() > 0.01


@pytest.mark.parametrize("name", NAMES)
def test_it_reads_what_its_network_outputs_and_has_no_output_layer(name: str) -> None:
    selection = decoder(name)
    decoding = attention.load(name).decode(selection.words)
    assert steps(selection) == (START, *decoding.output[:-1])
    np.testing.assert_array_equal(initial(selection)[0][0], decoding.start)
    assert recorded(selection).output_layer is None
    assert model_of(f"decoder-{name}-gru") == name
    assert model_of(f"encoder-{name}-gru") == ""


def test_it_knows_the_tokens_of_its_task() -> None:
    assert {name: (*task(name).said, START) for name in TOKENS} == TOKENS


@together("every", [False, True])
@together("name", NAMES)
def test_gradients_are_autograds(name: str, every: bool) -> None:
    """By the states, by the input and by W_hh, of the loss of the pages, in float64."""
    selection = without_viewpoint(decoder(name))
    recording = networks.recording(selection)
    found = back_payload.way_of(selection, Back(every=every))
    rnn = torch.nn.GRU(recording.spec.input_size, recording.spec.hidden_size, dtype=torch.float64)
    rnn.load_state_dict(recording.network.rnn.state_dict())
    x = torch.from_numpy(recording.x).double().requires_grad_()
    output, _ = rnn(x, torch.tensor(recording.hx[0]).double())
    vectors = loss_vectors(recording.network, output.detach().numpy(), seed=recording.spec.seed)
    losses = (output * torch.from_numpy(vectors.copy())).sum(1)
    (losses.sum() if every else losses[-1]).backward()
    assert x.grad is not None
    np.testing.assert_allclose(found.x, x.grad, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.layers[0, "forward"].weight_hh, rnn.weight_hh_l0.grad, rtol=0, atol=1e-12)
    norms = gradient_lines.step_gradients(selection, OWN, "x", "projection", None if every else len(x) - 1)[0].norms
    np.testing.assert_allclose(norms, x.grad.norm(dim=1), rtol=1e-9, atol=1e-15)


def test_networks_beside_it_start_from_zeros() -> None:
    selection = decoder()
    assert gradient_lines.initial_of(selection, OWN)
    assert gradient_lines.initial_of(selection, Line("started", "lstm")) == ()
    beside = with_cell(selection, "lstm")
    assert [token.strip("<>") for token in steps(selection)] == list(steps(beside))
    assert initial(beside) == ()
    assert initial_in_words(beside) == ""
    asked = gradient_figures.Request("time", lines=(OWN, Line("started", "lstm")))
    assert "other networks start from zeros" in gradient_figures.drawing(selection, asked).line()


def test_the_payload_has_the_initial_state_and_says_where_it_is_from() -> None:
    selection = decoder(t=1)
    recording, view = recorded(selection), without_viewpoint(selection)
    window = stepper.window(recording, networks.step_walk(view), 0, 3)
    first: Any = window["before"]
    np.testing.assert_array_equal(first["h"].codes, initial(selection)[0][0])
    assert step_payload.still_of(view)["initial"] == "the encoder’s last state after “3141592”"
    assert step_payload.still_of(without_viewpoint(DEFAULT))["initial"] == ""
    assert step_payload.still_of(view)["ranges"]["h"] >= np.abs(initial(selection)[0]).max()


def test_edits_are_of_the_decoder_alone() -> None:
    plain, edited = decoder(), decoder(edits=EDITS)
    assert edited.edits == EDITS
    assert steps(edited) == steps(plain)
    np.testing.assert_array_equal(initial(edited)[0], initial(plain)[0])
    recording = recorded(edited)
    assert recording.x[1, 2] == 0.25
    expected = by_loop(recording, initial(plain)[0][0])
    np.testing.assert_allclose(recording.trace.panel("h"), expected["h"], rtol=0, atol=1e-5)
    assert np.abs(recording.trace.panel("h") - recorded(plain).trace.panel("h")).max() > 1e-3
    assert "without the edited numbers" in what_it_reads(edited, checkpoints.load("decoder-reverse-none-gru"))


def test_another_source_is_another_initial_state() -> None:
    selection = decoder(edits=EDITS)
    other = compared(selection, "2718")
    assert steps(other)[:2] == (START, attention.load("reverse-none").decode("2718").output[0])
    assert np.abs(initial(other)[0] - initial(selection)[0]).max() > 0.1
    said: Any = drawing("path", (seen(selection), seen(other)), "h", 0).named["caption"]
    assert said[1] == "The paths start from the encoder’s last states after “3141592” and “2718”."
    with pytest.raises(ValueError, match="Enter digits 0 to 9; got 'x'"):
        compared(selection, "x")


def test_what_it_cannot_read_is_refused_and_said() -> None:
    with pytest.raises(ValueError, match="Enter at most 40 characters; got 41"):
        changed(decoder(), words="1" * 41)
    selection, problems = from_params({"trained": "decoder-reverse-dot", "words": "x"})
    assert selection.model.trained == ""
    assert "got 'x'. An untrained network of the same sizes" in problems[0]
    assert inside.with_network("decoder-reverse-dot", "gru", "271").words == "271"


@pytest.mark.parametrize("name", ["reverse-dot", "dates-none"])
def test_it_is_described(name: str) -> None:
    selection = decoder(name)
    known = checkpoint_of(selection.model)
    assert known is not None
    each = " in each direction" if name.startswith("dates") else ""
    assert f"the encoder’s last state{each} after “{selection.words}”" in what_it_reads(selection, known)
    assert "Trained to output the d" in what_it_learned(known)
    assert "together with the encoder" in what_it_learned(known)
    assert "The decoder’s initial state is the encoder’s" in " ".join(sentences(selection))
    assert changed(selection, words=another_example(known, 1)).model.trained == selection.model.trained


def test_questions_run_it_from_the_same_state() -> None:
    seen = without_viewpoint(decoder())
    longer = step_questions.longer(seen, 2)
    np.testing.assert_allclose(longer.trace.panel("h")[:-2], recorded(seen).trace.panel("h"), atol=1e-6)
    now, other = state_questions.states(seen, 0)
    x = inputs(seen).copy()
    x[0] = 0
    rnn = recorded(seen).network.rnn
    with torch.inference_mode():
        expected, _ = rnn(torch.from_numpy(x), torch.tensor(initial(seen)[0]))
    np.testing.assert_allclose(other, expected, atol=1e-6)
    assert np.abs(now - other).max() > 1e-3


@pytest.mark.parametrize("edits", [(), EDITS])
def test_the_script_of_the_way_back_has_the_same_numbers(edits: tuple[Edit, ...]) -> None:
    selection = without_viewpoint(decoder("dates-dot", edits=edits))
    found = run(code_of(selection, Back(every=True, cut=3)))["found"]
    expected = back_payload.way_of(selection, Back(every=True, cut=3))
    for name in ("h", "weight_hh", "weight_ih"):
        ours, theirs = (getattr(one.layers[0, "forward"], name) for one in (found, expected))
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12)


def test_what_the_whole_network_outputs_stands_under_the_steps() -> None:
    found = networks.outputs(without_viewpoint(decoder("dates-dot")))
    decoding = attention.load("dates-dot").decode(decoder("dates-dot").words)
    assert tuple(one.output for one in found) == decoding.output
    assert [one.probability for one in found] == pytest.approx(decoding.probabilities.max(axis=1).tolist())
    assert all(one.correct for one in found)
    edited = changed(decoder("dates-dot"), edits=(Edit("weight_hh_l0", (0, 0), 2.0),))
    assert networks.outputs(without_viewpoint(edited)) == ()
