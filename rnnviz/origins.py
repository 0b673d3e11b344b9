"""Origins: what an address begins with, checked, and which of them may show a view inside a page of theirs."""

import os
import re
from typing import Final

EMBED_VARIABLE: Final = "RNNVIZ_EMBED_FROM"
"""In the environment: the origins that may show a view in a frame, with spaces between them."""

_ORIGIN: Final = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?(.*)", re.IGNORECASE | re.DOTALL
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def checked(text: str) -> str:
    """An origin as browsers write it: in small letters, without the port that goes without saying.

    Parameters
    ----------
    text : str
        From whoever starts the server.

    Raises
    ------
    ValueError
        If it is anything else than a scheme, a host and perhaps a port. A content policy can name no IPv6 address.

    Examples
    --------
    >>> checked("https://Moodle.example.org:443")
    'https://moodle.example.org'
    """
    found = _ORIGIN.fullmatch(text)
    expected = "must be an origin: http:// or https://, a host, and a port if need be, as in https://moodle.example.org"
    if found is None:
        raise ValueError(f"{expected}; got {text!r}")
    scheme, host, port, rest = found[1].lower(), found[2].lower(), int(found[3] or 0), found[4]
    if rest:
        raise ValueError(f"{expected}; got {text!r}, where {rest!r} is too much")
    if found[3] and not 1 <= port <= 65535:
        raise ValueError(f"{expected}; got {text!r}, whose port is not in 1..65535")
    return f"{scheme}://{host}" if port in (0, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def embedding() -> tuple[str, ...]:
    """The origins that may show a view in a frame, as the environment names them.

    Raises
    ------
    ValueError
        If one of them is no origin.
    """
    try:
        return tuple(dict.fromkeys(map(checked, os.environ.get(EMBED_VARIABLE, "").split())))
    except ValueError as error:
        raise ValueError(f"{EMBED_VARIABLE}: each {error}") from None
