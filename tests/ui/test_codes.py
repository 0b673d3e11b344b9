"""QR codes: squares as the encoder has them, with a quiet zone, and clear words where there can be none."""

import re

import pytest
import segno

from rnnviz.ui.shell import codes

ADDRESS = "http://127.0.0.1:8501/Gates?cell=lstm&views=gates.view%3Amemory&v=1"


def dark(code: dict[str, object]) -> set[tuple[int, int]]:
    """The places of the dark squares, read off the path."""
    path = str(code["path"])
    squares = re.findall(r"M(\d+) (\d+)h1v1h-1z", path)
    assert "".join(f"M{x} {y}h1v1h-1z" for x, y in squares) == path
    return {(int(x), int(y)) for x, y in squares}


def test_the_path_is_the_code_of_the_address() -> None:
    code = codes.drawn(ADDRESS)
    matrix = segno.make_qr(ADDRESS, error="L", boost_error=True).matrix
    edge = len(matrix)
    assert code["size"] == edge + 8
    assert code["address"] == ADDRESS
    wanted = {(x + 4, y + 4) for y in range(edge) for x in range(edge) if matrix[y][x]}
    assert dark(code) == wanted


def test_a_quiet_zone_of_four_squares_stays_white() -> None:
    code = codes.drawn(ADDRESS)
    size = int(str(code["size"]))
    assert {at for place in dark(code) for at in place} <= set(range(4, size - 4))
    assert {(4, 4), (size - 5, 4), (4, size - 5)} <= dark(code)


def test_another_address_is_another_code() -> None:
    assert dark(codes.drawn(ADDRESS)) != dark(codes.drawn(f"{ADDRESS}&t=1"))


def test_the_longest_address_has_a_code() -> None:
    longest = "http://a/?words=".ljust(codes.MOST_BYTES, "x")
    assert int(str(codes.drawn(longest)["size"])) < 140
    with pytest.raises(ValueError, match=r"1,201 characters.*1,200"):
        codes.drawn(f"{longest}x")


def test_signs_count_as_what_they_take() -> None:
    with pytest.raises(ValueError, match="2,411 characters"):
        codes.drawn("http://a/?w" + "é" * 1_200)


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "data:text/html,x", "ftp://a", "//a", " http://a"])
def test_only_pages_have_codes(address: str) -> None:
    with pytest.raises(ValueError, match="begins with http:// or https://"):
        codes.drawn(address)
