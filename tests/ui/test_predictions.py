"""Under every view a question: only what has a clear answer is asked, each counts once, the score is one's own."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from streamlit.testing.v1 import AppTest

from rnnviz.page_registry import PAGES, Page
from rnnviz.ui.pages.step_through import questions as step_through
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.shell import predictions
from rnnviz.ui.shell.question import Answer, Question
from rnnviz.ui.widgets.network_controls import MORE
from tests.together import together
from tests.ui.opened import link_of, opened
from tests.views import addresses

TITLE: Final = "{0.title}".format


def questions(at: AppTest) -> list[Any]:
    return [radio for radio in at.radio if str(radio.key).startswith("predict.")]


def asking(address: str) -> AppTest:
    """A page whose question is opened."""
    return unfolded(opened(address))


def unfolded(at: AppTest) -> AppTest:
    """The same page with its question opened."""
    at.session_state["predict.open"] = True
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label and str(button.key).startswith("predict.")).click()
    at.run()
    assert not at.exception, at.exception


def told(at: AppTest) -> list[str]:
    return [one.value for one in (*at.success, *at.warning, *at.info) if "**✓" in one.value or "**✗" in one.value]


def said(at: AppTest) -> list[str]:
    return [caption.value for caption in at.caption]


# --- On the pages ---


def test_a_question_stands_there_and_its_options_are_sent_to_those_who_answer() -> None:
    at = opened("/Gates")
    assert any(one.value.startswith("**Predict.** ") for one in at.markdown)
    assert not questions(at)
    assert len(questions(unfolded(at))) == 1


@pytest.mark.slow
@together("page", PAGES)
def test_every_view_asks_and_answers(page: Page) -> None:
    for address in addresses(page):
        at = asking(address)
        assert len(questions(at)) == 1, address
        (radio,) = questions(at)
        assert radio.value is None
        assert not told(at)
        before = link_of(at.run())
        questions(at)[0].set_value(0)
        press(at, "Reveal")
        assert len(told(at)) == 1, address
        assert any("of 1 correct so far" in one for one in said(at))
        assert link_of(at) == before
        assert questions(at)[0].disabled
        assert any(option.startswith("**✓ ") for option in questions(at)[0].options)


@together("page", PAGES)
def test_every_page_tells_right_from_wrong(page: Page) -> None:
    at = asking(f"/{page.address}")
    questions(at)[0].set_value(0)
    press(at, "Reveal")
    right = [k for k, option in enumerate(questions(at)[0].options) if option.startswith("**✓ ")]
    assert told(at)[0].startswith("**✓ Correct.**" if 0 in right else "**✗ Not quite: ")
    other = asking(f"/{page.address}")
    chosen = next(k for k in range(9) if (k in right) != (0 in right))
    questions(other)[0].set_value(chosen)
    press(other, "Reveal")
    assert told(other)[0].startswith("**✓ Correct.**" if chosen in right else "**✗ Not quite: ")
    assert f"{int(chosen in right)} of 1 correct so far" in said(other)


def test_right_and_wrong_are_told_and_counted_once() -> None:
    at = asking("/Step_through?cell=rnn")
    asked = [one for one in step_through.ask(DEFAULT) if isinstance(one, Question) and one.answer().right]
    first, second = asked[0].answer().right, asked[1].answer().right
    questions(at)[0].set_value(first[0])
    press(at, "Reveal")
    assert told(at)[0].startswith("**✓ Correct.** h is ")
    assert "1 of 1 correct so far" in said(at)
    press(at, "Another")
    assert not told(at)
    assert questions(at)[0].value is None
    questions(at)[0].set_value((second[0] + 1) % 3)
    press(at, "Reveal")
    assert told(at)[0].startswith("**✗ Not quite: ")
    assert "1 of 2 correct so far" in said(at)
    for _ in range(len(asked) - 1):
        press(at, "Another")
    assert told(at)[0].startswith("**✓ Correct.**")
    assert questions(at)[0].value == first[0]
    assert "1 of 2 correct so far" in said(at)


def test_without_a_choice_nothing_is_revealed() -> None:
    at = asking("/Step_through?cell=rnn")
    press(at, "Reveal")
    assert not told(at)
    assert "Choose an answer first." in said(at)
    assert not any("correct so far" in one for one in said(at))
    questions(at)[0].set_value(1)
    press(at, "Reveal")
    assert len(told(at)) == 1
    assert "Choose an answer first." not in said(at)


def test_other_settings_ask_anew_and_the_score_stays() -> None:
    at = asking("/Step_through?cell=rnn")
    at.session_state[MORE] = True
    at.run()
    key = questions(at)[0].key
    questions(at)[0].set_value(0)
    press(at, "Reveal")
    at.toggle(key="control_bias").set_value(False).run()
    assert questions(at)[0].key != key
    assert not told(at)
    assert any("of 1 correct so far" in one for one in said(at))
    at.toggle(key="control_bias").set_value(True).run()
    assert questions(at)[0].key == key
    assert len(told(at)) == 1


def test_the_score_is_kept_over_pages_and_is_nobody_elses() -> None:
    at = asking("/Step_through?cell=rnn")
    questions(at)[0].set_value(0)
    press(at, "Reveal")
    unfolded(at.switch_page("pages/4_Gates.py").run())
    assert any("of 1 correct so far" in one for one in said(at))
    assert not any("correct so far" in one for one in said(asking("/Gates")))


def test_while_presenting_nothing_is_asked_nor_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        pytest.fail("a question that nobody sees was worked out")

    monkeypatch.setattr(step_through, "ask", never)
    assert not questions(opened("/Step_through?present=1"))


def test_while_presenting_it_is_put_up_and_away_and_another_page_begins_without() -> None:
    at = opened("/Step_through?present=1")
    put_up(at)
    assert len(questions(at)) == 1
    assert "rnnviz" not in str(link_of(at))
    press(at, "Close")
    assert not questions(at)
    put_up(at)
    questions(at)[0].set_value(0)
    press(at, "Reveal")
    assert any("of 1 correct so far" in one for one in said(at))
    at.switch_page("pages/4_Gates.py").run()
    assert not questions(at)
    assert not any(button.label == "Close" for button in opened("/Gates").button)


def put_up(at: AppTest) -> None:
    """As the bar of the page does it when its key is pressed."""
    at.session_state["rnnviz.question"] = at.session_state["start_bar"]["id"]
    at.run()


def test_a_text_that_cannot_be_read_leaves_nothing_to_ask() -> None:
    at = asking("/Sequences?views=sequences.kind:one-to-one")
    at.text_input(key="typed_sequences.digit_word").set_value("foo").run()
    assert at.error
    assert not questions(at)


# --- By itself ---


def page(ask: Callable[[], Any]) -> AppTest:
    def script(ask):  # type: ignore[no-untyped-def]
        from rnnviz.ui.shell import predictions

        predictions.show(ask)

    at = AppTest.from_function(script, default_timeout=20, kwargs={"ask": ask})
    return unfolded(at.run())


def test_what_was_typed_is_never_markup() -> None:
    evil = "**a** [x](http://b) <script> $y$ :red[z] `c`"
    at = page(lambda: (Question("evil", evil, (evil, "no"), lambda: Answer((1,), evil, evil)),))
    questions(at)[0].set_value(0)
    press(at, "Reveal")
    shown = [questions(at)[0].options[0], *told(at), *(one.value for one in at.markdown)]
    assert all("` [x](http://b) `" in one for one in shown if "script" in one)  # code, of which no link is made
    assert all(r"\$y\$" in one for one in shown if "script" in one)


def clear(about: object, text: str = "What?") -> Question:
    return Question(about, text, ("a", "b"), lambda: Answer((0,), "It is 1.", "So."))


def test_what_has_no_clear_answer_is_not_asked() -> None:
    unclear = [
        Question(f"none {k}", f"Lottery {k}?", ("a", "b"), lambda: Answer((), "h is nan.", "")) for k in range(2)
    ]
    at = page(lambda: (unclear[0], clear("one", "Clear?"), unclear[1]))
    assert any("Clear?" in one.value for one in at.markdown)
    assert not [button for button in at.button if button.label == "Another"]
    at = page(lambda: (unclear[0], clear("one", "Clear?"), unclear[1], clear("two", "As clear?")))
    for text in ("As clear?", "Clear?"):
        press(at, "Another")
        assert any(text in one.value for one in at.markdown)
    assert not questions(page(lambda: tuple(unclear)))


def test_why_nothing_is_asked_is_said() -> None:
    at = page(lambda: "there is only one step.")
    assert said(at) == ["Predict: there is only one step\\."]
    assert not questions(at)
    assert not said(page(lambda: ""))


def test_an_answer_is_computed_once_for_all_visitors_and_no_more_than_are_needed() -> None:
    computed = []

    def answer() -> Answer:
        computed.append(1)
        return Answer((0,), "It is 1.", "So.")

    some = tuple(Question(("once", k), "What?", ("a", "b"), answer) for k in range(4))
    at = page(lambda: some)
    questions(at)[0].set_value(0)
    at.run()
    press(at, "Reveal")
    assert len(computed) == 2, "the one that is asked, and the next"
    page(lambda: some)
    assert len(computed) == 2


def test_a_session_remembers_a_bounded_number_of_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_MOST", 2)
    some = tuple(Question(k, "What?", ("a", "b"), lambda: Answer((0,), "It is 1.", "So.")) for k in range(4))
    at = page(lambda: some)
    for k in range(4):
        questions(at)[0].set_value(k % 2)
        press(at, "Reveal")
        assert f"{k // 2 + 1} of {k + 1} correct so far" in said(at)
        press(at, "Another")
    assert len(at.session_state["rnnviz.predictions"].revealed) == 2
