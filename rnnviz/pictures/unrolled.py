"""A network unrolled over one sequence: at each step its input, its state, its output and the target."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import palette
from rnnviz.widgets import packing
from rnnviz.widgets.drawn import Drawn

if TYPE_CHECKING:
    from rnnviz.automata import Reading
    from rnnviz.sequences import Unrolled

LIKELIEST: Final = 6
"""Symbols whose probabilities are shown."""


def unrolled(found: "Unrolled", *, title: str, t: int | None = None) -> Drawn:
    """A small network on a typed sequence.

    Args:
        title: The kind of problem, and the problem.
        t: The selected step; by default the last.

    >>> from rnnviz import pictures, sequences
    >>> pictures.unrolled(sequences.unroll("counting", "5"), title="One to many: counting")
    Drawn(One to many: counting)
    """
    said = [word for word in found.outputs if word]
    kind = title.partition(":")[0]
    data = {
        "title": title,
        "caption": found.about,
        "alt": f"{kind}, unrolled over {found.steps} steps. The input is "
        f"{' '.join(filter(None, found.inputs))}, the output {' '.join(said)}. The numbers stand in a table below.",
        "columns": [_of_step(found, step) for step in range(found.steps)],
        "range": _span(float(np.abs(found.h).max())),
        "recurrent": found.is_recurrent,
        "turn": found.turn,
        "predicted": any(found.targets),
    }
    return _drawn(data, found.h, t)


def accepted(read: "Reading", targets: Sequence[bool | None] = (), *, caption: str = "", t: int | None = None) -> Drawn:
    """A network that accepts words, on a word.

    Args:
        targets: Of each beginning whether it should be accepted; None where that is not known.
        caption: The network.
        t: The selected step; by default the last.

    >>> from rnnviz import automata, checkpoints, pictures
    >>> network = automata.acceptor(checkpoints.load("tomita-3-gru"), "01", accept="accepted")
    >>> pictures.accepted(automata.reading(network, "1100"))
    Drawn(The network on the same word)
    """
    outputs = [verdict(accepts) for accepts in read.accepted.tolist()]
    wanted = [verdict(target) for target in targets or [None] * len(outputs)]
    data = {
        "title": "The network on the same word",
        "caption": caption,
        "alt": f"The network, unrolled over the word {read.word}. Its outputs are {', '.join(outputs)}. The numbers "
        "stand in a table below.",
        "columns": [
            _of_symbol(symbol, output, target, float(p))
            for symbol, output, target, p in zip(read.word, outputs, wanted, read.probabilities, strict=True)
        ],
        "range": 1.0,
        "recurrent": True,
        "turn": None,
        "predicted": True,
    }
    return _drawn(data, read.h, t)


def verdict(accepts: bool | None) -> str:
    """Whether a word is accepted, in a word; nothing where that is not known."""
    return "" if accepts is None else "accepted" if accepts else "rejected"


def _drawn(data: dict[str, object], h: np.ndarray, t: int | None) -> Drawn:
    whole = {"token": "alone", "start": {"id": "alone", "t": t}, "h": packing.exact(h), "palette": palette.themes()}
    return Drawn("unrolled", str(data["title"]), {**data, **whole}, is_titled=True)


def _span(largest: float) -> float:
    """A round number that no state exceeds, so that small ones are visible too."""
    steps = (0.1, 0.2, 0.3, 0.5, 0.7)
    return next((step for step in steps if largest <= step), float(np.ceil(largest)))


def _of_step(found: "Unrolled", t: int) -> dict[str, object]:
    row = found.probabilities[t]
    order = np.argsort(-row, kind="stable")[:LIKELIEST].tolist() if found.has_output[t] else list[int]()
    return {
        "read": found.inputs[t],
        "fed": found.fed[t],
        "unknown": found.unknown[t],
        "said": found.outputs[t],
        "p": float(row.max()) if found.has_output[t] else 0.0,
        "wanted": found.targets[t],
        "likeliest": [(found.symbols[k], float(row[k])) for k in order],
    }


def _of_symbol(symbol: str, output: str, wanted: str, p: float) -> dict[str, object]:
    likeliest = sorted({"accepted": p, "rejected": 1 - p}.items(), key=lambda pair: -pair[1])
    return {
        "read": symbol, "fed": False, "unknown": False, "said": output, "p": dict(likeliest)[output], "wanted": wanted,
        "likeliest": likeliest,
    }  # fmt: skip
