"""What a network did while it turned one sequence into another, and the arithmetic of one look at the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from rnnviz.attention.recipes import SCORES, Score

END: Final = "<end>"
"""What a network says last."""

START: Final = "<start>"
"""What a decoder reads first."""

_EVERYWHERE: Final = {
    "encoded": ("source", "unit"),
    "queries": ("step", "unit"),
    "combined": ("step", "unit"),
    "logits": ("step", "symbol"),
    "probabilities": ("step", "symbol"),
}
_WITH_ATTENTION: Final = {"scores": ("step", "source"), "weights": ("step", "source"), "context": ("step", "unit")}


@dataclass(frozen=True, eq=False)
class Decoding:
    """What a network did while it turned one source into an output. Validated once, here; the arrays are read-only.

    Attributes:
        source: The tokens that were read, as they were typed.
        output: The tokens that were said, ``END`` last if it came.
        symbols: All that can be said, in the order of the logits.
        encoded: float32 of shape (source, unit). The encoder's states h_j, in two directions those of the forward one
            first; the reverse one at input time.
        start: float32 of shape (unit,). The decoder's state before its first step: what the encoder ends with. Without
            attention all goes through it.
        queries: float32 of shape (step, unit). The decoder's states s_i, with which the source is looked through.
        scores: float32 of shape (step, source), or None without attention. Before the softmax.
        weights: float32 of shape (step, source), or None. The softmax of the scores, or at an edited step what was made
            of it. Sums to 1 over the source.
        context: float32 of shape (step, unit), or None. The weighted sum of the encoder's states.
        combined: float32 of shape (step, unit). tanh(W_c [c_i; s_i]), from which the logits are read; without attention
            tanh(W_c s_i).
        logits, probabilities: float32 of shape (step, symbol).
        forced: What had to be said, by step.
        edited: The weights that were typed, by step and place of the source.

    Raises:
        ValueError: If the arrays do not fit each other.

    >>> from rnnviz import attention
    >>> decoding = attention.load("reverse-dot").decode("12345")
    >>> decoding.output
    ('5', '4', '3', '2', '1', '<end>')
    >>> decoding.weights.shape
    (6, 5)
    >>> decoding.weights.argmax(1)[:5].tolist()
    [4, 3, 2, 1, 0]
    """

    network: str
    score: Score
    source: tuple[str, ...]
    output: tuple[str, ...]
    symbols: tuple[str, ...]
    encoded: np.ndarray
    start: np.ndarray
    queries: np.ndarray
    scores: np.ndarray | None
    weights: np.ndarray | None
    context: np.ndarray | None
    combined: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray
    forced: Mapping[int, str] = field(default_factory=dict)
    edited: Mapping[int, Mapping[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise ValueError(f"score must be one of {', '.join(SCORES)}; got {self.score!r}")
        sizes = {
            "step": len(self.output),
            "source": len(self.source),
            "symbol": len(self.symbols),
            "unit": np.shape(self.start)[0],
        }
        axes = _EVERYWHERE | (_WITH_ATTENTION if self.has_attention else {}) | {"start": ("unit",)}
        for name, of in axes.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), tuple(sizes[axis] for axis in of)))
        if not self.has_attention and any(getattr(self, name) is not None for name in _WITH_ATTENTION):
            raise ValueError(f"{', '.join(_WITH_ATTENTION)} must be None without attention; got arrays")
        object.__setattr__(self, "forced", MappingProxyType(dict(self.forced)))
        frozen = {step: MappingProxyType(dict(places)) for step, places in self.edited.items()}
        object.__setattr__(self, "edited", MappingProxyType(frozen))

    @property
    def has_attention(self) -> bool:
        """Whether the source is looked at while the output is said."""
        return self.score != "none"

    @property
    def steps(self) -> int:
        """How many tokens were said, ``END`` among them."""
        return len(self.output)

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the decoder read at each step: ``START``, then what was said at the step before."""
        return (START, *self.output[:-1])

    @property
    def has_ended(self) -> bool:
        """Whether the network came to an end by itself, or was made to, before the limit."""
        return bool(self.output) and self.output[-1] == END

    @property
    def text(self) -> str:
        """The output as one text, without ``END``."""
        return "".join(token for token in self.output if token != END)

    def likeliest(self, step: int, count: int = 5) -> tuple[tuple[str, float], ...]:
        """The likeliest tokens of a step with their probabilities, the likeliest first."""
        row = self.probabilities[step]
        return tuple((self.symbols[k], float(row[k])) for k in np.argsort(-row, kind="stable")[:count])


@dataclass(frozen=True, eq=False)
class Arithmetic:
    """Every number of one look at the source, in the order of computation; all are float32 as torch computes them.

    Attributes:
        query: Of shape (unit,). s_i.
        keys: Of shape (source, unit). h_j.
        from_query: Of shape (attention unit,). W_q s_i of an additive score; for dot, None, as all down to ``v``.
        from_keys: Of shape (source, attention unit), or None. W_k h_j.
        bias: Of shape (attention unit,), or None.
        summed: Of shape (source, attention unit), or None. W_q s_i + W_k h_j + b.
        activated: Of shape (source, attention unit), or None. tanh of it.
        v: Of shape (attention unit,), or None.
        products: Ndarray of shape (source, attention unit) or (source, unit). The terms of the score: v tanh(…) of each
            attention unit, or s_i h_j of each unit.
        scores: Of shape (source,). Their sums e_ij.
        largest: Of the scores: it is taken off before exp, which changes no weight and keeps exp finite.
        exponentials: Of shape (source,). exp(e_ij - largest).
        total: Their sum.
        softmax: Of shape (source,). exponentials / total.
        weights: Of shape (source,). The same, or at an edited step what was made of it.
        weighted: Of shape (source, unit). weights times keys.
        context: Of shape (unit,). Their sum c_i.

    Source: Additive: Bahdanau, Cho, Bengio (2014), arXiv 1409.0473, appendix A.1.2. Dot: Luong, Pham, Manning (2015),
        arXiv 1508.04025, equation 8.

    >>> from rnnviz import attention
    >>> model = attention.load("reverse-dot")
    >>> arithmetic = model.arithmetic(model.decode("12345"), step=0)
    >>> arithmetic.scores.shape
    (5,)
    >>> round(float(arithmetic.weights.sum()), 3)
    1.0
    """

    step: int
    score: Score
    query: np.ndarray
    keys: np.ndarray
    from_query: np.ndarray | None
    from_keys: np.ndarray | None
    bias: np.ndarray | None
    summed: np.ndarray | None
    activated: np.ndarray | None
    v: np.ndarray | None
    products: np.ndarray
    scores: np.ndarray
    largest: float
    exponentials: np.ndarray
    total: float
    softmax: np.ndarray
    weights: np.ndarray
    weighted: np.ndarray
    context: np.ndarray


def _checked(name: str, array: object, shape: tuple[int, ...]) -> np.ndarray:
    """A read-only view."""
    view = np.asarray(array, np.float32).view()
    if view.shape != shape:
        raise ValueError(f"{name} must be of shape {shape}; got {view.shape}")
    view.flags.writeable = False
    return view
