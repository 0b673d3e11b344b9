"""``python -m rnnviz predict``: reads texts and writes how likely each is positive."""

import argparse
import csv
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from rnnviz.cli.output import existing_file, writable_file
from rnnviz.sentiment.recipes import NAMES

if TYPE_CHECKING:
    import _csv

ADDED: Final = "probability"
"""The column of the predictions."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``predict`` and its arguments."""
    parser = commands.add_parser(
        "predict",
        help="predict whether reviews are positive",
        description="Write P(positive) of each text as CSV, in the column probability.",
        allow_abbrev=False,
    )
    parser.add_argument("texts", nargs="*", metavar="text", help="a review; default: the lines of the standard input")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="a table with a column of texts, in place of texts")
    parser.add_argument("--column", default="text", help="the column of the texts; default: %(default)s")
    parser.add_argument("--model", choices=NAMES, default="bilstm", help="which network; default: %(default)s")
    parser.add_argument("--folder", type=Path, help="the folder of the networks; default: those that ship")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the file to write; default: the standard output")
    parser.set_defaults(command=_predict)


def _predict(arguments: argparse.Namespace) -> int:
    """Read, predict, write."""
    import torch

    from rnnviz.sentiment import load
    from rnnviz.sentiment.model import FOLDER

    torch.set_num_threads(1)
    if arguments.out is not None:
        writable_file(arguments.out, "--out")
    header, rows = _table(arguments)
    if arguments.column not in header:
        raise ValueError(f"column must be one of {', '.join(header)}; got {arguments.column!r}")
    place = header.index(arguments.column)
    predicted = load(arguments.model, arguments.folder or FOLDER).predict([row[place] for row in rows]).tolist()
    _report(sum(map(math.isnan, predicted)), len(rows))
    if arguments.out is None:
        _write(sys.stdout, header, rows, predicted)
        return 0
    with arguments.out.open("w", encoding="utf-8", newline="") as file:
        _write(file, header, rows, predicted)
    return 0


def _report(unknown: int, texts: int) -> None:
    """Say why there is no prediction where there is none."""
    if unknown:
        print(
            f"{unknown:,} of {texts:,} texts: no word is in the vocabulary, so there is no prediction and the cell of "
            "the probability is empty.",
            file=sys.stderr,
        )


def _table(arguments: argparse.Namespace) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows."""
    if arguments.csv is None:
        texts = arguments.texts or _lines()
        return [arguments.column], [[text] for text in texts]
    if arguments.texts:
        raise ValueError("texts must come from the command or from a table; got both")
    with existing_file(arguments.csv, "--csv").open(encoding="utf-8-sig", newline="") as file:
        return _read(csv.reader(file), arguments.csv)


def _lines() -> list[str]:
    """The lines of the standard input, each a text."""
    if sys.stdin.isatty():
        print("Type one review on each line, and end with Ctrl-D (on Windows Ctrl-Z and Enter).", file=sys.stderr)
    texts = [line.rstrip("\r\n") for line in sys.stdin]
    if not texts:
        raise ValueError(
            'a text must be given: after the command, as in rnnviz predict "A fine film", as lines of the input, or in '
            "a table with --csv; got none"
        )
    return texts


def _read(reader: "_csv.Reader", path: Path) -> tuple[list[str], list[list[str]]]:
    """A table whose rows are as long as its headings; blank lines are no rows."""
    rows: list[list[str]] = []
    try:
        for row in filter(None, reader):
            if rows and len(row) != len(rows[0]):
                raise ValueError(
                    f"every row must have {len(rows[0])} cells as the first; "
                    f"the one that ends in line {reader.line_num} has {len(row)}"
                )
            rows.append(row)
    except csv.Error as error:
        raise ValueError(f"{path} must be a table; line {reader.line_num}: {error}") from error
    if not rows:
        raise ValueError(f"{path} must have a line of headings; got an empty file")
    if ADDED in rows[0]:
        raise ValueError(f"{path} must have no column {ADDED}, since one is added; it has one")
    return rows[0], rows[1:]


def _write(file: TextIO, header: Sequence[str], rows: Sequence[Sequence[str]], predicted: Iterable[float]) -> None:
    """Write the table with one more column in front, empty where a row had no known word."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([ADDED, *header])
    for row, probability in zip(rows, predicted, strict=True):
        writer.writerow(["" if math.isnan(probability) else f"{probability:.4f}", *row])
