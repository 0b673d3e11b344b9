"""Train here on the page Characters: texts given and refused, a training begun, stopped, asked and gone on with."""

import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rnnviz import jobs, runs
from rnnviz.progress import CharacterProgress
from rnnviz.spec import CharacterSpec, text_key
from rnnviz.ui.pages.characters import lesson as character_lesson
from rnnviz.ui.pages.characters import text_box as character_text_box
from rnnviz.ui.pages.characters import training as character_training
from tests.ui.messages import unpacked

PATIENCE: Final = 60.0
TEXT: Final = "the cat sat on the mat; the dog sat on the log. " * 100
SMALL: Final = "characters.units:16 characters.updates:40 characters.source:paste-a-text"
SPEC: Final = CharacterSpec(text_key(TEXT), hidden_size=16, updates=40)

pytestmark = pytest.mark.usefixtures("place")


def script() -> None:
    import streamlit as st

    from rnnviz.ui.pages.characters import training as character_training
    from rnnviz.ui.selection import state

    state.current()
    for message in state.messages():
        st.warning(message)
    character_training.show()
    state.write_link()


def page(views: str = "", **kept: object) -> AppTest:
    at = AppTest.from_function(script, default_timeout=PATIENCE)
    if views:
        at.query_params["views"] = views
    for name, value in kept.items():
        at.session_state[f"characters.{name}"] = value
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    return " ".join(one.value for kind in (at.markdown, at.caption, at.error, at.info) for one in kind)


def updates(at: AppTest) -> int:
    """What stands in the field."""
    return int(next(box.value for box in at.number_input if box.label == "Updates"))


def made(at: AppTest) -> int:
    """The updates of the run in the link, whose network is shown."""
    found = re.search(r"characters\.run:([0-9a-f]+)", unquote(str(at.query_params["views"])))
    job = jobs.find(found[1], CharacterSpec) if found else None
    assert job is not None
    assert f"{job.specs[0].updates:,} updates in" in said(at)
    return job.specs[0].updates


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def pressed(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label.startswith(label)).click()
    return at.run()


def until(at: AppTest, condition: Callable[[AppTest], object]) -> AppTest:
    deadline = time.monotonic() + PATIENCE
    while not condition(at):
        assert time.monotonic() < deadline, said(at)
        time.sleep(0.1)
        at.run()
        assert not at.exception, at.exception
    return at


def test_it_opens_on_the_library_of_the_interpreter_and_trains_nothing_unasked() -> None:
    at = page()
    assert "The beginning of the standard library of the Python that runs this page: 300,000 characters" in said(at)
    assert labels(at) == ["Train it here"]
    assert "Not trained yet" in said(at)
    assert [box.value for box in at.number_input] == [128, 2_000, 0, 0.01]


@pytest.mark.slow
def test_a_pasted_text_is_trained_on_and_asked(place: Path) -> None:
    at = page(SMALL)
    assert "Use any text" in said(at)
    at.text_area[0].set_value(TEXT).run()
    assert f"{len(TEXT):,} characters" in said(at)
    pressed(at, "Train it here")
    until(at, lambda now: "Trained" in labels(now))
    assert runs.has(place, runs.identity([SPEC]))
    model = runs.load(place, runs.identity([SPEC]))
    assert f"{model.card['validation']:.2f} bits" in said(at)
    assert "not as good as the best n-gram model" in said(at) or "better than the best n-gram model" in said(at)
    assert any(model.card["samples"][-1][1] in unescape(text.proto.body) for text in at.get("html"))
    assert [f"After {step} update{'s' * (step != 1)}" in said(at) for step in (0, 10, 30)] == [True] * 3
    written = character_lesson.written(
        character_lesson.finished_lesson(jobs.CharacterJob(runs.identity([SPEC]), (SPEC,))), "the ", 0.5, 1
    )
    at.text_input[0].set_value("the ").run()
    assert written in [code.value for code in at.code]
    assert written.startswith("the ")
    at.text_input[0].set_value("the €").run()
    assert "replaced by" in at.warning[0].value


def test_a_link_opens_the_run_without_the_text_which_is_needed_to_go_on() -> None:
    job = jobs.submit(SPEC, "", TEXT)
    while jobs.events(job).state != "done":
        time.sleep(0.05)
    jobs.close()
    at = page(f"{SMALL} characters.run:{job.id}")
    assert "Trained" in labels(at)
    assert "enter the text again" in said(at)
    assert next(button for button in at.button if button.label == "Continue to 2,040 updates").disabled
    at.text_area[0].set_value(TEXT).run()
    assert not next(button for button in at.button if button.label == "Continue to 2,040 updates").disabled


def test_what_others_have_trained_to_its_end_is_trained_here_and_not_gone_on_with() -> None:
    job = jobs.submit(SPEC, "", TEXT)
    while jobs.events(job).state != "done":
        time.sleep(0.05)
    at = page(SMALL, pasted=TEXT)
    assert "Another visitor has trained these settings" in said(at)
    pressed(at, "Train it here")
    until(at, lambda now: "Trained" in labels(now))


