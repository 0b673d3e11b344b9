"""Trained networks as files: what ships in assets/models/, and the finished runs of this machine."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as tensors_as_bytes

from rnnviz.parameters import parameter_table
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec, from_json, is_family, to_json
from rnnviz.text import fold

Splits = Literal["words", "characters", "numbers"]
SPLITS: Final[tuple[Splits, ...]] = get_args(Splits)

UNKNOWN: Final = "[UNK]"
"""The first token of every vocabulary: it stands for all that are not in it."""

EMBEDDING: Final = "embedding.weight"
SHIPPED: Final = Path(__file__).resolve().parents[1] / "assets" / "models"
MEMORY: Final = SHIPPED / "memory"
"""The networks of the grid on the page "Memory": many, and each for one purpose, so ``names`` leaves them out."""

LARGEST: Final = 16 * 2**20
"""The most bytes of a file that is read."""

_FORMAT: Final = 1
_ENDING: Final = ".safetensors"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained network, all that it needs to read, and what was measured of it.

    Validated once, here; trusted afterwards. The arrays are made read-only.

    Attributes
    ----------
    name : str
        ``<family>-<cell>``: the family is what ``ModelSpec.trained`` calls for.
    trained_by : TrainSpec
        With the one seed of this network.
    weights : mapping of str to float32 ndarray
        By torch's names, as edits know them: ``weight_ih_l0``, ``head.bias``; ``embedding.weight`` of shape
        (token, feature) where tokens are read.
    vocabulary : tuple of str
        The tokens in the order of the embedding, ``[UNK]`` first; empty where numbers are read.
    splits : {"words", "characters", "numbers"}
        What a text is split into to be read.
    card : mapping of str to object
        What was measured, as plain data: ``loss``, ``accuracy``, ``seconds`` and the like.
    """

    name: str
    trained_by: TrainSpec
    weights: Mapping[str, np.ndarray]
    vocabulary: tuple[str, ...] = ()
    splits: Splits = "numbers"
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.name.endswith(f"-{self.trained_by.model.cell}") or not is_family(self.family):
            raise ValueError(f"name must be <family>-{self.trained_by.model.cell}; got {self.name!r}")
        if len(self.trained_by.seeds) != 1:
            raise ValueError(f"trained_by must have the one seed of this network; got {self.trained_by.seeds}")
        if self.splits not in SPLITS:
            raise ValueError(f"splits must be one of {', '.join(SPLITS)}; got {self.splits!r}")
        object.__setattr__(self, "vocabulary", _checked_vocabulary(self.vocabulary, self.splits))
        object.__setattr__(self, "weights", _checked_weights(self.weights, self._shapes()))
        object.__setattr__(self, "card", MappingProxyType(json.loads(json.dumps(dict(self.card)))))

    @property
    def family(self) -> str:
        """The name without the cell."""
        return self.name.removesuffix(f"-{self.trained_by.model.cell}")

    @property
    def model(self) -> ModelSpec:
        """The network with these weights: ``models.build`` makes it."""
        return replace(self.trained_by.model, trained=self.family)

    @property
    def task(self) -> TaskSpec:
        """What it was trained on."""
        return self.trained_by.task

    def encode(self, tokens: Sequence[str]) -> np.ndarray:
        """The numbers of tokens in the vocabulary, 0 for those that are not in it.

        Parameters
        ----------
        tokens : sequence of str
            Upper and lower case are the same.

        Returns
        -------
        int64 ndarray of shape (time,)
        """
        numbers = {token: k for k, token in enumerate(self.vocabulary)}
        return np.array([numbers.get(fold(token), 0) for token in tokens], np.int64)

    def vectors(self, tokens: Sequence[str]) -> np.ndarray:
        """What the network reads for tokens: a row of its embedding each.

        Parameters
        ----------
        tokens : sequence of str

        Returns
        -------
        float32 ndarray of shape (time, feature)

        Raises
        ------
        ValueError
            If the network reads numbers.
        """
        if not self.vocabulary:
            raise ValueError(f"{self.name} reads numbers, {self.model.input_size} a step; got tokens")
        rows: np.ndarray = self.weights[EMBEDDING][self.encode(tokens)]
        return rows

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        model = self.trained_by.model
        embedding = {EMBEDDING: (len(self.vocabulary), model.input_size)} if self.vocabulary else {}
        return {row.name: row.shape for row in parameter_table(model)} | embedding


