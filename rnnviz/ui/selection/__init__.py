"""What a visitor looks at: one Selection, and what it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache, partial
from itertools import islice
from typing import Final, Literal, get_args

import numpy as np

from rnnviz import checkpoints
from rnnviz.caching import cached
from rnnviz.checkpoints import UNKNOWN, Checkpoint, decoders
from rnnviz.checkpoints.classifiers import is_of_file, split
from rnnviz.checkpoints.files import stamps
from rnnviz.names import CELLS, Cell, Direction
from rnnviz.notation import Notation
from rnnviz.parameters import parameter_table
from rnnviz.runs import NETWORK
from rnnviz.sentiment.reading import tokens_of
from rnnviz.spec import Edit, ModelSpec
from rnnviz.text import (
    MAX_COLUMNS,
    MAX_INPUTS,
    MAX_TOKENS,
    characters_of,
    exact_characters_of,
    parse_rows,
    row_labels,
    tokenize,
    word_vectors,
    words_of,
)
from rnnviz.ui.selection.before import state_after
from rnnviz.ui.selection.decoded import decoding

Input = Literal["numbers", "words"]
Picture = Literal["network", "cell", "backward"]
INPUTS: Final[tuple[Input, ...]] = get_args(Input)
PICTURES: Final[tuple[Picture, ...]] = get_args(Picture)

MAX_CHARACTERS: Final = 100_000
MAX_NAMED: Final = 60
"""The most characters of a text that are named where it is told of."""

MAX_OWN: Final = 100
"""The most families trained on this machine that are listed."""


@dataclass(frozen=True)
class Selection:
    """What the visitor looks at; its texts can always be read.

    Attributes:
        model: Its ``input_size`` is the size of the embedding of words; for numbers the width of the typed rows counts,
            see ``network``.
        numbers, words: What was typed for each kind of input.
        t: The step, counted from 0.
        picture: Whether the stepper draws the network over time, its cell at one step, or the way back of a loss.
        fold: Whether the network is drawn rolled instead of unrolled.
        present: Whether the pictures are shown alone and larger, for a projector.
        notation: Whose letters weights and biases have; the same on all pages of a visit.
        tour: The visitor's stop of a guided tour, ``lecture.3``, which may not exist; empty for none.
        units: Those that are chosen to stand out.
        span: The first and the last step of a chosen range; empty for none.
        threshold: The least value at which a unit is "on"; None for the page's own.
        views: The pages' choices that differ from the default, named as in ``controls.choice`` and sorted by name.
        entries: The texts in the pages' own boxes that differ from the default, sorted by name.
        after: A text that a network from a file has read before, so that it goes on from the state that this leaves;
            empty for zeros.
        second: Another input of the same kind, to be compared; it may be unreadable, and is checked where it is read.
        edits: Numbers that were edited, at most one for each position.
        interventions: What is changed while the network runs, as ``spec.acts`` writes it, with semicolons between.
    """

    model: ModelSpec = field(default_factory=ModelSpec)
    input: Input = "numbers"
    numbers: str = "1 1 1 1 1\n2 2 2 2 2\n3 3 3 3 3"
    words: str = "The film was not good, it was great!"
    layer: int = 0
    direction: Direction = "forward"
    t: int = 0
    picture: Picture = "network"
    fold: bool = False
    present: bool = False
    notation: Notation = "torch"
    tour: str = ""
    units: tuple[int, ...] = ()
    span: tuple[int, ...] = ()
    threshold: float | None = None
    views: tuple[tuple[str, str], ...] = ()
    entries: tuple[tuple[str, str], ...] = ()
    after: str = ""
    second: str = ""
    edits: tuple[Edit, ...] = ()
    interventions: str = ""

    @property
    def text(self) -> str:
        """The text that the network reads."""
        return self.numbers if self.input == "numbers" else self.words

    @property
    def cache_key(self) -> tuple[object, ...]:
        """What stands for the selection in keys of caches: all of it, and when a trained network's file has changed."""
        trained = self.model.trained
        return (*(getattr(self, name) for name in _FIELDS), stamps(trained) if trained else ())


_FIELDS: Final = tuple(field.name for field in fields(Selection))

DEFAULT: Final = Selection()

VIEWPOINT: Final = tuple(name for name in _FIELDS if name not in ("model", "input", *INPUTS, "after", "edits"))
"""Fields of a Selection that the network and its input do not depend on."""

OF_VISIT: Final = ("present", "notation", "tour")
"""Fields of a Selection that are the same on all pages of a visit; all others are a page's own."""


# --- What it means ---


def without_viewpoint(selection: Selection) -> Selection:
    """The selection with defaults in all fields that the network and its input do not depend on."""
    other = "words" if selection.input == "numbers" else "numbers"
    seen_from = {name: getattr(DEFAULT, name) for name in (*VIEWPOINT, other)}
    return replace(selection, **seen_from)


