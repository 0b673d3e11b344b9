"""A class at once: how long visitors of one server wait who act once a second, beside the same on a bare page.

An act is another seed in the control of the network, as its widget sends it, or a link to another seed, a whole page.
A bare page has fifteen texts and a number box, and nothing is computed there. Visitors name what they have kept of the
messages of the last runs, as browsers do, and share the machine with the
server, and act once all of them have their page; how long that takes stands beside it. A server has just started, and
computes meanwhile what the seeds show; "the same later" are other visitors who find that computed. Two replicas share
the visitors as a proxy would deal them out, and one folder of finished runs. In one row two networks are trained beside
thirty visitors.
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import tempfile
import time
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection

from benchmarks._along import underway
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params
from tests.serving import ROOT, Server, running
from tests.visiting import PATIENCE, View, ask, resident, visitor, written

COUNTS: Final = (1, 30, 60, 120)
REPLICAS: Final = (1, 2)
PAGES: Final = ("Step_through", "Hidden_states", "Gates", "Gradients")
SECONDS: Final = 20.0
KEPT_FOR: Final = int(tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["global"]["maxCachedMessageAge"])
"""Runs for which a browser keeps a message."""

SEEDS: Final = 12
"""As many as a class would share: the first visitor of each has it computed, the others do not."""

NETWORK: Final = to_params(changed(DEFAULT, cell="lstm", input="words", hidden_size=16))
BARE: Final = """import streamlit as st

for k in range(15):
    st.text(f"Line {k}")
