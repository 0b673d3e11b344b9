"""Figures of the views "Word vectors" and "Masked word", and the computations that they share with the tables."""

from typing import TYPE_CHECKING, Any

from rnnviz.caching import cached
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.sequences import word_code as codegen
from rnnviz.ui.pages.sequences.word_code import LIKELIEST, WordFigure, WordName
from rnnviz.ui.shell import frame
from rnnviz.words import SkipGramSpec

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.words import MaskedModel
    from rnnviz.words.model import Guesses
    from rnnviz.words.skip_gram import Corpus, Learned, Update


def show(name: WordName, **depends: Any) -> None:
    """Show a figure; ``depends`` are more fields of ``WordFigure``."""
    asked = WordFigure(name, frame.theme(), **depends)
    figure = figure_of(asked)
    frame.show(
        figure, key=f"sequences.{name}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.figure(asked, drawing(asked)),
    )  # fmt: skip


@cached(32)
def figure_of(asked: WordFigure) -> "Figure":
    """The figure of a request, computed."""
    match asked.name:
        case "guesses":
            return _guesses(asked)
        case "by_word":
            found = guesses(asked.text)
            return drawing(asked).figure(found.tokens, found.correct(), theme=asked.theme)
        case "update":
            return _update(asked)
        case "loss":
            course = learned(asked.text, asked.spec)
            return drawing(asked).figure(course.updates, course.losses, theme=asked.theme)
    return _vectors(asked)


def drawing(asked: WordFigure) -> Drawing:
    """The call that draws a figure."""
    caption = [_said(asked)]
    match asked.name:
        case "guesses":
            correct = Raw("found.vocabulary[found.ids[t]]")
            return Drawing("word_guesses", Raw("guesses"), correct, caption=caption)
        case "by_word":
            numbers = Raw("found.tokens"), Raw("found.correct()")
            read = guesses(asked.text)
            unknown = [token for token, number in zip(read.tokens, read.ids.tolist(), strict=True) if not number]
            return Drawing("word_by_word", *numbers, selected=asked.at, caption=caption).marking(unknown)
        case "update":
            return Drawing("vector_update", Raw("names"), Raw("before"), Raw("after"), caption=caption)
        case "loss":
            return Drawing("skip_gram_curve", Raw("learned.updates"), Raw("learned.losses"), caption=caption)
    title = "Words with similar contexts have similar vectors"
    named = {"title": title if asked.is_trained else "Before training, the positions of words are random"}
    return Drawing(
        "class_map", Raw("names"), Raw("classes"), Raw("places"), **named, shares=Raw("shares"), caption=caption
    )


def _guesses(asked: WordFigure) -> "Figure":
    found = guesses(asked.text)
    rows = [found.likeliest(half, asked.at, LIKELIEST) for half in range(3)]
    return drawing(asked).figure(rows, found.vocabulary[found.ids[asked.at]], theme=asked.theme)


def _update(asked: WordFigure) -> "Figure":
    import numpy as np

    step = updates(asked.text, asked.spec, asked.sentence)[asked.at]
    words = corpus(asked.text).words
    names = [f"v {words[step.centre]}", *(f"u {words[k]}" for k in step.others)]
    before, after = np.vstack([step.v, step.u]), np.vstack([step.v_after, step.u_after])
    return drawing(asked).figure(names, before, after, theme=asked.theme)


def _vectors(asked: WordFigure) -> "Figure":
    from rnnviz.sentiment.neighbours import plane
    from rnnviz.words.vector_questions import classed

    found = learned(asked.text, asked.spec)
    vectors = (found.after if asked.is_trained else found.before).v
    names, classes = classed(found.corpus)
    places, shares = plane(vectors[[found.corpus.numbers[name] for name in names]])
    return drawing(asked).figure(names, classes, places, shares=shares, theme=asked.theme)


# --- What is computed ---


@cached(1)
def masked_model() -> "MaskedModel":
    """The network that guesses masked words."""
    from rnnviz import words

    return words.load()


@cached(8)
def guesses(sentence: str) -> "Guesses":
    """Its guesses for every word of a sentence; ValueError if it cannot read that."""
    return masked_model().guesses(sentence)


@cached(4)
def corpus(text: str) -> "Corpus":
    """A text to learn from, the synthetic reviews if it is empty; ValueError if there is too little of it."""
    from rnnviz.sentiment import synthetic
    from rnnviz.words import Corpus

    return Corpus.of([text] if text else synthetic.reviews()["train"].texts)


@cached(8, costly=lambda *_: True)
def learned(text: str, spec: SkipGramSpec) -> "Learned":
    """Word vectors trained on a text; ValueError if there is too little of it."""
    from rnnviz.words import learn

    return learn(corpus(text), spec)


@cached(8)
def updates(text: str, spec: SkipGramSpec, sentence: str) -> "list[Update]":
    """The updates of the window over a sentence, from the vectors before training."""
    from rnnviz.words.skip_gram import started, updates_of

    known = corpus(text)
    return updates_of(known, known.read(sentence), started(len(known.words), spec), spec)


# --- What is said ---


def _said(asked: WordFigure) -> str:
    """What the caption of a figure says first."""
    from rnnviz.words.skip_gram import BATCH

    spec = asked.spec
    match asked.name:
        case "guesses" | "by_word":
            network = masked_model().network.spec
            size = f"{network.words:,} words, embedding {network.embedding}, {network.hidden} units each direction"
            unknown = guesses(asked.text).probabilities[:, asked.at, 0]
            shares = ", ".join(f"{share:.0%}" for share in unknown)
            more = (
                f" Probability of a word outside the vocabulary: {shares} (forward half, backward half, both)."
                if asked.name == "guesses"
                else ""
            )
            return f"Bidirectional LSTM: {size}.{more}"
        case "update":
            return f"SGD with rate {spec.rate:g}, from the vectors before training, seed {spec.seed}."
    found = learned(asked.text, spec)
    of = "the text above" if asked.text else "2,000 synthetic reviews"
    size = f" Each update: {min(BATCH, found.pairs):,} pairs." if asked.name == "loss" else ""
    epochs = "1 epoch" if spec.epochs == 1 else f"{spec.epochs} epochs"
    return (
        f"Skip-gram on {of}: {len(found.corpus.words)} words, {found.pairs:,} pairs, window {spec.window}, "
        f"vectors of {spec.size} numbers, {spec.negatives} negatives, {epochs}, seed {spec.seed}.{size}"
    )
