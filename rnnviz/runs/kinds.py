"""The registry of kinds of run."""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from rnnviz.checkpoints.storing import RefusedError
from rnnviz.runs import reviews, tasks, texts
from rnnviz.runs.kind import ARMS_LIMIT, Begun, Event, Kind, Made, Spec, Work
from rnnviz.spec import from_json, text_key

KINDS: Final[tuple[Kind[Any], ...]] = (reviews.KIND, texts.KIND, tasks.KIND)
"""The last is that of settings and files that belong to no other."""


def kind_of(specs: Sequence[Spec]) -> Kind[Any]:
    """Of settings that were checked."""
    return next(kind for kind in KINDS if isinstance(specs[0], kind.spec))


def kind_of_files(names: Collection[str]) -> Kind[Any]:
    """Of a finished run, by the names of its files."""
    return next((kind for kind in KINDS if kind.owns(names)), KINDS[-1])


def check(specs: Sequence[Spec]) -> None:
    """Refuse arms that are too much for one run.

    Raises:
        ValueError: With the limit and what was asked for.
    """
    if not 1 <= len(specs) <= ARMS_LIMIT:
        raise ValueError(f"a run must have 1 to {ARMS_LIMIT} arms; got {len(specs)}")
    if len(set(specs)) < len(specs):
        raise ValueError("arms must be different from each other; got one twice")
    for kind in KINDS:  # of arms of several kinds, the first has none beside it
        if any(isinstance(spec, kind.spec) for spec in specs):
            kind.check(specs)
            return


def size(specs: Sequence[Spec]) -> int:
    """About the most bytes that a finished run has on disk, its networks included."""
    return kind_of(specs).size(specs)


def specs_from_json(plain: Sequence[object]) -> tuple[Any, ...]:
    """The arms of a run from plain data, checked alone and together.

    Raises:
        ValueError: If they are none, or too much for one run.
    """
    some = plain[: ARMS_LIMIT + 1]
    fields = {name for data in some if type(data) is dict for name in data}
    kind = next((kind for kind in KINDS if kind.mark in fields), KINDS[-1])
    specs = tuple(from_json(kind.spec, data) for data in some)
    check(specs)
    return specs


def events_from_json(specs: Sequence[Spec], plain: Sequence[object]) -> list[Event]:
    """What a worker tells of a run, none of which is trusted; ValueError if they are no events of such a run."""
    kind = kind_of(specs)
    return [kind.event(data, specs) for data in plain]


def text_of(specs: Sequence[Spec]) -> str:
    """The key of the text that a training is for, from ``spec.text_key``; empty for none."""
    return kind_of(specs).text(specs[0])


def checked_text(specs: Sequence[Spec], text: object) -> str:
    """The text of a training on one; of others none.

    Raises:
        ValueError: If it is not what the specs are for.
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be one; got {text!r:.80}")  # noqa: TRY004 - it is data from outside
    wanted = text_of(specs)
    if wanted and text_key(text) != wanted:
        raise ValueError("the text must be that of the settings; got another one")
    if text and not wanted:
        raise ValueError(f"these settings must come without a text; got one of {len(text):,} characters")
    return text


def begun(folder: Path, specs: Sequence[Spec]) -> Begun | None:
    """How many updates of a run are kept in the folder of runs, and the file with which it goes on; None if none are.

    Of a training on a text that may also be what a finished run of fewer updates has left.
    """
    return kind_of(specs).begun(folder, specs)


def perform(work: Work[Any]) -> Made | None:
    """Do the work of a run of any kind; what cannot be gone on with is begun anew, which is printed."""
    kind = kind_of(work.specs)
    try:
        return kind.perform(work)
    except RefusedError as error:
        if not work.begun:
            raise
        print(f"rnnviz: a training begins anew: {error}", file=sys.stderr)
        return kind.perform(Work(work.specs, work.tell, work.is_stopped, work.text, keep=work.keep))


def specs_of(place: Path, name: str) -> tuple[Any, ...]:
    """What the finished run in a folder was asked for with."""
    return _in(place).specs_of(place, name)


def load(place: Path, name: str) -> Any:
    """The result of the finished run in a folder."""
    return _in(place).load(place, name)


def _in(place: Path) -> Kind[Any]:
    return kind_of_files([path.name for path in place.iterdir()])
