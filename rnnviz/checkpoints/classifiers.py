"""Networks out of files that classify a text: what the output layer is given of its steps, and the classes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from rnnviz.checkpoints.checkpoint import EXACT, Checkpoint
from rnnviz.names import POOLINGS, Pooling
from rnnviz.text import MAX_TOKENS, exact_characters_of, words_of
from rnnviz.tokenizing import numbers_of


def is_of_file(known: Checkpoint) -> bool:
    """Whether a network is out of a file and reads tokens."""
    return isinstance(known.card.get("opened"), Mapping) and bool(known.vocabulary)


def is_classifier(known: Checkpoint) -> bool:
    """Whether a network is out of a file, reads tokens, and has an output layer whose outputs are shown each.

    >>> from rnnviz import checkpoints
    >>> from rnnviz.checkpoints.classifiers import is_classifier
    >>> is_classifier(checkpoints.load("brackets-gru"))  # which ships
    False
    """
    return is_of_file(known) and known.model.output_size > 0


def pooling_of(known: Checkpoint) -> Pooling:
    """What the owner of a network has said of it; ``ends`` if nothing."""
    opened = known.card.get("opened")
    said = opened.get("pooling") if isinstance(opened, Mapping) else None
    return next((pooling for pooling in POOLINGS if pooling == said), "ends")


def unit_of(known: Checkpoint) -> str:
    """What a token of a network from a file is, in words."""
    if known.tokenizer is not None:
        return "token"
    return "character" if known.splits == EXACT else "word"


def split(known: Checkpoint, text: str) -> tuple[str, ...]:
    """The tokens of a text for a network from a file, by its own tokenizer if it has one.

    Raises:
        ValueError: If there are none, or too many, or the tokenizer cannot split the text.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], vocabulary=own.of_tokens(("a", "b", "c")))
    >>> own.split(own.checkpoint("mine", tensors, choice), "abba")
    ('a', 'b', 'b', 'a')
    """
    if known.tokenizer is None:
        return exact_characters_of(text) if known.splits == EXACT else words_of(text)
    return _named(known, numbers_of(known.tokenizer, text, MAX_TOKENS + 1))


def split_all(known: Checkpoint, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The tokens of each text, as ``split`` gives them; its tokenizer is started once.

    Raises:
        ValueError: As from ``split``; the message does not say of which text.

    >>> import numpy as np
    >>> from rnnviz import own
    >>> shapes = {"rnn.weight_ih_l0": (12, 3), "rnn.weight_hh_l0": (12, 3)}
    >>> tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    >>> choice = own.Choice(own.parts(tensors)[0], vocabulary=own.of_tokens(("a", "b", "c")))
    >>> own.split_all(own.checkpoint("mine", tensors, choice), ["ab", "c"])
    [('a', 'b'), ('c',)]
    """
    return list(map(splitter(known, texts), texts))


def splitter(known: Checkpoint, texts: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """``split`` for any of these texts, of which a tokenizer has read all at once.

    Raises:
        ValueError: If the tokenizer cannot read one of them.
    """
    if known.tokenizer is None:
        return partial(split, known)
    numbers = dict(zip(texts, known.tokenizer.numbers(texts, MAX_TOKENS + 1), strict=True))
    return lambda text: _named(known, numbers[text])


def _named(known: Checkpoint, numbers: Sequence[int]) -> tuple[str, ...]:
    """The tokens of numbers out of a tokenizer, which must have rows of the embedding."""
    if not 0 < len(numbers) <= MAX_TOKENS:
        got = f"more than {MAX_TOKENS:,}" if numbers else "none"
        raise ValueError(f"Enter a text with 1 to {MAX_TOKENS:,} tokens of the tokenizer; got {got}.")
    if max(numbers) >= len(known.vocabulary):
        raise ValueError(
            f"The numbers of tokens must be in 0..{len(known.vocabulary) - 1:,}, the rows of the embedding; got "
            f"{max(numbers):,}."
        )
    return tuple(known.vocabulary[number] for number in numbers)


def class_names(known: Checkpoint) -> tuple[str, ...]:
    """A name for each class, numbers where the owner gave none; one logit is of two classes."""
    count = max(2, known.model.output_size)
    named = known.card.get("answers")
    if isinstance(named, list) and len(named) == count and all(isinstance(name, str) for name in named):
        return tuple(named)
    return tuple(f"class {k}" for k in range(count))
