"""The page "Interventions": what is shown is what the network computes after it was changed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from rnnviz import checkpoints
from rnnviz.held_out import correct, held_out
from rnnviz.interventions import ablate, each_alone
from rnnviz.models import build
from rnnviz.spec.acts import Act, read_all
from rnnviz.ui.pages.interventions import acts, grid, held, probe, probing, questions, running, units, view
from rnnviz.ui.selection import DEFAULT, Selection, inputs
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import from_params, to_params
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks
from tests.ui.opened import link_of, opened, unmarked

OPENING = OPENINGS["Interventions"]


def of(text: str, **changes: object) -> Selection:
    return changed(replace(OPENING, interventions=""), **{"interventions": text, **changes})


def loop(selection: Selection, edit: "dict[int, dict[int, float]]") -> tuple[np.ndarray, np.ndarray]:
    """h and the probabilities of a GRU with some units written over at some steps, by torch's own cell."""
    network = networks.recording(running.without_viewpoint(selection)).network
    cell = nn.GRUCell(network.rnn.input_size, network.rnn.hidden_size)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: network.rnn.get_parameter(f"{name}_l0") for name in names})
    h, rows = torch.zeros(1, cell.hidden_size), []
    with torch.no_grad():
        for t, x in enumerate(torch.from_numpy(inputs(selection))):
            h = cell(x[None], h)
            for unit, value in edit.get(t, {}).items():
                h[0, unit] = value
            rows.append(h[0].clone())
        states = torch.stack(rows)
        return states.numpy(), network.head(states).softmax(-1).numpy()


def test_a_clamped_unit_agrees_with_a_loop_of_torch_s_cell() -> None:
    seen = running.asked(of("clamp:h@0:u2:t5-20=1"))
    h, shares = loop(seen, {t: {2: 1.0} for t in range(5, 21)})
    before, after, difference = view.values(seen, "h")
    np.testing.assert_allclose(after, h, atol=2e-5)
    np.testing.assert_allclose(before, loop(seen, {})[0], atol=2e-5)
    np.testing.assert_array_equal(difference, after - before)
    both = view.outputs(seen)
    assert both is not None
    np.testing.assert_allclose(both[1].values, shares, atol=2e-4)


def test_the_opening_turns_most_outputs() -> None:
    both = view.outputs(running.asked(OPENING))
    assert both is not None
    changed_at = both[0].values.argmax(-1) != both[1].values.argmax(-1)
    assert changed_at.mean() > 0.5
    assert f"changes at {changed_at.sum()} of {len(changed_at)} steps" in view.at_the_end(*both)


@pytest.mark.parametrize(
    "text",
    [
        "ablate:h@0:u3=zero",
        "ablate:h@0=mean",
        "ablate:z@0:u1.2:t3-9=resample",
        "patch:h@0:t8=start",
        "patch:h@0:t8=end",
        "steer:h@0:t4=2*pc1",
        "steer:h@0=1*means0-4/10-14",
        "steer:h@0:u0.3:t5=0.5",
        "clamp:z@0:t7=1",
    ],
)
def test_every_kind_changes_its_own_numbers_and_what_follows(text: str) -> None:
    seen = running.asked(of(text))
    (act,) = read_all(text)
    before, after, _ = view.values(seen, act.signal)
    first = act.steps[0] if act.steps else 0
    np.testing.assert_allclose(before[:first], after[:first], atol=1e-6)
    assert np.abs(after[first] - before[first]).max() > 0
    assert in_its_place(act, seen, after)


def in_its_place(act: Act, seen: Selection, after: np.ndarray) -> bool:
    """Whether a value that is put somewhere is there."""
    if act.kind == "patch":
        other = running.source(seen).trace.panel(act.signal)
        step = act.steps[0] + (len(other) - len(after) if act.how == "end" else 0)
        return bool(np.array_equal(after[act.steps[0]], other[step]))
    if act.how == "mean":
        return bool(np.allclose(after, running.source(seen).trace.panel(act.signal).mean(0), atol=1e-6))
    return True


