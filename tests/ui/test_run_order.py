"""Runs of a page that come close upon each other: nothing that one says is lost, and no old value is a choice."""

import json
import subprocess
import sys

from tests.serving import ROOT

BEFORE = ("first 1", "second 1", "outer 0", "inner 1")
"""What the first run of the page says."""


def told(*arguments: str) -> list[str]:
    """What a browser hears; see ``lost_messages``."""
    command = [sys.executable, "-m", "tests.ui.lost_messages", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_last_messages_of_a_run_are_told_before_the_next_begins() -> None:
    assert told("ends", "kept") == [*BEFORE, "first 2", "second 2"]


def test_streamlit_alone_loses_them() -> None:
    assert told("ends") == [*BEFORE, "second 2"], "begin_after_the_last is not needed any more"


def test_what_runs_by_itself_chooses_nothing_and_loses_no_choice_that_waits() -> None:
    assert told("values", "kept") == [*BEFORE, "first 2", "first 3, chosen new", "second 2, chosen new"]


def test_streamlit_alone_takes_an_old_value_for_a_choice() -> None:
    assert told("values")[len(BEFORE)] == "first 2, chosen old", "ask_without_old_values is not needed any more"


def test_what_is_in_a_part_is_told_after_the_part() -> None:
    assert told("inner", "kept") == ["outer 0", "outer 1", "outer 2", "inner 3"]


def test_streamlit_alone_tells_what_is_in_a_part_before_it() -> None:
    assert told("inner")[0] == "inner 2", "clear_with_inner_parts is not needed any more"
