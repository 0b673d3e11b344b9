"""The page of fixed points: what it searches, that its numbers are torch's, and what it says where there is nothing."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from rnnviz.names import Cell
from rnnviz.pictures.phase_plane import named
from rnnviz.ui.pages.dynamics import plane, search, stories, tables
from rnnviz.ui.pages.dynamics.request import Kind, Request, Starts, constant_input, in_words, request_of
from rnnviz.ui.selection import DEFAULT, Selection, steps
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from rnnviz.ui.shell import networks
from rnnviz.widgets.packing import message
from tests.ui.messages import unpacked
from tests.ui.opened import choices_of, link_of, opened

OPENING: Final = OPENINGS["Dynamics"]
BRACKETS: Final = changed(DEFAULT, trained="brackets", cell="gru", t=17)
WORDS: Final = changed(DEFAULT, cell="gru", hidden_size=6, input="words", input_size=5)
BOTH: Final = changed(DEFAULT, cell="lstm", hidden_size=4, num_layers=2, bidirectional=True, output_size=3, layer=1)


def asked(selection: Selection, kind: Kind = "step", starts: Starts = "visited", typed: str = "") -> Request:
    return request_of(selection, kind, starts, typed)


def shown(query: str) -> AppTest:
    return opened(f"/Dynamics?{query}")


def said(test: AppTest) -> str:
    return " ".join(str(one.value) for kind in ("info", "error", "markdown") for one in test.get(kind))


def next_of(request: Request) -> Callable[[torch.Tensor], torch.Tensor]:
    """One step of torch's own layer in float64, from the h of a GRU of one layer."""
    recording = networks.recording(request.network)
    rnn = torch.nn.GRU(recording.spec.input_size, recording.spec.hidden_size, batch_first=True).double()
    rnn.load_state_dict({name: part.double() for name, part in recording.network.rnn.state_dict().items()})
    x = torch.from_numpy(constant_input(request).astype(np.float64))
    return lambda h: rnn(x[None, None], h[None, None])[1][0, 0]


@pytest.mark.parametrize("selection", [OPENING, BRACKETS], ids=["opening", "brackets"])
def test_points_eigenvalues_and_modes_are_torchs(selection: Selection) -> None:
    request = asked(selection)
    found, step = search.found(request), next_of(request)
    for number in range(len(found.points)):
        h = torch.from_numpy(found.points.h[number])
        with torch.no_grad():
            assert float((step(h) - h).norm()) < 1e-8
        jacobian = torch.autograd.functional.jacobian(step, h).numpy()
        sizes = np.sort(np.abs(np.linalg.eigvals(jacobian)))[::-1]
        np.testing.assert_allclose(np.abs(found.points.eigenvalues[number]), sizes, atol=1e-6)
        modes = found.modes[number]
        turned = modes.directions @ jacobian.T
        np.testing.assert_allclose(turned, modes.eigenvalues[:, None] * modes.directions, atol=1e-6)
        weight = networks.recording(request.network).network.head.weight.detach().numpy()
        np.testing.assert_allclose(modes.readouts, modes.directions @ weight.T, atol=1e-5)


def test_each_kind_of_constant_input() -> None:
    x = networks.recording(asked(BRACKETS).network).x
    np.testing.assert_array_equal(constant_input(asked(BRACKETS)), x[17])
    np.testing.assert_array_equal(constant_input(asked(BRACKETS, "zeros")), np.zeros(16))
    np.testing.assert_allclose(constant_input(asked(BRACKETS, "mean")), x.mean(0))
    np.testing.assert_array_equal(constant_input(asked(BRACKETS, "chosen", typed="a")), x[17])
    np.testing.assert_array_equal(constant_input(asked(WORDS, "chosen", typed="film")), networks.recording(WORDS).x[1])
    np.testing.assert_array_equal(constant_input(asked(OPENING, "chosen", typed="1 0 -1")), [1, 0, -1])


def test_above_the_first_layer_the_input_is_the_state_below() -> None:
    request = asked(changed(BOTH, t=1, direction="reverse"))
    trace = networks.recording(request.network).trace
    below = [trace.panel("h", layer=0, direction=way)[1] for way in ("forward", "reverse")]
    np.testing.assert_array_equal(constant_input(request), np.concatenate(below))
    found = search.found(request)
    assert found.points.states.shape[1] == 8
    assert set(found.outputs.said) <= {""}
    assert in_words(request).startswith("the state of layer 0 at t = 1")


