"""Running the blocks of a listing, and what is recorded of the values that they define."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import torch
from torch import Tensor

from rnnviz.listings.block import Block, Names

_ROWS, _COLUMNS = 3, 4
"""The most rows and columns of a tensor that are recorded."""

_ITEMS, _LETTERS, _LONGEST = 20, 60, 600
"""The most items of a list, and the most characters of a text in it and of one by itself."""

_ALONE: Final = threading.Lock()


@dataclass(frozen=True)
class Value:
    """What is recorded of one name after a block.

    Attributes:
        name: The name, or the part of it whose numbers are recorded, as ``x[0, :3, :6]``.
        kind: What it is: the type, with the shape of a tensor and the length of a list.
        rows: Its first numbers or texts, written out.
        t: The step, for lines of a loop.

    >>> from rnnviz import listings
    >>> values, names = listings.execute(listings.MANUAL)
    >>> for value in values["state"]:
    ...     print(value.t, value.kind, *value.rows)
    0 Tensor (1, 2), float32 -0.3520  0.5253
    1 Tensor (1, 2), float32 -0.6842  0.7607
    2 Tensor (1, 2), float32 -0.8649  0.9047
    """

    name: str
    kind: str
    rows: tuple[str, ...]
    t: int | None = None


def execute(blocks: Sequence[Block], **given: object) -> tuple[dict[str, tuple[Value, ...]], Names]:
    """Run blocks one after the other, each with the names of those before; those that take long are left out.

    Torch's random state is afterwards what it was. Listings are run by one thread at a time, since they seed it.

    Args:
        **given: The names that the first blocks need.

    Returns:
        The values that each block shows, recorded right after it, by the block's name.
        All names as they are in the end.

    >>> from rnnviz import listings
    >>> values, names = listings.execute(listings.MANUAL)
    >>> names["output"].shape
    torch.Size([1, 3, 2])
    >>> [value.name for value in values["module"]]
    ['output[0, :, :]', 'h_n[0, :, :]']
    """
    names: Names = dict(given)
    found: dict[str, tuple[Value, ...]] = {}
    with _ALONE, torch.random.fork_rng(devices=[]):
        for block, t in _in_order(blocks):
            here = names if t is None else {**names, "t": t}
            names |= block.run(**{name: here[name] for name in block.needs})
            shown = tuple(_recorded(name, names[name], t) for name in block.shows)
            found[block.name] = found.get(block.name, ()) + shown
    return found, names


def _in_order(blocks: Sequence[Block]) -> Iterator[tuple[Block, int | None]]:
    """Each block as often as it is run, with its step."""
    for repeats, group in groupby((one for one in blocks if not one.is_long), key=lambda one: one.repeats):
        some = list(group)
        for t in range(repeats or 1):
            yield from ((block, t if repeats else None) for block in some)


def _recorded(name: str, value: Any, t: int | None) -> Value:
    match value:
        case Tensor():
            part, rows = _numbers(value.detach())
            shape = f"({', '.join(map(str, value.shape))}{',' * (value.dim() == 1)})"
            return Value(f"{name}{part}", f"Tensor {shape}, {str(value.dtype).removeprefix('torch.')}", rows, t)
        case list() | tuple():
            items = tuple(_item(one) for one in value[:_ITEMS])
            return Value(f"{name}[:{_ITEMS}]" if len(value) > _ITEMS else name, _sized(value), items, t)
    return Value(name, type(value).__name__, (_item(value, _LONGEST),), t)


def _sized(value: Sequence[object]) -> str:
    return f"{type(value).__name__} of {len(value):,}"


def _numbers(value: Tensor) -> tuple[str, tuple[str, ...]]:
    """The first numbers of a tensor, and the index that selects them."""
    if value.dim() == 0:
        return "", (_item(value.item()),)
    ahead = ["0"] * (value.dim() - 2)
    limits = (_ROWS, _COLUMNS)[-value.dim() :]
    cut = [f":{most}" if size > most else ":" for size, most in zip(value.shape[-2:], limits, strict=True)]
    first = value[(0,) * len(ahead)][tuple(slice(most) for most in limits)]
    index = f"[{', '.join([*ahead, *cut])}]" if ahead or set(cut) != {":"} else ""
    rows = first if first.dim() == 2 else first[None]
    return index, tuple(" ".join(_number(number) for number in row) for row in rows)


def _number(value: Tensor) -> str:
    number = value.item()
    return f"{number: .4f}" if isinstance(number, float) else str(number)


def _item(value: object, letters: int = _LETTERS) -> str:
    match value:
        case float():
            return f"{value:.6g}"
        case tuple():
            return "  ".join(map(_item, value))
        case str():
            return repr(value if len(value) <= letters else f"{value[: letters - 1]}…")
    return f"{value:,}" if isinstance(value, int) else str(value)
