"""Pictures of the same size as an animated GIF; ``python -m rnnviz.animation`` makes it in a process of its own.

The pictures come from browsers, so nothing about them is trusted: that process decodes them, with limited memory and
time. It takes one line of JSON and the pictures behind it, and answers with one line and the GIF, which Pillow writes.
"""

import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final, cast

from PIL import Image

MOST_FRAMES: Final = 60
SIDES: Final = ((16, 1920), (16, 2160))
"""The least and the most pixels of a picture's width and height."""

SECONDS: Final = (0.1, 5.0)
"""The least and the most seconds of a step."""

REST: Final = 2.0
"""Seconds that the last picture stays before the first comes again."""

MOST_BYTES: Final = 40_000_000
"""The most bytes of all pictures together."""

COLORS: Final = 255
"""The colours of a palette: a GIF has 256, and one of them lets the ground through."""

_MEMORY: Final = 2 * 2**30
_SAMPLES: Final = 12
_EXACT: Final = 64
"""So many of the most frequent colours stay as they are: those of grounds, lines and letters."""

_STEP: Final = 8
_Color = tuple[int, int, int]
_OPAQUE: Final = 128
_LINE_LIMIT: Final = 4_096


@dataclass(frozen=True)
class Reel:
    """The measures of a GIF to be made; ValueError if they are not within ``SIDES``, ``MOST_FRAMES`` and ``SECONDS``.

    Attributes:
        width, height: In pixels.
        seconds: How long each picture is shown; the last stays for ``REST`` longer.
        transparent: Whether the ground shows where nothing is drawn.
    """

    width: int
    height: int
    count: int
    seconds: float
    transparent: bool = False

    def __post_init__(self) -> None:
        limits = {"width": SIDES[0], "height": SIDES[1], "count": (2, MOST_FRAMES)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ValueError(f"{name} must be a whole number in {low}..{high}; got {value!r:.40}")
        seconds: object = self.seconds
        if not isinstance(seconds, int | float) or not SECONDS[0] <= seconds <= SECONDS[1]:
            raise ValueError(f"seconds must be a number in {SECONDS[0]}..{SECONDS[1]}; got {seconds!r:.40}")
        if not isinstance(self.transparent, bool):
            raise ValueError(f"transparent must be true or false; got {self.transparent!r:.40}")  # noqa: TRY004 - as JSON


def gif(reel: Reel, frames: Sequence[bytes]) -> bytes:
    """An animated GIF of PNG files, which loops with a rest at its end; ValueError if they are not as the reel says."""
    if len(frames) != reel.count:
        raise ValueError(f"there must be {reel.count} pictures; got {len(frames)}")
    palette = _palette(reel, frames)
    first, *others = (_paletted(_opened(reel, frame), palette, reel) for frame in frames)
    still = round(1000 * reel.seconds)
    look: dict[str, Any] = {"transparency": COLORS, "disposal": 2} if reel.transparent else {"disposal": 1}
    file = io.BytesIO()
    durations = [*[still] * (reel.count - 1), still + round(1000 * REST)]
    first.save(file, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False, **look)
    return file.getvalue()


def _opened(reel: Reel, frame: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(frame), formats=("PNG",))
        if picture.size != (reel.width, reel.height):
            raise ValueError(f"a picture must have {reel.width} x {reel.height} pixels; got {picture.size}")
        return picture.convert("RGBA" if reel.transparent else "RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"a picture must be a PNG; {error}") from error


def _palette(reel: Reel, frames: Sequence[bytes]) -> Image.Image:
    """One palette from some of the pictures, so that what stands still has the same colours in all."""
    every = max(1, -(-reel.count // _SAMPLES))
    chosen = [*frames[::every], frames[-1]]
    side = (reel.width // 2, reel.height // 2)
    sheet = Image.new("RGB", (side[0], side[1] * len(chosen)))
    for k, frame in enumerate(chosen):
        sheet.paste(_opened(reel, frame).convert("RGB").resize(side, Image.Resampling.NEAREST), (0, side[1] * k))
    exact: list[_Color] = []
    for _, color in sorted(sheet.getcolors(sheet.width * sheet.height) or [], reverse=True)[: 4 * _EXACT]:
        if len(exact) < _EXACT and not _near(cast(_Color, color), exact):
            exact.append(cast(_Color, color))
    found = sheet.quantize(COLORS - len(exact), method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    values = found.getpalette() or []
    others = [cast(_Color, tuple(values[k : k + 3])) for k in range(0, len(values), 3)]
    colors = [*exact, *(color for color in others if not _near(color, exact))]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for color in colors for channel in color])
    return palette


def _near(color: _Color, others: list[_Color]) -> bool:
    """Whether Pillow, which compares colours in coarse steps, could take another for this one."""
    return any(max(abs(one - two) for one, two in zip(color, other, strict=True)) < _STEP for other in others)


def _paletted(picture: Image.Image, palette: Image.Image, reel: Reel) -> Image.Image:
    flat = picture.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    if reel.transparent:
        unseen = picture.getchannel("A").point(lambda alpha: 255 * (alpha < _OPAQUE))
        flat.paste(COLORS, mask=unseen)
    return flat


def order(reel: Reel, frames: Sequence[bytes]) -> bytes:
    """The order that the process is given."""
    header = json.dumps({**asdict(reel), "lengths": [len(frame) for frame in frames]})
    return b"".join([header.encode(), b"\n", *frames])


def answered(said: bytes) -> bytes:
    """The GIF in the answer of the process; a ValueError says why there is none."""
    line, _, file = said.partition(b"\n")
    if line == b'{"ok": true}' and file.startswith(b"GIF89a"):
        return file
    raise ValueError(str(json.loads(line)["error"]) if line.startswith(b'{"error"') else "no GIF could be made")


def _ordered(orders: BinaryIO) -> tuple[Reel, list[bytes]]:
    header = json.loads(orders.readline(_LINE_LIMIT))
    lengths = header.pop("lengths")
    return Reel(**header), [orders.read(length) for length in lengths]


def _frugal() -> None:
    """Let all other processes go first, and limit the memory to what the largest reel needs."""
    if sys.platform != "win32":
        import resource

        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def main() -> int:
    """Take one order and answer it; return the exit code."""
    _frugal()
    answers = sys.stdout.buffer
    try:
        file = gif(*_ordered(sys.stdin.buffer))
    except (ValueError, MemoryError) as error:
        answers.write(json.dumps({"error": f"{error}"[:300] or "the pictures need too much memory"}).encode() + b"\n")
        return 1
    answers.write(b'{"ok": true}\n' + file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
