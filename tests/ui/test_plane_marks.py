"""Points on the plane of the states that lie on each other."""

from pathlib import Path

from tests import node


def test_a_point_that_lies_under_others_is_a_ring_around_them(tmp_path: Path) -> None:
    script = """
        import { sizesOf } from "./phase_plane/marks.js";
        const told = [sizesOf([[0, 0], [40, 0]]), sizesOf([[0, 0], [3, 2], [40, 0], [4, 1]]), sizesOf([])];
    """
    apart, stacked, none = node.told(tmp_path, ["phase_plane/marks.js"], script)
    assert len(set(apart)) == 1
    assert stacked[0] == stacked[2] == apart[0]
    assert stacked[0] + 4 <= stacked[1] <= stacked[3] - 4  # each outline with its white edge is seen
    assert none == []
