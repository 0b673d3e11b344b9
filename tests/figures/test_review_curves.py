"""Loss and accuracy of a network that learns to judge reviews, as far as it has come."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnviz.figures import ReviewCourse, review_accuracy_picture, review_curve, review_loss_picture, table_of
from rnnviz.figures.learning import ARMS
from rnnviz.palette import GROUNDS, Theme
from rnnviz.spec import ReviewSpec
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption
from tests.serving import ROOT

SPEC = ReviewSpec(reviews=128, epochs=2, batch_size=64)
LOSSES = (0.7, 0.6, 0.5)
ENDS = ((0.5, 0.4), (0.75, 0.625))


@pytest.mark.parametrize("theme", THEMES)
def test_losses_stand_at_their_part_of_an_epoch(theme: Theme) -> None:
    drawn = review_loss_picture(SPEC, LOSSES)
    assert drawn.lines[0].x.tolist() == [0.5, 1.0, 1.5]
    assert drawn.x.high >= SPEC.epochs
    assert [level.at for level in drawn.levels] == [math.log(2)]
    figure = review_curve(drawn, caption=["lecture-lstm."], theme=theme)
    np.testing.assert_allclose(table_of(figure)["each batch"], LOSSES, rtol=1e-6)
    assert caption(figure) == "lecture-lstm. Dotted: 0.693 nats, the loss of predicting 0.5 for every review."
    assert "each batch: 0.5 at the end" in figure.layout.meta["alt"]
    assert figure.data[0].line.color == GROUNDS[theme]["soft"]


def test_a_loss_that_is_no_number_leaves_a_gap_and_is_told() -> None:
    drawn = review_loss_picture(SPEC, (0.7, math.nan, math.inf))
    assert math.isfinite(drawn.y.high)
    assert "not finite" in drawn.said[-1]
    assert "not finite" in review_curve(drawn).layout.meta["alt"]


@pytest.mark.parametrize("theme", THEMES)
def test_accuracies_stand_at_the_ends_of_epochs_beside_that_of_what_ships(theme: Theme) -> None:
    drawn = review_accuracy_picture(SPEC, ENDS, 0.8625)
    figure = review_curve(drawn, theme=theme)
    table = table_of(figure)
    assert table.index.tolist() == [1, 2]
    np.testing.assert_allclose(table[["training", "validation"]], ENDS)
    assert [shape.y0 for shape in figure.layout.shapes] == [0.8625]
    assert caption(figure) == "Dotted: 86.2% on validation reviews, the network that ships."
    assert drawn.y.low < 0.4
    assert figure.layout.yaxis.ticktext[-1] == "100%"
    assert figure.data[0].line.dash != figure.data[1].line.dash
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_nothing_yet() -> None:
    for drawn in (review_loss_picture(SPEC, ()), review_accuracy_picture(SPEC, (), 0.8)):
        assert all(not line.x.size for line in drawn.lines)
        assert drawn.y.low < drawn.y.high
        review_curve(drawn)


def test_trainings_before_this_one_stay_beside_it_under_what_is_other_in_them() -> None:
    before = [
        ReviewCourse(replace(SPEC, rate=0.1 * k, epochs=1 + k), [0.5] * 2 * (1 + k), [(0.9, 0.3)] * (1 + k))
        for k in range(1, 5)
    ]
    loss, accuracy = review_loss_picture(SPEC, LOSSES, before), review_accuracy_picture(SPEC, ENDS, 0.86, before)
    said = ["earlier: 3 epochs, rate 0.2", "earlier: 4 epochs, rate 0.3", "earlier: 5 epochs, rate 0.4"]
    assert [line.name for line in loss.lines] == ["each batch", *said]
    assert [line.name for line in accuracy.lines[2:]] == said
    assert accuracy.said[-1] == "Earlier trainings: on validation reviews."
    assert accuracy.lines[2].y.tolist() == pytest.approx([0.3] * 3)
    assert loss.lines[3].x.tolist() == [1, 2, 3, 4, 5]
    assert loss.x.high > 5
    assert accuracy.y.low < 0.3
    looks = {(trace.line.dash, trace.marker.symbol) for trace in review_curve(accuracy).data}
    assert len(looks) == len(accuracy.lines)


DASHES = {"solid": "[]", "dash": "[9, 9]", "dot": "[2, 4]", "dashdot": "[9, 4, 2, 4]", "longdash": "[14, 5]"}


def test_the_widget_of_live_curves_knows_the_same_lines() -> None:
    script = (Path(ROOT) / "assets" / "components" / "live_curves" / "arms.js").read_text(encoding="utf-8")
    for arm, (ground, dash, shape) in ARMS.items():
        assert f'{arm}: "{ground}"' in script
        assert f"{arm}: {DASHES[dash]}" in script
        assert (f'"{arm}"' in script.partition("const OPEN = ")[2].partition(";")[0]) == shape.endswith("open")
