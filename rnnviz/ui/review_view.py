"""A review that is judged while it is typed: what the text box and the words are given, and what becomes of a key."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz.checkpoints.reviews import FAMILY
from rnnviz.ui import cache, components, frame, state
from rnnviz.ui.changes import many
from rnnviz.ui.review_samples import OPENING, REVIEWS
from rnnviz.ui.selection import MAX_CHARACTERS, Selection
from rnnviz.ui.step_view import palette_data

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.reading import Reading

OURS: Final = "bilstm"
NETWORKS: Final = {
    "Ours, a BiLSTM": OURS,
    "The lecture’s BiLSTM": "lecture-bilstm",
    "The lecture’s LSTM": "lecture-lstm",
}
"""By what stands on the choice."""

WORD_BY_WORD: Final = "words"
"""The view that follows every key; the others follow once nobody types."""

WORDS: Final = 400
"""As many are judged word by word."""

_WHILE_TYPING: Final = 16_000
"""Steps of the reverse direction between two keys; an edit that takes more is judged word by word when typing rests."""

_UNDECIDED: Final = (0.4, 0.6)


@dataclass(frozen=True)
class Typed:
    """What stands in the box.

    Attributes
    ----------
    start : str
        Of which opening of the page.
    count : int
        Keys since then.
    text : str
    """

    start: str
    count: int
    text: str


def network_of(selection: Selection) -> str:
    """The network that judges, as ``rnnviz.sentiment.load`` knows it.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    str
        Ours where another kind of network is looked at.
    """
    trained = selection.model.trained
    return trained.removeprefix(FAMILY) if trained.startswith(FAMILY) else OURS


def network_picker() -> None:
    """Which network judges."""
    key = "control_review_network"
    st.session_state[key] = label(network_of(state.current()))
    st.segmented_control(
        "Network", list(NETWORKS), required=True, key=key, label_visibility="collapsed",
        on_change=lambda: _choose(NETWORKS[st.session_state[key]]),
    )  # fmt: skip


def _choose(name: str) -> None:
    """Let another network judge what stands in the box."""
    text = typed().text
    state.try_update(trained=f"{FAMILY}{name}")
    keep(text)


def keep(text: str) -> None:
    """Make a review what all pages look at, if there is anything to read.

    Parameters
    ----------
    text : str
    """
    selection = state.current()
    name = network_of(selection)
    if not cache.sentiment_model(name).read(text).ids:
        return
    if not selection.model.trained.startswith(FAMILY):
        state.try_update(trained=f"{FAMILY}{name}")
    if text != state.current().words:
        state.try_update(words=text)


def typed() -> Typed:
    """What stands in the box now.

    Returns
    -------
    Typed
    """
    start = frame.start("review", text=_opening(state.current()))
    kept = st.session_state.get("review.typed")
    return kept if kept and kept.start == start["id"] else Typed(str(start["id"]), 0, str(start["text"]))


def show(view: str) -> None:
    """The box and its answer, and in their view the words, apart from the rest of the page.

    Parameters
    ----------
    view : str
    """
    st.fragment(_live)(view)


def _live(view: str) -> None:
    now, name = typed(), network_of(state.current())
    rests = now.count == 0 or st.session_state.get("review.rested") == (now.start, now.count)
    model = cache.sentiment_model(name)
    components.review(_box(model, now, rests=rests), key="sentiment.review", on_typed=_take, on_settled=_rest)
    if view == WORD_BY_WORD:
        components.review_words(_words(model, now, rests=rests), key="sentiment.words")
    if st.session_state.pop("review.news", False):
        keep(now.text)
        state.write_link()
        if view != WORD_BY_WORD:
            st.rerun()


def _opening(selection: Selection) -> str:
    """The review that is looked at already, or words that were typed for an untrained network; else one of ours."""
    trained = selection.model.trained
    is_own = trained.startswith(FAMILY) or (not trained and selection.input == "words")
    return selection.words if is_own else OPENING


def _take(sent: object) -> None:
    """Hear a key. A browser can send anything: what is no text is not heard."""
    match sent:
        case {"start": str(start), "count": int(count), "text": str(text)}:
            plain = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
            st.session_state["review.typed"] = Typed(start, count, plain)


def _rest(sent: object) -> None:
    """Hear that nobody types any more."""
    match sent:
        case {"start": str(start), "count": int(count)}:
            st.session_state["review.rested"] = (start, count)
            st.session_state["review.news"] = True


# --- The answer ---


def _box(model: "SentimentModel", now: Typed, *, rests: bool) -> dict[str, object]:
    return {
        "start": frame.start("review"),
        "samples": [{"label": label, "text": text} for label, text in REVIEWS.items()],
        "limit": MAX_CHARACTERS,
        "answer": {"start": now.start, "count": now.count, "is_settled": rests, **answer(model, now.text)},
        "palette": palette_data(),
    }


def answer(model: "SentimentModel", text: str) -> dict[str, Any]:
    """The judgement of a text, in numbers and words.

    Parameters
    ----------
    model : SentimentModel
    text : str

    Returns
    -------
    dict
        ``praise``, the probability or None where there is none; ``said``, ``sign``, ``about`` and ``notices`` in words.
    """
    begun = time.perf_counter()
    reading = model.read(text)
    judged = float(model.predict([text])[0]) if any(reading.ids) else None
    took = 1000 * (time.perf_counter() - begun)
    notices = [f"Only the first {len(reading.ids):,} words and marks are read."] if reading.is_cut else []
    return {
        "praise": judged,
        "said": "" if judged is None else f"P(praise) = {judged:.3f}",
        "sign": _sign(judged, reading),
        "about": f"{label(model.name)}: {_read(reading)}, judged in {took:.1f} ms. {trust(model)}",
        "notices": notices,
    }


def trust(model: "SentimentModel") -> str:
    """How far its probabilities are to be believed, as measured."""
    test = model.card["test"]
    return f"Right on {test['accuracy']:.1%} of the test reviews; calibration error {test['calibration_error']:.3f}."


def label(name: str) -> str:
    """What a network is called on the page.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return next(label for label, known in NETWORKS.items() if known == name)


