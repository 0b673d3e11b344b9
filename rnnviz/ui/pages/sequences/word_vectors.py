"""Word vectors by skip-gram: the window over a sentence with each update, a training, and what the vectors know."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from rnnviz.ui.pages.sequences import word_figures, word_questions
from rnnviz.ui.selection import entries, state
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.shell.question import share
from rnnviz.ui.widgets import controls
from rnnviz.words import SkipGramSpec

if TYPE_CHECKING:
    import numpy as np

    from rnnviz.words.skip_gram import Corpus, Learned, Update

TEXTS: Final = {"Synthetic reviews": "synthetic", "Your text": "own"}
WHEN: Final = {"After training": True, "Before training": False}

MOST: Final = 5_000
"""The most characters of a text to learn from."""

NEAREST: Final = 6
LONGEST: Final = 20
"""Words of the sentence that the window moves over."""

_PAIR: Final = "sequences.pair"
_OWN, _SENTENCE, _WORD = "sequences.learned", "sequences.walked", "sequences.near"
_USUAL: Final = "The cat sees the dog. The dog sees the cat. A cat likes milk. A dog likes meat. The milk is white."
SENTENCE: Final = "The acting was good and the plot was never dull."
WORDS: Final = ("terrible", "acting", "liked", "film")
"""What is looked at first of the synthetic reviews."""


def show() -> str:
    """The settings, one update, the training and what it learned; the name of the part of the page's text."""
    text, spec = _settings()
    try:
        learned = word_figures.learned(text, spec)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return "vectors"
    st.header("1 · One update", anchor=False)
    _update(text, spec, learned.corpus)
    st.header("2 · All updates", anchor=False)
    word_figures.show("loss", text=text, spec=spec)
    when = controls.choice("When", WHEN, key="sequences.vectors_when")
    word_figures.show("vectors", text=text, spec=spec, is_trained=when)
    st.header("3 · What the vectors know", anchor=False)
    _neighbours(learned, learned.corpus.words[:4] if text else WORDS)
    if not text:
        _odd_one_out(learned)
        predictions.show(lambda: word_questions.ask_vectors(spec))
    return "vectors"


def _settings() -> tuple[str, SkipGramSpec]:
    """The text to learn from, empty for the synthetic reviews, and how."""
    chosen = controls.choice("Text", TEXTS, key="sequences.vectors_text")
    text = ""
    if chosen == "own":
        text = _typed(_OWN, "Your text", MOST, _USUAL, is_long=True)
    with frame.row():
        window = controls.number("Window", 1, 4, key="sequences.window", default=2)
        size = controls.number("Numbers of a vector", 2, 32, key="sequences.vector_size", default=32)
        if text:
            epochs = controls.number("Epochs", 1, 100, key="sequences.own_epochs", default=50)
        else:
            epochs = controls.number("Epochs", 1, 3, key="sequences.epochs", default=1)
        seed = controls.number("Seed", 0, 999, key="sequences.vector_seed", default=0)
    return text, SkipGramSpec(int(size), int(window), int(epochs), seed=int(seed))


def _typed(name: str, label: str, most: int, usual: str, *, is_long: bool = False) -> str:
    """A box, kept in the link; ``usual`` stands for nothing, too."""
    key = f"typed_{name}"
    st.session_state[key] = kept = entries.get(name, usual, most)

    def keep() -> None:
        entries.keep(name, st.session_state[key], usual, most)
        state.choose(_PAIR, "", "")

    if is_long:
        st.text_area(label, key=key, height=110, on_change=keep)
    else:
        st.text_input(label, key=key, on_change=keep, width=480)
    return kept if kept.strip() else usual


# --- One update ---


def _update(text: str, spec: SkipGramSpec, corpus: "Corpus") -> None:
    sentence = _typed(_SENTENCE, "A sentence under the window", 300, first_sentence(corpus) if text else SENTENCE)
    read = corpus.read(sentence)
    if not 2 <= len(read) <= LONGEST:
        frame.note(f"The sentence must have 2 to {LONGEST} words that have a vector; it has {len(read):,}.")
        return
    steps = word_figures.updates(text, spec, sentence)
    number = int(controls.number("Update", 0, len(steps) - 1, key=_PAIR, default=0))
    with frame.on_slide("update"):
        st.markdown(window_over(corpus, read, spec.window, number))
        st.table(pairs_of(corpus, steps[number]))
    word_figures.show("update", text=text, spec=spec, sentence=sentence, at=number)


def first_sentence(corpus: "Corpus") -> str:
    """The first sentence of a text that has two words, as far as the window moves over it."""
    sentence = next(one for one in corpus.sentences if len(one) > 1)
    return " ".join(corpus.words[k] for k in sentence[:LONGEST])


