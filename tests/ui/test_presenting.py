"""How figures are drawn while presenting."""

import json

import pytest
from streamlit.testing.v1 import AppTest


def app() -> None:
    from rnnviz.figures import sheet
    from rnnviz.ui.shell import presenting

    figure = sheet.begin("What is seen", {}, {}, "light")
    presenting.show(sheet.finish(figure, ["word " * 30 + "end"], "light"), key="page.figure", alt="", config={})


@pytest.mark.parametrize(("wide", "lines"), [(None, 3), (False, 3), (True, 2)])
def test_a_caption_takes_the_width_of_a_projector_and_of_no_other_window(wide: bool | None, lines: int) -> None:
    at = AppTest.from_function(app)
    if wide is not None:
        at.session_state["rnnviz.wide"] = wide
    at.run()
    assert not at.exception
    spec = json.loads(at.get("plotly_chart")[0].proto.spec)  # type: ignore[attr-defined]
    assert spec["layout"]["title"]["subtitle"]["text"].count("<br>") + 1 == lines
