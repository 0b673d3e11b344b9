"""What the curves over words get: the prediction after each word as if the text ended there."""

from collections.abc import Collection, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz import sides
from rnnviz.written import probability, shortened

if TYPE_CHECKING:
    from rnnviz.names import Pooling
    from rnnviz.own import Classified
    from rnnviz.sentiment import SentimentModel
    from rnnviz.sentiment.reading import Reading

_RULE: Final = f"{sides.RULE} ▲ ▼ mark where it leaves this grey band on the other side."

LINES: Final = 6
"""The most classes that have a curve each; there are as many colours and dashes."""

_COLORS: Final = ("h", "c", "i", "f", "o", "r")
_DASHES: Final = ("none", "10 6", "2.5 4", "14 4 3 4", "6 3", "18 5")

POOLED: Final[Mapping["Pooling", str]] = {
    "ends": "the last state of each direction",
    "last": "the output at the last step",
    "mean": "the mean of the outputs over the steps",
    "max": "the maximum of the outputs over the steps",
}
"""What the output layer gets, in words."""

NAMES: Final = {"running": "as if the review ended here", "forward": "→ alone", "reverse": "← alone"}


def by_direction(model: "SentimentModel", reading: "Reading", longest: int) -> dict[str, np.ndarray]:
    """What each direction says alone, by what ``NAMES`` knows, each of shape (time,); nothing of one direction."""
    from rnnviz.sentiment.streams import alone

    if not reading.ids:
        return {}
    found = {str(direction): row for direction, row in alone(model, reading, longest).items()}
    return found if len(found) > 1 else {}


