"""What a linear function reads out of hidden states, and what it reads of an arbitrary property in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch.nn import functional

from rnnviz.names import Direction
from rnnviz.trace import Trace

PENALTY: Final = 1e-3
"""Of the squared weights, on units of standard deviation 1, beside the mean cross-entropy."""

LEAST_SEQUENCES: Final = 4
"""From which a part is held out."""

_ROUNDS: Final = 200
_CONTROLS: Final = 3
_MOST_CLASSES: Final = 100
_DRAWS: Final = 1_000
_INTERVAL: Final = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear classifier of states, what it is worth, and what it would be worth on labels that mean nothing.

    Attributes:
        classes: The labels, sorted.
        weight, bias: Of shapes (class, unit) and (class,): logits are ``states @ weight.T + bias``.
        accuracy: The share of the held-out steps that it labels as they are.
        interval: Between which 95 % of the accuracies lie, if held-out sequences are drawn again, with replacement. NaN
            if one sequence alone is held out.
        commonest: The share that is right if the commonest label of the training steps is always said.
        control: The mean accuracy of 3 probes trained in the same way on control tasks, where each kind of token has
            one label at random, drawn as the labels of the steps are. NaN if the traces have only step numbers.
        kinds: The number of kinds of tokens; with few of them control tasks are easy for any state.
        trained_on, held_out: The numbers of steps.

    >>> import torch, rnnviz
    >>> trace = rnnviz.capture(torch.nn.RNN(1, 4, batch_first=True), torch.arange(40.0).view(8, 5, 1))
    >>> found = rnnviz.probe(trace, [["early", "early", "early", "late", "late"]] * 8)
    >>> found.predicted(trace.panel("h")).shape
    (5,)
    """

    classes: tuple[str, ...]
    weight: np.ndarray
    bias: np.ndarray
    accuracy: float
    interval: tuple[float, float]
    commonest: float
    control: float
    kinds: int
    trained_on: int
    held_out: int

    @property
    def selectivity(self) -> float:
        """Accuracy less that on control tasks; near 0 or below, the probe learns any labels of the tokens as well."""
        return self.accuracy - self.control

    def predicted(self, states: np.ndarray) -> np.ndarray:
        """The label of each state of shape (…, unit), as an array of texts of shape (…)."""
        said: np.ndarray = np.array(self.classes)[_said(states, self.weight, self.bias)]
        return said

    def direction(self, label: object, other: object = None) -> np.ndarray:
        """The direction of length 1 along which a label gains most on another, or on the mean of all others: (unit,).

        Raises:
            ValueError: If there is no such label.
        """
        against = [one for one in self.classes if one != str(label)] if other is None else [str(other)]
        rows = [self._row(str(label)), *map(self._row, against)]
        normal = rows[0] - np.mean(rows[1:], axis=0)
        if not normal.any():
            raise ValueError(f"other must be another label than {label}; got {other}")
        unit: np.ndarray = normal / np.linalg.norm(normal)
        return unit

    def _row(self, label: str) -> np.ndarray:
        if label not in self.classes:
            raise ValueError(f"label must be one of {', '.join(self.classes)}; got {label!r}")
        row: np.ndarray = self.weight[self.classes.index(label)]
        return row


@dataclass(frozen=True)
class _Steps:
    """All steps of some sequences: states (step, unit), a class each, a kind of token each, and whose they are."""

    states: np.ndarray
    classes: np.ndarray
    kinds: np.ndarray
    sequences: np.ndarray

    def of(self, sequences: np.ndarray) -> "_Steps":
        chosen = np.isin(self.sequences, sequences)
        return _Steps(self.states[chosen], self.classes[chosen], self.kinds[chosen], self.sequences[chosen])


def probe(
    traces: Trace | Sequence[Trace],
    labels: Sequence[Sequence[object]],
    *,
    signal: str = "h",
    layer: int = 0,
    direction: Direction = "forward",
    held_out: float = 0.3,
    seed: int = 0,
) -> Probe:
    """Whether a property can be read linearly out of the states: logistic regression, judged on held-out sequences.

    A property that is read no better than control tasks may be no more than which token has just been read. One that
    is read better may still be a simple function of that token; compare with labels of earlier tokens.

    Args:
        traces: One of a batch, or several; all their sequences together. Control tasks need their ``tokens``.
        labels: For each sequence a label a step, compared as texts; None for a step that is left out. At most 100
            different ones.
        held_out: The share of the sequences, at least one.
        seed: Of what is held out, of the labels of the control task and of the interval.

    Raises:
        ValueError: If there are fewer than 4 sequences, labels do not fit them, or the training part has one class.

    Source: Hewitt and Liang (2019), arXiv 1909.03368.

    >>> import torch, rnnviz
    >>> values = torch.randint(-9, 10, (60, 20), generator=torch.Generator().manual_seed(0))
    >>> _ = torch.manual_seed(0)
    >>> gru = torch.nn.GRU(1, 16, batch_first=True)
    >>> trace = rnnviz.capture(gru, values[..., None] / 9, tokens=values.tolist())
    >>> before = [[None, *(value > 0 for value in row[:-1])] for row in values.tolist()]  # of the step before
    >>> found = rnnviz.probe(trace, before)
    >>> found.accuracy > found.control > found.commonest
    True
    >>> found.direction(True).shape
    (16,)
    """
    several = [traces] if isinstance(traces, Trace) else list(traces)
    names, steps = _gathered(several, labels, signal, layer, direction)
    random = np.random.default_rng(seed)
    sequences = np.unique(steps.sequences)
    if not 0 < held_out < 1 or len(sequences) < LEAST_SEQUENCES:
        raise ValueError(
            f"held_out must be a share between 0 and 1 of at least {LEAST_SEQUENCES} sequences with labels; "
            f"got {held_out:g} of {len(sequences)}"
        )
    order = random.permutation(sequences)
    count = min(max(1, round(held_out * len(order))), len(order) - 1)
    unseen, seen = steps.of(order[:count]), steps.of(order[count:])
    if len(np.unique(seen.classes)) < 2:
        raise ValueError(f"the training steps must have at least 2 labels; got {names[seen.classes[0]]} at all of them")
    weight, bias = _fitted(seen.states, seen.classes, len(names))
    right = _said(unseen.states, weight, bias) == unseen.classes
    kinds = len(np.unique(steps.kinds))
    return Probe(
        names,
        weight,
        bias,
        accuracy=float(right.mean()),
        interval=_interval(right, unseen.sequences, random),
        commonest=float((unseen.classes == np.bincount(seen.classes).argmax()).mean()),
        control=_controls(seen, unseen, steps, random) if _have_tokens(several) else float("nan"),
        kinds=kinds,
        trained_on=len(seen.classes),
        held_out=len(unseen.classes),
    )


