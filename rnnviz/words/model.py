"""A trained masked-word network with its vocabulary and its card: its guesses for each word of a sentence."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.checkpoint import checked_vocabulary
from rnnviz.checkpoints.storing import FORMAT, card_content, content_of, packed, parsed, reading, unpacked_format, write
from rnnviz.models import filled
from rnnviz.sentiment.reading import Vocabulary
from rnnviz.words.network import MaskedNetwork
from rnnviz.words.recipes import NAME, MaskedSpec

FOLDER: Final = SHIPPED / "words"

LARGEST: Final = 8 * 2**20
"""The most bytes of a file that is read."""

MOST_TOKENS: Final = 40
"""The most tokens of a sentence, as many as the longest that it was trained on."""


@dataclass(frozen=True, eq=False)
class Guesses:
    """What a network predicts at each position of a sentence without the word that stands there.

    Attributes:
        tokens: As they were typed.
        ids: int64 of shape (time,). Their numbers in the vocabulary, 0 for an unknown one.
        probabilities: float64 of shape (half, time, word), the halves in the order of ``HALVES``. They sum to 1 over
            the vocabulary, in which ``[UNK]`` stands for all other words.
        vocabulary: ``[UNK]`` first.
    """

    tokens: tuple[str, ...]
    ids: np.ndarray
    probabilities: np.ndarray
    vocabulary: tuple[str, ...]

    def likeliest(self, half: int, t: int, count: int) -> list[tuple[str, float]]:
        """The most likely words of the vocabulary at a position, without ``[UNK]``, each with its probability."""
        row = self.probabilities[half, t]
        order = np.argsort(-row[1:], kind="stable")[:count] + 1
        return [(self.vocabulary[k], float(row[k])) for k in order.tolist()]

    def correct(self) -> np.ndarray:
        """The probability of the word that stands at each position: float64 of shape (half, time).

        It is NaN where the vocabulary does not have the word.
        """
        found = self.probabilities[:, np.arange(len(self.ids)), self.ids]
        return np.where(self.ids == 0, np.nan, found)

    def ranks(self) -> np.ndarray:
        """The rank of the word that stands at each position, 1 for the most likely: int64 of shape (half, time).

        ``[UNK]`` does not count. It is 0 where the vocabulary does not have the word.
        """
        own = self.probabilities[:, np.arange(len(self.ids)), self.ids]
        above = (self.probabilities[..., 1:] > own[..., None]).sum(-1) + 1
        return np.where(self.ids == 0, 0, above)


@dataclass(frozen=True, eq=False)
class MaskedModel:
    """A network that guesses a word from what stands before it, after it, and on both sides.

    Attributes:
        card: What it was made of and what was measured of it, as plain data; empty before.

    >>> from rnnviz import words
    >>> model = words.load()
    >>> found = model.guesses("This is one of the best films of all time.")
    >>> found.probabilities.shape
    (3, 11, 8000)
    """

    network: MaskedNetwork
    vocabulary: Vocabulary
    card: Mapping[str, Any]

    def guesses(self, sentence: str) -> Guesses:
        """All guesses for all words of a sentence.

        Raises:
            ValueError: If it has fewer than two tokens, or more than ``MOST_TOKENS``.
        """
        read = self.vocabulary.read(sentence)
        if not 2 <= len(read.tokens) <= MOST_TOKENS or read.is_cut:
            got = f"{len(read.tokens):,}{' or more' if read.is_cut else ''}"
            raise ValueError(f"Enter a sentence of 2 to {MOST_TOKENS} words and punctuation marks; got {got}.")
        ids = np.array(read.ids, np.int64)
        with torch.inference_mode():
            logarithms = self.network(torch.from_numpy(ids)[None])[:, 0].double()
        return Guesses(read.tokens, ids, logarithms.exp().numpy(), self.vocabulary.tokens)


# --- Files: numbers and words in one, the card in another that people can read ---


def load(folder: str | os.PathLike[str] = FOLDER) -> MaskedModel:
    """The trained network that ships; nothing in its files is ever executed.

    It is in eval mode and without gradients on its parameters: it may be shared.

    Raises:
        ValueError: If there is none, or its files are damaged.

    >>> from rnnviz import words
    >>> words.load().network.rnn
    LSTM(128, 160, batch_first=True, bidirectional=True)
    """
    path = Path(folder) / f"{NAME}.safetensors"
    with reading(f"the masked-word network in {folder}"):
        tensors, about = unpacked_format(content_of(path, LARGEST))
        vocabulary = _vocabulary(about["tokens"])
        spec = MaskedSpec(**about["network"])
        if spec.words != len(vocabulary.tokens):
            wanted = f"{len(vocabulary.tokens):,} words of its vocabulary"
            raise ValueError(f"the network must know the {wanted}; got {spec.words:,}")
        network = filled(lambda: MaskedNetwork(spec), tensors)
        card = parsed(content_of(path.with_suffix(".json"), LARGEST))
        return MaskedModel(network, vocabulary, card)


def save(model: MaskedModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a model, its numbers in half precision, as ``masked.safetensors`` and ``masked.json``.

    Equal models give equal bytes. Each file is replaced as a whole; a missing folder is made.
    """
    about = {"format": FORMAT, "network": asdict(model.network.spec), "tokens": model.vocabulary.tokens}
    named = model.network.named_parameters()
    content = packed({name: parameter.detach().numpy().astype(np.float16) for name, parameter in named}, about)
    weights, card = (Path(folder) / f"{NAME}.{ending}" for ending in ("safetensors", "json"))
    return write(weights, content), write(card, card_content(model.card))


def _vocabulary(tokens: Sequence[object]) -> Vocabulary:
    if not isinstance(tokens, list):
        raise TypeError("tokens must be a list")
    return Vocabulary(checked_vocabulary(tuple(tokens), "review"), has_marks=True)
