"""Who looks at a page, as far as turns are made of it."""

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final

import streamlit as st

PROXY_HEADER_VARIABLE: Final = "RNNVIZ_PROXY_HEADER"
"""Of the environment: the header in which the proxy before this server says where a visitor comes from."""

_KEY: Final = "rnnviz.visitor"


def visitor() -> str:
    """A name for whoever looks at the page, the same as long as they do: where they come from, and their session."""
    if _KEY not in st.session_state:
        here = address(st.context.headers, st.context.ip_address)
        st.session_state[_KEY] = f"{here}/{uuid.uuid4().hex}"
    name: str = st.session_state[_KEY]
    return name


def address(headers: Mapping[str, str], connection: str | None) -> str:
    """Where a visitor comes from, of which turns are made.

    Args:
        headers: Of the request. What a proxy says in the one that the environment names in ``RNNVIZ_PROXY_HEADER``
            counts; by default none does, as visitors may write what they like into headers that no proxy sets.
        connection: The address of the other end.

    Returns:
        An address; of IPv6 the network of 64 bits, all of which one visitor has. Empty if it is not known, as it is on
        this very machine.
    """
    named = os.environ.get(PROXY_HEADER_VARIABLE)
    said = (headers.get(named) or "").rpartition(",")[2].strip() if named else ""  # the last proxy writes behind others
    for one in (said, connection):
        with suppress(ValueError):
            found = ip_address(str(one))
            if isinstance(found, IPv6Address):
                found = found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64)
            return str(found)
    return ""