def _read(reading: "Reading") -> str:
    unknown = reading.ids.count(0)
    return f"{many(len(reading.ids), 'word')} and marks read" + (
        f", {unknown} of them unknown to it" if unknown else ""
    )


def _sign(judged: float | None, reading: "Reading") -> str:
    if judged is None:
        return "no known word" if reading.ids else "nothing to read yet"
    if _UNDECIDED[0] < judged < _UNDECIDED[1]:
        return "undecided"
    return "praise" if judged > 0.5 else "blame"


# --- Word by word ---


def _words(model: "SentimentModel", now: Typed, *, rests: bool) -> dict[str, object]:
    """What the curves are given; that of the last rest, where an edit in the middle takes too long between two keys."""
    reading = model.read(now.text, WORDS)
    running = _running(model, now.text, reading, rests=rests)
    if running is not None:
        lines = {"running": running, **_alone(model, now.text, reading)}
        st.session_state["review.words"] = words(model, reading, lines)
    return {**st.session_state["review.words"], "count": now.count, "palette": palette_data()}


def _running(model: "SentimentModel", text: str, reading: "Reading", *, rests: bool) -> np.ndarray | None:
    """The running judgement: of the words before the first that has changed it is known already."""
    kept: tuple[str, tuple[int, ...], np.ndarray] | None = st.session_state.get("review.running")
    known = np.empty(0)
    if kept and kept[0] == model.name:
        known = kept[2][: _alike(kept[1], reading.ids)]
    time_ = len(reading.ids)
    if not rests and (time_ - len(known)) * time_ > _WHILE_TYPING and "review.words" in st.session_state:
        return None
    running = np.concatenate([known, model.running(text, WORDS, len(known))])
    st.session_state["review.running"] = (model.name, reading.ids, running)
    return running


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many words two texts begin with alike."""
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _alone(model: "SentimentModel", text: str, reading: "Reading") -> Mapping[str, np.ndarray]:
    from rnnviz.sentiment.streams import alone

    if not reading.ids:
        return {}
    found = {str(direction): row for direction, row in alone(model, text, WORDS).items()}
    return found if len(found) > 1 else {}


NAMES: Final = {"running": "as if the review ended here", "forward": "→ alone", "reverse": "← alone"}


def words(model: "SentimentModel", reading: "Reading", lines: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Curves over words as plain data.

    Parameters
    ----------
    model : SentimentModel
    reading : Reading
    lines : mapping of str to ndarray of shape (time,)
        Probabilities, by what ``NAMES`` knows; ``running`` first.

    Returns
    -------
    dict
        ``title``, ``foot``, ``tokens``, ``unknown`` (places), ``turns`` (places where the running judgement crosses
        one half) and ``lines``.
    """
    is_praise = lines["running"] > 0.5
    cut = f" Word by word the first {len(reading.ids)} words are shown." if reading.is_cut else ""
    both = " → alone has read up to a word, ← alone from the end down to it." if len(lines) > 1 else ""
    return {
        "title": "The judgement after each word",
        "foot": f"{label(model.name)}. ▲ ▼ where the judgement turns.{both}{cut}",
        "tokens": list(reading.tokens),
        "unknown": [k for k, number in enumerate(reading.ids) if number == 0],
        "turns": [int(k) + 1 for k in np.flatnonzero(is_praise[1:] != is_praise[:-1])],
        "lines": [{"key": key, "name": NAMES[key], "values": np.round(row, 6).tolist()} for key, row in lines.items()],
    }