def test_an_lstm_keeps_h_while_its_c_is_of_the_other_text() -> None:
    latch = changed(DEFAULT, trained="latch", cell="lstm", words="yes um er no")
    other = ((running.OTHER, "no um er no"),)
    patch = "patch:c@0:t0=start"
    alone, kept = (
        running.asked(replace(latch, interventions=text, entries=other))
        for text in (patch, f"{patch};patch:h@0:t0=unchanged")
    )
    network = networks.recording(running.without_viewpoint(latch)).network
    cell = nn.LSTMCell(network.rnn.input_size, network.rnn.hidden_size)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    cell.load_state_dict({name: network.rnn.get_parameter(f"{name}_l0") for name in names})
    x = torch.from_numpy(inputs(latch))
    there = running.source(kept).trace.panel("c")
    with torch.no_grad():
        h, _ = cell(x[:1])
        c = torch.from_numpy(there[:1].copy())
        rows = [h[0].numpy()]
        for t in range(1, 4):
            h, c = cell(x[t : t + 1], (h, c))
            rows.append(h[0].numpy())
    np.testing.assert_allclose(running.after(kept).trace.panel("h"), np.stack(rows), atol=2e-5)
    before, recomputed, _ = view.values(alone, "h")
    assert np.abs(recomputed[0] - before[0]).max() > 0.1


def clamping() -> AppTest:
    return opened("/Interventions?cell=gru&trained=brackets&input=words&words=f(x)&views=interventions.do:clamp")


def test_a_number_outside_its_limits_stays_in_the_box_and_nothing_is_added() -> None:
    at = clamping()
    at.number_input(key="choice_interventions.value").set_value(1e9).run()
    assert at.number_input(key="choice_interventions.value").value == 1e9
    assert [unmarked(error.value) for error in at.error] == [
        "Value must be from −1000 to 1000. Got 1·10⁹. Nothing is added until this is corrected."
    ]
    assert at.button(key="interventions.add").disabled
    at.number_input(key="choice_interventions.value").set_value(2.5).run()
    assert not at.error
    at.button(key="interventions.add").click().run()
    assert link_of(at)["interventions"] == "clamp:h@0=2.5"


def test_what_was_typed_just_before_the_click_is_added() -> None:
    at = clamping()
    at.number_input(key="choice_interventions.value").set_value(0.5)
    at.text_input(key="interventions.box_units").set_value("3")
    at.button(key="interventions.add").click().run()
    assert link_of(at)["interventions"] == "clamp:h@0:u3=0.5"


def test_a_patch_that_has_no_step_in_the_other_text_is_refused() -> None:
    seen = running.asked(replace(of("patch:h@0:t40=start"), entries=((running.OTHER, "(a)"),)))
    with pytest.raises(ValueError, match=r"The other text must have at least 41 steps for this patch.*it has 3"):
        running.after(seen)


def test_the_text_that_is_proposed_has_as_many_steps() -> None:
    for selection in (OPENING, changed(DEFAULT, trained="latch", cell="lstm"), DEFAULT):
        other = running.source(running.asked(selection))
        assert len(other.tokens) == len(networks.recording(running.without_viewpoint(selection)).tokens)
        assert other.tokens != networks.recording(running.without_viewpoint(selection)).tokens


@pytest.mark.parametrize("rows", ["units", "signals", "layers"])
def test_a_cell_of_the_grid_is_its_patch_alone(rows: grid.Rows) -> None:
    seen = running.asked(of(""))
    found = grid.effects(seen, rows, "h", "all")
    patches = grid.grid_of(seen, rows, "h")
    assert found.shape == (len(patches.rows), len(patches.spans))
    row, column = np.unravel_index(int(found.argmax()), found.shape)
    alone = replace(seen, interventions=patches.act(int(row), int(column)).written)
    both = view.outputs(alone)
    assert both is not None
    expected = running.distance(both[0].values, both[1].values, is_share=True).mean()
    assert found[row, column] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert expected > 0.01


def test_what_is_lost_without_a_unit_lies_in_its_interval() -> None:
    seen = held.relevant(OPENING)
    found = units.losses(seen, "h")
    assert found.base > 0.95
    assert found.mean.shape == (seen.model.hidden_size,)
    assert (found.low <= found.mean + 1e-9).all()
    assert (found.mean <= found.high + 1e-9).all()
    assert found.mean.max() > 0.05


def test_the_bootstrap_of_equal_losses_has_no_width() -> None:
    low, high = units.interval(np.full((2, 30), 0.25))
    np.testing.assert_allclose([low, high], 0.25)
    low, high = units.interval(np.tile([0.0, 1.0], (1, 50)))
    assert 0.35 < low[0] < 0.45
    assert 0.55 < high[0] < 0.65


