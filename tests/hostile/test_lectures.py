"""Whatever a lecture for ``export`` says in YAML or as links: it is read, or refused in a few words."""

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from rnnviz.export import lecture
from tests.export.test_lecture import WHOLE
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives
from tests.hostile.test_links import pasted
from tests.serving import ROOT

GALLERY: Final = (ROOT / "docs" / "gallery.yaml").read_text(encoding="utf-8")
FLOWS: Final = (
    "{",
    "[",
    "- ",
    "? ",
    "{a: ",
    "[a, ",
    "a: ",
    '"',
    "'",
    "|\n ",
    ">\n ",
    "*a ",
    "&a ",
    "!!map ",
    "\n",
    "\n---\n",
)


def text(chosen: Random) -> str:
    """A lecture that was changed, a list of pasted links, or the signs of YAML in any order."""
    way = chosen.randrange(6)
    if way == 0:
        return "\n".join([pasted(chosen) for _ in range(3)] * chosen.choice((1, 1, 70)))
    if way == 1:
        signs = "".join(chosen.choice(FLOWS) for _ in range(chosen.choice((2, 5, 20))))
        return "title: x\nfigures: " + signs * chosen.choice((1, 1, 50, 1_000))
    if way == 2 and chosen.random() < 0.1:
        return mutations.text(chosen, GALLERY)
    lines = WHOLE.split("\n")
    for _ in range(chosen.choice((1, 2, 5))):
        place = chosen.randrange(len(lines))
        lines[place] = mutations.text(chosen, lines[place])
    return "\n".join(lines)


def read(case: str) -> Iterator[str]:
    lecture.read(case, "week5")
    yield from ()


LECTURES: Final = Fuzzer("lecture", text, read, (ValueError,))


@pytest.mark.parametrize("block", blocks(10))
def test_any_lecture_is_read_or_refused(block: int) -> None:
    survives(LECTURES, block)


LARGE: Final = {
    "keys": "".join(f"k{k}: 1\n" for k in range(9_000)),
    "items": "figures:\n" + "- a\n" * 24_000,
    "lists": "figures: [" + "[a], " * 19_000 + "]",
    "words": "title: " + "a b " * 24_000,
    "lines": "title: |\n" + " a\n" * 33_000,
    "links": "/Gates?cell=lstm\n" * 5_800,
}


@pytest.mark.parametrize("what", LARGE)
def test_the_largest_lectures_are_soon_refused(what: str) -> None:
    """Many keys took 1.0 s while 20,000 parts were read."""
    survives(Fuzzer(f"many {what}", lambda _: LARGE[what], read, (ValueError,)), 0, 1)
