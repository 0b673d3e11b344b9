"""A setting on which no other depends: the server sends the view again, and nothing that stands around it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection

from tests.serving import Server, running
from tests.visiting import PATIENCE, View, ask, visitor, written

PAGES = ("Step_through", "Hidden_states", "Gates", "Gradients")


@dataclass
class Answer:
    """The elements that came by their kinds, the view's address, and where settings and the box "Seed" are.

    ``navigation`` is whether the links to all pages came.
    """

    kinds: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    address: str = ""
    settings: str = ""
    seed: str = ""
    navigation: bool = False
    exceptions: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server") / "log.txt") as server:
        server.wait_until_ready()
        yield server


async def answer(there: ClientConnection) -> Answer:
    """What comes until a run is over that no other has taken the place of."""
    came = Answer()
    while True:
        async with asyncio.timeout(PATIENCE):
            told = ForwardMsg.FromString(await there.recv(decode=False))
        kind = told.WhichOneof("type")
        if kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return came
        if kind == "page_info_changed":
            came.address = told.page_info_changed.query_string
        if kind == "delta" and told.delta.add_block.expandable.label == "More settings":
            came.settings = told.delta.add_block.expandable.id
        if kind == "delta" and told.delta.WhichOneof("type") == "new_element":
            element = told.delta.new_element
            came.kinds.append(element.WhichOneof("type"))
            came.labels.append(getattr(getattr(element, came.kinds[-1]), "label", ""))
            if element.WhichOneof("type") == "number_input" and element.number_input.label == "Seed":
                came.seed = element.number_input.id
            came.navigation |= "<nav" in element.html.body
            if element.WhichOneof("type") == "exception":
                came.exceptions.append(element.exception.message)


async def opened(there: ClientConnection, view: View) -> Answer:
    """The page with its settings open."""
    await ask(there, view)
    settings = (await answer(there)).settings
    await there.send(written(view, [WidgetState(id=settings, bool_value=True)]))
    return await answer(there)


async def step_to(there: ClientConnection, view: View) -> None:
    """A step through the browser's history to a view of the page that is open, which a browser knows by its hash."""
    asked = BackMsg.FromString(written(view))
    asked.rerun_script.page_script_hash, asked.rerun_script.is_history_navigation = calc_hash(view.page), True
    await there.send(asked.SerializeToString())


async def another_seed(there: ClientConnection, page: str, box: str, seed: int, query: str = "") -> None:
    asked = BackMsg()
    asked.rerun_script.page_name, asked.rerun_script.page_script_hash = page, calc_hash(page)
    asked.rerun_script.query_string = query
    state = asked.rerun_script.widget_states.widgets.add()
    state.id, state.double_value = box, seed
    await there.send(asked.SerializeToString())


@pytest.mark.parametrize("query", ["", "trained=none"])
@pytest.mark.parametrize("page", PAGES)
def test_settings_and_navigation_are_not_sent_again(server: Server, page: str, query: str) -> None:
    async def changed() -> tuple[Answer, Answer]:
        async with visitor(server.url) as there:
            first = await opened(there, View(page, {"trained": "none"}))
            await another_seed(there, page, first.seed, 7, query)
            return first, await answer(there)

    first, then = asyncio.run(changed())
    assert first.kinds.count("number_input") >= 3
    assert "number_input" not in then.kinds
    assert "file_uploader" not in then.kinds
    assert first.navigation
    assert not then.navigation
    assert parse_qs(then.address)["seed"] == ["7"]
    assert not first.exceptions + then.exceptions


def test_a_page_that_is_broken_off_by_another_seed_comes_whole(server: Server) -> None:
    """Streamlit forgets where a view writes beside itself when a run of the page begins, which may never get so far."""

    async def quick() -> Answer:
        async with visitor(server.url) as there:
            box = (await opened(there, View("Step_through", {"cell": "rnn"}))).seed
            for k in range(15):
                await ask(there, View("Step_through", {"seed": str(100 + k)}))
                await asyncio.sleep(0.001 * (k % 10))
                await another_seed(there, "Step_through", box, k)
            last = await answer(there)
            assert not last.exceptions
            await asyncio.sleep(1)
            await another_seed(there, "Step_through", box, 99)
            while "seed=99" not in (last := await answer(there)).address:
                assert not last.exceptions
            return last

    last = asyncio.run(quick())
    assert not last.exceptions
    assert "bidi_component" in last.kinds


def test_settings_that_a_page_broken_off_did_not_reach_are_drawn(server: Server) -> None:
    async def quick(delay: float, seed: int) -> tuple[list[str], str]:
        async with visitor(server.url) as there:
            first = await opened(there, View("Step_through", {"cell": "rnn"}))
            assert "Forget bias b" not in first.labels
            await step_to(there, View("Step_through", {"cell": "lstm"}))
            await asyncio.sleep(delay)
            await another_seed(there, "Step_through", first.seed, seed, "cell=lstm")
            labels: list[str] = []
            came = Answer()
            while f"seed={seed}" not in came.address:
                came = await answer(there)
                labels += came.labels
            return labels, came.address

    came = [asyncio.run(quick(ms / 1000, 50 + ms)) for ms in range(0, 24, 2)]
    assert [address for _, address in came if "cell=lstm" not in address] == []
    assert [k for k, (labels, _) in enumerate(came) if "Forget bias b" not in labels] == []
