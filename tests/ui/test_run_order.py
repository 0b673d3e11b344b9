"""Runs of a page that come close upon each other: nothing that one says is lost, and no old value is a choice."""

import json
import subprocess
import sys

import pytest

from tests.serving import ROOT

pytestmark = pytest.mark.slow  # a process with Streamlit a test

BEFORE = ("own 1", "first 1", "second 1", "sets 1", "outer 0", "inner 1")
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


def test_what_waits_for_the_end_of_a_run_keeps_its_order() -> None:
    assert told("order", "kept") == [*BEFORE, "first 2", "second 2", "first 3"]


def test_what_is_done_on_a_page_that_was_just_left_is_told_on_the_next() -> None:
    assert told("left", "kept")[-1] in ("other 1, done 7", "other 2, done 7")


def test_streamlit_alone_goes_back_and_loses_it() -> None:
    assert not told("left")[-1].endswith("done 7"), "_go_on_to_the_page and _under_its_key are not needed any more"


def test_a_run_that_is_to_stop_chooses_no_page() -> None:
    assert told("stopped", "kept")[-1] == "other 1"


def test_streamlit_alone_stays_on_the_page_of_before() -> None:
    assert "other 1" not in told("stopped"), "intend_unless_stopped is not needed any more"


def test_what_runs_by_itself_chooses_nothing_and_loses_no_choice_that_waits() -> None:
    assert told("values", "kept") == [*BEFORE, "first 2", "first 3, chosen new", "second 2, chosen new"]


def test_streamlit_alone_takes_an_old_value_for_a_choice() -> None:
    assert told("values")[len(BEFORE)] == "first 2, chosen old", "ask_for_all_without_old_values is not needed any more"


SET = (*BEFORE, "first 2, chosen old", "sets 2, chosen old", "second 2, none")


def test_what_the_page_has_just_set_is_not_set_back_by_a_message_that_was_on_its_way() -> None:
    assert told("set", "kept") == [*SET, "first 3, none", "first 4, none", "first 5, chosen old"]


def test_streamlit_alone_sets_it_back() -> None:
    assert told("set")[len(SET)] == "first 3, chosen old", "_State is not needed any more"


def test_acts_of_one_moment_are_shown_each_in_its_part() -> None:
    assert told("acts", "kept") == [*BEFORE, "first 2, 1 pressed", "sets 2, 1 pressed"]


def test_streamlit_alone_shows_the_first_part_alone() -> None:
    assert told("acts") == [*BEFORE, "first 2, 1 pressed"], "_for_all_parts is not needed any more"


def test_what_is_chosen_as_another_part_is_asked_for_is_shown_once() -> None:
    assert told("choice", "kept") == [*BEFORE, "second 2, chosen new", "first 2, chosen new", "second 3, chosen new"]


def test_streamlit_alone_does_not_show_it() -> None:
    assert told("choice") == [*BEFORE, "second 2, chosen new", "second 3, chosen new"], (
        "_State.chosen is not needed any more"
    )


def test_what_is_chosen_before_the_turn_of_a_report_that_concerns_another_part_is_shown() -> None:
    said = told("alone", "kept")
    assert "second 2, chosen new" in said
    assert "first 2, chosen new" in said


def test_streamlit_shows_only_what_the_report_concerns() -> None:
    said = told("alone")
    assert "second 2, chosen new" in said
    assert "first 2, chosen new" not in said, "rerun_alone needs not look at what else is asked for any more"


def test_what_is_in_a_part_is_told_after_the_part() -> None:
    assert told("inner", "kept") == ["outer 0", "outer 1", "outer 2", "inner 3"]


def test_streamlit_alone_tells_what_is_in_a_part_before_it() -> None:
    assert told("inner")[0] == "inner 2", "clear_with_inner_parts is not needed any more"


def test_what_is_in_a_part_is_told_after_what_stands_before_it() -> None:
    assert told("late", "kept") == ["late 3", "in late 3"]


def test_streamlit_alone_tells_what_is_in_a_part_before_what_stands_before_it() -> None:
    assert told("late")[0] == "in late 2", "clear_with_inner_parts is not needed any more"


def test_names_of_what_a_browser_has_kept_are_taken_back_with_their_part() -> None:
    assert told("names", "kept") == []


def test_streamlit_alone_tells_such_names_without_what_stands_before_them() -> None:
    assert told("names") != [], "_keep_parts_of_names is not needed any more"
