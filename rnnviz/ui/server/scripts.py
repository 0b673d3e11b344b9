"""The scripts that a browser fetches, compressed: Streamlit's own, which sends them as they are, and the widgets'.

A first visit loads 8 MB of Streamlit's, of which 4.7 are plotly's: a class of a hundred would fetch 800 MB.
"""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rnnviz.ui.shell import modules

STATIC: Final = Path(st.__file__).parent / "static" / "static"

LEAST: Final = 1_000
"""Bytes below which a file fits one packet anyway."""

_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_ADDRESS: Final = re.compile(r"/static/((?:js|css)/[\w.-]+)$")
KEPT: Final = {"Vary": "Accept-Encoding", "Cache-Control": "public, immutable, max-age=31536000"}
"""Names of files change with their content, Streamlit's as well."""

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


async def widget(request: Request) -> Response:
    """The module of a widget, at the address that its updates name."""
    module = modules.at(request.url.path)
    if module is None:
        return PlainTextResponse("Not Found", status_code=404)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return _packed_response(_packed_module(module), ".js")
    return Response(module.source, media_type=_TYPES[".js"], headers=KEPT)


@cache
def _packed_module(module: modules.Module) -> bytes:
    return gzip.compress(module.source.encode(), 6, mtime=0)


def _answer(scope: Scope) -> Response | None:
    """A compressed file, if the request can be answered with one."""
    asked = Headers(scope=scope)
    found = _ADDRESS.search(scope["path"])
    body = _packed.get(found[1]) if found else None
    if found is None or body is None or scope["method"] != "GET" or "gzip" not in asked.get("accept-encoding", ""):
        return None
    return _packed_response(body, Path(found[1]).suffix)


def _packed_response(body: bytes, suffix: str) -> Response:
    headers = {"Content-Encoding": "gzip", **KEPT}
    return Response(body, media_type=_TYPES[suffix], headers=headers)
