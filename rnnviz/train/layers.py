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


# factor * σ'(a) of σ(a), and factor * tanh'(a) of tanh(a), in one go
_by_sigmoid = torch.ops.aten.sigmoid_backward.grad_input
_by_tanh = torch.ops.aten.tanh_backward.grad_input


class Layer:
    """What all cells have in common: the input's part of the sums, and the gradients of the weights.

    Attributes:
        h: Of shape (run, time, batch, unit). The states that the last ``forward`` gave.
        dh: Of shape (run, time, batch, unit). ``backward`` begins with the gradient of the loss by the layer's output,
            and leaves the total one.
    """

    cell: Cell

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec) -> None:
        self.sizes = (runs, steps, batch, model.hidden_size)
        self.relu = model.nonlinearity == "relu"
        self.before = torch.zeros(runs, steps + 1, batch, model.hidden_size)  # h_{t-1} at t
        self.h = self.before[:, 1:]
        self.dh = self.numbers()
        self.sums = self.numbers(len(GATES[self.cell]))
        self.d_ih = self.numbers(len(GATES[self.cell]))  # dL/d(W_ih x_t + b_ih)
        self.d_hh = self.d_ih  # dL/d(W_hh h_{t-1} + b_hh): the same where the two are just added, so not in a GRU

    def numbers(self, per_unit: int = 1) -> Tensor:
        """A buffer of shape (run, time, batch, per_unit * unit)."""
        return torch.zeros(*self.sizes[:3], per_unit * self.sizes[3])

    def forward(self, x: Tensor, w: Weights) -> None:
        """Fill ``h`` for an input of shape (run, time * batch, feature)."""
        sums = self.sums.flatten(1, 2)  # (run, time * batch, gate * unit)
        if "bias_ih" in w:
            # A GRU's b_hh stays with W_hh h_{t-1}, since r_t multiplies n's part of both.
            bias = w["bias_ih"] if self.cell == "gru" else w["bias_ih"] + w["bias_hh"]
            torch.baddbmm(bias[:, None], x, w["weight_ih"].mT, out=sums)
        else:
            torch.bmm(x, w["weight_ih"].mT, out=sums)
        self.through_time(w)

    def backward(self, x: Tensor, w: Weights, grads: Weights, cuts: Cuts) -> None:
        """Put the gradients of the weights into ``grads``."""
        self.back_through_time(w, cuts)
        d_ih, d_hh = self.d_ih.flatten(1, 2), self.d_hh.flatten(1, 2)
        # dL/dW_ih = Σ_t dL/da_t x_t' and dL/dW_hh = Σ_t dL/da_t h_{t-1}', over all steps and samples in one product.
        # Transposed, with the few features first: where the input is narrow, that takes a seventh of the time.
        grads["weight_ih"].copy_(torch.bmm(x.mT, d_ih).mT)
        grads["weight_hh"].copy_(torch.bmm(self.before[:, :-1].flatten(1, 2).mT, d_hh).mT)
        if "bias_ih" in grads:
            torch.sum(d_ih, 1, out=grads["bias_ih"])
            if self.d_hh is self.d_ih:
                grads["bias_hh"].copy_(grads["bias_ih"])
            else:
                torch.sum(d_hh, 1, out=grads["bias_hh"])

    def d_input(self, w: Weights) -> Tensor:
        """The gradient of the input, shaped as it was given, after ``backward``."""
        return torch.bmm(self.d_ih.flatten(1, 2), w["weight_ih"])

    def through_time(self, w: Weights) -> None:
        """From ``sums`` to ``h``."""
        raise NotImplementedError

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """From ``dh`` to ``d_ih`` and ``d_hh``."""
        raise NotImplementedError


