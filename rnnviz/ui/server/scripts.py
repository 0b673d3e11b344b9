"""Compresses Streamlit's scripts on their way to a browser, which Streamlit does not.

A first visit loads 8 MB of them, of which 4.7 are plotly's: a class of a hundred would fetch 800 MB.
"""

import gzip
import re
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC: Final = Path(st.__file__).parent / "static" / "static"

LEAST: Final = 1_000
"""Bytes below which a file fits one packet anyway."""

_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_ADDRESS: Final = re.compile(r"/static/((?:js|css)/[\w.-]+)$")
_packed: Final[dict[str, bytes]] = {}


def pack() -> None:
    """Compress every script and style of Streamlit's in advance, so that no visitor waits for it."""
    for file in sorted(STATIC.glob("*/*")):
        if file.suffix in _TYPES and file.stat().st_size >= LEAST:
            _packed[f"{file.parent.name}/{file.name}"] = gzip.compress(file.read_bytes(), 6, mtime=0)


class PackedScripts:
    """ASGI middleware that sends the files compressed so far to browsers that accept them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        answer = _answer(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)


def _answer(scope: Scope) -> Response | None:
    """A compressed file, if the request can be answered with one."""
    asked = Headers(scope=scope)
    found = _ADDRESS.search(scope["path"])
    body = _packed.get(found[1]) if found else None
    if found is None or body is None or scope["method"] != "GET" or "gzip" not in asked.get("accept-encoding", ""):
        return None
    headers = {
        "Content-Encoding": "gzip",
        "Vary": "Accept-Encoding",
        # As Streamlit says of them: their names change with their content.
        "Cache-Control": "public, immutable, max-age=31536000",
    }
    return Response(body, media_type=_TYPES[Path(found[1]).suffix], headers=headers)
