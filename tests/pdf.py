"""A strict reader of the PDFs that a menu saves: every place in the table of objects, every length, every name."""

import re
import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pdf:
    """One page with one picture.

    Attributes:
        size: Of the page, in points.
        colors: uint8, of shape (height, width, 3).
        alphas: uint8, of shape (height, width), or None where nothing is transparent.
    """

    size: tuple[float, float]
    title: str
    subject: str
    alt: str
    colors: np.ndarray
    alphas: np.ndarray | None


def read(data: bytes) -> Pdf:
    """A file whose every number is checked."""
    objects = _objects(data)
    catalog, pages, page, content = objects[:4]
    assert b"/Type /Catalog /Pages 2 0 R" in catalog
    assert b"/MarkInfo << /Marked true >> /StructTreeRoot 6 0 R" in catalog
    assert b"/Kids [3 0 R] /Count 1" in pages
    assert b"/Parent 2 0 R" in page
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page).groups())  # type: ignore[union-attr]
    drawn = re.fullmatch(rb"/Figure << /MCID 0 >> BDC\nq (\S+) 0 0 (\S+) 0 0 cm /Im Do Q\nEMC\n", _stream(content)[1])
    assert drawn
    assert (float(drawn[1]), float(drawn[2])) == (width, height)
    masked = b"/SMask 9 0 R" in objects[4]
    assert len(objects) == 8 + masked
    return Pdf(
        (width, height),
        _text(objects[7], "Title"),
        _text(objects[7], "Subject"),
        _text(objects[6], "Alt"),
        _picture(objects[4], b"/DeviceRGB", 3),
        _picture(objects[8], b"/DeviceGray", 1)[..., 0] if masked else None,
    )


def _objects(data: bytes) -> list[bytes]:
    """What stands between the beginning and the end of each object, where the table says that it begins."""
    assert data.startswith(b"%PDF-1.7\n")
    end = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", data)
    assert end
    table = data[int(end[1]) :]
    head = re.match(rb"xref\n0 (\d+)\n0000000000 65535 f \n", table)
    assert head
    count = int(head[1])
    lines = [table[head.end() + 20 * k :][:20] for k in range(count - 1)]
    assert all(re.fullmatch(rb"\d{10} 00000 n \n", line) for line in lines)
    assert table[head.end() + 20 * (count - 1) :].startswith(b"trailer\n<< /Size %d /Root 1 0 R /Info 8 0 R >>" % count)
    starts = [int(line[:10]) for line in lines]
    found = []
    for number, (start, after) in enumerate(zip(starts, [*starts[1:], int(end[1])], strict=True), start=1):
        begin = b"%d 0 obj\n" % number
        assert data[start:after].startswith(begin)
        assert data[start:after].endswith(b"\nendobj\n")
        found.append(data[start + len(begin) : after - len(b"\nendobj\n")])
    return found


def _stream(data: bytes) -> tuple[bytes, bytes]:
    head, _, rest = data.partition(b"\nstream\n")
    length = re.search(rb"/Length (\d+) >>$", head)
    assert length
    assert rest[int(length[1]) :] == b"\nendstream"
    return head, rest[: int(length[1])]


def _text(data: bytes, name: str) -> str:
    found = re.search(rb"/%s <FEFF([0-9A-F]*)>" % name.encode(), data)
    assert found, name
    return bytes.fromhex(found[1].decode()).decode("utf-16-be")


def _picture(data: bytes, space: bytes, channels: int) -> np.ndarray:
    head, packed = _stream(data)
    assert b"/Filter /FlateDecode" in head
    assert b"/ColorSpace %s" % space in head
    width, height = (int(re.search(rb"/%s (\d+)" % name, head)[1]) for name in (b"Width", b"Height"))  # type: ignore[index]
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, width, channels)
