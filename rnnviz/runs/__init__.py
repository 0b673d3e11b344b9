"""Finished runs: what they are called, and the folder that keeps them."""

from rnnviz.runs.begun import forget_begun, keep_begun, read_begun
from rnnviz.runs.characters import begun, pack_characters
from rnnviz.runs.kept import SIZE_LIMIT, has, keep, load, load_characters, load_review, pack, specs_of, trim
from rnnviz.runs.naming import ARMS_LIMIT, NETWORK, check, identity, is_identity, network_name, size
from rnnviz.runs.reviews import pack_review
from rnnviz.runs.unwritten import read_packed, why, why_unwritable

__all__ = [
    "ARMS_LIMIT",
    "NETWORK",
    "SIZE_LIMIT",
    "begun",
    "check",
    "forget_begun",
    "has",
    "identity",
    "is_identity",
    "keep",
    "keep_begun",
    "load",
    "load_characters",
    "load_review",
    "network_name",
    "pack",
    "pack_characters",
    "pack_review",
    "read_begun",
    "read_packed",
    "size",
    "specs_of",
    "trim",
    "why",
    "why_unwritable",
]
