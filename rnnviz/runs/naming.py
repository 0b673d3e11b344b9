"""What runs, their networks and their files are called."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeGuard

from rnnviz.names import CELLS
from rnnviz.spec import CharacterSpec, ReviewSpec, TrainSpec, to_json

ARMS_LIMIT: Final = 32
"""The most arms of one run."""

_FORMAT: Final = 1
_IDENTITY: Final = re.compile(r"[0-9a-f]{16}")

_BEGUN: Final = "begun.safetensors"

PARTIAL: Final = re.compile(rf"partial-{_IDENTITY.pattern}")
"""What the folder of a training that goes on is called."""

NETWORK: Final = re.compile(rf"run-{_IDENTITY.pattern}-[0-9]")
"""What ``network_name`` gives."""

NETWORK_FILE: Final = re.compile(rf"{NETWORK.pattern}-({'|'.join(CELLS)})\.safetensors")
"""The file of such a network."""


def identity(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> str:
    """The name of a run: equal settings have the same, in every process and after every restart.

    Returns:
        16 hexadecimal digits.
    """
    return _identity(tuple(specs))


@lru_cache(1_000)
def _identity(specs: tuple[TrainSpec | ReviewSpec | CharacterSpec, ...]) -> str:
    canonical = json.dumps([_FORMAT, *(_canonical(to_json(spec)) for spec in specs)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def is_identity(text: object) -> TypeGuard[str]:
    """Whether a run may have that name."""
    return isinstance(text, str) and _IDENTITY.fullmatch(text) is not None


def network_name(spec: TrainSpec, run: int) -> str:
    """The family ``run-<identity of the arm>-<run>`` of the network that a seed of a finished run left.

    ``ModelSpec.trained`` calls for it.
    """
    if not 0 <= run < len(spec.seeds):
        raise ValueError(f"run must be in 0..{len(spec.seeds) - 1}; got {run}")
    return f"run-{identity([spec])}-{run}"


def _canonical(value: Any) -> Any:
    """The same for values that are equal: 1 and 1.0, 0.0 and -0.0."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    return value if value is None or isinstance(value, str | bool) else float(value) + 0.0


def begun_file(specs: Sequence[object], updates: int) -> str:  # noqa: ARG001 - as of any kind of run
    """What the file is called with which a run goes on, whatever its updates."""
    return _BEGUN


def begun(folder: Path, specs: Sequence[TrainSpec] | Sequence[ReviewSpec]) -> Path:
    """Where that is kept of a run that has its settings to itself."""
    return partial_place(folder, specs) / _BEGUN


def partial_place(folder: Path, specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> Path:
    """The folder, in that of all runs, for what is kept of one that goes on."""
    return folder / "jobs" / f"partial-{identity(specs)}"


def check_names(packed: Mapping[str, object], wanted: AbstractSet[str]) -> None:
    """Refuse files that are not just those of a run."""
    if set(packed) != wanted:
        raise ValueError(f"the files must be {', '.join(sorted(wanted))}; got {', '.join(sorted(packed))}"[:500])
