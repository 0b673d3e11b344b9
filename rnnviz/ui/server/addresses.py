"""Addresses of pages as people type them: in lower case, with spaces, or with something left over behind."""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rnnviz.page_registry import BESIDE, HOME, PAGES

_STREAMLITS: Final = "_stcore"
"""What Streamlit's page asks for below its own address, to find out where the server is."""


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_").replace("-", "_")


_PAGES: Final = {_plain(HOME.title): "/"} | {_plain(page.title): f"/{page.address}" for page in (*PAGES, *BESIDE)}
KNOWN: Final = frozenset(_PAGES.values())
"""The addresses of pages, as they are right."""


def meant(path: str) -> str | None:
    """The address of the page that a path means, if it is written otherwise; None if there is none, or it is right.

    >>> meant("/step-through"), meant("/Gates/x"), meant("/Gates"), meant("/nowhere")
    ('/Step_through', '/Gates', None, None)
    """
    first, _, rest = path.removeprefix("/").partition("/")
    address = _PAGES.get(_plain(first))
    return None if address == path or rest.startswith(_STREAMLITS) else address


class PageAddresses:
    """ASGI middleware that sends a browser from an address as it was typed to that of the page, with its parameters."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
            address = meant(scope["path"])
            if address is not None:
                query = scope["query_string"].decode("latin-1")
                await RedirectResponse(f"{address}?{query}" if query else address)(scope, receive, send)
                return
        await self.app(scope, receive, send)
