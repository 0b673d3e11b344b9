"""The network: an encoder that reads, a decoder that says, and attention between them or none.

As in Luong's paper, the decoder's state comes first, then the look at the source, then the output. So the states of all
steps are known before any attention is computed, and one score can be compared with another, all else equal.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from rnnviz.attention.recipes import NetworkSpec
from rnnviz.models import undrawn_embedding

_EMBEDDING: Final = 0.1
"""The standard deviation of the embeddings at the start."""


class AttentionNetwork(nn.Module):
    """From the symbols of a source to the logits of an output.

    Attributes:
        read, said: Of the symbols read, and of those said before, of which one more stands for the start.
        encoder, decoder: Batch first.
        query, key: W_q and W_k of the additive score, without bias.
        bias: b of the additive score.
        v: What makes one number of its units.
        combine: W_c, without bias: from context and state, or from the state alone.

    Source: Luong, Pham, Manning (2015), arXiv 1508.04025, section 3: equations 5, 6 and the global attention of 3.1,
        without input feeding. The additive score is that of Bahdanau, Cho, Bengio (2014), arXiv 1409.0473, who look
        with the state before the step and feed what they see into it.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        units = spec.hidden // 2 if spec.bidirectional else spec.hidden
        self.read = undrawn_embedding(spec.read, spec.embedding)
        self.said = undrawn_embedding(spec.said + 1, spec.embedding)
        self.encoder = nn.GRU(spec.embedding, units, batch_first=True, bidirectional=spec.bidirectional)
        self.decoder = nn.GRU(spec.embedding, spec.hidden, batch_first=True)
        is_additive = spec.score == "additive"
        self.query = nn.Linear(spec.hidden, spec.units, bias=False) if is_additive else None
        self.key = nn.Linear(spec.hidden, spec.units, bias=False) if is_additive else None
        self.bias = nn.Parameter(torch.empty(spec.units)) if is_additive else None
        self.v = nn.Linear(spec.units, 1, bias=False) if is_additive else None
        self.combine = nn.Linear(spec.hidden * (1 if spec.score == "none" else 2), spec.hidden, bias=False)
        self.head = nn.Linear(spec.hidden, spec.said)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The logits of each symbol of an output, given those before it, of shape (batch, step, symbol).

        ``x`` is int64 of shape (batch, source), ``y`` int64 of shape (batch, step).
        """
        encoded, start = self.encode(x)
        before = functional.pad(y[:, :-1], (1, 0), value=self.spec.said)
        queries, _ = self.follow(before, start)
        context = None
        if self.spec.score != "none":
            context = torch.softmax(self.scores(queries, encoded), -1) @ encoded  # (batch, step, unit)
        logits: Tensor = self.head(self.combined(queries, context))
        return logits

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The encoder's states, of shape (batch, source, unit), and the decoder's first one, of shape (batch, unit).

        ``x`` is int64 of shape (batch, source). The decoder starts with the last state of each direction: that of the
        reverse one is at the first place.
        """
        encoded, last = self.encoder(self.read(x))
        return encoded, last.transpose(0, 1).reshape(len(x), -1)  # (batch, direction * unit)

    def follow(self, before: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The states of the decoder while it is told what was said.

        Args:
            before: int64 of shape (batch, step). The symbol said before each step; ``spec.said`` at the start.
            state: Of shape (batch, unit). Before the first of them.

        Returns:
            queries: Of shape (batch, step, unit).
            state: Of shape (batch, unit). After the last of them.
        """
        queries, last = self.decoder(self.said(before), state[None])
        return queries, last[0]

    def scores(self, queries: Tensor, encoded: Tensor) -> Tensor:
        """How well each place of the source fits each query, before the softmax: of shape (batch, step, source).

        ``queries`` are of shape (batch, step, unit), ``encoded`` of shape (batch, source, unit). Raises ValueError if
        the network has no attention.
        """
        if self.spec.score == "none":
            raise ValueError("only a network with attention scores the positions of a source; this one has none")
        if self.query is None or self.key is None or self.v is None:
            return queries @ encoded.transpose(1, 2)
        sums = self.query(queries)[:, :, None] + self.key(encoded)[:, None] + self.bias
        scores: Tensor = self.v(torch.tanh(sums)).squeeze(-1)
        return scores

    def combined(self, queries: Tensor, context: Tensor | None) -> Tensor:
        """The numbers that the logits are read from; queries, context and they are of shape (batch, step, unit)."""
        return torch.tanh(self.combine(queries if context is None else torch.cat([context, queries], -1)))


def empty(spec: NetworkSpec) -> AttentionNetwork:
    """A network whose weights are still to be filled in, so that none are drawn in vain."""
    with torch.device("meta"):
        network = AttentionNetwork(spec)
    return network.to_empty(device="cpu")


def started(spec: NetworkSpec, seed: int) -> AttentionNetwork:
    """A network to be trained: orthogonal W_hh, Glorot's uniform for all other matrices, biases of 0.

    ``seed`` is that of a generator of its own: torch's random state is neither used nor moved.
    """
    generator = torch.Generator().manual_seed(seed)
    network = empty(spec)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in ("read.weight", "said.weight"):
                parameter.normal_(0, _EMBEDDING, generator=generator)
            elif "weight_hh" in name:
                for block in parameter.view(3, -1, parameter.shape[1]):  # (gate, unit, unit)
                    nn.init.orthogonal_(block, generator=generator)
            elif parameter.dim() == 2:
                nn.init.xavier_uniform_(parameter, generator=generator)
            else:
                parameter.zero_()
    return network
