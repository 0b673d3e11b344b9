"""What is recurrent in the tensors of a file, found by torch's names and by shapes, and what may belong to it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.checkpoints.storing import reading
from rnnviz.names import GATES, Cell
from rnnviz.own import unaccounted
from rnnviz.own.stacks import Tensors
from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec

_NAME: Final = re.compile(
    r"(?P<prefix>(?:.*\.)?)(?P<kind>(?:weight|bias)_(?:ih|hh|hr))(?:_l(?P<layer>\d{1,2}))?(?P<reverse>_reverse)?(?P<raw>_raw)?"
)
"""A tensor of a recurrent module: of torch's modules with a layer, of its cells without one; ``_raw`` is what a network
with weight drop keeps of the weights it draws from."""

_CELL_OF: Final[Mapping[int, Cell]] = {len(gates): cell for cell, gates in GATES.items()}
_MOST_LISTED: Final = 6
READS: Final = ("emb", "wte", "lookup", "encoder", "input")
ANSWERS: Final = ("head", "fc", "out", "linear", "classif", "decoder", "project", "dense", "logit")


@dataclass(frozen=True)
class Part:
    """A recurrent module of a file.

    Attributes:
        name: Its path, as ``encoder.rnn``; empty for a file that has nothing around it.
        model: Its sizes, without a read-out, and the activation of a plain RNN and the reset of a GRU where the file
            has them.
        embeddings, heads: The matrices that may be the embedding it reads and the linear layer that reads it, by their
            names, the likeliest first.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 5), "rnn.weight_hh_l0": (12, 3), "emb.weight": (9, 5), "out.weight": (2, 3)}
    >>> part = own.parts({name: np.zeros(shape, np.float32) for name, shape in shapes.items()})[0]
    >>> part.name, part.model.cell, part.embeddings, part.heads
    ('rnn', 'lstm', ('emb.weight',), ('out.weight',))
    """

    name: str
    model: ModelSpec
    embeddings: tuple[str, ...]
    heads: tuple[str, ...]

    @property
    def width(self) -> int:
        """The size of its output at a step: both directions side by side."""
        return self.model.hidden_size * len(self.model.directions)


def parts(tensors: Mapping[str, np.ndarray]) -> list[Part]:
    """The recurrent modules of a file, the largest first.

    Raises:
        RefusedError: If there is none, or one does not fit together; the message says what was found instead.
    """
    with reading():
        found = [_part(prefix, weights, tensors) for prefix, weights in _grouped(tensors).items()]
        if not found:
            raise ValueError(
                "a file must have the tensors of an RNN, LSTM or GRU of torch, as weight_ih_l0 and weight_hh_l0; "
                f"got {_shapes(tensors) or 'no tensors of numbers'}"
            )
    return sorted(found, key=lambda part: -part.width * part.model.num_layers)


def weights_of(part: Part, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of a part by torch's names: ``weight_ih_l0``."""
    prefix = f"{part.name}." if part.name else ""
    return _grouped(tensors)[prefix]