st.number_input("Seed", 0, 99)
"""


@dataclass
class Acts:
    """What all visitors of a row have met: milliseconds and bytes of each answer, and exceptions shown.

    Attributes:
        opened: Seconds until every visitor had their page.
    """

    opened: float = 0.0
    times: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    exceptions: int = 0


@dataclass
class Visitor:
    """One of them; where the settings and in them the box "Seed" are on its page is read off the answers.

    Attributes:
        seen: By the name of a message, the run in which it was last told.
    """

    there: ClientConnection
    page: str
    chosen: random.Random
    acts: Acts
    box: tuple[str, str] = ("", "")
    settings: str = ""
    run: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> list[str]:
        """The names of the messages that a browser would still have."""
        return [name for name, run in self.seen.items() if run > self.run - KEPT_FOR]

    async def open(self, *, settings: bool) -> None:
        """Open the page, and there the settings, if they are wanted."""
        params = NETWORK if self.page else {}
        await ask(self.there, View(self.page, params))
        await self.answered()
        if settings and self.settings:
            opened = WidgetState(id=self.settings, bool_value=True)
            await self.there.send(written(View(self.page, params), [opened], self.kept))
            await self.answered()

    async def by_control(self) -> None:
        """Another seed, as the box sends it: the part of the page in which it stands runs."""
        asked = BackMsg()
        asked.rerun_script.cached_message_hashes.extend(self.kept)
        asked.rerun_script.page_name = self.page
        asked.rerun_script.query_string = urlencode(NETWORK if self.page else {})
        state = asked.rerun_script.widget_states.widgets.add()
        state.id, asked.rerun_script.fragment_id = self.box
        state.double_value = self.chosen.randrange(SEEDS)
        await self.there.send(asked.SerializeToString())

    async def by_link(self) -> None:
        """A link to another seed: the whole page runs."""
        view = View(self.page, {**NETWORK, "seed": str(self.chosen.randrange(SEEDS))})
        await self.there.send(written(view, kept=self.kept))

    async def answered(self) -> int:
        """Wait for the end of a run; what comes back are its bytes."""
        size, self.run = 0, self.run + 1
        while True:
            async with asyncio.timeout(PATIENCE):
                raw = await self.there.recv(decode=False)
            size += len(raw)
            told = ForwardMsg.FromString(raw)
            kind = told.WhichOneof("type")
            if told.ref_hash or told.metadata.cacheable:
                self.seen[told.ref_hash or told.hash] = self.run
            self.settings = told.delta.add_block.expandable.id if _is_settings(told) else self.settings
            if kind == "delta" and told.delta.WhichOneof("type") == "new_element":
                element = told.delta.new_element
                self.acts.exceptions += element.WhichOneof("type") == "exception"
                if element.WhichOneof("type") == "number_input" and element.number_input.label == "Seed":
                    self.box = element.number_input.id, told.delta.fragment_id
            if kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return size


def _is_settings(told: ForwardMsg) -> bool:
    return told.delta.add_block.expandable.label == "More settings"


@dataclass(frozen=True)
class Class:
    """Visitors, spread over pages, who act in one way for so many seconds."""

    count: int
    way: "Way"
    seconds: float
    pages: tuple[str, ...] = PAGES


Way = Callable[[Visitor], Awaitable[None]]
WAYS: Final[dict[str, Way]] = {"a control": Visitor.by_control, "a link": Visitor.by_link}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="eight seconds each, and at most thirty visitors")
    quick = parser.parse_args(argv).quick
    seconds = 8.0 if quick else SECONDS
    print(
        f"{'':38} {'opened':>7} {'p50':>7} {'p95':>7} {'runs/s':>7} {'kB/run':>7} {'MB/visitor':>11} {'exceptions':>11}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {"RNNVIZ_RUNS": str(folder / "runs"), "RNNVIZ_WORKERS": "2"}
        for count in COUNTS[:2] if quick else COUNTS:
            for replicas in REPLICAS[: 1 if count == 1 else None]:
                where = f", {replicas} replicas" if replicas > 1 else ""
                for said, way in WAYS.items():
                    some = Class(count, way, seconds)
                    with _servers(folder, replicas) as servers:
                        _row(f"{count} visitors, {said}{where}", servers, some)
                        _row("the same later", servers, some)
            with _bare(folder) as servers:
                _row(f"{count} visitors, a bare page", servers, Class(count, Visitor.by_control, seconds, ("",)))
        with _training(folder) as servers:
            _row("30 visitors, a control, trainings", servers, Class(30, Visitor.by_control, seconds))
    return 0


@contextmanager
def _servers(folder: Path, count: int) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(running(folder / f"server-{k}.txt")) for k in range(count)]
        for server in servers:
            server.wait_until_ready()
        yield servers


@contextmanager
def _bare(folder: Path) -> Iterator[list[Server]]:
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit", dirs_exist_ok=True)  # the application's settings
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    command = ("streamlit", "run", "bare.py", "--server.headless=true", "--server.port")
    with running(folder / "bare.txt", cwd=folder, command=command) as server:
        yield [server]


@contextmanager
def _training(folder: Path) -> Iterator[list[Server]]:
    """A server whose workers train two networks."""
    switch = folder / "train"
    switch.touch()
    with running(folder / "server.txt", command=("benchmarks._along", str(switch), "--port")) as server:
        server.wait_until_ready()
        while not underway(switch).exists():
            time.sleep(0.1)
        yield [server]


def _row(said: str, servers: Sequence[Server], some: Class) -> None:
    acts, before = Acts(), _resident(servers)
    asyncio.run(_meet([server.url for server in servers], some, acts))
    grown = (_resident(servers) - before) / some.count / 1e6
    times = sorted(acts.times)
    late = times[int(0.95 * (len(times) - 1))]
    numbers = f"{acts.opened:6.1f}s {statistics.median(times):7.0f} {late:7.0f} {len(times) / some.seconds:7.1f}"
    print(
        f"{said:38} {numbers} {statistics.mean(acts.sizes) / 1e3:7.0f} {grown:11.1f} {acts.exceptions:11}", flush=True
    )


def _resident(servers: Sequence[Server]) -> int:
    return sum(resident(server.process.pid) for server in servers)


async def _meet(urls: Sequence[str], some: Class, acts: Acts) -> None:
    begun, there = time.perf_counter(), asyncio.Barrier(some.count + 1)
    async with asyncio.TaskGroup() as group:
        for k in range(some.count):
            group.create_task(_visit(urls[k % len(urls)], some, k, acts, there))
        await there.wait()
        acts.opened = time.perf_counter() - begun


async def _visit(url: str, some: Class, number: int, acts: Acts, everyone: asyncio.Barrier) -> None:
    """Open the page, and act about once a second as soon as everyone has theirs."""
    chosen, page = random.Random(number), some.pages[number % len(some.pages)]  # noqa: S311 - no secret
    async with visitor(url) as there:
        one = Visitor(there, page, chosen, acts)
        await one.open(settings=some.way is Visitor.by_control)
        await everyone.wait()
        await asyncio.sleep(chosen.random())
        end = time.monotonic() + some.seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            await some.way(one)
            size = await one.answered()
            took = time.perf_counter() - begun
            acts.times.append(1e3 * took)
            acts.sizes.append(size)
            await asyncio.sleep(max(0.0, 1 - took) * chosen.uniform(0.8, 1.2))


if __name__ == "__main__":
    raise SystemExit(main())
