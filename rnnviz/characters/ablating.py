"""What units that track a property do to the prediction: each held at its mean, on held-out source."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from torch import nn

from rnnviz.characters import neurons
from rnnviz.characters.network import CharacterModel, fingerprint
from rnnviz.characters.neurons import FOLDER, Tracking
from rnnviz.characters.properties import TRIPLES, properties
from rnnviz.characters.streams import pieces
from rnnviz.interventions import Intervention, clamp, each_alone

OUTCOMES: Final = {
    "quotes": "the closing quote",
    "docstring": "the closing triple quotes",
    "comment": "the end of the comment",
    "brackets": "the closing bracket",
    "line_position": "the end of the line",
}
"""What a network predicts by a property, where it comes next in the text."""

UNITS: Final = 10
"""Units of each property that are ablated: those that track it most closely."""

PASSAGES: Final = 64
WARM_UP: Final = 128
"""Characters of a passage that are input before those that are counted: no state in the middle of a text is zero."""

COUNTED: Final = 512

_TOGETHER: Final = 16
_DRAWS: Final = 2_000
_FORMAT: Final = 1
_LARGEST: Final = 2**18


@dataclass(frozen=True, eq=False)
class Effect:
    """What the ablation of units changes of the probability of a character that comes next, where it does.

    Attributes:
        base: The mean probability that the unchanged network gives to it.
        places, passages: Over how many characters, and in how many passages they lie.
        change: By unit, how much the mean probability changes, and the ends of its 95 % interval, a bootstrap over
            passages.
    """

    base: float
    places: int
    passages: int
    change: Mapping[int, tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class Ablated:
    """The effects by signal and property; ``said`` says on what text."""

    said: str
    effects: Mapping[str, Mapping[str, Effect]]


def outcomes(text: str) -> dict[str, np.ndarray]:
    """By property, after which characters of Python source what it is about comes next: bool of shape (time,).

    >>> from rnnviz.characters.ablating import outcomes
    >>> "".join("01"[mark] for mark in outcomes("f('a')")["quotes"])
    '000100'
    """
    values = {one.name: one.values for one in properties(text, "python")}
    told, depth = {name: own > 0 for name, own in values.items()}, values["brackets"]
    nothing = np.zeros(3, bool)
    quoted, triple = (np.concatenate([told[name], nothing]) for name in ("quotes", "docstring"))
    following = np.array([*text[1:], ""][: len(text)], object)
    triples = np.array([text[k + 1 : k + 4] in TRIPLES for k in range(len(text))], bool)
    is_quote = np.isin(following, ["'", '"'])
    now = slice(0, len(text))
    return {
        "quotes": quoted[now] & ~triple[now] & is_quote & ~quoted[1:-2],
        "docstring": triple[now] & triples & ~triple[3:],
        "comment": told["comment"] & (following == "\n"),
        "brackets": depth > np.concatenate([depth[1:], depth[-1:]]),
        "line_position": following == "\n",
    }


def measure(model: CharacterModel, text: str, tracking: Tracking, said: str) -> Ablated:
    """Ablate the units that track each property most closely, one at a time; ``said`` is what the text is, in words.

    A unit is held at its mean over the passages, at every character.

    Args:
        text: Python source, of which ``PASSAGES`` passages are taken.

    Raises:
        ValueError: If the text is too short for them.
    """
    length, apart = WARM_UP + COUNTED, len(text) // PASSAGES
    if apart <= length:
        raise ValueError(f"a text must have more than {PASSAGES * length:,} characters; got {len(text):,}")
    starts = apart * np.arange(PASSAGES)
    ids = model.alphabet.encode(text)[starts[:, None] + np.arange(length + 1)]
    marks = {
        name: np.array([0, WARM_UP]) + np.argwhere(found[starts[:, None] + np.arange(WARM_UP, length)])
        for name, found in outcomes(text).items()
    }
    effects = {signal: _of_signal(model, ids, marks, tracking, signal) for signal in tracking.r}
    return Ablated(said, effects)


def measure_here(model: CharacterModel, tracking: Tracking) -> Ablated:
    """Measure a network of Python source on this interpreter's library; it takes a minute or two."""
    said = f"held-out modules of the standard library of Python {platform.python_version()}"
    return measure(model, neurons.held_out_source(), tracking, said)


def _of_signal(
    model: CharacterModel, ids: np.ndarray, marks: Mapping[str, np.ndarray], tracking: Tracking, signal: str
) -> dict[str, Effect]:
    """The effects by property; ``marks`` has the passage and the character of each place."""
    best = {name: tracking.best(signal, name, UNITS) for name, places in marks.items() if len(places)}
    units = sorted({unit for own in best.values() for unit in own})
    mean = _means(model, ids[:, :-1], signal)
    runs = [[], *([clamp(signal, float(mean[unit]), [unit])] for unit in units)]
    p = _probabilities(model, ids, runs)
    return {name: _effect(p, marks[name], own, units) for name, own in best.items()}


