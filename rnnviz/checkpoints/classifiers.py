"""Networks out of files that classify a text: what the output layer is given of its steps, and the classes."""

from collections.abc import Mapping

from rnnviz.checkpoints.checkpoint import EXACT, Checkpoint
from rnnviz.names import POOLINGS, Pooling


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
    return "character" if known.splits == EXACT else "word"


def class_names(known: Checkpoint) -> tuple[str, ...]:
    """A name for each class, numbers where the owner gave none; one logit is of two classes."""
    count = max(2, known.model.output_size)
    named = known.card.get("answers")
    if isinstance(named, list) and len(named) == count and all(isinstance(name, str) for name in named):
        return tuple(named)
    return tuple(f"class {k}" for k in range(count))
