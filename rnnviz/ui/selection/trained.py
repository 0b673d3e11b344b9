"""Trained networks where they are chosen: an example to read, and descriptions."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.checkpoints import EXACT, Checkpoint, held, load
from rnnviz.checkpoints.classifiers import pooling_of, split, unit_of
from rnnviz.checkpoints.decoders import FAMILY as DECODERS
from rnnviz.checkpoints.encoders import FAMILY as ENCODERS
from rnnviz.checkpoints.moments import TAKEN_AT, family_at
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.grammars import GRAMMARS
from rnnviz.memory_grid import label_of
from rnnviz.names import CELL_LABELS
from rnnviz.places import ASSETS
from rnnviz.runs import NETWORK
from rnnviz.spec import TOMITA
from rnnviz.spec.described import form, joined
from rnnviz.tasks import CLOSE, Task, task
from rnnviz.text import MAX_INPUTS
from rnnviz.tokenizing import Tokenizer
from rnnviz.ui.selection import (
    Selection,
    cells_of,
    families,
    initial_in_words,
    own_families,
    reader_of,
    tokens_in,
    translator_of,
)
from rnnviz.ui.selection.fields import quoted

SAMPLES: Final = ASSETS / "samples"
UNTRAINED: Final = "Untrained"
LABELS: Final = {
    "latch": "Trained: the first word",
    "adding": "Trained: a marked sum",
    "brackets": "Trained: bracket depth",
    "counting": "Trained: counting",
    "digit-word": "Trained: a digit’s word",
    "parity": "Trained: parity of bits",
    "word-classes": "Trained: parts of speech",
    "flip-flop": "Trained: three flip-flops",
    **{family_at("latch", k): f"Trained: the first word, {k} updates" for k in TAKEN_AT["latch-gru"]},
    "reviews-bilstm": "Trained: reviews, BiLSTM with attention",
    "reviews-lecture-bilstm": "Trained: reviews, baseline BiLSTM",
    "reviews-lecture-lstm": "Trained: reviews, baseline LSTM",
    "characters-python": "Trained: characters of Python code",
    "characters-shakespeare": "Trained: characters of Shakespeare",
    "encoder-reverse-dot": "Trained: encoder of digits, dot product",
    "encoder-reverse-additive": "Trained: encoder of digits, additive attention",
    "encoder-reverse-none": "Trained: encoder of digits, no attention",
    "encoder-dates-dot": "Trained: encoder of dates, dot product",
    "encoder-dates-additive": "Trained: encoder of dates, additive attention",
    "encoder-dates-none": "Trained: encoder of dates, no attention",
    "decoder-reverse-dot": "Trained: decoder of digits, dot product",
    "decoder-reverse-additive": "Trained: decoder of digits, additive attention",
    "decoder-reverse-none": "Trained: decoder of digits, no attention",
    "decoder-dates-dot": "Trained: decoder of dates, dot product",
    "decoder-dates-additive": "Trained: decoder of dates, additive attention",
    "decoder-dates-none": "Trained: decoder of dates, no attention",
}
"""For each family that ships."""

LEARNED: Final[Mapping[str, str]] = {
    "latch": "output after {length} words whether the first of them was yes or no",
    "adding": "output at the end the sum of the two marked numbers among {length}",
    "copy": "repeat ten symbols after {length} blanks",
    "order": "output at the end, in their order, the two symbols x or y that stand among {length}",
    "brackets": "output after each character of a text how many brackets are open",
    "flip-flop": "output at each step the sign of the last pulse on each of three channels, written “+-+”",
    **{
        str(name): f"output after each symbol whether the word so far is accepted: {GRAMMARS[name].rule}"
        for name in TOMITA
    },
}
"""What each task asks for."""

_LESSONS: Final = {
    "digit-word": "output the word of a digit, one step for each digit",
    "counting": "count to the number that is its first input, where each output is the next input",
    "parity": "output after each bit whether the number of ones so far is even or odd",
    "word-classes": "output the part of speech of each word of a made-up grammar",
}
"""The same for the lessons of the page “Sequences”, whose cards have older words for it."""

_OF_CHARACTERS: Final = ("characters", EXACT)

UNKNOWN_MET: Final = ("latch", "brackets")
"""Tasks whose sequences also contain words or characters outside the vocabulary."""

_ROWS: Final = 10
_MOST_DRAWN: Final = 2_000
_MOST_NAMED: Final = 60
_REVIEW: Final = "I expected it to be great, but it was terrible: an hour of wooden talk, and not one good joke."
_OTHERS: Final = {
    "characters-python": 'for name in sorted(names):\n    print(name, "is", sizes[name])\n',
    "characters-shakespeare": "JULIET:\nGood night, good night! parting is such sweet sorrow,\n",
    f"{ENCODERS}reverse": "27182818",
    f"{ENCODERS}dates": "the 3rd of May 2001",
}
"""A second text of ours where none can be drawn, by what ``_kind`` says."""


def example_of(known: Checkpoint) -> str:
    """A text of the kind that a network was trained on: one of ours, or one drawn as in training."""
    return _sample(known.family) or another_example(known, 0)


def another_example(known: Checkpoint, seed: int) -> str:
    """A text of the kind that a network was trained on, a different one for each seed; of texts there is one.

    Where nothing is known of its training, a network of numbers gets random ones.
    """
    if known.task is None and known.splits == "numbers":
        count = min(_ROWS, max(1, MAX_INPUTS // known.model.input_size))
        rows = np.random.default_rng(seed).standard_normal((count, known.model.input_size))
        return "\n".join(" ".join(f"{number:.2f}" for number in row) for row in rows)
    if known.task is not None:
        return task(known.task).example(seed).text
    return _drawn(known, seed) if "label" in known.card else _OTHERS.get(_kind(known.family), _REVIEW)


def _drawn(known: Checkpoint, seed: int) -> str:
    """Random tokens of the vocabulary of a network from a file, of whose texts nothing is known."""
    read = reader_of(known)
    if known.tokenizer is not None:
        return _of_pieces(known, known.tokenizer, seed)
    readable = [token for token in known.tokens[:_MOST_DRAWN] if _is_read(token, read)]
    if not readable:
        return _REVIEW
    drawn = np.random.default_rng(seed).choice(readable, _ROWS)
    return ("" if known.splits in _OF_CHARACTERS else " ").join(drawn)


def _of_pieces(known: Checkpoint, tokenizer: Tokenizer, seed: int) -> str:
    """A text for a network with a tokenizer: our review if its tokenizer knows most of that, else random tokens."""
    texts = [_REVIEW] if seed == 0 else []
    drawn = np.random.default_rng(seed).integers(0, min(len(known.vocabulary), _MOST_DRAWN), 2 * _ROWS)
    with suppress(ValueError):
        texts.append(tokenizer.text_of(drawn.tolist()))
    for text in texts:
        with suppress(ValueError):
            tokens = split(known, text)
            if sum(map(known.is_strange, tokens)) <= len(tokens) / 2:
                return text
    return _REVIEW


def _is_read(token: str, read: Callable[[str], tuple[str, ...]]) -> bool:
    try:
        return read(token) == (token,)
    except ValueError:
        return False


@cached(64)
def _sample(family: str) -> str:
    """Our text for a family of networks; empty if there is none."""
    sample = SAMPLES / f"{_kind(family)}.txt"
    return sample.read_text(encoding="utf-8").strip() if sample.is_file() else ""


def _kind(family: str) -> str:
    """What the families share that read the same kind of text."""
    if family.startswith((ENCODERS, DECODERS)):
        return family.rpartition("-")[0].replace(DECODERS, ENCODERS)
    return "reviews" if family.startswith(REVIEWS) else family


def to_choose(*also: str) -> list[str]:
    """The trained networks to choose from: "" for untrained, those that ship, offered or trained here, and ``also``."""
    listed = dict.fromkeys(("", *families(), *own_families(), *also))
    return list(listed)


def label(family: str) -> str:
    """The label of a family of trained networks in a choice."""
    if not family:
        return UNTRAINED
    return LABELS.get(family) or label_of(family) or _opened(family) or f"Trained here: {_told(family)}"


def labels(among: Iterable[str]) -> dict[str, str]:
    """The labels of families in one choice, each another: files of one name are told apart by what was chosen."""
    named = {family: label(family) for family in among}
    counts = Counter(named.values())
    return {family: name if counts[name] == 1 else f"{name} ({_apart(family)})" for family, name in named.items()}


def _apart(family: str) -> str:
    """What tells networks from files of one name apart: their names, or digits of those that nobody has named."""
    return family.rpartition("-")[2] if family.startswith(held.FAMILY) else family


def _opened(family: str) -> str:
    """The label of a network that was opened from a file; empty for others."""
    cells = cells_of(family)
    named = load(f"{family}-{cells[0]}").card.get("label") if cells else None
    return f"From a file: {named}" if isinstance(named, str) else ""


def what_it_reads(selection: Selection, known: Checkpoint) -> str:
    """What a trained network takes as input, and what of the present input it does not know."""
    if known.splits == "numbers":
        return f"Each row is a time step of {known.model.input_size} numbers, as in training."
    if translator_of(selection.model):
        return _what_a_decoder_reads(initial_in_words(selection), edited=bool(selection.edits))
    step = "character" if known.splits in _OF_CHARACTERS else unit_of(known)
    if known.tokenizer is not None:
        return _what_a_tokenizer_gives(known, tokens_in(selection))
    unknown = sorted(set(known.folded(tokens_in(selection))) - set(known.vocabulary))
    size = f"{len(known.tokens):,} {step}s"
    given = ", given as a one-hot vector" if known.is_one_hot else ""
    said = f"Each {step} is a time step{given}. The vocabulary of the network has {size}"
    if not unknown:
        return f"{said}, including all of these."
    met = ", as unknown ones did in training" if known.task and known.task.name in UNKNOWN_MET else ""
    strange = f"{' '.join(unknown[:12])}{' …' * (len(unknown) > 12)}"
    return f"{said}. These are not in it and are read as {known.unknown}{met}: {strange}"


def _what_a_tokenizer_gives(known: Checkpoint, tokens: Sequence[str]) -> str:
    """That a tokenizer splits the text, and how many of its tokens stand for what it does not know."""
    said = (
        "The tokenizer of the network splits the text and adds its special tokens. Each token is a time step. The "
        f"vocabulary has {len(known.tokens):,} tokens"
    )
    count = sum(map(known.is_strange, tokens))
    return f"{said}. {count:,} of the {len(tokens):,} tokens of this text are {known.unknown}." if count else f"{said}."


def _what_a_decoder_reads(where: str, *, edited: bool) -> str:
    """That the text is a source, and what follows from it; ``where`` is where the initial state comes from."""
    return (
        "The text is the source for the encoder. The decoder’s input is <start> and then the tokens that the network "
        f"outputs for this source{', without the edited numbers' * edited}. Each token is a time step. The initial "
        f"state, h before t = 0, is {where}. Untrained networks beside it start from zeros."
    )


def refusal(known: Checkpoint, strange: Sequence[str]) -> str:
    """That a network cannot read some tokens, and the few that it can read."""
    readable, got = (
        " ".join(token if token.strip() else "␣" for token in tokens)
        for tokens in (known.tokens[:_MOST_NAMED], strange)
    )
    return f"The network can only read {readable}{' …' * (len(known.tokens) > _MOST_NAMED)}; got {quoted(got)}."


def what_it_learned(known: Checkpoint) -> str:
    """Sizes, training and result of a trained network, in a few words, as far as its card has them."""
    return " ".join(filter(None, (made_of(known), task_of(known))))


def made_of(known: Checkpoint) -> str:
    """Sizes of a trained network, and how it was trained, as far as its card has that."""
    model = known.model
    start = f", {started}" if (started := model.initialisation) else ""
    ways = " a direction" if model.bidirectional else ""
    kind = joined(CELL_LABELS[model.cell], form(model))
    sizes = f"{kind}, {model.input_size} → {model.hidden_size} units{ways}{start}"
    if "label" in known.card:
        return " ".join(filter(None, (f"{sizes}.{_of_outputs(known)}", known.card.get("checked", ""))))
    updates = f", trained with {known.card['updates']:,} updates" if "updates" in known.card else ""
    seed = f", seed {known.card['seed']}" if "seed" in known.card else ""
    return f"{sizes}{updates}{seed}{_loss(known)}."


def _loss(known: Checkpoint) -> str:
    """The loss on held-out sequences, beside what remembering nothing reaches."""
    if known.task is None or known.card.get("loss") is None:
        return ""
    return f"; held-out loss {known.card['loss']:.3g} (best without earlier inputs: {task(known.task).baseline:.3g})"


def task_of(known: Checkpoint) -> str:
    """What goes into a trained network and comes out, and how well; nothing of a stranger's network."""
    if "label" in known.card:
        return ""
    if known.task is None and "learned" not in known.card and not known.family.startswith(REVIEWS):
        return "The task of its training is not known."
    learned, result = _learned(known)
    said = f"Trained{learned}."
    if result and known.name in TAKEN_AT:  # the picture may show it at an earlier moment
        result = f"At the end of its training {result[0].lower()}{result[1:]}"
    return f"{said} {result}." if result else said


