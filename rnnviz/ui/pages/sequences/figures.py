"""Figures of the page "Sequences": requested by what they depend on, drawn once for all who ask the same."""

from typing import TYPE_CHECKING, Any

from rnnviz.caching import cached
from rnnviz.sentiment.reading import LONGEST
from rnnviz.text import folds
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.sequences import code as codegen
from rnnviz.ui.pages.sequences.code import SequenceFigure, SequenceName
from rnnviz.ui.reviews import code as reviews
from rnnviz.ui.reviews import figures as review_figures
from rnnviz.ui.reviews.answers import label
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sequences.lessons import Lesson


def show(name: SequenceName, *, fills: bool = True, **depends: Any) -> None:
    """Show a figure; ``fills`` is that of ``frame.show``, ``depends`` are more fields of ``SequenceFigure``."""
    asked = SequenceFigure(name, frame.theme(), **depends)
    figure = figure_of(asked)
    frame.show(
        figure, key=f"sequences.{name}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.figure(asked, drawing(asked)), fills=fills,
    )  # fmt: skip


@cached(32)
def figure_of(asked: SequenceFigure) -> "Figure":
    """The figure of a request, computed."""
    match asked.name:
        case "states":
            return _states(asked)
        case "counts":
            return _counts(asked)
        case "shuffled":
            return _shuffled(asked)
        case "one_hot":
            return _one_hot(asked)
        case "classes":
            return _classes(asked)
    return _words(asked)


def drawing(asked: SequenceFigure) -> Drawing:
    """The call that draws a figure."""
    caption, titled = [_said(asked)], dict[str, object]()
    if not asked.is_trained:
        titled = {"title": "Before training, the positions of words are random"}
    match asked.name:
        case "states":
            drawn = Drawing("state_pair", Raw("traces"), Raw("(first, second)"), caption=caption)
            return drawn.marking(_unknown(asked, asked.network))
        case "counts":
            from rnnviz.sentiment import BAG

            numbers = Raw("words"), Raw("found.present[:, order]"), Raw("shares(bag, words)")
            drawn = Drawing("bags_of_words", *numbers, total=Raw("total"), caption=caption)
            return drawn.marking(folds(_unknown(asked, BAG)))
        case "shuffled":
            return reviews.shuffle_strip(caption)
        case "one_hot":
            return Drawing("one_hot_product", Raw("matrix"), Raw("chosen"), Raw("tokens"), caption=caption)
        case "classes":
            titled = titled or {"title": "Words of the same part of speech have similar embeddings"}
            found = Raw("found.words"), Raw("found.classes"), Raw("found.places")
            return Drawing("class_map", *found, **titled, shares=Raw("found.shares"), caption=caption)
    return reviews.word_map("words", **titled, caption=caption)


def _unknown(asked: SequenceFigure, network: str) -> list[str]:
    """The words of both texts that a network does not know."""
    return [word for text in (asked.first, asked.second) for word in review_figures.unknown_in(network, text, LONGEST)]


def reviewer(name: str, *, is_trained: bool = True) -> "SentimentModel":
    """A network that classifies reviews, or the BiLSTM with attention before its training."""
    if is_trained:
        return networks.sentiment_model(name)
    from rnnviz.sequences.embeddings import reviewer_before

    return reviewer_before(name)


def _states(asked: SequenceFigure) -> "Figure":
    model = networks.sentiment_model(asked.network)
    traces = (model.trace(asked.first), model.trace(asked.second))
    first, second = (float(one) for one in model.predict([asked.first, asked.second]))
    return drawing(asked).figure(traces, (first, second), theme=asked.theme)


def _counts(asked: SequenceFigure) -> "Figure":
    from rnnviz.sentiment import BAG
    from rnnviz.sequences.wordings import added, bags_of, shares

    bag = networks.sentiment_model(BAG)
    found = bags_of(bag.read(asked.first).tokens, bag.read(asked.second).tokens)
    order = sorted(range(len(found.words)), key=lambda k: found.words[k])
    words = [found.words[k] for k in order]
    total = added(bag, [word for word, is_present in zip(found.words, found.present[0], strict=True) if is_present])
    numbers = words, found.present[:, order], shares(bag, words)
    return drawing(asked).figure(*numbers, total=total, theme=asked.theme)


def _shuffled(asked: SequenceFigure) -> "Figure":
    model = networks.sentiment_model(asked.network)
    return review_figures.shuffle_strip(drawing(asked), model, asked.first, asked.theme)


def _one_hot(asked: SequenceFigure) -> "Figure":
    from rnnviz.sequences.embeddings import rows
    from rnnviz.sequences.lessons import LESSONS

    lesson = LESSONS["digit-word"]
    chosen = lesson.tokens.index(asked.first)
    matrix = rows(lesson.name, is_trained=asked.is_trained)
    return drawing(asked).figure(matrix, chosen, lesson.tokens, theme=asked.theme)


def _classes(asked: SequenceFigure) -> "Figure":
    from rnnviz.sequences.embeddings import class_map

    found = class_map(is_trained=asked.is_trained)
    return drawing(asked).figure(found.words, found.classes, found.places, shares=found.shares, theme=asked.theme)


def _words(asked: SequenceFigure) -> "Figure":
    model = reviewer(asked.network, is_trained=asked.is_trained)
    return review_figures.word_map(drawing(asked), model, asked.first.split(), asked.theme)


# --- What is said ---


def _said(asked: SequenceFigure) -> str:
    """What the caption of a figure says first."""
    when = "after its training" if asked.is_trained else "before its training"
    match asked.name:
        case "states":
            trace = networks.sentiment_model(asked.network).trace(asked.first)
            way = ", the forward direction" if trace.sizes["direction"] > 1 else ""
            return f"{label(asked.network)}: {trace.sizes['unit']} units{way}."
        case "counts":
            from rnnviz.sentiment import BAG

            known = len(networks.sentiment_model(BAG).vocabulary.tokens) - 1
            return f"Vocabulary: {known:,} words. 1: in the text, once or more."
        case "shuffled":
            return f"{label(asked.network)}, on the first text."
        case "one_hot":
            seed = _lesson("digit-word").model.seed
            return f"The embedding of the network “a digit to its word”, {when}, seed {seed}."
        case "classes":
            return _classes_said(is_trained=asked.is_trained)
    return f"{label(asked.network)}, {when}."


def _classes_said(*, is_trained: bool) -> str:
    from rnnviz.sequences.embeddings import SPREAD
    from rnnviz.sequences.grammar import WORDS

    lesson = _lesson("word-classes")
    made = f"{lesson.updates:,} updates" if is_trained else f"drawn from N(0, {SPREAD:g}²)"
    sizes = f"{len(WORDS)} words of a made-up grammar, embedding of {lesson.model.input_size} numbers"
    return f"{sizes}, seed {lesson.model.seed}, {made}."


def _lesson(name: str) -> "Lesson":
    from rnnviz.sequences.lessons import LESSONS

    return LESSONS[name]
