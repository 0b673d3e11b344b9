"""Identifies visitors, as far as turns depend on them."""

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final

import streamlit as st

PROXY_HEADER_VARIABLE: Final = "RNNVIZ_PROXY_HEADER"
"""The environment variable that names the header in which the proxy before this server gives a visitor's address."""

_KEY: Final = "rnnviz.visitor"


def visitor() -> str:
    """A name for a visitor, the same for a whole visit: address and session."""
    if _KEY not in st.session_state:
        here = address(st.context.headers, st.context.ip_address)
        st.session_state[_KEY] = f"{here}/{uuid.uuid4().hex}"
    name: str = st.session_state[_KEY]
    return name


def address(headers: Mapping[str, str], connection: str | None) -> str:
    """A visitor's address, by which visitors take turns: of IPv6, the network of 64 bits, which one visitor has.

    Args:
        headers: Those of the request. Only the one that ``RNNVIZ_PROXY_HEADER`` names counts, and by default none, as
            visitors may write what they like into headers that no proxy sets.
        connection: The address of the other end.

    Returns:
        Empty if it is not known, as on this very machine.
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
