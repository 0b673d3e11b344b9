"""The views of a review beside its running prediction: what was read, why, what if, traps, and the training."""

import html
from collections.abc import Callable
from math import isnan
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from rnnviz.sentiment.recipes import BAG
from rnnviz.text import fold
from rnnviz.ui.reviews import (
    answers as review_answers,
)
from rnnviz.ui.reviews import (
    card as review_card,
)
from rnnviz.ui.reviews import (
    figures as review_figures,
)
from rnnviz.ui.reviews import (
    view as review_view,
)
from rnnviz.ui.reviews.changes import CHANGES, TAKE_A_WORD, changeable
from rnnviz.ui.reviews.figures import EXPLAINED, LECTURES
from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import many
from rnnviz.ui.shell import frame, inside, networks
from rnnviz.ui.widgets import controls
from rnnviz.written import change, probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel

NOTHING: Final = "Type a review above."
NOTHING_KNOWN: Final = "None of these words is in the vocabulary. A prediction from unknown words alone means nothing."
_CHIPS: Final = (
    "<style>.tokens{display:flex;flex-wrap:wrap;gap:5px;padding:0;margin:0;list-style:none}"
    ".tokens li{display:grid;justify-items:center;padding:2px 8px;border:1px solid color-mix(in srgb,currentColor 25%,"
    "transparent);border-radius:6px;font-size:17px;unicode-bidi:isolate}"
    ".tokens small{font-size:13px;opacity:.75;font-variant-numeric:tabular-nums}"
    ".tokens .unknown{border:2px dashed currentColor}</style>"
)
_LABEL_SHOWN: Final = 40
_SHORT: Final = 900
"""Up to so many characters a text is shown as a whole."""
_HIGHEST: Final = 180
"""Pixels of a longer one."""


def _needs_words(view: Callable[[], None]) -> Callable[[], None]:
    """A view that shows a note instead if there is nothing to classify."""

    def shown() -> None:
        ids = review_figures.model_here().read(review_view.typed().text).ids
        if any(ids):
            view()
        else:
            frame.note(NOTHING_KNOWN if ids else NOTHING)

    return shown


# --- What it read ---


def read() -> None:
    """Tokens and their numbers, and where their embeddings lie."""
    model, text = review_figures.model_here(), review_view.typed().text
    whole = model.read(text)
    if not whole.ids:
        frame.note(NOTHING)
        return
    count, unknown, known = len(whole.ids), whole.ids.count(0), len(model.vocabulary.tokens) - 1
    st.markdown(
        f"**{many(count, 'token')}, {unknown} of them unknown ({unknown / count:.0%}).** A word in a dashed frame "
        f"is not among the {known:,} words of the vocabulary. All such words get the same number, 0."
    )
    reading = model.read(text, review_answers.WORDS)
    st.html(_chips(reading.tokens, reading.ids))
    if reading.is_cut:
        st.caption(f"The first {review_answers.WORDS} tokens are shown.")
    st.markdown("**Back to text**: what the network knows of the review.")
    _text(" ".join(model.vocabulary.tokens[k] for k in reading.ids))
    st.markdown("**The same text in each network**")
    st.table(_compared(text))
    _neighbours(model, reading.tokens, reading.ids)
    review_figures.show("map", text=text)


def _chips(tokens: tuple[str, ...], ids: tuple[int, ...]) -> str:
    """Each token over its number; nothing that was typed is ever markup."""
    items = (
        f'<li class="{"" if number else "unknown"}"><span>{html.escape(token[:_LABEL_SHOWN])}</span>'
        f"<small>{number if number else '0 [UNK]'}</small></li>"
        for token, number in zip(tokens, ids, strict=True)
    )
    return f'{_CHIPS}<ul class="tokens" aria-label="Tokens">{"".join(items)}</ul>'