def network(selection: Selection) -> ModelSpec:
    """The network that reads the selection's input: its ``input_size`` is the width of the rows, if numbers are read.

    Raises:
        ValueError: If the numbers cannot be read.
    """
    if selection.input == "words" or selection.model.trained:
        return selection.model
    return replace(selection.model, input_size=rows_in(selection.numbers).shape[1])


def inputs(selection: Selection) -> np.ndarray:
    """What the network reads, with the numbers of ``x`` that were edited: float32 of shape (time, input_size).

    Raises:
        ValueError: If the text cannot be read.
    """
    if selection.input == "numbers":
        x = rows_in(selection.numbers).copy()
    elif known := checkpoint_of(selection.model):
        x = known.vectors(tokens_in(selection)).copy()
    else:
        x = word_vectors(tokens_in(selection), selection.model.input_size, selection.model.seed)
    for edit in selection.edits:
        if edit.name == "x":
            x[edit.index] = edit.value
    return x


def initial(selection: Selection) -> tuple[np.ndarray, ...]:
    """The initial h, and c of an LSTM, each of shape (layer * direction, unit); none where they are zeros.

    Raises:
        ValueError: If the text cannot be read.
    """
    if whole := translator_of(selection.model):
        return (decoding(whole, selection.words).start[None],)
    if not selection.after:
        known = checkpoint_of(selection.model)
        return known.start_of(selection.model) if known else ()
    edits = tuple(edit for edit in selection.edits if edit.name != "x")
    trained = selection.model.trained
    return state_after(f"{trained}-{selection.model.cell}", stamps(trained), edits, selection.after)


def initial_in_words(selection: Selection) -> str:
    """Where the initial state comes from; empty where it is zero."""
    from rnnviz.attention.recipes import RECIPES

    if selection.after:
        text = " ".join(selection.after.split())
        return f"the state after “{text if len(text) <= MAX_NAMED else text[: MAX_NAMED - 1] + '…'}”"
    if not (whole := translator_of(selection.model)):
        return "the one that the network’s file has" if initial(selection) else ""
    each = " in each direction" if RECIPES[whole].bidirectional else ""
    return f"the encoder’s last state{each} after “{selection.words}”"


def steps(selection: Selection) -> tuple[str, ...]:
    """A label for every time step: its word, or its numbers cut to 12 characters.

    Raises:
        ValueError: If the text cannot be read.
    """
    if selection.input == "words":
        return tokens_in(selection)
    return row_labels(inputs(selection))


def shapes(selection: Selection) -> dict[str, tuple[int, ...]]:
    """The shapes of all that can be edited: ``x`` and every parameter by torch's name."""
    model = network(selection)
    return {"x": (step_count(selection), model.input_size)} | {row.name: row.shape for row in parameter_table(model)}


def readable(kind: Input, text: str, columns: int = MAX_INPUTS) -> str:
    """A text that can be read, with plain line ends.

    Args:
        columns: The most numbers in a row.

    Raises:
        ValueError: If it is too long or contains no rows of numbers, or no words.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the text must have at most {MAX_CHARACTERS:,} characters; got {len(text):,}")
    # Half a surrogate pair, as a cut emoji leaves it, cannot be sent or stored.
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    if kind == "words":
        words_in(text)
    elif (width := rows_in(text).shape[1]) > columns:
        raise ValueError(f"Each row must have at most {columns:,} numbers; row 1 has {width:,}.")
    return text


def most_columns(model: ModelSpec) -> int:
    """The most numbers in a row that is typed for a network; a trained one needs as many as it has inputs."""
    return MAX_INPUTS if model.trained else MAX_COLUMNS


@cached(64)
def rows_in(text: str) -> np.ndarray:
    """The numbers of a text, as ``text.parse_rows`` reads them; read-only, since it is shared."""
    rows = parse_rows(text, max_columns=MAX_INPUTS)
    rows.setflags(write=False)
    return rows


@cached(64)
def words_in(text: str) -> tuple[str, ...]:
    """The words of a text, as ``text.words_of`` reads them."""
    return words_of(text)


@cached(64)
def characters_in(text: str) -> tuple[str, ...]:
    """The characters of a text, as ``text.characters_of`` reads them."""
    return characters_of(text)


@cached(64)
def exact_characters_in(text: str) -> tuple[str, ...]:
    """The characters of a text, as ``text.exact_characters_of`` reads them."""
    return exact_characters_of(text)


@cached(64)
def review_in(text: str) -> tuple[str, ...]:
    """The words and marks of a review."""
    return _some(tokens_of(text, has_marks=True))


@cached(64)
def bare_review_in(text: str) -> tuple[str, ...]:
    """The words of a review without its marks."""
    return _some(tokens_of(text, has_marks=False))


def _some(tokens: tuple[str, ...]) -> tuple[str, ...]:
    if not 0 < len(tokens) <= MAX_TOKENS:
        raise ValueError(f"Enter a review with 1 to {MAX_TOKENS:,} words that the network reads; got {len(tokens):,}.")
    return tokens


READERS: Final[Mapping[str, Callable[[str], tuple[str, ...]]]] = {
    "exact words": words_in,
    "characters": characters_in,
    "exact characters": exact_characters_in,
    "review": review_in,
    "bare review": bare_review_in,
}
"""How trained networks split a text, if not into words or by a tokenizer of their own."""


def reader_of(known: Checkpoint) -> Callable[[str], tuple[str, ...]]:
    """How a trained network splits a text."""
    return partial(split, known) if known.tokenizer is not None else READERS.get(known.splits, words_in)


def tokens_in(selection: Selection) -> tuple[str, ...]:
    """The tokens of the selection's text: words, or whatever its trained network reads.

    A decoder reads what its network itself outputs for the text, after the start token.
    """
    if whole := translator_of(selection.model):
        return decoding(whole, selection.words).inputs
    known = checkpoint_of(selection.model)
    read = reader_of(known) if known else words_in
    return read(selection.words)


_MOST_MARKED: Final = 5_000
"""Marks of unknown tokens that are sent: some ten thousand bytes."""


def unknown_steps(selection: Selection) -> tuple[int, ...]:
    """The steps whose tokens the selection's trained network does not know, of a very long text the first ones."""
    known = checkpoint_of(selection.model)
    if known is None or not known.vocabulary or translator_of(selection.model):
        return ()
    strange = (t for t, token in enumerate(known.folded(tokens_in(selection))) if known.is_strange(token))
    return tuple(islice(strange, _MOST_MARKED))


