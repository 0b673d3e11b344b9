"""The numbers of a figure are a table under it, made and sent only when it is opened."""

import json
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.widgets.sources import ASSETS
from rnnviz.written import probability
from tests.node import NODE

TIES: Final = [k / 2**n for n in (4, 5, 6, 7) for k in range(2**n + 1)]
"""Numbers that a float holds exactly, many of them in the middle between two of three decimals."""


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


def test_server_and_browser_write_a_probability_alike(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    near = [k / 1000 + 0.0005 + shift for k in range(1000) for shift in (-1e-9, 0.0, 1e-9)]
    values = [*TIES, *near, *random.random(2000).tolist(), 0.0, 1e-9, 0.0005, 0.69450, 0.6944999996, 1.0]
    (tmp_path / "arrays.js").write_text((ASSETS / "shared" / "arrays.js").read_text("utf-8"), "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    script = f"""
    import {{ probability }} from "./arrays.js";
    console.log(JSON.stringify({json.dumps(values)}.map(probability)));
    """
    command = [str(NODE), "--input-type=module"]
    done = subprocess.run(command, input=script, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [probability(value) for value in values]


def test_a_probability_that_is_not_zero_is_not_written_as_zero() -> None:
    wanted = {0.0: "0.000", 0.0004: "< 0.001", 0.6944999996: "0.694", 0.69451: "0.695", 1.0: "1.000", np.nan: "–"}
    assert {value: probability(value) for value in wanted} == wanted
