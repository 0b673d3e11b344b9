"""Predictions about masked words and word vectors."""

from functools import partial
from typing import Final

import numpy as np

from rnnviz.ui.pages.sequences import word_figures
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded
from rnnviz.words import SkipGramSpec
from rnnviz.written import visible

CHANGES: Final = (0.5, 2.0)
"""Edges between the options for by what factor a probability changes."""

_CHANGED: Final = ("It falls to less than half", "It stays within a factor of 2", "It rises to more than twice")

UNREADABLE: Final = "zqxjv"
"""A word that is not in the vocabulary, so the network reads [UNK]."""

_NEAR: Final = ("terrible", "liked", "acting", "film", "great")
_AMONG: Final = ("boring", "hated", "music", "movie", "watched")


def ask_masked(sentence: str) -> Questions:
    """How the probability of a word changes if the network cannot read the word beside the blank either."""
    found = word_figures.guesses(sentence)
    known = found.ids != 0
    pairs = [(t, near) for t in np.flatnonzero(known).tolist() for near in (t - 1, t + 1)]
    offered = [(t, near) for t, near in pairs if 0 <= near < len(known) and known[near]]
    order = seeded("masked", sentence).permutation(len(offered)).tolist()
    return tuple(_beside(sentence, *offered[k]) for k in order[:4])


def _beside(sentence: str, t: int, near: int) -> Question:
    tokens = word_figures.guesses(sentence).tokens
    blank, beside = (f"“{visible(tokens[k])}” at t = {k} of {len(tokens) - 1}" for k in (t, near))
    text = (
        f"Suppose the blank is {blank}, and the network reads [UNK] for {beside}. How does the probability of "
        f"“{visible(tokens[t])}” from both halves change?"
    )
    return Question(("sequences", "masked", sentence, t, near), text, _CHANGED, partial(_without, sentence, t, near))


def _without(sentence: str, t: int, near: int) -> Answer:
    before = word_figures.guesses(sentence)
    tokens = [UNREADABLE if k == near else token for k, token in enumerate(before.tokens)]
    after = word_figures.guesses(" ".join(tokens))
    is_same = [*np.delete(after.ids, near)] == [*np.delete(before.ids, near)]
    old, new = (float(one.correct()[2, t]) for one in (before, after)) if is_same else (np.nan, np.nan)
    return Answer(
        between(new / old, CHANGES),
        f"With all other words the probability is {number(old)}; with [UNK] beside the blank it is {number(new)}.",
        "A word beside the blank often says most about it: it may belong to the same expression, or need a certain "
        "part of speech next to it. Where other words say as much, little changes.",
    )


def ask_vectors(spec: SkipGramSpec) -> Questions:
    """Which of a few words has the vector most like another's after a training on the synthetic reviews."""
    order = seeded("vectors", spec).permutation(len(_NEAR)).tolist()[:4]
    return tuple(_nearest(spec, _NEAR[k]) for k in order)


def _nearest(spec: SkipGramSpec, word: str) -> Question:
    text = f"After this training, which of these words has the vector most similar to that of “{word}”?"
    return Question(("sequences", "skip-gram", spec, word), text, _AMONG, partial(_near, spec, word))


def _near(spec: SkipGramSpec, word: str) -> Answer:
    from rnnviz.words.likeness import nearest

    learned = word_figures.learned("", spec)
    numbers = learned.corpus.numbers
    cosines = dict(nearest(learned.after.v, numbers[word], len(numbers)))
    found = [cosines[numbers[one]] for one in _AMONG]
    said = ", ".join(f"{one} {number(cosine)}" for one, cosine in zip(_AMONG, found, strict=True))
    return Answer(
        leader(found, span=1.0),
        f"The cosine similarities are {said}.",
        "Skip-gram trains each vector to predict the words of its context, so words with similar contexts get similar "
        "vectors.",
    )
