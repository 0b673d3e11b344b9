"""Which embedding and which output layer of a part of a file are beyond doubt, and why others are not.

Where a file says what reads what, that is a fact. A state dict does not: there a matrix is proposed only if no other
could be meant, and nothing in the file could stand between it and the module. Its owner may know better.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from rnnviz.own.parts import ANSWERS, READS, Part, is_recurrent, parts
from rnnviz.own.stacks import Tensors
from rnnviz.own.unaccounted import gives_start, is_zero_start

_EMBEDDINGS: Final = ("emb", "wte", "lookup")
_ASIDE: Final = ("loss", "criterion", "pos", "metric", "num")
_COUNTED: Final = ("epoch", "epochs", "step", "steps", "count", "total")
"""Words in the names of single numbers that a training keeps, by which no value is multiplied; the latter end them."""

Reasons = list[tuple[str, str]]
"""The name of a matrix, and why it is not proposed."""


def likely_embeddings(part: Part, tensors: Mapping[str, np.ndarray], tokens: int | None) -> list[str]:
    """The matrices that are called like an embedding, or have a row for each token of a vocabulary.

    Where the file says what a part reads, it is that one alone.
    """
    if isinstance(tensors, Tensors) and tensors.says_readers:
        return [name for name in part.embeddings if name == tensors.embeddings.get(part.name)]
    return [name for name in part.embeddings if _is_embedding(name, tensors) or _has_rows(name, tensors, tokens)]


def likely_heads(part: Part, tensors: Mapping[str, np.ndarray]) -> list[str]:
    """The matrices that read as many numbers as a part gives, but for embeddings, and for what a state begins with."""
    return [name for name in part.heads if not _is_embedding(name, tensors) and not gives_start(name)]


def no_embeddings(part: Part, tensors: Mapping[str, np.ndarray], tokens: int | None = None) -> Reasons:
    """The likely embeddings that are not proposed, each with the reason.

    Args:
        tokens: How many tokens the vocabulary has; None without one.
    """
    called = part.name or "the recurrent layer"
    likely = likely_embeddings(part, tensors, tokens)
    if isinstance(tensors, Tensors) and tensors.says_readers:
        others = [name for name in part.embeddings if _is_embedding(name, tensors) and name not in likely]
        return [
            (name, f"no way in the file is known by which {called} reads rows of {name} and nothing else")
            for name in others
        ]
    there = _there(part, tensors)
    fitting = [name for name in likely if name in there and _has_rows(name, tensors, tokens)]
    fitting = fitting or [name for name in likely if name in there]
    fitting = [name for name in fitting if _is_embedding(name, tensors)] or fitting
    found: Reasons = []
    for name in likely:
        if name not in there:
            found.append((name, _elsewhere(name, part)))
        elif _bias_of(name) in tensors:
            found.append((name, f"{name} has a bias, as no embedding has"))
        elif tokens is None and len(set(tensors[name].shape)) == 1:
            found.append((name, f"{name} is square, as the matrix of a layer in between may be"))
        elif _is_called(name, ("bag",)):
            found.append((name, f"{name} is called like a bag, of which one vector for many tokens is read"))
        elif others := [one for one in fitting if _differ(one, name, tensors)]:
            found.append((name, f"{called} may read {others[0]} in place of {name}, or both"))
        elif between := next(_before(part, name, tensors, there), ""):
            found.append((name, f"{between} may stand between {name} and {called}"))
    return found


def no_heads(part: Part, tensors: Mapping[str, np.ndarray]) -> Reasons:
    """The matrices that fit a part and are not proposed as its output layer, each with the reason.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 5), "rnn.weight_hh_l0": (12, 3), "norm.weight": (3,), "out.weight": (2, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> own.no_heads(own.parts(tensors)[0], tensors)
    [('out.weight', 'norm.weight may stand between rnn and out.weight')]
    """
    called = part.name or "the recurrent layer"
    if isinstance(tensors, Tensors) and tensors.says_readers:
        outputs = {name for module, name in tensors.poolings if module == part.name}
        return [
            (name, f"no way in the file is known by which {name} reads {called} and is the last layer")
            for name in part.heads if name not in outputs
        ]  # fmt: skip
    there = _there(part, tensors)
    fitting = likely_heads(part, tensors)
    found: Reasons = []
    for name in fitting:
        if name not in there:
            found.append((name, _elsewhere(name, part)))
        elif not name.endswith("weight"):
            found.append((name, f"{name} is not called like the weight of a layer, so nobody knows what it is"))
        elif after := next(_after(name, tensors, there), ""):
            found.append((name, f"{after} may read {name}, which would be a layer in between"))
        elif others := [one for one in fitting if one in there and _differ(one, name, tensors)]:
            listed = " and ".join(sorted({name, others[0]}, key=fitting.index))
            found.append((name, f"{listed} both fit {called}, and the file does not say which one reads it"))
        elif _may_be_below(name, part, tensors):
            found.append((name, f"{called} may read {name}, as it gives {part.model.input_size} numbers"))
        elif between := next(_above(part, name, tensors, there), ""):
            found.append((name, f"{between} may stand between {called} and {name}"))
    return found


def _there(part: Part, tensors: Mapping[str, np.ndarray]) -> set[str]:
    """The tensors of the module around a part, if the file has other parts elsewhere; else all."""
    around, _, _ = part.name.rpartition(".")
    while around.rpartition(".")[2].isdigit():  # one of several that may read each other
        around = around.rpartition(".")[0]
    inside = {name for name in tensors if name.startswith(f"{around}.")}
    has_others = any(not one.name.startswith(f"{around}.") for one in parts(tensors))
    return inside if around and has_others and any(not is_recurrent(name) for name in inside) else set(tensors)


def _elsewhere(name: str, part: Part) -> str:
    return f"{name} is not in {part.name.rpartition('.')[0]}, which {part.name} is a part of"


def _beside(part: Part, tensors: Mapping[str, np.ndarray], there: set[str]) -> Iterator[Part]:
    """The other recurrent modules among some tensors."""
    for one in parts(tensors):
        if one.name != part.name and any(name.startswith(f"{one.name}.") for name in there):
            yield one


def _before(part: Part, embedding: str, tensors: Mapping[str, np.ndarray], there: set[str]) -> Iterator[str]:
    """What could make the input of a part of the vectors of an embedding."""
    width = part.model.input_size
    yield from (one.name for one in _beside(part, tensors, there) if one.width == width)
    answers = {one for name in part.heads if _is_called(name, ANSWERS) for one in (name, _bias_of(name))}
    for name in tensors:
        is_told = is_recurrent(name) or name in answers or is_zero_start(name, tensors[name])
        if name not in there or is_told or not _differ(name, embedding, tensors):
            continue
        shape = tensors[name].shape
        is_added = shape[-1:] == (width,) and _bias_of(name) not in tensors
        is_between = shape[1:2] == (width,) and _is_before(part, name, tensors)
        if _is_scale(name, tensors) or shape[:1] == (width,) or is_added or is_between:
            yield name


def _above(part: Part, head: str, tensors: Mapping[str, np.ndarray], there: set[str]) -> Iterator[str]:
    """What could read a part, or be added to what it gives, before an output layer reads that."""
    for one in _beside(part, tensors, there):
        is_below = one.width == part.model.input_size and one.model.input_size != part.width
        if one.model.input_size == part.width or (one.width == part.width and not is_below):
            yield one.name
    for name in _others(head, tensors, there):
        if _is_scale(name, tensors) or part.width in tensors[name].shape:
            yield name


def _after(head: str, tensors: Mapping[str, np.ndarray], there: set[str]) -> Iterator[str]:
    """What could read what an output layer gives."""
    outputs = len(tensors[head])
    for name in _others(head, tensors, there):
        shape = tensors[name].shape
        reads = shape[1:2] == (outputs,) and (len(shape) == 2 or outputs > 1)
        if reads or (shape == (outputs,) and _weight_of(name, tensors) is None):
            yield name


def _others(head: str, tensors: Mapping[str, np.ndarray], there: set[str]) -> Iterator[str]:
    """What is neither recurrent nor an embedding, nor the output layer itself."""
    for name in tensors:
        is_itself = name in (head, _bias_of(head)) or not _differ(name, head, tensors)
        is_told = is_recurrent(name) or _is_embedding(name, tensors) or is_zero_start(name, tensors[name])
        if name in there and not (is_itself or is_told):
            yield name


def _may_be_below(name: str, part: Part, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a part could read what a matrix gives: it stands before it, or is not called like an output layer."""
    if len(tensors[name]) != part.model.input_size:
        return False
    return _is_before(part, name, tensors) or not _is_called(name, ANSWERS)


def _is_before(part: Part, name: str, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a tensor stands before those of a part, as a model that makes its layers in order has it."""
    names = list(tensors)
    return names.index(name) < next(k for k, one in enumerate(names) if is_recurrent(one) and one.startswith(part.name))


def _is_embedding(name: str, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a tensor is called like an embedding; one that is called like both layers is no output layer."""
    if _is_called(name, _EMBEDDINGS):
        return _bias_of(name) not in tensors
    is_read = _is_called(name, READS) and not _is_called(name, ANSWERS)
    return is_read and _bias_of(name) not in tensors


def _is_called(name: str, words: Sequence[str]) -> bool:
    """Whether the layer of a tensor has one of some words in its own name, without the modules around it."""
    path = [one for one in name.lower().split(".") if one != "weight" and not one.isdigit()]
    return any(word in path[-1] for word in words) if path else False


def _has_rows(name: str, tensors: Mapping[str, np.ndarray], tokens: int | None) -> bool:
    return tokens is not None and len(tensors[name]) >= tokens


def _is_scale(name: str, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a tensor is a single number that a value may be multiplied by, as that of PReLU is."""
    layer, _, own = name.rpartition("bias")
    is_bias = not own and f"{layer}weight" in tensors
    words = re.split(r"[._]", name.lower())
    is_aside = words[-1] in _COUNTED or any(word in words for word in _ASIDE)
    return tensors[name].size == 1 and not is_bias and not is_aside


def _bias_of(name: str) -> str:
    return f"{name.removesuffix('weight')}bias"


def _weight_of(name: str, tensors: Mapping[str, np.ndarray]) -> str | None:
    """The matrix that a bias goes with; None for what is no bias of one."""
    weight = f"{name.removesuffix('bias')}weight"
    return weight if name.endswith("bias") and weight in tensors and tensors[weight].ndim > 1 else None


def _differ(one: str, other: str, tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether two tensors are not the same numbers, as those of tied weights are."""
    return one != other and (
        tensors[one].shape != tensors[other].shape or tensors[one].tobytes() != tensors[other].tobytes()
    )