def _compared(text: str) -> pd.DataFrame:
    rows = []
    for label, name in review_answers.NETWORKS.items():
        model = networks.sentiment_model(name)
        ids = model.read(text).ids
        share = f"{ids.count(0) / len(ids):.1%}" if ids else "–"
        predicted = probability(model.predict([text])[0]) if any(ids) else "–"
        words = f"{len(model.vocabulary.tokens):,}"
        marks = "kept" if model.vocabulary.has_marks else "removed"
        rows.append((label, words, marks, f"{len(ids):,}", share, predicted))
    columns = ["network", "vocabulary", "punctuation", "tokens", "unknown", "P(positive)"]
    return pd.DataFrame(rows, columns=columns).set_index("network")


def _neighbours(model: "SentimentModel", tokens: tuple[str, ...], ids: tuple[int, ...]) -> None:
    from rnnviz.sentiment.neighbours import neighbours

    st.markdown("**Which words are similar to the network?** The nearest words in the embedding, by cosine similarity.")
    known = [t for t, number in enumerate(ids) if number]
    if not known:
        frame.note("None of these words is in the vocabulary.")
        return
    t = _word_picker(tokens, known, usual=_loudest(model, ids))
    near = neighbours(model, tokens[t])
    row = pd.Index([fold(tokens[t])], name="cosine with")
    st.table(pd.DataFrame([[_signed(f"{cosine:.2f}") for _, cosine in near]], row, [word for word, _ in near]))


def _loudest(model: "SentimentModel", ids: tuple[int, ...]) -> int:
    """The word whose embedding stands out most: the network has learned most about it."""
    from rnnviz.sentiment.neighbours import sizes

    return int(sizes(model, ids).argmax())


def _text(text: str) -> None:
    """A text that can be copied; a long one scrolls, so that what follows it stays in sight."""
    st.code(text, language=None, wrap_lines=True, height=_HIGHEST if len(text) > _SHORT else "content")


def _word_picker(tokens: tuple[str, ...], among: list[int], usual: int = 0, label: str = "Word") -> int:
    """The selected word, the same on all pages; the usual one while nobody has chosen any."""
    key, picked = "control_review_word", "review.picked"
    t = state.current().t
    if t == 0 and not st.session_state.get(picked):
        t = usual
    if t not in among:
        t = among[-1]

    def pick() -> None:
        st.session_state[picked] = True
        state.try_update(t=st.session_state[key])

    st.session_state[key] = t
    st.selectbox(
        label, among, key=key, format_func=lambda k: f"t = {k} · {tokens[k][:_LABEL_SHOWN]}",
        on_change=pick, width=320,
    )  # fmt: skip
    return t


# --- Why ---


@_needs_words
def why() -> None:
    """The importance of each word by several measures, and how far they agree."""
    model, text = review_figures.model_here(), review_view.typed().text
    review_figures.show("importance", text=text)
    _note_cut(model, text, "explained")
    told = review_figures.ways_of(model.name, text)
    gap = told.logit - told.baseline_logit
    st.markdown(
        f"**Completeness.** The logit is {told.logit:+.3f} for the text and {told.baseline_logit:+.3f} for as "
        f"many unknown words: the difference is {gap:+.3f}. The integrated gradients, computed from the gradient at "
        f"{told.steps} points on the path, add up to {told.total:+.3f}.".replace("-", "−")
    )
    st.markdown(
        "**Agreement.** Kendall’s τ compares two rankings of the words: 1 means the same order, 0 unrelated, −1 the "
        "opposite order, – that one of them has no order."
    )
    rows = [(one, other, "–" if isnan(tau) else _signed(f"{tau:.2f}")) for one, other, tau in told.taus]
    st.table(pd.DataFrame(rows, columns=["ranking by", "and by", "τ"]).set_index("ranking by"))


def _note_cut(model: "SentimentModel", text: str, what: str) -> None:
    """Say so if a figure is of only the beginning of a review."""
    if model.read(text, EXPLAINED).is_cut:
        st.caption(f"Only the first {EXPLAINED} tokens are {what}, as if the review ended there.")


