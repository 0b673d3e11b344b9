"""Predictions about masked words and word vectors."""

from functools import partial
from typing import Final

import numpy as np

from rnnviz.ui.pages.sequences import word_figures
from rnnviz.ui.shell.question import Answer, Question, Questions, leader, number, seeded
from rnnviz.words import SkipGramSpec
from rnnviz.written import visible

_SIDES: Final = ("The forward half", "The backward half")
_WHY: Final = (
    "The forward half knows only the words before the blank, the backward half only those after it. The word is easier "
    "to predict from the side that has more information about it, for example the rest of a fixed expression."
)

_NEAR: Final = ("terrible", "liked", "acting", "film", "great")
_AMONG: Final = ("boring", "hated", "music", "movie", "watched")


def ask_masked(sentence: str) -> Questions:
    """Which half of the network gives a word of the sentence the higher probability; the network can read it."""
    found = word_figures.guesses(sentence)
    known = np.flatnonzero(found.ids != 0)
    order = seeded("masked", sentence).permutation(known).tolist()[:4]
    last = len(found.tokens) - 1
    return tuple(_side(sentence, t, f"“{visible(found.tokens[t])}” at t = {t} of {last}") for t in order)


def _side(sentence: str, t: int, which: str) -> Question:
    text = f"Suppose the blank is {which}. Which half gives this word the higher probability?"
    return Question(("sequences", "masked", sentence, t), text, _SIDES, partial(_higher, sentence, t))


def _higher(sentence: str, t: int) -> Answer:
    forward, backward, both = word_figures.guesses(sentence).correct()[:, t].tolist()
    said = f"Forward half: {number(forward)}; backward half: {number(backward)}; both: {number(both)}."
    return Answer(leader([forward, backward]), said, _WHY)


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
