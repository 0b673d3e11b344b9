"""Units that track something: how each goes along with each property of a text, measured once for all that ship."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz import models
from rnnviz.characters import corpus
from rnnviz.characters.network import CharacterModel, fingerprint
from rnnviz.characters.properties import Property, properties
from rnnviz.characters.recipes import Subject
from rnnviz.characters.streams import stretches
from rnnviz.checkpoints import SHIPPED

STRETCHES: Final = 64
"""Stretches of a long text that are read side by side."""

WARM_UP: Final = 256
"""Characters before each but the first that are read and not counted: no state in the middle of a text is zero."""

SHIFTS: Final = (0.21, 0.34, 0.55, 0.89)
"""By what parts of its length a property is moved along the text for what chance alone gives."""

_PIECE: Final = 256


@dataclass(frozen=True, eq=False)
class Tracking:
    """How units go along with properties, over one text.

    Attributes:
        characters: Over how many.
        names: Of the properties.
        r: Mapping of str to float32 ndarray of shape (property, unit). Of each signal, the correlation with each
            property; NaN where either stands still.
        chance: Mapping of str to float32 ndarray of shape (property,). The largest size of a correlation, over all
            units, with the property moved along the text by ``SHIFTS``: there it has nothing to do with the unit any
            more.
    """

    characters: int
    names: tuple[str, ...]
    r: Mapping[str, np.ndarray]
    chance: Mapping[str, np.ndarray]

    def best(self, signal: str, name: str, count: int) -> list[int]:
        """The units that go along with a property most closely, whichever way, by falling size of the correlation.

        Those that have none are left out.
        """
        size = np.abs(self.r[signal][self.names.index(name)])
        order = np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")[:count]
        return [int(unit) for unit in order if not np.isnan(size[unit])]


def correlations(values: np.ndarray, told: np.ndarray) -> np.ndarray:
    """The correlation of every unit with every property, float32 of shape (property, unit), in -1..1.

    It is NaN where the unit or the property is the same at every step. Values are of shape (time, unit), properties of
    shape (time, property): for yes and no 1 and 0, with which the point-biserial correlation is Pearson's.
    """
    r: np.ndarray = _standardised(told).T @ _standardised(values)
    return r.clip(-1, 1)


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns of mean zero and length one; NaN for what does not vary."""
    centred = (values - values.mean(axis=0, dtype=np.float64)).astype(np.float32)
    length = np.sqrt(np.einsum("tu,tu->u", centred, centred, dtype=np.float64))
    standard: np.ndarray = centred / np.where(np.ptp(values, axis=0) > 0, length, np.nan).astype(np.float32)
    return standard


def track(model: CharacterModel, text: str, subject: Subject) -> Tracking:
    """How the states of a network, h and of an LSTM c too, go along with the properties of a text.

    A text that is long enough is read as ``STRETCHES`` stretches side by side, each but the first after a warm-up. A
    remainder at its end that no stretch takes is left out. ``subject`` says which properties there are. Raises
    ValueError if the text has fewer than two characters.
    """
    if len(text) < 2:
        raise ValueError(f"a text must have at least 2 characters to be correlated with; got {len(text)}")
    signals = ("h", "c") if model.spec.cell == "lstm" else ("h",)
    count = STRETCHES if len(text) >= STRETCHES * WARM_UP else 1
    text = text[: len(text) - len(text) % count]
    ids = model.alphabet.encode(text)
    read = list(stretches(model, ids, count, warm_up=WARM_UP, length=_PIECE, signals=signals))
    values = {
        signal: np.concatenate([piece[signal] for piece in read], axis=1).reshape(len(text), -1) for signal in signals
    }
    return tracked(values, properties(text, subject))


def tracked(values: Mapping[str, np.ndarray], told: Sequence[Property]) -> Tracking:
    """How some signals, of shape (time, unit), go along with some properties of the same text."""
    table = np.stack([one.values for one in told], axis=1)  # (time, property)
    moved = np.concatenate([np.roll(table, int(part * len(table)), axis=0) for part in SHIFTS], axis=1)
    both = {signal: correlations(array, np.concatenate([table, moved], axis=1)) for signal, array in values.items()}
    r = {signal: found[: len(told)] for signal, found in both.items()}
    by_chance = {signal: found[len(told) :].reshape(len(SHIFTS), len(told), -1) for signal, found in both.items()}
    chance = {signal: np.nan_to_num(np.abs(found)).max(axis=(0, 2)) for signal, found in by_chance.items()}
    return Tracking(len(table), tuple(one.name for one in told), r, chance)


