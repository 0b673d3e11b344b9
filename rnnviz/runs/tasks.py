"""Runs that train networks on tasks; a finished one is its histories, and its networks as checkpoints."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.checkpoints import Checkpoint
from rnnviz.checkpoints.files import as_bytes, file_name
from rnnviz.history import CURVES, LARGEST, MEASURES, History
from rnnviz.parameters import parameter_table
from rnnviz.progress import ANSWERS_LIMIT, Measures, Progress, Thinning, progress_from_json
from rnnviz.runs.kind import (
    ARMS_LIMIT,
    NETWORK_FILE,
    Kind,
    Made,
    Telling,
    Work,
    begun,
    begun_file,
    identity,
    network_name,
)
from rnnviz.spec import KEPT_LIMIT, WORK_LIMIT, TrainSpec
from rnnviz.tasks import task

if TYPE_CHECKING:
    from rnnviz.train import Event, Measured

BYTES_LIMIT: Final = LARGEST * 3 // 4
"""About the most bytes of all histories of a run."""

_EXAMPLES: Final = 8  # whose answers a history has


def pack(histories: Sequence[History], networks: Iterable[Checkpoint]) -> dict[str, bytes]:
    """A finished run as files, their contents by their names; one history an arm.

    ``networks`` are those that its seeds have left, called as ``network_name`` says.
    """
    packed = {_history_file(k): history.content() for k, history in enumerate(histories)}
    return packed | {file_name(network): as_bytes(network) for network in networks}


def _check(specs: Sequence[TrainSpec]) -> None:
    for name, limit in (("kept", KEPT_LIMIT), ("work", WORK_LIMIT)):
        got = sum(getattr(spec, name) for spec in specs)
        if got > limit:
            steps = "steps x " * (name == "work")
            raise ValueError(
                f"{steps}seeds x batch_size x length x gates of all units and layers must be at most {limit:,} "
                f"in all arms together; got {got:,}"
            )
    got = sum(map(_bytes, specs))
    if got > BYTES_LIMIT:
        raise ValueError(f"the weights and curves of all seeds must have at most {BYTES_LIMIT:,} bytes; got {got:,}")


def _bytes(spec: TrainSpec) -> int:
    """About how large the file of a history is."""
    known = task(spec.task)
    weights = sum(math.prod(row.shape) for row in parameter_table(spec.model))
    weights += len(known.vocabulary) * spec.model.input_size
    measurement = len(MEASURES) + _EXAMPLES * known.outputs
    return 4 * len(spec.seeds) * (weights + len(CURVES) * spec.steps + measurement * (2 + spec.steps // spec.every))


def _perform(work: Work[TrainSpec]) -> Made | None:
    """Train all arms in one pass."""
    from rnnviz.train import checkpoint_of, train_together

    steps = work.specs[0].steps
    thinning = Thinning(steps, sum(len(spec.seeds) for spec in work.specs))
    telling = Telling(work.tell, steps)
    stopped = False

    def on_step(event: "Event[Measured | None]") -> bool:
        nonlocal stopped
        stopped = work.is_stopped()
        return telling.add(*thinning.add(_progress(event)), step=event.step, stopped=stopped)

    histories = train_together(work.specs, on_step, work.begun, lambda content: work.keep(telling.step, content))
    telling.flush(thinning.rest())
    if stopped:
        return None
    networks = (
        checkpoint_of(history, network_name(history.spec, run), run)
        for history in histories
        for run in range(len(history.spec.seeds))
    )
    return Made(identity(work.specs), pack(histories, networks))


def _progress(event: "Event[Measured | None]") -> Progress:
    measured = None if event.measured is None else _measures(event.measured)
    return Progress(event.step, event.loss, event.grad_norm, event.update_norm, measured)


def _measures(measured: "Measured") -> Measures:
    def numbers(array: Any) -> tuple[float, ...]:
        return tuple(array.tolist())

    answers = measured.answers if measured.answers.size <= ANSWERS_LIMIT else measured.answers[:0]
    return Measures(
        numbers(measured.score),
        numbers(measured.singular_value),
        numbers(measured.dead),
        numbers(measured.saturated),
        tuple(tuple(tuple(row) for row in of_run) for of_run in answers.tolist()),
    )


def _fill(place: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    """Write the files of a run into a folder and check them; return the files of its networks, which go elsewhere."""
    networks = sorted(file for file in packed if NETWORK_FILE.fullmatch(file))
    for k in range(len(packed) - len(networks)):
        if _history_file(k) not in packed:
            raise ValueError(f"packed must have {_history_file(k)}; got {', '.join(packed)}"[:500])
        (place / _history_file(k)).write_bytes(packed[_history_file(k)])
    wanted = _networks_of(_load(place, name))
    if networks != wanted:
        raise ValueError(f"the networks must be {', '.join(wanted)}; got {', '.join(networks)}"[:500])
    return networks


def _specs_of(place: Path, name: str) -> tuple[TrainSpec, ...]:
    return tuple(history.spec for history in _load(place, name))


def _load(place: Path, name: str) -> list[History]:
    count = sum(path.suffix == ".safetensors" for path in place.iterdir())
    if not 1 <= count <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} histories; got {count}")
    try:
        histories = [History.load(place / _history_file(k)) for k in range(count)]
    except FileNotFoundError as error:
        if not place.is_dir():
            raise  # removed by another process in the meantime
        raise ValueError(
            f"a run must have its histories numbered from 0; {Path(error.filename).name} is missing"
        ) from None
    found = identity([history.spec for history in histories])
    if found != name:
        raise ValueError(f"expected the histories of the run {name}; got those of {found}")
    return histories


def _history_file(arm: int) -> str:
    return f"{arm}.safetensors"


def _networks_of(histories: Sequence[History]) -> list[str]:
    """The names of the files of all networks."""
    return sorted(
        f"{network_name(history.spec, run)}-{history.spec.model.cell}.safetensors"
        for history in histories
        for run in range(len(history.spec.seeds))
    )


KIND: Final = Kind(
    TrainSpec,
    mark="task",
    check=_check,
    size=lambda specs: sum(2 * _bytes(spec) for spec in specs),
    event=lambda data, specs: progress_from_json(data, sum(len(spec.seeds) for spec in specs)),
    perform=_perform,
    owns=lambda names: _history_file(0) in names,
    fill=_fill,
    specs_of=_specs_of,
    load=_load,
    begun=begun,
    begun_file=begun_file,
)