def head_of(part: Part, tensors: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    """The weight and the bias of an output layer; zeros where it has no bias.

    Raises:
        ValueError: If no matrix of that name fits.
    """
    if name not in part.heads:
        raise ValueError(f"the output layer must be a matrix with {part.width} columns; got {name!r}")
    weight = tensors[name]
    bias = tensors.get(f"{name.removesuffix('weight')}bias")
    fits = bias is not None and bias.shape == (len(weight),)
    return weight, bias if bias is not None and fits else np.zeros(len(weight), np.float32)


def is_of(part: Part, name: str) -> bool:
    """Whether a tensor, by its name in the file, belongs to a part."""
    match = _NAME.fullmatch(name)
    return match is not None and match["prefix"].removesuffix(".") == part.name


def is_recurrent(name: str) -> bool:
    """Whether a tensor has the name of one of a recurrent module of torch."""
    return _NAME.fullmatch(name) is not None


def _grouped(tensors: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    """The tensors of recurrent modules by their prefix, each with its name as a module of layers has it."""
    groups: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
    drawn_from: list[tuple[str, str, np.ndarray]] = []
    for name, tensor in tensors.items():
        if match := _NAME.fullmatch(name):
            key = f"{match['kind']}_l{int(match['layer'] or 0)}{match['reverse'] or ''}"
            if match["raw"]:
                drawn_from.append((match["prefix"], key, tensor))
            else:
                groups[match["prefix"]][key] = tensor
    for prefix, key, tensor in drawn_from:
        groups[_dropped(prefix, groups)][key] = tensor
    return {prefix: group for prefix, group in groups.items() if "weight_hh_l0" in group}


def _dropped(prefix: str, groups: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """The module whose weights are dropped: that of the prefix, or one that it wraps."""
    return next((one for one, group in groups.items() if one.startswith(prefix) and "weight_ih_l0" in group), prefix)


def _part(prefix: str, weights: Mapping[str, np.ndarray], tensors: Mapping[str, np.ndarray]) -> Part:
    where = prefix.removesuffix(".") or "the file"
    if any(name.startswith("weight_hr") for name in weights):
        raise ValueError(f"{where} must have no projections (proj_size); it has weight_hr_l0, which no page shows")
    recurrent, reads = weights["weight_hh_l0"], weights.get("weight_ih_l0")
    if reads is None or recurrent.ndim != 2 or reads.ndim != 2 or not recurrent.size or not reads.size:
        raise ValueError(f"{where} must have matrices weight_ih_l0 and weight_hh_l0; got {_shapes(weights)}")
    hidden = recurrent.shape[1]
    cell = _CELL_OF.get(recurrent.shape[0] // hidden) if recurrent.shape[0] % hidden == 0 else None
    if cell is None:
        raise ValueError(
            f"weight_hh_l0 of {where} must have 1, 3 or 4 times as many rows as columns, for an RNN, GRU or LSTM; "
            f"got {recurrent.shape}"
        )
    known = tensors if isinstance(tensors, Tensors) else Tensors({})
    path = prefix.removesuffix(".")
    sizes = ModelSpec(
        cell,
        input_size=reads.shape[1],
        hidden_size=hidden,
        num_layers=1 + max(int(name.split("_l")[1].removesuffix("_reverse")) for name in weights),
        output_size=0,
        bidirectional="weight_hh_l0_reverse" in weights,
        bias="bias_ih_l0" in weights,
        nonlinearity=known.nonlinearities.get(path, "tanh"),
        reset=known.resets.get(path, "after"),
    )
    _check_shapes(sizes, weights, where)
    unaccounted.check(path, sizes, tensors, {*filter(is_recurrent, tensors), *known.starts.get(path, ())})
    return Part(
        path,
        sizes,
        _likeliest(tensors, sizes.input_size, READS),
        _likeliest(tensors, hidden * len(sizes.directions), ANSWERS),
    )


def _check_shapes(model: ModelSpec, weights: Mapping[str, np.ndarray], where: str) -> None:
    if model.num_layers > len(weights):
        raise ValueError(f"the layers of {where} must be counted from 0 without a gap; got {_shapes(weights)}")
    for row in parameter_table(model):
        got = weights[row.name].shape if row.name in weights else None
        if got != row.shape:
            raise ValueError(f"{row.name} of {where} must have shape {row.shape}; got {got or 'none of that name'}")


def _shapes(weights: Mapping[str, np.ndarray]) -> str:
    listed = ", ".join(f"{name} {tensor.shape}" for name, tensor in list(weights.items())[:_MOST_LISTED])
    return f"{listed}{' …' * (len(weights) > _MOST_LISTED)}"


def matrices_of(tensors: Mapping[str, np.ndarray], columns: int) -> list[str]:
    """The names of the matrices with so many columns that belong to no recurrent module."""
    return [
        name for name, tensor in tensors.items()
        if tensor.ndim == 2 and tensor.shape[1] == columns and tensor.shape[0] > 0 and not is_recurrent(name)
    ]  # fmt: skip


def _likeliest(tensors: Mapping[str, np.ndarray], columns: int, usual: tuple[str, ...]) -> tuple[str, ...]:
    """The same, those with a usual name first."""
    return tuple(
        sorted(matrices_of(tensors, columns), key=lambda name: not any(word in name.lower() for word in usual))
    )
