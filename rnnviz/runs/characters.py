"""A finished run that has trained a network on a text: the network, and with what its training can go on."""

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.checkpoints.storing import content_of, unpacked
from rnnviz.runs.naming import identity
from rnnviz.spec import CharacterSpec, from_json

if TYPE_CHECKING:
    from rnnviz.characters import CharacterModel

NETWORK: Final = "characters.safetensors"
_BEGUN: Final = re.compile(r"begun-([0-9a-f]{16})-([0-9]{1,6})\.safetensors")
_LARGEST: Final = 3 * 2**20
_LARGEST_BEGUN: Final = 16 * 2**20
_SAMPLE_LIMIT: Final = 400


def pack_characters(model: "CharacterModel", begun: bytes) -> dict[str, bytes]:
    """A finished run as files.

    Parameters
    ----------
    model : CharacterModel
        With a card as ``rnnviz.characters.here`` makes it.
    begun : bytes
        With what its training can go on.

    Returns
    -------
    dict of str to bytes
        Their contents by their names.
    """
    from rnnviz.characters.files import pack

    return {NETWORK: pack(model), begun_file(_spec_of(model.card)): begun}


def begun_file(spec: CharacterSpec) -> str:
    """What the file is called with which a training goes on: alike but for the updates, where the settings are.

    Parameters
    ----------
    spec : CharacterSpec

    Returns
    -------
    str
    """
    return f"begun-{_stem(spec)}-{spec.updates}.safetensors"


def is_characters(names: Iterable[str]) -> bool:
    """Whether files are of such a run, by their names."""
    return NETWORK in names


def begun(folder: Path, spec: CharacterSpec) -> tuple[int, Path] | None:
    """The run that is furthest on the way to what is asked for.

    Parameters
    ----------
    folder : Path
        Where finished runs are kept.
    spec : CharacterSpec

    Returns
    -------
    tuple of (int, Path) or None
        Its updates, which are at most those of the settings, and the file with which it goes on.
    """
    return max(_all_begun(folder, spec), default=None)


def check_files(packed: Mapping[str, bytes], name: str) -> None:
    """Refuse what are not the files of the run.

    Parameters
    ----------
    packed : mapping of str to bytes
    name : str
        The identity of its settings.

    Raises
    ------
    ValueError
    """
    spec = _checked(_card(packed[NETWORK]), name)
    wanted = {NETWORK, begun_file(spec)}
    if set(packed) != wanted:
        raise ValueError(f"the files must be {', '.join(sorted(wanted))}; got {', '.join(sorted(packed))}"[:500])
    if len(packed[begun_file(spec)]) > _LARGEST_BEGUN:
        raise ValueError(f"what a training goes on with must have at most {_LARGEST_BEGUN:,} bytes")


def character_spec(place: Path, name: str) -> CharacterSpec:
    """What a run in a folder was asked for with.

    Raises
    ------
    ValueError
        If it is no such run, or another one.
    """
    return _checked(_card(_content(place)), name)


def character_model(place: Path, name: str) -> "CharacterModel":
    """The network of a run in a folder, with its card.

    Raises
    ------
    ValueError
        If it is no such run, another one, or damaged.
    """
    from rnnviz.characters.files import unpack

    model = unpack(_content(place))
    spec = _checked(model.card, name)
    if (model.spec.cell, model.spec.hidden_size, model.spec.num_layers) != (spec.cell, spec.hidden_size, 1):
        raise ValueError(f"the network of the run {name} must have the sizes of its settings")
    return model


def _stem(spec: CharacterSpec) -> str:
    return identity([replace(spec, updates=1)])


def _all_begun(folder: Path, spec: CharacterSpec) -> Iterator[tuple[int, Path]]:
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


def _spec_of(card: Mapping[str, Any]) -> CharacterSpec:
    return from_json(CharacterSpec, card["spec"])


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
