"""Cases in which the application does not do what is right yet: they are not tested, and not on the page."""

from typing import Final

LEFT_OUT: Final[frozenset[str]] = frozenset()
