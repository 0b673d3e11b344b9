"""How long a visitor's answers take beside another who has eight tabs of costly views.

The visitor asks for another seed on Hidden states five times a second; each tab asks for the gradients of an LSTM of
512 units over a thousand steps, and for the next as soon as they are there.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection

from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params
from tests.serving import ROOT, running
from tests.visiting import Seen, View, ask, visitor, wait_for

TABS: Final = 8
PAUSE: Final = 0.2
_RANDOM: Final = random.Random(3)  # noqa: S311 - no secret


def main(argv: Sequence[str] | None = None) -> int:
    """Print the times; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tabs", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="ten answers each instead of forty")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout, to compare with; default: this one")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "server.txt", cwd=arguments.tree) as server:
        server.wait_until_ready()
        asyncio.run(_measure(server.url, 10 if arguments.quick else 40))
    return 0


async def _measure(url: str, count: int) -> None:
    async with visitor(url) as here:
        await _answers(here, 3)
        await _look(url, _costly())  # what only the first has to wait for
        alone = await _answers(here, count)
        seen = Seen()
        tabs = [asyncio.create_task(_tab(url, seen)) for _ in range(TABS)]
        await asyncio.sleep(1)
        begun, before = time.monotonic(), seen.views
        beside = await _answers(here, count)
        rate = (seen.views - before) / (time.monotonic() - begun)
        for tab in tabs:
            tab.cancel()
        await asyncio.gather(*tabs, return_exceptions=True)
    for said, times in (("alone", alone), (f"beside {TABS} tabs", beside)):
        middle, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"{said:16} p50 {1000 * middle:4.0f} ms  p95 {1000 * slow:4.0f} ms")
    print(f"costly views a second: {rate:.2f}; exceptions: {len(seen.exceptions)}")


async def _answers(here: ClientConnection, count: int) -> list[float]:
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        await ask(here, View("Hidden_states", to_params(changed(DEFAULT, seed=_RANDOM.randrange(2**31)))))
        await wait_for(here, Seen())
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(PAUSE)
    return times


async def _tab(url: str, seen: Seen) -> None:
    while True:
        await _look(url, _costly(), seen)


async def _look(url: str, view: View, seen: Seen | None = None) -> None:
    async with visitor(url) as there:
        await ask(there, view)
        await wait_for(there, seen or Seen())


def _costly() -> View:
    numbers = "\n".join(f"{_RANDOM.random():.1f}" for _ in range(1_000))
    network = changed(DEFAULT, cell="lstm", hidden_size=512, seed=_RANDOM.randrange(2**31), numbers=numbers)
    return View("Gradients", to_params(network))


if __name__ == "__main__":
    sys.exit(main())
