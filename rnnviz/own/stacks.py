"""Recurrent layers of other libraries by torch's names: those that follow each other become layers of one module."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from rnnviz.checkpoints.checkpoint import STARTS
from rnnviz.names import DIRECTIONS, Cell, Nonlinearity, Pooling, Reset
from rnnviz.own.vocabulary import Vocabulary


class Tensors(dict[str, np.ndarray]):
    """The tensors of a file by their names, and what else it has of them, if anything.

    Attributes:
        nonlinearities: The activation of a plain RNN by its path.
        poolings: What an output layer gets of the steps of a recurrent module, by the path of that module and the name
            of the weight of the output layer.
        resets: Whether a GRU resets before or after the product, by its path.
        embeddings: The embedding that a recurrent module reads, tokens of an input of the model through it and nothing
            else, by the path of the module.
        starts: The names of the tensors that a recurrent module begins with, as ``Choice.start`` has them, by its path.
        vocabulary: The tokens that the file has for the rows of its embedding; None for most.
        left_out: What of the file no page can show, a sentence each.
        assumed: What the file does not say and is taken as it usually is, a sentence each.
        says_readers: Whether the file says what reads what, so that the output layers are those of ``poolings`` alone,
            and the embeddings those of ``embeddings``.

    >>> from rnnviz import own
    >>> own.Tensors({}, says_readers=True).left_out
    ()
    """

    def __init__(
        self,
        tensors: Mapping[str, np.ndarray],
        nonlinearities: Mapping[str, Nonlinearity] | None = None,
        poolings: Mapping[tuple[str, str], Pooling] | None = None,
        resets: Mapping[str, Reset] | None = None,
        embeddings: Mapping[str, str] | None = None,
        *,
        starts: Mapping[str, tuple[str, ...]] | None = None,
        vocabulary: Vocabulary | None = None,
        left_out: Iterable[str] = (),
        assumed: Iterable[str] = (),
        says_readers: bool = False,
    ):
        super().__init__(tensors)
        self.nonlinearities = dict(nonlinearities or {})
        self.poolings = dict(poolings or {})
        self.resets = dict(resets or {})
        self.embeddings = dict(embeddings or {})
        self.starts = dict(starts or {})
        self.vocabulary = vocabulary
        self.left_out = tuple(left_out)
        self.assumed = tuple(assumed)
        self.says_readers = says_readers


def without(tensors: Mapping[str, np.ndarray], names: Collection[str]) -> Mapping[str, np.ndarray]:
    """The tensors but for some, with all else that the file has of them.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> dict(own.without({"h0": np.ones(3), "c0": np.zeros(1)}, ["h0"]))
    {'c0': array([0.])}
    """
    rest = copy(tensors) if isinstance(tensors, Tensors) else dict(tensors)
    for name in names:
        rest.pop(name, None)
    return rest


def begins_elsewhere(label: str) -> str:
    """Why a layer is left out whose initial state a model computes."""
    return f"{label} begins with a state that the model computes, which no page does"


@dataclass(frozen=True)
class Layer:
    """One recurrent layer.

    Attributes:
        key: By which others name it.
        label: What the file calls it.
        directions: The weights of each direction, with torch's shapes and gates in torch's order, by torch's names
            without the layer: ``weight_ih``.
        nonlinearity: Of a plain RNN; None where the file does not have it.
        below: The key of the layer whose output, both directions side by side, is all that it reads; empty if there
            is none.
        reset: Of a GRU.
        start: The initial h, and c of an LSTM, each of shape (direction, unit); none where they are zeros.
    """

    key: str
    label: str
    cell: Cell
    directions: tuple[Mapping[str, np.ndarray], ...]
    nonlinearity: Nonlinearity | None = None
    below: str = ""
    reset: Reset = "after"
    start: tuple[np.ndarray, ...] = ()

    @property
    def hidden_size(self) -> int:
        """The units of a direction."""
        return int(self.directions[0]["weight_hh"].shape[1])

    def fits_on(self, other: "Layer") -> bool:
        """Whether both are layers of one module."""
        mine, others = ((one.cell, one.hidden_size, one.nonlinearity, one.reset, _kinds(one)) for one in (self, other))
        return mine == others and self.directions[0]["weight_ih"].shape[1] == self.hidden_size * len(self.directions)


def stacked(layers: Iterable[Layer]) -> list[list[Layer]]:
    """The layers in stacks, each from the lowest up; a layer that no other fits on, or that fits on none, is alone."""
    stacks: list[list[Layer]] = []
    for layer in layers:
        under = next((stack for stack in stacks if stack[-1].key == layer.below and layer.fits_on(stack[-1])), None)
        if under is None:
            stacks.append([layer])
        else:
            under.append(layer)
    return stacks


def resets(stacks: Mapping[str, Sequence[Layer]]) -> dict[str, Reset]:
    """Whether each GRU among the stacks resets before or after the product, by its name."""
    return {name: stack[0].reset for name, stack in stacks.items() if stack[0].cell == "gru"}


def starts(stacks: Mapping[str, Sequence[Layer]]) -> dict[str, dict[str, np.ndarray]]:
    """The states that stacks begin with by the names of these: each of shape (layer * direction, 1, unit), by its own.

    A stack that begins with zeros has none.
    """
    found = {}
    for name, stack in stacks.items():
        if any(layer.start for layer in stack):
            zeros = (np.zeros((len(stack[0].directions), stack[0].hidden_size), np.float32),) * 2
            rows = zip(*(layer.start or zeros for layer in stack), strict=False)
            states = [np.concatenate(one)[:, None] for one in rows]
            found[name] = {f"{name}.{state}": one for state, one in zip(STARTS, states, strict=False)}
    return found


def module(stack: Sequence[Layer]) -> dict[str, np.ndarray]:
    """The weights of a stack by torch's names: ``weight_ih_l0``."""
    return {
        f"{kind}_l{number}{'_reverse' * (direction == 'reverse')}": weight
        for number, layer in enumerate(stack)
        for direction, weights in zip(DIRECTIONS, layer.directions, strict=False)
        for kind, weight in weights.items()
    }


def reordered(weight: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """The blocks of rows, one a gate, in another order; ValueError if the rows are not so many blocks.

    >>> import numpy as np
    >>> from rnnviz.own.stacks import reordered
    >>> reordered(np.array([[1], [2], [3]]), (1, 0, 2)).tolist()
    [[2], [1], [3]]
    """
    if len(weight) % len(order):
        raise ValueError(f"a weight must have rows for {len(order)} gates; got {len(weight)} rows")
    blocks = np.split(weight, len(order))
    return np.concatenate([blocks[number] for number in order])


def distinct(names: Sequence[str]) -> list[str]:
    """The names, numbered from the second of a kind on."""
    found: dict[str, None] = {}
    for name in names:
        free = name
        number = 1
        while free in found:
            free = f"{name}_{number}"
            number += 1
        found[free] = None
    return list(found)


def _kinds(layer: Layer) -> tuple[frozenset[str], ...]:
    """Which weights each direction has."""
    return tuple(frozenset(weights) for weights in layer.directions)
