"""What a browser sends of a walk is taken bit by bit, within bounds, and a GIF of just that comes back."""

import contextlib
import io
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st
from PIL import Image

from rnnviz import animation
from rnnviz.jobs import animating
from rnnviz.ui.shell import walk_files
from rnnviz.ui.shell.walk_files import Upload, take
from tests.test_animation import FRAMES, SIDE

TEXTS = [b64encode(frame).decode() for frame in FRAMES]
WHOLE: dict[str, Any] = {
    "id": "7", "total": 3, "width": SIDE, "height": SIDE, "seconds": 0.5, "transparent": False,
    "first": 0, "frames": TEXTS,
}  # fmt: skip


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", kept)
    yield kept
    walk_files._held.clear()


def upload() -> Upload:
    found: Upload = st.session_state["rnnviz.stepping.walk"]
    return found


def waited() -> dict[str, object]:
    """What the browser hears in the end: it asks how far its file is."""
    for look in range(1, 1000):
        take("panels", {"id": "7", "look": look})
        told = upload().told()
        assert told["look"] == look
        if told["gif"] or told["problem"]:
            return told
        time.sleep(0.05)
    raise TimeoutError


def test_no_run_of_the_page_waits_for_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as taken:
        for _ in range(animating.AT_ONCE):  # others have their GIFs made
            taken.enter_context(animating._turns)
        page = threading.Thread(target=take, args=("panels", WHOLE), daemon=True)
        page.start()
        page.join(15)
        assert not page.is_alive()
        take("panels", {"id": "7", "look": 1})
        assert upload().told() == {"id": "7", "have": 3, "look": 1, "gif": None, "problem": ""}
    assert waited()["gif"]


def test_what_is_cancelled_before_its_turn_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as taken:
        for _ in range(animating.AT_ONCE):
            taken.enter_context(animating._turns)
        take("panels", WHOLE)
        making = upload().making
        take("panels", {"id": "7", "done": True})
    assert making is not None
    assert making.cancelled()
    assert not st.session_state


def test_only_so_many_wait_for_their_gifs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animating, "_places", threading.BoundedSemaphore(1))
    with animating._places:
        take("panels", WHOLE)
    assert "busy with the GIFs of other visitors" in str(upload().told()["problem"])
    assert upload().size == 0


def test_pictures_that_come_in_parts() -> None:
    take("panels", {**WHOLE, "frames": TEXTS[:2]})
    assert upload().told() == {"id": "7", "have": 2, "look": 0, "gif": None, "problem": ""}
    take("panels", {**WHOLE, "first": 2, "frames": TEXTS[2:]})
    told = waited()
    assert told["have"] == 3
    file = b64decode(str(told["gif"]))
    assert file == animation.gif(animation.Reel(SIDE, SIDE, 3, 0.5), FRAMES)
    assert Image.open(io.BytesIO(file)).n_frames == 3  # type: ignore[attr-defined]
    assert upload().frames == []
    take("panels", {"id": "7", "done": True})
    assert not st.session_state


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns after nearly every instruction, as on a busy server."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_pictures_of_several_visitors_come_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    visits = threading.local()  # a session a visitor
    monkeypatch.setattr(walk_files, "st", visits)
    sizes = animation.Reel(SIDE, SIDE, 3, 0.5)
    kept = [Upload("panels", str(k), sizes) for k in range(2_000)]  # many, so that counting them takes a while
    walk_files._held.update(kept)
    problems: list[str] = []

    def visitor(first: int) -> None:
        visits.session_state = {}
        try:
            for k in range(first, first + 100):
                take("panels", {**WHOLE, "id": str(k), "frames": TEXTS[:1]})
                problems.extend(filter(None, [visits.session_state["rnnviz.stepping.walk"].problem]))
        except RuntimeError as error:
            problems.append(str(error))

    threads = [threading.Thread(target=visitor, args=(first,)) for first in (10_000, 20_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(walk_files._held) >= 2_000


def test_a_part_that_comes_twice_counts_once() -> None:
    for _ in range(2):
        take("panels", {**WHOLE, "frames": TEXTS[:1]})
    take("panels", {**WHOLE, "first": 1, "frames": TEXTS[1:2]})
    take("panels", {**WHOLE, "first": 1, "frames": TEXTS[1:2]})
    assert upload().told()["have"] == 2


def test_another_walk_takes_its_place() -> None:
    take("panels", {**WHOLE, "frames": TEXTS[:2]})
    take("cliff", {**WHOLE, "id": "8", "frames": TEXTS[:1]})
    assert (upload().key, upload().id, len(upload().frames)) == ("cliff", "8", 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"total": 4000}, "count must be a whole number"),
        ({"total": None}, "count must be a whole number"),
        ({"width": 10**9}, "width must be a whole number"),
        ({"seconds": "soon"}, "seconds must be a number"),
        ({"frames": []}, "pictures must come as 1 to 3 texts"),
        ({"frames": TEXTS * 2}, "pictures must come as 1 to 3 texts"),
        ({"frames": [1, 2, 3]}, "pictures must come as 1 to 3 texts"),
        ({"frames": ["ü" * 8]}, "pictures must come as 1 to 3 texts"),
        ({"frames": ["no base 64!"]}, "base64"),
        ({"frames": ["A" * 60_000_000]}, "too large for the server"),
        ({"frames": [TEXTS[0], TEXTS[1], b64encode(b"<svg/>").decode()]}, "a picture must be a PNG"),
        ({"first": 2}, "The first pictures did not arrive"),
    ],
)
def test_what_is_refused(changed: dict[str, Any], said: str) -> None:
    take("panels", {**WHOLE, **changed})
    told = waited()
    assert said in str(told["problem"])
    assert told["gif"] is None
    assert upload().size == 0
    take("panels", {**WHOLE, "first": 1, "frames": TEXTS[1:]})
    assert upload().told()["gif"] is None


@pytest.mark.parametrize("sent", [None, "7", [], {"id": 7}, {**WHOLE, "first": "0"}, {**WHOLE, "id": "7" * 50}])
def test_what_is_no_message_is_not_heard(sent: object) -> None:
    take("panels", sent)
    assert not st.session_state


def test_all_visitors_together_have_just_so_much_room(monkeypatch: pytest.MonkeyPatch) -> None:
    take("panels", {**WHOLE, "frames": TEXTS[:2]})
    other = upload()
    monkeypatch.setattr(walk_files, "_MOST", other.size + 10)
    st.session_state.clear()
    take("panels", {**WHOLE, "id": "9"})
    assert "too large for the server" in upload().problem
    assert len(other.frames) == 2
