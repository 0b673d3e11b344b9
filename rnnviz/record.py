"""What a watched training of any network did: gradients by step, gates, norms, at some of its updates."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

import numpy as np

from rnnviz.checkpoints.storing import FORMAT, card_content, content_of, frozen, packed, reading, unpacked_format, write
from rnnviz.history import LARGEST, NEVER
from rnnviz.names import CELLS, DIRECTIONS, NONLINEARITIES, RESETS, Cell, Direction, Nonlinearity, Reset, sigmoid_gates

QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Of the half-lives of the units of a layer."""

NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "grad_norm": ("row", "layer", "direction", "time"),
    "saturated": ("row", "layer", "direction"),
    "dead": ("row", "layer", "direction"),
    "shut": ("row", "layer", "direction", "gate"),
    "open": ("row", "layer", "direction", "gate"),
    "half_life": ("row", "layer", "direction", "quantile"),
    "singular_value": ("row", "layer", "direction"),
    "forget_bias": ("row", "layer", "direction"),
    "bias_ih_used": ("row", "layer", "direction"),
    "bias_hh_used": ("row", "layer", "direction"),
    "bias_equal": ("row", "layer", "direction"),
    **dict.fromkeys(
        (
            "batch",
            "steps",
            "packed",
            "given",
            "carried",
            "at_last",
            "reverse_at_last",
            "reached",
            "padding",
            "padded",
            "time_order",
            "batch_order",
        ),
        ("row",),
    ),
}
"""What is recorded of each recurrent layer, with the axes of its array. ``LayerRecord`` says what each of them is."""

CURVES: Final = ("loss", "grad_norm", "grad_norm_after", "grad_norm_left", "softmax_twice", "sigmoid_twice")
"""What is recorded of the whole model, one number a row."""

_LATER: Final = ("grad_norm_left", "time_order", "batch_order")
"""What older versions did not record; of their records it is NaN."""

STAGES: Final = ("going on", "ended", "broken off")
"""How far a watched training had come when its record was made; an error or an interruption breaks it off."""

KINDS: Final = ("input", "parameter", "activation", "gradient")
"""Where the first number that is not finite can have been."""

FILE: Final = "record.safetensors"
"""The file that holds all of a record; ``record.json`` beside it has its sizes for people."""

_NOTE: Final = "record"
_CARD: Final = "record.json"


@dataclass(frozen=True)
class NonFinite:
    """The first NaN or infinity of a training.

    Attributes:
        update: The updates that were made before it.
        kind: One of ``KINDS``: what it was found in, looked at in this order.
        name: Of the parameter, or the path of the module; empty for the model's own input.
        weights_grown: How many times as long all weights were by then as at the beginning; None if not known.
        gradient_grown: The same of the gradient of the update before, beside the first ten updates.

    >>> from rnnviz.record import NonFinite
    >>> NonFinite(12, "gradient", "rnn.weight_hh_l0").kind
    'gradient'
    """

    update: int
    kind: str
    name: str
    weights_grown: float | None = None
    gradient_grown: float | None = None

    def __post_init__(self) -> None:
        _whole("update", self.update, 0)
        for grown in ("weights_grown", "gradient_grown"):
            value = getattr(self, grown)
            if value is not None and not (isinstance(value, float) and 0 <= value < float("inf")):
                raise ValueError(f"{grown} must be a finite number of at least 0 or None; got {value!r:.80}")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {self.kind!r:.80}")
        if not isinstance(self.name, str):
            raise TypeError(f"name must be a text; got {self.name!r:.80}")


