"""Trained networks as files: what ships in assets/models/, and the finished runs of this machine."""

from rnnviz.checkpoints.checkpoint import EMBEDDING, EXACT, PIECES, SPLITS, UNKNOWN, Checkpoint, Splits
from rnnviz.checkpoints.files import (
    AUTOMATA,
    DYNAMICS,
    LARGEST,
    MEMORY,
    MOMENTS,
    SEQUENCES,
    SHIPPED,
    kept_names,
    load,
    names,
    offered_folder,
    offered_names,
    runs_folder,
    save,
)
from rnnviz.checkpoints.storing import RefusedError

__all__ = [
    "AUTOMATA",
    "DYNAMICS",
    "EMBEDDING",
    "EXACT",
    "LARGEST",
    "MEMORY",
    "MOMENTS",
    "PIECES",
    "SEQUENCES",
    "SHIPPED",
    "SPLITS",
    "UNKNOWN",
    "Checkpoint",
    "RefusedError",
    "Splits",
    "kept_names",
    "load",
    "names",
    "offered_folder",
    "offered_names",
    "runs_folder",
    "save",
]
