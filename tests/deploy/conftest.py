"""A real browser for the tests of several servers."""

from tests.browser.conftest import page, playwright, shared_window, trouble

__all__ = ["page", "playwright", "shared_window", "trouble"]
