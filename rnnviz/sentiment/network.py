"""The networks that judge a review: an embedding, an LSTM in one or two directions, and what sums its states up."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from rnnviz.models import undrawn_embedding
from rnnviz.sentiment.reading import Encoded, padded
from rnnviz.sentiment.recipes import NetworkSpec, Noise

EVERY: Final = slice(None)

_TOKENS_AT_ONCE: Final = 32_768
_WEIGHTS: Final = 4
"""Parameters of each direction: W_ih, W_hh and two biases."""


class SentimentNetwork(nn.Module):
    """From the words of a text to the logit of praise.

    Texts are padded on the right and never packed. Each direction reads from its own end of each text; the reverse one
    reads a text that is turned around by its own length. That gives what packing gives, several times as fast on a CPU.
    In all methods ``lengths`` are int64 of shape (batch,), and ``states`` of shape (batch, time, direction * unit).

    Attributes:
        rnn: Batch first. ``rnnviz.capture`` reads it.
        attention: How much a state matters; no bias, since a softmax follows.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        width = spec.hidden * (2 if spec.bidirectional else 1)
        self.embedding = undrawn_embedding(spec.words, spec.embedding)
        self.rnn = nn.LSTM(spec.embedding, spec.hidden, batch_first=True, bidirectional=spec.bidirectional)
        self.attention = nn.Linear(width, 1, bias=False) if spec.pooling == "attention" else None
        self.dense = nn.Linear(width, spec.dense) if spec.dense else None
        self.head = nn.Linear(spec.dense or width, 1)

    def forward(
        self,
        ids: Tensor,
        lengths: Tensor,
        noise: Noise | None = None,
        generator: torch.Generator | None = None,
        share: slice = EVERY,
    ) -> Tensor:
        """The logits of praise of the texts that are read, of shape (text,), from ids, int64 of shape (batch, time).

        Args:
            noise: None where nothing is trained.
            generator: Where the noise comes from, on the CPU.
            share: The texts that are read. Noise is drawn for all: it is the same however a batch is shared out.
        """
        texts = len(ids)
        if noise is not None and noise.words:
            ids = ids * _stays(ids.shape, noise.words, generator).to(ids.device)
        ids, lengths = ids[share], lengths[share]
        x = self.embedding(ids)  # (text, time, feature)
        if noise is not None and noise.embedding:
            x = x * _kept((texts, 1, x.shape[2]), noise.embedding, generator)[share].to(x.device)
        pooled = self.pool(self.states(x, lengths), lengths)
        if noise is not None and noise.pooled:
            pooled = pooled * _kept((texts, pooled.shape[1]), noise.pooled, generator)[share].to(x.device)
        return self.classify(pooled)

    def states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """The hidden state at every word, the forward units before the reverse ones.

        ``x`` is of shape (batch, time, feature). Do not use what stands on padded steps.
        """
        weights: list[Tensor] = list(self.rnn.parameters())
        forward = _read(x, weights[:_WEIGHTS])
        if not self.spec.bidirectional:
            return forward
        turn = turned(lengths, x.shape[1])
        reverse = _read(_by_step(x, turn), weights[_WEIGHTS:])
        return torch.cat([forward, _by_step(reverse, turn)], -1)  # (batch, time, direction * unit)

    def pool(self, states: Tensor, lengths: Tensor) -> Tensor:
        """What stands for the whole text, of shape (batch, direction * unit)."""
        if self.attention is not None:
            return torch.einsum("bt,btu->bu", self.weigh(states, lengths), states)
        last = states[torch.arange(len(states), device=states.device), lengths - 1]
        if not self.spec.bidirectional:
            return last
        units = self.spec.hidden  # the reverse ones end at the first word
        return torch.cat([last[:, :units], states[:, 0, units:]], -1)

    def weigh(self, states: Tensor, lengths: Tensor) -> Tensor:
        """How much each state counts in the pooled one, of shape (batch, time); sums to 1 over time, 0 on padded steps.

        Raises ValueError if the network has no attention.
        """
        if self.attention is None:
            raise ValueError("only a network with attention weighs its states; this one takes the last")
        scores = self.attention(states).squeeze(-1)  # (batch, time)
        padding = torch.arange(states.shape[1], device=states.device) >= lengths[:, None]
        return torch.softmax(scores.masked_fill(padding, -math.inf), 1)

    def classify(self, pooled: Tensor) -> Tensor:
        """The logit of praise, of shape (batch,), for what ``pool`` gives, of shape (batch, direction * unit)."""
        if self.dense is not None:
            pooled = torch.relu(self.dense(pooled))
        logits: Tensor = self.head(pooled).squeeze(-1)
        return logits


