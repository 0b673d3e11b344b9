"""The whole server in this very process, and a look inside it while it runs: for a process of a test's own."""

import json
import threading
import time
from collections.abc import Callable

import uvicorn

from rnnviz import cli
from rnnviz.ui.shell import warmup


def look_inside(look: Callable[[uvicorn.Server], object], *arguments: str) -> int:
    """Start ``rnnviz app``, print what ``look`` finds once it accepts connections, as JSON, and end it.

    It starts without the warm-up, for whose imports the process would wait at its end.
    """
    made: list[uvicorn.Server] = []
    found: list[str] = []

    class Seen(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            made.append(self)

    def wait_and_look() -> None:
        while not (made and made[0].started):
            time.sleep(0.02)
        try:
            found.append(json.dumps(look(made[0])))
        finally:
            made[0].should_exit = True

    uvicorn.Server = Seen  # type: ignore[misc]
    warmup.start = lambda **_: None  # type: ignore[assignment]
    threading.Thread(target=wait_and_look, daemon=True).start()
    status = cli.main(["app", *arguments])
    print(*found, flush=True)
    return status if found else 1