def test_steps_with_the_same_input_are_one_search() -> None:
    tokens = steps(BRACKETS)
    blanks = [t for t, one in enumerate(tokens) if one == " "]
    one, other = (asked(changed(BRACKETS, t=t)) for t in blanks[:2])
    assert one == other
    assert one.t == blanks[0]
    told = plane.drawn(one, None).data["input"]
    assert isinstance(told, dict)
    assert [told["first"][t] for t in blanks] == [blanks[0]] * len(blanks)


@pytest.mark.parametrize(
    ("selection", "typed", "message"),
    [
        (BRACKETS, "ab", "Enter one character; got 'ab'"),
        (BRACKETS, "", "Enter at least one character"),
        (WORDS, "two words", "Enter one word; got 'two words'"),
        (OPENING, "1 2", "Enter one row of 3 numbers; got '1 2'"),
        (OPENING, "a b c", "must be a number"),
        (changed(DEFAULT, trained="encoder-reverse-dot", cell="gru"), "x", "The network can only read"),
    ],
)
def test_what_is_no_input_of_the_network_is_refused(selection: Selection, typed: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(selection, "chosen", typed=typed)


def test_what_was_typed_stays_with_the_reason() -> None:
    test = shown("cell=gru&trained=brackets&t=17&views=dynamics.input:chosen-input&entries=dynamics.constant%3Dabc")
    assert "Enter one character" in said(test)
    assert [box.value for box in test.text_input] == ["abc"]


@pytest.mark.parametrize("name", stories.STORIES)
def test_a_story_opens_with_points(name: str) -> None:
    changes: dict[str, Any] = dict(stories.STORIES[name][1])
    views = dict(changes.pop("views", ()))
    starts: dict[str, Starts] = {"from-examples": "examples", "from-random-states": "random"}
    kinds: dict[str, Kind] = {"zeros": "zeros"}
    request = asked(
        changed(DEFAULT, **changes),
        kinds.get(views.get("dynamics.input", ""), "step"),
        starts.get(views.get("dynamics.starts", ""), "visited"),
    )
    found = search.found(request)
    assert len(found.points)
    drawn = plane.drawn(request, found)
    assert "No fixed point" not in drawn.title
    assert len(message(drawn.data)) < 100_000


@pytest.mark.parametrize("name", ["Bracket depth", "Untrained"])
def test_a_story_brings_its_own_text(name: str) -> None:
    test = shown("cell=gru&trained=brackets&words=((a))&t=1")
    next(button for button in test.button if button.label == name).click().run()
    assert not test.exception
    (box,) = [area for area in test.text_area if area.key == "text_words"]
    assert box.value == {"Bracket depth": BRACKETS.words, "Untrained": DEFAULT.words}[name]
    assert link_of(test)["t"] == {"Bracket depth": "17", "Untrained": "3"}[name]


def test_the_message_has_what_was_found() -> None:
    request = asked(OPENING)
    found = search.found(request)
    sent = unpacked(message(plane.drawn(request, found).data))
    drawn = search.plane(request, plane.reached(found))
    assert sent["title"] == "8 stable points under the constant input “0 0 0”"
    assert {one["said"] for one in sent["points"]} == {f"{a}{b}{c}" for a in "+-" for b in "+-" for c in "+-"}
    np.testing.assert_allclose([one["at"] for one in sent["points"]], drawn.projected(found.points.states))
    h = networks.recording(request.network).trace.panel("h").astype(np.float64)
    np.testing.assert_allclose(sent["path"], drawn.projected(h), atol=1e-5)
    table = tables.points(found, drawn)
    assert table["kind"].tolist() == ["stable"] * 8
    np.testing.assert_array_equal(table["speed q"], found.points.speeds)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("hidden_size=2&numbers=1%0A2", "at least 3 steps"),
        ("hidden_size=1", "at least two numbers"),
    ],
)
def test_where_nothing_can_be_searched_the_page_says_why(query: str, reason: str) -> None:
    assert reason in said(shown(f"cell=rnn&{query}"))


