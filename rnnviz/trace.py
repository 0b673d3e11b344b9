"""What a recurrent network did on one batch: every recorded signal and, if asked for, its gradient."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Self

import numpy as np
import pandas as pd

from rnnviz.names import AXES, CELLS, DIRECTIONS, GATES, SIGNALS, Cell, Direction

_NO_GRADS: Mapping[str, np.ndarray] = MappingProxyType({})
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_FORMAT = 1
_UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    MemoryError,
    RuntimeError,
    NotImplementedError,
    RecursionError,
)


@dataclass(frozen=True, eq=False)
class Trace:
    """What a model did on one batch, its axes always ``AXES`` = (layer, direction, batch, time, unit).

    It is checked once, here, and trusted afterwards. The arrays are taken over without a copy and made read-only.

    Attributes:
        tokens: A label for each (batch, time), words or numbers; empty strings on padded steps.
        lengths: Of shape (batch,). True lengths; padded steps hold NaN in every value and gradient.
        values: An array of shape AXES for every signal of the cell, in the module's dtype: float32 or float64. The
            reverse direction is stored at input time: index t is the state after x_T … x_t. In an LSTM with projections
            h has fewer units than c and the gates.
        grads: dLoss/dvalue for the same keys, as a total derivative: through all later steps too. Empty without a loss.

    >>> import torch
    >>> from rnnviz import capture
    >>> trace = capture(torch.nn.LSTM(3, 4, batch_first=True), torch.ones(1, 6, 3))
    >>> trace.sizes
    {'layer': 1, 'direction': 1, 'batch': 1, 'time': 6, 'unit': 4}
    >>> sorted(trace.values)
    ['c', 'f', 'g', 'h', 'i', 'o']
    >>> trace["f"].shape
    (1, 1, 1, 6, 4)
    >>> trace.panel("h").shape
    (6, 4)
    """

    cell: Cell
    tokens: tuple[tuple[str, ...], ...]
    lengths: np.ndarray
    values: Mapping[str, np.ndarray]
    grads: Mapping[str, np.ndarray] = field(default_factory=lambda: _NO_GRADS)
    loss: float | None = None

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(CELLS)}; got {self.cell!r}")
        values = _frozen("values", self.cell, self.values)
        gate = values[GATES[self.cell][0]]
        shape, dtype = gate.shape, gate.dtype
        grads = _frozen("grads", self.cell, self.grads) if self.grads else _NO_GRADS
        lengths = _checked_lengths(self.lengths, batch=shape[2], time=shape[3])
        padded = _padded(lengths, time=shape[3])
        for kind, arrays in (("values", values), ("grads", grads)):
            for signal, array in arrays.items():
                name, expected = f"{kind}[{signal!r}]", shape
                if self.cell == "lstm" and signal == "h" and 0 < values["h"].shape[-1] < shape[-1]:
                    expected = (*shape[:-1], values["h"].shape[-1])  # projected
                _check_array(name, array, expected, dtype, padded)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "grads", grads)
        object.__setattr__(self, "lengths", lengths)
        object.__setattr__(self, "tokens", _checked_tokens(self.tokens, batch=shape[2], time=shape[3]))
        object.__setattr__(self, "loss", None if self.loss is None else float(self.loss))

    def __getitem__(self, signal: str) -> np.ndarray:
        """The whole array of a signal, of shape AXES."""
        if signal not in self.values:
            raise KeyError(f"signal must be one of {', '.join(self.values)}; got {signal!r}")
        return self.values[signal]

    def _repr_mimebundle_(self, **kwargs: Any) -> object:
        """In a notebook: the linked heatmaps of the first sequence, as ``rnnviz.show`` shows them."""
        import rnnviz

        return rnnviz.show(self)._repr_mimebundle_(**kwargs)

    def __contains__(self, signal: object) -> bool:
        return signal in self.values

    def __repr__(self) -> str:
        sizes = ", ".join(f"{axis} {size}" for axis, size in self.sizes.items())
        return f"Trace({self.cell}; {sizes}; {'with' if self.grads else 'no'} gradients)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Trace, (self.cell, self.tokens, self.lengths, dict(self.values), dict(self.grads), self.loss)

    @property
    def sizes(self) -> dict[str, int]:
        """The size of every axis, by its name; ``unit`` is that of the gates, where projections leave fewer to h."""
        return dict(zip(AXES, self.values[GATES[self.cell][0]].shape, strict=True))

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The names along the direction axis."""
        return DIRECTIONS[: self.sizes["direction"]]

    def panel(
        self, signal: str, *, layer: int = 0, direction: Direction = "forward", batch: int = 0, gradient: bool = False
    ) -> np.ndarray:
        """A read-only view (time, unit) of one signal, or of its gradient dLoss/dsignal; NaN on padded steps.

        Raises:
            ValueError: If the trace has no such signal, gradient, layer, direction or sample.
        """
        if direction not in self.directions:
            raise ValueError(f"direction must be {' or '.join(self.directions)} for this trace; got {direction!r}")
        for axis, index in (("layer", layer), ("batch", batch)):
            if not 0 <= index < self.sizes[axis]:
                raise ValueError(f"{axis} must be in 0..{self.sizes[axis] - 1} for this trace; got {index}")
        whole: np.ndarray = self._of(signal, gradient)[layer, self.directions.index(direction), batch]
        return whole

    def to_frame(self, signal: str = "h", *, gradient: bool = False) -> pd.DataFrame:
        """One signal, or its gradient dLoss/dsignal, as a tidy table: one row a number, NaN on padded steps.

        Raises:
            ValueError: If the trace has no such signal or gradient.
        """
        array = self._of(signal, gradient)
        levels = [
            self.directions if axis == "direction" else range(size)
            for axis, size in zip(AXES, array.shape, strict=True)
        ]
        index = pd.MultiIndex.from_product(levels, names=AXES)
        return index.to_frame(index=False).assign(value=array.reshape(-1))

    def save(self, path: str | PathLike[str] | IO[bytes]) -> None:
        """Write an ``.npz`` file of plain arrays, labels as JSON, without pickle; no ending is added to the path."""
        text = json.dumps({"format": _FORMAT, "cell": self.cell, "tokens": self.tokens}).encode()
        arrays: dict[str, np.ndarray] = {
            "about": np.frombuffer(text, dtype=np.uint8),
            "lengths": self.lengths,
            "loss": np.array([] if self.loss is None else [self.loss], dtype=np.float64),
            **{f"values.{signal}": array for signal, array in self.values.items()},
            **{f"grads.{signal}": array for signal, array in self.grads.items()},
        }
        if hasattr(path, "write"):
            np.savez(path, allow_pickle=False, **arrays)
            return
        with Path(path).open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: str | PathLike[str] | IO[bytes]) -> Self:
        """A trace from a file that ``save`` wrote; nothing in the file is ever executed.

        Raises:
            ValueError: If the file is no such file: damaged, compressed, holding pickled objects, or not a valid trace.
            FileNotFoundError: If there is no file.
        """
        try:
            arrays = _read_arrays(path)
            about = json.loads(arrays.pop("about").astype(np.uint8, casting="no").tobytes())
            if about["format"] != _FORMAT:
                raise ValueError(f"its format must be {_FORMAT}; got {about['format']!r}")
            loss = arrays.pop("loss").tolist()
            return cls(
                cell=about["cell"],
                tokens=tuple(tuple(labels) for labels in about["tokens"]),
                lengths=arrays.pop("lengths"),
                values={name.removeprefix("values."): a for name, a in arrays.items() if name.startswith("values.")},
                grads={name.removeprefix("grads."): a for name, a in arrays.items() if name.startswith("grads.")},
                loss=loss[0] if loss else None,
            )
        except (zipfile.BadZipFile, zlib.error, *_UNREADABLE) as error:
            raise ValueError(f"expected a trace that Trace.save wrote; {type(error).__name__}: {error}") from error

    def _of(self, signal: str, gradient: bool) -> np.ndarray:
        if signal not in self.values:
            raise ValueError(f"signal must be one of {', '.join(self.values)} for this trace; got {signal!r}")
        if gradient and not self.grads:
            raise ValueError("gradients must be captured with a loss; this trace holds none")
        return self.grads[signal] if gradient else self.values[signal]


