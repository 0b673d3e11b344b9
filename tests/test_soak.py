"""Many visitors who look at one costly view after the other leave the server about as large as it was."""

import asyncio
import time
from itertools import islice, takewhile
from pathlib import Path
from typing import Final

import pytest

from rnnviz import caching
from tests.serving import running
from tests.visiting import Seen, costly, look_at, resident

VISITORS: Final = 4
VIEWS: Final = 12
KEPT_MB: Final = 40
"""What the results may take that are kept."""

GROWTH: Final = 350_000_000
"""Bytes that the server may grow by: what is kept, what four views need meanwhile, and what the allocator holds."""


@pytest.mark.slow
def test_costly_views_of_many_visitors_do_not_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(caching.VARIABLE, str(KEPT_MB))
    seen = [Seen() for _ in range(VISITORS)]

    async def visit(url: str, first: int, views: int) -> None:
        await asyncio.gather(*(look_at(url, islice(costly(first + k), views), one) for k, one in enumerate(seen)))

    with running(tmp_path / "server.txt") as server:
        server.wait_until_ready()
        asyncio.run(visit(server.url, 0, 2))
        before = resident(server.process.pid)
        asyncio.run(visit(server.url, VISITORS, VIEWS))
        after = resident(server.process.pid)
    assert [one.exceptions for one in seen] == [[]] * VISITORS
    assert sum(one.views for one in seen) == VISITORS * (2 + VIEWS)
    assert after - before < GROWTH, f"{before:,} bytes became {after:,}"


CLASS: Final = 20
MINUTES: Final = 6.0
LEFT_MB: Final = 700
"""What the server may have once the class has gone; just started it has some 370."""

GIVEN_BACK: Final = 12.0
"""Seconds in which free memory goes back to the system."""


@pytest.mark.nightly
def test_a_class_that_looks_at_costly_views_for_minutes_leaves_the_server_small(tmp_path: Path) -> None:
    seen = [Seen() for _ in range(CLASS)]

    async def visit(url: str) -> None:
        end = time.monotonic() + 60 * MINUTES
        views = [takewhile(lambda _: time.monotonic() < end, costly(k)) for k in range(CLASS)]
        await asyncio.gather(*(look_at(url, some, one) for some, one in zip(views, seen, strict=True)))

    with running(tmp_path / "server.txt") as server:
        server.wait_until_ready()
        asyncio.run(visit(server.url))
        time.sleep(GIVEN_BACK)
        left = resident(server.process.pid)
    assert [one.exceptions for one in seen] == [[]] * CLASS
    assert sum(one.views for one in seen) > CLASS
    assert left < LEFT_MB * 1_000_000, f"{left / 1e6:,.0f} MB"
