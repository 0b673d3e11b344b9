"""A figure as a file: it asks for nothing, runs nothing that was typed, holds its caption, numbers and link."""

import io
import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from rnnviz import figures
from rnnviz.capture import capture
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS
from rnnviz.trace import Trace

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return capture(nn.LSTM(3, 4, batch_first=True), torch.randn(1, 5, 3), tokens=[["=1+1", HOSTILE, "-c", "d", "e"]])


def test_a_page_holds_all_it_needs(trace: Trace) -> None:
    figure = figures.signal_heatmap(trace, "h", caption=HOSTILE.replace("<", "&lt;"))
    page = figures.standalone(figure, "dark", "light", "http://localhost/Hidden_states?cell=lstm&t=1")
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=", page.replace(figures.titled(figure), ""))
    assert "default-src 'none'" in page
    assert f"background: {GROUNDS['dark']['background']}" in page
    assert '<a href="http://localhost/Hidden_states?cell=lstm&amp;t=1"' in page
    assert f"<title>{figures.titled(figure)}</title>" in page
    assert 4_000_000 < len(page) < 6_000_000
    assert HOSTILE not in page


def test_the_csv_is_the_trace(trace: Trace) -> None:
    table = pd.read_csv(io.StringIO(figures.csv_of(figures.signal_heatmap(trace, "h"))), index_col=0)
    np.testing.assert_array_equal(table.to_numpy(np.float32), trace.panel("h").T)
    assert table.index.tolist() == [0, 1, 2, 3]


def test_no_spreadsheet_runs_what_was_read() -> None:
    words = ["=1+1", "@SUM(A1)", "-c", "+d", "e"]
    figure = go.Figure(go.Bar(x=words, y=[-1.5, 2, 3, 4, 5], meta=listed(x="word", y="-value")))
    assert figures.csv_of(figure).splitlines() == [
        "word,'-value", "'=1+1,-1.5", "'@SUM(A1),2.0", "'-c,3.0", "'+d,4.0", "e,5.0",
    ]  # fmt: skip