def window_over(corpus: "Corpus", read: "np.ndarray", window: int, number: int) -> str:
    """A sentence as Markdown: the centre word in square brackets, its context in bold, that of the pair in round."""
    from rnnviz.words.skip_gram import pairs_in

    centre, context = pairs_in(len(read), window)[number].tolist()
    shown = []
    for t, k in enumerate(read.tolist()):
        word = frame.plain(corpus.words[k])
        if t == centre:
            word = f"**\\[{word}\\]**"
        elif t == context:
            word = f"**({word})**"
        elif abs(t - centre) <= window:
            word = f"**{word}**"
        shown.append(word)
    return f"{' '.join(shown)}  \n\\[centre word\\], (word of the context); the window is in bold."


def pairs_of(corpus: "Corpus", step: "Update") -> pd.DataFrame:
    """The pair of an update and its negatives, a row each: products and probabilities before and after the step."""
    from rnnviz.sentiment.calibration import probabilities

    before, after = probabilities(step.dots), probabilities(step.dots_after)
    columns = {
        "target": [f"{target:.0f}" for target in step.targets],
        "v · u": [f"{dot:.4f}" for dot in step.dots],
        "σ(v · u)": [f"{p:.4f}" for p in before],
        "σ − target": [f"{p - target:+.4f}" for p, target in zip(before, step.targets, strict=True)],
        "v · u after": [f"{dot:.4f}" for dot in step.dots_after],
        "σ after": [f"{p:.4f}" for p in after],
    }
    centre = frame.plain(corpus.words[step.centre])
    names = [frame.plain(corpus.words[k]) for k in step.others]
    index = [f"{centre}, {names[0]}", *(f"{centre}, {name} (negative)" for name in names[1:])]
    return pd.DataFrame(columns, index=index).rename_axis("pair")


# --- What the vectors know ---


def _neighbours(learned: "Learned", words: Sequence[str]) -> None:
    """A box for a word, ``words`` beside it, and the words nearest to it."""
    with frame.row():
        word = _typed(_WORD, "A word", 60, words[0])
        for k, one in enumerate(words):
            shown = frame.plain(one[:24])
            st.button(shown, key=f"typed_{_WORD}.{k}", on_click=entries.keep, args=(_WORD, one[:60], words[0], 60))
    read = learned.corpus.read(word)
    if len(read) != 1:
        frame.note("Enter one word of the text that the vectors are learned from.")
        return
    st.table(nearest_of(learned, int(read[0])))


def nearest_of(learned: "Learned", word: int) -> pd.DataFrame:
    """The nearest words to a word after and before training: a row each, with the cosines."""
    from rnnviz.words.likeness import nearest

    rows = {}
    for label, is_trained in WHEN.items():
        vectors = (learned.after if is_trained else learned.before).v
        near = nearest(vectors, word, NEAREST)
        rows[label] = [f"{frame.plain(learned.corpus.words[k])} {cosine:.2f}" for k, cosine in near]
    columns = [str(place) for place in range(1, len(rows["After training"]) + 1)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("nearest words")


def _odd_one_out(learned: "Learned") -> None:
    from rnnviz.words.vector_questions import CHANCE, QUESTIONS

    st.markdown(
        f"**Odd one out.** Three of four words are of one class. The odd word is predicted to be the one with the "
        f"smallest mean cosine to the others. There are {QUESTIONS} questions of each kind, always the same. "
        f"Guessing gives {share(CHANCE)}."
    )
    st.table(hits_of(learned))
    _analogies(learned)


def _analogies(learned: "Learned") -> None:
    from rnnviz.words.vector_questions import QUESTIONS, analogies

    first = analogies(1)[0]
    st.markdown(
        f"**Analogies.** “{first.words[0]}” is to “{first.words[1]}” as “{first.words[2]}” is to which word? "
        "The prediction is the word nearest to the second vector minus the first plus the third. It is correct if it "
        f"is one of {', '.join(f'“{word}”' for word in first.answers)}. There are {QUESTIONS} such questions, always "
        "the same."
    )
    st.table(analogies_of(learned))


def analogies_of(learned: "Learned") -> pd.DataFrame:
    """How many analogies the vectors answer correctly, and how often with a word of the right part of speech."""
    from rnnviz.words.vector_questions import analogies, analogy_rate

    asked, verbs = analogies(), analogies(by_sentiment=False)
    rows = {
        "a negative verb": asked,
        "any verb": verbs,
    }
    found = {
        name: [share(analogy_rate(of.v, learned.corpus, ones)) for of in (learned.after, learned.before)]
        for name, ones in rows.items()
    }
    columns = ["predicted after training", "predicted before training"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns).rename_axis("the predicted word is")


def hits_of(learned: "Learned") -> pd.DataFrame:
    """How many of the questions the vectors answer correctly, by kind, after and before training."""
    from rnnviz.words.vector_questions import KINDS, hit_rate, questions

    rows = {}
    for kind in KINDS:
        asked = questions(kind)
        example = ", ".join(asked[0].words)
        rows[kind] = [
            example,
            *(share(hit_rate(of.v, learned.corpus, asked)) for of in (learned.after, learned.before)),
        ]
    columns = ["first question", "correct after training", "correct before training"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("the odd word differs by")
