"""A real browser for the tests of several servers."""

from tests.browser.conftest import browser, page, trouble

__all__ = ["browser", "page", "trouble"]
