"""One layer of many networks at once, forward and back through time, in buffers that are made once.

The first axis of every array is the run: one network of many. Autograd would note each weight's share at each step;
here a step keeps what its way back needs, and the gradient of a weight is one matrix product over all steps.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from rnnviz.names import GATES, Cell
from rnnviz.spec import ModelSpec

Weights = Mapping[str, Tensor]
"""Of one layer by torch's names without the layer: ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh``."""

Cuts = frozenset[int]
"""The steps before which no gradient flows."""


class Layer:
    """What is asked of a layer.

    Attributes:
        h: Of shape (run, time, batch, unit). The states that the last ``forward`` gave.
        dh: Of shape (run, time, batch, unit). ``backward`` begins with the gradient of the loss by the layer's output,
            and leaves the total one.
    """

    cell: Cell
    h: Tensor
    dh: Tensor

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec, features: int) -> None:
        self.sizes = (runs, steps, batch, model.hidden_size)
        self.features = features  # of the input

    def forward(self, x: Tensor, w: Weights) -> None:
        """Fill ``h`` for an input of shape (run, time * batch, feature)."""
        raise NotImplementedError

    def backward(self, grads: Weights, cuts: Cuts) -> None:
        """Put the gradients of the weights that ``forward`` was given into ``grads``."""
        raise NotImplementedError

    def to_input(self) -> Tensor:
        """The gradient of the input that ``forward`` read, of its shape; after ``backward``."""
        raise NotImplementedError


class RowLayer(Layer):
    """What RNN and GRU have in common: a sample is a row, and the input's part of the sums is one product."""

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec, features: int) -> None:
        super().__init__(runs, steps, batch, model, features)
        self.relu = model.nonlinearity == "relu"
        self.before = torch.zeros(runs, steps + 1, batch, model.hidden_size)  # h_{t-1} at t
        self.h = self.before[:, 1:]
        self.dh = self.numbers()
        self.sums = self.numbers(len(GATES[self.cell]))
        self.d_ih = self.numbers(len(GATES[self.cell]))  # dL/d(W_ih x_t + b_ih)
        self.d_hh = self.d_ih  # dL/d(W_hh h_{t-1} + b_hh): the same where the two are just added, so not in a GRU
        self.carried = torch.zeros(runs, batch, model.hidden_size)  # the gradient that goes on to the step before

    def numbers(self, per_unit: int = 1) -> Tensor:
        """A buffer of shape (run, time, batch, per_unit * unit)."""
        return torch.zeros(*self.sizes[:3], per_unit * self.sizes[3])

    def forward(self, x: Tensor, w: Weights) -> None:
        """All inputs at once, then step by step."""
        self.x, self.w = x, w
        sums = self.sums.flatten(1, 2)  # (run, time * batch, gate * unit)
        if "bias_ih" in w:
            # A GRU's b_hh stays with W_hh h_{t-1}, since r_t multiplies n's part of both.
            bias = w["bias_ih"] if self.cell == "gru" else w["bias_ih"] + w["bias_hh"]
            torch.baddbmm(bias[:, None], x, w["weight_ih"].mT, out=sums)
        else:
            torch.bmm(x, w["weight_ih"].mT, out=sums)
        self.through_time(w)

    def backward(self, grads: Weights, cuts: Cuts) -> None:
        """Step by step, then each weight's gradient at once."""
        self.back_through_time(self.w, cuts)
        d_ih, d_hh = self.d_ih.flatten(1, 2), self.d_hh.flatten(1, 2)
        # dL/dW_ih = Σ_t dL/da_t x_t' and dL/dW_hh = Σ_t dL/da_t h_{t-1}', over all steps and samples in one product.
        torch.bmm(d_ih.mT, self.x, out=grads["weight_ih"])
        torch.bmm(d_hh.mT, self.before[:, :-1].flatten(1, 2), out=grads["weight_hh"])
        if "bias_ih" in grads:
            torch.sum(d_ih, 1, out=grads["bias_ih"])
            torch.sum(d_hh, 1, out=grads["bias_hh"])

    def to_input(self) -> Tensor:
        """Of all steps in one product."""
        return torch.bmm(self.d_ih.flatten(1, 2), self.w["weight_ih"])

    def through_time(self, w: Weights) -> None:
        """From ``sums`` to ``h``."""
        raise NotImplementedError

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """From ``dh`` to ``d_ih`` and ``d_hh``."""
        raise NotImplementedError


