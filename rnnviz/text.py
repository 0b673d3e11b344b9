"""Typed text as numbers: sentences become tokens and vectors, tables become arrays."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

MAX_TOKENS: Final = 5_000
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 64
MAX_INPUTS: Final = 10_000
"""The most numbers in a row for a network from a file, which has as many inputs."""

MAX_NUMBERS: Final = 20_000
MAX_ABS: Final = 1e6

LINE_END: Final = "↵"
"""A line end where it is a character that a network reads."""

MAX_EXACT: Final = 2_000
"""The most characters for networks that read every one as it is; those that ship have 256 units."""


def tokenize(sentence: str) -> tuple[str, ...]:
    """The words, numbers, emoji and punctuation marks of a sentence, as they were typed; none is empty.

    Any script will do; a Chinese character is a token of its own. Combining marks, joined emoji, flags, apostrophes
    within words and the points of numbers stay with their token; control characters are dropped.
    """
    visible = sentence.translate(_VISIBLE)
    return tuple(visible[token.start() : token.end()] for token in _TOKEN.finditer(visible.translate(_KINDS)))


def words_of(sentence: str) -> tuple[str, ...]:
    """The tokens of a sentence for a network to read; ValueError if there is none, or more than ``MAX_TOKENS``."""
    tokens = tokenize(sentence)
    if not tokens:
        raise ValueError("Enter at least one word or punctuation mark.")
    if len(tokens) > MAX_TOKENS:
        raise ValueError(f"Enter at most {MAX_TOKENS:,} words and punctuation marks; got {len(tokens):,}.")
    return tokens


def characters_of(text: str) -> tuple[str, ...]:
    """The characters of a text for a network to read; ValueError if there is none, or more than ``MAX_TOKENS``.

    Blanks are characters too, and a line end counts as a blank. Invisible characters are dropped.
    """
    characters = tuple(" ".join(text.splitlines()).translate(_VISIBLE))
    if not characters:
        raise ValueError("Enter at least one character.")
    if len(characters) > MAX_TOKENS:
        raise ValueError(f"Enter at most {MAX_TOKENS:,} characters; got {len(characters):,}.")
    return characters


def exact_characters_of(text: str) -> tuple[str, ...]:
    """The characters of a text as they are; ValueError if there is none, or more than ``MAX_EXACT``.

    A line end is the character ``LINE_END``. Other characters that cannot be seen are dropped.
    """
    characters = tuple(LINE_END.join(text.split("\n")).translate(_VISIBLE))
    if not characters:
        raise ValueError("Enter at least one character.")
    if len(characters) > MAX_EXACT:
        raise ValueError(f"Enter at most {MAX_EXACT:,} characters; got {len(characters):,}.")
    return characters


def fold(token: str) -> str:
    """A token as the vocabulary has it: without case, with one kind of apostrophe, accents in one spelling."""
    return _kept_fold(token) if len(token) <= _WORD else _folded(token)


def folds(tokens: Iterable[str]) -> list[str]:
    """Each token as from ``fold``."""
    return [_kept_fold(token) if len(token) <= _WORD else _folded(token) for token in tokens]


def vocabulary(tokens: Sequence[str]) -> tuple[str, ...]:
    """The distinct folded tokens, in the order of their first appearance."""
    return tuple(dict.fromkeys(folds(tokens)))


def word_vectors(tokens: Sequence[str], size: int, seed: int) -> np.ndarray:
    """A vector from N(0, 1) for every token: float32 of shape (time, size).

    For one seed, the same folded token has the same vector in every sentence, process and place. A size below 1 or a
    seed below 0 is a ValueError.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1; got {size}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0; got {seed}")
    vectors = np.empty((len(tokens), size), np.float32)
    for t, token in enumerate(folds(tokens)):
        vectors[t] = _vector(_stable_hash(token), size, seed)
    return vectors


def parse_rows(
    text: str, *, max_rows: int = MAX_ROWS, max_columns: int = MAX_COLUMNS, max_numbers: int = MAX_NUMBERS
) -> np.ndarray:
    """The table of numbers that a text spells, one row a time step: float32 of shape (time, feature).

    A row is a line, or one innermost list of ``[[1, 1], [2, 2]]``. Numbers stand between commas, semicolons, tabs or
    spaces; between semicolons or tabs they may have decimal commas. Empty lines and one line of headings are skipped
    and not counted. Nothing is evaluated. If the text spells anything else, or too much, a ValueError names the row and
    the number in it, from 1, with its heading.
    """
    rows, headings = _cells(text), list[str]()
    if len(rows) > 1 and _is_heading(rows[0]):
        headings, *rows = rows
    _check_sizes([len(row) for row in rows], max_rows, max_columns, max_numbers)
    under = dict(enumerate((f" ({_shown(heading)})" if heading else "" for heading in headings), start=1))
    numbers = [
        [_number(cell, f"Row {r}, number {k}", under.get(k, "")) for k, cell in enumerate(row, start=1)]
        for r, row in enumerate(rows, start=1)
    ]
    return np.array(numbers, np.float32)


