"""A Selection as the parameters of a link, and back from parameters that anybody may have written."""

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast
from urllib.parse import parse_qsl, urlencode

from rnnviz import checkpoints
from rnnviz.names import Cell
from rnnviz.spec import Edit, ModelSpec
from rnnviz.ui.changes import check_edit, fitted, many, misfits, with_example
from rnnviz.ui.checks import VIEW, check, shown
from rnnviz.ui.selection import (
    CHOICES,
    DEFAULT,
    FLAGS,
    INPUTS,
    MAX_CHARACTERS,
    MAX_EDITS,
    MAX_ENTRIES,
    MAX_ENTRY,
    MAX_VIEWS,
    MODEL_FIELDS,
    OWN_FIELDS,
    PLACES,
    REAL_LIMITS,
    WHOLE,
    Input,
    Selection,
    cells_of,
    readable,
    shapes,
)

LINK_LIMIT: Final = 6_000
"""Characters of one parameter that browsers, chats and mail still pass on."""


def to_params(selection: Selection) -> dict[str, str]:
    """The link's parameters for a selection: every field that is not at its default, by its name.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    dict of str to str
        Without what is longer than ``LINK_LIMIT``.
    """
    entries = tuple(pair for pair in selection.entries if pair not in _too_many(selection.entries))
    params = _params(replace(selection, entries=entries), _pack)
    return {name: value for name, value in params.items() if len(value) <= LINK_LIMIT}


def left_out(selection: Selection) -> tuple[str, ...]:
    """What a link cannot hold of a selection; it holds all the rest.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    tuple of str
        The names of the fields, of which only texts can grow so long, and of the texts among ``entries``.
    """
    params = _params(replace(selection, entries=()), _pack)
    long = tuple(name for name, value in params.items() if len(value) > LINK_LIMIT)
    return (*long, *(name for name, _ in _too_many(selection.entries)))


def said(names: Iterable[str]) -> str:
    """What a link cannot hold, in words.

    Parameters
    ----------
    names : iterable of str
        As from ``left_out``.

    Returns
    -------
    str
        Like ``the words and a text of “Characters”``; empty if it is nothing.
    """
    pages = dict.fromkeys(name.partition(".")[0] for name in names if "." in name)
    told = [_LONG[name] for name in names if name in _LONG]
    told += [f"a text of “{page.replace('_', ' ').capitalize()}”" for page in pages]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def whole(selection: Selection) -> dict[str, str]:
    """The same parameters where there is room for all of them: nothing left out, and texts as they can be read.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    dict of str to str
        As ``from_params`` reads them.
    """
    return _params(selection, lambda text: _pack(text) if text.startswith(_PACKED) else text)


