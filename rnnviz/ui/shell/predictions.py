"""Predict, then reveal: a question under a view, the network's answer, and a score that nobody else sees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import streamlit as st

from rnnviz.caching import cached
from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame, notations, one_by_one, presenting
from rnnviz.ui.shell.question import Answer, Question, Questions

TITLE: Final = "Predict"
ANSWER: Final = "Your answer"
_KEY: Final = "rnnviz.predictions"
_MOST: Final = 300
"""Answers that a session remembers."""


@dataclass(frozen=True)
class Revealed:
    """A question that was answered.

    Attributes:
        chosen: The visitor's choice.
        answer: The network's answer.
    """

    chosen: int
    answer: Answer

    @property
    def is_right(self) -> bool:
        """Whether the two agree."""
        return self.chosen in self.answer.right


@dataclass
class _Tally:
    """What a session keeps: never in a link, never shown to others."""

    revealed: dict[str, Revealed] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    right: int = 0
    total: int = 0
    unchosen: str = ""


def show(ask: Callable[[], Questions]) -> None:
    """Ask one of a view's questions; while presenting, only once it is put up, so that a hidden one costs nothing.

    Args:
        ask: Gives the questions about the current view. It must be quick, and so must be the answers: only a question
            whose answer leads by the margin is asked. Each answer is computed once for all visitors.
    """
    if not _is_put_away():
        st.fragment(_card, key=_KEY)(ask)


def fragments() -> tuple[str, ...]:
    """The fragments that a callback reruns so that the questions are about the current view."""
    return () if _is_put_away() else (_KEY,)


def score() -> tuple[int, int]:
    """How many questions this visitor has answered correctly, and how many in all; each counts once."""
    tally = _tally()
    return tally.right, tally.total


def _is_put_away() -> bool:
    return state.current().present and not presenting.is_up(_opening())


def _opening() -> object:
    return frame.start("bar")["id"]


@one_by_one.runs
def _card(ask: Callable[[], Questions]) -> None:
    if _is_put_away():  # by its own button: what stands around the view was drawn for a question that is up
        st.rerun()
    asked = ask()
    if isinstance(asked, str):
        if asked:
            with st.container(width=frame.PROSE_WIDTH, key="predict"):
                st.caption(f"{TITLE}: {_plain(asked)}")
        return
    if not asked:
        return
    series = asked[0].id
    clear = _clear(asked, _tally().turns.get(series, 0))
    first = next(clear, None)
    if first is None:
        return
    question = asked[first]
    with st.container(border=True, width=frame.PROSE_WIDTH, key="predict", gap="small"):
        st.markdown(f"**{TITLE}.** {_plain(question.text)}")
        if state.current().present:
            _play(question, series, clear)
            return
        # Most visitors read a question and go on: its options are sent to those who want to answer it.
        with st.expander(ANSWER, key="predict.open", on_change="rerun", type="compact") as answering:
            if answering.open:
                _play(question, series, clear)


def _play(question: Question, series: str, others: Iterator[int]) -> None:
    """The options, the buttons, and the outcome once there is one; ``others`` are the turns that may come next."""
    _offer(question)
    revealed = _tally().revealed.get(question.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not disabled afterwards: a button that is takes the keyboard's place on the page with it.
        label = "Reveal" if revealed is None else "Revealed"
        st.button(label, key="predict.reveal", on_click=_reveal, args=(question,))
        if (other := next(others, None)) is not None:
            st.button("Another", key="predict.another", type="tertiary", on_click=_turn, args=(series, other))
        _score()
        if state.current().present:
            put_away = partial(presenting.put_up, _opening(), up=False)
            st.button("Close", key="predict.away", type="tertiary", on_click=put_away)
    if revealed is not None:
        _say(question, revealed)
    elif _tally().unchosen == question.id:
        st.caption("Choose an answer first.")


def _clear(asked: tuple[Question, ...], turn: int) -> Iterator[int]:
    """The turns, from one on, whose question has an answer that leads by the margin; computed as they are asked for."""
    turns = ((turn + k) % len(asked) for k in range(len(asked)))
    return (k for k in turns if _answered(asked[k].id, asked[k]).right)


@cached(500)
def _answered(
    id_: str,  # noqa: ARG001 - what the answer is kept by
    _question: Question,
) -> Answer:
    """The answer; equal questions have equal ones."""
    return _question.answer()


def _offer(question: Question) -> None:
    """The options; after the answer, the right ones are marked and none can be chosen any more."""
    revealed, key = _tally().revealed.get(question.id), _box(question)
    if revealed is not None:
        st.session_state[key] = revealed.chosen
    marks = _marks(revealed) if revealed else {}
    st.radio(
        "Your answer", range(len(question.options)), index=None, horizontal=True, key=key,
        format_func=lambda k: marks.get(k, "{}").format(_plain(question.options[k])),
        disabled=revealed is not None, label_visibility="collapsed",
    )  # fmt: skip


def _marks(revealed: Revealed) -> dict[int, str]:
    """What stands beside the options that are right, and beside the visitor's."""
    return {
        k: ("**✓ {}**" if k in revealed.answer.right else "{}") + " (yours)" * (k == revealed.chosen)
        for k in (*revealed.answer.right, revealed.chosen)
    }


def _reveal(question: Question) -> None:
    """Have the network answer, once the visitor has."""
    tally, chosen = _tally(), st.session_state.get(_box(question))
    if chosen is None:
        tally.unchosen = question.id
        return
    if question.id in tally.revealed:
        return
    revealed = Revealed(chosen, _answered(question.id, question))
    tally.right, tally.total = tally.right + revealed.is_right, tally.total + 1
    tally.revealed[question.id] = revealed
    if len(tally.revealed) > _MOST:
        del tally.revealed[next(iter(tally.revealed))]


def _turn(series: str, turn: int) -> None:
    turns = _tally().turns
    turns[series] = turn
    if len(turns) > _MOST:
        del turns[next(iter(turns))]


def _score() -> None:
    right, total = score()
    if total:
        st.caption(f"{right} of {total} correct so far", width="content")


def _say(question: Question, revealed: Revealed) -> None:
    """The outcome as a sign and in words, the number, and why."""
    answer = revealed.answer
    said = f"{_plain(answer.said)} {_plain(answer.why)}"
    if revealed.is_right:
        st.success(f"**✓ Correct.** {said}")
    else:
        right = " or ".join(_plain(question.options[k]) for k in answer.right)
        st.warning(f"**✗ Not quite: {right}.** {said}")


def _plain(text: str) -> str:
    """A text of ours that may quote what somebody typed, in this visitor's notation, as Markdown."""
    return frame.plain(notations.written(text))


def _box(question: Question) -> str:
    return f"predict.{question.id}"


def _tally() -> _Tally:
    tally: _Tally = st.session_state.setdefault(_KEY, _Tally())
    return tally
