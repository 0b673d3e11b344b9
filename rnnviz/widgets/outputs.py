"""The outputs of a trained network as widgets get them: names once, and a few small numbers a step."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from rnnviz import analysis
from rnnviz.answers import Answer
from rnnviz.tasks import CLOSE as NEAR
from rnnviz.widgets.packing import COARSE_LEVELS, Packed, coarse, rounded

NUMBERS: Final = ("output", "target", "correct")

FEWEST: Final = 20
"""Steps from which on it is told that a unit follows the targets."""

CLOSE: Final = 0.8
"""The least correlation of such a unit: with few steps and many units, less is found by chance."""


def packed(found: Sequence[Answer], tag: str, noun: str) -> dict[str, object]:
    """Outputs from the first step on that has one.

    Args:
        tag: The network, where there are several.
        noun: What the outputs are, as ``answers.noun_of`` has it.

    Returns:
        Plain data and packed arrays, each of shape (time - first,) with NaN where there is nothing: ``output`` and
        ``target`` are places in ``names``, ``p`` a probability, ``correct`` 1 or 0; and ``within``, how near a number
        has to be to its target to be correct.
    """
    first, last = found[0].t, found[-1].t
    names = list(dict.fromkeys(name for one in found for name in (one.output, one.target) if name))
    table = np.full((4, last - first + 1), np.nan)  # (quantity, time)
    place = {name: float(k) for k, name in enumerate(names)} | {"": np.nan}
    for one in found:
        known = (one.correct, one.probability)
        correct, p = (np.nan if value is None else float(value) for value in known)
        table[:, one.t - first] = place[one.output], place[one.target], correct, p
    numbers: dict[str, Packed] = {name: coarse(row, COARSE_LEVELS) for name, row in zip(NUMBERS, table, strict=False)}
    shown = [name if name.strip() else "␣" for name in names]
    about = {"tag": tag, "noun": noun, "names": shown, "first": first, "within": f"{NEAR:g}"}
    return {**about, **numbers, "p": rounded(table[3])}


def follows(values: np.ndarray, outputs: Sequence[Answer], noun: str) -> str:
    """Which unit follows the targets most closely, in a sentence, if they are numbers and any does so; else nothing.

    Args:
        values: Of shape (time, unit).
    """
    found = [answer for answer in outputs if answer.target.isdigit()]
    targets = np.array([int(answer.target) for answer in found])
    if len(found) < FEWEST or np.ptp(targets) == 0:
        return ""
    unit, r = analysis.closest_unit(values[[answer.t for answer in found]], targets)
    if abs(r) < CLOSE:
        return ""
    return f"unit {unit} follows the {noun or 'target'}: r = {r:.2f} on this input".replace("-", "−")
