"""Finished runs: what they are called, and the folder that keeps them."""

from rnnviz.runs.kept import SIZE_LIMIT, has, keep, load, pack, trim
from rnnviz.runs.naming import ARMS_LIMIT, NETWORK, check, identity, is_identity, network_name

__all__ = [
    "ARMS_LIMIT",
    "NETWORK",
    "SIZE_LIMIT",
    "check",
    "has",
    "identity",
    "is_identity",
    "keep",
    "load",
    "network_name",
    "pack",
    "trim",
]
