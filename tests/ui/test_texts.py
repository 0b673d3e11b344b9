"""The texts that pages show: every part of them is found by its name."""

import re

import pytest

from rnnviz.ui.shell import frame
from tests.together import together

MARKED = re.compile(r"<!-- ([\w-]+) -->")
PARTS = [
    (file.stem, part)
    for file in sorted(frame.TEXTS.glob("*.md"))
    for part in MARKED.findall(file.read_text(encoding="utf-8"))
]


@together("name, part", PARTS)
def test_a_part_is_found_and_tells_what_is_seen(name: str, part: str) -> None:
    asked, *_ = frame._prose(name, part)
    assert len(asked) > 100
    assert "<!--" not in asked


def test_a_part_that_is_not_there_is_said() -> None:
    with pytest.raises(ValueError, match=r"part must be one of clipping\.md, alone on its line; got 'threshold'"):
        frame._prose("clipping", "threshold")