def _gathered(
    traces: Sequence[Trace], labels: Sequence[Sequence[object]], signal: str, layer: int, direction: Direction
) -> tuple[tuple[str, ...], _Steps]:
    """The names of the classes, and every step that has a label."""
    panels = [
        (trace.panel(signal, layer=layer, direction=direction, batch=k)[:length], trace.tokens[k][:length])
        for trace in traces
        for k, length in enumerate(trace.lengths.tolist())
    ]
    labels = [_plain(own) for own in labels]
    if len(labels) != len(panels):
        raise ValueError(f"labels must be of {len(panels)} sequences; got {len(labels)}")
    for k, ((panel, _), own) in enumerate(zip(panels, labels, strict=True)):
        if len(own) != len(panel):
            raise ValueError(f"labels of sequence {k} must be {len(panel)}, one a step; got {len(own)}")
    given = [[None if label is None else str(label) for label in own] for own in labels]
    names = tuple(sorted({label for own in given for label in own if label is not None}))
    if len(names) > _MOST_CLASSES:
        raise ValueError(f"labels must be at most {_MOST_CLASSES} different ones; got {len(names):,}, as {names[0]}")
    kinds = {token: n for n, token in enumerate(sorted({token for _, tokens in panels for token in tokens}))}
    rows = [
        (panel[t], names.index(label), kinds[tokens[t]], k)
        for k, ((panel, tokens), own) in enumerate(zip(panels, given, strict=True))
        for t, label in enumerate(own)
        if label is not None and np.isfinite(panel[t]).all()
    ]
    if not rows:
        raise ValueError("labels must have one that is not None at a step with finite states; got none")
    states, classes, tokens_, sequences = zip(*rows, strict=True)
    return names, _Steps(np.array(states, np.float64), np.array(classes), np.array(tokens_), np.array(sequences))


def _plain(labels: Any) -> Sequence[object]:
    """The labels of a sequence; those of an array or a tensor as plain numbers."""
    plain: Sequence[object] = labels.tolist() if isinstance(labels, torch.Tensor | np.ndarray) else labels
    return plain


def _fitted(states: np.ndarray, classes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (class, unit) and biases of logistic regression, for states as they are."""
    mean, scale = states.mean(0), states.std(0)
    scale[scale < 1e-9] = 1  # a unit that never changes
    x, y = torch.from_numpy((states - mean) / scale), torch.from_numpy(classes)
    weight = torch.zeros(count, x.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(count, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = functional.cross_entropy(x @ weight.T + bias, y) + PENALTY * weight.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    plain = weight.detach().numpy() / scale
    return plain, bias.detach().numpy() - plain @ mean


def _said(states: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    said: np.ndarray = (states @ weight.T + bias).argmax(-1)
    return said


def _have_tokens(traces: Sequence[Trace]) -> bool:
    """Whether there are tokens and not only the numbers of the steps, as ``capture`` gives them by itself."""
    rows = [row[:length] for trace in traces for row, length in zip(trace.tokens, trace.lengths.tolist(), strict=True)]
    return any(row != tuple(map(str, range(len(row)))) for row in rows)


def _controls(seen: _Steps, unseen: _Steps, steps: _Steps, random: np.random.Generator) -> float:
    return float(np.mean([_control(seen, unseen, steps, random) for _ in range(_CONTROLS)]))


def _control(seen: _Steps, unseen: _Steps, steps: _Steps, random: np.random.Generator) -> float:
    """The accuracy on held-out steps of a probe for labels that each kind of token has at random."""
    of_kind = random.choice(steps.classes, size=steps.kinds.max() + 1)
    weight, bias = _fitted(seen.states, of_kind[seen.kinds], steps.classes.max() + 1)
    return float((_said(unseen.states, weight, bias) == of_kind[unseen.kinds]).mean())


def _interval(right: np.ndarray, sequences: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    """Steps of one sequence are alike, so whole sequences are drawn."""
    each, places = np.unique(sequences, return_inverse=True)
    if len(each) == 1:
        return float("nan"), float("nan")
    hits, steps = np.bincount(places, right), np.bincount(places)
    drawn = random.integers(len(each), size=(_DRAWS, len(each)))
    low, high = np.percentile(hits[drawn].sum(1) / steps[drawn].sum(1), _INTERVAL)
    return float(low), float(high)
