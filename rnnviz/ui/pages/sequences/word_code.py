"""The code behind the views "Word vectors" and "Masked word"."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from rnnviz.palette import Theme
from rnnviz.ui.codegen.source import literal, script, set_to
from rnnviz.words import SkipGramSpec

if TYPE_CHECKING:
    from rnnviz.ui.codegen.drawing import Drawing

WordName = Literal["guesses", "by_word", "update", "loss", "vectors"]

LIKELIEST: Final = 5
"""Guesses of each half that are shown."""


@dataclass(frozen=True)
class WordFigure:
    """The request for a figure of guesses or of word vectors: all that it depends on.

    Attributes:
        text: The sentence with the blank; or the text to learn from, empty for the synthetic reviews.
        at: The position of the blank, or the number of the update.
        sentence: The window moves over it.
        spec: Of the training.
        is_trained: Whether vectors are shown after it.
    """

    name: WordName
    theme: Theme
    text: str = ""
    at: int = 0
    sentence: str = ""
    spec: SkipGramSpec = field(default_factory=SkipGramSpec)
    is_trained: bool = True


def figure(asked: WordFigure, drawing: "Drawing") -> str:
    """The script of one of the figures."""
    compute = {"guesses": _guesses, "by_word": _by_word, "update": _update, "loss": _learned, "vectors": _vectors}
    return script(*compute[asked.name](asked), drawing.shown())


def _by_word(asked: WordFigure) -> list[str]:
    return ["model = words.load()", set_to("found", "model.guesses", asked.text)]


def _guesses(asked: WordFigure) -> list[str]:
    return [
        *_by_word(asked),
        f"t = {asked.at}  # the blank",
        f"guesses = [found.likeliest(half, t, {LIKELIEST}) for half in range(3)]",
        "# Of the word that stands there: its probability and its rank.",
        "print(found.correct()[:, t], found.ranks()[:, t])",
    ]


def _corpus(asked: WordFigure) -> list[str]:
    texts = f"[{literal(asked.text)}]" if asked.text else 'synthetic.reviews()["train"].texts'
    return [f"texts = {texts}", "corpus = Corpus.of(texts)", f"spec = {literal(asked.spec)}"]


def _learned(asked: WordFigure) -> list[str]:
    return [*_corpus(asked), "learned = learn(corpus, spec)"]


def _update(asked: WordFigure) -> list[str]:
    return [
        *_corpus(asked),
        set_to("sentence", "corpus.read", asked.sentence),
        "vectors = started(len(corpus.words), spec)",
        "steps = updates_of(corpus, sentence, vectors, spec)",
        f"step = steps[{asked.at}]",
        "print(step.dots, step.dots_after)",
        'names = [f"v {corpus.words[step.centre]}"]',
        'names += [f"u {corpus.words[k]}" for k in step.others]',
        "before = np.vstack([step.v, step.u])",
        "after = np.vstack([step.v_after, step.u_after])",
    ]


def _vectors(asked: WordFigure) -> list[str]:
    return [
        *_learned(asked),
        f"vectors = learned.{'after' if asked.is_trained else 'before'}.v",
        "names, classes = classed(corpus)",
        "places, shares = plane(vectors[[corpus.numbers[name] for name in names]])",
    ]
