"""Frozen settings: what network is meant, and which of its numbers were typed over."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from rnnviz.names import CELLS, NONLINEARITIES, Cell, Direction, Nonlinearity

Sizes = Literal["input_size", "hidden_size", "num_layers"]
Recurrent = Literal["default", "orthogonal"]
RECURRENTS: Final[tuple[Recurrent, ...]] = get_args(Recurrent)
"""What the recurrent weights W_hh may start as."""

_FLOAT32_MAX: Final = 3.4028234663852886e38


@dataclass(frozen=True)
class ModelSpec:
    """A recurrent network with a linear read-out, as ``models.build`` makes it.

    Attributes
    ----------
    cell : {"rnn", "lstm", "gru"}
    input_size, hidden_size, num_layers : int
        As in ``torch.nn.RNN``.
    output_size : int
        Rows of the read-out W_ho; 0 for none.
    bidirectional, bias : bool
    nonlinearity : {"tanh", "relu"}
        Of a plain RNN.
    seed : int
        For ``torch.manual_seed`` right before the weights are drawn.
    forget_bias : float or None
        Of an LSTM with biases, in every layer and direction: the forget part of ``bias_ih``, that of ``bias_hh`` being
        0, since the two are added. None for what torch draws. Other networks have none and do not heed it.
    recurrent : {"default", "orthogonal"}
        W_hh as torch draws it, or every gate's block a random orthogonal matrix.
    recurrent_scale : float
        W_hh is multiplied by it.

    References
    ----------
    torch.nn.RNN, LSTM, GRU (all weights and biases uniform in ±1/sqrt(hidden_size)); Jozefowicz, Zaremba, Sutskever
    (2015), section 2.2 (forget bias); Saxe, McClelland, Ganguli (2014), arXiv 1312.6120 (orthogonal matrices).
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

    def __post_init__(self) -> None:
        _one_of("cell", self.cell, CELLS)
        _one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        for name in get_args(Sizes):
            _at_least(name, getattr(self, name), 1)
        _at_least("output_size", self.output_size, 0)
        _at_least("seed", self.seed, 0)
        _one_of("recurrent", self.recurrent, RECURRENTS)
        if self.forget_bias is not None:
            _finite("forget_bias", self.forget_bias, "None or a finite number")
        _finite("recurrent_scale", self.recurrent_scale, "a finite number of at least 0", least=0)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that the network reads in."""
        return ("forward", "reverse") if self.bidirectional else ("forward",)

    @property
    def has_forget_bias(self) -> bool:
        """Whether there is a forget bias to set: in an LSTM with biases."""
        return self.cell == "lstm" and self.bias

    @property
    def initialisation(self) -> str:
        """What is not torch's own start of the weights, in words: ``forget bias 3, W_hh orthogonal × 1.5``."""
        parts = [f"forget bias {self.forget_bias:g}"] if self.has_forget_bias and self.forget_bias is not None else []
        orthogonal = " orthogonal" * (self.recurrent == "orthogonal")
        scaled = f" × {self.recurrent_scale:g}" * (self.recurrent_scale != 1)
        if orthogonal or scaled:
            parts.append(f"W_hh{orthogonal}{scaled}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Edit:
    """One number that was typed over.

    Attributes
    ----------
    name : str
        A parameter by torch's name (``weight_hh_l0``, ``bias_ih_l1_reverse``, ``head.weight``) or ``x``, the input.
    index : tuple of int
        Its place: (row, column) of a matrix, (row,) of a bias, (time, feature) of ``x``.
    value : float
    """

    name: str
    index: tuple[int, ...]
    value: float


def _one_of(name: str, got: object, allowed: tuple[str, ...]) -> None:
    if got not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {got!r}")


def _at_least(name: str, got: object, least: int) -> None:
    if not isinstance(got, int) or isinstance(got, bool) or got < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {got!r}")


def _finite(name: str, got: object, expected: str, *, least: float = -_FLOAT32_MAX) -> None:
    if not isinstance(got, int | float) or isinstance(got, bool) or not least <= got <= _FLOAT32_MAX:
        raise ValueError(f"{name} must be {expected}; got {got!r}")
