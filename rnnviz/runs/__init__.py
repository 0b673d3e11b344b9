"""Runs: the kinds there are, what they are called, and the folder that keeps what is finished."""

from rnnviz.runs.kind import ARMS_LIMIT, NETWORK, Event, Made, Spec, Work, identity, is_identity, network_name
from rnnviz.runs.kinds import begun, check, checked_text, events_from_json, perform, size, specs_from_json, text_of
from rnnviz.runs.stored import (
    SIZE_LIMIT,
    forget_begun,
    has,
    keep,
    keep_begun,
    load,
    read_begun,
    read_packed,
    specs_of,
    trim,
    why,
    why_unwritable,
)
from rnnviz.runs.tasks import pack

__all__ = [
    "ARMS_LIMIT",
    "NETWORK",
    "SIZE_LIMIT",
    "Event",
    "Made",
    "Spec",
    "Work",
    "begun",
    "check",
    "checked_text",
    "events_from_json",
    "forget_begun",
    "has",
    "identity",
    "is_identity",
    "keep",
    "keep_begun",
    "load",
    "network_name",
    "pack",
    "perform",
    "read_begun",
    "read_packed",
    "size",
    "specs_from_json",
    "specs_of",
    "text_of",
    "trim",
    "why",
    "why_unwritable",
]
