"""The scripts of the page "Dynamics" find the points of the page and draw its figures."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from rnnviz.ui.pages.dynamics import code, drawn, plane, search
from rnnviz.ui.pages.dynamics.request import Kind, Request, Starts, request_of
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.openings import OPENINGS
from tests.ui.codegen.pictures import differences, is_other, plain
from tests.ui.codegen.running import assert_same, run

BRACKETS: Final = changed(DEFAULT, trained="brackets", cell="gru", t=17)
LATCH: Final = changed(DEFAULT, trained="latch", cell="gru", t=8)
EARLIER: Final = replace(LATCH, model=replace(LATCH.model, trained="latch-at-450"))
WORDS: Final = changed(DEFAULT, cell="lstm", hidden_size=5, input="words", input_size=4, output_size=2)
STACK: Final = changed(DEFAULT, cell="gru", hidden_size=4, num_layers=2, bidirectional=True, layer=1, t=1)


def asked(name: str, kind: Kind, starts: Starts, typed: str) -> Request:
    selection = {
        "opening": OPENINGS["Dynamics"],
        "brackets": BRACKETS,
        "earlier": EARLIER,
        "words": WORDS,
        "stack": STACK,
    }[name]
    return request_of(selection, kind, starts, typed)


@pytest.mark.parametrize(
    ("name", "kind", "starts", "typed"),
    [
        ("opening", "step", "visited", ""),
        ("opening", "chosen", "visited", "0 0 1"),
        ("brackets", "step", "examples", ""),
        ("brackets", "chosen", "visited", '"'),
        ("earlier", "step", "examples", ""),
        ("words", "zeros", "random", ""),
        ("words", "mean", "visited", ""),
        ("words", "chosen", "visited", "film's"),
        ("stack", "step", "visited", ""),
        ("stack", "mean", "random", ""),
    ],
)  # fmt: skip
def test_the_points_of_the_page(name: str, kind: Kind, starts: Starts, typed: str) -> None:
    request = asked(name, kind, starts, typed)
    found = search.found(request)
    names = run(code.plane(request, 1, None, found))
    assert names["points"].kinds.tolist() == found.points.kinds.tolist()
    np.testing.assert_allclose(names["points"].states, found.points.states, atol=1e-4)
    np.testing.assert_allclose(names["points"].speeds, found.points.speeds, rtol=1e-2, atol=1e-12)
    page = plane.drawn(request, found)
    page = replace(page, data={**page.data, "start": {"id": "alone", "t": 1}})
    (view,) = names["views"]
    assert view._picture.widget == page.widget
    assert not [text for text in differences(plain(page.data), plain(view._picture.whole())) if not is_other(text)]


def test_the_figures_of_the_page() -> None:
    request = asked("opening", "step", "visited", "")
    found = search.found(request)
    (figure,) = run(code.eigenvalues(request, drawn.of_eigenvalues(request), found))["shown"]
    assert_same(figure, drawn.eigenvalues(request, found, "light"), rtol=1e-3, atol=1e-4)
    assert found.outputs.weight is not None
    script = code.modes(request, drawn.of_modes(request, found), 2, search.MODES, found)
    (figure,) = run(script)["shown"]
    assert_same(figure, drawn.modes(request, found, 2, "light"), rtol=1e-2, atol=1e-3)


def stopped_after(request: Request, iterations: int) -> search.Found:
    """What a search has found that a visitor stops."""
    return search._search(request, lambda now: now.step < iterations)


@pytest.mark.parametrize("iterations", [1, 4])
def test_a_search_that_was_stopped_stops_in_the_script_at_the_same_iteration(iterations: int) -> None:
    request = asked("opening", "step", "visited", "")
    found = stopped_after(request, iterations)
    assert found.points.stopped
    assert found.made == iterations
    script = code.plane(request, 1, None, found)
    assert "The page stopped its search" in script
    names = run(script)
    np.testing.assert_allclose(names["points"].end_speeds, found.points.end_speeds, rtol=1e-2, atol=1e-12)
    page = plane.drawn(request, found)
    page = replace(page, data={**page.data, "start": {"id": "alone", "t": 1}})
    (view,) = names["views"]
    assert "The search was stopped before its end." in str(page.data["caption"])
    assert not [text for text in differences(plain(page.data), plain(view._picture.whole())) if not is_other(text)]


def test_before_the_search_the_script_draws_no_points() -> None:
    request = asked("opening", "step", "visited", "")
    page = plane.drawn(request, None)
    page = replace(page, data={**page.data, "start": {"id": "alone", "t": 1}})
    script = code.plane(request, 1, None, None)
    names = run(script)
    assert "points" not in names
    (view,) = names["views"]
    assert not [text for text in differences(plain(page.data), plain(view._picture.whole())) if not is_other(text)]
