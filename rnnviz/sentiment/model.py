"""A trained network or bag that judges texts, with all that it needs to read them, and its files."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from rnnviz.capture import capture
from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.checkpoint import checked_vocabulary
from rnnviz.checkpoints.storing import FORMAT, card_content, content_of, packed, parsed, reading, unpacked_format, write
from rnnviz.models import filled
from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.network import SentimentNetwork, logits_of
from rnnviz.sentiment.prefixes import prefix_logits
from rnnviz.sentiment.reading import LONGEST, Encoded, Reading, Vocabulary
from rnnviz.sentiment.recipes import NAMES, NetworkSpec
from rnnviz.spec.checks import quoted
from rnnviz.trace import Trace

_FEW: Final = 6
"""Up to so many beginnings of a text are read quicker one by one than together."""


@dataclass(frozen=True, eq=False)
class SentimentModel:
    """A network, or a bag of words, that says how likely a text praises; it reads the first ``longest`` tokens.

    Attributes:
        network: ``network.rnn`` is the ``nn.LSTM`` that ``rnnviz.capture`` reads.
        temperature: What its logits are divided by.
        card: What it was made of and what was measured of it, as plain data; empty before.

    >>> from rnnviz import sentiment
    >>> model = sentiment.load("bilstm")
    >>> (model.predict(["A superb film.", "A dull film."]) > 0.5).tolist()
    [True, False]
    >>> model.running("It was not good.").shape
    (5,)
    >>> model.trace("It was not good.")
    Trace(lstm; layer 1, direction 2, batch 1, time 5, unit 64; no gradients)
    """

    name: str
    network: SentimentNetwork | Bag
    vocabulary: Vocabulary
    temperature: float
    card: Mapping[str, Any]

    def read(self, text: str | Reading, longest: int = LONGEST) -> Reading:
        """A text as the network reads it; each method takes what was read in place of a text."""
        return self.vocabulary.read(text, longest)

    def predict(self, texts: Sequence[str | Reading]) -> np.ndarray:
        """How likely each text praises: float64 of shape (text,), with NaN for a text without a known word.

        A prediction from unknown words alone would tell nothing of them. Of a very long text, its first ``LONGEST``
        tokens count.

        Raises:
            TypeError: If it is one text and not several.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of texts; got one text")
        encoded = self.vocabulary.encode(texts)
        return np.where(encoded.has_known, probabilities(self.logits(encoded)), np.nan)

    def logits(self, texts: Encoded) -> np.ndarray:
        """The logits of praise, divided by the temperature, float64 of shape (text,).

        A text without a token is judged as one unknown word by a network, as nothing by a bag.
        """
        logits = self.network.logits(texts) if isinstance(self.network, Bag) else logits_of(self.network, texts)
        return logits / self.temperature

    def running(self, text: str | Reading, longest: int = LONGEST, first: int = 0) -> np.ndarray:
        """How likely the text praises, after each of its tokens as if it ended there: float64 of shape (time - first,).

        These are what ``predict`` says of each beginning of the text, from the token ``first`` on: the fewer, the
        quicker. Before the first known word they are NaN. They are empty if there is nothing to read. The time grows
        with the square of the tokens.
        """
        ids = self.read(text, longest).ids
        if len(ids) <= first:
            return np.empty(0)
        if isinstance(self.network, Bag) or len(ids) - first <= _FEW:
            row = np.array(ids, np.int32)
            logits = self.logits(Encoded.of([row[: k + 1] for k in range(first, len(row))]))
        else:
            logits = prefix_logits(self.network, torch.tensor(ids), first).double().numpy() / self.temperature
        return np.where(np.logical_or.accumulate(np.array(ids) != 0)[first:], probabilities(logits), np.nan)

    def trace(self, text: str | Reading, longest: int = LONGEST) -> Trace:
        """Every state and gate of the network while it reads one text, labelled by its tokens as they were typed.

        Raises:
            TypeError: If the model is a bag, which has no states.
            ValueError: If there is nothing to read.
        """
        network, reading = self.opened(text, longest)
        vectors: torch.Tensor = network.embedding(torch.tensor([reading.ids]))  # (1, time, feature)
        return capture(network.rnn, vectors, tokens=[reading.tokens])

    def concluded(self, states: np.ndarray, logits: np.ndarray | None = None) -> float:
        """How likely a text is positive, from the states of its recurrent layer, of shape (time, direction * unit).

        Args:
            logits: Of shape (time, 1). Of the output layer at each step, in place of the model's own.

        Raises:
            TypeError: If the model is a bag.
        """
        if isinstance(self.network, Bag):
            raise TypeError(f"a model must be a network to have states; {self.name} counts words")
        given, lengths = torch.from_numpy(states)[None], torch.tensor([len(states)])
        with torch.inference_mode():
            if logits is None:
                logit = self.network.classify(self.network.pool(given, lengths))[0]
            else:
                logit = self.network.weigh(given, lengths)[0] @ torch.from_numpy(logits[:, 0])
        return float(probabilities(np.array(float(logit) / self.temperature)))

    def attention(self, text: str | Reading, longest: int = LONGEST) -> np.ndarray:
        """How much each token counts in the judgement of the whole text: float32 of shape (time,), which sums to 1.

        Raises:
            TypeError: If the model is a bag.
            ValueError: If there is nothing to read, or the network has no attention.
        """
        network, reading = self.opened(text, longest)
        lengths = torch.tensor([len(reading.ids)])
        with torch.inference_mode():
            states = network.states(network.embedding(torch.tensor([reading.ids])), lengths)
            weights: np.ndarray = network.weigh(states, lengths)[0].numpy()
        return weights

    def readable(self, text: str | Reading, longest: int = LONGEST) -> Reading:
        """A text of at least one token, as the network reads it.

        Raises:
            ValueError: If there is nothing to read.
        """
        reading = self.read(text, longest)
        if not reading.ids:
            raise ValueError("a text must have at least one word that can be read; got none")
        return reading

    def opened(self, text: str | Reading, longest: int = LONGEST) -> tuple[SentimentNetwork, Reading]:
        """The network to be looked into, and a reading of at least one token for it.

        Raises:
            TypeError: If the model is a bag, which has no states.
            ValueError: If there is nothing to read.
        """
        if isinstance(self.network, Bag):
            raise TypeError(f"a model must be a network to be looked into; {self.name} counts words")
        return self.network, self.readable(text, longest)


