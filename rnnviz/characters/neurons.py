"""Units that track something: how each unit goes along with each property of the text that is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.characters.network import CharacterModel
from rnnviz.characters.properties import Property, properties
from rnnviz.characters.recipes import Subject
from rnnviz.characters.streams import stretches

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