def unknown_words(selection: Selection) -> tuple[list[str], str]:
    """The tokens at ``unknown_steps``, each once, and what the network gets in their place."""
    steps, known = unknown_steps(selection), checkpoint_of(selection.model)
    tokens = tokens_in(selection) if steps else ()
    return list(dict.fromkeys(tokens[t] for t in steps)), (known.unknown if known else "") or UNKNOWN


def step_count(selection: Selection) -> int:
    """How many time steps the selection's input has."""
    return len(rows_in(selection.numbers) if selection.input == "numbers" else tokens_in(selection))


# --- Trained networks ---


def checkpoint_of(model: ModelSpec) -> Checkpoint | None:
    """The trained network that a model is; None for an untrained one."""
    return checkpoints.load(f"{model.trained}-{model.cell}") if model.trained else None


def goes_on(model: ModelSpec) -> bool:
    """Whether a network may go on from the state that another text leaves: one from a file, in one direction."""
    known = checkpoint_of(model)
    return known is not None and is_of_file(known) and not model.bidirectional


def translator_of(model: ModelSpec) -> str:
    """The network that translates whose decoder a model is, for ``attention.load``; empty for all others."""
    return decoders.model_of(f"{model.trained}-{model.cell}")


def families() -> tuple[str, ...]:
    """The families of trained networks that ship."""
    return _families_of(checkpoints.names())


@lru_cache(2)
def _families_of(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.rpartition("-")[0] for name in names))


def own_families() -> tuple[str, ...]:
    """The families that this server offers, and that somebody has trained and named on this machine.

    Those that pages have trained are not among them.
    """
    return _own_families_of((*checkpoints.offered_names(), *checkpoints.kept_names()))


@lru_cache(2)
def _own_families_of(names: tuple[str, ...]) -> tuple[str, ...]:
    named = (name.rpartition("-") for name in names if not NETWORK.match(name))
    return tuple(dict.fromkeys(family for family, _, cell in named if family and cell in CELLS))[:MAX_OWN]


def cells_of(trained: str) -> tuple[Cell, ...]:
    """The cells of which there is a trained network."""
    return _cells_of(trained, stamps(trained))


@lru_cache(64)
def _cells_of(trained: str, _files: tuple[object, ...]) -> tuple[Cell, ...]:
    """As a run asks a dozen times, the files are only opened again when one of this machine has changed."""
    return tuple(cell for cell in CELLS if _exists(f"{trained}-{cell}"))


def _exists(name: str) -> bool:
    try:
        checkpoints.load(name)
    except ValueError:
        return False
    return True


def with_cell(selection: Selection, cell: Cell) -> Selection:
    """The same selection with another cell, and without the edits, which mean other weights there.

    A trained network gives way to the one trained for the same with that cell; without one, to an untrained one, which
    reads the same steps.
    """
    if cell == selection.model.cell:
        return selection
    trained = selection.model.trained
    if trained and cell in cells_of(trained):
        return replace(selection, model=checkpoints.load(f"{trained}-{cell}").model, after="", edits=())
    words = _spaced(selection)
    return replace(selection, model=replace(selection.model, cell=cell, trained=""), words=words, after="", edits=())


def _spaced(selection: Selection) -> str:
    """The words; where a trained network reads other tokens, each of these as a word of its own: so is ``<start>``."""
    if selection.input != "words" or checkpoint_of(selection.model) is None:
        return selection.words
    tokens = tokens_in(selection)
    return selection.words if tokens == words_in(selection.words) else " ".join(_as_word(token) for token in tokens)


def _as_word(token: str) -> str:
    word = token.strip("<>") if len(token) > 1 else token
    return word if len(tokenize(word)) == 1 else "".join(filter(str.isalnum, word)) or "␣"
