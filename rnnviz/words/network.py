"""A bidirectional LSTM that guesses a word from the words before it, from those after it, and from both."""

from typing import Final

import torch
from torch import Tensor, nn

from rnnviz.words.recipes import MaskedSpec

_SPREAD: Final = 0.1
"""The standard deviation of the embedding before training."""


class MaskedNetwork(nn.Module):
    """Three guesses for each word of a sentence, of which none has read that word.

    A sentence w_1 ... w_n is read between two boundary tokens. The guesses for w_t come from the forward state after
    w_{t-1}, from the backward state after w_{t+1}, and from these two together. Each of the three is brought to the
    size of an embedding, and its product with the embedding of a word, plus a bias, is the logit of that word: one
    matrix serves the input and the output.

    Args:
        spec: Its sizes.
        device: As of any module.

    Source: Peters et al. (2018), Deep contextualized word representations, NAACL, for the two language models; Press,
        Wolf (2017), Using the output embedding to improve language models, EACL, for the one matrix.
    """

    def __init__(self, spec: MaskedSpec, device: str | torch.device | None = None) -> None:
        super().__init__()
        self.spec = spec
        size, hidden = spec.embedding, spec.hidden
        self.embedding = nn.Embedding(spec.words + 1, size, device=device)
        self.rnn = nn.LSTM(size, hidden, batch_first=True, bidirectional=True, device=device)
        self.forward_output = nn.Linear(hidden, size, device=device)
        self.backward_output = nn.Linear(hidden, size, device=device)
        self.both_hidden = nn.Linear(2 * hidden, 2 * size, device=device)
        self.both_output = nn.Linear(2 * size, size, device=device)
        self.bias = nn.Parameter(torch.zeros(spec.words, device=device))

    def queries(self, ids: Tensor) -> Tensor:
        """What is compared with the embedding of each word: (half, batch, time, embedding), the halves as ``HALVES``.

        The sentences are int64 of shape (batch, time), all of one length, without boundary tokens.
        """
        boundary = ids.new_full((len(ids), 1), self.spec.words)
        output, _ = self.rnn(self.embedding(torch.cat([boundary, ids, boundary], 1)))
        before, after = output[:, :-2, : self.spec.hidden], output[:, 2:, self.spec.hidden :]
        both = torch.relu(self.both_hidden(torch.cat([before, after], -1)))
        return torch.stack([self.forward_output(before), self.backward_output(after), self.both_output(both)])

    def logits(self, queries: Tensor) -> Tensor:
        """The logits of all words of the vocabulary: (..., embedding) to (..., words)."""
        return queries @ self.embedding.weight[: self.spec.words].T + self.bias

    def forward(self, ids: Tensor) -> Tensor:
        """The logarithms of the probabilities of all words, (half, batch, time, words)."""
        return self.logits(self.queries(ids)).log_softmax(-1)


def started(spec: MaskedSpec, seed: int) -> MaskedNetwork:
    """A network before training: weights as torch draws them, a small embedding, the forget gates open."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MaskedNetwork(spec)
        nn.init.normal_(network.embedding.weight, std=_SPREAD)
    with torch.no_grad():
        for way in ("bias_ih_l0", "bias_ih_l0_reverse"):
            network.rnn.get_parameter(way)[spec.hidden : 2 * spec.hidden] = 1.0
    return network
