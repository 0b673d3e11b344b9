"""How scripts are written: values as literals, calls on one line or broken, and the imports that names need."""

import ast
import builtins
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Final

import numpy as np

WIDTH: Final = 76
"""Characters of a line, as notebooks have room for; a literal may make it longer."""

_LINES: Final[Mapping[str, str]] = {
    "json": "import json",
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "rnnviz": "import rnnviz",
    "torch": "import torch",
}
_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "dataclasses": ("replace",),
    "pathlib": ("Path",),
    "torch": ("nn",),
    "rnnviz": (
        "ModelSpec", "analysis", "answers", "attention", "automata", "characters", "checkpoints", "clipping", "cliff",
        "dynamics", "figures", "grammars", "listings", "memory_grid", "own", "pictures", "records", "sentiment",
        "sequences", "words",
    ),
    "rnnviz.attention.cards": ("by_form", "by_length"),
    "rnnviz.characters": ("ablating", "neurons"),
    "rnnviz.characters.corpus": ("beginning",),
    "rnnviz.characters.generating": ("distribution", "entropy", "opening", "softmax"),
    "rnnviz.characters.in_app": ("train_on_text",),
    "rnnviz.held_out": ("correct", "held_out"),
    "rnnviz.interventions": (
        "Intervention", "ablate", "clamp", "component", "each_alone", "patch", "steer",
    ),
    "rnnviz.kernels": ("ResetBeforeGRU",),
    "rnnviz.listings": ("summary",),
    "rnnviz.matching.corpus": ("TokenCorpus", "bits_of", "reached_by", "states_on"),
    "rnnviz.matching.search": ("THRESHOLDS", "always_on", "find", "levels", "packed", "units_on"),
    "rnnviz.characters.neurons": ("tracked",),
    "rnnviz.characters.properties": ("properties",),
    "rnnviz.dynamics": ("leading_modes", "speed_plane", "visited_states"),
    "rnnviz.cliff": ("Settings", "descend", "error_and_gradient"),
    "rnnviz.figures": (
        "Accuracy", "Agreement", "CharacterCourse", "Drawn", "GradientCurve", "Grid", "Importance", "TrainingMark",
    ),
    "rnnviz.memory_grid": ("Variant", "cell_spec", "remembered", "shipped_of"),
    "rnnviz.outcome": ("outcome",),
    "rnnviz.reach": ("jacobian_products", "length_gradients", "loss_rows", "step_gradients", "through_time"),
    "rnnviz.properties": ("labels_of",),
    "rnnviz.record": ("Record",),
    "rnnviz.sentiment.explaining": ("integrated_gradients", "leave_one_out"),
    "rnnviz.sentiment.in_app": ("train_on_few",),
    "rnnviz.sentiment": ("dataset", "faithfulness", "synthetic"),
    "rnnviz.sentiment.making": ("measure",),
    "rnnviz.sentiment.faithfulness": ("PAIRS", "WAYS", "sizes"),
    "rnnviz.sentiment.neighbours": ("embedding_map", "plane"),
    "rnnviz.sentiment.shuffling": ("shuffled",),
    "rnnviz.sentiment.reading": ("random_of", "tokens_of"),
    "rnnviz.sentiment.reviews": ("read",),
    "rnnviz.sentiment.streams": ("alone",),
    "rnnviz.sentiment.traps": ("padding",),
    "rnnviz.sequences.batching": ("batch_of", "own_vocabulary", "sentences_of"),
    "rnnviz.sequences.embeddings": ("class_map", "reviewer_before", "rows"),
    "rnnviz.sequences.lessons": ("LESSONS",),
    "rnnviz.sequences.wordings": ("added", "bags_of", "shares"),
    "rnnviz.spec": ("CharacterSpec", "Edit", "ReviewSpec", "TaskSpec", "TrainSpec", "text_key"),
    "rnnviz.tasks": ("task",),
    "rnnviz.text": (
        "characters_of",
        "exact_characters_of",
        "fold",
        "folds",
        "parse_rows",
        "row_labels",
        "word_vectors",
        "words_of",
    ),
    "rnnviz.train": ("train", "train_together"),
    "rnnviz.train.reaching": ("first_gradients",),
    "rnnviz.stepping": ("record",),
    "rnnviz.stepping.walk": ("walk",),
    "rnnviz.words": ("Corpus", "SkipGramSpec", "learn"),
    "rnnviz.words.vector_questions": ("classed",),
    "rnnviz.words.skip_gram": ("started", "updates_of"),
}  # fmt: skip
"""The modules of the names that scripts do not define themselves."""

_TOLD: Final = ("cell", "input_size", "hidden_size", "seed", "name", "length")
"""Fields of a ModelSpec and a TaskSpec that are written even with their default values."""

_LONG, _PIECES = 110, 12
"""Columns from which on a text is broken, and the most lines that it is broken into; a longer one stays on one."""

_STANDARD: Final = ("dataclasses", "json", "pathlib")


class Raw(str):
    """Source that stands unchanged in place of a value: the name of something defined above."""

    __slots__ = ()


def script(*lines: str) -> str:
    """Lines that end with a line break, after the imports that their names need.

    Args:
        *lines: Statements; one text may hold several.

    Raises:
        ValueError: If a name is neither defined nor known.
    """
    body = "\n".join(line for line in lines if line).strip("\n")
    heads = _imports(ast.parse(body))
    if heads and body.startswith("def "):
        heads[-1] += "\n"
    return "\n\n".join(filter(None, [*heads, body])) + "\n"