@pytest.mark.parametrize(
    ("cell", "right"),
    [("gru", ["Yes"]), ("rnn", ["Yes"]), ("lstm", ["No: something of the steps before is left", "Yes"])],
)
def test_what_is_left_after_states_were_set_to_0(cell: str, right: list[str]) -> None:
    asked = questions.ask(changed(DEFAULT, cell=cell, trained="brackets"), view.PART, "h")
    assert isinstance(asked, tuple)
    assert [question.options[question.answer().right[0]] for question in asked] == right


def test_each_view_asks_a_question_of_its_own() -> None:
    parts = {view.PART: "clamped at 0", grid.PART: "Swap the two texts", units.PART: "ablated together"}
    parts |= {probe.PART: "without any training"}
    for place, part in parts.items():
        asked = questions.ask(of(""), place, "depth" if place == probe.PART else "h")
        assert isinstance(asked, tuple)
        assert all(part in question.text for question in asked)
        assert any(question.answer().right for question in asked)
    assert questions.ask(of(""), units.PART, "") == questions.ask(of(""), probe.PART, "") == ""
    assert questions.ask(DEFAULT, grid.PART, "h") == "", "it has no output layer"


def test_the_patch_that_moves_the_output_most_is_measured_on_the_other_text() -> None:
    asked = questions.ask(of(""), grid.PART, "h")
    assert isinstance(asked, tuple)
    other = running.other_of(of(""))
    there = replace(of("", words=other), entries=((running.OTHER, OPENING.text),))
    for question in asked:
        places = [int(option.removeprefix("t = ").partition(":")[0]) for option in question.options]
        ends = []
        for t in places:
            both = view.outputs(running.asked(replace(there, interventions=f"patch:h@0:t{t}=start")))
            assert both is not None
            ends.append(float(np.abs(both[1].values[-1] - both[0].values[-1]).sum() / 2))
        assert question.answer().right in ((int(np.argmax(ends)),), ())


