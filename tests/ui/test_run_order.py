"""What a run of a page says at its end gets to the browser, also where the next one is asked for at that moment."""

import json
import subprocess
import sys

from tests.serving import ROOT


def told(*arguments: str) -> list[str]:
    """What a browser hears of two parts of a page, the second asked for as the first has ended."""
    command = [sys.executable, "-m", "tests.ui.lost_messages", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_last_messages_of_a_run_are_told_before_the_next_begins() -> None:
    assert told("kept") == ["first 1", "second 1", "first 2", "second 2"]


def test_streamlit_alone_loses_them() -> None:
    assert told() == ["first 1", "second 1", "second 2"], "run_order is not needed any more"
