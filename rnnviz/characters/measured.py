"""What units go along with, as it ships: measured once on text that the network was not trained on."""

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
from rnnviz.characters.fingerprint import fingerprint
from rnnviz.characters.network import CharacterModel
from rnnviz.characters.neurons import Tracking, track
from rnnviz.characters.recipes import Subject
from rnnviz.checkpoints import SHIPPED

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