@pytest.mark.slow
def test_what_was_stopped_is_shown_and_goes_on(place: Path) -> None:
    long = SMALL.replace("updates:40", "updates:20000") + " characters.train_seed:3"
    at = page(long, pasted=TEXT)
    pressed(at, "Train it here")
    until(at, lambda now: "Generated text after" in said(now))
    pressed(at, "Stop")
    until(at, lambda now: "Trained" in labels(now))
    assert updates(at) == 20_000, "what was entered stays"
    first = made(at)
    assert 0 < first < 20_000
    assert runs.has(place, runs.identity([CharacterSpec(SPEC.text, hidden_size=16, updates=first, seed=3)]))
    pressed(at, "Continue to 20,000")
    until(at, lambda now: "Stop" in labels(now))
    pressed(at, "Stop")
    until(at, lambda now: "Trained" in labels(now))
    assert updates(at) == 20_000
    assert made(at) >= first


def test_a_run_of_fewer_updates_is_gone_on_with() -> None:
    at = page(SMALL.replace("updates:40", "updates:60"), pasted=TEXT)
    assert "Continue from update 40" in labels(at)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("too short", "1,000 to 1,000,000 characters; got 9"), ("a" * 2_000, "two different characters")],
)
def test_a_text_that_cannot_be_learned_from_is_said_and_stays(text: str, problem: str) -> None:
    at = page(SMALL)
    at.text_area[0].set_value(text).run()
    assert not at.exception
    assert problem in at.error[0].value.replace("\\", "")
    assert at.text_area[0].value == text
    assert at.button[0].disabled


@pytest.mark.parametrize(
    "views",
    [
        "characters.run:nonsense characters.units:9999 characters.updates:-1 characters.rate:nan",
        "characters.run:0123456789abcdef characters.train_cell:transformer characters.source:elsewhere",
        "characters.units:256 characters.updates:20000",
    ],
)
def test_a_link_can_ask_for_nothing_beyond_the_limits(views: str) -> None:
    at = page(views)
    assert next(button.label for button in at.button).startswith("Train it here")
    for box in at.number_input:
        assert box.min <= box.value <= box.max


def test_too_much_work_is_said() -> None:
    at = page("characters.units:256 characters.updates:20000")
    assert "updates must be at most 6,697 with 256 units" in at.error[0].value.replace("\\", "")
    assert at.button[0].disabled


# --- What goes on ---


def test_what_goes_on_is_drawn_of_what_was_told() -> None:
    told = (
        CharacterProgress(1, 6.5, None, 1.9, "xq"),
        CharacterProgress(2, 6.0, 5.5, 1.9),
        CharacterProgress(3, 5.0, None, 1.9, "the"),
    )
    job = jobs.CharacterJob("0123456789abcdef", (SPEC,))
    lesson = character_lesson.lesson_so_far(job, ("running", 3), jobs.CharacterSeen("running", events=told, next=3))
    assert (lesson.going, lesson.version, lesson.samples) == (True, 3, ((3, "the"),))
    (panel,) = unpacked(character_lesson.live_message(lesson))["panels"]
    lines = {line["name"]: (line["x"].tolist(), line["y"].tolist()) for line in panel["lines"]}
    assert lines == {"training text": ([1, 2, 3], [6.5, 6.0, 5.0]), "held-out end of the text": ([2], [5.5])}
    assert "1.90 bits" in " ".join(panel["caption"])


def test_the_figure_of_what_is_over_has_the_cards_numbers(place: Path) -> None:
    name = runs.identity([SPEC])
    lesson = character_lesson.finished_lesson(jobs.CharacterJob(name, (SPEC,)))
    card = runs.load(place, name).card
    for theme in ("light", "dark"):
        figure = character_lesson.figure_of(lesson, theme)  # type: ignore[arg-type]
        read, held = figure.data
        np.testing.assert_allclose(read.y, card["losses"], rtol=1e-6)
        np.testing.assert_allclose(np.stack([held.x, held.y]).T, card["looks"], rtol=1e-6)
        assert "bits" in figure.layout.meta["alt"]


def test_settings_and_page_agree() -> None:
    usual: Any = CharacterSpec("0" * 64)
    assert usual.updates == character_training.UPDATES


@pytest.mark.parametrize(
    ("own", "counted", "verdict"), [(0.004, 0.0, "as good as"), (1.5, 1.2, "not as good as"), (1.2, 1.5, "better than")]
)
def test_numbers_that_are_written_alike_are_called_alike(own: float, counted: float, verdict: str) -> None:
    lesson = character_lesson.Lesson("", 0, False, SPEC, ([], []), ([], []), None, ())
    card = {
        "validation": own, "ngrams": {"bits": counted, "order": 3}, "characters": {"validation": 480},
        "parameters": 1, "seconds": 1.0,
    }  # fmt: skip
    assert f"That is {verdict} the best n-gram model" in character_training._compared(lesson, card)


@pytest.mark.parametrize(
    ("sent", "kept"), [(TEXT, TEXT), (3, None), (None, None), ({"text": "x"}, None), ("\ud83d", "?")]
)
def test_what_a_tab_had_is_taken_if_it_is_a_text(
    sent: object, kept: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", session)
    character_text_box._take(sent)
    assert session.get("characters.pasted") == kept


def test_what_is_typed_here_is_not_replaced_by_what_a_tab_had(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {"characters.pasted": ""}
    monkeypatch.setattr(st, "session_state", session)
    character_text_box._take(TEXT)
    assert session == {"characters.pasted": ""}
