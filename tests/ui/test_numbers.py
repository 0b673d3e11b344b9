"""The numbers of a figure are a table under it, made and sent only when it is opened."""

import pytest
from streamlit.testing.v1 import AppTest


def page(units: int) -> None:
    import numpy as np

    from rnnviz import figures
    from rnnviz.trace import Trace
    from rnnviz.ui.shell import frame

    h = np.linspace(-0.5, 0.5, 3 * units, dtype=np.float32).reshape(1, 1, 1, 3, units)
    h[..., 1, 0] = np.nan
    figure = figures.signal_heatmap(Trace("rnn", (("a", "b", "c"),), np.array([3]), {"h": h}))
    frame.show(figure, key="test.figure", alt="a picture")


def shown(units: int) -> AppTest:
    at = AppTest.from_function(page, args=(units,), default_timeout=20).run()
    assert not at.exception
    return at


@pytest.mark.parametrize(("units", "as_text"), [(2, True), (400, False)])
def test_a_table_once_it_is_opened(units: int, as_text: bool) -> None:
    at = shown(units)
    assert not at.table
    assert not at.dataframe
    at.session_state["test.figure.numbers"] = True
    at.run()
    assert not at.exception
    assert (len(at.table), len(at.dataframe)) == ((1, 0) if as_text else (0, 1))
    assert [caption.value for caption in at.caption] == ["Down: unit. Across: step t."]
    table = (at.table if as_text else at.dataframe)[0].value
    assert table.shape == (units, 3)
    if as_text:
        assert table.to_numpy().tolist() == [["−0.5", "–", "0.3"], ["−0.3", "0.1", "0.5"]]