class RnnLayer(RowLayer):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), or ReLU."""

    cell = "rnn"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec, features: int) -> None:
        super().__init__(runs, steps, batch, model, features)
        self.slope = self.numbers()
        self.forth = list(zip(self.sums.unbind(1), self.before.unbind(1), self.h.unbind(1), strict=False))
        self.back = list(zip(self.dh.unbind(1), self.slope.unbind(1), self.d_hh.unbind(1), strict=True))

    def through_time(self, w: Weights) -> None:
        """Step by step."""
        w_hh, activation = w["weight_hh"].mT, torch.relu_ if self.relu else torch.tanh_
        for sums, before, h in self.forth:
            torch.baddbmm(sums, before, w_hh, out=h)
            activation(h)

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """dL/da_t = dL/dh_t times the slope of the squashing there."""
        if self.relu:
            torch.sign(self.h, out=self.slope)  # 1 where a unit is on, 0 where it is off
        else:  # tanh'(a_t) = 1 - h_t²
            torch.addcmul(torch.ones(()), self.h, self.h, value=-1, out=self.slope)
        self.carried.zero_()
        for t in reversed(range(len(self.back))):
            dh, slope, d_sum = self.back[t]
            dh += self.carried
            torch.mul(dh, slope, out=d_sum)
            if t in cuts:  # truncated: the step before gets nothing of what comes later
                self.carried.zero_()
            else:
                torch.bmm(d_sum, w["weight_hh"], out=self.carried)


class LstmLayer(Layer):
    """c = f c + i g and h = o tanh(c).

    Inside, samples are the last axis, (time, run, …, unit, batch): a gate of a run is one piece of memory, on which
    elementwise calls are faster than on rows of it. h_{t-1}, x_t and a 1 stand under each other, so that one product a
    step gives all sums, and one their gradients. Gates are in the order g, i, f, o: both the three sigmoids and the
    three gates of c are neighbours.
    """

    cell = "lstm"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec, features: int) -> None:
        super().__init__(runs, steps, batch, model, features)
        units = model.hidden_size
        self.columns = [units, features, 1][: 2 + model.bias]  # of the weights side by side
        self.read = torch.ones(steps + 1, runs, sum(self.columns), batch)  # h_{t-1}, x_t and 1 at t
        before, x = torch.split(self.read, self.columns, 2)[:2]
        before[0] = 0
        self.x = x[:-1]
        self.h = before[1:].permute(1, 0, 3, 2)
        self.gates = torch.zeros(steps, runs, 4, units, batch)
        self.slopes = torch.zeros_like(self.gates)  # dc_t/da of g, i and f, dh_t/da of o; then dL/da
        self.c = torch.zeros(steps + 1, runs, units, batch)  # c_{t-1} at t
        self.activated, self.kept, self.d_h = (torch.zeros_like(self.c[1:]) for _ in range(3))  # tanh(c), dh_t/dc_t
        self.dh = self.d_h.permute(1, 0, 3, 2)
        self.carried_c = torch.zeros_like(self.c[0])
        # Views are taken once, not at each step.
        sums, gates = self.gates.flatten(2, 3).unbind(), [(g[:, 1:], *g.unbind(1)) for g in self.gates.unbind()]
        c, after = self.c.unbind(), zip(self.c[1:].unbind(), self.activated.unbind(), before[1:].unbind(), strict=True)
        self.forth = list(zip(self.read.unbind(), sums, gates, c, after, strict=False))
        slopes = [(s.flatten(1, 2), s[:, :3], s[:, 3]) for s in self.slopes.unbind()]
        f = self.gates[:, :, 2].unbind()
        earlier = [None, *self.d_h[:-1].unbind()]
        read = self.read[:-1].mT.unbind()
        self.back = list(zip(self.d_h.unbind(), earlier, slopes, f, self.kept.unbind(), read, strict=True))

    def forward(self, x: Tensor, w: Weights) -> None:
        """Step by step; the gates stay in ``gates``."""
        self.x.copy_(x.view(*self.sizes[:3], self.features).permute(1, 0, 3, 2))
        parts = [w["weight_hh"], w["weight_ih"]]
        if "bias_ih" in w:
            parts.append((w["bias_ih"] + w["bias_hh"])[..., None])
        self.weight = _in_order(torch.cat(parts, 2), [2, 0, 1, 3])  # torch has i, f, g, o
        for read, sums, (sigmoids, g, i, f, o), c_before, (c, activated, h) in self.forth:
            torch.bmm(self.weight, read, out=sums)
            sigmoids.sigmoid_()
            g.tanh_()
            torch.mul(f, c_before, out=c)  # written where the next step reads its c_{t-1}
            c.addcmul_(i, g)
            torch.tanh(c, out=activated)
            torch.mul(o, activated, out=h)

    def backward(self, grads: Weights, cuts: Cuts) -> None:
        """All slopes at once, then dL/dh, dL/dc and each step's share in the weights, step by step."""
        self.set_slopes()
        w_hh, total = self.weight[:, :, : self.columns[0]].mT, torch.zeros_like(self.weight)
        self.carried_c.zero_()
        for t in reversed(range(len(self.back))):
            dh, earlier, (d_sums, d_gif, d_o), f, kept, read = self.back[t]
            # dL/dc_t = dL/dc_{t+1} f_{t+1} + dL/dh_t o_t (1 - tanh²(c_t)); g, i, f act on c_t, o on h_t.
            dc = self.carried_c.addcmul_(dh, kept)
            d_gif *= dc[:, None]
            d_o *= dh
            total.baddbmm_(d_sums, read)  # here, where d_sums is still in a cache
            if t in cuts:  # truncated: the step before gets nothing of what comes later
                dc.zero_()
            elif earlier is not None:
                dc *= f  # dL/dc_{t-1} = dL/dc_t f_t: the conveyor, past W_hh
                earlier.baddbmm_(w_hh, d_sums)
        d_hh, d_ih, *d_bias = torch.split(_in_order(total, [1, 2, 0, 3]), self.columns, 2)
        grads["weight_hh"].copy_(d_hh)
        grads["weight_ih"].copy_(d_ih)
        for d in d_bias:
            grads["bias_ih"].copy_(d[..., 0])
            grads["bias_hh"].copy_(d[..., 0])

    def set_slopes(self) -> None:
        """From the gates; all in place, since memory is what such large calls wait for."""
        (g, i, _, o), (s_g, s_i, s_f, s_o) = self.gates.unbind(2), self.slopes.unbind(2)
        sigmoids, slopes = self.gates[:, :, 1:], self.slopes[:, :, 1:]
        torch.sub(torch.ones(()), sigmoids, out=slopes)
        slopes *= sigmoids  # of a sigmoid: σ (1 - σ)
        s_i *= g
        s_f *= self.c[:-1]
        s_o *= self.activated
        torch.mul(g, g, out=s_g)
        torch.addcmul(i, i, s_g, value=-1, out=s_g)  # i (1 - g²)
        torch.mul(self.activated, self.activated, out=self.kept)
        torch.addcmul(o, o, self.kept, value=-1, out=self.kept)  # o (1 - tanh²(c))

    def to_input(self) -> Tensor:
        """Of each step by a product of its own."""
        w_ih = torch.split(self.weight, self.columns, 2)[1]
        d_x = torch.matmul(w_ih.mT, self.slopes.flatten(2, 3))  # (time, run, feature, batch)
        return d_x.permute(1, 0, 3, 2).flatten(1, 2)


