"""The text that is searched for places like a phrase: modules of the running interpreter's standard library."""

import hashlib
import platform
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from rnnviz.characters import corpus

CHARACTERS: Final = 2**20
"""How much of the library is searched."""

_ORDER: Final[tuple[corpus.Part, ...]] = ("test", "validation", "train")


@dataclass(frozen=True)
class Searched:
    """Modules one after the other; ``said`` is what they are, in words.

    Attributes:
        text: The last module is cut where the text is long enough.
        starts: Where each module begins.
        paths: What each is called, below the library's folder.
        held_out: How many characters, from the first on, no network of ours was trained on.
    """

    said: str
    text: str
    starts: tuple[int, ...]
    paths: tuple[str, ...]
    held_out: int

    @property
    def key(self) -> str:
        """The text in 16 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def place(self, at: int) -> tuple[str, int]:
        """The path of the module and, from 1, the line in which a character stands; ``at`` is in 0..characters - 1."""
        module = bisect_right(self.starts, at) - 1
        return self.paths[module], 1 + self.text.count("\n", self.starts[module], at)


def python_library(characters: int = CHARACTERS) -> Searched:
    """The modules that no network of ours was trained on, then as many others as it takes.

    Raises ValueError if the library is shorter.
    """
    modules = sorted(corpus.modules(), key=lambda module: _ORDER.index(corpus.part_of(module[0])))
    starts, paths, parts, total, held_out = [], [], [], 0, 0
    for path, source in modules:
        if total >= characters:
            break
        starts.append(total)
        paths.append(path)
        parts.append(source)
        total += len(source)
        held_out = total if corpus.part_of(path) != "train" else held_out
    if total < characters:
        raise ValueError(f"the standard library must have {characters:,} characters; got {total:,}")
    said = f"{characters:,} characters of the standard library of Python {platform.python_version()}"
    return Searched(said, "".join(parts)[:characters], tuple(starts), tuple(paths), min(held_out, characters))
