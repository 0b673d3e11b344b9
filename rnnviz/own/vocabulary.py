"""The vocabulary of a stranger's network, out of any of the files that people keep one in."""

import json
import reprlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from rnnviz.checkpoints.storing import reading
from rnnviz.tokenizing import Tokenizer, kind_of

Splits = Literal["words", "exact words", "exact characters", "numbers", "pieces"]

MOST_BYTES: Final = 8 * 2**20
"""The most bytes of a vocabulary's file."""

MOST_TOKENS: Final = 500_000

_UNKNOWNS: Final = ("[UNK]", "<unk>", "<UNK>", "unk", "UNK", "<oov>", "<OOV>", "[OOV]", "�")
"""What vocabularies call the token that stands for all others."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens in the order of the embedding.

    Attributes:
        unknown: The token that is read in place of all others; empty if there is none.
        tokenizer: What splits a text into these tokens, of a ``tokenizer.json`` of pieces of words; None of others.

    >>> from rnnviz import own
    >>> own.read_vocabulary(b'{"good": 1, "<unk>": 0, "Bad": 2}')
    Vocabulary(tokens=('<unk>', 'good', 'Bad'), unknown='<unk>')
    """

    tokens: tuple[str, ...]
    unknown: str
    tokenizer: Tokenizer | None = field(default=None, repr=False)

    @property
    def splits(self) -> Splits:
        """What a text is split into for it: pieces by a tokenizer, characters if all tokens are single, else words."""
        if self.tokenizer is not None:
            return "pieces"
        plain = [token for token in self.tokens if token != self.unknown and not _is_mark(token)]
        if plain and all(len(token) == 1 for token in plain):
            return "exact characters"
        return "exact words" if any(token != token.lower() for token in plain) else "words"


def read_vocabulary(content: bytes, name: str = "") -> Vocabulary:
    """The vocabulary of a file: a JSON list, a JSON object from token to number, or a token a line.

    A ``tokenizer.json`` of Hugging Face is read too. Where its tokens are pieces of words, it is what splits a text,
    and the package tokenizers is needed. A JSON text is read as the characters of an alphabet.

    Args:
        name: Of the file. One that ends with .json must be JSON; of others, what is not JSON has a token a line.

    Raises:
        RefusedError: What was expected and what was got.
    """
    with reading("a vocabulary: a JSON list, a JSON object from token to number, or a token a line"):
        if len(content) > MOST_BYTES:
            raise ValueError(f"it must have at most {MOST_BYTES:,} bytes; got {len(content):,}")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("it must be text in UTF-8; got other bytes") from None
        try:
            data = json.loads(text)
        except RecursionError:
            raise ValueError("it must be a list or an object of plain values; got deeper nesting") from None
        except ValueError as error:
            if name.lower().endswith(".json"):
                raise ValueError(f"a file ending in .json must be JSON; {error}") from None
            data = text.splitlines()
        return _of_pieces(Tokenizer(text)) if kind_of(data) not in ("", "WordLevel") else of_tokens(_tokens(data))


def _of_pieces(tokenizer: Tokenizer) -> Vocabulary:
    """The tokens of a tokenizer, and which of them it has for what is unknown to it."""
    numbers, unknown = tokenizer.vocabulary()
    return replace(of_tokens(tuple(_by_number(numbers))), unknown=unknown, tokenizer=tokenizer)


def numbered(count: int) -> Vocabulary:
    """The numbers of tokens as their names, where there is no vocabulary.

    >>> from rnnviz import own
    >>> own.numbered(3).tokens
    ('0', '1', '2')
    """
    return Vocabulary(tuple(map(str, range(count))), "")


def of_tokens(tokens: tuple[str, ...]) -> Vocabulary:
    """A vocabulary of these tokens, once checked.

    Raises:
        ValueError: If there are none or too many, or one comes twice.
    """
    if not 0 < len(tokens) <= MOST_TOKENS:
        raise ValueError(f"it must have 1 to {MOST_TOKENS:,} tokens; got {len(tokens):,}")
    token, times = Counter(tokens).most_common(1)[0]
    if times > 1:
        raise ValueError(f"each token must come once; got {reprlib.repr(token)} {times:,} times")
    return Vocabulary(tokens, next((token for token in _UNKNOWNS if token in tokens), ""))


def _tokens(data: Any) -> tuple[str, ...]:
    if isinstance(data, Mapping) and isinstance(model := data.get("model"), Mapping):
        data = model.get("vocab")
    if isinstance(data, str):
        return tuple(data)
    if isinstance(data, Mapping):
        data = _by_number(data)
    if not isinstance(data, list) or not all(isinstance(token, str) for token in data):
        raise ValueError(f"its tokens must be texts; got {reprlib.repr(data)}")
    return tuple(token.encode("utf-8", "replace").decode("utf-8") for token in data)


def _by_number(numbers: Mapping[str, Any]) -> list[str]:
    """The tokens in the order of their numbers; a number that none has, as 0 for padding, gets a name of its own."""
    if not all(type(number) is int and 0 <= number < MOST_TOKENS for number in numbers.values()):
        raise ValueError(
            f"the numbers of tokens must be whole and in 0..{MOST_TOKENS - 1:,}; got {reprlib.repr(numbers)}"
        )
    by_number = {number: token for token, number in numbers.items()}
    if len(by_number) < len(numbers):
        raise ValueError(f"each number must have one token; got {len(numbers):,} tokens for {len(by_number):,} numbers")
    return [by_number.get(number, nameless(number)) for number in range(max(by_number, default=-1) + 1)]


def nameless(number: int) -> str:
    """What a row of the embedding is called whose token is not known."""
    return f"<{number}>"


def _is_mark(token: str) -> bool:
    """Whether a token stands for no text, as <pad> and [CLS]."""
    return len(token) > 1 and token[0] + token[-1] in ("<>", "[]")
