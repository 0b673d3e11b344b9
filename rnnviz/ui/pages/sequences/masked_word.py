"""A masked word: what a bidirectional LSTM predicts from the words before it, from those after it, and from both."""

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from rnnviz.page_registry import ATTENTION
from rnnviz.ui.pages.sequences import word_figures, word_questions
from rnnviz.ui.selection import entries, state
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.words.model import Guesses

EXAMPLES: Final = (
    ("It was so boring that I almost fell asleep.", 7),
    ("This is a waste of time.", 3),
    ("The film is based on a true story.", 3),
)
"""Sentences of our own, each with a position whose word the forward half alone does not find."""

ROWS: Final = ("Forward half: the words before", "Backward half: the words after", "Both")

MOST: Final = 400
"""The most characters of the sentence."""

_TEXT, _BLANK = "sequences.masked", "sequences.blank"
_LONG: Final = "sequences.masked_long"
"""In the session: a sentence that is too long, and the one before it, which the pictures still show."""

_USUAL: Final = EXAMPLES[0][0]


def show() -> str:
    """The sentence, its blank, the guesses, and every word in turn; the name of the part of the page's text."""
    sentence = _box()
    try:
        found = word_figures.guesses(sentence)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return "masked"
    blank = controls.position("Blank", labels(found), key=_BLANK, default=_usual(sentence, len(found.tokens)))
    word_figures.show("guesses", text=sentence, at=blank)
    with frame.on_slide("word"):
        st.table(table_of(found, blank))
    word_figures.show("by_word", text=sentence, at=blank)
    predictions.show(lambda: word_questions.ask_masked(sentence))
    frame.link_to(ATTENTION, "Attention: a network that looks at all words at once")
    return "masked"


def _box() -> str:
    """The sentence of the pictures. One that is too long stays in the box, with the reason under it."""
    key = f"typed_{_TEXT}"
    sentence = entries.get(_TEXT, _USUAL, MOST)
    before, long = st.session_state.get(_LONG, ("", ""))
    refused = long if before == sentence else ""
    st.session_state[key] = refused or sentence
    with frame.row():
        st.text_input("A sentence", key=key, on_change=lambda: _take(st.session_state[key]), width=480)
        for number, (example, _) in enumerate(EXAMPLES, start=1):
            st.button(f"Example {number}", key=f"{key}.{number}", on_click=_take, args=(example,), help=example)
    if refused:
        problem = (
            f"Enter a sentence of 2 to 40 words and at most {MOST} characters; got {len(refused):,} characters. "
            f"The picture still shows “{sentence}”."
        )
        st.error(frame.plain(problem))
    return sentence


def _take(sentence: str) -> None:
    """Keep a sentence. One that is too long is not cut: the network would then complain of what nobody has typed."""
    if len(sentence) > MOST:
        st.session_state[_LONG] = entries.get(_TEXT, _USUAL, MOST), sentence
        return
    st.session_state.pop(_LONG, None)
    entries.keep(_TEXT, sentence, _USUAL, MOST)
    state.choose(_BLANK, "", "")


def _usual(sentence: str, count: int) -> int:
    """The blank of a sentence for which none is chosen."""
    return dict(EXAMPLES).get(sentence, count // 2)


def labels(found: "Guesses") -> list[str]:
    """The words of a sentence for the choice of the blank, as Markdown that shows them as they were typed."""
    return [frame.plain(token if len(token) <= 24 else f"{token[:23]}…") for token in found.tokens]


def table_of(found: "Guesses", blank: int) -> pd.DataFrame:
    """The probability and the rank of the word that stands at a position: a row for each half, and one for both."""
    correct, ranks = found.correct()[:, blank], found.ranks()[:, blank]
    known = len(found.vocabulary) - 1
    rows = [
        [probability(p), f"{rank:,} of {known:,}" if rank else "not in the vocabulary"]
        for p, rank in zip(correct.tolist(), ranks.tolist(), strict=True)
    ]
    columns = [f"probability of “{frame.plain(found.tokens[blank][:24])}”", "rank"]
    return pd.DataFrame(rows, index=list(ROWS), columns=columns).rename_axis("prediction from")