def _signed(number: str) -> str:
    return number.replace("-", "−")


# --- What if ---


@_needs_words
def changes() -> None:
    """The text before and after a change, classified by the network and by the bag of words."""
    model, text = review_figures.model_here(), review_view.typed().text
    reading = model.read(text)
    tokens = reading.tokens
    change = controls.choice("Change", CHANGES, key="sentiment.change")
    places = changeable(change, len(tokens))
    with frame.row():
        t = _word_picker(tokens, places, usual=_loudest(model, reading.ids), label=_asked(change)) if places else 0
        word = _by() if change in TAKE_A_WORD else ""
    before, after = " ".join(tokens), " ".join(change(tokens, t, word))
    _text(after)
    if after == before:
        st.caption("This change leaves the text as it is.")
    if not any((read := model.read(after)).ids):
        frame.note(NOTHING_KNOWN)
    elif said := review_answers.mostly_unknown(read):
        frame.note(f"The changed text: {said[0].lower()}{said[1:]}")
    with frame.on_slide("before_after"):
        st.table(_before_after(model, before, after))
    review_figures.show("orders", text=text)
    _note_cut(model, text, "shuffled")
    bag = networks.sentiment_model(BAG).card["test"]
    st.caption(
        f"The bag of words was trained on the labelled reviews alone. Its test accuracy is {bag['accuracy']:.1%}; "
        f"the network's is {model.card['test']['accuracy']:.1%}."
    )


def _asked(change: Callable[..., list[str]]) -> str:
    return "Word (each gives another order)" if change is CHANGES["Shuffle"] else "Word"


def _by() -> str:
    """The word that another is replaced with, or that is inserted."""
    with st.container(key="slide_by", width="content"):
        return st.text_input("New word", "not", key="sentiment.by", max_chars=100, width=320)


def _before_after(model: "SentimentModel", before: str, after: str) -> pd.DataFrame:
    rows = {}
    for label, one in ((review_answers.label(model.name), model), ("Bag of words", networks.sentiment_model(BAG))):
        first, second = one.predict([before, after])
        rows[label] = [probability(first), probability(second), change(first, second)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["P(positive) before", "after", "change"]).rename_axis(
        "model"
    )


# --- Traps ---


@_needs_words
def traps() -> None:
    """Padding that is read, and the wrong end of the reverse direction."""
    from rnnviz.sentiment.traps import last_output

    model, text = review_figures.model_here(), review_view.typed().text
    st.header("Padding without a mask", anchor=False)
    review_figures.show("padding", text=text)
    _note_cut(model, text, "padded")
    frame.explain("sentiment", "padding")
    st.header("`output[:, -1]` of two directions", anchor=False)
    two = model if model.name == LECTURES else networks.sentiment_model(LECTURES)
    if not any(two.read(text).ids):
        frame.note("The baseline BiLSTM knows no word of this review, and it removes punctuation.")
        return
    found = last_output(two, text)
    rows = {
        "torch.cat([h_n[-2], h_n[-1]], 1)": ["all words, both", probability(found.right)],
        "output[:, -1]": ["all words →, one word ←", probability(found.wrong)],
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["words read", "P(positive)"])
    st.table(table.rename_axis("states used"))
    st.caption(
        f"{review_answers.label(two.name)} uses the last states. The BiLSTM with attention uses a weighted average of "
        "all of them."
    )


# --- All of them ---

SHOW: Final[dict[str, Callable[[], None]]] = {
    "read": read,
    "why": why,
    "changes": changes,
    "traps": traps,
    "training": review_card.show,
}
"""By the name of the view."""


def show(view: str) -> None:
    """Show a view below the box."""
    if view in SHOW:
        SHOW[view]()


def into() -> None:
    """Links to the pages of states, gates and gradients with this network and text."""
    if not review_figures.model_here().read(review_view.typed().text).ids:
        return
    inside.links(review_view.as_selection(), "this network, with this review")
