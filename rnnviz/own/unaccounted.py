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

_BEGINS: Final = re.compile(
    r"init|begin|start|first|bos|prior|learned|default|zero|(?:^|_)[hcs]_?0|(?:2|to)_?(?:h|hid\w*|state)$",
    re.IGNORECASE,
)
"""What a layer that gives such a state has in its name."""

_SURELY: Final = re.compile(
    r"(?:.*\.)?(?:[hcs]_?0|init_?(?:[hcs]|hidden|state|cell)|(?:hidden|state|cell)_?init)\.weight", re.IGNORECASE
)
"""What a matrix is called that gives such a state and nothing else."""

_OF_LAYERS: Final = (
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "weight_g", "weight_v",
    "in_proj_weight", "in_proj_bias", "original0", "original1", "weight_u", "_u", "_v",
)  # fmt: skip
"""The names that tensors of torch's layers have; one of another name is a parameter of the model's own."""

_MOST_LISTED: Final = 3


def check(where: str, model: ModelSpec, tensors: Mapping[str, np.ndarray], recurrent: Iterable[str]) -> None:
    """Refuse a module that has more than torch's own.

    Args:
        where: The path of the module; empty for one without a name.
        tensors: All of the file.
        recurrent: The names of those that recurrent modules of torch have.

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


def doubts(
    where: str, model: ModelSpec, tensors: Mapping[str, np.ndarray], known: Collection[str], *, is_cell: bool
) -> dict[str, str]:
    """What h may depend on beside a module, by its name: why; only whoever has made the network knows whether it does.

    Args:
        known: The names of tensors that are accounted for: of recurrent modules, of the embedding and the output layer.
        is_cell: Whether it is a single cell, whose loop is the model's own.

    >>> import numpy as np
    >>> from rnnviz import ModelSpec
    >>> from rnnviz.own.unaccounted import doubts
    >>> model = ModelSpec("gru", input_size=3, hidden_size=4, output_size=0)
    >>> doubts("gru", model, {"first": np.ones((1, 4), np.float32)}, (), is_cell=False)
    {'first': 'first (1, 4) looks like the state that gru begins with, or gives it; the file does not say'}
    """
    called, around = where or "the recurrent layer", _around(where, tensors)
    found = {}
    for name, tensor in tensors.items():
        is_told = name in known or name in _OF_RNNVIZ or is_zero_start(name, tensor)
        if is_told or _weight_of(name) in tensors:  # a bias goes with its weight
            continue
        if _is_start(name, tensor, model):
            found[name] = (
                f"{name} {tensor.shape} looks like the state that {called} begins with, or gives it; the file does not "
                "say"
            )
        elif is_cell and name.startswith(around) and _has_sizes_of(tensor, model):
            found[name] = f"{name} {tensor.shape} may change h between two steps, since {called} is a cell in a loop"
    return found


def gives_start(name: str) -> bool:
    """Whether a matrix is called like one that gives the state that a network begins with, and nothing else."""
    return _SURELY.fullmatch(name) is not None


def is_zero_start(name: str, tensor: np.ndarray) -> bool:
    """Whether a tensor is called like the state that a network begins with, and is 0, as every page begins."""
    return _STATE.fullmatch(name) is not None and not tensor.any()


def _is_in(where: str, name: str, tensor: np.ndarray) -> bool:
    """Whether a tensor is of the module, or of one in it. A module without a name is the model, and may have a head."""
    if where:
        return name.startswith(f"{where}.")
    return "." not in name or (tensor.ndim < 2 and name.endswith("weight"))


def _weight_of(bias: str) -> str:
    """The weight that a bias goes with; empty for what is called otherwise."""
    return f"{bias.removesuffix('bias')}weight" if bias.endswith("bias") else ""


def _around(where: str, tensors: Iterable[str]) -> str:
    """The beginning of the names in the module that a cell is a part of, or in that around it if the cell is alone."""
    around = where.rpartition(".")[0]
    while around and all(name.startswith(f"{where}.") for name in tensors if name.startswith(f"{around}.")):
        around = around.rpartition(".")[0]
    return around and f"{around}."


def _has_sizes_of(tensor: np.ndarray, model: ModelSpec) -> bool:
    """Whether what has a tensor may read or give h or its gates, or scale them."""
    widths = {model.hidden_size * count for count in (1, 2, 3, 4)}
    return tensor.size == 1 or bool(widths.intersection(tensor.shape))


def _is_start(name: str, tensor: np.ndarray, model: ModelSpec) -> bool:
    """Whether a tensor may be the state that a network begins with, or give it: by its name, or as none of a layer."""
    layers = model.num_layers * len(model.directions)
    counts = {count * kinds for count in (1, model.num_layers, layers) for kinds in (1, 2)}  # h alone, or h and c
    sizes = {model.hidden_size * count for count in counts}
    *_, layer, own = ("", *name.split("."))
    if own in _OF_LAYERS or own.isdigit():  # Keras numbers what a layer has
        return _BEGINS.search(layer) is not None and bool(sizes.intersection(tensor.shape))
    is_of_attention = "att" in layer.lower()  # it reads all states, once they are there
    is_one = tensor.ndim > 0 and tensor.shape[-1] in sizes and tensor.size in sizes and not is_of_attention
    is_of_batch = tensor.ndim == 3 and tensor.shape[-1] == model.hidden_size and tensor.shape[0] in counts
    return is_one or is_of_batch or (_STATE.fullmatch(name) is not None and bool(sizes.intersection(tensor.shape)))
