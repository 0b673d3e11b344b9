"""Which requests the server refuses: those for a host that it does not know, and those from pages of other servers.

A stranger's page can give its own name this machine's address (DNS rebinding); it then speaks to the server like one
of the server's own pages. A numeric address cannot be misused in this way. The server therefore answers to every
numeric address, but only to names that it knows.

A websocket is refused unless the page that opens it comes from this server; so is a request that may change something.
Streamlit itself lets pages of other ports of this machine in. For any other page it first asks a host on the internet
for this machine's address: up to two seconds for each attempt, in which it answers nobody.
"""

import logging
import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

METRICS: Final = "/_stcore/metrics"
MOST_TOLD: Final = 20
"""Refusals that are written to the log, each once: otherwise strangers could fill it."""

MOST_LETTERS: Final = 255
"""The length of a name in DNS."""

_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_READING: Final = frozenset({"GET", "HEAD"})
_log = logging.getLogger(__name__)


class Access:
    """ASGI middleware that refuses, with 403, requests for an unknown host or from a foreign page.

    Args:
        hosts: The names that the server answers to, as from ``origins.hosts``, beside all numeric addresses.
        metrics: Whether Streamlit's metrics can be read.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, metrics: bool = False) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.metrics = metrics
        self.told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif (problem := self._problem(scope)) is not None:
            self._tell(problem)
            await _refuse(scope, receive, send, problem)
        elif not self.metrics and scope["path"].rstrip("/").endswith(METRICS):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _problem(self, scope: Scope) -> str | None:
        """Why a connection is refused; None if it is not."""
        headers = Headers(scope=scope)
        asked = headers.getlist("host")
        if len(asked) != 1 or not self._is_known(asked[0]):
            names = ", ".join(map(_short, asked))
            return f"this server does not know the host {names}; if that is its name, start it with {_option(asked)}"
        if scope["type"] == "http" and scope["method"] in _READING:
            return None
        # A browser always sends an origin here. A program that sends none could as well send the right one.
        foreign = [one for one in headers.getlist("origin") if _netloc(one) != asked[0]]
        if not foreign:
            return None
        return (
            f"a page of {_short(foreign[0])} asked for the host {_short(asked[0])}, and may not; if both are this "
            "server, the proxy before it has to pass the header Host on as the browser wrote it"
        )

    def _is_known(self, asked: str) -> bool:
        found = _HOST.fullmatch(asked)
        if found is None:
            return False
        return _is_address(found[1]) or found[1].lower().rstrip(".") in self.hosts

    def _tell(self, problem: str) -> None:
        if len(self.told) < MOST_TOLD and problem not in self.told:
            self.told.add(problem)
            _log.warning("refused: %s", problem)


async def _refuse(scope: Scope, receive: Receive, send: Send, problem: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})  # before it was accepted, that is a 403
    else:
        await PlainTextResponse(f"Refused: {problem}.\n", status_code=403)(scope, receive, send)


def _is_address(host: str) -> bool:
    try:
        IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    except ValueError:
        return False
    return True


def _option(asked: list[str]) -> str:
    """The option that would let the request in."""
    found = _HOST.fullmatch(asked[0]) if len(asked) == 1 else None
    return f"--host {found[1]}" if found and len(found[1]) < MOST_LETTERS else "--host NAME"


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _short(text: str) -> str:
    """A name in quotes, in one line, and no longer than a name may be."""
    return repr(text[:MOST_LETTERS])
