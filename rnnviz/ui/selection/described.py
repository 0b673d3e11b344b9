"""A network in a line, for every caption: its cell, its sizes, the origin of its weights, and what was edited."""

from collections.abc import Sequence
from html import escape

from rnnviz.names import CELL_LABELS, Cell
from rnnviz.spec import ModelSpec
from rnnviz.spec.described import form, joined, sizes
from rnnviz.ui.selection import Selection, initial_in_words, network, trained, translator_of


def line(model: ModelSpec, edits: int = 0, cells: Sequence[Cell] = ()) -> str:
    """The whole network: ``LSTM, 3 → 4 units, 2 layers, both directions, forget bias 3, seed 1, 1 number edited``.

    Args:
        edits: How many numbers were edited.
        cells: Of several networks beside each other that differ in their cell, in place of the one of ``model``.
    """
    seed = "" if model.trained else f"seed {model.seed}"
    *before, last = [CELL_LABELS[cell] for cell in cells] or [joined(CELL_LABELS[model.cell], form(model))]
    named = f"{joined(*before)} and {last}" if before else last
    return joined(named, sizes(model), _origin(model), seed, _changed(edits))


def start(model: ModelSpec, edits: int = 0) -> str:
    """What differs from torch's start of a network of this cell and these sizes; empty if nothing does.

    Args:
        edits: How many numbers were edited.
    """
    return joined(form(model), _origin(model), _changed(edits))


def sentences(selection: Selection) -> tuple[str, ...]:
    """The first sentences of figures' captions: the visitor's network, as ``line`` has it, and where it starts."""
    return (f"{marked_up(line(network(selection), len(selection.edits)))}.", *start_sentence(selection))


def start_sentence(selection: Selection, *others: str) -> tuple[str, ...]:
    """Where the initial state comes from, and what ``others`` say beside it; nothing where it is zero."""
    where = escape(initial_in_words(selection), quote=False)  # a text that anybody may have written
    whose = "The decoder’s initial state" if translator_of(selection.model) else "The initial state"
    return (" ".join([f"{whose} is {where}.", *others]),) if where else ()


def marked_up(text: str) -> str:
    """A line as figures take it, with subscripts after W_."""
    return text.replace("W_hh", "W<sub>hh</sub>").replace("W_ih", "W<sub>ih</sub>")


def _origin(model: ModelSpec) -> str:
    """What a trained network is trained on; otherwise how the weights start."""
    label = trained.label(model.trained)
    return f"{label[0].lower()}{label[1:]}" if model.trained else model.initialisation


def _changed(edits: int) -> str:
    return f"{edits} number{'s' * (edits > 1)} edited" if edits else ""
