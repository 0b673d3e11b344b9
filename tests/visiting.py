"""Visitors without a browser: each is a session of its own over the websocket that Streamlit's own page uses."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.link import to_params

PATIENCE: Final = 300.0
"""Seconds that a view may take on a machine busy with other things."""


@dataclass(frozen=True)
class View:
    """A page by its name in the address, and the parameters of a link to it."""

    page: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass
class Seen:
    """What a visitor has been shown: the views that came whole, and the exceptions on them."""

    views: int = 0
    exceptions: list[str] = field(default_factory=list)


@asynccontextmanager
async def visitor(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[ClientConnection]:
    """A session of one visitor at a server, opened with further headers."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    async with connect(
        address,
        subprotocols=["streamlit"],
        origin=url,
        additional_headers=headers,
        max_size=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    ) as there:
        yield there


async def ask(there: ClientConnection, view: View) -> None:
    """Ask for a view, as a link on the page would."""
    await there.send(written(view))


def written(view: View, states: Iterable[WidgetState] = (), kept: Iterable[str] = ()) -> bytes:
    """The message that asks for a view, with what its widgets say and the names of messages that were kept."""
    wanted = BackMsg()
    wanted.rerun_script.cached_message_hashes.extend(kept)
    wanted.rerun_script.page_name = view.page
    wanted.rerun_script.query_string = urlencode(view.params)
    wanted.rerun_script.widget_states.widgets.extend(states)
    return wanted.SerializeToString()


async def wait_for(there: ClientConnection, seen: Seen) -> None:
    """Return once the run of the script is over."""
    while True:
        async with asyncio.timeout(PATIENCE):  # wait_for may lose that its task is cancelled
            raw = await there.recv()
        told = ForwardMsg()
        told.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
        if told.WhichOneof("type") == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
            seen.exceptions.append(told.delta.new_element.exception.message)
        if told.WhichOneof("type") == "script_finished":
            seen.views += 1
            return


async def look_at(url: str, views: Iterable[View], seen: Seen) -> None:
    """Visit a server and look at one view after the other."""
    async with visitor(url) as there:
        for view in views:
            await ask(there, view)
            await wait_for(there, seen)


def costly(number: int) -> Iterator[View]:
    """What one visitor looks at, no two alike and none like another's."""
    chosen = random.Random(number)  # noqa: S311 - no secret
    while True:
        seed = chosen.randrange(2**31)
        cell, units, steps = chosen.choice(("rnn", "lstm", "gru")), chosen.choice((128, 256, 512)), 1_000
        numbers = "\n".join(f"{chosen.random():.1f}" for _ in range(steps))
        network = changed(DEFAULT, cell=cell, hidden_size=units, seed=seed, numbers=numbers, t=chosen.randrange(steps))
        review = f"{seed} " + "The film was not good, it was great! " * chosen.randrange(1, 40)
        long = f"{seed} " + "\N{MATHEMATICAL BOLD SMALL A}" * 90_000
        yield chosen.choice(
            (
                View("Step_through", to_params(network)),
                View("Hidden_states", to_params(network)),
                View("Gates", to_params(network)),
                View("Gradients", to_params(network)),
                View("Sentiment", to_params(changed(DEFAULT, input="words", words=review))),
                View("Step_through", to_params(changed(DEFAULT, input="words", words=long))),
            )
        )


def resident(process: int) -> int:
    """Bytes of a process that are in memory now."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
    return 1024 * int(said.stdout)


def used(process: int) -> float:
    """Seconds of the processor that a process has used."""
    said = subprocess.run(["ps", "-o", "time=", "-p", str(process)], capture_output=True, text=True, check=True)
    days, _, rest = said.stdout.strip().rpartition("-")
    seconds = 0.0
    for part in rest.split(":"):
        seconds = 60 * seconds + float(part)
    return 86_400 * int(days or 0) + seconds
