"""Streamlit's scripts on their way to a browser: packed, and plotly's asked for along with the page.

A first visit loads 8 MB of them, of which 4.7 are plotly's, which Streamlit sends as they are and the browser asks for
only when the first chart has arrived: a class of a hundred would fetch 800 MB, and each would wait for plotly last.
"""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = Path(st.__file__).parent / "static" / "static"

LEAST: Final = 1_000
"""Bytes below which a file fits one packet anyway."""

_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_ADDRESS: Final = re.compile(r"/static/((?:js|css)/[\w.-]+)")
_packed: Final[dict[str, bytes]] = {}


def pack() -> None:
    """Pack every script and style of Streamlit's, so that no visitor waits for it."""
    for file in sorted(STATIC.glob("*/*")):
        if file.suffix in _TYPES and file.stat().st_size >= LEAST:
            _packed[f"{file.parent.name}/{file.name}"] = gzip.compress(file.read_bytes(), 6, mtime=0)


@cache
def plotly() -> str | None:
    """Where plotly's script is, from a page; None where this Streamlit has it otherwise."""
    found = list(STATIC.glob("js/PlotlyChart.*.js"))
    return f"./static/js/{found[0].name}" if len(found) == 1 else None


class Scripts:
    """ASGI middleware that sends what is packed by now to those who can unpack it, and tells pages of plotly."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        answer = _answer(scope) if scope["type"] == "http" else None
        if answer is not None:
            await answer(scope, receive, send)
        elif scope["type"] == "http":
            await self.app(scope, receive, _hinting(send))
        else:
            await self.app(scope, receive, send)


def _answer(scope: Scope) -> Response | None:
    """A packed file, to a request of one that can be answered so."""
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


def _hinting(send: Send) -> Send:
    """Let a page say beforehand that it will want plotly, at a low priority: its own scripts come first."""

    async def send_with_hint(message: Message) -> None:
        if message["type"] == "http.response.start" and (script := plotly()):
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers.append("Link", f"<{script}>; rel=modulepreload; fetchpriority=low")
        await send(message)

    return send_with_hint
