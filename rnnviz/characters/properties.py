"""What can be said of every character of a text without any network: where it stands in its line, word, string."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from rnnviz.characters.recipes import Subject

Kind = Literal["number", "yes or no"]

TRIPLES: Final = ('"""', "'''")
OPENING: Final = "([{"
CLOSING: Final = ")]}"


@dataclass(frozen=True, eq=False)
class Property:
    """A property of every character of a text, as it is known once that character has been read.

    Its name is for links: lower-case letters and underscores. Values are float32 of shape (time,): counts, or 1 for yes
    and 0 for no.
    """

    name: str
    label: str
    kind: Kind
    values: np.ndarray


def properties(text: str, subject: Subject) -> tuple[Property, ...]:
    """All properties of a text: those of source text, or those of a play."""
    column, word = _columns(text), _word_positions(text)
    shared = [
        _count("line_position", "position in the line", column),
        _yes("word", "inside a word", word > 0),
        _count("word_position", "position in the word", word),
        _yes("capital_word", "in a word that began with a capital", _in_capital_word(text, word)),
    ]
    return tuple(shared + (_of_source(text, column) if subject == "python" else _of_play(text)))


def _of_source(text: str, column: np.ndarray) -> list[Property]:
    """Of Python source."""
    scanned = _Scan(text)
    indents, leading = _indentation(text, column)
    quoted, triple, comment, depth = (np.array(part) for part in scanned.told)
    return [
        _count("indentation", "indentation in spaces", indents),
        _yes("leading", "in the blanks that begin a line", leading),
        _yes("quotes", "inside quotes", quoted),
        _yes("docstring", "inside triple quotes", triple),
        _yes("comment", "inside a comment", comment),
        _count("brackets", "how many brackets are open", depth),
        _yes("definition", "in a line after def or class", _after(text, lambda line: _keyword(line, "def", "class"))),
        _yes("assigned", "in a line after =", _after(text, lambda line: line.find("=") + 1)),
    ]


def _of_play(text: str) -> list[Property]:
    """Of a play: speakers' names on lines of their own, after an empty line."""
    lines = text.split("\n")
    ends = np.cumsum([len(line) + 1 for line in lines])
    of_line = np.searchsorted(ends, np.arange(len(text)), side="right")
    after_blank = np.array([k == 0 or not lines[k - 1] for k in range(len(lines))])
    spoken, since = [], 0
    for k in range(len(lines)):
        since = 0 if after_blank[k] else since + 1
        spoken.append(since)
    is_end = np.array([char == "\n" for char in text], bool)
    # The end of a line tells that another begins.
    now = np.minimum(of_line + is_end, len(lines) - 1)
    return [
        _yes("speaker", "in a line that names a speaker", after_blank[now] & (np.array(lines, object)[now] != "")),
        _count("lines_spoken", "lines since the speaker’s name", np.array(spoken)[now]),
        _count("sentence_position", "characters since the sentence began", _since(text, ".?!")),
        _count("comma_position", "characters since the last mark", _since(text, ".?!,;:")),
    ]


class _Scan:
    """Strings, comments and brackets of Python source, character by character; it bears with what is broken."""

    def __init__(self, text: str) -> None:
        quoted: list[bool] = []
        triple: list[bool] = []
        comment: list[bool] = []
        depth: list[int] = []
        self.told = (quoted, triple, comment, depth)
        self.depth, self.quote, self.in_comment = 0, "", False
        k = 0
        while k < len(text):
            taken = self._read(text, k)
            for ahead in range(taken):
                last = ahead == taken - 1
                inside = bool(self.quote) or not last
                quoted.append(inside)
                triple.append(inside and (self.quote in TRIPLES or taken > 2))
                comment.append(self.in_comment)
                depth.append(self.depth)
            k += taken

    def _read(self, text: str, k: int) -> int:
        """Take what stands at a place; return how many characters it has."""
        char = text[k]
        if self.in_comment:
            self.in_comment = char != "\n"
        elif self.quote:
            return self._inside(text, k)
        elif char in "'\"":
            three = text[k : k + 3]
            self.quote = three if three in TRIPLES else char
            return len(self.quote)
        elif char == "#":
            self.in_comment = True
        elif char in OPENING:
            self.depth += 1
        elif char in CLOSING:
            self.depth = max(0, self.depth - 1)
        return 1

    def _inside(self, text: str, k: int) -> int:
        """What goes on inside quotes: an escaped character, the end, or one more."""
        if text[k] == "\\" and k + 1 < len(text):
            return 2
        if text.startswith(self.quote, k):
            taken, self.quote = len(self.quote), ""
            return taken
        if text[k] == "\n" and len(self.quote) == 1:
            self.quote = ""
        return 1


def _columns(text: str) -> np.ndarray:
    """How many characters of its line have been read; 0 after the end of a line."""
    return _since(text, "\n")


def _since(text: str, marks: str) -> np.ndarray:
    """How many characters have been read since one of the marks, or the beginning."""
    at = np.arange(len(text))
    is_mark = np.array([char in marks for char in text], bool)
    return at - np.maximum.accumulate(np.where(is_mark, at, -1)) if len(text) else at


def _word_positions(text: str) -> np.ndarray:
    """How many characters of its word have been read; 0 outside words."""
    at = np.arange(len(text))
    outside = np.array([not (char.isalnum() or char == "_") for char in text], bool)
    return at - np.maximum.accumulate(np.where(outside, at, -1)) if len(text) else at


def _in_capital_word(text: str, word: np.ndarray) -> np.ndarray:
    return np.array([n > 0 and text[k - n + 1].isupper() for k, n in enumerate(word.tolist())], bool)


def _indentation(text: str, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blanks that the line has begun with so far, and whether nothing else has been read of it."""
    indents, leading, now, only = [], [], 0, True
    for char, n in zip(text, column.tolist(), strict=True):
        if n == 0:
            now, only = 0, True
        only = only and char in " \n"
        now += only and char == " "
        indents.append(now)
        leading.append(only and n > 0)
    return np.array(indents), np.array(leading, bool)


def _after(text: str, begins: Callable[[str], int]) -> np.ndarray:
    """Whether a line has come to where ``begins`` says, 0 for nowhere; its end is not in it any more."""
    told: list[bool] = []
    for line in text.split("\n"):
        start = begins(line)
        told += [bool(start) and k >= start - 1 for k in range(len(line))] + [False]
    return np.array(told[: len(text)], bool)


def _keyword(line: str, *words: str) -> int:
    """Where a line has told that it begins with one of the words."""
    rest = line.lstrip(" ")
    found = next((word for word in words if rest.startswith(f"{word} ")), "")
    return len(line) - len(rest) + len(found) + 1 if found else 0


def _count(name: str, label: str, values: np.ndarray) -> Property:
    return Property(name, label, "number", values.astype(np.float32))


def _yes(name: str, label: str, values: np.ndarray) -> Property:
    return Property(name, label, "yes or no", values.astype(np.float32))
