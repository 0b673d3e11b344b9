"""What the menus under pictures need and do not need."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
import streamlit

from rnnviz.export.links import ADDRESS_VARIABLE
from rnnviz.ui.selection import state
from rnnviz.ui.shell import saving


def test_names_of_files() -> None:
    assert saving.file_name("Gradient ‖∂L/∂hₜ‖ over time") == "rnnviz-gradient-l-h-over-time"
    assert saving.file_name("../../etc/passwd\0") == "rnnviz-etc-passwd"
    assert saving.file_name("…", "gates-figure") == "rnnviz-gates-figure"
    assert len(saving.file_name("a long title " * 20)) <= 67
    assert not saving.file_name("a long title " * 20).endswith("-")


def test_no_figure_is_loaded_before_one_is_shown() -> None:
    names = "rnnviz.ui.shell.frame", "rnnviz.ui.widgets.widget_files"
    code = f"import sys, {', '.join(names)}; sys.exit('rnnviz.figures' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("address", "url", "wanted"),
    [
        ("", "https://rnn.example.org", "https://rnn.example.org/"),
        ("", "https://rnn.example.org/", "https://rnn.example.org/"),
        ("", "https://rnn.example.org/class/Gates", "https://rnn.example.org/class/Gates"),
        ("", "http://127.0.0.1:8501/Gates", "/Gates"),
        ("", "http://localhost:8501", "/"),
        ("", "http://[::1]:8501/Gates", "/Gates"),
        ("", "http://192.168.1.7:8501/Gates", "/Gates"),
        ("", "http://lecturers-laptop.local:8501/Gates", "/Gates"),
        ("", "http://laptop/Gates", "/Gates"),
        ("", 'https://rnn.example.org/"><b>', "/"),
        ("", "javascript:alert(1)//rnn.example.org/", "/"),
        ("https://rnn.example.org", "http://127.0.0.1:9", "https://rnn.example.org/"),
        ("https://rnn.example.org", "http://127.0.0.1:9/Gates", "https://rnn.example.org/Gates"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:9/Gates", "/Gates"),
        ("", "", "/"),
    ],
)
def test_a_saved_picture_names_an_address_that_others_can_open(
    monkeypatch: pytest.MonkeyPatch, address: str, url: str, wanted: str
) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, address)
    monkeypatch.setattr(streamlit, "context", SimpleNamespace(url=url))
    monkeypatch.setattr(state, "link", dict)
    assert saving.link_here() == wanted
