"""Runs that train a network on a text; a finished one is the network, and with what its training can go on."""

import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.checkpoints.storing import content_of, unpacked
from rnnviz.progress import CharacterProgress, character_progress_from_json
from rnnviz.runs.kind import Begun, Kind, Made, Telling, Work, check_alone, check_names, identity
from rnnviz.spec import CharacterSpec, from_json, text_key

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel

NETWORK: Final = "characters.safetensors"
_BEGUN: Final = re.compile(r"begun-([0-9a-f]{16})-([0-9]{1,6})\.safetensors")
_LARGEST: Final = 3 * 2**20
_LARGEST_BEGUN: Final = 16 * 2**20
_SAMPLE_LIMIT: Final = 400
_BYTES: Final = 8 * 2**20


def begun_file(specs: Sequence[CharacterSpec], updates: int) -> str:
    """What the file is called with which a training goes on: alike but for the updates, where the settings are."""
    return f"begun-{_stem(specs[0])}-{updates}.safetensors"


def begun(folder: Path, specs: Sequence[CharacterSpec]) -> Begun | None:
    """The run that is furthest on the way to what is asked for, with at most as many updates; None if there is none."""
    return max(_all_begun(folder, specs[0]), default=None)


def _fill(place: Path, name: str, packed: Mapping[str, bytes]) -> list[str]:
    spec = _checked(_card(packed[NETWORK]), name)
    going = begun_file([spec], spec.updates)
    check_names(packed, {NETWORK, going})
    if len(packed[going]) > _LARGEST_BEGUN:
        raise ValueError(f"what a training goes on with must have at most {_LARGEST_BEGUN:,} bytes")
    for file, content in packed.items():
        (place / file).write_bytes(content)
    _load(place, name)
    return []


def _specs_of(place: Path, name: str) -> tuple[CharacterSpec]:
    return (_checked(_card(_content(place)), name),)


def _load(place: Path, name: str) -> "CharacterModel":
    from rnnviz.characters.network import unpack

    model = unpack(_content(place))
    spec = _checked(model.card, name)
    if (model.spec.cell, model.spec.hidden_size, model.spec.num_layers) != (spec.cell, spec.hidden_size, 1):
        raise ValueError(f"the network of the run {name} must have the sizes of its settings")
    return model


def _perform(work: Work[CharacterSpec]) -> Made:
    """Train a network on a text; what it has learned is kept where it is stopped, too."""
    from rnnviz.characters.in_app import train_on_text
    from rnnviz.characters.network import pack

    (spec,) = work.specs
    if text_key(work.text) != spec.text:
        raise ValueError("the text must be that of the settings; this is another one")
    telling = Telling(work.tell, spec.updates)

    def on_event(event: CharacterProgress) -> bool:
        return telling.add(event, stopped=work.is_stopped())

    model, going = train_on_text(spec, work.text, on_event, work.begun, work.keep)
    made = from_json(CharacterSpec, model.card["spec"])
    return Made(identity([made]), {NETWORK: pack(model), begun_file([made], made.updates): going})


def _stem(spec: CharacterSpec) -> str:
    return identity([replace(spec, updates=1)])


def _all_begun(folder: Path, spec: CharacterSpec) -> Iterator[Begun]:
    stem = _stem(spec)
    for path in folder.glob(f"jobs/*/begun-{stem}-*.safetensors"):
        found = _BEGUN.fullmatch(path.name)
        if found and int(found[2]) <= spec.updates:
            yield int(found[2]), path


def _content(place: Path) -> bytes:
    path = place / NETWORK
    try:
        return content_of(path, _LARGEST)
    except FileNotFoundError:
        if not place.is_dir():
            raise  # removed by another process in the meantime
        raise ValueError(f"a run on a text must have {NETWORK}; it is missing") from None


def _card(content: bytes) -> Any:
    return unpacked(content, "characters")[1].get("card")


def _checked(card: Any, name: str) -> CharacterSpec:
    """All that a page reads of a card must be there, and be of its kind."""
    match card:
        case {
            "spec": dict(plain), "losses": list(losses), "looks": list(looks), "samples": list(samples),
            "characters": {"train": int(), "validation": int()}, "parameters": int(), "seconds": float(),
            "validation": float(), "ngrams": {"order": int(), "bits": float()},
        } if losses and all(type(bits) is float for bits in losses) and _are_told(looks, samples):  # fmt: skip
            spec = from_json(CharacterSpec, plain)
            if identity([spec]) != name:
                raise ValueError(f"expected the run {name}; got {identity([spec])}")
            return spec
    raise ValueError(f"a card must say how its network was trained; got {reprlib.repr(card)}")


def _are_told(looks: list[object], samples: list[object]) -> bool:
    return all(map(_is_look, looks)) and all(map(_is_sample, samples))


def _is_look(pair: object) -> bool:
    match pair:
        case [int(), float()]:
            return True
    return False


def _is_sample(pair: object) -> bool:
    match pair:
        case [int(), str(sample)]:
            return len(sample) <= _SAMPLE_LIMIT
    return False


KIND: Final = Kind(
    CharacterSpec,
    mark="text",
    check=check_alone,
    size=lambda _: _BYTES,
    event=lambda data, _: character_progress_from_json(data),
    perform=_perform,
    owns=lambda names: NETWORK in names,
    fill=_fill,
    specs_of=_specs_of,
    load=_load,
    begun=begun,
    begun_file=begun_file,
    text=lambda spec: spec.text,
)