# --- As it ships, measured once on text that no network was trained on ---

FOLDER: Final = SHIPPED / "characters" / "neurons"

DEFAULT_MODULE: Final = "urllib/robotparser.py"
"""Of the text that a page shows first, so not of the text that is measured."""

LARGEST_MODULE: Final = 25_000
"""Characters up to which a module is measured, so that no single one makes up the text."""

MEASURED: Final = 2**16
"""The most characters that are measured."""

_FORMAT: Final = 2
"""Of what is measured as well as of the file: one that was measured otherwise is not read."""
_LARGEST: Final = 2**20


@dataclass(frozen=True, eq=False)
class Measured:
    """What the units of a network go along with; ``said`` says on what text.

    ``before`` is a mapping of str to float32 ndarray of shape (property,): the largest size of a correlation over all
    units of the same network before any training, by signal.
    """

    said: str
    tracking: Tracking
    before: Mapping[str, np.ndarray]


def held_out_source() -> str:
    """Small modules of the standard library that no network of ours was trained on: at most ``MEASURED`` characters."""
    kept = [
        source
        for path, source in corpus.modules()
        if corpus.part_of(path) == "test" and path != DEFAULT_MODULE and len(source) <= LARGEST_MODULE
    ]
    return "".join(kept)[:MEASURED]


def measure(model: CharacterModel, text: str, subject: Subject, said: str) -> Measured:
    """Measure a network, and the same as it was before its training; ``said`` is what the text is, in words."""
    untrained = CharacterModel(model.name, model.spec, models.build(model.spec), model.alphabet, {})
    first = track(untrained, text, subject)
    before = {signal: np.nan_to_num(np.abs(r)).max(axis=1) for signal, r in first.r.items()}
    return Measured(said, track(model, text, subject), before)


def measure_here(model: CharacterModel) -> Measured:
    """Measure a network of Python source on this interpreter's library; it takes some seconds."""
    said = f"held-out modules of the standard library of Python {platform.python_version()}"
    return measure(model, held_out_source(), "python", said)


def load(model: CharacterModel, folder: str | os.PathLike[str] = FOLDER) -> Measured | None:
    """What ships of a network, if it is of these very numbers; ValueError if the file is damaged."""
    path = Path(folder) / f"{model.name}.json"
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it must have at most {_LARGEST:,} bytes")  # noqa: TRY301 - told below
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != _FORMAT or about["network"] != fingerprint(model):
            return None
        return _unpacked(about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"expected what was measured of {model.name} in {path}; {error}") from error


def save(model: CharacterModel, measured: Measured, folder: str | os.PathLike[str] = FOLDER) -> Path:
    """Write what was measured of a network, correlations to a thousandth; a missing folder is made."""
    tracking = measured.tracking
    about = {
        "format": _FORMAT,
        "network": fingerprint(model),
        "said": measured.said,
        "characters": tracking.characters,
        "names": list(tracking.names),
        "r": {signal: [_thousandths(row) for row in r] for signal, r in tracking.r.items()},
        "chance": {signal: _thousandths(row) for signal, row in tracking.chance.items()},
        "before": {signal: _thousandths(row) for signal, row in measured.before.items()},
    }
    path = Path(folder) / f"{model.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about, separators=(",", ":")) + "\n", encoding="utf-8")
    return path


def _thousandths(row: np.ndarray) -> list[int | None]:
    return [None if np.isnan(value) else round(1000 * float(value)) for value in row]


def _unpacked(about: Mapping[str, Any]) -> Measured:
    names = tuple(map(str, about["names"]))
    r = {signal: np.stack([_numbers(row) for row in rows]) for signal, rows in about["r"].items()}
    rest = {part: {signal: _numbers(row) for signal, row in about[part].items()} for part in ("chance", "before")}
    for signal, array in r.items():
        shapes = {len(array), *(len(rest[part][signal]) for part in rest)}
        if shapes != {len(names)} or not np.nanmax(np.abs(array), initial=0) <= 1:
            raise ValueError(f"the correlations of {signal} must be {len(names)} rows of numbers in -1..1")
    return Measured(str(about["said"]), Tracking(int(about["characters"]), names, r, rest["chance"]), rest["before"])


def _numbers(row: Sequence[object]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in row], np.float32) / 1000
