"""The files that a visitor gives, read once each; what is wrong with one is kept in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from rnnviz import own
from rnnviz.checkpoints import SHIPPED
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import frame

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SAMPLE: Final = "brackets-lstm"
"""The network that is opened as an example of a file."""

_MOST_NAME: Final = 60
_READ: Final = "your_network.read"
_SAMPLED: Final = "your_network.sample"

Content = TypeVar("Content")


@dataclass(frozen=True)
class Given:
    """A network's file as a visitor gave it.

    Attributes:
        network: Which file of weights it is: names the widgets whose answer does not hang on a vocabulary.
        words: Which file of a vocabulary it is; empty without one.
        content: Its bytes, and those of the files beside it that it has its numbers in.
        tensors: By their names there.
        parts: What is recurrent among them.
        vocabulary: Of a second file, or noted in the first; None without one.
        waits: Whether the second file was refused, so that the network opens once that is taken away or another.
    """

    network: str
    words: str
    names: own.Files
    content: bytes
    tensors: own.Tensors
    parts: tuple[own.Part, ...]
    vocabulary: own.Vocabulary | None
    waits: bool = False

    @property
    def key(self) -> str:
        """Of both files together: names the widgets that a vocabulary gives another proposal."""
        return f"{self.network}.{self.words}"


def given() -> Given | None:
    """The files in the boxes, or the sample; None without a network, or if that was refused, which is said below it."""
    left, right = frame.pair("your_network_files", (1, 1))
    with left:
        file = st.file_uploader(
            f"Network ({', '.join(own.ENDINGS)})", key="your_network.file",
            max_upload_size=own.MOST_BYTES // 2**20, on_change=_forget,
        )  # fmt: skip
    with right:
        words = st.file_uploader(
            "Vocabulary, if there is one (.json, .txt)", key="your_network.vocabulary",
            help="A JSON list of tokens, a JSON object from token to number, one token per line, or a tokenizer.json "
            "of Hugging Face.",
            max_upload_size=8,
        )  # fmt: skip
    vocabulary = None
    if words is not None:
        vocabulary = _once(
            "vocabulary", words.file_id, words.name, lambda: own.read_vocabulary(words.getvalue(), words.name)
        )
    names = own.Files(_short(file.name) if file else f"{SAMPLE}.safetensors", _short(words.name) if words else "")
    found = None
    if file is not None:
        others = _beside(names.network, file.file_id, file.getvalue())
        if others is None:
            return None
        ids = "-".join([file.file_id, *(one.file_id for one in others.values())])
        contents = {place: one.getvalue() for place, one in others.items()}
        found = _whole(ids, names, file.getvalue(), contents)
    elif st.session_state.get(_SAMPLED):
        found = _whole("sample", names, (SHIPPED / names.network).read_bytes(), {})
    else:
        st.button("Try it with a sample file", on_click=lambda: st.session_state.update({_SAMPLED: True}))
    if found is None or words is None:
        return found
    if vocabulary is None:  # what was chosen and typed stays
        return replace(found, waits=True)
    return replace(found, words=words.file_id, vocabulary=vocabulary)


def _beside(name: str, key: str, content: bytes) -> "dict[str, UploadedFile] | None":
    """The files in which a network's file has its numbers, from a box for each; None as long as one is missing."""
    places = _once("beside", key, name, lambda: own.beside(name, content))
    if places is None:
        return None
    found = {}
    for number, place in enumerate(places, 2):
        st.caption(frame.plain(f"{quoted(name)} has its numbers in another file: {quoted(place)}"))
        file = st.file_uploader(
            f"File {number} of the network", key=f"your_network.beside_{key}_{place}",
            max_upload_size=own.MOST_BYTES // 2**20,
        )  # fmt: skip
        if file is not None:
            found[place] = file
    return found if len(found) == len(places) else None


def _forget() -> None:
    """Let go of what was read of the file before."""
    st.session_state.pop(_SAMPLED, None)
    st.session_state.pop(_READ, None)


def _short(name: str) -> str:
    """The name of a file as it can be shown, with the ending by which it is read."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    if len(printable) <= _MOST_NAME:
        return printable
    half = _MOST_NAME // 2
    return f"{printable[:half]}…{printable[-half:]}"


def _whole(network: str, names: own.Files, content: bytes, beside: Mapping[str, bytes]) -> Given | None:
    def read() -> tuple[own.Tensors, tuple[own.Part, ...]]:
        tensors = own.read(names.network, content, beside.__getitem__)
        return tensors, tuple(own.parts(tensors))

    found = _once("network", network, names.network, read)
    if found is None:
        return None
    tensors, parts = found
    return Given(network, "", names, b"".join((content, *beside.values())), tensors, parts, tensors.vocabulary)


def _once(kind: str, key: str, name: str, read: Callable[[], Content]) -> Content | None:
    """What is read of a file, kept until there is another of its kind; None and a message if it is refused."""
    kept = st.session_state.setdefault(_READ, {})
    if kept.get(kind, (None,))[0] != key:
        try:
            kept[kind] = key, read(), ""
        except ValueError as error:
            kept[kind] = key, None, str(error)
    _, found, reason = kept[kind]
    if reason:
        st.error(frame.plain(f"{quoted(name)}: {reason}"))
    value: Content | None = found
    return value
