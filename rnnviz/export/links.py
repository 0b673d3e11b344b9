"""Links to views of the application, as a lecture lists them, and the formats that it is saved in.

The command names the formats in its help, so this module needs no extra.
"""

import re
import reprlib
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote_plus, urlsplit

from rnnviz.page_registry import BY_ADDRESS, PARAMETERS

Format = Literal["png", "svg", "html", "csv", "json", "pptx", "pdf", "md"]
Background = Literal["white", "dark", "transparent"]

PICTURES: Final = ("png", "svg", "html", "csv", "json")
"""Files that a page saves of a picture."""

DECKS: Final = ("pptx", "pdf", "md")
"""Files that are made of all pictures together."""

USUAL: Final[tuple[Format, ...]] = ("png", "pptx", "pdf")

MAX_LINK: Final = 20_000
"""Characters: a link has a few parameters of at most 6,000 each."""

ADDRESS_VARIABLE: Final = "RNNVIZ_ADDRESS"
"""The environment variable with the address at which visitors find the application, if browsers see another."""

_APART: Final = ("present", "notation", "tour", "embed", "embed_options")
"""Parameters of what is around a view, which is not in a picture."""

HOME: Final = "http://127.0.0.1:8501"
"""Where ``python -m rnnviz app`` serves, unless the port is taken; links without a host lead there."""


@dataclass(frozen=True)
class Link:
    """A link to a view.

    Attributes:
        address: Where the application is, without a slash at its end; empty in a link that begins with ``/``.
        page: As in ``page_registry.BY_ADDRESS``.
        query: The parameters, without the question mark.
    """

    address: str
    page: str
    query: str

    def at(self, address: str) -> str:
        """The same view of another application."""
        return f"{address}/{self.page}" + (f"?{self.query}" if self.query else "")

    def unread(self) -> tuple[str, ...]:
        """The names of parameters that no page reads, each once."""
        names = (unquote_plus(part.partition("=")[0]) for part in self.query.split("&"))
        return tuple(dict.fromkeys(name for name in names if name and name not in PARAMETERS))


def read(text: str) -> Link:
    """The link that a text is.

    Args:
        text: ``http://host/Gates?cell=lstm``, or ``/Gates?cell=lstm``.

    Raises:
        ValueError: With what was expected.
    """
    if len(text) > MAX_LINK:
        raise ValueError(f"a link must have at most {MAX_LINK:,} characters; got {len(text):,}")
    if not re.fullmatch(r"(https?://[^\s/?#@\\\"'<>]+)?/[^\s#\\\"'<>]*", text):
        raise ValueError(f"a link must look like {HOME}/Gates?cell=lstm or /Gates?cell=lstm; got {reprlib.repr(text)}")
    address = address_of(text[: text.index("/", 8)]) if text.startswith("http") else ""
    path, _, query = text[text.index("/", 8 if address else 0) :].partition("?")
    folder, _, page = path.rpartition("/")
    if page not in BY_ADDRESS:
        raise ValueError(f"the page of a link must be one of {', '.join(BY_ADDRESS)}; got {reprlib.repr(page)}")
    if folder and not address:
        raise ValueError(f"a link without a host must begin with its page, as /{page}; got {reprlib.repr(text)}")
    kept = [part for part in query.split("&") if part.partition("=")[0] not in _APART]
    return Link(address + folder.rstrip("/"), page, "&".join(kept))


def address_of(text: str) -> str:
    """The address of an application, without a slash at the end.

    Raises:
        ValueError: If the text is no address of a web server.
    """
    try:
        parts = urlsplit(text)
        known = parts.port is None or 1 <= parts.port <= 65535
    except ValueError:
        known = False
    whole = re.fullmatch(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?", text)
    if not known or not whole or len(text) > 500:
        raise ValueError(f"an address must look like {HOME}; got {reprlib.repr(text)}")
    return text.rstrip("/")