@dataclass(frozen=True, eq=False)
class LayerRecord:
    """One recurrent module of a watched model: what it is, and its numbers at every row of the record.

    Attributes:
        path: Of the module in the model, as ``named_modules`` has it; empty if the model is the module.
        attached_at: The updates that were made before a state was given to the module that still carried the graph of
            an earlier update; -1 for never.
        followed, moved: How many sequences came again after the same one as before, and after another one, while the
            state was carried on from update to update.
        values: float32 by the names of ``NUMBERS``, NaN where something was not measured. Of the sample of the batch:

            - ``grad_norm``: ‖∂L/∂h_t‖ of each sequence, through all later steps and layers, averaged over the sample.
            - ``saturated``: the share of numbers of h beyond ±0.95. ``dead``: the share of units that are the same
              number at every step of every sequence, for a ReLU 0.
            - ``shut``, ``open``: the shares of the numbers of a gate below 0.05 and above 0.95; the gates are those of
              ``names.sigmoid_gates``.
            - ``half_life``: ``QUANTILES`` over the units of the steps after which half of a state is left, by the
              forget gate of an LSTM or the update gate of a GRU.

            Of the weights: ``singular_value``, the largest of W_hh, gates stacked; ``forget_bias``, the mean of both
            forget biases of an LSTM added up; ``bias_ih_used`` and ``bias_hh_used``, the shares of numbers of the two
            biases that are not 0; ``bias_equal``, the share that is the same number in both and not 0.

            Of the call: ``batch`` and ``steps``, its sizes; ``packed``, whether it was a PackedSequence; ``given``,
            whether an initial state was given; ``carried``, whether that is the last state of the update before.

            Of the gradient that arrives at the output from outside, squared and added up, h_n of the top layer
            included: ``at_last`` and ``reverse_at_last``, the shares of the last step in the forward and in the reverse
            direction; ``reached``, the share of sequences that receive any. ``padding``, the share of steps at the end
            of the sequences that are one and the same row; ``padded``, the share of sequences with such steps whose
            last step receives gradient.

            Of the input: ``time_order`` and ``batch_order``, how much neighbours along time, and along the batch, are
            alike, beside any two there, in standard deviations of chance.

    >>> import torch
    >>> from rnnviz.watching import pass_once
    >>> (layer,) = pass_once(torch.nn.LSTM(3, 4), torch.ones(6, 2, 3)).layers
    >>> layer.gates
    ('i', 'f', 'o')
    >>> layer["open"].shape
    (1, 1, 1, 3)
    """

    path: str
    cell: Cell
    nonlinearity: Nonlinearity
    input_size: int
    hidden_size: int
    num_layers: int
    bidirectional: bool
    batch_first: bool
    attached_at: int
    followed: int
    moved: int
    values: Mapping[str, np.ndarray]
    reset: Reset = "after"

    def __post_init__(self) -> None:
        if not isinstance(self.path, str):
            raise TypeError(f"path must be a text; got {self.path!r:.80}")
        for name, got, allowed in (
            ("cell", self.cell, CELLS),
            ("nonlinearity", self.nonlinearity, NONLINEARITIES),
            ("reset", self.reset, RESETS),
            ("bidirectional", self.bidirectional, (False, True)),
            ("batch_first", self.batch_first, (False, True)),
        ):
            if not any(got is one or (got == one and isinstance(got, str)) for one in allowed):
                raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}; got {got!r:.80}")
        for name in ("input_size", "hidden_size", "num_layers"):
            _whole(name, getattr(self, name), 1)
        _whole("attached_at", self.attached_at, NEVER)
        _whole("followed", self.followed, 0)
        _whole("moved", self.moved, 0)
        if set(self.values) != set(NUMBERS):
            raise ValueError(f"values must be {', '.join(NUMBERS)}; got {', '.join(self.values)}")
        sizes = {
            "layer": self.num_layers,
            "direction": len(self.directions),
            "gate": len(self.gates),
            "quantile": len(QUANTILES),
        }
        values = {name: frozen(name, self.values[name], np.float32, axes, sizes) for name, axes in NUMBERS.items()}
        object.__setattr__(self, "values", MappingProxyType(values))

    def __getitem__(self, name: str) -> np.ndarray:
        """The array of one of ``NUMBERS``."""
        if name not in self.values:
            raise KeyError(f"name must be one of {', '.join(NUMBERS)}; got {name!r}")
        return self.values[name]

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The names along the direction axis."""
        return DIRECTIONS if self.bidirectional else DIRECTIONS[:1]

    @property
    def gates(self) -> tuple[str, ...]:
        """The names along the gate axis."""
        return sigmoid_gates(self.cell)


@dataclass(frozen=True, eq=False)
class Record:
    """What a watched training did, one row for each update that was looked at. It is checked once, here.

    Attributes:
        model: The name of the model's class.
        every: How many updates there are from one row to the next.
        updates: The updates that were made, looked at or not.
        update: int64 of shape (row,). The updates that were made before each row.
        loss: float32 of shape (row,). As it was given to ``watched.note_loss``; NaN where it was not.
        grad_norm, grad_norm_after: float32 of shape (row,). The norm of the gradient of all parameters after the
            backward pass, and when the optimizer took it: clipping stands between the two.
        grad_norm_left: float32 of shape (row,). The norm of the gradients of earlier updates that the backward pass
            found and added to; 0 where they had been reset.
        softmax_twice, sigmoid_twice: float32 of shape (row,). 1 where the model's output is probabilities and the
            gradient that arrives there is that of a cross-entropy that takes them for logits; else 0.
        non_finite: The first NaN or infinity, if there was one.
        layers: The recurrent modules, in the order of ``named_modules``.
        stage: One of ``STAGES``.

    >>> import torch
    >>> import rnnviz
    >>> lstm = torch.nn.LSTM(3, 4)
    >>> optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1)
    >>> with rnnviz.watch(lstm, every=2) as watched:
    ...     for _ in range(4):
    ...         lstm(torch.ones(6, 2, 3))[0].sum().backward()
    ...         optimizer.step()
    ...         optimizer.zero_grad()
    >>> watched.record
    Record(LSTM; updates 4; rows 2; layers 1)
    >>> watched.record.layers[0]["grad_norm"].shape
    (2, 1, 1, 6)
    """

    model: str
    every: int
    updates: int
    update: np.ndarray
    loss: np.ndarray
    grad_norm: np.ndarray
    grad_norm_after: np.ndarray
    grad_norm_left: np.ndarray
    softmax_twice: np.ndarray
    sigmoid_twice: np.ndarray
    non_finite: NonFinite | None
    layers: tuple[LayerRecord, ...]
    stage: str = "ended"

    def __post_init__(self) -> None:
        if not isinstance(self.model, str):
            raise TypeError(f"model must be a text; got {self.model!r:.80}")
        _whole("every", self.every, 1)
        _whole("updates", self.updates, 0)
        if self.stage not in STAGES:
            raise ValueError(f"stage must be one of {', '.join(STAGES)}; got {self.stage!r:.80}")
        sizes: dict[str, int] = {}
        object.__setattr__(self, "update", frozen("update", self.update, np.int64, ("row",), sizes))
        if len(self.update) and (self.update[0] < 0 or (np.diff(self.update) <= 0).any()):
            raise ValueError(f"update must be whole numbers of at least 0 that rise; got {self.update[:5].tolist()}…")
        for name in CURVES:
            object.__setattr__(self, name, frozen(name, getattr(self, name), np.float32, ("row",), sizes))
        paths = [layer.path for layer in self.layers]
        if len(set(paths)) < len(paths):
            raise ValueError(f"layers must have different paths; got {', '.join(paths):.80}")
        rows = {layer["steps"].shape[0] for layer in self.layers} - {len(self.update)}
        if rows:
            raise ValueError(f"layers must have {len(self.update)} rows each; got {', '.join(map(str, sorted(rows)))}")

    def __repr__(self) -> str:
        return f"Record({self.model}; updates {self.updates}; rows {len(self.update)}; layers {len(self.layers)})"

    @property
    def clipped(self) -> np.ndarray:
        """Whether each row's gradient was shorter when the optimizer took it than after the backward pass: (row,)."""
        with np.errstate(invalid="ignore"):
            shorter: np.ndarray = self.grad_norm_after < self.grad_norm * (1 - 1e-4)  # more than rounding
        return shorter

    def save(self, folder: str | PathLike[str]) -> None:
        """Write ``record.safetensors``, all there is, and ``record.json``, its sizes for people, into a folder.

        Each file is seen as a whole or not at all, so a record can be read while its training goes on.
        """
        write(Path(folder, FILE), packed(self._arrays(), self._about(), _NOTE))
        write(Path(folder, _CARD), card_content(self._about()))

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> Self:
        """A record from a folder that ``save`` or a watched training wrote into; nothing there is ever executed.

        Raises:
            ValueError: If the file is damaged, larger than 64 MB or no record.
            FileNotFoundError: If there is no file.

        >>> from tempfile import TemporaryDirectory
        >>> import torch
        >>> import rnnviz
        >>> from rnnviz.record import Record
        >>> with TemporaryDirectory() as folder:
        ...     with rnnviz.watch(torch.nn.GRU(3, 4), folder=folder):
        ...         pass
        ...     Record.load(folder)
        Record(GRU; updates 0; rows 0; layers 1)
        """
        return cls.from_bytes(content_of(Path(folder, FILE), LARGEST))

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """A record from what is in ``record.safetensors``, which may come from anybody; nothing is ever executed.

        Raises:
            ValueError: If it is no record.

        >>> from rnnviz.record import Record
        >>> Record.from_bytes(b"something else")
        Traceback (most recent call last):
        ...
        rnnviz.checkpoints.storing.RefusedError: expected a record that rnnviz.watch wrote; ...
        """
        with reading("a record that rnnviz.watch wrote"):
            arrays, about = unpacked_format(content, _NOTE)
            del about["format"]
            modules = about.pop("layers")
            for name in (*_LATER[:1], *(f"{k}.{name}" for k in range(len(modules)) for name in _LATER[1:])):
                arrays.setdefault(name, np.full(np.shape(arrays["update"]), np.nan, np.float32))
            layers = tuple(
                LayerRecord(**layer, values={name: arrays.pop(f"{k}.{name}") for name in NUMBERS})
                for k, layer in enumerate(modules)
            )
            first = about.pop("non_finite")
            non_finite = None if first is None else NonFinite(**first)
            return cls(**about, **dict[str, Any](arrays), layers=layers, non_finite=non_finite)

    def _arrays(self) -> dict[str, np.ndarray]:
        own = {name: getattr(self, name) for name in ("update", *CURVES)}
        return own | {
            f"{k}.{name}": array for k, layer in enumerate(self.layers) for name, array in layer.values.items()
        }

    def _about(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("model", "every", "updates", "stage")}
        non_finite = None if self.non_finite is None else vars(self.non_finite)
        layers = [_settings(layer) for layer in self.layers]
        return {"format": FORMAT, **plain, "non_finite": non_finite, "layers": layers}


def _settings(layer: LayerRecord) -> dict[str, Any]:
    """What a layer is, without its numbers; the default reset is left out, so that older versions read the record."""
    settings = {one.name: getattr(layer, one.name) for one in fields(layer) if one.name != "values"}
    if layer.reset == "after":
        del settings["reset"]
    return settings


def _whole(name: str, got: object, least: int) -> None:
    if not isinstance(got, int) or isinstance(got, bool) or got < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {got!r:.80}")
