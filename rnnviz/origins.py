"""Origins and host names, checked: which pages may show a view in a frame, and by which names the server is known."""

import ipaddress
import os
import re
import socket
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

EMBED_VARIABLE: Final = "RNNVIZ_EMBED_FROM"
"""The environment variable for the origins that may show a view in a frame, with spaces between them."""

HOST_VARIABLE: Final = "RNNVIZ_HOST"
"""The environment variable for further names by which visitors may open the server, with spaces between them."""

_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)
_ORIGIN: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?(.*)", re.IGNORECASE | re.DOTALL
)
_PRIVATE: Final = frozenset(
    {"arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localhost", "test"}
)
"""Endings of names that are known in one network alone."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def checked(text: str) -> str:
    """An origin as browsers write it: in small letters, without a final slash and without the default port.

    Raises:
        ValueError: If it is anything else than a scheme, a host and perhaps a port. A content policy can name no IPv6
            address.

    >>> checked("https://Moodle.example.org:443")
    'https://moodle.example.org'
    """
    found = _ORIGIN.fullmatch(text)
    expected = "must be an origin: http:// or https://, a host, and a port if need be, as in https://moodle.example.org"
    if found is None:
        raise ValueError(f"{expected}; got {text!r}")
    scheme, host, port, rest = found[1].lower(), found[2].lower(), int(found[3] or 0), found[4]
    if rest not in ("", "/"):
        raise ValueError(f"{expected}; got {text!r}, where {rest!r} is too much")
    if found[3] and not 1 <= port <= 65535:
        raise ValueError(f"{expected}; got {text!r}, whose port is not in 1..65535")
    return f"{scheme}://{host}" if port in (0, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def checked_host(text: str) -> str:
    """The name of a host in small letters, as browsers write it; ValueError if it is anything else."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"must be the name of a host alone, as in rnn.example.org; got {text!r}")
    return text.lower()


def embedding() -> tuple[str, ...]:
    """The origins that may show a view in a frame, from the environment; ValueError if one of them is no origin."""
    return _listed(EMBED_VARIABLE, checked)


def hosts() -> tuple[str, ...]:
    """The names by which visitors may open this server: its own, and those that the environment adds.

    Raises:
        ValueError: If the environment adds what is no name of a host.
    """
    name = socket.gethostname().lower()  # asks nobody
    short = name.partition(".")[0]
    own = ("localhost", *((name, short, f"{short}.local") if short else ()))
    return tuple(dict.fromkeys((*own, *_listed(HOST_VARIABLE, checked_host))))


def is_public(url: str) -> bool:
    """Whether an address can be opened from everywhere, as far as its host tells.

    >>> is_public("https://rnn.example.org/Gates"), is_public("http://127.0.0.1:8501"), is_public("http://192.168.1.7")
    (True, False, False)
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _PRIVATE


def _listed(variable: str, check: Callable[[str], str]) -> tuple[str, ...]:
    """What a variable of the environment lists, each checked, none twice."""
    try:
        return tuple(dict.fromkeys(map(check, os.environ.get(variable, "").split())))
    except ValueError as error:
        raise ValueError(f"{variable}: each {error}") from None
