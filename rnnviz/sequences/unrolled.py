"""What a network did on one sequence, as it is drawn: a column a step."""

from dataclasses import dataclass

import numpy as np

from rnnviz.sequences.kinds import Kind


@dataclass(frozen=True, eq=False)
class Unrolled:
    """A network on one sequence. Validated once, here; the arrays are read-only.

    Attributes:
        about: Cell, sizes, seed and what was measured, for a caption.
        read: The token that is read at each step; empty where nothing is.
        fed: Whether that token is what the network itself said a step before.
        unknown: Whether the token is ``[UNK]`` to the network.
        h: float32 of shape (time, unit).
        symbols: All that can be said, in the order of the logits.
        probabilities: float32 of shape (time, symbol). The softmax of the logits; NaN where nothing is asked.
        wanted: What would be right at each step; empty where nothing is asked or nobody can say.
        is_recurrent: Whether a step knows of the one before: not where every token is a problem by itself.
        turn: The first step of a second network, which goes on from the state of the first, if there are two.

    Raises:
        ValueError: If these do not fit each other.

    >>> from rnnviz import sequences
    >>> unrolled = sequences.unroll("parity", "1 0 1 1")
    >>> unrolled.read
    ('1', '0', '1', '1')
    >>> unrolled.wanted
    ('odd', 'odd', 'even', 'odd')
    >>> unrolled.h.shape[0], unrolled.probabilities.shape
    (4, (4, 2))
    """

    problem: str
    kind: Kind
    network: str
    about: str
    read: tuple[str, ...]
    fed: tuple[bool, ...]
    unknown: tuple[bool, ...]
    h: np.ndarray
    symbols: tuple[str, ...]
    probabilities: np.ndarray
    wanted: tuple[str, ...]
    is_recurrent: bool = True
    turn: int | None = None

    def __post_init__(self) -> None:
        steps = len(self.read)
        for name in ("fed", "unknown", "wanted"):
            if len(getattr(self, name)) != steps:
                raise ValueError(f"{name} must have {steps} steps, as read has; got {len(getattr(self, name))}")
        for name, shape in (("h", (steps, *np.shape(self.h)[1:])), ("probabilities", (steps, len(self.symbols)))):
            view = np.asarray(getattr(self, name), np.float32).view()
            if view.ndim != 2 or view.shape != shape:
                raise ValueError(f"{name} must be of shape {shape}; got {view.shape}")
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.read)

    @property
    def asked(self) -> tuple[bool, ...]:
        """Whether something is said at each step."""
        return tuple(bool(row) for row in np.isfinite(self.probabilities).all(1))

    @property
    def said(self) -> tuple[str, ...]:
        """The likeliest symbol of each step; empty where nothing is asked."""
        pairs = zip(self.asked, self.probabilities, strict=True)
        return tuple(self.symbols[int(row.argmax())] if asked else "" for asked, row in pairs)
