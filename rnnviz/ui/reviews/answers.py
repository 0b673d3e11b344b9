"""The prediction for a review, also after each word; unchanged words are not read again."""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from rnnviz.sides import side, side_name
from rnnviz.ui.reviews.samples import human_label
from rnnviz.widgets import words
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.reading import Reading

OURS: Final = "bilstm"
NETWORKS: Final = {
    "BiLSTM with attention": OURS,
    "Baseline BiLSTM": "lecture-bilstm",
    "Baseline LSTM": "lecture-lstm",
}
"""By the label of the choice."""

READ_MARKS: Final = (OURS,)
"""The networks that read punctuation too."""

WORDS: Final = 400
"""The most words that get a prediction each."""

_WHILE_TYPING: Final = 16_000
"""Steps of the reverse direction between two keys; if an edit takes more, word by word waits until typing rests."""

FEW_KNOWN: Final = "few known words"
"""Said beside the side of a prediction that is not to be relied on."""


def answer(model: "SentimentModel", text: str, reading: "Reading") -> dict[str, Any]:
    """The prediction for a text, in numbers and words.

    Args:
        reading: That of the text.

    Returns:
        ``probability``, None where there is none; ``said``, ``sign``, ``about``, ``took`` and ``notices``
        in words.
    """
    begun = time.perf_counter()
    predicted = float(model.predict([reading])[0]) if any(reading.ids) else None
    took = "" if predicted is None else _took(time.perf_counter() - begun)
    return in_words(model.name, text, reading, predicted, trust(model), took=took)


def _took(seconds: float) -> str:
    """How long a prediction took; no time is 0."""
    written = f"{1000 * seconds:.1f} ms"
    return f"Predicted in {'less than 0.1 ms' if written == '0.0 ms' else written}."


def in_words(
    network: str, text: str, reading: "Reading", predicted: float | None, computed: str, *, took: str = ""
) -> dict[str, Any]:
    """What the box is given of a prediction, as from ``answer``.

    Args:
        network: Its name.
        computed: How the prediction was.
        took: How long that took; no slide shows it.
    """
    few = "" if predicted is None else mostly_unknown(reading)
    cut = f"The network reads only the first {len(reading.ids):,} words and punctuation marks." * reading.is_cut
    notices = [notice for notice in (few, cut) if notice] + _beside_a_person(text, predicted)
    about = f"{label(network)}: {_read(reading)}. {computed}"
    return {
        "probability": predicted,
        "said": "" if predicted is None else f"P(positive) = {probability(predicted)}".replace("= <", "<"),
        "sign": _sign(predicted, reading, is_known=not few),
        "about": about if reading.ids else "",
        "took": took if reading.ids else "",
        "notices": notices,
    }


def _beside_a_person(text: str, predicted: float | None) -> list[str]:
    """What a person would say of one of our samples, if the network disagrees."""
    person = human_label(text)
    if person is None or predicted is None or side(predicted) == (1 if person else -1):
        return []
    found = "The prediction is wrong here" if side(predicted) else "The network is undecided here"
    return [f"{found}: a person would call this review {'positive' if person else 'negative'}."]


def mostly_unknown(reading: "Reading") -> str:
    """That the network knows few of a text's words, as ``words.mostly_unknown`` says it; empty if it knows enough."""
    return words.mostly_unknown(reading.tokens, [t for t, number in enumerate(reading.ids) if not number])


def trust(model: "SentimentModel") -> str:
    """How reliable the network's probabilities are, as measured."""
    test = model.card["test"]
    return f"Test accuracy {test['accuracy']:.1%}; calibration error {test['calibration_error']:.3f}."


def label(name: str) -> str:
    """A network's name on the page."""
    return next(label for label, known in NETWORKS.items() if known == name)


def _read(reading: "Reading") -> str:
    count, unknown = len(reading.ids), reading.ids.count(0)
    read = "1 token" if count == 1 else f"{count} tokens"
    return read + (f", {unknown} of them unknown" if unknown else "")


def _sign(predicted: float | None, reading: "Reading", *, is_known: bool) -> str:
    if predicted is None:
        return "no known word" if reading.ids else "no word yet"
    return side_name(predicted) if is_known else f"{side_name(predicted)}, {FEW_KNOWN}"


# --- Word by word ---


MOST_BOXES: Final = 256
"""Of so many text boxes the predictions for the last text are kept, some kB each."""


@dataclass(frozen=True)
class Running:
    """The prediction after each word of a text.

    Attributes:
        network: Its name.
        ids: The text as numbers of words.
        values: As many; NaN before the first known word.
    """

    network: str
    ids: tuple[int, ...]
    values: np.ndarray


_kept: Final[OrderedDict[str, Running]] = OrderedDict()
_lock: Final = Lock()


def words_so_far(
    model: "SentimentModel", whole: "Reading", predicted: float | None, *, rests: bool
) -> dict[str, object]:
    """The data of the curves; after an edit that takes too long between two keys, those of the last rest.

    Args:
        whole: What stands in the box.
        predicted: The probability that it is positive, as from ``answer``.
        rests: Whether nobody types.

    Returns:
        As from ``curves``.
    """
    rests = rests or "review.words" not in st.session_state
    found = curves(model, whole, predicted, box(), rests=rests)
    if found is not None:
        st.session_state["review.words"] = found
    kept: dict[str, object] = st.session_state["review.words"]
    return kept


def box() -> str:
    """The name of a visitor's text box, which nobody else can guess."""
    if "review.box" not in st.session_state:
        st.session_state["review.box"] = secrets.token_hex(8)
    return str(st.session_state["review.box"])


def curves(
    model: "SentimentModel", whole: "Reading", predicted: float | None, box: str, *, rests: bool
) -> dict[str, object] | None:
    """The data of the curves, as from ``words.payload``; None if an edit takes too long between two keys.

    Args:
        box: Where the text stands: the first words of the text before need not be read again.
    """
    reading = model.read(whole, WORDS)
    if not any(reading.ids):  # a prediction from unknown words alone tells nothing of this text
        reading = replace(reading, tokens=(), ids=())
    ends = predicted if len(reading.ids) == len(whole.ids) else None
    running = _running(model, reading, ends, _kept.get(box), rests=rests)
    if running is None:
        return None
    _keep(box, running)
    lines = {"running": running.values, **words.by_direction(model, reading, WORDS)}
    return words.payload(label(model.name), reading, lines)


def _keep(box: str, running: Running) -> None:
    with _lock:
        _kept[box] = running
        _kept.move_to_end(box)
        while len(_kept) > MOST_BOXES:
            _kept.popitem(last=False)


def _running(
    model: "SentimentModel", reading: "Reading", predicted: float | None, before: Running | None, *, rests: bool
) -> Running | None:
    """The prediction after each word; for the words before the first change it is known already.

    Args:
        predicted: That after the last word, where it is known.
    """
    known, time_ = np.empty(0), len(reading.ids)
    if before is not None and before.network == model.name:
        known = before.values[: _alike(before.ids, reading.ids)]
    if not rests and (time_ - len(known)) * time_ > _WHILE_TYPING:
        return None
    if predicted is not None and len(known) == time_ - 1:
        rest = np.array([predicted])
    else:
        rest = model.running(reading, WORDS, len(known))
    running = np.concatenate([known, rest])
    if predicted is not None:
        running[-1] = predicted  # not what comes out of another order of the same sums
    return Running(model.name, reading.ids, running)


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many words two texts share at their beginning."""
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
