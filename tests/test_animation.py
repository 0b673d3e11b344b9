"""Pictures become a GIF that shows them all, and what is no picture of the size that was said becomes none."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image, ImageDraw

from rnnviz import animation
from rnnviz.animation import Reel
from rnnviz.jobs import animating

SIDE = 64
REEL = Reel(SIDE, SIDE, 3, 0.5)
GROUND = (251, 252, 254)


def png(k: int, mode: str = "RGB", size: tuple[int, int] = (SIDE, SIDE)) -> bytes:
    """A ground, a square that moves, and a ramp of many colours."""
    picture = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else GROUND)
    pen = ImageDraw.Draw(picture)
    for x in range(size[0]):
        pen.line((x, 40, x, 60), fill=(4 * x % 256, 255 - 3 * x % 256, 128))
    pen.rectangle((10 * k, 5, 10 * k + 8, 20), fill=(200, 30, 10 * k))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


FRAMES = [png(k) for k in range(3)]


def shown(file: bytes) -> list[Image.Image]:
    pictures = []
    with Image.open(io.BytesIO(file)) as opened:
        for k in range(opened.n_frames):  # type: ignore[attr-defined]
            opened.seek(k)
            pictures.append(opened.convert("RGBA"))
    return pictures


def test_all_pictures_in_order_with_a_rest_at_the_end() -> None:
    file = animation.gif(REEL, FRAMES)
    with Image.open(io.BytesIO(file)) as opened:
        assert opened.info["loop"] == 0
        durations = []
        for k in range(opened.n_frames):  # type: ignore[attr-defined]
            opened.seek(k)
            durations.append(opened.info["duration"])
    assert durations == [500, 500, 2500]
    for k, picture in enumerate(shown(file)):
        assert picture.size == (SIDE, SIDE)
        red, green, blue, _ = picture.getpixel((10 * k + 4, 10))  # type: ignore[misc]
        assert red > 190
        assert green < 40
        assert abs(blue - 10 * k) < 10
        assert picture.getpixel((SIDE - 1, 2)) == (*GROUND, 255)


def test_the_ground_shows_through() -> None:
    reel = Reel(SIDE, SIDE, 2, 0.5, transparent=True)
    for k, picture in enumerate(shown(animation.gif(reel, [png(k, "RGBA") for k in range(2)]))):
        assert picture.getpixel((SIDE - 1, 2))[3] == 0  # type: ignore[index]
        assert picture.getpixel((10 * k + 4, 10))[3] == 255  # type: ignore[index]
        assert picture.getpixel((10 * (1 - k) + (0 if k else 8), 10))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"width": 4000}, "width must be a whole number in 16..1920; got 4000"),
        ({"height": 5.5}, "height"),
        ({"count": 61}, "count must be a whole number in 2..60; got 61"),
        ({"count": True}, "count"),
        ({"seconds": 0.0}, "seconds must be a number in 0.1..5.0; got 0.0"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": "1"}, "seconds"),
        ({"transparent": 1}, "transparent"),
    ],
)
def test_what_no_reel_may_be(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Reel(**{"width": SIDE, "height": SIDE, "count": 3, "seconds": 0.5, **changed})


def chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")


BOMB = b"".join(
    [
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", (40_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"),
        chunk(b"IDAT", zlib.compress(bytes(1_000_000))),
        chunk(b"IEND", b""),
    ]
)
JPEG = io.BytesIO()
Image.new("RGB", (SIDE, SIDE)).save(JPEG, "JPEG")


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (png(2, size=(SIDE, 32)), "64 x 64 pixels"),
        (JPEG.getvalue(), "PNG"),
        (b"", "PNG"),
        (FRAMES[2][:90], "PNG"),
        (BOMB, "PNG|pixels"),
    ],
)
def test_what_no_picture_may_be(last: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        animation.gif(REEL, [*FRAMES[:2], last])
    with pytest.raises(ValueError, match=said):
        animating.begin(REEL, [*FRAMES[:2], last]).result()


def test_a_picture_too_few() -> None:
    with pytest.raises(ValueError, match="3 pictures; got 2"):
        animation.gif(REEL, FRAMES[:2])


def test_a_process_of_its_own_makes_the_same() -> None:
    assert animating.begin(REEL, FRAMES).result() == animation.gif(REEL, FRAMES)


def test_a_turn_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animating, "WAITING", 0.01)
    for _ in range(animating.AT_ONCE):
        animating._turns.acquire()
    try:
        with pytest.raises(ValueError, match="busy with the GIFs of other visitors"):
            animating.begin(REEL, FRAMES).result()
    finally:
        for _ in range(animating.AT_ONCE):
            animating._turns.release()
    assert animating.begin(REEL, FRAMES).result()


def test_no_answer_is_no_file() -> None:
    with pytest.raises(ValueError, match="no GIF could be made"):
        animation.answered(b"")
    with pytest.raises(ValueError, match="no GIF could be made"):
        animation.answered(b'{"ok": true}\n<html>')
