"""Everything that is measured in pixels grows, and no number that is drawn."""

import re

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.figures import enlarged, slide, style, table_of


@pytest.fixture
def figure() -> go.Figure:
    x = np.arange(4.0)
    picture = go.Figure(
        [
            go.Scatter(x=x, y=x**2, name="curve"),
            go.Scatter(
                x=x, y=x, mode="markers", marker={"size": np.array([9, 12, 100, 7], np.int8), "line": {"width": 1}}
            ),
            go.Bar(x=x, y=x, width=0.8, error_y={"array": x, "thickness": 2, "width": 4}),
            go.Heatmap(z=np.eye(3), colorbar={"thickness": 14, "title": {"font": {"size": 15}}}),
        ],
        layout={
            "template": style.template("dark"),
            "height": 400,
            "margin": {"l": 96, "r": 36, "t": 84, "b": 70},
            "title": {"text": "Title", "pad": {"t": 12}, "subtitle": {"text": "said", "font": {"size": 14}}},
            "shapes": [{"type": "rect", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "line": {"width": 2}}],
            "annotations": [{"text": "here", "x": 1, "y": 1, "xshift": 6, "ax": -20, "ay": 10, "font": {"size": 13}}],
            "xaxis": {"dtick": 1, "range": [0, 3], "title": {"standoff": 8}},
            "meta": {"alt": "words", "size": 3},
        },
    )
    style.caption(picture, "said", "dark")
    return picture


def test_type_lines_and_marks_grow(figure: go.Figure) -> None:
    large = enlarged(figure, 1.5)
    layout = large.layout
    assert layout.template.layout.font.size == 24
    assert layout.template.layout.title.font.size == 31.5
    assert layout.title.subtitle.font.size == 21
    assert layout.annotations[0].font.size == 19.5
    assert layout.shapes[0].line.width == 3
    assert large.data[0].line.width == 3
    assert large.data[0].marker.size == 9
    assert large.data[1].marker.line.width == 1.5
    assert large.data[2].error_y.thickness == 3
    assert large.data[2].error_y.width == 6
    assert large.data[3].colorbar.thickness == 21
    assert large.data[3].colorbar.title.font.size == 22.5


def test_room_grows_with_them(figure: go.Figure) -> None:
    layout = enlarged(figure, 1.5).layout
    assert layout.height == 600
    assert layout.margin.to_plotly_json() == {"l": 144, "r": 54, "t": 126, "b": 105}
    assert layout.title.pad.t == 18
    assert layout.xaxis.title.standoff == 12
    assert (layout.annotations[0].xshift, layout.annotations[0].ax, layout.annotations[0].ay) == (9, -30, 15)


def test_marks_of_many_sizes_grow_beyond_their_bytes(figure: go.Figure) -> None:
    np.testing.assert_allclose(enlarged(figure, 1.5).data[1].marker.size, [13.5, 18, 150, 10.5])


def test_no_number_changes(figure: go.Figure) -> None:
    large = enlarged(figure, 1.5)
    for one, other in zip(figure.data, large.data, strict=True):
        for name in ("x", "y", "z"):
            if name in one and one[name] is not None:
                np.testing.assert_array_equal(one[name], other[name])
    assert large.data[2].width == 0.8
    assert large.layout.xaxis.dtick == 1
    assert tuple(large.layout.xaxis.range) == (0, 3)
    assert (large.layout.annotations[0].x, large.layout.shapes[0].x1) == (1, 1)
    assert large.layout.meta == {"alt": "words", "size": 3}
    only_curves = go.Figure(figure.data[0])
    assert table_of(enlarged(only_curves, 2)).equals(table_of(only_curves))


def test_the_figure_itself_stays(figure: go.Figure) -> None:
    before = figure.to_json()
    enlarged(figure, 2)
    assert figure.to_json() == before


def test_as_large_as_it_was(figure: go.Figure) -> None:
    same = enlarged(figure, 1)
    assert same.layout.to_plotly_json() == figure.layout.to_plotly_json()


@pytest.mark.parametrize(("smallest", "height"), [(14, 600), (12, None), (9, 1200)])
def test_a_slide_is_filled_and_its_smallest_type_has_14_points(
    figure: go.Figure, smallest: int, height: int | None
) -> None:
    figure.update_layout(height=height, annotations=[{"text": "here", "font": {"size": smallest}}])
    layout = slide(figure, "white", "dark").layout
    assert (layout.width, layout.height) == (1280, 720)
    by = layout.annotations[0].font.size / smallest
    assert layout.annotations[0].font.size >= 14 * 96 / 72 - 0.5
    assert layout.title.subtitle.font.size == pytest.approx(14 * by, abs=0.5)
    assert layout.template.layout.font.size == pytest.approx(16 * by, abs=0.5)
    assert not re.search("127.0.0.1|href", layout.title.subtitle.text)