class RnnLayer(Layer):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), or ReLU."""

    cell = "rnn"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec) -> None:
        super().__init__(runs, steps, batch, model)
        self.slope = self.numbers()
        self.forth = list(zip(self.sums.unbind(1), self.before.unbind(1), self.h.unbind(1), strict=False))
        self.back = list(zip(self.dh.unbind(1), self.slope.unbind(1), self.d_hh.unbind(1), strict=True))

    def through_time(self, w: Weights) -> None:
        """Step by step."""
        w_hh, activation = _turned(w["weight_hh"]), torch.relu_ if self.relu else torch.tanh_
        for sums, before, h in self.forth:
            torch.baddbmm(sums, before, w_hh, out=h)
            activation(h)

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """dL/da_t = dL/dh_t times the slope of the squashing there."""
        if self.relu:
            torch.sign(self.h, out=self.slope)  # 1 where a unit is on, 0 where it is off
        else:  # tanh'(a_t) = 1 - h_t²
            torch.addcmul(torch.ones(()), self.h, self.h, value=-1, out=self.slope)
        for t in reversed(range(len(self.back))):
            dh, slope, d_sum = self.back[t]
            torch.mul(dh, slope, out=d_sum)
            if t and t not in cuts:  # truncated: the step before gets nothing of what comes later
                self.back[t - 1][0].baddbmm_(d_sum, w["weight_hh"])


class LstmLayer(Layer):
    """c = f c + i g and h = o tanh(c)."""

    cell = "lstm"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec) -> None:
        super().__init__(runs, steps, batch, model)
        self.c_before = torch.zeros_like(self.before)
        self.activated = self.numbers()  # tanh(c)
        self.slopes = self.numbers(4)  # dc_t/da of i, f and g; dh_t/da of o
        self.kept = self.numbers()  # dh_t/dc_t
        self.carried_c = torch.zeros(runs, batch, model.hidden_size)  # dL/dc that goes on to the step before
        self.carried_to_gates = self.carried_c[:, :, None]
        units = model.hidden_size
        # Views are taken once, not at each step: i and f together, since both are sigmoids, then each gate alone.
        gates = [(s[..., : 2 * units], *s.chunk(4, -1)) for s in self.sums.unbind(1)]
        states = zip(self.before.unbind(1), self.c_before.unbind(1), strict=True)
        after = zip(self.h.unbind(1), self.c_before[:, 1:].unbind(1), self.activated.unbind(1), strict=True)
        self.forth = list(zip(self.sums.unbind(1), gates, states, after, strict=False))
        parts = [(d, _by_gate(d, 4)[..., :3, :], d[..., 3 * units :]) for d in self.d_hh.unbind(1)]
        ifg = _by_gate(self.slopes, 4)[..., :3, :].unbind(1)
        o = self.slopes[..., 3 * units :].unbind(1)
        f = self.sums[..., units : 2 * units].unbind(1)
        self.back = list(zip(self.dh.unbind(1), parts, ifg, o, f, self.kept.unbind(1), strict=True))

    def through_time(self, w: Weights) -> None:
        """Step by step; the gates stay in ``sums``."""
        w_hh = _turned(w["weight_hh"])
        for sums, (both, i, f, g, o), (h_before, c_before), (h, c, activated) in self.forth:
            torch.baddbmm(sums, h_before, w_hh, out=sums)
            both.sigmoid_()
            g.tanh_()
            o.sigmoid_()
            torch.mul(f, c_before, out=c)  # written where the next step reads its c_{t-1}
            c.addcmul_(i, g)
            torch.tanh(c, out=activated)
            torch.mul(o, activated, out=h)

    def back_through_time(self, w: Weights, cuts: Cuts) -> None:
        """All slopes at once, then dL/dh and dL/dc step by step."""
        i, f, g, o = self.sums.chunk(4, -1)
        s_i, s_f, s_g, s_o = self.slopes.chunk(4, -1)
        _by_sigmoid(g, i, grad_input=s_i)
        _by_sigmoid(self.c_before[:, :-1], f, grad_input=s_f)
        _by_tanh(i, g, grad_input=s_g)
        _by_sigmoid(self.activated, o, grad_input=s_o)
        _by_tanh(o, self.activated, grad_input=self.kept)
        self.carried_c.zero_()
        for t in reversed(range(len(self.back))):
            dh, (d_sum, d_ifg, d_o), ifg, slope_o, f_t, kept = self.back[t]
            # dL/dc_t = dL/dc_{t+1} f_{t+1} + dL/dh_t o_t (1 - tanh²(c_t)); i, f, g act on c_t, o on h_t.
            dc = self.carried_c.addcmul_(dh, kept)
            torch.mul(ifg, self.carried_to_gates, out=d_ifg)
            torch.mul(slope_o, dh, out=d_o)
            if t in cuts:
                dc.zero_()
            elif t:
                dc *= f_t  # dL/dc_{t-1} = dL/dc_t f_t: the conveyor, past W_hh
                self.back[t - 1][0].baddbmm_(d_sum, w["weight_hh"])


class GruLayer(Layer):
    """n = tanh(W_in x + b_in + r (W_hn h + b_hn)) and h = (1 - z) n + z h."""

    cell = "gru"

    def __init__(self, runs: int, steps: int, batch: int, model: ModelSpec) -> None:
        super().__init__(runs, steps, batch, model)
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
        w_hh = _turned(w["weight_hh"])
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
        for t in reversed(range(len(self.back))):
            dh, (d_sum, d_rzn), slopes, z_t = self.back[t]
            torch.mul(slopes, dh[:, :, None], out=d_rzn)
            if t and t not in cuts:
                before = self.back[t - 1][0].addcmul_(dh, z_t)  # past the weights, of z_t h_{t-1}
                before.baddbmm_(d_sum, w["weight_hh"])
        # The input's part of a_n does not go through r_t: there dL/da_n itself, by the total dL/dh_t of the loop above.
        self.d_ih.copy_(self.d_hh)
        torch.mul(slope_n, self.dh, out=self.d_ih.chunk(3, -1)[2])


def _turned(w_hh: Tensor) -> Tensor:
    """The transpose, also in memory: so the product of each step takes up to 40 % less time."""
    return w_hh.mT.contiguous()


def _by_gate(stacked: Tensor, gates: int) -> Tensor:
    """The last axis as two, (gate, unit)."""
    return stacked.view(*stacked.shape[:-1], gates, -1)


LAYERS: dict[Cell, type[Layer]] = {"rnn": RnnLayer, "lstm": LstmLayer, "gru": GruLayer}
