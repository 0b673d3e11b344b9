"""The code behind the page of sequences."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rnnviz.palette import Theme
from rnnviz.sequences import LABELS, PROBLEMS
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.reviews.answers import OURS
from rnnviz.ui.reviews.code import IN_OTHER_ORDERS, loaded, read

if TYPE_CHECKING:
    from rnnviz.ui.codegen.drawing import Drawing

SequenceName = Literal["states", "counts", "shuffled", "one_hot", "classes", "words"]


@dataclass(frozen=True)
class SequenceFigure:
    """The request for a figure of texts, their words or an embedding: all that it depends on.

    Attributes:
        network: As ``rnnviz.sentiment.load`` knows it, if the figure is of one.
        first, second: Texts, or a word.
        is_trained: For an embedding.
    """

    name: SequenceName
    theme: Theme
    network: str = OURS
    first: str = ""
    second: str = ""
    is_trained: bool = True


def title_of(problem: str) -> str:
    """The kind of a problem, and the problem."""
    here = PROBLEMS[problem]
    return f"{LABELS[here.kind]}: {here.title}"


def unrolled(problem: str, text: str, t: int | None = None) -> str:
    """The script of a small network unrolled: its output as a table, and the drawing.

    Args:
        problem: One of ``rnnviz.sequences.PROBLEMS``.
        t: The selected step; None for the last.
    """
    at: dict[str, object] = {} if t is None else {"t": t}
    return script(
        set_to("found", "sequences.unroll", problem, text),
        "p = found.probabilities.max(axis=1)  # of the most likely symbol at each step",
        'columns = {"input": found.inputs, "output": found.outputs, "p": p}',
        "print(pd.DataFrame(columns).to_string())\n",
        set_to("drawn", "pictures.unrolled", Raw("found"), title=title_of(problem), **at),
        "rnnviz.show(drawn).show()",
    )


def numbers(text: str, vocabulary: str, size: int) -> str:
    """The script of sentences as tokens, numbers and a padded array.

    Args:
        text: A sentence a line.
        vocabulary: ``own``, or whose, as ``rnnviz.sentiment.load`` knows it.
        size: Words of their own vocabulary.
    """
    known = f"own_vocabulary(sentences, {size})"
    if vocabulary != "own":
        known = f"sentiment.load({literal(vocabulary)}).vocabulary"
    return script(
        f"text = {literal(text)}",
        "sentences = sentences_of(text)",
        f"vocabulary = {known}",
        "batch = batch_of(sentences, vocabulary)",
        "for tokens in batch.tokens:",
        "    print(tokens)",
        "print(batch.ids, batch.lengths)  # padded on the right with 0",
        "print(batch.mask)\n",
        "x = torch.from_numpy(batch.ids)  # (batch, time)",
        "embedding = nn.Embedding(len(vocabulary.tokens), 64)",
        "output, (h_n, c_n) = nn.LSTM(64, 64, batch_first=True)(embedding(x))",
        "print(x.shape, embedding(x).shape, output.shape, h_n.shape)\n",
        "rnnviz.show(pictures.text_numbers(batch)).show()",
    )


def figure(asked: SequenceFigure, drawing: "Drawing") -> str:
    """The script of one of the figures."""
    compute = {
        "states": _states, "counts": _counts, "shuffled": _shuffled, "one_hot": _one_hot, "classes": _classes,
        "words": _words,
    }  # fmt: skip
    return script(*compute[asked.name](asked), drawing.shown())


def _states(asked: SequenceFigure) -> list[str]:
    return [
        loaded(asked.network),
        set_to("texts", "", asked.first, asked.second),
        "traces = tuple(model.trace(text) for text in texts)",
        "first, second = model.predict(texts).tolist()",
    ]


def _counts(asked: SequenceFigure) -> list[str]:
    return [
        "bag = sentiment.load(sentiment.BAG)",
        set_to("texts", "", asked.first, asked.second),
        "found = bags_of(*(bag.read(text).tokens for text in texts))",
        "order = np.argsort(found.words)",
        "words = [found.words[k] for k in order]",
        "first = [word for word, is_in in zip(found.words, found.present[0]) if is_in]",
        "total = added(bag, first)",
    ]


def _shuffled(asked: SequenceFigure) -> list[str]:
    return [loaded(asked.network), read(asked.first), *IN_OTHER_ORDERS]


def _one_hot(asked: SequenceFigure) -> list[str]:
    return [
        'tokens = LESSONS["digit-word"].tokens',
        f'matrix = rows("digit-word"{"" if asked.is_trained else ", is_trained=False"})  # (token, feature)',
        f"chosen = tokens.index({literal(asked.first)})",
        "print(np.eye(len(tokens))[chosen] @ matrix)  # a one-hot vector picks its row",
    ]


def _classes(asked: SequenceFigure) -> list[str]:
    return [f"found = class_map({'' if asked.is_trained else 'is_trained=False'})"]


def _words(asked: SequenceFigure) -> list[str]:
    model = loaded(asked.network) if asked.is_trained else f"model = reviewer_before({literal(asked.network)})"
    return [model, f"words = {literal(asked.first)}.split()", "found = embedding_map(model, words)"]
