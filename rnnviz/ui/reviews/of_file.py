"""The prediction of a network from a file for the text in the box, after each word: its data, its table, its script."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from rnnviz import checkpoints
from rnnviz.caching import cached
from rnnviz.checkpoints import EXACT, Checkpoint
from rnnviz.checkpoints.classifiers import class_names, is_classifier, pooling_of, split, unit_of
from rnnviz.checkpoints.files import stamps
from rnnviz.sides import side
from rnnviz.ui.codegen.networks import loaded
from rnnviz.ui.codegen.source import literal, script
from rnnviz.ui.reviews.answers import FEW_KNOWN
from rnnviz.ui.selection import Selection, cells_of, checkpoint_of, own_families, state
from rnnviz.ui.selection.trained import refusal
from rnnviz.widgets import words
from rnnviz.written import probability, shortened

if TYPE_CHECKING:
    from rnnviz.own import Classified

ASKED: Final = {
    "aloud": "A text; the network predicts while you type",
    "placeholder": "Type a text. The prediction changes with every key.",
}

LOADING: Final = "The network is still loading. The prediction for this text comes as soon as it is loaded."

_WHILE_TYPING: Final = 100_000_000
"""Weights times words squared of a bidirectional network up to which each key is answered; else rest comes first."""


@dataclass(frozen=True)
class Shown:
    """What the box and the curves show of a text.

    Attributes:
        said: As ``answers.in_words`` gives it.
        curves: Gives what ``words.payload`` gives.
        table: Gives the saved numbers.
        of: The name of a network from a file.
        text: What was read.
        is_refused: Whether the network cannot read the text.
    """

    said: Mapping[str, Any]
    curves: Callable[[], Mapping[str, object]]
    table: Callable[[], pd.DataFrame]
    of: str = ""
    text: str = ""
    is_refused: bool = False


def of(selection: Selection) -> Checkpoint | None:
    """The network from a file that classifies, if one is selected."""
    known = checkpoint_of(selection.model)
    return known if known is not None and is_classifier(known) else None


def offered() -> dict[str, Checkpoint]:
    """The networks from files that classify, by their families: the visitor's own, and those of the server."""
    mine = {known.family: known for known in state.opened_networks() if is_classifier(known)}
    return mine | offered_by(own_families())


def offered_by(families: Iterable[str]) -> dict[str, Checkpoint]:
    """Those of some families of the server that classify."""
    found = (checkpoints.load(f"{family}-{cells[0]}") for family in families if (cells := cells_of(family)))
    return {known.family: known for known in found if is_classifier(known)}


def ends_of(known: Checkpoint) -> list[str] | None:
    """What stands at the ends of the scale; None where there are more than two classes, which have none."""
    names = [shortened(name) for name in class_names(known)]
    return [f"0 · {names[0]}", f"{names[1]} · 1"] if len(names) == 2 else None


def is_quick(known: Checkpoint, text: str) -> bool:
    """Whether a text is read again at every key: one direction reads it once, two read each beginning of it."""
    weights = sum(weight.size for name, weight in known.weights.items() if name.startswith("weight_"))
    tokens = len(text) if known.splits == EXACT else len(text.split())
    if known.tokenizer is not None:  # a process for each text
        return False
    return not known.model.bidirectional or weights * tokens**2 < _WHILE_TYPING


def problem(known: Checkpoint, text: str) -> str:
    """Why a network cannot read a text; empty if it can."""
    try:
        strange = known.unreadable(split(known, text))
    except ValueError as error:
        return str(error)
    return refusal(known, strange) if strange else ""


@cached(16, costly=lambda name, _stamp, text: not is_quick(checkpoints.load(name), text))
def classified(name: str, stamp: object, text: str) -> "Classified":  # noqa: ARG001 - the stamp is part of the key
    """What a network predicts of a text that it can read."""
    from rnnviz.own import classify

    return classify(checkpoints.load(name), text)


