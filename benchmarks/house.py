"""How the house stands: what is counted in its sources and in two runs of its pages, each beside its goal."""

import argparse
import ast
import io
import sys
import tokenize
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Final

from streamlit.testing.v1 import AppTest

from rnnviz.page_registry import SENTIMENT, STEP_THROUGH, Page
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.shell import frame
from tests.test_layers import ROOT, circles, neighbours

HOUSE: Final = ROOT / "rnnviz"
SECONDS: Final = 120.0


class Entered:
    """The modules whose functions are called while it watches, and how often any function that has a name is."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.calls = 0

    def __call__(self, entered: FrameType, event: str, _: object) -> None:
        """Hear what the interpreter does."""
        code = entered.f_code
        if event == "call" and code.co_filename.startswith(str(HOUSE)) and not code.co_name.startswith("<"):
            self.modules.add(code.co_filename)
            self.calls += 1

    def during(self, function: Callable[..., Any], *args: Any) -> Any:
        """Watch one call."""
        sys.setprofile(self)
        try:
            return function(*args)
        finally:
            sys.setprofile(None)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.house", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the same: it is quick")
    parser.parse_args(argv)
    print(f"{'':52} {'now':>20} {'goal':>20}")
    for what, now, goal in (*_of_sources(), *_of_runs()):
        print(f"{what:52} {now:>20} {goal:>20}")
    return 0


def _of_sources() -> list[tuple[str, str, str]]:
    files = sorted(HOUSE.rglob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    lines = sum(text.count("\n") for text in texts)
    found = circles(neighbours("ui"))
    sizes = " of ".join(map(str, (len(found), *map(len, found[:1]))))
    return [
        ("circles of imports in ui/, of how many files", sizes, "0"),
        ("lines of rnnviz/", f"{lines:,}", "42,000"),
        ("files of rnnviz/", f"{len(files)}", "230"),
        ("share of lines in docstrings", f"{sum(map(_docstrings, texts)) / lines:.1%}", "18%"),
        ("comments", f"{sum(map(_comments, texts))}", "wherever one would ask"),
    ]


def _docstrings(text: str) -> int:
    """Lines of docstrings, and of the strings that say what a constant is."""
    said = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr)]
    strings = [node for node in said if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)]
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in strings)


def _comments(text: str) -> int:
    """Comments that say something to a reader: none of those for tools, or between the parts of a file."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    found = [token.string for token in tokens if token.type == tokenize.COMMENT]
    return sum(not one.startswith(("# noqa", "# type:", "# fmt:", "# ---", "# pragma")) for one in found)


def _of_runs() -> list[tuple[str, str, str]]:
    begun, typed = _begun(), _typed()
    return [
        ("calls of what a page has around its view, Step through once more", f"{begun.calls}", "100"),
        ("modules that a key of Sentiment enters", f"{len(typed.modules)}", "15"),
        ("calls of a key of Sentiment", f"{typed.calls}", "120"),
    ]


def _begun() -> Entered:
    """What a page calls around its view when Step through runs a second time."""
    entered, show = Entered(), frame.show_page
    page = _opened(STEP_THROUGH)
    frame.show_page = lambda at, *_: entered.during(show, at, lambda _: None)  # type: ignore[assignment]
    page.run()
    frame.show_page = show
    return entered


def _typed() -> Entered:
    """What a key calls: its callback, and the run of the fragment that answers it."""
    entered, live = Entered(), review_view._live
    page = _opened(SENTIMENT)

    def key(view: str, network: str | None = None) -> None:
        now = review_view.typed()
        sent = {"start": now.start, "count": now.count + 1, "text": f"{now.text}!"}
        entered.during(lambda: (review_view._take(sent), live(view, network)))

    review_view._live = key
    page.run()
    review_view._live = live
    return entered


def _opened(at: Page) -> AppTest:
    page = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS).switch_page(at.path).run()
    if page.exception:
        raise RuntimeError(page.exception[0].message)
    return page


if __name__ == "__main__":
    sys.exit(main())
