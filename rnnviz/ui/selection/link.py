"""A Selection as the parameters of a link, and back from parameters that anybody may have written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

from rnnviz import checkpoints
from rnnviz.names import Cell
from rnnviz.spec import ModelSpec
from rnnviz.ui.selection import DEFAULT, INPUTS, Selection, cells_of, shapes
from rnnviz.ui.selection.changes import fitted, misfits, with_example
from rnnviz.ui.selection.fields import EDITS, FIELDS, MODEL, OWN, VIEWS, other_cell, pack, plain, quoted

LINK_LIMIT: Final = 6_000
"""Characters of one parameter that browsers, chats and mail still pass on."""


def to_params(selection: Selection) -> dict[str, str]:
    """The link's parameters for a selection, by its fields' names: all but defaults and what exceeds ``LINK_LIMIT``."""
    entries = tuple(pair for pair in selection.entries if pair not in _too_many(selection.entries))
    params = _params(replace(selection, entries=entries), pack)
    return {name: value for name, value in params.items() if len(value) <= LINK_LIMIT}


def left_out(selection: Selection) -> tuple[str, ...]:
    """The names of what a link cannot hold of a selection: of fields (only texts can grow so long) and ``entries``."""
    long = [name for name in _LONG if _is_long(getattr(selection, name))]
    return (*long, *(name for name, _ in _too_many(selection.entries)))


@lru_cache(8)
def _is_long(text: str) -> bool:
    """Whether a link cannot hold it; each run asks of the same few texts."""
    return len(pack(text)) > LINK_LIMIT


def listed(names: Iterable[str]) -> str:
    """What a link cannot hold, in words, like ``the words and a text of “Characters”``; empty for nothing.

    Args:
        names: As from ``left_out``.
    """
    pages = dict.fromkeys(name.partition(".")[0] for name in names if "." in name)
    told = [_LONG[name] for name in names if name in _LONG]
    told += [f"a text of “{page.replace('_', ' ').capitalize()}”" for page in pages]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def whole(selection: Selection) -> dict[str, str]:
    """The same parameters without a limit: nothing left out, and texts in readable form; ``from_params`` reads them."""
    return _params(selection, plain)


def from_params(params: Mapping[str, str], opening: Selection = DEFAULT) -> tuple[Selection, list[str]]:
    """The selection that a link means, and what was wrong with it.

    A bad value leaves its field at the default and a bad edit is left out; a ``hidden_size``, ``layer``, ``direction``
    or ``t`` that the rest has no room for moves to the nearest that fits. Parameters of other names are ignored.
    ``words`` alone, with no ``input``, ``numbers`` or ``trained``, are what the network reads.

    Args:
        params: From anybody: nothing in it is trusted.
        opening: The meaning of a link that names nothing of the network and its input.

    Returns:
        Selection.
        At most one message a parameter, as plain text that may quote the link.
    """
    problems: list[str] = []
    base = DEFAULT if names_network(params) else opening

    def read(name: str, reader: Callable[[str, str], Any], default: Any) -> Any:
        if name not in params:
            return default
        try:
            return reader(name, params[name])
        except ValueError as error:
            problems.append(str(error))
            return default

    read("v", _read_version, None)
    trained = read("trained", FIELDS["trained"].read, base.model.trained)
    cell = read("cell", FIELDS["cell"].read, base.model.cell)
    defaults = _model_defaults(trained, cell, base.model)
    problems += other_cell(trained, cell, defaults.cell)
    others = [name for name in MODEL if name not in ("trained", "cell")]
    model = replace(defaults, **{name: read(name, FIELDS[name].read, getattr(defaults, name)) for name in others})
    own = {name: read(name, FIELDS[name].read, getattr(base, name)) for name in OWN if name not in _IN_PARTS}
    if _means_words(params) and not any(problem.startswith("words:") for problem in problems):
        own["input"] = "words"
    own["views"], problem = VIEWS.read_some(params["views"]) if "views" in params else (base.views, [])
    problems += problem
    wanted = Selection(model, **own)
    if trained != base.model.trained:
        wanted = with_example(wanted, params)
    fitting = fitted(wanted, wanted)
    problems += misfits(wanted, fitting)
    edits, problem = EDITS.read_some(params.get("edits", ""), shapes(fitting))
    return replace(fitting, edits=edits), problems + problem


def names_network(params: Iterable[str]) -> bool:
    """Whether the names of a link's parameters say anything of the network and its input."""
    return any(name in _SUBSTANCE for name in params)


_LONG: Final = {
    "numbers": "the numbers",
    "words": "the words",
    "after": "the text before",
    "second": "the words to compare with",
}
"""What may be too long for a link, beside texts that are typed on one page."""

_IN_PARTS: Final = ("edits", "views")
"""Fields of which a link may have some parts right and some wrong."""

_SUBSTANCE: Final = frozenset((*MODEL, "input", *INPUTS, "edits"))


def _model_defaults(trained: str, cell: Cell, otherwise: ModelSpec) -> ModelSpec:
    """The model that a link's missing fields take: the trained network's own values, or what the pages begin with."""
    if not trained:
        return replace(otherwise, cell=cell, trained="")
    cells = cells_of(trained)
    return checkpoints.load(f"{trained}-{cell if cell in cells else cells[0]}").model


def _read_version(name: str, param: str) -> None:
    if param != "1":
        raise ValueError(f"{name}, the version of the link, must be 1; got {quoted(param)}")


def _means_words(params: Iterable[str]) -> bool:
    """Whether a link has words and nothing else that says what is read."""
    return "words" in params and not {"input", "numbers", "trained"}.intersection(params)


def _too_many(entries: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The longest texts of the pages, as many as must be left out so that a link holds the others."""
    kept: list[tuple[str, str]] = []
    for pair in sorted(entries, key=lambda pair: len(pair[1])):
        if len(pack(urlencode(sorted([*kept, pair])))) > LINK_LIMIT:
            break
        kept.append(pair)
    return tuple(pair for pair in entries if pair not in kept)


def _params(selection: Selection, packed: Callable[[str], str]) -> dict[str, str]:
    params = {}
    model = selection.model
    usual = replace(_model_defaults(model.trained, model.cell, DEFAULT.model), trained="", cell=DEFAULT.model.cell)
    # Without its text a trained network would be read as on its own example.
    needed = selection.input if model.trained else None
    for part, default, names in ((model, usual, MODEL), (selection, DEFAULT, OWN)):
        for name in names:
            value = getattr(part, name)
            if value != getattr(default, name) or name == needed:
                params[name] = FIELDS[name].write(value, packed)
    if "words" in params and selection.input == "numbers" and not model.trained:
        params["input"] = "numbers"  # words alone would be read
    return params
