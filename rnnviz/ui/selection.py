"""What a visitor is looking at: one Selection, what it means, and the checks of every value in it."""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Final, Literal, get_args

import numpy as np

from rnnviz.names import CELLS, DIRECTIONS, NONLINEARITIES, Direction
from rnnviz.parameters import parameter_table
from rnnviz.spec import RECURRENTS, Edit, ModelSpec
from rnnviz.text import MAX_ABS, parse_rows, word_vectors, words_of

Input = Literal["numbers", "words"]
INPUTS: Final[tuple[Input, ...]] = get_args(Input)

LIMITS: Final[dict[str, tuple[int, int]]] = {
    "hidden_size": (1, 256),
    "input_size": (1, 64),
    "num_layers": (1, 4),
    "output_size": (0, 8),
    "seed": (0, 2**31 - 1),
}
"""The least and the most that the pages offer."""

REAL_LIMITS: Final[dict[str, tuple[float, float]]] = {"forget_bias": (-10.0, 10.0), "recurrent_scale": (0.0, 5.0)}
"""The same of the fields that hold any number."""

WHOLE: Final = (*LIMITS, "layer", "t")
FLAGS: Final = ("bidirectional", "bias", "fold")
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "cell": CELLS,
    "nonlinearity": NONLINEARITIES,
    "input": INPUTS,
    "direction": DIRECTIONS,
    "recurrent": RECURRENTS,
}
PLACES: Final = ("units", "span")
"""The fields that hold a whole number, a yes or no, one of a few words, or several whole numbers."""

STATES_LIMIT: Final = 128_000
"""The most hidden states of one pass: steps x hidden_size x num_layers x directions."""

MAX_CHARACTERS: Final = 20_000
MAX_EDITS: Final = 100


@dataclass(frozen=True)
class Selection:
    """What the visitor is looking at; its texts can always be read.

    Attributes
    ----------
    model : ModelSpec
        Its ``input_size`` is the size of the embedding of words; the width of the typed rows counts for numbers, see
        ``network``.
    input : {"numbers", "words"}
    numbers, words : str
        What was typed for each kind of input.
    layer : int
    direction : {"forward", "reverse"}
    t : int
        The step, counted from 0.
    fold : bool
        Whether the network is drawn rolled instead of unrolled.
    edits : tuple of Edit
        Numbers that were typed over, at most one a place.
    """

    model: ModelSpec = field(default_factory=ModelSpec)
    input: Input = "numbers"
    numbers: str = "1 1 1 1 1\n2 2 2 2 2\n3 3 3 3 3"
    words: str = "The film was not good, it was great!"
    layer: int = 0
    direction: Direction = "forward"
    t: int = 0
    fold: bool = False
    units: tuple[int, ...] = ()
    span: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def text(self) -> str:
        """The text that the network reads."""
        return self.numbers if self.input == "numbers" else self.words


DEFAULT: Final = Selection()
MODEL_FIELDS: Final = tuple(field.name for field in fields(ModelSpec) if field.name != "trained")
OWN_FIELDS: Final = tuple(field.name for field in fields(Selection) if field.name != "model")


# --- What it means ---


def network(selection: Selection) -> ModelSpec:
    """The network that reads the selection's input: its ``input_size`` is the width of the rows, if numbers are read.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    ModelSpec

    Raises
    ------
    ValueError
        If the numbers cannot be read.
    """
    if selection.input == "words":
        return selection.model
    return replace(selection.model, input_size=rows_in(selection.numbers).shape[1])


def inputs(selection: Selection) -> np.ndarray:
    """What the network reads, numbers of ``x`` that were typed over included.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    float32 ndarray of shape (time, input_size)

    Raises
    ------
    ValueError
        If the text cannot be read.
    """
    if selection.input == "numbers":
        x = rows_in(selection.numbers).copy()
    else:
        x = word_vectors(words_in(selection.words), selection.model.input_size, selection.model.seed)
    for edit in selection.edits:
        if edit.name == "x":
            x[edit.index] = edit.value
    return x


def steps(selection: Selection) -> tuple[str, ...]:
    """A label for every time step: its word, or its numbers cut to 12 characters.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If the text cannot be read.
    """
    if selection.input == "words":
        return words_in(selection.words)
    labels = (" ".join(f"{number:g}" for number in row[:13]) for row in inputs(selection))
    return tuple(label if len(label) <= 12 else f"{label[:11]}…" for label in labels)


def shapes(selection: Selection) -> dict[str, tuple[int, ...]]:
    """The shapes of all that can be typed over: ``x`` and every parameter by torch's name.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    dict of str to tuple of int
    """
    model = network(selection)
    return {"x": (step_count(selection), model.input_size)} | {row.name: row.shape for row in parameter_table(model)}