def from_params(params: Mapping[str, str], opening: Selection = DEFAULT) -> tuple[Selection, list[str]]:
    """The selection that a link means, and what was wrong with it.

    A bad value leaves its field at the default and a bad edit is left out; a ``hidden_size``, ``layer``, ``direction``
    or ``t`` that the rest has no room for moves to the nearest that fits. Parameters of other names are ignored.
    ``words`` alone, with no ``input``, ``numbers`` or ``trained``, are what the network reads.

    Parameters
    ----------
    params : mapping of str to str
        From anybody: nothing in it is trusted.
    opening : Selection
        What a link means that names nothing of the network and its input.

    Returns
    -------
    Selection
    list of str
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
    trained = read("trained", _READERS["trained"], base.model.trained)
    cell = read("cell", _READERS["cell"], base.model.cell)
    defaults = _model_defaults(trained, cell, base.model)
    others = [name for name in MODEL_FIELDS if name not in ("trained", "cell")]
    model = replace(defaults, **{name: read(name, _READERS[name], getattr(defaults, name)) for name in others})
    own = {name: read(name, _READERS[name], getattr(base, name)) for name in OWN_FIELDS if name not in _IN_PARTS}
    if _means_words(params) and not any(problem.startswith("words:") for problem in problems):
        own["input"] = "words"
    own["views"], problem = _read_views(params["views"]) if "views" in params else (base.views, [])
    problems += problem
    wanted = Selection(model, **own)
    if trained != base.model.trained:
        wanted = with_example(wanted, params)
    fitting = fitted(wanted, wanted)
    problems += misfits(wanted, fitting)
    edits, problem = _read_edits(params.get("edits", ""), shapes(fitting))
    return replace(fitting, edits=edits), problems + problem


def names_network(params: Iterable[str]) -> bool:
    """Whether the parameters of a link say anything of the network and its input.

    Parameters
    ----------
    params : iterable of str
        Their names.

    Returns
    -------
    bool
    """
    return any(name in _SUBSTANCE for name in params)


_LONG: Final = {"numbers": "the numbers", "words": "the words", "second": "the words to compare with"}
"""What may be too long for a link, beside texts that are typed on one page."""

_IN_PARTS: Final = ("edits", "views")
"""Fields of which a link may have some right and some wrong."""

_SUBSTANCE: Final = frozenset((*MODEL_FIELDS, "input", *INPUTS, "edits"))
_PACKED: Final = "z."
_MOST_ENTRIES: Final = MAX_ENTRIES * (100 + 3 * MAX_ENTRY)
"""Characters of all texts of the pages, each of whose bytes may be written as three, in the form of an address."""

_EDIT: Final = re.compile(r"([A-Za-z0-9_.]{1,40})\[([0-9]{1,6})(?:,([0-9]{1,6}))?\]=([0-9.eE+-]{1,40})")


def _model_defaults(trained: str, cell: Cell, otherwise: ModelSpec) -> ModelSpec:
    """What a link leaves out of a model: all that a trained network has of its own, or what the pages begin with."""
    if not trained:
        return replace(otherwise, cell=cell, trained="")
    cells = cells_of(trained)
    return checkpoints.load(f"{trained}-{cell if cell in cells else cells[0]}").model


def _means_words(params: Iterable[str]) -> bool:
    """Whether a link says by its words alone that they are read."""
    return "words" in params and not {"input", "numbers", "trained"}.intersection(params)


def _too_many(entries: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The longest texts of the pages, as many as have to go so that a link holds the others."""
    kept: list[tuple[str, str]] = []
    for pair in sorted(entries, key=lambda pair: len(pair[1])):
        if len(_pack(urlencode(sorted([*kept, pair])))) > LINK_LIMIT:
            break
        kept.append(pair)
    return tuple(pair for pair in entries if pair not in kept)


def _params(selection: Selection, packed: Callable[[str], str]) -> dict[str, str]:
    params = {}
    model = selection.model
    usual = replace(_model_defaults(model.trained, model.cell, DEFAULT.model), trained="", cell=DEFAULT.model.cell)
    for part, default, names in ((model, usual, MODEL_FIELDS), (selection, DEFAULT, OWN_FIELDS)):
        for name in names:
            value = getattr(part, name)
            if value != getattr(default, name):
                params[name] = _written(name, value, packed)
    if "words" in params and selection.input == "numbers" and not model.trained:
        params["input"] = "numbers"  # words alone would be read
    return params


def _written(name: str, value: Any, packed: Callable[[str], str]) -> str:
    if name in (*INPUTS, "second"):
        return packed(value)
    if name == "entries":
        return packed(urlencode(value))
    if name == "views":
        return " ".join(":".join(view) for view in value)
    if name == "edits":
        places = ((edit, ",".join(map(str, edit.index))) for edit in value)
        return ";".join(f"{edit.name}[{place}]={float(edit.value)!r}" for edit, place in places)
    if name in REAL_LIMITS:
        return repr(float(value)).removesuffix(".0")
    if name in PLACES:
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _pack(text: str) -> str:
    if len(text) <= 200 and not text.startswith(_PACKED):
        return text
    return _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode().rstrip("=")


def _unpack(param: str, most: int = MAX_CHARACTERS) -> str:
    """Raises ValueError, also on what would grow beyond the most characters."""
    if not param.startswith(_PACKED):
        return param
    try:
        packed = param.removeprefix(_PACKED)
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        engine = zlib.decompressobj()
        text = engine.decompress(data, 4 * most + 1)
        if len(text) <= 4 * most and engine.eof:
            return text.decode()
    except (ValueError, zlib.error):
        text = b""
    if len(text) > 4 * most:
        raise ValueError(f"the text must have at most {most:,} characters; got more")
    raise ValueError(f"a packed text must be complete; got {shown(param)}")


