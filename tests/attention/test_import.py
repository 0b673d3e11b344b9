"""What is loaded with what: cards and settings need no torch, and settings no numpy."""

import subprocess
import sys

import pytest

from rnnviz import attention
from tests.serving import ROOT


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import rnnviz.attention, rnnviz.attention.recipes", "numpy"),
        ("from rnnviz.attention import Arithmetic, Decoding", "torch"),
        ("from rnnviz.attention import cards, dates, tasks; cards.by_length(); cards.by_form()", "torch"),
    ],
)
def test_what_is_not_loaded(statement: str, heavy: str) -> None:
    program = f"{statement}; import sys; assert {heavy!r} not in sys.modules"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_names() -> None:
    for name in attention.__all__:
        assert getattr(attention, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'attend'; it offers .*load"):
        _ = attention.attend