def ask_about_separators(text: str) -> None:
    """Refuse a typed table that can be read in two ways: by its commas, or by its semicolons.

    A comma may be a decimal comma, as in ``1,5 2,5`` and in ``1,5`` alone. It is none where semicolons, tabs or
    brackets separate, where a number has a decimal point, or where a comma has a blank beside it or stands twice in a
    row without blanks. Semicolons in one row stand between numbers in a spreadsheet's file, and between rows in MATLAB.

    Raises:
        ValueError: With the two ways to write what may be meant.

    >>> from rnnviz.text import ask_about_separators
    >>> ask_about_separators("1, 5")
    """
    text = text.translate(_READABLE)
    if ";" in text and len(rows := _cells(text)) == 1 and (count := sum(map(bool, rows[0]))) > 1:
        raise ValueError(
            f"{_shown(text.strip())} may be one row or {count}. Put blanks instead of the semicolons for one row, and "
            f"each row on a line of its own for {count}."
        )
    if re.search(r"[\[\];\t]|\d\.|\.\d|,\s|\s,", text):
        return
    pieces = [piece for piece in text.split() if "," in piece]
    if pieces and all(_TWO_WAYS.fullmatch(piece) for piece in pieces):
        piece = pieces[0]
        raise ValueError(
            f"{_shown(piece)} may be one number or two. Write {piece.replace(',', '.')} for one number, or "
            f"{piece.replace(',', ', ')} for two."
        )


def spelled(rows: np.ndarray) -> str:
    """The text of rows of float32, in the fewest digits from which ``parse_rows`` reads the same numbers.

    >>> import numpy as np
    >>> from rnnviz.text import spelled
    >>> spelled(np.array([[0.1, -2.0]], np.float32))
    '0.1, -2'
    """
    return "\n".join(", ".join(str(number).removesuffix(".0") for number in row) for row in rows.astype(np.float32))


def row_labels(rows: np.ndarray) -> tuple[str, ...]:
    """A label for each row of (time, feature): its numbers, cut to 12 characters."""
    labels = (" ".join(f"{number:g}" for number in row[:13]) for row in rows)
    return tuple(label if len(label) <= 12 else f"{label[:11]}…" for label in labels)


# --- Tokens: every character becomes the letter of its kind, and one expression reads the kinds ---


