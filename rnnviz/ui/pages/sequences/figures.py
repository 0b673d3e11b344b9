"""Figures of the page "Sequences": requested by what they depend on, drawn once for all who ask the same."""

from typing import TYPE_CHECKING, Any

from rnnviz.caching import cached
from rnnviz.text import folds
from rnnviz.ui.pages.sequences import code as codegen
from rnnviz.ui.pages.sequences.request import SequenceFigure, SequenceName
from rnnviz.ui.reviews.answers import label
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sequences.lessons import Lesson


def show(name: SequenceName, **depends: Any) -> None:
    """Show a figure; ``depends`` are more fields of ``SequenceFigure``."""
    asked = SequenceFigure(name, frame.theme(), **depends)
    figure = figure_of(asked)
    frame.show(
        figure, key=f"sequences.{name}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.figure(asked, said_of(asked)),
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


def reviewer(name: str, *, is_trained: bool = True) -> "SentimentModel":
    """A network that classifies reviews, or our BiLSTM before its training."""
    if is_trained:
        return networks.sentiment_model(name)
    from rnnviz.sequences.embeddings import reviewer_before

    return reviewer_before(name)


def _states(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures

    model = networks.sentiment_model(asked.network)
    traces = (model.trace(asked.first), model.trace(asked.second))
    first, second = (float(one) for one in model.predict([asked.first, asked.second]))
    return figures.state_pair(traces, (first, second), said=said_of(asked), theme=asked.theme)


def _counts(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures
    from rnnviz.sentiment import BAG
    from rnnviz.sequences.wordings import added, counted, shares

    bag = networks.sentiment_model(BAG)
    found = counted(bag.read(asked.first).tokens, bag.read(asked.second).tokens)
    order = sorted(range(len(found.words)), key=lambda k: found.words[k])
    words = [found.words[k] for k in order]
    total = added(bag, [word for word, count in zip(found.words, found.counts[0], strict=True) if count])
    return figures.counted_words(
        words, found.counts[:, order], shares(bag, words), total=total, said=said_of(asked), theme=asked.theme
    )


def _shuffled(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures
    from rnnviz.sentiment import BAG
    from rnnviz.sentiment.shuffling import shuffled

    model = networks.sentiment_model(asked.network)
    right, bag = (float(one.predict([asked.first])[0]) for one in (model, networks.sentiment_model(BAG)))
    return figures.shuffle_strip(shuffled(model, asked.first), right, bag, said=said_of(asked), theme=asked.theme)


def _one_hot(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures
    from rnnviz.sequences.embeddings import rows
    from rnnviz.sequences.lessons import LESSONS

    lesson = LESSONS["digit-word"]
    chosen = lesson.tokens.index(asked.first)
    matrix = rows(lesson.name, is_trained=asked.is_trained)
    return figures.one_hot_product(matrix, chosen, lesson.tokens, said=said_of(asked), theme=asked.theme)


def _classes(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures
    from rnnviz.sequences.embeddings import class_map

    found = class_map(is_trained=asked.is_trained)
    title = "Words of one part of speech lie together" if asked.is_trained else "Before training words lie anywhere"
    return figures.class_map(
        found.words,
        found.classes,
        found.places,
        title=title,
        shares=found.shares,
        said=said_of(asked),
        theme=asked.theme,
    )


def _words(asked: SequenceFigure) -> "Figure":
    from rnnviz import figures
    from rnnviz.sentiment.neighbours import embedding_map

    model = reviewer(asked.network, is_trained=asked.is_trained)
    words = asked.first.split()
    found = embedding_map(model, words)
    looks: dict[str, Any] = {"said": said_of(asked), "theme": asked.theme}
    if not asked.is_trained:
        looks["title"] = "Before training words lie anywhere"
    marked = set(folds(words))
    return figures.word_map(found.words, found.places, found.judged, shares=found.shares, marked=marked, **looks)


# --- What is said ---


def said_of(asked: SequenceFigure) -> tuple[str, ...]:
    """What the caption of a figure says first."""
    when = "after its training" if asked.is_trained else "before its training"
    match asked.name:
        case "states":
            trace = networks.sentiment_model(asked.network).trace(asked.first)
            way = ", the direction that reads forwards" if trace.sizes["direction"] > 1 else ""
            return (f"{label(asked.network)}: {trace.sizes['unit']} units{way}.",)
        case "counts":
            from rnnviz.sentiment import BAG

            known = len(networks.sentiment_model(BAG).vocabulary.tokens) - 1
            return (f"The shipped bag of words knows {known:,} words, and counts each once a text.",)
        case "shuffled":
            return (f"{label(asked.network)}, on the first text.",)
        case "one_hot":
            seed = _lesson("digit-word").model.seed
            return (f"Of the network that says the word of a digit, {when}, seed {seed}.",)
        case "classes":
            return (_classes_said(is_trained=asked.is_trained),)
    return (f"{label(asked.network)}, {when}.",)


def _classes_said(*, is_trained: bool) -> str:
    from rnnviz.sequences.embeddings import SPREAD
    from rnnviz.sequences.grammar import WORDS

    lesson = _lesson("word-classes")
    made = f"{lesson.updates:,} updates" if is_trained else f"drawn from N(0, {SPREAD:g}²)"
    sizes = f"{len(WORDS)} words of our made-up grammar, embedding of {lesson.model.input_size} numbers"
    return f"{sizes}, seed {lesson.model.seed}, {made}."


def _lesson(name: str) -> "Lesson":
    from rnnviz.sequences.lessons import LESSONS

    return LESSONS[name]
