"""A finished run that has trained a network to judge reviews, as the two files of such a network."""

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnviz.checkpoints.storing import content_of, parsed
from rnnviz.runs.naming import identity
from rnnviz.spec import REVIEWERS, ReviewSpec, from_json

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel

_CARDS: Final = {f"{network}.json": network for network in REVIEWERS}
_LARGEST_CARD: Final = 2**20
_CURVES: Final = ("loss", "accuracy", "validation_loss", "validation_accuracy")
_MEASURED: Final = ("accuracy", "loss", "calibration_error")


def pack_review(model: "SentimentModel") -> dict[str, bytes]:
    """A finished run as files.

    Parameters
    ----------
    model : SentimentModel
        With a card as ``rnnviz.sentiment.here`` makes it.

    Returns
    -------
    dict of str to bytes
        Their contents by their names.
    """
    from rnnviz.sentiment.files import pack

    return pack(model)


def is_review(names: Mapping[str, object] | list[str]) -> bool:
    """Whether files are of such a run, by their names."""
    return any(name in _CARDS for name in names)


def files_of(packed: Mapping[str, bytes]) -> dict[str, bytes]:
    """The two files of such a run; ValueError if there are others."""
    network = next(_CARDS[name] for name in packed if name in _CARDS)
    wanted = {f"{network}.json", f"{network}.safetensors"}
    if set(packed) != wanted:
        raise ValueError(f"the files must be {', '.join(sorted(wanted))}; got {', '.join(sorted(packed))}"[:500])
    return dict(packed)


def review_spec(place: Path, name: str) -> ReviewSpec:
    """What a run in a folder was asked for with; reads its card alone.

    Raises
    ------
    ValueError
        If it is no such run, or another one.
    """
    return _checked(_card(place), name)


def review_model(place: Path, name: str) -> "SentimentModel":
    """The network of a run in a folder, with its card.

    Raises
    ------
    ValueError
        If it is no such run, another one, or damaged.
    """
    from rnnviz.sentiment import load
    from rnnviz.sentiment.network import SentimentNetwork
    from rnnviz.sentiment.recipes import RECIPES

    spec = review_spec(place, name)
    model = load(spec.network, place)
    network = model.network
    if not isinstance(network, SentimentNetwork) or network.spec != RECIPES[spec.network].network:
        raise ValueError(f"the network of the run {name} must have the sizes of {spec.network}")
    return model


def _card(place: Path) -> Any:
    card = next((place / name for name in _CARDS if (place / name).is_file()), None)
    if card is None:
        raise ValueError(f"a run on reviews must have one of {', '.join(_CARDS)}; got none")
    return parsed(content_of(card, _LARGEST_CARD))


def _checked(card: Any, name: str) -> ReviewSpec:
    """All that a page reads of a card must be there, and be numbers."""
    match card:
        case {
            "spec": dict(plain), "losses": list(losses), "history": list(history), "validation": dict(measured),
            "reviews": {"train": int(), "validation": int()}, "seconds": float(),
        } if _is_measured(history, measured):  # fmt: skip
            spec = from_json(ReviewSpec, plain)
            if identity([spec]) != name:
                raise ValueError(f"expected the run {name}; got {identity([spec])}")
            if len(losses) != spec.steps or len(history) != spec.epochs or not _are_numbers(losses):
                raise ValueError(f"a card must have {spec.steps} losses and {spec.epochs} epochs; got others")
            return spec
    raise ValueError(f"a card must say how its network was trained; got {reprlib.repr(card)}")


def _is_measured(history: list[Any], measured: Mapping[str, Any]) -> bool:
    entries = all(type(entry) is dict and _are_numbers([entry.get(name) for name in _CURVES]) for entry in history)
    return entries and _are_numbers([measured.get(name) for name in _MEASURED])


def _are_numbers(values: list[Any]) -> bool:
    return all(type(value) is float for value in values)