def names() -> tuple[str, ...]:
    """The checkpoints that ship.

    Returns
    -------
    tuple of str
        In alphabetical order.
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob(f"*{_ENDING}")))


def runs_folder() -> Path:
    """Where finished runs are kept: what the environment calls RNNVIZ_RUNS, or a folder among the user's caches.

    Returns
    -------
    Path
        It need not exist.
    """
    named = os.environ.get("RNNVIZ_RUNS")
    if named:
        return Path(named)
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "rnnviz" / "runs"


def load(name: str) -> Checkpoint:
    """A checkpoint that ships or that a finished run left; nothing in its file is ever executed.

    Parameters
    ----------
    name : str
        ``<family>-<cell>``.

    Returns
    -------
    Checkpoint
        Shared, so only to be read.

    Raises
    ------
    ValueError
        If there is none of that name, or its file is damaged, too large or no checkpoint.
    """
    _check_name(name)
    for folder in (SHIPPED, MEMORY, runs_folder()):
        path = folder / f"{name}{_ENDING}"
        try:
            stamp = path.stat()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ValueError(f"a checkpoint must be a file that can be read; {path.name}: {error.strerror}") from error
        if stamp.st_size > LARGEST:
            raise ValueError(f"a checkpoint must have at most {LARGEST:,} bytes; {path.name} has {stamp.st_size:,}")
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    raise ValueError(f"a trained network must be one of {', '.join(names())} or a finished run; got {name!r}")


def save(checkpoint: Checkpoint, folder: str | os.PathLike[str]) -> Path:
    """Write a checkpoint; equal ones give equal bytes.

    Parameters
    ----------
    checkpoint : Checkpoint
    folder : path
        Made if it is missing.

    Returns
    -------
    Path
        ``<name>.safetensors``, replaced as a whole.
    """
    about = {
        "format": _FORMAT,
        "name": checkpoint.name,
        "trained_by": to_json(checkpoint.trained_by),
        "vocabulary": checkpoint.vocabulary,
        "splits": checkpoint.splits,
        "card": dict(checkpoint.card),
    }
    content = tensors_as_bytes(
        {name: np.ascontiguousarray(array) for name, array in checkpoint.weights.items()},
        metadata={"checkpoint": json.dumps(about)},  # one entry, since the order of several would differ
    )
    path = Path(folder) / f"{checkpoint.name}{_ENDING}"
    path.parent.mkdir(parents=True, exist_ok=True)
    half_done = path.with_name(f"{path.name}.{os.getpid()}")
    half_done.write_bytes(content)
    half_done.replace(path)
    return path


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int, _size: int) -> Checkpoint:
    """The checkpoint of a file, read anew when the file has changed."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        weights = read_tensors(content)
        # What read_tensors took has a header that is as long as its first eight bytes say.
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        about = json.loads(header["__metadata__"]["checkpoint"])
        if about["format"] != _FORMAT:
            raise ValueError(f"its format must be {_FORMAT}; got {about['format']!r}")  # noqa: TRY301 - told below
        checkpoint = Checkpoint(
            name=about["name"],
            trained_by=from_json(TrainSpec, about["trained_by"]),
            weights=weights,
            vocabulary=tuple(about["vocabulary"]),
            splits=about["splits"],
            card=about["card"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError, SafetensorError) as error:
        raise ValueError(f"expected a checkpoint in {path.name}; {type(error).__name__}: {error}") from error
    if checkpoint.name != path.name.removesuffix(_ENDING):
        raise ValueError(f"expected the checkpoint {path.name.removesuffix(_ENDING)}; got {checkpoint.name!r}")
    return checkpoint


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"a checkpoint's name must be of lower case letters, digits and hyphens, at most 64; got {str(name)[:80]!r}"
        )


def _checked_vocabulary(vocabulary: tuple[str, ...], splits: Splits) -> tuple[str, ...]:
    if bool(vocabulary) != (splits != "numbers"):
        raise ValueError(f"vocabulary must be empty for numbers and only there; got {len(vocabulary)} for {splits}")
    if vocabulary and vocabulary[0] != UNKNOWN:
        raise ValueError(f"vocabulary must begin with {UNKNOWN}; got {vocabulary[0]!r}")
    if not all(isinstance(token, str) for token in vocabulary) or len(set(vocabulary)) < len(vocabulary):
        raise ValueError("vocabulary must be texts, each once; got others")
    return vocabulary


def _checked_weights(
    weights: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]
) -> Mapping[str, np.ndarray]:
    """Read-only views in torch's order."""
    if set(weights) != set(shapes):
        raise ValueError(f"weights must be {', '.join(shapes)}; got {', '.join(weights) or 'nothing'}")
    views = {}
    for name, shape in shapes.items():
        view = np.asarray(weights[name]).view()
        if view.dtype != np.float32 or view.shape != shape:
            raise ValueError(f"{name} must be float32 of shape {shape}; got {view.dtype} of shape {view.shape}")
        view.flags.writeable = False
        views[name] = view
    return MappingProxyType(views)
