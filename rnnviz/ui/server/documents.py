"""The document of each page, which tells a browser at once what Streamlit's scripts would find out one after another.

At the address of a page they look for a server below that address, and a tenth of a second after they have found none
they look at the root; then they open the websocket. Here a script of the document says where the server is, and the
websocket is opened at once. The parts of Streamlit that every page needs are fetched with its others, and not only once
an element needs them.
"""

import gzip
import re
from functools import cache
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rnnviz.ui.server import addresses, scripts

EVERYWHERE: Final = ("BidiComponent", "Html", "ButtonGroup")
"""Streamlit's names of the parts that draw widgets, styles and choices. One that a release lacks is left out."""

TOLD: Final = """\
window.__streamlit = {
BACKEND_BASE_URL: location.origin,
HOST_CONFIG: { allowedOrigins: [location.origin], useExternalAuthToken: false },
};
"""
"""Where the server is, and whose messages are heard where a view is in a frame: of pages of its own."""

TOLD_AT: Final = f"/start.{sha256(TOLD.encode()).hexdigest()[:16]}.js"
"""A file of its own, so that no inline script is allowed to run but Streamlit's."""

_NAMED: Final = re.compile(r"/static/js/([\w.-]+\.js)")
_IMPORTED: Final = re.compile(r"""(?:from|import)["']\./([\w.-]+\.js)["']""")
_ASKED_AGAIN: Final = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}


class Documents:
    """ASGI middleware that answers at the addresses of pages, and at that of the script in their document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        answer = _answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (answer or self.app)(scope, receive, send)


@cache
def written() -> str:
    """Streamlit's document, with the script, and with the parts after all that it begins with."""
    page = (scripts.STATIC.parent / "index.html").read_text(encoding="utf-8")
    told = f'<head>\n    <script defer src="{TOLD_AT}"></script>'
    link = '    <link rel="modulepreload" fetchpriority="low" crossorigin href="./static/js/{}">\n'
    links = "".join(map(link.format, _parts(page)))
    return page.replace("<head>", told, 1).replace("  </head>", f"{links}  </head>", 1)


def _parts(page: str) -> list[str]:
    """The files of ``EVERYWHERE`` and what they import, without what the page names already."""
    folder, named = scripts.STATIC / "js", set(_NAMED.findall(page))
    ahead = [file.name for part in EVERYWHERE for file in folder.glob(f"{part}.*.js")]
    found: list[str] = []
    while ahead:
        file = ahead.pop(0)
        if file not in named:
            named.add(file)
            found.append(file)
            ahead += _IMPORTED.findall((folder / file).read_text(encoding="utf-8"))
    return found


@cache
def _packed() -> bytes:
    return gzip.compress(written().encode(), 6, mtime=0)


def _answer(scope: Scope) -> Response | None:
    """The document, or its script, if one of them is asked for."""
    if scope["path"] == TOLD_AT:
        return Response(TOLD, media_type="text/javascript", headers=scripts.KEPT)
    if scope["path"] not in addresses.KNOWN:
        return None
    if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
        return Response(_packed(), media_type="text/html", headers={"Content-Encoding": "gzip", **_ASKED_AGAIN})
    return Response(written(), media_type="text/html", headers=_ASKED_AGAIN)
