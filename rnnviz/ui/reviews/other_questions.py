"""Predictions on the page "Sequences" about texts: their order, their numbers, and the places of words."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.sentiment import BAG
from rnnviz.ui.reviews.answers import NETWORKS, OURS, label
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded, share, shuffled
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.sequences.batching import Batch

MOVES: Final = (-0.1, 0.1)
"""Edges between the options for how a prediction moves."""

MOVED: Final = ("It falls by more than 0.1", "It stays within 0.1", "It rises by more than 0.1")

TURNS: Final = (0.05,)
"""The edge between the options for how far a prediction moves, up or down, if the words are in another order."""

TURNED: Final = ("By less than 0.05", "By more than 0.05")

_MORE: Final = 3
"""How many words longer the additional sentence is than the longest."""

NEAR: Final = (
    "terrible", "great", "film", "boring", "music", "bad", "wonderful", "actor", "plot", "poor", "best", "worst",
    "love",
)  # fmt: skip


def ask_order(texts: tuple[str, str]) -> Questions:
    """How the prediction changes when a text is read from its end."""
    names = [*NETWORKS.values(), BAG]
    named = ("the first text", "the second text")
    found = [backwards(name, text, which) for text, which in zip(texts, named, strict=True) for name in names]
    return tuple(one for one in found if one) or ""


def is_turned(numbers: Sequence[int]) -> bool:
    """Whether a text's numbers, one a word, are others when it is read from its end; not of one word."""
    return list(numbers) != list(numbers)[::-1]


def ask_numbers(batch: "Batch", network: str) -> Questions:
    """Shapes and padding with one more sentence.

    Args:
        network: As ``rnnviz.sentiment.load`` knows it; empty for one with torch's fresh weights.
    """
    return _shape(batch, network), _padding(batch)


def ask_embeddings(shown: str) -> Questions:
    """Which of a few words lies nearest another after training; ``shown`` is the word whose neighbours are on show."""
    order = seeded("embeddings", shown).permutation(len(NEAR)).tolist()
    words = [NEAR[k] for k in order if NEAR[k] != shown.lower()]
    return tuple(nearest(OURS, words[k], tuple(sorted(words[k + 1 : k + 5]))) for k in range(4))


# --- Order ---


def backwards(name: str, text: str, which: str) -> Question | None:
    """How the prediction changes when a text is read from its end.

    It is None of a text without a known word, and of one that is the same from either end.

    Args:
        name: As ``rnnviz.sentiment.load`` knows it.
        which: The text's name in the question.
    """
    ids = networks.sentiment_model(name).read(text).ids
    if not any(ids) or not is_turned(ids):
        return None
    who = "The bag of words" if name == BAG else label(name)
    asked = f"{who} reads {which} from its last word to its first. By how much does P(positive) change, up or down?"
    return Question(("sequences", "backwards", name, text), asked, TURNED, partial(_turned, name, text))


def _turned(name: str, text: str) -> Answer:
    model = networks.sentiment_model(name)
    tokens = model.read(text).tokens
    before, after = model.predict([" ".join(tokens), " ".join(tokens[::-1])]).tolist()
    why = (
        "A bag of words has no order, so it predicts the same for every order of the same words."
        if name == BAG
        else "The words are the same, so only the states change: each word meets another state."
    )
    return Answer(
        between(abs(after - before), TURNS),
        f"P(positive) goes from {probability(before)} to {probability(after)}.",
        why,
    )


# --- Text to numbers ---


def _one_more(batch: "Batch") -> tuple[np.ndarray, np.ndarray]:
    """Numbers and lengths with one more sentence of unknown words, the longest of all."""
    rows, time = batch.ids.shape
    ids = np.zeros((rows + 1, time + _MORE), batch.ids.dtype)
    ids[:rows, :time] = batch.ids
    return ids, np.append(batch.lengths, time + _MORE)


def _shape(batch: "Batch", network: str) -> Question:
    rows, time = (size + 1 if axis == 0 else size + _MORE for axis, size in enumerate(batch.ids.shape))
    width = _width(network)
    shapes = ((rows, time, width), (time, rows, width), (rows, width), (rows - 1, time, width))
    options = shuffled(dict.fromkeys(map(str, shapes)), "shape", batch.ids.tolist())
    text = (
        f"Suppose the batch had one more sentence, of {time} tokens. What would the shape of output be, with "
        "batch_first=True?"
    )
    return Question(
        ("sequences", "shape", network, batch.ids.tolist()), text, options, partial(_shaped, batch, network, options)
    )


def _width(network: str) -> int:
    """Numbers a step of the network's recurrent layer."""
    from rnnviz.sequences.batching import UNTRAINED

    if not network:
        return UNTRAINED
    spec = networks.sentiment_model(network).network.rnn  # type: ignore[union-attr]
    return int(spec.hidden_size) * (2 if spec.bidirectional else 1)


def _shaped(batch: "Batch", network: str, options: tuple[str, ...]) -> Answer:
    from rnnviz.sequences.batching import shapes_in, shapes_untrained

    ids, lengths = _one_more(batch)
    rows = (
        shapes_in(networks.sentiment_model(network), ids, lengths)
        if network
        else shapes_untrained(len(batch.vocabulary.tokens), ids)
    )
    shape = next(shape for name, shape, _ in rows if name == "output")
    return Answer(
        (options.index(shape),),
        f"torch gives {shape}.",
        "There is one row for each sentence, as many steps as the longest has, and at each step all units of all "
        "directions. The network processes padding like words unless it is masked.",
    )


def _padding(batch: "Batch") -> Question:
    rows, time = batch.ids.shape
    now = rows * time - int(batch.lengths.sum())
    wrong = [now + _MORE * k for k in range(rows + 4) if k != rows]
    chosen = seeded("padding", batch.ids.tolist()).permutation(len(wrong))[:3].tolist()
    numbers = sorted([now + _MORE * rows, *(wrong[k] for k in chosen)])
    text = (
        f"Suppose the batch had one more sentence, of {time + _MORE} tokens. How many entries of the array would be "
        "padding?"
    )
    options = tuple(map(str, numbers))
    return Question(("sequences", "padding", batch.ids.tolist()), text, options, partial(_padded, batch, options))


def _padded(batch: "Batch", options: tuple[str, ...]) -> Answer:
    ids, lengths = _one_more(batch)
    padding = int(ids.size - lengths.sum())
    return Answer(
        (options.index(str(padding)),),
        f"{padding} of {ids.size}, {share(padding / ids.size)}.",
        "Every row gets as long as the longest one, so one long sentence pads all the others. It is best to batch "
        "sentences of similar length.",
    )


# --- Embeddings ---


def nearest(network: str, word: str, among: tuple[str, ...]) -> Question:
    """Which of a few words has the embedding most similar to that of another; the network knows all of them."""
    who = "" if network == OURS else f" of the {label(network)}"
    text = f"After training on reviews, which of these words has the embedding{who} most similar to that of “{word}”?"
    return Question(("nearest", network, word), text, among, partial(_near, network, word, among))


def _near(network: str, word: str, among: tuple[str, ...]) -> Answer:
    from rnnviz.sentiment.neighbours import neighbours

    model = networks.sentiment_model(network)
    cosines = dict(neighbours(model, word, count=len(model.vocabulary.tokens)))
    found = [cosines[one] for one in among]
    said = ", ".join(f"{one} {number(cosine)}" for one, cosine in zip(among, found, strict=True))
    return Answer(
        leader(found, span=1.0),
        f"The cosine similarities are {said}.",
        "The network learned to predict the sentiment, so words that are evidence for the same label get similar "
        "embeddings, whatever they mean.",
    )
