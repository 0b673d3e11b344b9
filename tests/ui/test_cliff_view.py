"""What the page of the cliff sends and says, and what it takes from a browser."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz import cliff, pictures
from rnnviz.cliff import Settings
from rnnviz.palette import RELIEF
from rnnviz.pictures.cliff import end, headline, told, where
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.shell import frame
from rnnviz.widgets.packing import message
from tests import node
from tests.serving import ROOT
from tests.statements.reading import numbers
from tests.ui.messages import unpacked
from tests.ui.widgets import mounted

USUAL: Final = Settings(6.0, -3.05, max_norm=1.0)
PAGE: Final = "assets/text/clipping.md"
PROSE: Final = " ".join((frame.TEXTS / "clipping.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("steps", [400, 600])
def test_the_payload_is_both_descents_and_small(steps: int) -> None:
    settings = replace(USUAL, steps=steps)
    packed = message(pictures.cliff(*cliff_view.both(settings)).data)
    assert len(packed) < 100_000
    sent = unpacked(packed)
    for arm, descent in zip(sent["arms"], cliff_view.both(settings), strict=True):
        found = arm["rows"]
        assert found.shape == (steps, 8)
        np.testing.assert_array_equal(found[:, 2], descent.error.astype(np.float32))
        np.testing.assert_array_equal(found[:, 7], descent.update_norm.astype(np.float32))
    assert [arm["name"] for arm in sent["arms"]] == ["unclipped", "clipped"]
    assert sent["longest"] == 163
    assert sent["palette"]["dark"]["relief"] == list(RELIEF["dark"])


def test_the_map_is_the_root_of_the_error_over_b_and_w() -> None:
    sent = unpacked(message(pictures.cliff(*cliff_view.both(USUAL)).data))["map"]
    assert sent["off"].shape == (129, 201)
    w, b = np.linspace(4, 8, 201), np.linspace(-4, -2, 129)
    error, _, _ = cliff.error_and_gradient(w[None, ::20], b[::20, None])
    np.testing.assert_allclose(sent["off"][::20, ::20], np.sqrt(error), atol=1e-4)
    for at, height in sent["edge"]:
        assert height == pytest.approx(float(cliff.edge(np.array(at))))
        assert -4 <= height <= -2


def test_what_happened_is_told_in_numbers() -> None:
    unclipped, clipped, chance = told(*cliff_view.both(USUAL))
    assert re.fullmatch(
        r"The last bit of the start decides the path from step \d+ on \(clipped\): the numbers after that are chance\.",
        chance,
    )
    assert unclipped == (
        "Unclipped, at step 163: the gradient’s norm is about 2,200, and one step of length about 220 leads to "
        "w = 120, b = 180, where the error is 0.09 and the gradient is 0, so it stays there."
    )
    assert clipped.startswith("Clipped: 12 of 400 gradients are shortened to 1, and no step is longer than 0.1.")
    assert clipped.endswith(
        "At the end the error still goes up and down: in the last 50 steps it is at most about 0.3."
    )


def test_where_nothing_is_clipped_that_is_told() -> None:
    (said,) = told(*cliff_view.both(Settings(7.0, -3.5, max_norm=1.0)))
    assert said == (
        "No gradient is longer than max_norm = 1: clipping changes nothing. At the end the error still goes up and "
        "down: in the last 50 steps it is at most about 0.4."
    )


def test_a_jump_with_the_last_step_has_no_landing() -> None:
    unclipped, clipped = told(*cliff_view.both(replace(USUAL, steps=164)))
    assert "one step of length about 220 is the last." in unclipped
    assert clipped.startswith("Clipped: 1 gradient is shortened to 1")


def test_numbers_that_end_are_told() -> None:
    lost = Settings(5.0, float(cliff.edge(np.array(5.0))), rate=1e308, max_norm=1.0, steps=4)
    unclipped, *_ = told(*cliff_view.both(lost))
    assert "leads to values that are not finite" in unclipped


def test_the_headline_is_made_of_the_numbers() -> None:
    assert headline(*cliff_view.both(USUAL)) == (
        "Unclipped, one step longer than 100 throws the descent off the map; clipped, no step is longer than 0.1, "
        "and the descent ends on the map"
    )
    still = cliff_view.both(Settings(7.0, -3.5, rate=0.1, max_norm=1.0, steps=400))
    assert "clipping changes nothing" in headline(*still)
    alike = cliff_view.both(Settings(7.0, -3.5, rate=0.1, max_norm=0.1, steps=400))
    assert headline(*alike) == "Both descents end on the map; clipped, no step is longer than 0.01"
    lost = Settings(5.0, float(cliff.edge(np.array(5.0))), rate=1e308, max_norm=1.0, steps=4)
    assert "the descent ends in values that are not finite; clipped, no step is longer than 1" in headline(
        *cliff_view.both(lost)
    )


def test_a_headline_claims_no_end_and_no_step_that_are_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    unclipped, clipped = cliff_view.both(USUAL)
    shorter = replace(unclipped, clipped_norm=np.minimum(unclipped.clipped_norm, 250))
    monkeypatch.setattr(cliff, "neighbours", lambda one: (shorter if one.max_norm is None else clipped,))
    assert headline(unclipped, clipped).startswith("Unclipped, one step longer than 10 throws the descent off the map")
    monkeypatch.setattr(cliff, "neighbours", lambda _: (clipped,))
    assert headline(unclipped, clipped).startswith(
        "Unclipped, the last bit of the start decides the path from step 164 on; clipped, no step is longer than"
    )


@pytest.mark.slow
@pytest.mark.parametrize("start", cliff_view.STARTS.values(), ids=str)
def test_an_end_that_is_claimed_is_that_of_many_neighbouring_starts(start: tuple[float, float]) -> None:
    """Of twenty each time, at most 30 numbers away."""
    random = np.random.default_rng(0)
    alike = {}
    for rate, most in itertools.product((0.01, 0.1, 0.3, 0.5), (None, 0.1, 1.0, 5.0)):
        descent = cliff.descend(Settings(*start, rate=rate, max_norm=most))
        away = random.integers(-30, 31, (20, 2)) * np.spacing(np.abs(start))
        ends = {where(cliff.descend(Settings(*(start + move), rate=rate, max_norm=most))) for move in away}
        alike[rate, most] = end(descent) == "chance" or ends == {end(descent)}
    assert all(alike.values()), alike


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3, 0.5])
def test_where_clipping_is_said_to_change_nothing_it_changes_nothing_from_many_neighbouring_starts(rate: float) -> None:
    random = np.random.default_rng(1)
    starts = [*cliff_view.STARTS.values(), *random.uniform((4.0, -4.0), (8.0, -2.0), (20, 2))]
    for start, most in itertools.product(starts, (0.1, 1.0, 5.0)):
        settings = Settings(*map(float, start), rate=rate, max_norm=most, steps=600)
        if "changes nothing" in headline(*cliff_view.both(settings)):
            away = random.integers(-30, 31, (20, 2)) * np.spacing(np.abs(start))
            beside = [cliff.descend(replace(settings, w=float(w), b=float(b))) for w, b in start + away]
            assert not any(one.clipped.any() for one in beside), settings


def test_where_a_later_gradient_is_chance_the_headline_speaks_of_the_steps_before() -> None:
    unclipped, clipped = cliff_view.both(Settings(6.0, -3.05, rate=0.5, max_norm=5.0, steps=600))
    assert re.fullmatch(
        r"Before step \d+ no gradient exceeds the threshold; "
        r"the last bit of the start decides the path from step \d+ on",
        headline(unclipped, clipped),
    )
    assert told(unclipped, clipped)[-1].endswith("the numbers after that are chance.")


def test_a_start_whose_end_the_last_bits_decide_is_called_chance() -> None:
    for start in ((5.0, -2.5), (6.0, -2.9)):
        unclipped, clipped = cliff_view.both(Settings(*start, max_norm=1.0))
        assert (end(unclipped), end(clipped)) == ("chance", "on")
        assert re.match(
            r"Unclipped, the last bit of the start decides the path from step \d+ on; clipped, no step is "
            "longer than 0.1, and the descent ends on the map$",
            headline(unclipped, clipped),
        )


def test_at_another_rate_the_step_is_that_of_the_new_descent() -> None:
    page = visit("cliff.step:163")
    next(one for one in page.slider if one.label == "Threshold max_norm").set_value(5.0).run()
    assert "cliff.step:163" in page.query_params["views"]  # the unclipped descent is as it was
    next(one for one in page.slider if one.label == "Learning rate").set_value(0.07).run()
    assert "cliff.step" not in page.query_params["views"]


def test_an_error_that_only_falls_does_not_go_up_and_down_and_is_written_with_a_power_of_ten() -> None:
    said, _ = told(*cliff_view.both(Settings(5.0, -2.5, rate=0.5, max_norm=5.0)))
    assert said.endswith("At the end the error still falls: in the last 50 steps it is at most about 1·10⁻²⁰.")


def test_the_map_and_the_sentences_have_as_many_digits_of_a_norm(tmp_path: Path) -> None:
    unclipped, _ = cliff_view.both(USUAL)
    norm = float(unclipped.grad_norm[unclipped.longest])
    script = f'import {{ about, read }} from "./cliff/numbers.js"; const told = [about({norm}), read(4.66e-10)];'
    written, small = node.told(tmp_path, ["cliff/numbers.js", "shared/arrays.js"], script)
    assert f"norm is about {written}," in told(*cliff_view.both(USUAL))[0]
    assert small == "4.66·10⁻¹⁰"


@pytest.mark.parametrize("steps", [300, 399, 400])
def test_the_headline_does_not_hang_on_last_digits_or_on_the_step_at_which_a_descent_stops(steps: int) -> None:
    begun = replace(USUAL, steps=steps)
    beside = [replace(begun, w=begun.w + off, b=begun.b - off) for off in (-1e-9, 0, 1e-9, 2e-9)]
    assert {headline(*cliff_view.both(one)) for one in beside} == {headline(*cliff_view.both(USUAL))}
    assert len({f"{cliff_view.both(one)[1].error[-1]:.2g}" for one in beside}) > 1, "the last error is chance"


def test_the_prose_is_true() -> None:
    w, b = np.meshgrid(np.linspace(4, 8, 401), np.linspace(-4, -2, 401))
    _, grad_w, grad_b = cliff.error_and_gradient(w, b)
    norms = np.hypot(grad_w, grad_b)
    assert "half of all gradients on this map are shorter than 0.04" in PROSE
    assert np.median(norms) == pytest.approx(0.04, abs=5e-4)
    assert "the longest of 401 × 401 is 3,320" in PROSE
    assert norms.max() == pytest.approx(3_320, abs=1)
    activated = 1 / (1 + np.exp(-0.5))
    assert "1.264 at $w = 5.38$, and in 50 states some 120,000 times" in PROSE
    assert "some 120,000 times as long, since each of the 50 additional states multiplies it by about 1.26" in PROSE
    stretch = 5.38 * activated * (1 - activated)
    assert stretch == pytest.approx(1.264, abs=5e-4)
    assert stretch**50 == pytest.approx(120_000, rel=0.05)


def test_the_prose_about_the_descent_along_the_cliff_is_true() -> None:
    step, off, hops, across, norm, strip, steps, longest = numbers(
        PAGE,
        "the descent runs along the cliff: from step {} on it is never farther than {} from it, and it hops across "
        "it {} times. But it never lands on the steep strip, which is too narrow: at $w = {}$ gradients are longer "
        "than {} on a strip of about {} millionths. No gradient of its {} steps is longer than {}.",
    )
    flat = cliff.descend(cliff.Settings(7.0, -3.5, rate=0.1, max_norm=None, steps=int(steps.value)))
    assert longest.value - longest.unit < flat.grad_norm.max() < longest.value
    beside = flat.b - cliff.edge(flat.w)
    slope = cliff.edge(np.array(6.0)) - cliff.edge(np.array(5.0))
    assert np.abs(beside)[int(step.value) :].max() / np.hypot(1, slope) < off.value
    assert (np.diff(np.sign(beside)) != 0).sum() == hops.value
    places = cliff.edge(np.array(across.value)) + np.linspace(-1e-5, 1e-5, 20_001)
    _, by_w, by_b = cliff.error_and_gradient(np.array(across.value), places)
    assert (np.hypot(by_w, by_b) > norm.value).mean() * 2e-5 == pytest.approx(strip.value * 1e-6, rel=0.2)


def test_the_prose_about_clipping_that_gains_nothing_is_true() -> None:
    limit, count, low, high = numbers(
        PAGE,
        "with max_norm {} clipping shortens {} gradients and gains nothing. With and without it the descent goes on "
        "hopping, and the error jumps between {} and {}.",
    )
    for one in cliff_view.both(Settings(7.0, -3.5, max_norm=limit.value)):
        last = one.error[-50:]
        assert low.is_rounded(last.min())
        assert high.is_rounded(last.max())
        assert ((last < 0.1) | (last > 0.4)).all()
        assert (last < 0.1).any()
    assert one.clipped.sum() == count.value


# --- The page ---


def visit(views: str = "") -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=60).switch_page("pages/6_Clipping.py")
    if views:
        page.query_params["views"] = views
    return page.run()


def sent_to_the_map(page: AppTest) -> Any:
    (component,) = mounted(page)
    return unpacked(component.proto.bytes)


def test_the_page_opens_where_the_contrast_is() -> None:
    sent = sent_to_the_map(visit())
    assert sent["begin"] == [6.0, -3.05]
    assert sent["start"]["t"] is None


def test_a_link_holds_start_step_and_settings() -> None:
    sent = sent_to_the_map(
        visit("cliff.b:-2.5 cliff.max_norm:2.5 cliff.rate:0.2 cliff.step:7 cliff.steps:100 cliff.w:5")
    )
    assert sent["begin"] == [5.0, -2.5]
    assert sent["start"]["t"] == 7
    assert "rate 0.2, max_norm 2.5, 100 steps" in sent["caption"]


@pytest.mark.parametrize(
    ("views", "begin", "t"),
    [
        ("cliff.w:nonsense cliff.step:x", [6.0, -3.05], None),
        ("cliff.w:99 cliff.b:-1e9 cliff.step:99999", [8.0, -4.0], 399),
        ("cliff.w:nan cliff.step:-3", [6.0, -3.05], None),
    ],
)
def test_nonsense_in_a_link_is_put_right_and_told(views: str, begin: list[float], t: int | None) -> None:
    page = visit(views)
    assert not page.exception
    told = " ".join(one.value for one in page.warning).replace("\\", "")
    assert told.count(" must be a number in ") == views.count("cliff.w:") + views.count("cliff.b:")
    assert "cliff.w must be a number in 4..8" in told
    assert sent_to_the_map(page)["begin"] == begin
    assert sent_to_the_map(page)["start"]["t"] == t


def test_a_button_moves_the_start() -> None:
    page = visit("cliff.step:7")
    next(button for button in page.button if button.label == "w 5, b −2.5").click().run()
    assert sent_to_the_map(page)["begin"] == [5.0, -2.5]
    assert page.query_params["views"] == "cliff.b:-2.5 cliff.w:5"
    assert sent_to_the_map(page)["longest"] == 62


def test_the_surface_is_a_choice() -> None:
    page = visit("cliff.figure:in-3-d")
    (chart,) = page.get("plotly_chart")
    assert {trace["type"] for trace in json.loads(chart.proto.spec)["data"]} == {"surface", "scatter3d"}


def moved(sent: object) -> AppTest:
    """A session in which a browser has sent a start."""

    def script() -> None:
        import streamlit as st

        from rnnviz.ui.pages.clipping import cliff as cliff_view
        from rnnviz.ui.selection import state

        cliff_view.hear(st.session_state["sent"])
        st.session_state["kept"] = state.current().views
        st.session_state["told"] = state.messages()

    session = AppTest.from_function(script, default_timeout=60)
    session.session_state["sent"] = sent
    return session.run()


@pytest.mark.parametrize("start", [None, 5, "5,-2.5", [5], [5, -2.5, 1], [5, "x"], [True, -2.5], {"w": 5}])
def test_what_is_no_start_is_refused(start: object) -> None:
    session = moved({"place": start, "turn": 1})
    assert session.session_state["told"] == ["a start must be two numbers, w and b; nothing was changed"]
    assert session.session_state["kept"] == ()


def test_a_start_is_moved_onto_the_map() -> None:
    session = moved({"place": [123.4, -2.51234], "turn": 4})
    assert session.session_state["kept"] == (("cliff.b", "-2.51234"), ("cliff.w", "8"))
    assert session.session_state["told"] == []
    assert session.session_state["cliff.turn"] == 4


@pytest.mark.parametrize("sent", [None, [5.0, -2.5], {"place": [5.0, -2.5]}, {"place": [5.0, -2.5], "turn": "x"}])
def test_a_start_without_its_turn_is_refused(sent: object) -> None:
    session = moved(sent)
    assert session.session_state["told"] == ["a start must come with its turn, a whole number; nothing was changed"]
    assert session.session_state["kept"] == ()
