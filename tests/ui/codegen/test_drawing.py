"""A figure and the line of its script are one call."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from rnnviz import figures
from rnnviz.cliff import Settings, descend
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw, script
from tests.ui.codegen.running import assert_same, drawn
from tests.ui.codegen.test_everywhere import ROOT


def test_the_line_draws_the_figure() -> None:
    drawing = Drawing("descent_curves", Raw("found"), Raw("found"), caption=['It\'s {"one"}.'])
    code = script("found = descend(Settings(5.0, -2.5, steps=20))", drawing.shown())
    found = descend(Settings(5.0, -2.5, steps=20))
    assert_same(drawn(code), drawing.figure(found, found, theme="light"))


def test_what_a_script_computes_is_given_to_the_figure() -> None:
    norms, rows, tokens = np.array([[1.0, 2.0], [3.0, 4.0]]), [0, 1], ("a", "b")
    drawing = Drawing("contribution_heatmap", Raw("norms"), rows, tokens=Raw("tokens"), t=1)
    assert drawing.line() == "fig = figures.contribution_heatmap(norms, [0, 1], tokens=tokens, t=1)"
    page = drawing.figure(norms, theme="dark", tokens=tokens)
    assert_same(page, figures.contribution_heatmap(norms, rows, tokens=tokens, t=1, theme="dark"))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((1,), {}),
        ((1, 2, 3), {"total": 4}),
        ((1, 2), {}),
        ((1, 2), {"caption": "x"}),
        ((1, 2), {"total": 1, "more": 2}),
    ],
)
def test_other_values_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    drawing = Drawing("bags_of_words", Raw("a"), "plain", Raw("b"), total=Raw("total"), caption=[])
    with pytest.raises(TypeError, match=r"bags_of_words must be given 2 values and by name \['total'\]; got"):
        drawing.figure(*values, theme="light", **named)


def test_the_line_needs_no_plotly() -> None:
    program = (
        "import sys; from rnnviz.ui.codegen.drawing import Drawing; Drawing('word_map', caption=[]).line(); "
        "assert not {'plotly', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
