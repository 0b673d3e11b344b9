"""A review that is classified while it is typed: the data of the text box and the words, and what a key changes."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from rnnviz import palette
from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.sentiment.reading import LONGEST, tokens_of
from rnnviz.text import MAX_TOKENS
from rnnviz.ui.reviews import code as codegen
from rnnviz.ui.reviews import prepared
from rnnviz.ui.reviews import tables as review_tables
from rnnviz.ui.reviews.answers import NETWORKS, OURS, READ_MARKS, WORDS, answer, label, words_so_far
from rnnviz.ui.reviews.samples import OPENING, REVIEWS
from rnnviz.ui.selection import MAX_CHARACTERS, Selection, state
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import components, frame, networks, one_by_one, predictions, warmup
from rnnviz.ui.widgets import live_files
from rnnviz.ui.widgets.typed import Typed

WORD_BY_WORD: Final = "words"
"""The view that follows every key; the others follow once nobody types."""


LOOKS_EVERY: Final = 0.3
"""Seconds between two looks whether the network is there, while it is still being loaded."""

_FRAGMENT: Final = "review"
_WORDS: Final = "sentiment.words"


def network_name(selection: Selection) -> str:
    """The network that classifies, as ``rnnviz.sentiment.load`` knows it; the default if another kind is selected."""
    trained = selection.model.trained
    return trained.removeprefix(FAMILY) if trained.startswith(FAMILY) else OURS


def network_picker() -> None:
    """The choice of the network that classifies."""
    key = "control_review_network"
    st.session_state[key] = label(network_name(state.current()))
    st.segmented_control(
        "Network", list(NETWORKS), required=True, key=key, label_visibility="collapsed", wrap=True,
        on_change=lambda: _choose(NETWORKS[st.session_state[key]]),
    )  # fmt: skip


def _choose(name: str) -> None:
    """Let another network classify what stands in the box."""
    text = typed().text
    state.try_update(trained=f"{FAMILY}{name}")
    keep(text)


def keep(text: str) -> None:
    """Show a review on all pages, if there is anything to read."""
    selection = state.current()
    name, words = network_name(selection), readable_part(text)
    if not tokens_of(words, has_marks=name in READ_MARKS):
        return
    if not selection.model.trained.startswith(FAMILY):
        state.try_update(trained=f"{FAMILY}{name}")
    if words != state.current().words:
        state.try_update(words=words)


def as_selection() -> Selection:
    """What the other pages are to show: the network that classifies, and the review in the box."""
    selection = state.current()
    wanted = changed(selection, trained=f"{FAMILY}{network_name(selection)}", input="words")
    return changed(wanted, words=readable_part(typed().text))


def readable_part(text: str) -> str:
    """A text as far as any network reads it: one that is too long for the other pages loses its blanks and its end."""
    tokens = tokens_of(text, has_marks=True)
    return text if len(tokens) <= MAX_TOKENS else " ".join(tokens[:LONGEST])


def typed() -> Typed:
    """What stands in the box now."""
    return _typed(state.current())


def _typed(selection: Selection) -> Typed:
    start = frame.start("review", text=_opening(selection))
    kept = st.session_state.get("review.typed")
    return kept if kept and kept.start == start["id"] else Typed(str(start["id"]), 0, str(start["text"]))


def show(view: str, network: str | None = None) -> bool:
    """The box and its answer, and in their view the words, apart from the rest of the page.

    While the network is still loading, a prepared example stands there; the page runs again once it is loaded.

    Args:
        network: The one that classifies, if the visitor does not choose it.

    Returns:
        Whether the network is there, for all else that the page shows of it.
    """
    waits = warmup.is_loading()
    st.fragment(_live, key=_FRAGMENT, run_every=LOOKS_EVERY if waits else None)(view, network, waits=waits)
    if view == WORD_BY_WORD and not waits:
        live_files.menu(
            "review_words", _WORDS, "A review, predicted word by word", of=_WORDS, titled=False,
            code=lambda: codegen.words(*predicted(), WORDS),
        )  # fmt: skip
    return not waits


@one_by_one.runs
def _live(view: str, network: str | None, *, waits: bool) -> None:
    if waits and not warmup.is_loading():
        st.rerun()
    selection = state.current()
    now, name, in_words = _typed(selection), network or network_name(selection), view == WORD_BY_WORD
    rests = now.count == 0 or st.session_state.get("review.rested") == (now.start, now.count)
    if waits:
        said = prepared.answer(name, now.text)
    else:
        model = networks.sentiment_model(name)
        reading = model.read(now.text)
        said = answer(model, now.text, reading)
    answers_a_key = st.session_state.pop("review.heard", False)
    sent = _box(now, said, rests=rests) | {"text": None if answers_a_key else now.text}
    rest = partial(_rest, apart=in_words and not waits)
    components.review(sent, key="sentiment.review", on_typed=_take, on_settled=rest)
    if in_words:
        curves = prepared.words(name, now.text) if waits else words_so_far(model, reading, said["praise"], rests=rests)
        shown = {**curves, "count": now.count, "palette": palette.themes()}
        components.review_words(shown, key=_WORDS)
        live_files.keep(_WORDS, shown, lambda: review_tables.predicted(name, now.text))
    if st.session_state.get("review.news", False):
        keep(now.text)
        state.write_link()
        st.session_state["review.news"] = False  # not before: a run may end wherever the session is read
        if not in_words:
            st.rerun()


def predicted() -> tuple[str, str]:
    """The network that classifies, and what stands in the box."""
    return network_name(state.current()), typed().text


def _opening(selection: Selection) -> str:
    """The selected review, or words that were typed for an untrained network; else one of ours."""
    trained = selection.model.trained
    is_own = trained.startswith(FAMILY) or (not trained and selection.input == "words")
    return selection.words if is_own else OPENING


def _take(sent: object) -> None:
    """Take a key. A browser can send anything: what is no text is ignored."""
    match sent:
        case {"start": str(start), "count": int(count), "text": str(text)}:
            plain = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
            st.session_state["review.typed"] = Typed(start, count, plain)
            st.session_state["review.heard"] = True


def _rest(sent: object, *, apart: bool) -> None:
    """Note that nobody types any more; ``apart`` if the rest of the page but its question stays as it is."""
    match sent:
        case {"start": str(start), "count": int(count)}:
            st.session_state["review.rested"] = (start, count)
            st.session_state["review.heard"] = st.session_state["review.news"] = True
            if apart:
                frame.rerun_alone(_FRAGMENT, *predictions.fragments())


# --- The answer ---


def _box(now: Typed, said: Mapping[str, object], *, rests: bool) -> dict[str, object]:
    return {
        "start": frame.start("review"),
        "samples": [{"label": label, "text": sample.text} for label, sample in REVIEWS.items()],
        "limit": MAX_CHARACTERS,
        "answer": {"start": now.start, "count": now.count, "is_settled": rests, **said},
        "palette": palette.themes(),
    }