class GruLayer(RowLayer):
    """n = tanh(W_in x + b_in + r (W_hn h + b_hn)) and h = (1 - z) n + z h."""

    cell = "gru"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec, features: int) -> None:
        super().__init__(runs, steps, batch, model, features)
        self.hidden = self.numbers(3)  # W_hh h + b_hh
        self.d_hh = self.numbers(3)
        self.slopes = self.numbers(3)  # dh_t/d(W_hh h_{t-1} + b_hh) of r, z and n
        units = model.hidden_size
        gates = [(s[..., : 2 * units], *s.chunk(3, -1)) for s in self.sums.unbind(1)]
        hidden = [(s, s[..., : 2 * units], s[..., 2 * units :]) for s in self.hidden.unbind(1)]
        self.forth = list(zip(gates, hidden, self.before.unbind(1), self.h.unbind(1), strict=False))
        parts = [(d, _by_gate(d, 3)) for d in self.d_hh.unbind(1)]
        slopes = _by_gate(self.slopes, 3).unbind(1)
        z = self.sums[..., units : 2 * units].unbind(1)
        self.back = list(zip(self.dh.unbind(1), parts, slopes, z, strict=True))

    def through_time(self, w: Weights) -> None:
        """Step by step; the gates stay in ``sums``."""
        w_hh = w["weight_hh"].mT
        bias = w["bias_hh"][:, None] if "bias_hh" in w else torch.zeros(())
        for (both, r, z, n), (hidden, hidden_both, hidden_n), before, h in self.forth:
            torch.baddbmm(bias, before, w_hh, out=hidden)
            both.add_(hidden_both).sigmoid_()
            n.addcmul_(r, hidden_n)
            n.tanh_()
            torch.lerp(n, before, z, out=h)  # n + z (h_{t-1} - n) = (1 - z) n + z h_{t-1}

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """All slopes at once, then dL/dh step by step."""
        r, z, n = self.sums.chunk(3, -1)
        s_r, s_z, s_n = self.slopes.chunk(3, -1)
        slope_n = (1 - z) * (1 - n * n)  # dh_t/da_n; a_n = W_in x_t + b_in + r_t (W_hn h_{t-1} + b_hn)
        torch.mul(slope_n * self.hidden.chunk(3, -1)[2], r * (1 - r), out=s_r)
        torch.mul(self.before[:, :-1] - n, z * (1 - z), out=s_z)
        torch.mul(slope_n, r, out=s_n)
        self.carried.zero_()
        for t in reversed(range(len(self.back))):
            dh, (d_sum, d_rzn), slopes, z_t = self.back[t]
            dh += self.carried
            torch.mul(slopes, dh[:, :, None], out=d_rzn)
            if t in cuts:
                self.carried.zero_()
            else:
                torch.mul(dh, z_t, out=self.carried)  # past the weights, of z_t h_{t-1}
                self.carried.baddbmm_(d_sum, w["weight_hh"])
        # The input's part of a_n does not go through r_t: there dL/da_n itself, by the total dL/dh_t of the loop above.
        self.d_ih.copy_(self.d_hh)
        torch.mul(slope_n, self.dh, out=self.d_ih.chunk(3, -1)[2])


def _in_order(weights: Tensor, gates: list[int]) -> Tensor:
    """Of shape (run, gate * unit, column), the gates in another order."""
    runs, _, columns = weights.shape
    return weights.view(runs, len(gates), -1, columns)[:, gates].flatten(1, 2)


def _by_gate(stacked: Tensor, gates: int) -> Tensor:
    """The last axis as two, (gate, unit)."""
    return stacked.view(*stacked.shape[:-1], gates, -1)


LAYERS: dict[Cell, type[Layer]] = {"rnn": RnnLayer, "lstm": LstmLayer, "gru": GruLayer}