def test_what_is_lost_without_half_of_the_units_is_that_of_one_run_without_them() -> None:
    (question,) = questions.ask(of(""), units.PART, "h")
    seen = held.relevant(of(""))
    alone = units.losses(seen, "h").mean
    least = np.argsort(-alone, kind="stable")[len(alone) - len(alone) // 2 :]
    known = checkpoints.load("brackets-gru")
    sequences = held_out(known, units.count_of(seen))
    rnn = build(known.model).rnn
    states = each_alone(rnn, sequences.x, [[], [ablate("h", least.tolist())]], sequences.lengths)
    whole, rest = (float(correct(known, sequences, one).mean()) for one in states)
    assert whole - rest > 0.24
    assert question.answer().right == (2,)
    assert f"they lose {100 * (whole - rest):.3g} points" in question.answer().said


def test_a_probe_without_training_is_one_of_random_weights() -> None:
    seen = held.relevant(of(""))
    plain = probing.untrained(seen, "depth", ("h", 0, "forward"))
    trained = probing.probes(seen, "depth")[("h", 0, "forward")]
    assert plain.commonest == trained.commonest
    assert plain.accuracy < trained.accuracy - 0.3


def test_a_network_that_is_asked_at_the_end_has_no_outputs_before() -> None:
    both = view.outputs(running.asked(changed(DEFAULT, cell="lstm", trained="adding", interventions="clamp:h@0:u1=1")))
    assert both is not None
    assert np.isnan(both[1].values[:-1]).all()
    assert np.isfinite(both[1].values[-1]).all()


def test_links_keep_interventions_and_drop_what_does_not_fit() -> None:
    text = "clamp:h@0:u2:t3-9=1;steer:h@0=0.5*pc0"
    assert from_params(to_params(of(text))) == (of(text), [])
    params = to_params(of(text)) | {"interventions": f"{text};clamp:f@0=1;clamp:h@0:u99=0"}
    selection, problems = from_params(params)
    assert selection.interventions == text
    assert len(problems) == 1
    assert "the signal must be one of h, r, z, n for this network; got f (and 1 more)" in problems[0]
    shorter = changed(of(text), words="(a)")
    assert shorter.interventions == "steer:h@0=0.5*pc0"


@pytest.mark.parametrize(
    ("typed", "units_"),
    [("", ()), ("3 5", (3, 5)), ("0-2, 7", (0, 1, 2, 7)), ("4 4", (4,)), ("1 - 3", (1, 2, 3)), ("1,5", (1, 5))],
)
def test_units_as_they_are_typed(typed: str, units_: tuple[int, ...]) -> None:
    assert acts.units_in(typed, 8) == units_


@pytest.mark.parametrize("typed", ["8", "a", "5-3", "1.5", "-1"])
def test_units_that_are_not_there(typed: str) -> None:
    with pytest.raises(ValueError, match="Units must be whole numbers from 0 to 7, like"):
        acts.units_in(typed, 8)


@pytest.mark.parametrize(
    ("typed", "ends"), [("", ()), ("4", (4, 4)), ("4-9", (4, 9)), ("4 – 9", (4, 9)), ("2, 3 4", (2, 4))]
)
def test_steps_as_they_are_typed(typed: str, ends: tuple[int, ...]) -> None:
    assert acts.steps_in(typed, 10) == ends


@pytest.mark.parametrize("typed", ["12", "9-3", "x", "-1"])
def test_steps_that_are_not_there(typed: str) -> None:
    with pytest.raises(ValueError, match="Steps must be whole numbers from 0 to 9, like 4-9"):
        acts.steps_in(typed, 10)


@pytest.mark.parametrize("typed", ["2,5", "0 2-4"])
def test_steps_with_a_gap(typed: str) -> None:
    with pytest.raises(ValueError, match=f"Steps must be one range without gaps, like 4-9.* Got '{typed}'"):
        acts.steps_in(typed, 10)


# --- Probes ---


def test_a_probe_of_the_page_is_that_of_the_library() -> None:
    import rnnviz
    from rnnviz import build, capture, checkpoints
    from rnnviz.held_out import held_out
    from rnnviz.properties import labels_of

    known = checkpoints.load("brackets-gru")
    some = held_out(known, probing.COUNT)
    trace = capture(build(known.model).rnn, torch.from_numpy(some.x), some.lengths, tokens=some.tokens)
    expected = rnnviz.probe(trace, labels_of(known, some, "depth"))
    (found,) = probing.probes(held.relevant(OPENING), "depth").values()
    assert found.accuracy == pytest.approx(expected.accuracy, abs=0.002)
    assert found.accuracy > 0.95
    assert found.selectivity > 0.2
    np.testing.assert_allclose(found.direction("3"), expected.direction("3"), atol=1e-3)


@pytest.mark.parametrize("label", ["0", "1", "3", "4"])
def test_steering_along_a_probe_adds_its_direction_and_moves_the_output(label: str) -> None:
    seen = running.asked(of(f"steer:h@0:t10=8*probe.depth.{label}"))
    (found,) = probing.probes(held.relevant(seen), "depth").values()
    before, after, difference = view.values(seen, "h")
    np.testing.assert_allclose(difference[10], 8 * found.direction(label), atol=1e-5)
    np.testing.assert_allclose(before[:10], after[:10], atol=1e-6)
    both = view.outputs(seen)
    assert both is not None
    p = [one.values[10, int(label)] for one in both]
    assert p[0] < 0.1
    assert p[1] > 0.8


def test_a_steering_does_not_depend_on_the_place_that_is_looked_at() -> None:
    seen = of("steer:h@0:t2=1*probe.depth.3")
    assert held.relevant(replace(seen, t=3, units=(1,), span=(2, 4))) == held.relevant(seen)


def test_links_with_a_probe_that_the_network_does_not_have() -> None:
    text = "steer:h@0:t2=1*probe.depth.3"
    assert from_params(to_params(of(text))) == (of(text), [])
    _, problems = from_params(to_params(of("")) | {"interventions": "steer:h@0=1*probe.parity.odd"})
    assert len(problems) == 1
    assert "the probe must be one of depth, position here; got parity" in problems[0]
    other = changed(of(text), trained="latch", cell="gru")
    assert other.interventions == ""
    with pytest.raises(ValueError, match="label must be one of 0, 1, 2, 3, 4; got '9'"):
        running.after(running.asked(of("steer:h@0=1*probe.depth.9")))


def typed_into(at: AppTest, **fields: str) -> AppTest:
    for name, text in fields.items():
        at.text_input(f"interventions.box_{name}").set_value(text)
    return at


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [("units", "99", "Units must be"), ("units", "abc", "Units must be"), ("steps", "500", "Steps must be")],
)
def test_nothing_is_added_from_a_field_with_an_error(field: str, text: str, said: str) -> None:
    at = opened("/Interventions?cell=gru&trained=brackets")
    typed_into(at, units="3", steps="5").run()
    at.button("interventions.add").click().run()
    assert link_of(at)["interventions"] == "clamp:h@0:u3:t5=0"
    typed_into(at, **{field: text})
    at.button("interventions.add").click().run()  # the click takes what was typed with it
    assert link_of(at)["interventions"] == "clamp:h@0:u3:t5=0"
    assert at.button("interventions.add").disabled
    (error,) = [one.value for one in at.error]
    assert said in error
    assert "Nothing is added until this is corrected" in error
    assert at.text_input(f"interventions.box_{field}").value == text
    typed_into(at, **{field: "4"}).run()
    assert not at.error
    at.button("interventions.add").click().run()
    assert link_of(at)["interventions"].count(";") == 1


