"""Whether a network from a file gives what its owner knows that it gives for one input."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice, product
from secrets import token_hex
from typing import Any, Final

import numpy as np
import torch

from rnnviz.checkpoints import Checkpoint, held
from rnnviz.checkpoints.bounds import bounds, check_archive, unpacked
from rnnviz.checkpoints.classifiers import split
from rnnviz.checkpoints.storing import reading
from rnnviz.models import build
from rnnviz.names import NONLINEARITIES, POOLINGS, RESETS, Pooling
from rnnviz.own.choosing import MOST_OUTPUTS, Choice
from rnnviz.own.classifying import probabilities
from rnnviz.own.opening import checkpoint
from rnnviz.own.parts import head_of
from rnnviz.own.stacks import Tensors
from rnnviz.text import MAX_INPUTS, MAX_ROWS, MAX_TOKENS, parse_rows

ROUNDING: Final = 1e-4
"""How far the numbers of two programs may be apart, as a share of the largest of them, or of 1."""

_COARSEST: Final = Decimal("0.005")
_MOST_HEADS: Final = 6
_KEYS: Final = ("text", "tokens", "x", "h", "outputs")


@dataclass(frozen=True, eq=False)
class Pair:
    """One input, and what a network gives for it, as its own ``forward`` in evaluation mode computes it.

    Attributes:
        given: A text, or float32 of shape (time, feature), or the numbers of tokens of shape (time,).
        outputs: Of the output layer for the whole input, of shape (class,), or at each step, of shape (time, class):
            logits, or the probabilities that a softmax or a sigmoid makes of them. None if they are not known.
        h: Of the top layer: at each step, of shape (time, direction * unit), or at the end of each direction, of shape
            (direction * unit,). None if it is not known.
        tolerance: How far a number may be from the network's.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> own.Pair("a good film", outputs=np.array([0.1, 0.9])).h is None
    True
    """

    given: str | np.ndarray
    outputs: np.ndarray | None = None
    h: np.ndarray | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.outputs is None and self.h is None:
            raise ValueError("a known pair must have outputs or h; got an input alone")
        for name, known in (("outputs", self.outputs), ("h", self.h)):
            if known is not None and (known.ndim not in (1, 2) or not known.size or not np.isfinite(known).all()):
                raise ValueError(f"{name} must be finite numbers with one or two axes; got shape {known.shape}")


def read_pair(content: bytes) -> Pair:
    """A pair out of an ``.npz`` file with ``text``, ``tokens`` or ``x``, and with ``outputs`` or ``h``.

    Raises:
        RefusedError: If it is no such file; what was expected and what was got.

    >>> import io
    >>> import numpy as np
    >>> from rnnviz import own
    >>> with io.BytesIO() as file:
    ...     np.savez(file, text="a good film", outputs=[0.1, 0.9])
    ...     own.read_pair(file.getvalue()).given
    'a good film'
    """
    with reading("a known pair, which numpy.savez writes"):
        there, arrays = _arrays(content)
        inputs = [name for name in _KEYS[:3] if name in arrays]
        if len(inputs) != 1:
            raise ValueError(f"one of its arrays must be text, tokens or x; got {', '.join(there[:8]) or 'none'}")
        outputs, h = (arrays[name].astype(np.float64) if name in arrays else None for name in ("outputs", "h"))
        return Pair(_input(inputs[0], arrays[inputs[0]]), outputs, h)


def typed_pair(choice: Choice, given: str, outputs: str) -> Pair:
    """A pair as somebody types it: a text or a table, and the outputs, which count as far as their digits go.

    Raises:
        ValueError: If one of them cannot be read, or the outputs have fewer than two decimals.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> part = own.parts({"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.ones((3, 3))})[0]
    >>> own.typed_pair(own.Choice(part), "1 2", "0.25").tolerance
    0.00501
    """
    if not given.strip():
        raise ValueError("the known input must be there; got none")
    if not outputs.strip():
        raise ValueError("the known outputs must be there; got none")
    known = parse_rows(outputs, max_rows=MAX_ROWS, max_columns=MOST_OUTPUTS).astype(np.float64)
    digits = [Decimal(word) for word in outputs.replace(",", " ").replace(";", " ").split() if _is_number(word)]
    place = max((Decimal(5).scaleb(_exponent(one) - 1) for one in digits), default=Decimal(0))
    if place > _COARSEST:
        raise ValueError(f"the known outputs must have at least two decimals each; got {outputs.strip():.60}")
    x = given if choice.vocabulary is not None else parse_rows(given, max_columns=MAX_INPUTS)
    return Pair(x, outputs=known[0] if len(known) == 1 else known, tolerance=float(place) + 1e-5)


def check(tensors: Mapping[str, np.ndarray], choice: Choice, pair: Pair) -> str:
    """Whether the network gives what its owner knows, in a sentence that says how closely.

    Raises:
        ValueError: If it does not, or the pair does not fit it; by what other choices it would, if there are such.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> tensors = {"rnn.weight_ih_l0": np.zeros((3, 1)), "rnn.weight_hh_l0": np.zeros((3, 3))}
    >>> pair = own.Pair(np.ones((2, 1), np.float32), h=np.zeros((2, 3)))
    >>> own.check(tensors, own.Choice(own.parts(tensors)[0]), pair)
    'For a known input, h is the one given, to 0.'
    """
    apart = _apart(tensors, choice, pair, _states(tensors, choice, pair))
    if not (wrong := _wrong(apart, pair)):
        named = " and ".join("h is the one" if name == "h" else f"the {name} are those" for name in apart)
        return f"For a known input, {named} given, to {max(apart.values()):.0g}."
    largest = "; ".join(f"{name} differ by up to {apart[name]:.2g}".replace("h differ", "h differs") for name in wrong)
    others = [_said(choice, other) for other in islice(_fitting(tensors, choice, pair), 2)]
    way = f"equal with {' or with '.join(others)}" if others else "no other choice makes them equal"
    raise ValueError(f"the network must give what is known for this input; {largest}; {way}")


def checked(known: Checkpoint, sentence: str) -> Checkpoint:
    """The same network, whose card says what was checked."""
    return replace(known, card={**known.card, "checked": sentence})


def _arrays(content: bytes) -> tuple[list[str], dict[str, np.ndarray]]:
    """The names of all arrays, and those that a pair may have."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(archive)
            there = [entry.filename.removesuffix(".npy") for entry in archive.infolist()]
            files = {name: unpacked(archive, f"{name}.npy", bounds().bytes) for name in _KEYS if name in there}
    except ValueError:
        raise
    except Exception as error:  # a damaged archive fails in any of a dozen ways
        raise ValueError(f"it must be a whole archive; {type(error).__name__}: {error}") from error
    return there, {name: _array(file) for name, file in files.items()}


def _array(content: bytes) -> np.ndarray:
    """What ``numpy.save`` wrote of numbers or letters; no object is made of it."""
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array must be of numbers or letters; got one with named fields or a longer header")
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(stream)
    if kind.kind not in "iufU":
        raise ValueError(f"an array must be of numbers or letters; got {kind}")
    return np.frombuffer(content[stream.tell() :], kind).reshape(shape, order="F" if is_fortran else "C")


def _input(name: str, array: np.ndarray) -> str | np.ndarray:
    if name == "text":
        return str(array)
    wanted = 1 if name == "tokens" else 2
    if array.ndim != wanted or not array.size or (name == "tokens" and array.dtype.kind not in "iu"):
        kind = "whole numbers of shape (time,)" if name == "tokens" else "numbers of shape (time, feature)"
        raise ValueError(f"{name} must be {kind}; got {array.dtype} of shape {array.shape}")
    if len(array) > max(MAX_TOKENS, MAX_ROWS):
        raise ValueError(f"{name} must have at most {max(MAX_TOKENS, MAX_ROWS):,} steps; got {len(array):,}")
    return array if name == "tokens" else array.astype(np.float32)


def _is_number(word: str) -> bool:
    try:
        return Decimal(word).is_finite()
    except ArithmeticError:
        return False


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _states(tensors: Mapping[str, np.ndarray], choice: Choice, pair: Pair) -> np.ndarray:
    """H of the top layer at each step, of shape (time, direction * unit)."""
    choice = replace(choice, head="", classes=())
    known = held.hold(checkpoint(f"check-{token_hex(8)}", tensors, choice))
    x = torch.from_numpy(np.array(_vectors(known, pair.given)))
    with torch.inference_mode():
        network = build(known.model)
        states: np.ndarray = network.rnn(x[None], network.first(1))[0][0].numpy()
    return states


def _vectors(known: Checkpoint, given: str | np.ndarray) -> np.ndarray:
    if isinstance(given, str):
        if not known.vocabulary:
            raise ValueError("the known input must be numbers, as the network reads no tokens; got a text")
        return known.vectors(split(known, given))
    if given.ndim == 1:
        if not known.vocabulary:
            raise ValueError("the known input must be x, as the network reads no tokens; got their numbers")
        embedding = known.weights["embedding.weight"]
        if given.min() < 0 or given.max() >= len(embedding):
            raise ValueError(f"tokens must be 0 to {len(embedding) - 1:,}; got {given.min():,} to {given.max():,}")
        rows: np.ndarray = embedding[given]
        return rows
    if known.vocabulary or given.shape[1] != known.model.input_size:
        wanted = "a text or tokens" if known.vocabulary else f"rows of {known.model.input_size:,} numbers"
        raise ValueError(f"the known input must be {wanted}; got {given.shape[1]:,} numbers a row")
    return given


def _apart(tensors: Mapping[str, np.ndarray], choice: Choice, pair: Pair, states: np.ndarray) -> dict[str, float]:
    """How far the outputs and h are from those of the pair."""
    units = choice.part.model.hidden_size
    found = {}
    if pair.outputs is not None:
        if not choice.head:
            raise ValueError("a network must have an output layer to have the known outputs; none is chosen")
        weight, bias = head_of(choice.part, tensors, choice.head)
        read = states if pair.outputs.ndim == 2 else _pooled(states, choice.pooling, units)
        logits = read.astype(np.float64) @ weight.T.astype(np.float64) + bias
        found["outputs"] = min(_distance("outputs", one, pair.outputs) for one in _readings(logits))
    if pair.h is not None:
        found["h"] = _distance("h", states if pair.h.ndim == 2 else _pooled(states, "ends", units), pair.h)
    return found


def _pooled(states: np.ndarray, pooling: Pooling, units: int) -> np.ndarray:
    if pooling == "ends":
        return np.concatenate([states[-1, :units], states[0, units:]])
    over: Mapping[Pooling, np.ndarray] = {"last": states[-1], "mean": states.mean(0), "max": states.max(0)}
    return over[pooling]


def _readings(logits: np.ndarray) -> Iterator[np.ndarray]:
    """The logits, and what a network may make of them before it gives them: a softmax, a sigmoid of each."""
    yield logits
    if logits.shape[-1] > 1:
        yield probabilities(logits)
    yield probabilities(logits[..., None])[..., 1]


def _distance(name: str, got: np.ndarray, wanted: np.ndarray) -> float:
    if got.shape != wanted.shape:
        raise ValueError(f"{name} of the known pair must have shape {got.shape}; got {wanted.shape}")
    return float(np.abs(got - wanted).max())


def _wrong(apart: Mapping[str, float], pair: Pair) -> list[str]:
    known: Mapping[str, Any] = {"outputs": pair.outputs, "h": pair.h}
    most = {name: pair.tolerance or ROUNDING * max(1.0, float(np.abs(known[name]).max())) for name in apart}
    return [name for name in apart if not apart[name] <= most[name]]


def _fitting(tensors: Mapping[str, np.ndarray], choice: Choice, pair: Pair) -> Iterator[Choice]:
    """The other choices with which the network gives what is known."""
    found: dict[tuple[str, str], np.ndarray] = {}
    for other in _others(tensors, choice):
        key = other.nonlinearity, other.reset
        if key not in found:
            found[key] = _states(tensors, other, pair)
        with suppress(ValueError):  # an output layer with another number of outputs
            if not _wrong(_apart(tensors, other, pair, found[key]), pair):
                yield other


def _others(tensors: Mapping[str, np.ndarray], choice: Choice) -> Iterator[Choice]:
    """The other choices of what a state dict does not say."""
    cell = choice.part.model.cell
    is_said = isinstance(tensors, Tensors) and tensors.says_readers
    heads = dict.fromkeys([choice.head, *choice.part.heads[:_MOST_HEADS]]) if choice.head else [""]
    for head, pooling, nonlinearity, reset in product(
        heads,
        POOLINGS if choice.head else [choice.pooling],
        NONLINEARITIES if cell == "rnn" and not is_said else [choice.nonlinearity],
        RESETS if cell == "gru" and not is_said else [choice.reset],
    ):
        other = replace(choice, head=head, pooling=pooling, nonlinearity=nonlinearity, reset=reset)
        if other != choice:
            yield other


def _said(choice: Choice, other: Choice) -> str:
    """What another choice has otherwise."""
    names = ("head", "pooling", "nonlinearity", "reset")
    return ", ".join(
        f"{name} {getattr(other, name)}" for name in names if getattr(other, name) != getattr(choice, name)
    )