def _between(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(code for first, last in ranges for code in range(first, last + 1))


_JOINERS: Final = frozenset((0x200C, 0x200D))
_APOSTROPHES: Final = frozenset(map(ord, "'’·＇׳״"))
_FLAG_LETTERS: Final = _between((0x1F1E6, 0x1F1FF))
_MODIFIERS: Final = _between((0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F))
"""Skin tones, and the invisible letters of the flags of England, Scotland and Wales."""


def _kind(code: int) -> str:
    """One letter for the kind of a character; "s" for what separates tokens, "" for what cannot be seen."""
    character, category = chr(code), unicodedata.category(chr(code))
    if code in _JOINERS:
        return "j"
    if code in _MODIFIERS or (category[0] == "M" and code != 0x20E3):
        return "m"
    if code == 0x20E3:
        return "k"
    if character.isspace():
        return "s"
    if category in ("Cc", "Cf", "Cs"):
        return ""
    if character in ".,":
        return character
    if code in _APOSTROPHES:
        return "a"
    if code in _FLAG_LETTERS:
        return "r"
    if category[0] == "L":
        return "h" if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF else "w"
    return "d" if category == "Nd" else "p"


class _Kinds(dict[int, str]):
    """The kind of every character, for ``str.translate``; common ones are remembered."""

    def __missing__(self, code: int) -> str:
        kind = _kind(code)
        if code < 0xA000:
            self[code] = kind
        return kind


class _Visible(dict[int, int | None]):
    """Drops what cannot be seen, for ``str.translate``."""

    def __missing__(self, code: int) -> int | None:
        kept = code if _KINDS[code] else None
        if code < 0xA000:
            self[code] = kept
        return kept


_KINDS: Final = _Kinds()
_VISIBLE: Final = _Visible()

_TOKEN: Final = re.compile(
    "|".join(
        (
            r"[dp]m*+k",  # keycap
            r"d*+w(?:[wdm]|[aj](?=[wd]))*+",  # word
            r"d++[mk]*+(?:[.,]d++)*+",  # number
            r"hm*+",
            r"rr|r",  # flag
            r"[pa.,k]m*+(?:j[pr]m*+)*+",  # mark, symbol, joined emoji
            r"m++",
        )
    )
)
"""No part is tried twice on the same characters (possessive), so reading time grows with the length alone."""


# --- Vectors ---


def _stable_hash(word: str) -> int:
    """Not ``hash``, which differs from process to process."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


@lru_cache(maxsize=4096)
def _vector(word: int, size: int, seed: int) -> np.ndarray:
    drawn = np.random.Generator(np.random.PCG64((seed, word))).standard_normal(size).astype(np.float32)
    drawn.setflags(write=False)
    return drawn


# --- Tables ---

_LIST: Final = re.compile(r"\[([^\[\]]*+)\]")
_NUMBER: Final = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?")
_TWO_WAYS: Final = re.compile(r"[+-]?\d{1,30},\d{1,30}")
_NOT_FINITE: Final = frozenset(("nan", "inf", "infinity", "#n/a", "#num!"))
_READABLE: Final = str.maketrans({"−": "-", "，": ",", "；": ";", "(": "[", ")": "]", "\ufeff": " ", "\u00a0": " "})


def _cells(text: str) -> list[list[str]]:
    """The cells of all rows that are not empty."""
    text = text.translate(_READABLE)
    lines = _lists(text) if "[" in text or "]" in text else text.splitlines()
    separator = next((mark for mark in ";\t," if any(mark in line for line in lines)), " ")
    rows = ([cell.strip().strip('"').strip() for cell in _split(line, separator)] for line in lines)
    return [row for row in rows if any(row)]


def _lists(text: str) -> list[str]:
    """What stands in each innermost list of nested lists."""
    outside = _LIST.sub("", text)
    stray = outside.translate({ord(mark): None for mark in "[],;"}).split()
    if stray:
        raise ValueError(f"Only commas may stand beside lists of numbers; got {_shown(stray[0])}.")
    # The lists are taken out, so one pair may be left around them all.
    frame = "".join(mark for mark in outside if mark in "[]")
    if frame not in ("", "[]"):
        raise ValueError(f"Lists must be closed and nested at most twice, as in [[1, 2], [3, 4]]; got {_shown(text)}.")
    return [" ".join(row.split()).removesuffix(",") for row in _LIST.findall(text)]


def _split(line: str, separator: str) -> list[str]:
    """The cells of a line; commas may be joined or replaced by spaces, semicolons and tabs may not."""
    if separator in ";\t":
        return [cell.replace(",", ".") for cell in line.split(separator)]
    if separator == ",":
        return [cell for part in line.split(",") for cell in part.split() or [""]]
    return line.split()


def _is_heading(row: list[str]) -> bool:
    """Whether a row holds words and no number, not even an infinite one."""
    return not any(_NUMBER.fullmatch(cell) or cell.strip("+-").lower() in _NOT_FINITE for cell in row)


def _check_sizes(widths: list[int], max_rows: int, max_columns: int, max_numbers: int) -> None:
    if not widths:
        raise ValueError("Enter at least one row of numbers.")
    if len(widths) > max_rows:
        raise ValueError(f"Enter at most {max_rows:,} rows; got {len(widths):,}.")
    for r, width in enumerate(widths, start=1):
        if width > max_columns:
            raise ValueError(f"Each row must have at most {max_columns:,} numbers; row {r} has {width:,}.")
        if width != widths[0]:
            raise ValueError(f"Each row must have {_count(widths[0])}, like row 1; row {r} has {width:,}.")
    if sum(widths) > max_numbers:
        raise ValueError(f"Enter at most {max_numbers:,} numbers in all; got {sum(widths):,}.")


def _number(cell: str, place: str, under: str) -> float:
    where = f"{place}{under}"
    if not cell:
        raise ValueError(f"{where} must be a number; it is empty.")
    if cell.strip("+-").lower() in _NOT_FINITE:
        raise ValueError(f"{where} must be a finite number; got {_shown(cell)}.")
    if len(cell) > 100 or not _NUMBER.fullmatch(cell):
        raise ValueError(f"{where} must be a number; got {_shown(cell)}.")
    value = float(cell)
    if abs(value) > MAX_ABS:
        raise ValueError(f"{where} must be between −1,000,000 and 1,000,000; got {_shown(cell)}.")
    return value


def _count(numbers: int) -> str:
    return "1 number" if numbers == 1 else f"{numbers:,} numbers"


def _shown(piece: str) -> str:
    """Cut to 20 characters, without any that would not print."""
    printable = "".join(character if character.isprintable() else " " for character in piece[:21])
    return f"'{printable[:20]}{'…' if len(piece) > 20 else ''}'"


# --- Folding ---

_WORD: Final = 40
"""The most characters of a token whose folding is kept."""


def _folded(token: str) -> str:
    folded = token.casefold().replace("’", "'")
    # Reordering the accents of one letter takes time by the square of their number, so only what can be a word is.
    return unicodedata.normalize("NFC", folded) if len(folded) <= 100 else folded


_kept_fold: Final = lru_cache(maxsize=50_000)(_folded)
"""A text is folded word by word at every key, and most of its words were folded a moment ago."""
