"""``python -m rnnviz tours``: whether tours can be read and each stop shows what it speaks of; what stops point at."""

import argparse
import logging
from pathlib import Path

from rnnviz import tours
from rnnviz.page_registry import PAGES


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``tours`` and its arguments."""
    parser = commands.add_parser("tours", help="check guided tours of your own", allow_abbrev=False)
    inner = parser.add_subparsers(metavar="command", required=True)
    check = inner.add_parser(
        "check",
        help="report problems of tours",
        description="Read tours, check the links of their stops, and open each stop as a visitor would.",
        allow_abbrev=False,
    )
    check.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="Markdown files; docs/tours.md has the format"
    )
    check.add_argument("--quick", action="store_true", help="do not open the stops")
    check.set_defaults(command=_check)
    inner.add_parser(
        "targets",
        help="list what a stop may point at",
        description="List the figures and widgets that a stop may point at: page, key, what it is.",
        allow_abbrev=False,
    ).set_defaults(command=_targets)


def _check(arguments: argparse.Namespace) -> int:
    """Print what is wrong, file by file."""
    failed = False
    for path in arguments.files:
        tour, problems = _read(path)
        if tour is not None:
            problems = _stop_problems(tour, quick=arguments.quick)
        for problem in problems:
            print(f"{path}: {problem}")
        if tour is not None and not problems:
            count = len(tour.stops)
            print(f"{path}: {count} stop{'s' if count > 1 else ''}, nothing wrong")
        failed = failed or bool(problems)
    return 1 if failed else 0


def _targets(_: argparse.Namespace) -> int:
    """Print what may be pointed at, page by page."""
    rows = [(page.title, key, target.what) for page in PAGES for key, target in page.targets.items()]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:2]]
    for title, key, what in rows:
        print(f"{title:{widths[0]}}  {key:{widths[1]}}  {what}")
    return 0


def _read(path: Path) -> tuple[tours.Tour | None, list[str]]:
    """The tour of a file, or why there is none; a path that is no regular file is not opened."""
    try:
        if path.exists() and not path.is_file():
            return None, ["a tour must be a file; got something else"]
        return tours.read_file(path)
    except OSError as error:
        return None, [f"the file cannot be read: {error.strerror}"]


def _stop_problems(tour: tours.Tour, *, quick: bool) -> list[str]:
    """What is wrong with the links; if nothing is, what goes wrong on the pages."""
    logging.disable(logging.WARNING)  # Streamlit's, that no browser is there
    try:
        from rnnviz.ui.shell.tour_check import link_problems, page_problems

        problems = link_problems(tour)
        if problems or quick:
            return problems
        return [problem for stop in tour.stops for problem in page_problems(stop)]
    finally:
        logging.disable(logging.NOTSET)
