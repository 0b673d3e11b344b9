"""Every page runs, opened first and opened from the home page."""

from typing import Final

from streamlit.testing.v1 import AppTest

from rnnviz import page_registry
from tests.serving import ROOT
from tests.together import together

PAGES: Final = [page.path for page in (*page_registry.PAGES, *page_registry.BESIDE)]
SECONDS: Final = 60.0
"""What a page may take on a machine busy with other things, torch's import included."""


def home() -> AppTest:
    return AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)


def test_home() -> None:
    page = home().run()
    assert not page.exception
    assert not page.error


@together("path", PAGES)
def test_page_opened_from_home(path: str) -> None:
    page = home().run().switch_page(path).run()
    assert not page.exception
    assert not page.error


@together("path", PAGES)
def test_page_opened_first(path: str) -> None:
    """As a link opens it: app.py has not run in that session."""
    page = home().switch_page(path).run()
    assert not page.exception
    assert not page.error


@together("path", PAGES)
def test_page_runs_again(path: str) -> None:
    page = home().switch_page(path).run()
    assert not page.run().exception
