"""The server: the pages of app.py with security headers, a readiness route and a warm-up."""

import logging
import re
import socket
import webbrowser
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import asdict
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Final

import streamlit as st
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web import bootstrap

from rnnviz import origins
from rnnviz.places import SCRIPT
from rnnviz.ui.reviews import direct
from rnnviz.ui.server import answering, memory, run_order, scripts, theme_told
from rnnviz.ui.server.access import Access
from rnnviz.ui.server.addresses import PageAddresses
from rnnviz.ui.server.documents import Documents
from rnnviz.ui.server.incoming import Incoming
from rnnviz.ui.server.uploads import Uploads
from rnnviz.ui.shell import modules, warmup

ALL: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not listened at
"""The addresses that stand for all networks of this machine."""

_LOGS: Final = ("uvicorn.error", "streamlit.runtime.app_session")
"""Loggers that warn of malformed requests and messages."""

_WARNINGS: Final = 100
"""The most kinds of warning that are remembered."""

_LONGEST: Final = 300
"""Characters of a warning."""

PING: Final = 30
"""Seconds between two pings of a websocket, and until an unanswered one ends it."""


def _inline_scripts() -> list[str]:
    """Hashes of the inline scripts in Streamlit's own page, so that no other inline script runs."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    scripts: list[bytes] = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{b64encode(sha256(script).digest()).decode()}'" for script in scripts]


def headers(embedding: Sequence[str] = ()) -> dict[str, str]:
    """The headers of every answer over HTTP; Streamlit sends none of them by itself.

    Args:
        embedding: The origins that may show a view in a frame, as from ``origins.embedding``. X-Frame-Options is sent
            only where there are none, since it can name no origin.
    """
    policy = (
        "default-src 'self'",
        " ".join(("script-src 'self' 'wasm-unsafe-eval' blob:", *_inline_scripts())),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        " ".join(("frame-ancestors 'self'", *embedding)),
        "base-uri 'self'",
        "form-action 'self'",
        "object-src 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        **({} if embedding else {"X-Frame-Options": "SAMEORIGIN"}),
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }


HEADERS: Final = headers()


class SecurityHeaders:
    """ASGI middleware that adds the headers and leaves bodies, streams and websockets as they are."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = HEADERS) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


async def readiness(request: Request) -> JSONResponse:  # noqa: ARG001 - Starlette hands it over
    """The fields of ``warmup.Warmth``: with status 503 while a visitor would still wait for imports, then 200."""
    warmth = warmup.warmth()
    return JSONResponse(asdict(warmth), status_code=200 if warmth.ready else 503, headers={"Cache-Control": "no-store"})


def build(on_start: Callable[[], None] | None = None, *, hosts: Collection[str], metrics: bool = False) -> st.App:
    """The application as an ASGI app.

    Args:
        on_start: Called once the server accepts connections.
        hosts: The names that it answers to, beside any numeric address.
        metrics: Whether Streamlit's metrics can be read.
    """

    def lifespan(app: st.App) -> AbstractAsyncContextManager[None]:  # noqa: ARG001 - Streamlit hands it over
        return _lifespan(on_start)

    modules.serve()
    run_order.keep()
    theme_told.keep()
    return st.App(
        SCRIPT,
        lifespan=lifespan,
        routes=[
            Route("/readyz", readiness),
            Route(modules.ROUTE, scripts.widget),
            Route(direct.ADDRESS, answering.review, methods=["POST"]),
        ],
        middleware=[
            Middleware(SecurityHeaders, headers=headers(origins.embedding())),
            Middleware(Access, hosts=hosts, metrics=metrics),
            Middleware(Uploads),
            Middleware(PageAddresses),
            Middleware(Incoming),
            Middleware(Documents),
            Middleware(scripts.PackedScripts),
        ],
    )


def serve(
    listener: socket.socket, *, address: str, open_browser: bool = False, metrics: bool = False, path: str = ""
) -> None:
    """Serve until interrupted.

    Args:
        listener: Listens already.
        address: The network address that it was bound to, as it was written.
        metrics: Whether Streamlit's metrics can be read.
        path: Of the view that is announced and opened, with its parameters; the home page by default.
    """
    memory.start()
    for name in _LOGS:
        logging.getLogger(name).addFilter(Once())
    port = listener.getsockname()[1]
    url = f"http://{_shown(address)}:{port}"

    def announce() -> None:
        print(f"rnnviz is at {url} (Ctrl-C ends it)", flush=True)
        if path:
            print(f"open {url}{path}", flush=True)
        if address in ALL and (own := _in_the_network()):
            print(f"others in this network open http://{own}:{port}{path}", flush=True)
        if open_browser:
            webbrowser.open(url + path)

    app = build(announce, hosts={address.lower(), *origins.hosts()}, metrics=metrics)
    bootstrap.load_config_options({"server.address": address, "server.port": port})
    uvicorn.Server(_settings(app)).run(sockets=[listener])


class Once(logging.Filter):
    """Lets each kind of warning through once, in printable characters: strangers choose how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written."""
        if record.levelno != logging.WARNING:
            return True
        kind = str(record.msg)
        if kind in self._said:
            return False
        if len(self._said) < _WARNINGS:
            self._said.add(kind)
        said = record.getMessage()[:_LONGEST]
        record.msg, record.args = "".join(sign if sign.isprintable() else " " for sign in said), ()
        return True


def _settings(app: st.App) -> uvicorn.Config:
    """The uvicorn settings: those of ``App.run``, except how much a websocket may bring at once.

    ``App.run`` itself makes its own socket, and looks at its configuration files five times a second, whatever
    ``fileWatcherType`` says.
    """
    ping = st.get_option("server.websocketPingInterval") or PING
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        # More than this is refused by Streamlit, once it has all come.
        ws_max_size=st.get_option("server.maxWidgetStateSize") * 1_000_000,
        ws_ping_interval=ping,
        ws_ping_timeout=ping,
        ws_per_message_deflate=st.get_option("server.enableWebsocketCompression"),
        ssl_certfile=st.get_option("server.sslCertFile"),
        ssl_keyfile=st.get_option("server.sslKeyFile"),
        access_log=False,
        use_colors=False,
        proxy_headers=False,  # it believes whoever connects from this machine, as visitors behind a proxy do
    )


def import_first() -> None:
    """Import what every page needs, so that no visitor waits for it."""
    import_module("rnnviz.ui.pages.home.view")
    import_module("pandas")  # Streamlit imports it for the first widget of ours


@asynccontextmanager
async def _lifespan(on_start: Callable[[], None] | None) -> AsyncIterator[None]:
    import_first()
    warmup.start(then=scripts.pack)
    if on_start is not None:
        on_start()
    yield


def _in_the_network() -> str:
    """The machine's address as others see it; empty without a network. Asks the system, and sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address of no machine: it only says which way a packet would leave
        return str(probe.getsockname()[0])
    return ""


def _shown(address: str) -> str:
    """The address as a browser on this machine would write it."""
    if address in ALL:
        return "localhost"
    return f"[{address}]" if ":" in address else address
