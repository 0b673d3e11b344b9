"""How long it takes to read what comes from outside: hostile texts of a megabyte, and the networks that ship.

A text stands beside a tenth of it: a ratio of 10 is a time that grows with the length, one of 100 with its square. A
network stands beside its file as safetensors alone reads it.
"""

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

from safetensors.numpy import load

from rnnviz import sentiment
from rnnviz.export import lecture
from rnnviz.sentiment.model import FOLDER
from rnnviz.text import fold, parse_rows, tokenize

LENGTH: Final = 1_000_000
LECTURE: Final = 100_000
"""Characters, as many as a lecture's file may have."""
PIECES: Final = ("a", "1", "1,", "[1],", "[", "\n", "\u0301", "a\u200d", "👩\u200d", "界")


def main(argv: Sequence[str] | None = None) -> int:
    """Print both tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and texts")
    quick = parser.parse_args(argv).quick
    rounds = 3 if quick else 7
    print(f"{'ms, medians':34} {'a tenth':>9} {'whole':>9} {'ratio':>6}")
    for piece in PIECES[: 3 if quick else None]:
        _row(f"numbers and words, {piece!r} again", _read_text, piece, LENGTH, rounds)
    for piece in ("[", "- ", "&a "):
        _row(f"a lecture's file, {piece!r} again", _read_lecture, piece, LECTURE, rounds)
    print(f"\n{'ms, medians':34} {'alone':>9} {'read':>9} {'ratio':>6}")
    for name in sentiment.NAMES:
        path = FOLDER / f"{name}.safetensors"
        alone = _median(lambda path=path: load(path.read_bytes()), rounds)
        _print(name, alone, _median(lambda name=name: sentiment.load(name), rounds))
    return 0


def _row(what: str, read: Callable[[str], None], piece: str, length: int, rounds: int) -> None:
    whole = piece * (length // len(piece))
    tenth = piece * (length // 10 // len(piece))
    _print(what, _median(lambda: read(tenth), rounds), _median(lambda: read(whole), rounds))


def _print(what: str, less: float, more: float) -> None:
    print(f"{what:34} {less:9.1f} {more:9.1f} {more / less:6.1f}", flush=True)


def _read_text(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_rows(text)
    for token in tokenize(text):
        fold(token)


def _read_lecture(text: str) -> None:
    with contextlib.suppress(ValueError):
        lecture.read(f"figures: {text}"[:LECTURE], "lecture")


def _median(act: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken)


if __name__ == "__main__":
    raise SystemExit(main())
