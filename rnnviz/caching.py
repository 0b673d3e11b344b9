"""Results are kept for whoever asks the same again, all together in a limited number of bytes."""

import inspect
import mmap
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, fields, is_dataclass
from functools import update_wrapper
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final, Generic, ParamSpec, TypeVar

VARIABLE: Final = "RNNVIZ_CACHE_MB"
"""The environment variable for the million bytes that all results together may take."""

DEFAULT_MB: Final = 60

_PLAIN: Final = frozenset((str, bytes, int, bool, type(None)))
_NO_DATA: Final = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)
_PATIENCE: Final = 0.1
"""Seconds between two checks whether anybody still waits for a result."""

_ENTRY: Final = 1_000
"""The bytes of an entry besides its key and value."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def limit() -> int:
    """The most bytes of all results together; ValueError if the environment says no number of million bytes."""
    text = os.environ.get(VARIABLE) or str(DEFAULT_MB)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"{VARIABLE} must be a whole number of million bytes; got {text!r:.80}")
    return int(text) * 1_000_000


def total() -> int:
    """The bytes that are kept now."""
    with _lock:
        return _kept.size


def clear() -> None:
    """Forget all results of all functions."""
    with _lock:
        for function in {entry.function for entry in _kept.entries.values()}:
            function.clear()


def costly_in(turn: Callable[[], AbstractContextManager[None]]) -> None:
    """Compute costly results within a context, so that not all of them are computed at once.

    Args:
        turn: Its context is entered when a costly result is not kept, before anybody can wait for it, and only once if
            a costly result needs another. It may raise, as in ``before_computing``.
    """
    global _turn  # noqa: PLW0603 - one for the process, as the results are
    _turn = turn


def before_computing(pause: Callable[[], None]) -> None:
    """Call ``pause`` before each result is computed, and now and then while another thread computes it.

    It may raise, so that a result for which nobody waits any more is not computed.
    """
    global _pause  # noqa: PLW0603 - one for the process, as the results are
    _pause = pause


def cached(
    most: int, costly: Callable[..., bool] | None = None
) -> "Callable[[Callable[Arguments, Result]], Cached[Arguments, Result]]":
    """Keep the results of a function for equal arguments; the least recently used go first.

    Equal calls at the same time compute once. An exception is not kept. Results are shared, so only to be read. The
    arguments are frozen values, compared by type and value; a property ``cache_key`` of a value stands for it. An
    argument whose name begins with ``_`` does not count.

    Args:
        most: The most results of this function; all functions together keep ``limit()`` bytes.
        costly: Whether a result takes long to compute, by the same arguments: see ``costly_in``. A costly function must
            not need a cached one that is not costly and needs a costly one itself, or each may wait for the other.
    """

    def decorate(function: Callable[Arguments, Result]) -> Cached[Arguments, Result]:
        return Cached(function, most, costly)

    return decorate


class Cached(Generic[Arguments, Result]):
    """A function whose results are kept; see ``cached``."""

    def __init__(
        self, function: Callable[Arguments, Result], most: int, costly: Callable[..., bool] | None = None
    ) -> None:
        self._function, self.most, self._costly = function, most, costly
        self._keys: OrderedDict[Any, None] = OrderedDict()  # the least recently used first
        names = list(inspect.signature(function).parameters)
        self._unkeyed = frozenset(k for k, name in enumerate(names) if name.startswith("_"))
        update_wrapper(self, function)

    def __call__(self, *args: Arguments.args, **named: Arguments.kwargs) -> Result:
        """The result, from before if there is one."""
        key = (id(self), self._key(args, named))
        with _lock:
            if (entry := _kept.used(key)) is not None:
                result: Result = entry.value
                return result
        return self._result(key, args, named)

    def _result(self, key: Any, args: Any, named: Any) -> Result:
        """The result, if it was not kept a moment ago."""
        has_turn = False
        with ExitStack() as turns:
            while True:
                with _lock:
                    if (entry := _kept.used(key)) is not None:
                        result: Result = entry.value
                        return result
                    under_way = _computing.get(key)
                    if under_way is None and has_turn:
                        mine = _computing[key] = _Computing()
                        break
                if under_way is None:
                    _pause()
                    self._take_turn(turns, args, named)
                    has_turn = True
                    continue
                while not under_way.ended.wait(_PATIENCE):
                    _pause()
                if under_way.is_done:
                    return under_way.value  # type: ignore[no-any-return]
            return self._compute(key, mine, args, named)

    def _take_turn(self, turns: ExitStack, args: Any, named: Any) -> None:
        """Wait for a turn if the result is costly, once for it and all that it needs."""
        if self._costly is not None and not getattr(_thread, "has_turn", False) and self._costly(*args, **named):
            turns.enter_context(_turn())
            _thread.has_turn = True
            turns.callback(setattr, _thread, "has_turn", False)  # noqa: FBT003 - as setattr takes it

    def clear(self) -> None:
        """Forget the results of this function."""
        with _lock:
            for key in tuple(self._keys):
                _kept.drop(key)

    def _key(self, args: Iterable[Any], named: Mapping[str, Any]) -> tuple[Any, ...]:
        parts = tuple(_typed(value) for k, value in enumerate(args) if k not in self._unkeyed)
        if not named:
            return parts
        return (*parts, *((name, _typed(named[name])) for name in sorted(named) if not name.startswith("_")))

    def _compute(self, key: Any, mine: "_Computing", args: Any, named: Any) -> Result:
        try:
            value = self._function(*args, **named)
            mine.value, mine.is_done = value, True
            size = _ENTRY + size_of((key[1], value))
            with _lock:
                _kept.keep(key, _Entry(self, value, size))
            return value
        finally:
            with _lock:
                del _computing[key]
            mine.ended.set()


@dataclass(eq=False)
class _Computing:
    """A result that is being computed; others who ask for it wait."""

    ended: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    value: Any = None


@dataclass(eq=False)
class _Entry:
    function: Cached[..., Any]
    value: Any
    size: int


class _Kept:
    """All that is kept, the least recently used first. Its methods are called with the lock held."""

    def __init__(self) -> None:
        self.entries: OrderedDict[Any, _Entry] = OrderedDict()
        self.size = 0

    def used(self, key: Any) -> _Entry | None:
        entry = self.entries.get(key)
        if entry is not None:
            self.entries.move_to_end(key)
            entry.function._keys.move_to_end(key)
        return entry

    def keep(self, key: Any, entry: _Entry) -> None:
        most = limit()
        if entry.size > most:
            return
        own = entry.function._keys
        self.entries[key], own[key] = entry, None
        self.size += entry.size
        while len(own) > entry.function.most:
            self.drop(next(iter(own)))
        while self.size > most:
            self.drop(next(iter(self.entries)))

    def drop(self, key: Any) -> None:
        entry = self.entries.pop(key)
        del entry.function._keys[key]
        self.size -= entry.size


_lock: Final = threading.RLock()
_kept: Final = _Kept()
_computing: Final[dict[Any, _Computing]] = {}
_thread: Final = threading.local()
_pause: Callable[[], None] = lambda: None  # noqa: E731 - a variable, which before_computing sets
_turn: Callable[[], AbstractContextManager[None]] = nullcontext


# --- Keys ---


def _typed(value: Any) -> Any:
    """An argument as part of a key, where 1, 1.0 and True differ, and so do 0.0 and -0.0."""
    kind = type(value)
    if kind in _PLAIN:
        return kind, value
    if kind is float:
        return kind, value.hex()
    if isinstance(value, tuple):
        return kind, tuple(map(_typed, value))
    if (key := getattr(value, "cache_key", None)) is not None:
        return kind, _typed(key)
    if is_dataclass(kind) and kind.__dataclass_params__.frozen and kind.__dataclass_params__.eq:  # type: ignore[attr-defined]
        return kind, tuple(_typed(getattr(value, name)) for name in _fields(kind))
    hashed: object = kind.__hash__
    if hashed is not None and hashed is not object.__hash__:
        return kind, value
    raise TypeError(f"an argument that a result is kept by must be a frozen value; got a {kind.__name__}")


_fields_of: Final[dict[type, tuple[str, ...]]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    found = _fields_of.get(kind)
    if found is None:
        found = _fields_of[kind] = tuple(one.name for one in fields(kind) if one.compare)
    return found


# --- Sizes ---


def size_of(value: object) -> int:
    """About how many bytes a value holds, each of its parts counted once.

    Arrays and tensors count with their whole memory, what is mapped from a file with none, figures by what they are
    made of. Classes and functions are no data.
    """
    size, seen, waiting = 0, set[int](), [value]
    alive = []  # what was made on the way, or its id might be that of something else before the end
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _NO_DATA):
            continue
        seen.add(id(one))
        if hasattr(one, "to_plotly_json"):
            alive.append(one.to_plotly_json())
            waiting.append(alive[-1])
        elif isinstance(getattr(one, "nbytes", None), int):
            size += _size_of_array(one, waiting)
        else:
            size += sys.getsizeof(one, 64)
            waiting.extend(_parts(one))
    return size


def _size_of_array(array: Any, waiting: list[Any]) -> int:
    """A view counts as nothing here; the memory behind it is put into ``waiting``, to be counted once."""
    base = getattr(array, "base", None)
    if isinstance(base, mmap.mmap):
        return 0
    if base is not None and isinstance(getattr(base, "nbytes", None), int):
        waiting.append(base)
        return 0
    return int(array.nbytes)


def _parts(one: Any) -> Iterator[Any]:
    if isinstance(one, str | bytes | int | float):
        return
    if isinstance(one, Mapping):
        yield from one.keys()
        yield from one.values()
    elif isinstance(one, list | tuple | set | frozenset):
        yield from one
    else:
        yield from getattr(one, "__dict__", {}).values()
        for kind in type(one).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            names = (slots,) if isinstance(slots, str) else slots
            yield from (getattr(one, name) for name in names if hasattr(one, name) and name != "__dict__")
