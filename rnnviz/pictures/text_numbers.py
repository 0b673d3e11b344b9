"""Sentences as tokens, as numbers, and as a padded array."""

from typing import TYPE_CHECKING

from rnnviz import palette
from rnnviz.widgets.drawn import Drawn

if TYPE_CHECKING:
    from rnnviz.sequences.batching import Batch


def text_numbers(batch: "Batch") -> Drawn:
    """The stages from the words of a batch to the array that a network gets.

    >>> from rnnviz import pictures
    >>> from rnnviz.sequences.batching import batch_of, own_vocabulary
    >>> sentences = ["The film was good.", "What a surprise"]
    >>> pictures.text_numbers(batch_of(sentences, own_vocabulary(sentences, 10)))
    Drawn(Sentences as tokens, numbers and a padded array)
    """
    known = batch.vocabulary.tokens
    used = sorted(set(batch.ids[batch.mask].tolist()) | {0})
    marks = "words and punctuation marks" if batch.vocabulary.has_marks else "words, no punctuation"
    left = "" if len(used) == len(known) else f" The {len(used)} that occur here are shown."
    data = {
        "tokens": [list(tokens) for tokens in batch.tokens],
        "ids": batch.ids.tolist(),
        "lengths": batch.lengths.tolist(),
        "words": [(number, known[number]) for number in used],
        "unknown": known[0],
        "about": (
            f"{len(known) - 1:,} {marks}, the most frequent first. The number 0 is {known[0]}, for all other "
            f"words.{left}"
        ),
        "palette": palette.themes(),
    }
    return Drawn("text_numbers", "Sentences as tokens, numbers and a padded array", data)
