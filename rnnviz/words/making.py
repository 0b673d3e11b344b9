"""From reviews to the masked-word network that ships: trained, rounded, and measured beside counting."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.checkpoints.storing import RefusedError, write
from rnnviz.sentiment.reading import random_of, vocabulary_of
from rnnviz.sentiment.reviews import Part, Reviews
from rnnviz.train.loop import Event
from rnnviz.words import counts
from rnnviz.words.fitting import fit, read_by
from rnnviz.words.model import MaskedModel, load, save
from rnnviz.words.network import MaskedNetwork
from rnnviz.words.recipes import HALVES, NAME, MaskedRecipe
from rnnviz.words.sentences import Sentences, sentences_of

UNFINISHED: Final = f"{NAME}.unfinished"
"""The file that an interrupted training leaves beside those it was to make."""

EVERY: Final = 50
"""Of the test reviews, one in so many is measured on."""

PLACES: Final = 2_000
"""Positions at which the trigrams are asked from both sides, which takes them 30 ms each."""

LIKELIEST: Final = 5

DATA: Final = (
    "Large Movie Review Dataset v1.0; Maas, Daly, Pham, Huang, Ng, Potts (2011), Learning Word Vectors for Sentiment "
    "Analysis, ACL-HLT, pages 142 to 150. Trained on the training part without its validation reviews, and on the "
    "unlabelled part. Measured on every 50th test review; no film of theirs is in what was trained on, but for one "
    "title."
)


def make(
    recipe: MaskedRecipe, data: Mapping[Part, Reviews], folder: Path, tell: Callable[[Event[None]], object]
) -> MaskedModel:
    """Train the network, or go on with it, and write its files; what was written comes back, with its card.

    Raises ValueError if an unfinished training in the folder is another one.
    """
    texts = data["train"].texts + data["unlabelled"].texts
    vocabulary = vocabulary_of(texts, recipe.network.words, has_marks=True)
    train, held_out = sentences_of(texts, vocabulary), sentences_of(data["test"].texts[::EVERY], vocabulary)
    unfinished = folder / UNFINISHED
    begun = unfinished.read_bytes() if unfinished.is_file() else b""
    try:
        fitted = fit(recipe, vocabulary, train, tell, begun=begun, keep=lambda content: write(unfinished, content))
    except RefusedError as error:
        raise ValueError(f"{error}: delete {unfinished} to begin anew") from error
    save(MaskedModel(fitted.network, vocabulary, {}), folder)
    network = load(folder).network
    card = {
        "name": NAME,
        "data": DATA,
        "recipe": asdict(recipe),
        "torch": torch.__version__,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "seconds": round(fitted.seconds, 1),
        "tokens": {"read": fitted.tokens, "all": train.tokens},
        "curve": fitted.curve,
        "held_out": measure(network, held_out),
        "counts": measure_counts(network, train.by_length.values(), held_out),
        "counts_of_read": measure_counts(network, read_by(recipe, train), held_out),
    }
    model = MaskedModel(network, vocabulary, card)
    save(model, folder)
    unfinished.unlink(missing_ok=True)
    return model


def measure(network: MaskedNetwork, sentences: Sentences) -> dict[str, Any]:
    """How well a network guesses each token of sentences.

    Returns:
        ``tokens``; ``unknown``, the share of tokens that are ``[UNK]``, which counts as one more word; and by each of
        ``HALVES``: ``perplexity``; ``known``, that of the tokens which are words; ``first`` and ``likeliest``, how
        often the token is the most likely one, or among the ``LIKELIEST`` most likely.
    """
    found = {half: np.zeros(4) for half in HALVES}
    for rows in sentences.by_length.values():
        for begin in range(0, len(rows), 64):
            ids = torch.from_numpy(rows[begin : begin + 64].astype(np.int64))
            with torch.inference_mode():
                for half, query in zip(HALVES, network.queries(ids), strict=True):
                    found[half] += _sums(network, query, ids)
    unknown = sum(int((rows == 0).sum()) for rows in sentences.by_length.values())
    counted = np.array([sentences.tokens, sentences.tokens - unknown, sentences.tokens, sentences.tokens])
    return {
        "tokens": sentences.tokens,
        "unknown": _rounded(unknown / sentences.tokens),
        **{half: _of(*(sums / np.maximum(counted, 1))) for half, sums in found.items()},
    }


def _sums(network: MaskedNetwork, query: torch.Tensor, ids: torch.Tensor) -> np.ndarray:
    """Of the tokens of sentences: the sum of the losses, that of words alone, how many are guessed first, or nearly."""
    logits = network.logits(query)
    own = logits.gather(-1, ids[..., None])
    ranks = (logits > own).sum(-1)
    losses = logits.logsumexp(-1) - own[..., 0]
    of_words = losses.double()[ids != 0].sum()
    return np.array([losses.double().sum(), of_words, (ranks == 0).sum(), (ranks < LIKELIEST).sum()], np.float64)


def _of(loss: float, known: float, first: float, likeliest: float) -> dict[str, float]:
    perplexities = {"perplexity": _rounded(np.exp(loss)), "known": _rounded(np.exp(known))}
    return perplexities | {"first": _rounded(first), "likeliest": _rounded(likeliest)}


def measure_counts(network: MaskedNetwork, rows: Iterable[np.ndarray], held_out: Sentences) -> dict[str, Any]:
    """What trigrams come to, as perplexities; ``rows`` are the sentences that they are counted in.

    Returns:
        ``before``, by the two words before, of all held-out tokens; ``sides``, by two words before and two after, of
        ``places`` held-out tokens that are drawn; ``both``, the network's own on these.
    """
    model = counts.count(rows, network.spec.words)
    places = drawn(held_out, PLACES)
    sides, before = counts.log_posteriors(model, places), counts.log_probabilities(model, held_out)
    return {
        "before": _perplexity(before),
        "places": len(places),
        "sides": _perplexity(sides),
        "both": _perplexity(np.array([_log_both(network, *place) for place in places])),
    }


def drawn(sentences: Sentences, places: int) -> list[tuple[np.ndarray, int]]:
    """Sentences, each with a position in it, drawn from all of their tokens, always the same."""
    rows = [row for part in sentences.by_length.values() for row in part]
    ends = np.cumsum([len(row) for row in rows])
    chosen = random_of(0).choice(ends[-1], min(places, int(ends[-1])), replace=False)
    at = np.searchsorted(ends, chosen, side="right")
    return [(rows[k], int(token - ends[k] + len(rows[k]))) for k, token in zip(at, chosen, strict=True)]


def _log_both(network: MaskedNetwork, sentence: np.ndarray, t: int) -> float:
    with torch.inference_mode():
        query = network.queries(torch.from_numpy(sentence.astype(np.int64))[None])[-1, 0, t]
        return float(network.logits(query).log_softmax(-1)[int(sentence[t])])


def _perplexity(logarithms: Sequence[float] | np.ndarray) -> float:
    return _rounded(np.exp(-np.mean(logarithms)))


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")