def shown(known: Checkpoint, text: str) -> Shown:
    """The prediction in numbers and words, and the curves; without a prediction the reason."""
    why = problem(known, text) if text.strip() else ""
    if why or not text.strip():
        said = _nothing("cannot be read" if why else f"no {unit_of(known)} yet", [why] if why else [])
        return Shown(said, partial(_no_curves, known), pd.DataFrame, known.name, is_refused=bool(why))
    found = classified(known.name, stamps(known.family), text)
    if len(found.unknown) == len(found.tokens):
        said = _nothing(f"no known {unit_of(known)}", [])
        return Shown(said, partial(_no_curves, known), pd.DataFrame, known.name)
    return Shown(_in_words(known, found), lambda: _curves(known, found), lambda: table(found), known.name, text)


def beside(refused: Shown, last: Shown) -> Shown:
    """Why a text cannot be read, over the curves of the last one that could, which say so."""
    if not last.text:
        return refused
    return Shown(refused.said, partial(_last_curves, last), last.table, last.of, last.text, is_refused=True)


def _last_curves(last: Shown) -> dict[str, object]:
    curves = last.curves()
    label = f"These are the predictions for the last text that the network could read, “{shortened(last.text)}”."
    return {**curves, "foot": f"{label} {curves['foot']}"}


def _no_curves(known: Checkpoint) -> dict[str, object]:
    return words.nothing(_label(known), unit_of(known))


def _curves(known: Checkpoint, found: "Classified") -> dict[str, object]:
    return words.classes_payload(
        _label(known), found, pooling_of(known), unit=unit_of(known), mark=known.unknown, both=known.model.bidirectional
    )


def _in_words(known: Checkpoint, found: "Classified") -> dict[str, Any]:
    best, *others = np.argsort(-found.whole, kind="stable").tolist()
    names = [shortened(name) for name in found.classes]
    are_two = len(names) == 2
    named = 1 if are_two else best
    share = float(found.whole[named])
    few = words.mostly_unknown(found.tokens, found.unknown, unit_of(known), known.unknown)
    decided = names[best] if side(share) else "undecided"
    sign = decided if are_two else f"then {names[others[0]]}: {probability(found.whole[others[0]])}"
    unknown = f", {len(found.unknown)} of them unknown" if found.unknown else ""
    token = "1 token" if found.count == 1 else f"{found.count:,} tokens"
    return {
        "probability": share if are_two else None,
        "said": f"P({names[named]}) = {probability(share)}".replace("= <", "<"),
        "sign": f"{sign}, {FEW_KNOWN}".replace("words", f"{unit_of(known)}s") if few else sign,
        "about": f"{_label(known)}: {token}{unknown}.",
        "took": "",
        "notices": [few] if few else [],
    }


def _nothing(sign: str, notices: list[str]) -> dict[str, Any]:
    return {"probability": None, "said": "", "sign": sign, "about": "", "took": "", "notices": notices}


def waiting(known: Checkpoint) -> Shown:
    """What is shown while torch is loading."""
    return Shown(_nothing("", [LOADING]), partial(_no_curves, known), pd.DataFrame)


def _label(known: Checkpoint) -> str:
    return str(known.card.get("label", known.name))


def table(found: "Classified") -> pd.DataFrame:
    """The probability of each class after each word: a row a word."""
    is_known = [int(t not in found.unknown) for t in range(len(found.tokens))]
    columns = {f"P({name})": found.probabilities[:, k] for k, name in enumerate(found.classes)}
    return pd.DataFrame({"input": found.tokens, "known": is_known, **columns}).rename_axis("t")


def code(known: Checkpoint, text: str) -> str:
    """The script of the prediction word by word."""
    return script(
        f"known = {loaded(known)}",
        f"text = {literal(text)}",
        "found = own.classify(known, text)  # as if the text ended at each word",
        "print(dict(zip(found.classes, found.whole.round(3).tolist())))",
        "rnnviz.show(known, text).show()",
    )
