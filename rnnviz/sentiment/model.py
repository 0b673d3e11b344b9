"""A trained network that judges texts, with all that it needs to read them and what was measured of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from rnnviz.capture import capture
from rnnviz.sentiment.bag import Bag
from rnnviz.sentiment.calibration import probabilities
from rnnviz.sentiment.network import SentimentNetwork, logits_of
from rnnviz.sentiment.prefixes import prefix_logits
from rnnviz.sentiment.reading import LONGEST, Encoded, Reading, Vocabulary
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
        """How likely each text praises: float64 of shape (text,), with NaN for a text without anything to read.

        Of a very long text, its first ``LONGEST`` tokens count.

        Raises:
            TypeError: If it is one text and not several.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of texts; got one text")
        encoded = self.vocabulary.encode(texts)
        return np.where(encoded.lengths > 0, probabilities(self.logits(encoded)), np.nan)

    def logits(self, texts: Encoded) -> np.ndarray:
        """The logits of praise, divided by the temperature, float64 of shape (text,).

        A text without a token is judged as one unknown word by a network, as nothing by a bag.
        """
        logits = self.network.logits(texts) if isinstance(self.network, Bag) else logits_of(self.network, texts)
        return logits / self.temperature

    def running(self, text: str | Reading, longest: int = LONGEST, first: int = 0) -> np.ndarray:
        """How likely the text praises, after each of its tokens as if it ended there: float64 of shape (time - first,).

        These are what ``predict`` says of each beginning of the text, from the token ``first`` on: the fewer, the
        quicker. They are empty if there is nothing to read. The time grows with the square of the tokens.
        """
        ids = self.read(text, longest).ids
        if len(ids) <= first:
            return np.empty(0)
        if isinstance(self.network, Bag) or len(ids) - first <= _FEW:
            row = np.array(ids, np.int32)
            return probabilities(self.logits(Encoded.of([row[: k + 1] for k in range(first, len(row))])))
        return probabilities(prefix_logits(self.network, torch.tensor(ids), first).double().numpy() / self.temperature)

    def trace(self, text: str | Reading, longest: int = LONGEST) -> Trace:
        """Every state and gate of the network while it reads one text, labelled by its tokens as they were typed.

        Raises:
            TypeError: If the model is a bag, which has no states.
            ValueError: If there is nothing to read.
        """
        network, reading = self.opened(text, longest)
        return capture(network.rnn, network.embedding(torch.tensor([reading.ids])), tokens=[reading.tokens])

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