def largest_hidden_size(selection: Selection) -> int:
    """The most hidden units that ``STATES_LIMIT`` and ``LIMITS`` leave to the selection's steps and layers.

    Parameters
    ----------
    selection : Selection

    Returns
    -------
    int
    """
    model = selection.model
    states = step_count(selection) * model.num_layers * len(model.directions)
    return min(LIMITS["hidden_size"][1], STATES_LIMIT // states)


def readable(kind: Input, text: str) -> str:
    """The text with plain line ends, once it is known that it can be read.

    Parameters
    ----------
    kind : {"numbers", "words"}
    text : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is too long or spells no rows of numbers, or no words.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the text must have at most {MAX_CHARACTERS:,} characters; got {len(text):,}")
    # Half a surrogate pair, as a cut emoji leaves it, cannot be sent or stored.
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    (rows_in if kind == "numbers" else words_in)(text)
    return text


@lru_cache(maxsize=64)
def rows_in(text: str) -> np.ndarray:
    """The numbers of a text, as ``text.parse_rows`` reads them; read-only, since it is shared."""
    rows = parse_rows(text)
    rows.setflags(write=False)
    return rows


@lru_cache(maxsize=64)
def words_in(text: str) -> tuple[str, ...]:
    """The words of a text, as ``text.words_of`` reads them."""
    return words_of(text)


def step_count(selection: Selection) -> int:
    """How many time steps the selection's input has."""
    return len(rows_in(selection.numbers) if selection.input == "numbers" else words_in(selection.words))


# --- Checks of values ---


def check(name: str, value: object) -> None:
    """Refuse a value that the field of that name must not have; whether texts can be read is left to ``readable``.

    Parameters
    ----------
    name : str
        Of a field of ``Selection`` or of its ``ModelSpec``.
    value : object
        From anybody: nothing about it is trusted.

    Raises
    ------
    TypeError
        If there is no field of that name, or it has another type.
    ValueError
        If the value is outside ``LIMITS``, or not one of those to choose from.
    """
    if name not in _CHECKS:
        raise TypeError(f"a change must be of one of {', '.join(_CHECKS)}; got {shown(name)}")
    _CHECKS[name](name, value)


def shown(value: object) -> str:
    """A value as a message may quote it: cut to 40 characters, without any that would not print."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    printable = "".join(character if character.isprintable() else " " for character in text[:41])
    return f"'{printable[:40]}{'…' if len(text) > 40 else ''}'" if isinstance(value, str) else printable[:40]


def _check_whole(name: str, value: object) -> None:
    low, high = LIMITS.get(name, (0, 2**31 - 1))
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number in {low}..{high}; got {shown(value)}")


def _check_real(name: str, value: object) -> None:
    low, high = REAL_LIMITS[name]
    if name == "forget_bias" and value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be a number in {low:g}..{high:g}; got {shown(value)}")


def _check_choice(name: str, value: object) -> None:
    choices = CHOICES[name]
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {shown(value)}")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False; got {shown(value)}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text; got {shown(value)}")


def _check_places(name: str, value: object) -> None:
    if not isinstance(value, tuple):
        raise TypeError(f"{name} must be a tuple of whole numbers; got {shown(value)}")
    for place in value:
        _check_whole(name, place)
    if name == "units" and len(set(value)) < len(value):
        raise ValueError(f"units must be different from each other; got {shown(value)}")
    if name == "span" and (len(value) not in (0, 2) or tuple(sorted(value)) != value):
        raise ValueError(f"span must be a first and a last step, or nothing; got {shown(value)}")


def _check_edits(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(edit, Edit) for edit in value):
        raise TypeError(f"{name} must be a tuple of Edit; got {shown(value)}")
    if len(value) > MAX_EDITS:
        raise ValueError(f"{name} must be at most {MAX_EDITS}; got {len(value):,}")
    for edit in value:
        _check_number(edit)


def _check_number(edit: Edit) -> None:
    if not abs(edit.value) <= MAX_ABS:
        place = f"{shown(edit.name)[1:-1]}[{','.join(map(str, edit.index))}]"
        raise ValueError(f"edits: {place} must be between -1,000,000 and 1,000,000; got {shown(edit.value)}")


_CHECKS: Final[Mapping[str, Callable[[str, object], None]]] = (
    dict.fromkeys(WHOLE, _check_whole)
    | dict.fromkeys(REAL_LIMITS, _check_real)
    | dict.fromkeys(CHOICES, _check_choice)
    | dict.fromkeys(FLAGS, _check_flag)
    | dict.fromkeys(INPUTS, _check_text)
    | dict.fromkeys(PLACES, _check_places)
    | {"edits": _check_edits}
)
