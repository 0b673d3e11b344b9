"""A small made-up grammar of English-like sentences, in which some words are a noun here and a verb there.

Nothing in it is English as it is spoken: it is small enough to be learned in seconds, and the part of speech of every
word in a sentence of it follows from the words before.
"""

import zlib
from typing import Final, Literal, get_args

import numpy as np

PartOfSpeech = Literal["determiner", "adjective", "noun", "pronoun", "verb", "adverb", "preposition", "conjunction"]
PARTS: Final[tuple[PartOfSpeech, ...]] = get_args(PartOfSpeech)

EITHER: Final = ("watch", "duck", "book", "walk", "fish", "play", "work", "dance", "train", "question")
"""Nouns after a determiner or an adjective, verbs after a pronoun or a plural."""

LEXICON: Final[dict[PartOfSpeech, tuple[str, ...]]] = {
    "determiner": ("the", "a", "this", "every"),
    "adjective": ("old", "small", "red", "happy", "quiet", "new"),
    "noun": ("dog", "cat", "river", "room", "water", "teacher", "garden", "house"),
    "pronoun": ("they", "we", "you"),
    "verb": ("sees", "likes", "finds", "reads", "sleeps", "runs", "see", "like", "find", "read", "sleep", "run"),
    "adverb": ("often", "slowly", "here", "never", "quickly"),
    "preposition": ("in", "near", "with", "under"),
    "conjunction": ("and", "but"),
}
"""The words that are one thing only, by their part of speech."""

PLURALS: Final = ("dogs", "cats", "teachers", "rivers")
"""Nouns that take a verb without -s."""
_SINGULAR_VERBS: Final = LEXICON["verb"][:6]
_PLURAL_VERBS: Final = LEXICON["verb"][6:]
_BARE: Final = {"sleeps", "runs", "sleep", "run"}
"""Verbs without an object."""

WORDS: Final = (*dict.fromkeys([*(word for words in LEXICON.values() for word in words), *PLURALS, *EITHER]),)
"""All words of the lexicon."""

Tagged = list[tuple[str, PartOfSpeech]]


def sentence(generator: np.random.Generator) -> Tagged:
    """A sentence of 2 to 21 words with the part of speech of each word."""
    first = _clause(generator)
    if generator.random() < 0.7:
        return first
    return [*first, (_one(generator, LEXICON["conjunction"]), "conjunction"), *_clause(generator)]


def written(tagged: Tagged) -> str:
    """A sentence as it is written."""
    return " ".join(word for word, _ in tagged)


def is_held_out(tagged: Tagged) -> bool:
    """Whether no training reads a sentence: one in five, by a checksum of its words."""
    return zlib.crc32(written(tagged).encode()) % 5 == 0


def _clause(generator: np.random.Generator) -> Tagged:
    """A subject and what it does."""
    is_plural = generator.random() < 0.6
    subject = _plural(generator) if is_plural else _phrase(generator)
    often: Tagged = [(_one(generator, ("often", "never")), "adverb")] if generator.random() < 0.25 else []
    verbs = (_PLURAL_VERBS + EITHER) if is_plural else _SINGULAR_VERBS
    verb = _one(generator, verbs)
    words: Tagged = [*subject, *often, (verb, "verb")]
    if verb not in _BARE and generator.random() < 0.75:
        words += _phrase(generator) if generator.random() < 0.7 else _plural(generator, pronouns=False)
    chance = generator.random()
    if chance < 0.3:
        words += [(_one(generator, LEXICON["preposition"]), "preposition"), *_phrase(generator)]
    elif chance < 0.5:
        words.append((_one(generator, ("slowly", "here", "quickly")), "adverb"))
    return words


def _phrase(generator: np.random.Generator) -> Tagged:
    """A determiner, perhaps adjectives, and a noun, which may be a word that is a verb elsewhere."""
    nouns = EITHER if generator.random() < 0.45 else LEXICON["noun"]
    return [
        (_one(generator, LEXICON["determiner"]), "determiner"),
        *_adjectives(generator),
        (_one(generator, nouns), "noun"),
    ]


def _plural(generator: np.random.Generator, *, pronouns: bool = True) -> Tagged:
    """What takes a verb without -s; a pronoun only as a subject."""
    if pronouns and generator.random() < 0.6:
        return [(_one(generator, LEXICON["pronoun"]), "pronoun")]
    the: Tagged = [("the", "determiner")] if generator.random() < 0.6 else []
    return [*the, *_adjectives(generator), (_one(generator, PLURALS), "noun")]


def _adjectives(generator: np.random.Generator) -> Tagged:
    count = int(generator.choice(3, p=(0.55, 0.35, 0.1)))
    return [(_one(generator, LEXICON["adjective"]), "adjective") for _ in range(count)]


def _one(generator: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(generator.integers(len(words)))]
