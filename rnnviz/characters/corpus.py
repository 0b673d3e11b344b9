"""Texts to learn from and to search in: the standard library of the running interpreter, or any text of one's own."""

import hashlib
import os
import platform
import sysconfig
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

Part = Literal["train", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)

LEFT_OUT: Final = frozenset(
    {
        "site-packages",
        "dist-packages",
        "__pycache__",
        "test",
        "tests",
        "idle_test",
        "idlelib",
        "lib2to3",
        "turtledemo",
        "encodings",
        "pydoc_data",
        "_pyrepl",
    }
)
"""Folders of the standard library that are not read: what is installed beside it, tests, programs, tables."""

PRINTABLE: Final = "\n" + "".join(map(chr, range(32, 127)))
"""The characters of normalised source: the end of a line and what ASCII can print."""

REPLACEMENT: Final = "?"
"""What stands for any other character in normalised source."""

TAB: Final = 4
"""Spaces for a tab."""


@dataclass(frozen=True)
class Corpus:
    """A text in three parts: to learn from, to choose by, to measure on; ``said`` is what it is, in words."""

    said: str
    train: str
    validation: str
    test: str

    def __post_init__(self) -> None:
        for part in PARTS:
            if len(getattr(self, part)) < 2:
                raise ValueError(f"each part of a text must have at least 2 characters; {part} has fewer")


def python_source() -> Corpus:
    """The standard library of the running interpreter, its modules dealt out to the parts by a hash of their paths.

    A module lies in the same part under every version of Python, so what a network was tested on is not what another
    version's library would have taught it. Files stand in alphabetical order one after the other: about 90 % to train,
    5 % each to validate and test. Raises ValueError if the interpreter comes without the sources of its library.
    """
    parts: dict[Part, list[str]] = {part: [] for part in PARTS}
    for path, source in modules():
        parts[part_of(path)].append(source)
    texts = {part: "".join(sources) for part, sources in parts.items()}
    if any(len(text) < 100_000 for text in texts.values()):
        counted = sum(map(len, texts.values()))
        raise ValueError(f"expected the standard library's sources in {library()}; got {counted:,} characters")
    said = f"the standard library of Python {platform.python_version()}"
    return Corpus(said, **texts)


def modules() -> Iterator[tuple[str, str]]:
    """The modules of the standard library, normalised, in alphabetical order of their paths.

    A path is below the library's folder, with slashes: ``json/decoder.py``.
    """
    root = library()
    paths = {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
    for name in sorted(paths):
        if LEFT_OUT.isdisjoint(name.split("/")) and not name.split("/")[0].startswith("config-"):
            yield name, normalised(paths[name].read_text(encoding="utf-8", errors="replace"))


def library() -> Path:
    """The folder of the running interpreter's standard library."""
    return Path(sysconfig.get_paths()["stdlib"])


def part_of(path: str) -> Part:
    """The part that a module is dealt to, by its path as ``modules`` names it."""
    place = int.from_bytes(hashlib.sha256(path.encode()).digest()[:4], "big") % 20
    return "validation" if place == 0 else "test" if place == 1 else "train"


def normalised(source: str) -> str:
    """Source text with LF line ends, spaces for tabs, and nothing but ``PRINTABLE``; others become ``REPLACEMENT``.

    It ends with an end of line.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "").expandtabs(TAB)
    ascii_only = lines.encode("ascii", "replace").decode("ascii")
    kept = "".join(c if c == "\n" or " " <= c <= "~" else REPLACEMENT for c in ascii_only)
    return kept if kept.endswith("\n") else f"{kept}\n"


def read_text(text_or_path: str | os.PathLike[str]) -> Corpus:
    """A text, or a UTF-8 file by its path object, in three parts: the first 90 %, then 5 % each to validate and test.

    Raises ValueError if it is too short, or the file is not UTF-8.
    """
    if isinstance(text_or_path, str):
        said, text = "a text", text_or_path
    else:
        said = Path(text_or_path).name
        text = decoded(Path(text_or_path).read_bytes())
    if len(text) < 100:
        raise ValueError(f"a text must have at least 100 characters; got {len(text)}")
    first, second = len(text) * 9 // 10, len(text) * 19 // 20
    return Corpus(said, text[:first], text[first:second], text[second:])


def decoded(content: bytes) -> str:
    """The text of a file, UTF-8 with or without a byte order mark, with LF line ends; ValueError if it is not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"a text must be UTF-8; byte {error.start + 1:,} of the file is none") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def beginning(characters: int) -> str:
    """The first modules of the running interpreter's standard library in alphabetical order, to learn from at once.

    It is empty where the interpreter comes without their sources.
    """
    sources, length = [], 0
    for _, source in modules():
        sources.append(source)
        length += len(source)
        if length >= characters:
            return "".join(sources)[:characters]
    return ""


# --- The text that is searched for places like a phrase ---

CHARACTERS: Final = 2**20
"""How much of the library is searched."""

_ORDER: Final[tuple[Part, ...]] = ("test", "validation", "train")


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
    found = sorted(modules(), key=lambda module: _ORDER.index(part_of(module[0])))
    starts, paths, parts, total, held_out = [], [], [], 0, 0
    for path, source in found:
        if total >= characters:
            break
        starts.append(total)
        paths.append(path)
        parts.append(source)
        total += len(source)
        held_out = total if part_of(path) != "train" else held_out
    if total < characters:
        raise ValueError(f"the standard library must have {characters:,} characters; got {total:,}")
    said = f"{characters:,} characters of the standard library of Python {platform.python_version()}"
    return Searched(said, "".join(parts)[:characters], tuple(starts), tuple(paths), min(held_out, characters))