def _of_outputs(known: Checkpoint) -> str:
    """What is shown of an output layer that stands beside the model; nothing of others."""
    if known.outputs is None:
        return ""
    many = f"Its output layer has {len(known.outputs[1]):,} outputs"
    if pooling_of(known) in ("mean", "max"):
        return f" {many} for the whole text, which are not shown."
    return f" {many}: the likeliest of each step is shown with its probability. The output layer itself is not drawn."


def _learned(known: Checkpoint) -> tuple[str, str]:
    """What a network learned, and how well."""
    card = known.card
    accuracy, count = card.get("accuracy"), card.get("held_out")
    if known.task is not None:
        meant = task(known.task)
        length = meant.steps if known.task.name == "latch" else known.task.length
        return f" to {LEARNED[known.task.name].format(length=length)}", _result(card, meant)
    if known.family.startswith(REVIEWS):
        right = (
            ""
            if accuracy is None or count is None
            else f"It classifies {accuracy:.1%} of {count:,} held-out reviews correctly"
        )
        return " to predict whether a review is positive", right
    right = "" if accuracy is None else f"It is correct on {accuracy:.1%} {card.get('measured', '')}".rstrip()
    if (bits := card.get("bits")) is not None:
        right = f"Held-out text needs {bits:.2f} bits per character"
    learned = _LESSONS.get(known.family) or card.get("learned")
    return f" to {learned}" if learned else "", right


def _told(family: str) -> str:
    """The task of a run, whose own name is made of digits; a network that somebody named keeps its name."""
    cells = cells_of(family) if NETWORK.fullmatch(family) else ()
    if not cells:
        return family
    known = load(f"{family}-{cells[0]}")
    return f"{known.task.name}, T = {known.task.length}, seed {known.model.seed}" if known.task else family


def _result(card: Mapping[str, Any], meant: Task) -> str:
    """The result on held-out data, beside what the best guess without memory reaches."""
    if any(card.get(name) is None for name in ("accuracy", "held_out")):
        return ""
    count, share = f"{card['held_out']:,} held-out sequences", f"{card['accuracy']:.1%}"
    if not meant.classes:
        return f"Its output is within {CLOSE:g} of the target for {share} of {count}"
    of = "" if meant.scored == 1 else "the outputs on "
    return f"It classifies {share} of {of}{count} correctly (best guess without earlier inputs: {meant.chance:.0%})"
