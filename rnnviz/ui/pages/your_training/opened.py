"""The records that a visitor opens from files: read once, kept for the visit alone."""

import hashlib
import re
from typing import Final
from weakref import WeakValueDictionary

import streamlit as st

from rnnviz.caching import size_of
from rnnviz.record import FILE, Record
from rnnviz.ui.selection import state
from rnnviz.ui.selection.fields import quoted

MOST_UPLOADED: Final = 24 * 2**20
"""The most bytes of a file; a watched training keeps at most 16 MB of numbers."""

MOST_OPENED: Final = 2
"""The most records from files that a visit keeps: what is compared."""

MOST_BYTES: Final = 256 * 2**20
"""The most bytes of the records of all visits together."""

MOST_LAYERS: Final = 1_000
"""The most layers of a record, each direction counted, that the page lists."""

DIGEST: Final = re.compile("sha256-[0-9a-f]{32}")
"""What stands for a record from a file in a link: the beginning of the file's digest."""

_OPENED: Final = "your_training.opened"
_REFUSED: Final = "your_training.refused"
_TURN: Final = "your_training.turn"
_held: Final = WeakValueDictionary[str, Record]()


def opened() -> dict[str, tuple[str, Record]]:
    """The file's name and the record of each, by what stands for it in links; the last one last."""
    kept: dict[str, tuple[str, Record]] = st.session_state.setdefault(_OPENED, {})
    return kept


def open_record(file_name: str, content: bytes) -> str:
    """Keep a record for this visit, and of those before it the last ones; return what stands for it in links.

    Raises:
        ValueError: If it is no record, or the records of all visits leave no room for it.
    """
    if file_name.lower().endswith(".json"):
        raise ValueError(
            f"a record must be the file {FILE}, which lies beside it; record.json has its sizes for people"
        )
    key = f"sha256-{hashlib.sha256(content).hexdigest()[:32]}"
    record = _held.get(key) or Record.from_bytes(content)
    check(record)
    taken, wanted = sum(size_of(one) for name, one in list(_held.items()) if name != key), size_of(record)
    if taken + wanted > MOST_BYTES:
        raise ValueError(
            f"the records that visitors have open must have at most {MOST_BYTES // 2**20} MB together; "
            f"got {wanted / 2**20:.0f} MB beside {taken / 2**20:.0f} MB. Try again when another visitor has left"
        )
    kept = opened()
    kept.pop(key, None)
    while len(kept) >= MOST_OPENED:
        del kept[next(iter(kept))]
    _held[key] = record
    kept[key] = file_name, record
    return key


def check(record: Record) -> None:
    """Refuse a record with no layer to show, or with more than a list can hold: without rows they cost nothing.

    Raises:
        ValueError: If it has.
    """
    count = sum(module.num_layers * len(module.directions) for module in record.layers)
    if not 1 <= count <= MOST_LAYERS:
        raise ValueError(f"a record that is shown must have 1..{MOST_LAYERS} recurrent layers; got {count:,}")


def box(entry: str) -> None:
    """The box for a file; the record of one that can be read is chosen for ``entry``.

    A file that is read is let go of, so that the box is empty again.
    """
    turn = st.session_state.get(_TURN, 0)
    st.file_uploader(
        f"Upload a record ({FILE})", key=f"your_training.file_{turn}", max_upload_size=MOST_UPLOADED // 2**20,
        help=f"{FILE} holds all of a record; record.json beside it is for people. Only you see it, for this visit.",
        on_change=_take, args=(turn, entry),
    )  # fmt: skip
    if reason := st.session_state.get(_REFUSED, ""):
        from rnnviz.ui.shell import frame

        st.error(frame.plain(reason))


def _take(turn: int, entry: str) -> None:
    file = st.session_state.get(f"your_training.file_{turn}")
    st.session_state[_REFUSED] = ""
    if file is None:
        return
    try:
        key = open_record(file.name, file.getvalue())
    except ValueError as error:
        st.session_state[_REFUSED] = f"{quoted(file.name)}: {error}"
        return
    st.session_state[_TURN] = turn + 1
    state.enter(entry, key, "")