def _imports(tree: ast.Module) -> list[str]:
    """Imports in three groups: the standard library, other packages, rnnviz."""
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    made = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)} | set(dir(builtins))
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    wanted = used - made
    lines = {_LINES[name] for name in wanted & set(_LINES)}
    for home, names in _HOMES.items():
        if some := sorted(wanted & set(names), key=_by_case):
            line = f"from {home} import {', '.join(some)}"
            lines.add(line if len(line) <= WIDTH else _joined(f"from {home} import (", some, ")", 0))
    if missing := wanted - set(_LINES) - {name for names in _HOMES.values() for name in names}:
        raise ValueError(f"the names of a script must be made in it or known; got {', '.join(sorted(missing))}")
    groups: list[list[str]] = [[], [], []]
    for line in sorted(lines, key=lambda line: (line.startswith("from"), line)):
        room = line.split()[1].partition(".")[0]
        groups[2 if room == "rnnviz" else 0 if room in _STANDARD else 1].append(line)
    return ["\n".join(group) for group in groups if group]


def _by_case(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as ruff sorts imports."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def literal(value: object, indent: int = 0) -> str:
    """A value as source: a line, or where that is too long, a line for each of its parts.

    Args:
        value: Text, number, None, a sequence or mapping of them, an array, or a dataclass, whose defaults are left out.
        indent: Columns before it.

    Raises:
        TypeError: If it is anything else.
    """
    match value:
        case Raw():
            return value
        case str():
            return _paragraph(value, indent)
        case None | bool() | int():
            return repr(value)
        case float() | np.floating():
            return _number(value)
        case np.integer():
            return repr(int(value))
        case np.ndarray():
            return literal(list(value), indent)
        case Mapping():
            pairs = [f"{literal(key)}: {literal(each, indent + 4)}" for key, each in value.items()]
            return _joined("{", pairs, "}", indent)
        case tuple():
            parts = [literal(each, indent + 4) for each in value]
            return _joined("(", parts, ",)" if len(parts) == 1 else ")", indent)
        case list():
            return _joined("[", [literal(each, indent + 4) for each in value], "]", indent)
    if is_dataclass(value) and not isinstance(value, type):
        return inner(indent, type(value).__name__, *_needed(value), **_changed(value))
    raise TypeError(f"a literal must be of plain values; got {type(value).__name__}")


def _needed(value: Any) -> list[object]:
    """The fields that have no default."""
    return [getattr(value, f.name) for f in fields(value) if f.default is MISSING is f.default_factory]


def _changed(value: Any) -> dict[str, object]:
    """The fields that are not at their defaults, and for a network its sizes in any case."""
    made = {f.name: f.default_factory() for f in fields(value) if f.default_factory is not MISSING}
    usual = {f.name: made.get(f.name, f.default) for f in fields(value)}
    usual = {name: default for name, default in usual.items() if default is not MISSING}
    return {
        name: getattr(value, name)
        for name, default in usual.items()
        if getattr(value, name) != default or name in _TOLD
    }


def call(function: str, *args: object, **named: object) -> str:
    """A call with its arguments, as ``literal`` takes them, as literals."""
    return _call(function, args, named)


def inner(indent: int, function: str, *args: object, **named: object) -> Raw:
    """The same as a part of something else, on lines with this indentation."""
    return Raw(_call(function, args, named, indent))


def set_to(name: str, function: str, *args: object, **named: object) -> str:
    """A statement that assigns a call's result."""
    return f"{name} = {_call(function, args, named, lead=len(name) + 3)}"


def _call(function: str, args: Sequence[object], named: Mapping[str, object], indent: int = 0, lead: int = 0) -> str:
    """A call, with ``lead`` columns between the beginning of the line and the call."""
    parts = [literal(each, indent + 4) for each in args]
    parts += [f"{name}={literal(each, indent + 4)}" for name, each in named.items()]
    return _joined(f"{function}(", parts, ")", indent, lead)


def _joined(begin: str, parts: list[str], end: str, indent: int, lead: int = 0) -> str:
    """The parts on the current line if there is room, else all on their own line, else one a line."""
    line = f"{begin}{', '.join(parts)}{end}"
    if not parts or ("\n" not in line and len(line) + indent + lead <= WIDTH):
        return line
    inside, close = " " * (indent + 4), f"{' ' * indent}{end.lstrip(',')}"
    packed = f"{', '.join(parts)}{',' if end == ',)' else ''}"
    if "\n" not in packed and len(packed) + len(inside) <= WIDTH:
        return f"{begin}\n{inside}{packed}\n{close}"
    return f"{begin}\n{''.join(f'{inside}{part},{chr(10)}' for part in parts)}{close}"


def _paragraph(value: str, indent: int) -> str:
    """A text, on several lines if it is too long for one but not for a screen."""
    line = _text(value)
    if len(line) + indent <= _LONG:
        return line
    pieces, room = [""], WIDTH - indent - 6
    for word in re.findall(r"[^\s]*\s?", value):
        if pieces[-1].endswith("\n") or (pieces[-1] and len(_text(pieces[-1] + word)) > room):
            pieces.append("")
        pieces[-1] += word
    if len(pieces) > _PIECES:
        return line
    inside = " " * (indent + 4)
    return "(\n" + "".join(f"{inside}{_text(piece)}\n" for piece in pieces if piece) + f"{' ' * indent})"


def _text(value: str) -> str:
    """As ``repr`` writes it; in double quotes if it has quotes of neither kind."""
    escaped = repr(str(value)).split(r"\\")
    plain = r"\\".join(part.replace(r"\xa0", "\xa0") for part in escaped)  # what keeps words together is no noise
    return f'"{plain[1:-1]}"' if plain[0] == "'" and not {"'", '"'} & set(value) else plain


def _number(value: float | np.floating) -> str:
    """The shortest decimal that is the same number again in its own precision."""
    if not math.isfinite(value):
        return f'float("{float(value)}")'
    return str(value) if isinstance(value, np.floating) else repr(float(value))
