"""Arrays and a note about them as one safetensors file, written as a whole or not at all, and read without trust."""

import json
import os
import reprlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as read_tensors
from safetensors.numpy import save as tensors_as_bytes

from rnnviz.caching import cached

DAMAGED: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, SafetensorError)
"""The errors of reading a file that is not what it should be; a note nested too deeply gives a RuntimeError."""

FORMAT: Final = 1
"""What the note of every file says that is read long after it was written."""

MOST_LETTERS: Final = 800
"""The most letters of a message about a file that is refused."""

Content = TypeVar("Content")
Rest = ParamSpec("Rest")


class RefusedError(ValueError):
    """A file is there and is not what it should be.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from rnnviz import checkpoints
    >>> from rnnviz.history import History
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "mine").write_bytes(b"no history")
    ...     try:
    ...         History.load(Path(folder, "mine"))
    ...     except checkpoints.RefusedError as error:
    ...         print(str(error).partition(";")[0])
    expected a history that History.save wrote
    """


@contextmanager
def reading(what: str = "") -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into one RefusedError, which says ``what`` was expected."""
    try:
        yield
    except (*DAMAGED, OSError) as error:
        raise refused(error, what) from error


def refused(error: Exception, what: str = "") -> RefusedError:
    """The same error as one that says what was expected and what was got, in at most ``MOST_LETTERS``.

    The reason may quote the file, and the file may name a thousand arrays, by signs that steer a terminal.
    """
    if isinstance(error, FileNotFoundError) and error.filename:
        reason = f"got no file {Path(error.filename).name} there"
    elif isinstance(error, SafetensorError):
        reason = "got something else, or a file that is damaged"
    else:
        reason = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    message = f"expected {what}; {reason}" if what else reason
    shown = message if len(message) <= MOST_LETTERS else f"{message[: MOST_LETTERS - 1]}…"
    return RefusedError("".join(letter if letter.isprintable() else " " for letter in shown))


def remembered(
    files: int,
) -> Callable[[Callable[Concatenate[Path, Rest], Content]], Callable[Concatenate[Path, Rest], Content]]:
    """Read a file once until it or the card beside it changes; at most so many files are remembered, refused ones too.

    This decorates a function of a path, and perhaps of more that can be hashed. Its results are shared. It may raise
    what ``reading`` turns into a RefusedError.
    """

    def decorate(read: Callable[Concatenate[Path, Rest], Content]) -> Callable[Concatenate[Path, Rest], Content]:
        @cached(files)
        def found(path: Path, stamps: tuple[object, object], *more: Any) -> tuple[Content | None, str]:  # noqa: ARG001 - a key
            try:
                with reading():
                    return read(path, *more), ""  # type: ignore[call-arg]  # what else it is given, as it was given
            except RefusedError as error:
                if isinstance(error.__cause__, OSError):  # which may pass without a change of the file
                    raise
                return None, str(error)

        def read_once(path: Path, /, *more: Rest.args, **named: Rest.kwargs) -> Content:
            content, reason = found(path, (stamp(path), stamp(path.with_suffix(".json"))), *more, **named)
            if reason:
                raise RefusedError(reason)
            return content  # type: ignore[return-value]  # there is one where there is no reason

        return read_once

    return decorate


def stamp(path: Path) -> tuple[int, int] | None:
    """When a file was written, in nanoseconds, and how many bytes it has; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None  # whoever reads it says why
    return found.st_mtime_ns, found.st_size


def content_of(path: Path, most: int) -> bytes:
    """The bytes of a file; ValueError if it has more than ``most``, OSError if it cannot be read."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(most + 1) if size <= most else b""
    if max(size, len(content)) > most:
        raise ValueError(f"a file must have at most {most:,} bytes; {path.name} has {max(size, len(content)):,}")
    return content


def parsed(text: str | bytes, parse_constant: Callable[[str], Any] | None = None) -> dict[str, Any]:
    """An object out of JSON, read as by ``json.loads``; ValueError if it is anything else or nested too deeply."""
    try:
        data = json.loads(text, parse_constant=parse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a note must be JSON; {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"a note must be an object; got {reprlib.repr(data)}")  # noqa: TRY004 - it is data from outside
    return data


def packed(tensors: Mapping[str, np.ndarray], note: Mapping[str, Any], called: str = "note") -> bytes:
    """The content of a file with arrays and a note of plain data, by its name there; equal ones give equal bytes."""
    return tensors_as_bytes(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
        metadata={called: json.dumps(note)},  # one entry, since the order of several would differ
    )


def unpacked(content: bytes, called: str = "note") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and the note that ``packed`` was given; ValueError if the content is not of that kind."""
    with reading("a safetensors file with a note"):
        tensors = read_tensors(content)
        # What read_tensors took has a header that is as long as its first eight bytes say.
        header = parsed(content[8 : 8 + int.from_bytes(content[:8], "little")])
        return tensors, parsed(header["__metadata__"][called])


def unpacked_format(content: bytes, called: str = "note") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The same, if the note says that it is of this ``FORMAT``; ValueError or KeyError otherwise."""
    tensors, about = unpacked(content, called)
    if about["format"] != FORMAT:
        raise ValueError(f"its format must be {FORMAT}; got {about['format']!r:.80}")
    return tensors, about


def frozen(
    name: str, array: np.ndarray, dtype: type[np.generic], axes: tuple[object, ...], sizes: dict[str, int]
) -> np.ndarray:
    """A read-only view, once its type and axes are known to fit those before it."""
    view = np.asarray(array).view()
    open_ended = axes[-1] is ...
    known = axes[:-1] if open_ended else axes
    fits = view.ndim >= len(known) if open_ended else view.ndim == len(known)
    fits = fits and all(
        sizes.setdefault(str(axis), size) == size for axis, size in zip(known, view.shape, strict=False)
    )
    if view.dtype != dtype or not fits:
        wanted = ", ".join("…" if axis is ... else f"{axis} {sizes.get(str(axis), '')}".strip() for axis in axes)
        raise ValueError(f"{name} must be {dtype.__name__} of shape ({wanted}); got {view.dtype} of shape {view.shape}")
    view.flags.writeable = False
    return view


def card_content(card: Mapping[str, Any]) -> bytes:
    """A card as a file that people can read."""
    return (json.dumps(dict(card), indent=1, ensure_ascii=False) + "\n").encode()


def write(path: Path, content: bytes) -> Path:
    """Write a file that is never seen half done, and its folder if that is missing; return the same path.

    An OSError says that the disk does not take it; nothing is left of it then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # At random: two containers that share a folder may have the same numbers of processes and threads.
    half_done = path.with_name(f"{path.name}.{secrets.randbits(64)}")
    try:
        half_done.write_bytes(content)
        half_done.replace(path)
    except OSError:
        with suppress(OSError):
            half_done.unlink()
        raise
    return path