def payload(label: str, reading: "Reading", lines: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Curves over words as plain data.

    Args:
        label: The network, for the caption.
        lines: Probabilities of shape (time,), by what ``NAMES`` knows; ``running`` first.

    Returns:
        ``title``, ``foot``, ``tokens``, ``unknown`` (places), ``turns`` (as ``turns_of`` has them), ``band`` (inside of
        which a prediction is undecided) and ``lines``; ``axis``, what they are; ``unit``, what a token is; and
        ``likeliest``, nothing where there are two classes.
    """
    cut = " The prediction of the whole text can be another." * reading.is_cut
    both = (
        " “→ alone”: the forward direction, from the first word to this one. “← alone”: the reverse direction, from "
        "the last word back to this one."
        if len(lines) > 1
        else ""
    )
    begins = " There is no prediction before the first known word." if reading.ids and not reading.ids[0] else ""
    unknown = [k for k, number in enumerate(reading.ids) if number == 0]
    return {
        "title": _title("word", len(reading.ids) if reading.is_cut else None),
        "foot": f"{_first(reading.tokens, unknown)}{label}. {_RULE}{begins}{both}{cut}",
        "tokens": list(reading.tokens),
        "unknown": unknown,
        "turns": turns_of(lines["running"]),
        "band": list(sides.UNDECIDED),
        "lines": [_line(key, NAMES[key], row) for key, row in lines.items()],
        **_about("P(positive)", "word"),
    }


def classes_payload(
    label: str, found: "Classified", pooling: "Pooling", *, unit: str = "word", mark: str = "", both: bool = True
) -> dict[str, object]:
    """The same of a network from a file: of two classes the second, of more each, at most ``LINES``, the likeliest.

    Args:
        label: The network, for the caption.
        unit: What a token is, “word”, “character” or “token”.
        both: Whether the network reads in both directions.
        mark: What the network’s vocabulary has for words that are not in it; empty for [UNK].

    Returns:
        As ``payload``, with ``likeliest``: of more than two classes, for each token which of the curves is the highest,
        -1 where that is a class without one.
    """
    begun = _first(found.tokens, found.unknown, unit, mark)
    foot = f"{begun}{label}. {_how(found, pooling, both=both)}"
    is_cut = found.count > len(found.tokens)
    if is_cut:
        foot += f" The text has {found.count:,} {unit}s. The prediction of all of them can be another."
    told: dict[str, object] = {
        "title": _title(unit, len(found.tokens) if is_cut else None),
        "tokens": list(found.tokens),
        "unknown": list(found.unknown),
        "mark": mark,
        "band": list(sides.UNDECIDED),
    }
    names = [shortened(name) for name in found.classes]
    if len(names) == 2:
        second = found.probabilities[:, 1]
        lines = [_line("running", f"P({names[1]}) as if the text ended here", second)]
        return {
            **told, "foot": f"{foot} {_RULE}", "turns": turns_of(second), "lines": lines,
            **_about(f"P({names[1]})", unit),
        }  # fmt: skip
    shown = _likely(found.probabilities)
    looks = zip(shown, _COLORS, _DASHES, strict=False)
    best = found.probabilities.argmax(axis=1)
    likeliest = [shown.index(k) if k in shown else -1 for k in best.tolist()]
    some = f" The {LINES} likeliest of {len(found.classes)} classes have a curve." * (len(found.classes) > LINES)
    return {
        **told,
        "foot": f"{foot} ◆ marks where another class becomes the likeliest.{some}",
        "turns": [t for t in range(1, len(best)) if best[t] != best[t - 1]],
        "lines": [
            _line(f"class{k}", names[k], found.probabilities[:, k]) | {"color": color, "dash": dash}
            for k, color, dash in looks
        ],
        **_about("P(class)", unit, likeliest),
    }


def nothing(label: str, unit: str = "word") -> dict[str, object]:
    """The same where there is no prediction."""
    empty: dict[str, object] = {"tokens": [], "unknown": [], "turns": [], "lines": [], "band": list(sides.UNDECIDED)}
    return {**empty, "title": _title(unit), "foot": f"{label}.", **_about("", unit)}


def _title(unit: str, first: int | None = None) -> str:
    """What the curve is of: of a longer text, of its first tokens alone."""
    return (
        f"The prediction after each {unit}"
        if first is None
        else f"The prediction after each of the first {first:,} {unit}s"
    )


def _about(axis: str, unit: str, likeliest: list[int] | None = None) -> dict[str, object]:
    return {"axis": axis, "unit": unit, "likeliest": likeliest or []}


def _how(found: "Classified", pooling: "Pooling", *, both: bool) -> str:
    """How the probabilities are computed, which no file says."""
    given = f"The output layer gets {POOLED[pooling] if both or pooling != 'ends' else 'the last state'}."
    if found.is_logistic:
        return f"{given} P is the sigmoid of its one logit."
    return f"{given} P is the softmax of its {len(found.classes)} logits."


def _likely(probabilities: np.ndarray) -> list[int]:
    """The classes with the highest probabilities anywhere, in their own order."""
    return sorted(np.argsort(-probabilities.max(axis=0, initial=0), kind="stable")[:LINES].tolist())


def _line(key: str, name: str, row: np.ndarray) -> dict[str, object]:
    """A curve: its name, its numbers, None where there is none, and each as the detail below writes it."""
    told = [probability(one) for one in row.tolist()]
    values = [None if isnan(one) else one for one in np.round(row, 6).tolist()]
    return {"key": key, "name": name, "values": values, "told": told}


def turns_of(running: np.ndarray) -> list[int]:
    """The words at which the prediction changes sides: where it was on the other one last, undecided or not between.

    Args:
        running: Of shape (time,).
    """
    found, last = list[int](), 0
    for t, predicted in enumerate(running):
        now = sides.side(predicted) or last
        if last and now != last:
            found.append(t)
        last = now
    return found


def unknown_key(unknown: Collection[int]) -> str:
    """What a dotted line means, where there is one."""
    return " A dotted line marks words that are not in the vocabulary ([UNK])." if unknown else ""


def replaced(typed: str, read: str) -> dict[str, str]:
    """The characters of a text that a network does not get, by their places; none if nothing was typed.

    >>> from rnnviz.widgets.words import replaced
    >>> replaced("é = 1", "? = 1")
    {'0': 'é'}
    """
    pairs = zip(typed, read, strict=False)
    return {str(k): given for k, (given, one) in enumerate(pairs) if given != one}


def mostly_unknown(tokens: Sequence[str], unknown: Collection[int], unit: str = "word", mark: str = "") -> str:
    """That most words of a text are unknown, or that there is none; empty of a text that tells the network enough.

    Known punctuation marks are no words.

    Args:
        tokens: What the network gets.
        unknown: Their places.
        unit: What a token is.
        mark: What stands in their place; empty for [UNK].

    >>> from rnnviz.widgets.words import mostly_unknown
    >>> mostly_unknown(["A", "flurb", "blorked", "."], [1, 2])
    '2 of 3 words are not in the vocabulary: the network gets [UNK] in their place. Do not rely on this prediction.'
    >>> mostly_unknown(["A", "superb", "blork", "."], [2])
    ''
    """
    counted = [t for t, token in enumerate(tokens) if unit != "word" or t in unknown or any(map(str.isalnum, token))]
    if tokens and not counted:
        return "This text has no words, only punctuation. Do not rely on this prediction."
    if 2 * len(unknown) <= len(counted):
        return ""
    units, are = (unit, "is") if len(counted) == 1 else (f"{unit}s", "are" if len(unknown) > 1 else "is")
    return (
        f"{len(unknown)} of {len(counted)} {units} {are} not in the vocabulary: the network gets {mark or '[UNK]'} in "
        f"{'their' if len(unknown) > 1 else 'its'} place. Do not rely on this prediction."
    )


def _first(tokens: Sequence[str], unknown: Collection[int], unit: str = "word", mark: str = "") -> str:
    """What has to be said before all else, in short."""
    said = mostly_unknown(tokens, unknown, unit, mark).partition(":")[0]
    return f"{said.removesuffix('.')}. " if said else ""
