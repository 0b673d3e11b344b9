"""Frozen settings: what network is meant, and which of its numbers were typed over."""

from dataclasses import dataclass
from typing import Literal, get_args

from rnnviz.names import CELLS, NONLINEARITIES, Cell, Direction, Nonlinearity

Sizes = Literal["input_size", "hidden_size", "num_layers"]


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

    def __post_init__(self) -> None:
        _one_of("cell", self.cell, CELLS)
        _one_of("nonlinearity", self.nonlinearity, NONLINEARITIES)
        for name in get_args(Sizes):
            _at_least(name, getattr(self, name), 1)
        _at_least("output_size", self.output_size, 0)
        _at_least("seed", self.seed, 0)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions that the network reads in."""
        return ("forward", "reverse") if self.bidirectional else ("forward",)


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