def test_one_step_is_enough_for_what_needs_no_plane() -> None:
    page = shown("cell=gru&trained=brackets&words=(&views=dynamics.view:eigenvalues+dynamics.starts:from-examples")
    assert len(page.get("plotly_chart")) == 1


LONG: Final = changed(DEFAULT, trained="characters-python", cell="gru", words="def f(x):")


def until(request: Request, is_true: Callable[[search.Searching | None], bool]) -> search.Searching | None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if is_true(now := search.progress(request)):
            return now
        time.sleep(0.02)
    raise AssertionError("the search did not get there within a minute")


def test_a_long_search_runs_away_from_the_page_and_can_be_stopped() -> None:
    request = asked(LONG, "zeros")
    assert request.is_long
    assert search.progress(request) is None
    search.begin(request)
    search.begin(request)  # which changes nothing
    until(request, lambda now: now is not None and now.told is not None)
    assert not search.is_stopped(request)
    search.stop(request)
    assert search.is_stopped(request)
    now = until(request, lambda now: now is not None and now.found is not None)
    assert now is not None
    assert now.found is not None
    assert now.found.points.stopped
    assert "stopped before its end" in str(plane.drawn(request, now.found).data["caption"])


def test_a_long_search_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no room")

    request = asked(LONG, "mean")
    monkeypatch.setattr(search, "_search", fails)
    search.begin(request)
    now = until(request, lambda now: now is not None and bool(now.message))
    assert now is not None
    assert now.message == "ValueError: no room"


def test_a_long_search_begins_with_a_button() -> None:
    test = shown("cell=lstm&trained=characters-python&words=def")
    assert "Search for fixed points" in [button.label for button in test.button]


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_every_view_of_an_untrained_network(cell: Cell) -> None:
    for view in ("plane", "eigenvalues", "leading-modes"):
        test = shown(f"cell={cell}&hidden_size=5&input=words&output_size=2&views=dynamics.view:{view}")
        assert choices_of(test)["dynamics.view"][1] == (view.capitalize().replace("-", " "),)


# --- Moments of a training ---

LATCH: Final = "cell=gru&trained=latch&t=8"


def test_a_moment_of_the_training_is_shown_on_the_plane_of_its_end() -> None:
    end = changed(DEFAULT, trained="latch", cell="gru", t=8)
    early, late = (asked(replace(end, model=replace(end.model, trained=name))) for name in ("latch-at-400", "latch"))
    planes = [search.plane(one, plane.reached(search.found(one))) for one in (early, late)]
    np.testing.assert_array_equal(planes[0].directions, planes[1].directions)
    np.testing.assert_array_equal(planes[0].origin, planes[1].origin)
    assert planes[0].across[0] <= planes[1].across[0] < planes[1].across[-1] <= planes[0].across[-1]
    assert not np.array_equal(planes[0].speeds, planes[1].speeds)
    said_early, said_late = (str(plane.drawn(one, None).data["caption"]) for one in (early, late))
    assert "At this moment it classifies 48.4% of 2,000 held-out sequences correctly." in said_early
    assert "of h at the end of the training." in said_early
    assert "At this moment" not in said_late
    assert "at the end" not in said_late


@pytest.mark.parametrize(("view", "shown_"), [("450-updates", "450"), ("", "1,000")], ids=["earlier", "end"])
def test_the_moments_are_offered(view: str, shown_: str) -> None:
    page = shown(f"{LATCH}&views=dynamics.moment:{view}" if view else LATCH)
    assert not page.warning
    (moment,) = [one for one in page.segmented_control if one.label == "Moment of the training"]
    assert moment.options == [f"{k} updates" for k in (100, 400, 450, 465, 520)] + ["1,000 updates: the end"]
    assert str(moment.value).startswith(shown_)


def test_another_network_has_no_moments() -> None:
    page = shown("cell=gru&trained=brackets&views=dynamics.moment:450-updates")
    assert not page.warning
    assert [one for one in page.segmented_control if one.label == "Moment of the training"] == []


def test_a_constant_input_is_named_in_a_sentence() -> None:
    assert named("“0 0 0”") == "under the constant input “0 0 0”"
    assert named("the mean of the inputs") == "under a constant input, the mean of the inputs"
    assert named("") == "under a constant input"
