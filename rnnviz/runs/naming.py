"""What a run is called, and how large it may be."""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final, TypeGuard

from rnnviz.history import CURVES, LARGEST, MEASURES
from rnnviz.parameters import parameter_table
from rnnviz.spec import KEPT_LIMIT, WORK_LIMIT, CharacterSpec, ReviewSpec, TrainSpec, to_json
from rnnviz.tasks import task

ARMS_LIMIT: Final = 32
"""The most arms of one run."""

BYTES_LIMIT: Final = LARGEST * 3 // 4
"""About the most bytes of all its histories."""

_TEXT_BYTES: Final = 8 * 2**20  # of a network that reads texts, and of what its training goes on with
_EXAMPLES: Final = 8  # whose answers a history has
_FORMAT: Final = 1
_IDENTITY: Final = re.compile(r"[0-9a-f]{16}")

NETWORK: Final = re.compile(rf"run-{_IDENTITY.pattern}-[0-9]")
"""What ``network_name`` gives."""


def identity(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> str:
    """The name of a run: equal settings have the same, in every process and after every restart.

    Parameters
    ----------
    specs : sequence of TrainSpec, ReviewSpec or CharacterSpec

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    canonical = json.dumps([_FORMAT, *(_canonical(to_json(spec)) for spec in specs)], sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def check(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> None:
    """Refuse what is too much for one run.

    Parameters
    ----------
    specs : sequence of TrainSpec, or one ReviewSpec or CharacterSpec
        Its arms.

    Raises
    ------
    ValueError
        With the limit and what was asked for.
    """
    if not 1 <= len(specs) <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} arms; got {len(specs)}")
    if len(set(specs)) < len(specs):
        raise ValueError("arms must be different from each other; got one twice")
    arms = [spec for spec in specs if isinstance(spec, TrainSpec)]
    if not arms and len(specs) == 1:
        return  # the settings of one network are bounded by themselves
    if len(arms) < len(specs):
        raise ValueError(f"a network that reads texts must be trained by itself; got {len(specs)} arms")
    for name, limit in (("kept", KEPT_LIMIT), ("work", WORK_LIMIT)):
        got = sum(getattr(spec, name) for spec in arms)
        if got > limit:
            steps = "steps x " * (name == "work")
            raise ValueError(
                f"{steps}seeds x batch_size x length x gates of all units and layers must be at most {limit:,} "
                f"in all arms together; got {got:,}"
            )
    got = sum(map(_bytes, arms))
    if got > BYTES_LIMIT:
        raise ValueError(f"the weights and curves of all seeds must have at most {BYTES_LIMIT:,} bytes; got {got:,}")


def size(specs: Sequence[TrainSpec | ReviewSpec | CharacterSpec]) -> int:
    """About the most bytes that a finished run has on disk, its networks included."""
    return sum(2 * _bytes(spec) if isinstance(spec, TrainSpec) else _TEXT_BYTES for spec in specs)


def is_identity(text: object) -> TypeGuard[str]:
    """Whether a run may have that name."""
    return isinstance(text, str) and _IDENTITY.fullmatch(text) is not None


def network_name(spec: TrainSpec, run: int) -> str:
    """The family of the network that a finished run left: ``ModelSpec.trained`` calls for it.

    Parameters
    ----------
    spec : TrainSpec
        One arm.
    run : int
        Which of its seeds.

    Returns
    -------
    str
        ``run-<identity of the arm>-<run>``.
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


def _bytes(spec: TrainSpec) -> int:
    """About how large the file of a history is."""
    known = task(spec.task)
    weights = sum(math.prod(row.shape) for row in parameter_table(spec.model))
    weights += len(known.vocabulary) * spec.model.input_size
    measurement = len(MEASURES) + _EXAMPLES * known.outputs
    return 4 * len(spec.seeds) * (weights + len(CURVES) * spec.steps + measurement * (2 + spec.steps // spec.every))
