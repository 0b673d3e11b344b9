"""What the menus under pictures need and do not need."""

import subprocess
import sys

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