def _read_text(name: str, param: str) -> str:
    try:
        return readable(cast(Input, name), _unpack(param))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _read_second(name: str, param: str) -> str:
    text = _unpack(param)
    check(name, text)
    return text


def _read_whole(name: str, param: str) -> int:
    value = int(param) if re.fullmatch(r"-?[0-9]{1,15}", param) else param
    check(name, value)
    return int(value)


def _read_real(name: str, param: str) -> float:
    value = float(param) if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e-?[0-9]{1,3})?", param) else param
    check(name, value)
    return float(value)


def _read_choice(name: str, param: str) -> str:
    check(name, param)
    return param


def _read_flag(name: str, param: str) -> bool:
    if param not in ("0", "1"):
        raise ValueError(f"{name} must be 0 or 1; got {shown(param)}")
    return param == "1"


def _read_places(name: str, param: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,511}", param):
        raise ValueError(f"{name} must be whole numbers with commas between; got {shown(param)}")
    places = tuple(map(int, param.split(",")))
    check(name, places)
    return places


def _read_views(param: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """The choices that can be read, the first of each name, and one message on the others."""
    pieces = param.split(" ", MAX_VIEWS)
    if len(pieces) > MAX_VIEWS:
        return (), [f"views must be at most {MAX_VIEWS}; got {param.count(' ') + 1:,}"]
    found = [VIEW.fullmatch(piece) for piece in pieces]
    views: dict[str, str] = {}
    for match in filter(None, found):
        views.setdefault(*match.groups())
    bad = [piece for piece, match in zip(pieces, found, strict=True) if match is None]
    return tuple(views.items()), [f"views must look like gates.view:memory; got {shown(bad[0])}"] if bad else []


def _read_entries(name: str, param: str) -> tuple[tuple[str, str], ...]:
    packed = _unpack(param, _MOST_ENTRIES)
    try:
        pairs = parse_qsl(
            packed, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MAX_ENTRIES
        )
    except ValueError:
        raise ValueError(
            f"{name} must be at most {MAX_ENTRIES} like attention.source=123, with & between; got {shown(packed)}"
        ) from None
    entries = tuple(sorted(pairs))
    check(name, entries)
    return entries


def _read_trained(name: str, param: str) -> str:
    check(name, param)
    return param


def _read_version(name: str, param: str) -> None:
    if param != "1":
        raise ValueError(f"{name}, the version of the link, must be 1; got {shown(param)}")


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = (
    dict.fromkeys(WHOLE, _read_whole)
    | dict.fromkeys(REAL_LIMITS, _read_real)
    | dict.fromkeys(CHOICES, _read_choice)
    | dict.fromkeys(FLAGS, _read_flag)
    | dict.fromkeys(INPUTS, _read_text)
    | dict.fromkeys(PLACES, _read_places)
    | {"entries": _read_entries, "trained": _read_trained, "second": _read_second, "tour": _read_choice}
)


def _read_edits(param: str, known: Mapping[str, tuple[int, ...]]) -> tuple[tuple[Edit, ...], list[str]]:
    """The edits that can be made, and one message on the others."""
    places: dict[tuple[str, tuple[int, ...]], Edit] = {}
    problems = []
    pieces = param.split(";", MAX_EDITS) if param else []
    if len(pieces) > MAX_EDITS:
        problems.append(f"edits must be at most {MAX_EDITS}; got {param.count(';') + 1:,}")
    for piece in pieces[:MAX_EDITS]:
        try:
            edit = _read_edit(piece, known)
            places[edit.name, edit.index] = edit
        except ValueError as error:
            problems.append(str(error))
    more = f" (and {many(len(problems) - 1, 'more problem')})" if len(problems) > 1 else ""
    return tuple(places.values()), [problems[0] + more] if problems else []


def _read_edit(piece: str, known: Mapping[str, tuple[int, ...]]) -> Edit:
    match = _EDIT.fullmatch(piece)
    if not match:
        raise ValueError(f"edits must look like weight_hh_l0[0,1]=0.5; got {shown(piece)}")
    name, row, column, number = match.groups()
    try:
        value = float(number)
    except ValueError:
        raise ValueError(f"edits: the value of {name} must be a number; got {shown(number)}") from None
    edit = Edit(name, (int(row),) if column is None else (int(row), int(column)), value)
    check_edit(edit, known)
    return edit
