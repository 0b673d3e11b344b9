"""An address as a QR code, for an audience with telephones."""

from typing import Final

MOST_BYTES: Final = 1_200
"""The length of an address; in codes of longer ones, the squares are too small to be read from a seat."""

QUIET: Final = 4
"""White squares around a code, as the standard demands."""


def drawn(address: str) -> dict[str, object]:
    """The code of an address, which comes from a browser and is not trusted, as one SVG path.

    Returns:
        ``address``; ``size``, squares along an edge with the quiet zone; ``path``, a unit square for each dark one.

    Raises:
        ValueError: If it is no address of a page, or longer than ``MOST_BYTES``.
    """
    if not address.startswith(("http://", "https://")):
        raise ValueError("a QR code is made of an address that begins with http:// or https://; got something else")
    if (size := len(address.encode("utf-8", "replace"))) > MOST_BYTES:
        raise ValueError(
            f"This link has {size:,} characters. A QR code that can be read across a room holds {MOST_BYTES:,}. "
            "Copy the link instead, or take a shorter text."
        )
    rows = squares(address)
    dark = (f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, bit in enumerate(row) if bit)
    return {"address": address, "size": len(rows) + 2 * QUIET, "path": "".join(dark)}


def squares(address: str) -> tuple[tuple[bool, ...], ...]:
    """The squares of a code row by row, without the quiet zone; True is dark."""
    import segno

    code = segno.make(address, error="L", boost_error=True, micro=False)
    return tuple(tuple(bool(bit) for bit in row) for row in code.matrix)
