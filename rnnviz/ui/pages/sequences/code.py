"""The code behind the page of sequences."""

from typing import TYPE_CHECKING

from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.reviews.code import in_other_orders, loaded, read

if TYPE_CHECKING:
    from rnnviz.ui.pages.sequences.request import SequenceFigure


def unrolled(problem: str, text: str) -> str:
    """The script of a small network unrolled: its states and its output, as a table.

    Args:
        problem: One of ``rnnviz.sequences.PROBLEMS``.
    """
    return script(
        set_to("found", "sequences.unroll", problem, text),
        "p = found.probabilities.max(axis=1)  # of what is likeliest at each step",
        'columns = {"read": found.read, "said": found.said, "p": p}',
        "print(pd.DataFrame(columns).to_string())",
        "print(found.h)  # (time, unit)",
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
        "print(x.shape, embedding(x).shape, output.shape, h_n.shape)",
    )


def figure(asked: "SequenceFigure", said: tuple[str, ...]) -> str:
    """The script of one of the figures; ``said`` is what its caption says first."""
    told: dict[str, object] = {"said": list(said)}
    draw = {
        "states": _states, "counts": _counts, "shuffled": _shuffled, "one_hot": _one_hot, "classes": _classes,
        "words": _words,
    }  # fmt: skip
    return script(*draw[asked.name](asked, told), "fig.show()")


def _states(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    return [
        loaded(asked.network),
        set_to("texts", "", asked.first, asked.second),
        "traces = tuple(model.trace(text) for text in texts)",
        "first, second = model.predict(texts).tolist()",
        set_to("fig", "figures.state_pair", Raw("traces"), (Raw("first"), Raw("second")), **told),
    ]


def _counts(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    return [
        "bag = sentiment.load(sentiment.BAG)",
        set_to("texts", "", asked.first, asked.second),
        "found = counted(*(bag.read(text).tokens for text in texts))",
        "order = np.argsort(found.words)",
        "words = [found.words[k] for k in order]",
        "first = [word for word, count in zip(found.words, found.counts[0]) if count]",
        "total = added(bag, first)",
        set_to(
            "fig", "figures.counted_words", Raw("words"), Raw("found.counts[:, order]"), Raw("shares(bag, words)"),
            total=Raw("total"), **told,
        ),
    ]  # fmt: skip


def _shuffled(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    return [loaded(asked.network), read(asked.first), *in_other_orders(told)]


def _trained(asked: "SequenceFigure") -> str:
    return "" if asked.is_trained else ", is_trained=False"


def _one_hot(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    return [
        'tokens = LESSONS["digit-word"].tokens',
        f'matrix = rows("digit-word"{_trained(asked)})  # (token, feature)',
        f"chosen = tokens.index({literal(asked.first)})",
        "print(np.eye(len(tokens))[chosen] @ matrix)  # a one-hot vector picks its row",
        set_to("fig", "figures.one_hot_product", Raw("matrix"), Raw("chosen"), Raw("tokens"), **told),
    ]


def _classes(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    title = "Words of one part of speech lie together" if asked.is_trained else "Before training words lie anywhere"
    return [
        f"found = class_map({_trained(asked).removeprefix(', ')})",
        set_to(
            "fig", "figures.class_map", Raw("found.words"), Raw("found.classes"), Raw("found.places"), title=title,
            shares=Raw("found.shares"), **told,
        ),
    ]  # fmt: skip


def _words(asked: "SequenceFigure", told: dict[str, object]) -> list[str]:
    titled = {} if asked.is_trained else {"title": "Before training words lie anywhere"}
    model = loaded(asked.network) if asked.is_trained else f"model = reviewer_before({literal(asked.network)})"
    return [
        model,
        f"words = {literal(asked.first)}.split()",
        "found = embedding_map(model, words)",
        set_to(
            "fig", "figures.word_map", Raw("found.words"), Raw("found.places"), Raw("found.judged"),
            shares=Raw("found.shares"), marked=Raw("set(folds(words))"), **titled, **told,
        ),
    ]  # fmt: skip
