"""The outputs of a trained network as widgets get them: names once, and a few small numbers a step."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from rnnviz.answers import Answer, noun_of
from rnnviz.tasks import CLOSE
from rnnviz.ui.selection import Selection, checkpoint_of
from rnnviz.ui.shell import networks
from rnnviz.widgets.packing import COARSE_LEVELS, Packed, coarse, rounded

NUMBERS: Final = ("output", "target", "correct")


def of_network(network: Selection, tag: str = "") -> dict[str, object] | None:
    """The outputs of the network of a selection from ``without_viewpoint``, under its name; None if it has none."""
    found, known = networks.outputs(network), checkpoint_of(network.model)
    return packed(found, tag, noun_of(known)) if found and known else None


def packed(found: Sequence[Answer], tag: str, noun: str) -> dict[str, object]:
    """Outputs from the first step on that has one.

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
    about = {"tag": tag, "noun": noun, "names": shown, "first": first, "within": f"{CLOSE:g}"}
    return {**about, **numbers, "p": rounded(table[3])}
