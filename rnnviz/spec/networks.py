"""A recurrent network in plain settings, and numbers that were typed over in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.names import CELLS, NONLINEARITIES, RESETS, Cell, Direction, Nonlinearity, Reset
from rnnviz.spec.checks import at_least, finite, is_family, not_negative, one_of, quoted, yes_or_no

Sizes = Literal["input_size", "hidden_size", "num_layers"]
Recurrent = Literal["default", "orthogonal", "identity"]
RECURRENTS: Final[tuple[Recurrent, ...]] = get_args(Recurrent)
"""What the recurrent weights W_hh may start as."""

FILE_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "input_size": (1, 65_536),
    "hidden_size": (1, 65_536),
    "num_layers": (1, 64),
    "output_size": (0, 65_536),
}
"""The least and the most that a file may claim. Beyond these even the list of its parameters takes seconds to make."""


@dataclass(frozen=True)
class ModelSpec:
    """A recurrent network with a linear read-out, as ``models.build`` makes it.

    Attributes:
        input_size, hidden_size, num_layers: As in ``torch.nn.RNN``.
        output_size: Rows of the read-out W_ho; 0 for none.
        nonlinearity: Of a plain RNN.
        seed: For ``torch.manual_seed`` right before the weights are drawn.
        forget_bias: Of an LSTM with biases, in every layer and direction: the forget part of ``bias_ih``; that of
            ``bias_hh`` is 0, since the two are added. None for what torch draws. Other networks ignore it.
        recurrent: W_hh as torch draws it, or every gate's block a random orthogonal matrix or the identity. A plain RNN
            with the identity starts as its authors start it: biases 0, W_ih from N(0, 0.001²).
        recurrent_scale: W_hh is multiplied by it.
        trained: The weights come from the checkpoint ``<trained>-<cell>``, whatever seed and start say. Empty for
            weights as they are drawn.
        reset: Of a GRU: whether its reset gate multiplies what W_hn makes of the state, ``after`` the product, as in
            torch, or the state ``before`` it, as in its first paper. Other networks ignore it.

    Source: torch.nn.RNN, LSTM, GRU (all weights and biases uniform in ±1/sqrt(hidden_size)); Jozefowicz, Zaremba,
        Sutskever (2015), section 2.2 (forget bias); Saxe, McClelland, Ganguli (2014), arXiv 1312.6120 (orthogonal
        matrices); Le, Jaitly, Hinton (2015), arXiv 1504.00941 (identity, with ReLU); Cho et al. (2014), arXiv
        1406.1078, equation 8 (the reset before the product).

    >>> from rnnviz import ModelSpec
    >>> ModelSpec("lstm", input_size=16, hidden_size=64, bidirectional=True).directions
    ('forward', 'reverse')
    >>> ModelSpec("lstm", forget_bias=1.0).initialisation
    'forget bias 1'
    """

    cell: Cell = "rnn"
    input_size: int = 5
    hidden_size: int = 2
    num_layers: int = 1
    output_size: int = 1
    bidirectional: bool = False
    bias: bool = True
    nonlinearity: Nonlinearity = "tanh"
    seed: int = 1
    forget_bias: float | None = None
    recurrent: Recurrent = "default"
    recurrent_scale: float = 1.0
    trained: str = ""
    reset: Reset = "after"

    def __post_init__(self) -> None:
        one_of("cell", self.cell, CELLS)
        one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        for name in get_args(Sizes):
            at_least(name, getattr(self, name), 1)
        at_least("output_size", self.output_size, 0)
        at_least("seed", self.seed, 0)
        for name in ("bidirectional", "bias"):
            yes_or_no(name, getattr(self, name))
        one_of("recurrent", self.recurrent, RECURRENTS)
        one_of("reset", self.reset, RESETS)
        if self.forget_bias is not None:
            finite("forget_bias", self.forget_bias, "None or a finite number")
        not_negative("recurrent_scale", self.recurrent_scale)
        if self.trained != "" and not is_family(self.trained):
            raise ValueError(
                "trained must be empty or the name of trained networks, lower case letters, digits and hyphens; "
                f"got {quoted(self.trained)}"
            )

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that the network reads in."""
        return ("forward", "reverse") if self.bidirectional else ("forward",)

    @property
    def has_forget_bias(self) -> bool:
        """Whether there is a forget bias to set: in an LSTM with biases."""
        return self.cell == "lstm" and self.bias

    @property
    def resets_before(self) -> bool:
        """Whether it is a GRU whose reset gate multiplies the state before the product with W_hn."""
        return self.cell == "gru" and self.reset == "before"

    @property
    def starts_small(self) -> bool:
        """Whether W_ih starts near 0 and the biases at it: in a plain RNN whose W_hh is the identity."""
        return self.cell == "rnn" and self.recurrent == "identity"

    @property
    def initialisation(self) -> str:
        """How the start of the weights differs from torch's own: ``forget bias 3, W_hh orthogonal × 1.5``."""
        if self.trained:
            return ""
        parts = [f"forget bias {self.forget_bias:g}"] if self.has_forget_bias and self.forget_bias is not None else []
        kind = f" {self.recurrent}" * (self.recurrent != "default")
        scaled = f" × {self.recurrent_scale:g}" * (self.recurrent_scale != 1)
        if kind or scaled:
            parts.append(f"W_hh{kind}{scaled}")
        if self.starts_small:
            parts.append("W_ih small, b 0" if self.bias else "W_ih small")
        return ", ".join(parts)


@dataclass(frozen=True)
class Edit:
    """One number that was typed over.

    Attributes:
        name: A parameter by torch's name (``weight_hh_l0``, ``bias_ih_l1_reverse``, ``head.weight``), or ``x``.
        index: (row, column) of a matrix, (row,) of a bias, (time, feature) of the input ``x``.

    >>> from rnnviz import ModelSpec, build
    >>> from rnnviz.spec import Edit
    >>> network = build(ModelSpec("rnn", 2, 3), [Edit("weight_hh_l0", (0, 1), 0.5)])
    >>> network.rnn.weight_hh_l0[0, 1].item()
    0.5
    """

    name: str
    index: tuple[int, ...]
    value: float
