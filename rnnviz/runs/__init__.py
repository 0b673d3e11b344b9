"""Finished runs: what they are called, and the folder that keeps them."""

from rnnviz.runs.kept import SIZE_LIMIT, has, keep, load, load_review, pack, specs_of, trim
from rnnviz.runs.naming import ARMS_LIMIT, NETWORK, check, identity, is_identity, network_name
from rnnviz.runs.reviews import pack_review

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
    "load_review",
    "network_name",
    "pack",
    "pack_review",
    "specs_of",
    "trim",
]
