"""The judgement of a text without each of its words in turn: all of these texts at once, and exactly.

A direction that has left a word out reads on like the whole text from there, only from another state. So the walks of
one direction go together. At each word one product moves the whole text and every walk that has left out a word before,
and one more walk begins, which does not read this word.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from rnnviz.sentiment.network import SentimentNetwork


def omission_logits(network: SentimentNetwork, ids: Tensor) -> Tensor:
    """The logits of praise for a text without its first word, its second, and so on; the last is of the whole text.

    ``ids`` are int64 of shape (time,), at least two words; the logits are of shape (time + 1,).
    """
    with torch.inference_mode():
        x, units = network.embedding(ids), network.spec.hidden  # x: (time, feature)
        weights, scoring = list(network.rnn.parameters()), None
        if network.attention is not None:
            scoring = torch.cat([network.attention.weight, network.head.weight])  # (score and say, direction * unit)
        h, seen = _walked(weights[:4], x, None if scoring is None else scoring[:, :units])
        if network.spec.bidirectional:
            h_back, seen_back = _walked(weights[4:], x.flip(0), None if scoring is None else scoring[:, units:])
            h, seen = torch.cat([h, _mirrored(h_back)], 1), seen + _mirrored(seen_back.flip(2), 1)
        if scoring is None:
            return network.judge(h)
        scores, said = seen
        scores.fill_diagonal_(-math.inf)  # the word that is left out; the last row has all
        logits: Tensor = (torch.softmax(scores, 1) * said).sum(1) + network.head.bias
        return logits


def _walked(weights: Sequence[Tensor], x: Tensor, looks: Tensor | None) -> tuple[Tensor, Tensor]:
    """The last states of one direction without each word and, in the last row, with all; (time + 1, unit).

    And what ``looks`` makes of the states on the way, (score and say, time + 1, time); of no use at a word left out.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = weights
    projected, turned = torch.addmm(bias_ih + bias_hh, x, weight_ih.T), weight_hh.T.contiguous()
    time, looked = len(x), 0 if looks is None else len(looks)
    h, c = (x.new_zeros(time + 1, len(turned)) for _ in range(2))
    seen = x.new_empty(looked, time + 1, time)
    for t in range(time):  # row t is the whole text so far
        before = h[t].clone(), c[t].clone()
        i, f, g, o = torch.addmm(projected[t], h[: t + 1], turned).chunk(4, 1)
        c[: t + 1].mul_(f.sigmoid_()).add_(i.sigmoid_().mul_(g.tanh_()))
        torch.mul(o.sigmoid_(), c[: t + 1].tanh(), out=h[: t + 1])
        if looks is not None:
            seen[:, : t + 1, t] = looks @ h[: t + 1].T
            seen[:, t + 1 :, t] = seen[:, t, t, None]  # those that leave out a later word
        h[t + 1], c[t + 1] = h[t], c[t]
        h[t], c[t] = before
    return h, seen


def _mirrored(rows: Tensor, axis: int = 0) -> Tensor:
    """The rows of a text that was read from its end as those of the text; the last one stays."""
    last = rows.shape[axis] - 1
    return torch.cat([rows.narrow(axis, 0, last).flip(axis), rows.narrow(axis, last, 1)], axis)
