"""A review that is classified while it is typed: the data of the text box and the words, and what a key changes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from rnnviz import palette, sides
from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.sentiment.reading import LONGEST, tokens_of
from rnnviz.text import MAX_TOKENS
from rnnviz.ui.reviews import code as codegen
from rnnviz.ui.reviews import direct, of_file, prepared
from rnnviz.ui.reviews import tables as review_tables
from rnnviz.ui.reviews.answers import NETWORKS, OURS, READ_MARKS, WORDS, answer, words_so_far
from rnnviz.ui.reviews.samples import OPENING, REVIEWS
from rnnviz.ui.selection import MAX_CHARACTERS, Selection, state, trained
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import components, frame, inside, networks, one_by_one, predictions, warmup
from rnnviz.ui.widgets import live_files
from rnnviz.ui.widgets.typed import Typed, plain

WORD_BY_WORD: Final = "words"
"""The view that follows every key; the others follow once nobody types."""

VIEWS: Final = {
    "Word by word": WORD_BY_WORD,
    "Tokens": "read",
    "Why": "why",
    "What if": "changes",
    "Traps": "traps",
    "Its training": "training",
}
"""The views of a network for reviews by their labels."""

LOOKS_EVERY: Final = 0.3
"""Seconds between two looks whether the network is there, while it is still being loaded."""

ASKED: Final = {
    "aloud": "A review; the network predicts while you type",
    "placeholder": "Type a review. The prediction changes with every key.",
}

CALIBRATION: Final = (
    "Calibration error: the mean difference between the predicted probabilities and the real frequencies, on the test "
    "reviews. At 0, nine of ten reviews with P(positive) = 0.9 are positive."
)

MOST_SIDE_BY_SIDE: Final = 6
"""The most networks that stand side by side; more are a list."""

_OTHER_VIEWS: Final = (
    "Which class does this network predict for your text, after each word? A network from a file has this view alone: "
    "the others use what was measured of the networks that come with rnnviz."
)

_FROM_ZEROS: Final = "Here the network starts from zeros, not from the state after the other text."

_FRAGMENT: Final = "review"
_INTO: Final = "review.into"
"""The links to other pages, which carry the text."""
_WORDS: Final = "sentiment.words"


def network_name(selection: Selection) -> str:
    """The network that classifies, as ``rnnviz.sentiment.load`` knows it; the default if another kind is selected."""
    family = selection.model.trained
    return family.removeprefix(FAMILY) if family.startswith(FAMILY) else OURS


def network_picker() -> None:
    """The choice of the network that classifies."""
    key, now = "control_review_network", state.current()
    known = of_file.of(now)
    of_files = dict.fromkeys((*of_file.offered(), *([known.family] if known else [])))
    labels = {f"{FAMILY}{name}": label for label, name in NETWORKS.items()} | trained.labels(of_files)
    st.session_state[key] = known.family if known else f"{FAMILY}{network_name(now)}"
    if len(labels) > MOST_SIDE_BY_SIDE:
        st.selectbox(
            "Network", list(labels), key=key, label_visibility="collapsed", width=330, format_func=labels.__getitem__,
            on_change=lambda: _choose(st.session_state[key]),
        )  # fmt: skip
        return
    st.segmented_control(
        "Network", list(labels), required=True, key=key, label_visibility="collapsed", wrap=True,
        format_func=labels.__getitem__, on_change=lambda: _choose(st.session_state[key]),
    )  # fmt: skip


def _choose(family: str) -> None:
    """Let another network classify what stands in the box; if it cannot read a text that nobody typed, its own."""
    now = typed()
    known = of_file.offered().get(family)
    cell = known.model.cell if known else "lstm"
    state.try_update(trained=family, cell=cell)
    if known and not now.count and of_file.problem(known, now.text):
        frame.restart("review")
    else:
        keep(now.text)


def keep(text: str) -> None:
    """Show a review on all pages, if there is anything to read."""
    selection = state.current()
    if known := of_file.of(selection):
        if text != selection.words and not of_file.problem(known, text):
            state.try_update(words=text)
        return
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


def as_selection_of_file() -> Selection:
    """The same of a network from a file: a text that it cannot read goes nowhere."""
    selection, text = state.current(), typed().text
    known = of_file.of(selection)
    return selection if known is None or of_file.problem(known, text) else changed(selection, words=text)


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
    waits, known = warmup.is_loading(), None if network else of_file.of(state.current())
    st.fragment(_live, key=_FRAGMENT, run_every=LOOKS_EVERY if waits else None)(view, network, waits=waits)
    if view == WORD_BY_WORD and not waits:
        live_files.menu(
            "review_words", _WORDS, "A review, predicted word by word", of=_WORDS, titled=False,
            code=lambda: of_file.code(known, typed().text) if known else codegen.words(*predicted(), WORDS),
        )  # fmt: skip
    return not waits


def is_of_file() -> bool:
    """Whether a network from a file classifies."""
    return of_file.of(state.current()) is not None


def links(draw: Callable[[], None]) -> None:
    """Links that carry the text: they are drawn again when nobody types any more."""
    st.fragment(one_by_one.runs(draw), key=_INTO)()


def show_of_file() -> None:
    """A text and its prediction word by word, which is all that is true of a network of which nothing was measured."""
    with frame.row():
        network_picker()
    st.caption(_OTHER_VIEWS)
    if state.current().after:
        st.caption(_FROM_ZEROS)
    if show(WORD_BY_WORD):
        links(lambda: inside.links(as_selection_of_file(), "this network, with this text"))
    frame.explain("sentiment", "file")


@one_by_one.runs
def _live(view: str, network: str | None, *, waits: bool) -> None:
    if waits and not warmup.is_loading():
        st.rerun()
    selection = state.current()
    now, name, in_words = _typed(selection), network or network_name(selection), view == WORD_BY_WORD
    rests = now.count == 0 or st.session_state.get("review.rested") == (now.start, now.count)
    known = None if network else of_file.of(selection)
    found = _of_file(known, now, rests=rests, waits=waits) if known else _of_review(name, now, rests=rests, waits=waits)
    answers_a_key = st.session_state.pop("review.heard", False)
    asks = None if known else direct.offered(name, in_words=in_words)
    sent = _box(now, found.said, known, rests=rests) | {"text": None if answers_a_key else now.text, "direct": asks}
    rest = partial(_rest, apart=in_words and not waits)
    components.review(sent, key="sentiment.review", on_typed=_take, on_settled=rest)
    if in_words:
        shown = {**found.curves(), "start": now.start, "count": now.count, "palette": palette.themes()}
        components.review_words(shown, key=_WORDS)
        live_files.keep(_WORDS, shown, found.table)
    if st.session_state.get("review.news", False):
        keep(now.text)
        state.write_link()
        st.session_state["review.news"] = False  # not before: a run may end wherever the session is read
        if not in_words:
            st.rerun()


def _of_review(name: str, now: Typed, *, rests: bool, waits: bool) -> of_file.Shown:
    """The prediction of a network for reviews; while it is loading, what was prepared."""
    if waits:
        return of_file.Shown(prepared.answer(name, now.text), lambda: prepared.words(name, now.text), pd.DataFrame)
    model = networks.sentiment_model(name)
    reading = model.read(now.text)
    said = answer(model, now.text, reading)
    return of_file.Shown(
        said,
        lambda: words_so_far(model, reading, said["probability"], rests=rests),
        lambda: review_tables.predicted(name, now.text),
    )


def _of_file(known: Checkpoint, now: Typed, *, rests: bool, waits: bool) -> of_file.Shown:
    """The prediction of a network from a file; of one that is slow, that of the last rest."""
    if waits:
        return of_file.waiting(known)
    kept: of_file.Shown | None = st.session_state.get("review.of_file")
    is_kept = kept is not None and kept.of == known.name
    if kept and is_kept and not rests and not of_file.is_quick(known, now.text):
        return kept
    found = of_file.shown(known, now.text)
    if kept and is_kept and found.is_refused:
        return of_file.beside(found, kept)
    st.session_state["review.of_file"] = found
    return found


def predicted() -> tuple[str, str]:
    """The network that classifies, and what stands in the box."""
    return network_name(state.current()), typed().text


def _opening(selection: Selection) -> str:
    """The selected review, or words that were typed for an untrained network; else one of ours."""
    family = selection.model.trained
    is_own = family.startswith(FAMILY) or (not family and selection.input == "words") or of_file.of(selection)
    return selection.words if is_own else OPENING


def _take(sent: object) -> None:
    """Take a key. A browser can send anything: what is no text is ignored."""
    match sent:
        case {"start": str(start), "count": int(count), "text": str(text)}:
            st.session_state["review.typed"] = Typed(start, count, plain(text))
            st.session_state["review.heard"] = True


def _rest(sent: object, *, apart: bool) -> None:
    """Note that nobody types any more; ``apart`` if the rest of the page but its question stays as it is."""
    _take(sent)
    match sent:
        case {"start": str(start), "count": int(count)}:
            st.session_state["review.rested"] = (start, count)
            st.session_state["review.heard"] = st.session_state["review.news"] = True
            if apart:
                asked = () if is_of_file() else predictions.fragments()  # a fragment that is not there lets none run
                frame.rerun_alone(_FRAGMENT, _INTO, *asked)


# --- The answer ---


def _box(now: Typed, said: Mapping[str, object], known: Checkpoint | None, *, rests: bool) -> dict[str, object]:
    """What the box is given; one of a network from a file has no reviews to choose from."""
    return {
        "start": frame.start("review"),
        "samples": [] if known else [{"label": label, "text": sample.text} for label, sample in REVIEWS.items()],
        "asked": of_file.ASKED if known else ASKED,
        "ends": of_file.ends_of(known) if known else ["0 · negative", "positive · 1"],
        "undecided": dict(zip(("from", "to"), sides.UNDECIDED, strict=True)) | {"rule": sides.RULE},
        "hint": "" if known else CALIBRATION,
        "limit": MAX_CHARACTERS,
        "answer": {"start": now.start, "count": now.count, "is_settled": rests, **said},
        "palette": palette.themes(),
    }