def empty(spec: NetworkSpec) -> SentimentNetwork:
    """A network whose weights are still to be filled in, so that none are drawn in vain."""
    with torch.device("meta"):
        network = SentimentNetwork(spec)
    return network.to_empty(device="cpu")


def started(spec: NetworkSpec, seed: int) -> SentimentNetwork:
    """A network to be trained, with the start that Keras gives it.

    Small embeddings, Glorot's uniform W_ih, orthogonal W_hh, biases of 0 but 1 for the forget gate. With torch's own
    start of N(0, 1) for embeddings a network of this kind learns single rare words by heart.
    """
    generator = torch.Generator().manual_seed(seed)
    network = empty(spec)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name == "embedding.weight":
                parameter.uniform_(-0.05, 0.05, generator=generator)
            elif "weight_hh" in name:
                for block in parameter.view(-1, spec.hidden, spec.hidden):  # (gate, unit, unit)
                    nn.init.orthogonal_(block, generator=generator)
            elif parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter, generator=generator)
            else:
                parameter.zero_()
                if "bias_ih" in name:
                    parameter[spec.hidden : 2 * spec.hidden] = 1  # the forget gate, in torch's order
    return network


def logits_of(network: SentimentNetwork, reviews: Encoded) -> np.ndarray:
    """The logits of praise, float64 of shape (text,), computed for texts of like length together."""
    logits = np.empty(len(reviews))
    order = np.argsort(-reviews.lengths, kind="stable")
    begin = 0
    device = network.embedding.weight.device
    with torch.inference_mode():
        while begin < len(order):
            together = max(1, _TOKENS_AT_ONCE // max(1, len(reviews[order[begin]])))
            chosen = order[begin : begin + together]
            ids, lengths = (torch.from_numpy(array).to(device) for array in padded([reviews[k] for k in chosen]))
            logits[chosen] = network(ids, lengths).double().cpu().numpy()
            begin += together
    return logits


def turned(lengths: Tensor, time: int) -> Tensor:
    """For each step of a text read backwards by its own length, the step that stands there; padding stays.

    ``lengths`` are int64 of shape (batch,); the steps are int64 of shape (batch, time).
    """
    steps = torch.arange(time, device=lengths.device)
    mirrored = lengths[:, None] - 1 - steps
    return torch.where(mirrored >= 0, mirrored, steps)


def _by_step(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index[..., None].expand_as(x))


def _read(x: Tensor, weights: list[Tensor]) -> Tensor:
    """The states of one direction from zeros, (batch, time, unit)."""
    zeros = x.new_zeros(1, len(x), weights[1].shape[1])
    options: dict[str, Any] = {"dropout": 0.0, "train": torch.is_grad_enabled(), "bidirectional": False}
    output: Tensor = torch.lstm(x, (zeros, zeros), weights, True, 1, **options, batch_first=True)[0]  # noqa: FBT003
    return output


def _stays(shape: tuple[int, ...], rate: float, generator: torch.Generator | None) -> Tensor:
    """False at a rate."""
    return torch.rand(shape, generator=generator) >= rate


def _kept(shape: tuple[int, ...], rate: float, generator: torch.Generator | None) -> Tensor:
    """Zeros at a rate, and what the others must grow by."""
    return _stays(shape, rate, generator) / (1 - rate)


# --- Its layers and their parameters ---


@dataclass(frozen=True)
class Layer:
    """One layer; ``name`` and ``kind`` are as the network and torch call it.

    Attributes:
        matrices: The shapes of its weights without the biases.
        torch, keras: Parameters. Torch counts two biases a direction of an LSTM and Keras one: the two are only added.
    """

    name: str
    kind: str
    matrices: tuple[tuple[int, ...], ...]
    torch: int
    keras: int


def layers_of(network: SentimentNetwork) -> tuple[Layer, ...]:
    """The layers in the order in which a text passes them."""
    found = []
    for name, layer in network.named_children():
        counts = {key: parameter.numel() for key, parameter in layer.named_parameters()}
        matrices = tuple(tuple(parameter.shape) for parameter in layer.parameters() if parameter.dim() > 1)
        keras = sum(count for key, count in counts.items() if "bias_hh" not in key)
        found.append(Layer(name, type(layer).__name__, matrices, sum(counts.values()), keras))
    return tuple(found)
