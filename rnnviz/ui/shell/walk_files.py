"""A widget's walk through time as a file: the browser sends its pictures bit by bit, and gets a GIF back."""

import binascii
import math
import threading
from base64 import b64decode, b64encode
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakSet

import streamlit as st

from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components

_UPLOAD: Final = "rnnviz.stepping.walk"
_MOST: Final = 200_000_000
"""Bytes of pictures of all visitors together that are held at any time."""


@dataclass(eq=False)
class Upload:
    """The pictures of one visitor that have come so far; a new upload replaces it.

    Attributes:
        key: That of the menu.
        id: By which the browser knows it.
        making: The computation of the GIF, once all pictures are there.
        file: The GIF, once it is made.
        look: How often the browser has asked for it since.
        problem: Why there will be none.
    """

    key: str
    id: str
    reel: Any
    frames: list[bytes] = field(default_factory=list)
    making: "Future[bytes] | None" = None
    file: bytes | None = None
    look: int = 0
    problem: str = ""

    @property
    def size(self) -> int:
        """The number of bytes that it holds."""
        return sum(map(len, self.frames)) + len(self.file or b"")

    def told(self) -> dict[str, object]:
        """What the browser hears of it."""
        have = len(self.frames) if self.file is None else self.reel.count
        file = b64encode(self.file).decode("ascii") if self.file else None
        return {"id": self.id, "have": have, "look": self.look, "gif": file, "problem": self.problem}


_held: "Final[WeakSet[Upload]]" = WeakSet()
_holding: Final = threading.Lock()  # a set must not be added to while it is iterated, and each visitor has a thread


def offer(picture: Mapping[str, object], key: str) -> None:
    """Offer a widget's walk as a file, apart from the page's rest; ``picture`` is for ``components.save_figure``."""
    st.fragment(_offer)(picture, key)


def _offer(picture: Mapping[str, object], key: str) -> None:
    from rnnviz import animation

    upload = st.session_state.get(_UPLOAD)
    answer = upload.told() if upload and upload.key == key else None
    data = {**picture, "most": animation.MOST_FRAMES, "answer": answer}
    components.save_walk(data, key=f"{key}.walk", on_frames=lambda sent: take(key, sent))


def forget(key: str) -> None:
    """Drop what was sent from a menu that is closed."""
    upload = st.session_state.get(_UPLOAD)
    if upload and upload.key == key:
        if upload.making is not None:
            upload.making.cancel()
        del st.session_state[_UPLOAD]


def take(key: str, sent: object) -> None:
    """Take some pictures; after the last the GIF is made, for which the browser asks again. ``sent`` is untrusted."""
    match sent:
        case {"id": str(), "done": True}:
            forget(key)
        case {"id": str(name), "look": int(look)}:
            upload = st.session_state.get(_UPLOAD)
            if upload and upload.id == name:
                upload.look = look
                _look(upload)
        case {"id": str(name), "first": int(first), "frames": list(frames), **whole} if len(name) <= 40:
            upload = st.session_state.get(_UPLOAD)
            if first == 0 or not upload or upload.id != name:
                upload = st.session_state[_UPLOAD] = _begun(key, name, first, whole)
            if not upload.problem and upload.making is None and first == len(upload.frames):
                _add(upload, frames)
        case _:
            forget(key)


def _begun(key: str, name: str, first: int, whole: Mapping[Any, Any]) -> Upload:
    from rnnviz import animation

    if first != 0:
        return Upload(key, name, None, problem="The first pictures did not arrive. Try again.")
    named = {"width": "width", "height": "height", "count": "total", "seconds": "seconds", "transparent": "transparent"}
    asked: dict[str, Any] = {name: whole.get(sent) for name, sent in named.items()}
    try:
        upload = Upload(key, name, animation.Reel(**asked))
    except ValueError as error:
        return Upload(key, name, None, problem=str(error))
    with _holding:
        _held.add(upload)
    return upload


def _add(upload: Upload, frames: list[object]) -> None:
    from rnnviz import animation
    from rnnviz.jobs import animating

    try:
        with _holding:
            held = tuple(_held)
        room = min(animation.MOST_BYTES - upload.size, _MOST - sum(one.size for one in held))
        upload.frames += _decoded(frames, room, upload.reel.count - len(upload.frames))
        if len(upload.frames) == upload.reel.count:
            upload.making = animating.begin(upload.reel, upload.frames)
    except ValueError as error:
        upload.problem, upload.frames = str(error), []


def _look(upload: Upload) -> None:
    """Take the GIF, or the reason why there is none, once it is known."""
    if upload.making is None or not upload.making.done() or upload.file is not None or upload.problem:
        return
    try:
        upload.file = upload.making.result()
    except ValueError as error:
        upload.problem = str(error)
    upload.frames = []


def _decoded(frames: list[object], room: int, most: int) -> list[bytes]:
    if not 0 < len(frames) <= most or not all(isinstance(frame, str) and frame.isascii() for frame in frames):
        raise ValueError(f"pictures must come as 1 to {most} texts; got {quoted(frames)}")
    size = sum(math.ceil(3 * len(str(frame)) / 4) for frame in frames)
    if size > room:
        raise ValueError("These pictures are too large for the server. Use fewer steps or pixels, or save a video.")
    try:
        return [b64decode(str(frame), validate=True) for frame in frames]
    except binascii.Error as error:
        raise ValueError(f"a picture must come in base64; {error}") from error
