"""What the server's memory comes to when many visitors look at one costly view after the other for a while.

Each visitor has a session of its own and never looks at what another has looked at, so that nothing is found among the
results that are kept. Some follow cheap links to long texts, of which a session keeps what was looked at.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.serving import ROOT, running
from tests.visiting import Seen, costly, look_at, resident

EVERY: Final = 5.0
"""Seconds between two looks at the memory."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print how the memory grows; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute of it")
    parser.add_argument("--visitors", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=10.0, help="default: %(default)s")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout, to compare with; default: this one")
    arguments = parser.parse_args(argv)
    seconds = 60.0 if arguments.quick else 60 * arguments.minutes
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "server.txt", cwd=arguments.tree) as server:
        server.wait_until_ready()
        seen = [Seen() for _ in range(arguments.visitors)]
        asyncio.run(_soak(server.url, server.process.pid, seconds, seen))
    exceptions = [message for one in seen for message in one.exceptions]
    print(f"{sum(one.views for one in seen)} views, {len(exceptions)} exceptions {exceptions[:1]}")
    return 1 if exceptions else 0


async def _soak(url: str, process: int, seconds: float, seen: list[Seen]) -> None:
    begun = time.monotonic()
    visits = [asyncio.create_task(look_at(url, costly(k), one)) for k, one in enumerate(seen)]
    most = 0
    while (past := time.monotonic() - begun) < seconds and not any(visit.done() for visit in visits):
        size = resident(process)
        most = max(most, size)
        print(
            f"{past:6.0f} s  {size / 1e6:7.0f} MB  most {most / 1e6:.0f} MB  views {sum(one.views for one in seen)}",
            flush=True,
        )
        await asyncio.sleep(EVERY)
    for visit in visits:
        visit.cancel()
    ended = await asyncio.gather(*visits, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error
    print(f"at the end {resident(process) / 1e6:.0f} MB, at most {most / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
