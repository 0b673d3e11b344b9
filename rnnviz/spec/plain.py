"""Settings as plain data, and back from data that anybody may have sent."""

from dataclasses import asdict, fields
from typing import Any, Final, TypeVar

from rnnviz.spec.checks import quoted, within
from rnnviz.spec.networks import FILE_LIMITS, ModelSpec
from rnnviz.spec.training import CharacterSpec, ReviewSpec, TaskSpec, TrainSpec

Spec = TypeVar("Spec", ModelSpec, TaskSpec, TrainSpec, ReviewSpec, CharacterSpec)

_LATER: Final = {"reset": "after"}
"""The defaults of fields of a network that came later than files and names made of its settings."""


def to_json(spec: ModelSpec | TaskSpec | TrainSpec | ReviewSpec | CharacterSpec) -> dict[str, Any]:
    """Settings as plain data for ``json.dumps``: every field by its name, in their order.

    A field that older versions did not have is left out at its default, so that they read what does not use it, and
    names that are made of settings stay.

    >>> from rnnviz.spec import TaskSpec, to_json
    >>> to_json(TaskSpec("order", 12))
    {'name': 'order', 'length': 12}
    """
    return _without_later({name: _plain(value) for name, value in asdict(spec).items()})


def _plain(value: Any) -> Any:
    """A value of a field as ``json.dumps`` takes it."""
    if isinstance(value, dict):
        return _without_later(value)
    return list(value) if isinstance(value, tuple) else value


def _without_later(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in _LATER or value != _LATER[name]}


def from_json(kind: type[Spec], data: object) -> Spec:
    """Settings of a kind from what ``json.loads`` gave; what the data leaves out stays at its default.

    Anybody may have sent the data: it is checked as any settings are, and nothing about it is trusted.

    Raises:
        ValueError: If it is no such settings.

    >>> from rnnviz.spec import TaskSpec, from_json
    >>> from_json(TaskSpec, {"name": "order", "length": 12})
    TaskSpec(name='order', length=12)
    """
    if type(data) is not dict:
        raise ValueError(f"a {kind.__name__} must be a JSON object; got {quoted(data)}")
    known = [field.name for field in fields(kind)]
    for name in data:
        if name not in known:
            raise ValueError(f"a {kind.__name__} may only have {', '.join(known)}; got {quoted(name)}")
    values: dict[str, Any] = dict(data)
    if kind is ModelSpec:
        for name in FILE_LIMITS.keys() & values.keys():
            within(name, values[name], FILE_LIMITS, " in a file")
    if "model" in values:
        values["model"] = from_json(ModelSpec, values["model"])
    if "task" in values:
        values["task"] = from_json(TaskSpec, values["task"])
    if isinstance(values.get("seeds"), list):
        values["seeds"] = tuple(values["seeds"])
    return kind(**values)
