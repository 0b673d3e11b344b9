"""Finished runs: what they are called, and the folder that keeps them."""

from rnnviz.runs.characters import begun, pack_characters, read_begun
from rnnviz.runs.kept import SIZE_LIMIT, has, keep, load, load_characters, load_review, pack, specs_of, trim
from rnnviz.runs.naming import ARMS_LIMIT, NETWORK, check, identity, is_identity, network_name
from rnnviz.runs.reviews import pack_review

__all__ = [
    "ARMS_LIMIT",
    "NETWORK",
    "SIZE_LIMIT",
    "begun",
    "check",
    "has",
    "identity",
    "is_identity",
    "keep",
    "load",
    "load_characters",
    "load_review",
    "network_name",
    "pack",
    "pack_characters",
    "pack_review",
    "read_begun",
    "specs_of",
    "trim",
]