def _effect(p: np.ndarray, places: np.ndarray, best: Sequence[int], units: Sequence[int]) -> Effect:
    """Of p, of shape (run, passage, time): the probability of the character that comes next."""
    passage, step = places.T
    at = p[:, passage, step]  # (run, place)
    change = {}
    for unit in best:
        moved = at[1 + units.index(unit)] - at[0]
        change[unit] = (float(moved.mean()), *_interval(moved, passage))
    return Effect(float(at[0].mean()), len(places), len(np.unique(passage)), change)


def _interval(moved: np.ndarray, passage: np.ndarray) -> tuple[float, float]:
    """Places of one passage are alike, so whole passages are drawn again."""
    _, of = np.unique(passage, return_inverse=True)
    total, count = np.bincount(of, moved), np.bincount(of)
    drawn = np.random.default_rng(0).integers(len(count), size=(_DRAWS, len(count)))
    low, high = np.percentile(total[drawn].sum(1) / count[drawn].sum(1), (2.5, 97.5))
    return float(low), float(high)


def _means(model: CharacterModel, ids: np.ndarray, signal: str) -> np.ndarray:
    """The mean of each unit over all passages: (unit,)."""
    found = [piece[signal].sum((0, 1), dtype=np.float64) for piece in pieces(model, ids, WARM_UP, (signal,))]
    mean: np.ndarray = np.sum(found, axis=0) / ids.size
    return mean


def _probabilities(model: CharacterModel, ids: np.ndarray, runs: Sequence[Sequence[Intervention]]) -> np.ndarray:
    """Of each run the probability of each character that comes next: (run, passage, time)."""
    head = cast("nn.Linear", model.network.head)
    weight, bias = (one.detach().numpy() for one in (head.weight, head.bias))
    found = np.empty((len(runs), len(ids), ids.shape[1] - 1), np.float32)
    symbols = np.eye(len(model.alphabet), dtype=np.float32)
    for first in range(0, len(ids), _TOGETHER):
        some = ids[first : first + _TOGETHER]
        for k, states in enumerate(each_alone(model.network.rnn, symbols[some[:, :-1]], runs)):
            logits = states @ weight.T + bias
            shares = np.exp(logits - logits.max(-1, keepdims=True))
            wanted = np.take_along_axis(shares, some[:, 1:, None], axis=-1)[..., 0]
            found[k, first : first + _TOGETHER] = wanted / shares.sum(-1)
    return found


# --- As it ships ---


def _path(model: CharacterModel, folder: str | os.PathLike[str]) -> Path:
    return Path(folder) / f"{model.name}-ablated.json"


def save(model: CharacterModel, ablated: Ablated, folder: str | os.PathLike[str] = FOLDER) -> Path:
    """Write what was measured of a network, probabilities to four digits; a missing folder is made."""
    about = {
        "format": _FORMAT,
        "network": fingerprint(model),
        "said": ablated.said,
        "effects": {
            signal: {
                name: {
                    "base": round(one.base, 4),
                    "places": one.places,
                    "passages": one.passages,
                    "change": {str(unit): [round(part, 4) for part in change] for unit, change in one.change.items()},
                }
                for name, one in own.items()
            }
            for signal, own in ablated.effects.items()
        },
    }
    path = _path(model, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(about, separators=(",", ":")) + "\n", encoding="utf-8")
    return path


def load(model: CharacterModel, folder: str | os.PathLike[str] = FOLDER) -> Ablated | None:
    """What ships of a network, if it is of these very numbers; ValueError if the file is damaged."""
    path = _path(model, folder)
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it must have at most {_LARGEST:,} bytes")  # noqa: TRY301 - told below
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != _FORMAT or about["network"] != fingerprint(model):
            return None
        effects = {
            str(signal): {name: _unpacked(own[name]) for name in OUTCOMES if name in own}
            for signal, own in about["effects"].items()
        }
        return Ablated(str(about["said"]), effects)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"expected what ablations change in {model.name} in {path}; {error}") from error


def _unpacked(about: Mapping[str, Any]) -> Effect:
    change = {int(unit): tuple(map(float, parts)) for unit, parts in about["change"].items()}
    for unit, parts in change.items():
        if len(parts) != 3 or not -1 <= parts[1] <= parts[2] <= 1:
            raise ValueError(f"the change of unit {unit} must be three numbers in -1..1; got {parts}")
    return Effect(float(about["base"]), int(about["places"]), int(about["passages"]), change)  # type: ignore[arg-type]
