"""What stands in or beside a recurrent module and is in no RNN, LSTM or GRU of torch: with it, h would be another."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np

from rnnviz.checkpoints.checkpoint import EMBEDDING, OUTPUTS
from rnnviz.spec import ModelSpec

_OF_RNNVIZ: Final = (EMBEDDING, *OUTPUTS, "head.weight", "head.bias")
"""What a file of ``checkpoints.save`` has beside a module without a name."""

_STATE: Final = re.compile(
    r"(?:.*[._])?(?:[hc]_?(?:0|x|init\w*)|(?:init|initial|start|learned)_?(?:[hc]|hx|cx|hidden|cell|state)\w*"
    r"|(?:hidden|cell|state)_?(?:0|init\w*))(?:_.*)?"
    r"|(?:.*\.)?(?:(?:rnn|lstm|gru)_)?(?:[hcs]_?(?:0s|start|bias)|s_?0|(?:rnn|lstm|gru|zero|hidden)_?(?:state|hidden)"
    r"|(?:init|initial|memory)_?(?:state|init)?|hidden|state|[hc])",
    re.IGNORECASE,
)
"""What people call the state that a network begins with: h0, init_hidden, hidden_0."""

_MOST_LISTED: Final = 3
_READ_IN_PYTHON: Final = "rnnviz.capture reads the model itself, in Python"


def check(
    where: str, model: ModelSpec, tensors: Mapping[str, np.ndarray], recurrent: Iterable[str], *, is_cell: bool = False
) -> None:
    """Refuse a module that has more than torch's own, or that begins with a state of its own.

    Args:
        where: The path of the module; empty for one without a name.
        tensors: All of the file.
        recurrent: The names of those that recurrent modules of torch have.
        is_cell: Whether it is a single cell, whose loop is the model's own.

    Raises:
        ValueError: Which tensors no cell of torch has.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec
    >>> from rnnviz.own.unaccounted import check
    >>> peephole = {"lstm.w_ci": np.ones((1, 4), np.float32)}
    >>> check("lstm", ModelSpec("lstm", input_size=3, hidden_size=4, output_size=0), peephole, ())
    Traceback (most recent call last):
        ...
    ValueError: lstm must have the tensors of torch's LSTM alone, since any other may change h; it also has \
lstm.w_ci (1, 4). If h does not depend on it, save the file without it
    """
    known = {*recurrent, *_OF_RNNVIZ}
    called = where or "the file"
    more = [name for name in tensors if name not in known and _is_in(where, name, tensors[name])]
    if more:
        listed = ", ".join(f"{name} {tensors[name].shape}" for name in more[:_MOST_LISTED])
        raise ValueError(
            f"{called} must have the tensors of torch's {model.cell.upper()} alone, since any other may change h; it "
            f"also has {listed}{' …' * (len(more) > _MOST_LISTED)}. If h does not depend on it, save the file without "
            "it"
        )
    if is_cell and (changing := _changing(where, model, tensors, known)):
        raise ValueError(
            f"{called} is a cell in a loop, and {changing} {tensors[changing].shape} may change h between two steps, "
            f"since it gives {model.hidden_size} numbers. {_READ_IN_PYTHON}. If h does not depend on it, save the file "
            "without it"
        )
    states = [name for name in tensors if name not in known and _is_start(name, tensors[name], model)]
    if states:
        raise ValueError(
            f"{called} must begin with a state of 0, as every page does; {states[0]} {tensors[states[0]].shape} looks "
            f"like the state that it begins with. {_READ_IN_PYTHON}"
        )


def _changing(where: str, model: ModelSpec, tensors: Mapping[str, np.ndarray], known: Collection[str]) -> str:
    """What could make another h of h, in the module that a cell is a part of: it gives as many numbers."""
    around = where.rpartition(".")[0]
    for name, tensor in tensors.items():
        is_near = name.startswith(f"{around}.") if around else True
        if is_near and name not in known and name.endswith("weight") and tensor.shape[:1] == (model.hidden_size,):
            reads = tensor.shape[1:] or (model.hidden_size,)
            if model.hidden_size in reads:
                return name
    return ""


def is_zero_start(name: str, tensor: np.ndarray) -> bool:
    """Whether a tensor is called like the state that a network begins with, and is 0, as every page begins."""
    return _STATE.fullmatch(name) is not None and not tensor.any()


def _is_in(where: str, name: str, tensor: np.ndarray) -> bool:
    """Whether a tensor is of the module, or of one in it. A module without a name is the model, and may have a head."""
    if where:
        return name.startswith(f"{where}.")
    return "." not in name or (tensor.ndim < 2 and name.endswith("weight"))


def _is_start(name: str, tensor: np.ndarray, model: ModelSpec) -> bool:
    layers = model.num_layers * len(model.directions)
    counts = {count * kinds for count in (1, model.num_layers, layers) for kinds in (1, 2)}  # h alone, or h and c
    sizes = {model.hidden_size * count for count in counts}
    fits = tensor.ndim > 0 and tensor.shape[-1] in {model.hidden_size, *sizes} and tensor.size in sizes
    is_shaped_so = tensor.ndim > 2 and tensor.shape[-2] == 1 and not name.endswith("weight")  # layers, batch, units
    return bool(fits and tensor.any() and (is_shaped_so or _STATE.fullmatch(name)))
