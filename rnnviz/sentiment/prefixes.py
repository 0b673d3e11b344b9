"""The judgement after each word as if the text ended there: all beginnings of a text at once, and exactly.

The forward direction has read every beginning by the time it has read the whole. The reverse direction has to read each
beginning anew from its end. All of these walks pass the same words, so they go together. At each word, from the last to
the first, one product moves every walk that has begun, and one more begins.
"""

import math

import torch
from torch import Tensor

from rnnviz.sentiment.network import SentimentNetwork


def prefix_logits(network: SentimentNetwork, ids: Tensor, first: int = 0) -> Tensor:
    """The logit of praise for every beginning of a text, or for those that end at word ``first``, from 0, or later.

    ``ids`` are int64 of shape (time,), at least one word; the logits are of shape (time - first,).
    """
    with torch.inference_mode():
        x = network.embedding(ids)  # (time, feature)
        units = network.spec.hidden
        forward = network.states(x[None], torch.tensor([len(ids)]))[0, :, :units]  # (time, unit)
        if network.attention is None:
            if not network.spec.bidirectional:
                return network.classify(forward[first:])
            return network.classify(torch.cat([forward[first:], _walked(network, x, first)], -1))
        # Score and judgement of a word are linear in its states, so each direction has its own part of both.
        scoring = torch.cat([network.attention.weight, network.head.weight])  # (score and say, direction * unit)
        scores, said = (forward @ scoring[:, :units].T).T  # each (time,)
        seen = x.new_zeros(2, len(x) - first, len(x))  # (score and say, beginning, time)
        if network.spec.bidirectional:
            _walked(network, x, first, scoring[:, units:], seen)
        # The weights of a mean add up to 1, so the bias of the read-out can be added behind it.
        return weighted(scores + seen[0], said + seen[1], first) + network.head.bias


def _walked(
    network: SentimentNetwork, x: Tensor, first: int, looks: Tensor | None = None, seen: Tensor | None = None
) -> Tensor:
    """The reverse direction on every beginning; its states at the first word, (beginning, unit).

    What ``looks`` makes of the states on the way is written into ``seen``.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = list(network.rnn.parameters())[4:]  # the forward ones come first
    projected = torch.addmm(bias_ih + bias_hh, x, weight_ih.T)  # (time, gate * unit)
    turned, units = weight_hh.T.contiguous(), network.spec.hidden
    h, c = (x.new_zeros(len(x) - first, units) for _ in range(2))  # every walk starts from zeros
    for t in range(len(x) - 1, -1, -1):
        reach = slice(max(0, t - first), None)  # the beginnings that have this word
        gates = torch.addmm(projected[t], h[reach], turned)  # (beginning, gate * unit)
        i, f, g, o = gates.chunk(4, 1)
        # c_t = f c + i g and h_t = o tanh(c_t), in place: a slice of rows is a view.
        c[reach].mul_(f.sigmoid_()).add_(i.sigmoid_().mul_(g.tanh_()))
        torch.mul(o.sigmoid_(), c[reach].tanh(), out=h[reach])
        if looks is not None and seen is not None:
            seen[:, reach, t] = looks @ h[reach].T
    return h


def weighted(scores: Tensor, said: Tensor, first: int = 0) -> Tensor:
    """For each beginning, the mean of what its words say, weighted by the softmax of their scores: (beginning,).

    ``scores`` and ``said`` are of shape (beginning, time); the shortest beginning ends at word ``first``, from 0.
    """
    # Row b is the beginning that ends at word first + b, so it has none of the words from first + b + 1 on.
    after = torch.ones_like(said, dtype=torch.bool).triu_(1 + first)
    weights = torch.softmax(scores.masked_fill(after, -math.inf), 1)
    return (weights * said.masked_fill(after, 0)).sum(1)