def _frozen(kind: str, cell: Cell, arrays: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """Read-only views in the order of the vocabulary."""
    if set(arrays) != set(SIGNALS[cell]):
        raise ValueError(f"{kind} of {cell} must hold {', '.join(SIGNALS[cell])}; got {', '.join(arrays) or 'nothing'}")
    views = {signal: np.asarray(arrays[signal]).view() for signal in SIGNALS[cell]}
    for view in views.values():
        view.flags.writeable = False
    return MappingProxyType(views)


def _check_array(
    name: str, array: np.ndarray, shape: tuple[int, ...], dtype: np.dtype[Any], padded: np.ndarray | None
) -> None:
    if array.dtype != dtype or dtype not in _FLOATS:
        raise ValueError(f"{name} must be float32 or float64 as all the others; got {array.dtype}")
    if array.ndim != len(AXES) or array.shape != shape or 0 in shape:
        raise ValueError(f"{name} must have the axes {', '.join(AXES)}, sizes as all others; got shape {array.shape}")
    if array.shape[1] > len(DIRECTIONS):
        raise ValueError(f"{name} must have 1 or 2 directions; got {array.shape[1]}")
    if padded is not None and not np.isnan(array[:, :, padded]).all():
        raise ValueError(f"{name} must be NaN on padded steps; got numbers past the lengths")


def _padded(lengths: np.ndarray, *, time: int) -> np.ndarray | None:
    """Where (batch, time) is padding; None where nothing is."""
    return None if (lengths == time).all() else np.arange(time) >= lengths[:, None]


def _checked_lengths(lengths: np.ndarray, *, batch: int, time: int) -> np.ndarray:
    lengths = np.array(lengths)
    if lengths.shape != (batch,) or lengths.dtype.kind not in "iu":
        raise ValueError(f"lengths must be {batch} whole numbers, one a sample; got {lengths.dtype} {lengths.shape}")
    if ((lengths < 1) | (lengths > time)).any():
        raise ValueError(f"lengths must be in 1..{time}; got {lengths.min()} to {lengths.max()}")
    lengths = lengths.astype(np.int64)
    lengths.flags.writeable = False
    return lengths


def _checked_tokens(tokens: tuple[tuple[str, ...], ...], *, batch: int, time: int) -> tuple[tuple[str, ...], ...]:
    if len(tokens) != batch:
        raise ValueError(f"tokens must hold {batch} tuples, one a sample; got {len(tokens)}")
    for labels in tokens:
        if len(labels) != time:
            raise ValueError(f"tokens must hold {time} labels a sample, one a step; got {len(labels)}")
        strangers = set(map(type, labels)) - {str}
        if strangers:
            raise ValueError(f"tokens must be str; got {', '.join(kind.__name__ for kind in strangers)}")
    return tuple(map(tuple, tokens))


def _read_arrays(path: str | PathLike[str] | IO[bytes]) -> dict[str, np.ndarray]:
    """The plain arrays of an npz file without compression, so that no small file can grow large."""
    signals = {signal for names in SIGNALS.values() for signal in names}
    known = {"about", "lengths", "loss", *(f"{kind}.{s}" for kind in ("values", "grads") for s in signals)}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name not in known or member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"it may hold only uncompressed arrays of a trace; got {member.filename!r}")
            known.discard(name)
        arrays = {}
        for member in archive.infolist():
            with archive.open(member) as file:
                arrays[member.filename.removesuffix(".npy")] = np.lib.format.read_array(file, allow_pickle=False)
    return arrays