# --- Files: numbers and words in one, the card in another that people can read ---

FOLDER: Final = SHIPPED / "sentiment"

LARGEST: Final = 16 * 2**20
"""The most bytes of a file that is read."""

_BAG: Final = "bag"
"""What the weights of a bag of words are called in its file, one a word."""


def load(name: str, folder: str | os.PathLike[str] = FOLDER) -> SentimentModel:
    """A trained model, one of ``NAMES``; nothing in its files is ever executed.

    It is in eval mode and without gradients on its parameters: it may be shared.

    Raises:
        ValueError: If there is none of that name, or its files are damaged.

    >>> from rnnviz import sentiment
    >>> model = sentiment.load("lecture-lstm")
    >>> model.network.rnn
    LSTM(64, 64, batch_first=True)
    """
    if name not in NAMES:
        raise ValueError(f"a sentiment model must be one of {', '.join(NAMES)}; got {name!r:.80}")
    path = Path(folder) / f"{name}.safetensors"
    with reading(f"the sentiment model {name} in {folder}"):
        tensors, about = unpacked_format(content_of(path, LARGEST))
        vocabulary = _vocabulary(about["tokens"], about["has_marks"])
        words = len(vocabulary.tokens)
        network = _network(about["network"], tensors, words) if about["network"] else _bag(about, tensors, words)
        card = parsed(content_of(path.with_suffix(".json"), LARGEST))
        return SentimentModel(name, network, vocabulary, _number("temperature", about["temperature"], least=1e-3), card)


def save(model: SentimentModel, folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a model, its numbers in half precision, as ``<name>.safetensors`` and ``<name>.json``.

    Equal models give equal bytes. Each file is replaced as a whole; a missing folder is made.
    """
    weights, card = ((Path(folder) / name, content) for name, content in pack(model).items())
    return write(*weights), write(*card)


def pack(model: SentimentModel) -> dict[str, bytes]:
    """What ``save`` writes: the contents of both files, by their names."""
    network, about = model.network, dict[str, Any](format=FORMAT, network=None, bias=None)
    if isinstance(network, Bag):
        about["bias"] = network.bias
        tensors = {_BAG: _by_word(network, len(model.vocabulary.tokens))}
    else:
        about["network"] = asdict(network.spec)
        tensors = {name: parameter.detach().numpy() for name, parameter in network.named_parameters()}
    about |= {
        "temperature": model.temperature,
        "has_marks": model.vocabulary.has_marks,
        "tokens": model.vocabulary.tokens,
    }
    content = packed({name: tensor.astype(np.float16) for name, tensor in tensors.items()}, about)
    return {f"{model.name}.safetensors": content, f"{model.name}.json": card_content(model.card)}


def _vocabulary(tokens: object, has_marks: object) -> Vocabulary:
    if not isinstance(tokens, list) or not isinstance(has_marks, bool):
        got = f"{quoted(tokens)}, {quoted(has_marks)}"
        raise ValueError(f"tokens must be a list and has_marks True or False; got {got}")  # noqa: TRY004 - from outside
    return Vocabulary(checked_vocabulary(tuple(tokens), "review" if has_marks else "bare review"), has_marks)


def _network(spec: Mapping[str, Any], tensors: Mapping[str, np.ndarray], words: int) -> SentimentNetwork:
    wanted = NetworkSpec(**spec)
    if wanted.words < words:  # few reviews may have fewer words than a network has room for
        raise ValueError(f"the network must know the {words:,} words of its vocabulary; got {wanted.words:,}")
    return filled(lambda: SentimentNetwork(wanted), tensors)


def _bag(about: Mapping[str, Any], tensors: Mapping[str, np.ndarray], words: int) -> Bag:
    weights = tensors[_BAG]
    if weights.dtype != np.float16 or weights.shape != (words,) or not np.isfinite(weights).all():
        raise ValueError(
            f"{_BAG} must be {words:,} finite float16 numbers; got {weights.dtype} of shape {weights.shape}"
        )
    return Bag(1, np.arange(1, words + 1), weights.astype(np.float64), _number("bias", about["bias"]))


def _number(name: str, value: object, *, least: float = -1e6) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= 1e6:
        raise ValueError(f"{name} must be a number in {least:g}..1e+06; got {quoted(value)}")
    return float(value)


def _by_word(bag: Bag, words: int) -> np.ndarray:
    """A weight for every word of the vocabulary, 0 for those that the bag has not learned."""
    if bag.orders != 1:
        raise ValueError(f"a bag that is kept must count single words alone; got pieces of up to {bag.orders}")
    weights = np.zeros(words)
    weights[bag.pieces - 1] = bag.weights
    return weights