def test_a_span_of_means_with_an_error_adds_nothing() -> None:
    at = opened(
        "/Interventions?cell=gru&trained=brackets&views=interventions.along:difference-of-means interventions.do:steer"
    )
    before = link_of(at).get("interventions")
    at.text_input("interventions.box_plus").set_value("x").run()
    assert at.button("interventions.add").disabled
    assert [one for one in at.error if "Steps must be" in one.value]
    assert link_of(at).get("interventions") == before


def test_an_other_text_that_cannot_be_read_is_not_used() -> None:
    at = opened("/Interventions?cell=gru&trained=flip-flop&views=interventions.do:patch&numbers=1 1 1%0A0 0 0%0A0 0 -1")
    at.text_area("interventions.box_other").set_value("1 2").run()
    assert [one for one in at.error if one.value.startswith("The other text")]
    assert at.text_area("interventions.box_other").value == "1 2"
    assert "entries" not in link_of(at)


def test_an_act_says_what_it_does_to_an_earlier_one() -> None:
    written = "clamp:h@0:u2:t5-9=1;steer:h@0:u2.3:t9=2;steer:h@0:u3:t5=1;clamp:h@0:t9=0;clamp:z@0:u2=1"
    assert acts.beside(read_all(written)) == [
        "",
        " (adds to what number 1 set)",
        "",
        " (replaces what numbers 1 and 2 set, where both act)",
        "",
    ]


def test_what_was_replaced_whole_is_not_named() -> None:
    written = "clamp:h@0:u2=1;clamp:h@0:u2:t3=-1;clamp:h@0:u2=0.5;steer:h@0:u2:t3=1"
    assert acts.beside(read_all(written))[-1] == " (adds to what number 3 set)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clamp:h@0:u2=0.9", []),
        ("clamp:h@0:u2:t3=-22", ["h reaches −22. By itself this cell produces values from −1 to 1 of h"]),
        ("clamp:z@0:u2=1.5", ["z reaches 1.5. By itself this cell produces values from 0 to 1 of z"]),
        ("ablate:h@0:u2=zero", []),
    ],
)
def test_a_state_that_never_occurs_is_named(text: str, said: list[str]) -> None:
    found = running.outside(running.asked(of(text)))
    assert len(found) == len(said)
    assert all(one.startswith(start) for one, start in zip(found, said, strict=True))


def test_a_number_that_never_occurs_leaves_the_colors_their_range() -> None:
    seen = running.asked(of("clamp:h@0:u2:t3=-22"))
    sent = view.payload(seen, "h", None)["panels"]
    assert isinstance(sent, list)
    before, after, difference = sent
    assert before["most"] < 1 == after["most"]
    assert difference["most"] == 2
    assert (before["outside"], after["outside"]) == (None, -22)
    assert difference["outside"] < -21
    assert (before["limits"], after["limits"], difference["limits"]) == (None, [-1, 1], [-2, 2])


def test_what_the_cell_can_produce_has_no_mark() -> None:
    for panel in view.payload(running.asked(of("clamp:h@0:u2=0.9")), "h", None)["panels"]:  # type: ignore[attr-defined]
        assert panel["limits"] is panel["outside"] is None


def test_a_number_without_a_bound_is_measured_by_those_before() -> None:
    relu = changed(DEFAULT, cell="rnn", nonlinearity="relu", input="words", words="a b c d e", hidden_size=5)
    lstm = changed(DEFAULT, cell="lstm", trained="brackets")
    for selection, signal, low in ((relu, "h", 0.0), (lstm, "c", -1.0)):
        seen = running.asked(changed(selection, interventions=f"clamp:{signal}@0:u2:t3=-500"))
        most = 2 * float(np.abs(view.values(seen, signal)[0]).max())
        assert running.limits_of(seen, signal) == pytest.approx((low * most, most))
        _, after, _ = view.payload(seen, signal, None)["panels"]  # type: ignore[misc]
        assert after["outside"] == -500
        assert after["most"] == pytest.approx(most)
