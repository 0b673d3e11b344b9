"""Whatever a tour's file holds: it is a tour, or what is wrong is said line by line."""

from collections.abc import Iterator
from random import Random
from typing import Final

import pytest

from rnnviz import tours
from rnnviz.tours.shelf import SHIPPED
from tests.hostile import mutations
from tests.hostile.cases import Fuzzer, blocks, survives

SMALL: Final = """\
---
title: A tour
language: en
author: A. Teacher
about: What is in it.
---

## A stop
link: /Gates?cell=lstm
look: page

Text with $h_t = \\tanh(x)$ and `code`.

- A point
- Another

**Question.** Why?

**Answer.** So.
"""
KNOWN: Final = (SMALL, *(path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.md"))))


def tour(chosen: Random) -> str:
    """A tour of which a line, a formula or anything else was changed."""
    before = SMALL if chosen.random() < 0.8 else chosen.choice(KNOWN)
    if chosen.random() < 0.5:
        return mutations.text(chosen, before)
    lines = before.split("\n")
    for _ in range(chosen.choice((1, 2, 5))):
        place = chosen.randrange(len(lines))
        lines[place : place + 1] = [
            mutations.text(chosen, chosen.choice((lines[place], lines[place], "$\\frac{a}{b}$")))
        ]
        if chosen.random() < 0.3:
            lines.insert(chosen.randrange(len(lines)), chosen.choice(lines))
    return "\n".join(lines)


def read(text: str) -> Iterator[str]:
    found, problems = tours.read(text)
    assert (found is None) == bool(problems)
    yield from problems


TOURS: Final = Fuzzer("tour", tour, read)


@pytest.mark.parametrize("block", blocks(15))
def test_any_tour_is_read_or_refused(block: int) -> None:
    survives(TOURS, block)
