"""A worker process does what its lines order, refuses all others, and ends with whoever started it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rnnviz import runs
from rnnviz.spec import ReviewSpec, to_json
from rnnviz.worker import LINE_LIMIT, Stop, Train, order
from tests.jobs.trainings import PATIENCE, long, quick
from tests.serving import ROOT
from tests.together import together

SERVER = """
import sys, time
from rnnviz import jobs
from tests.jobs.trainings import long, underway, until
until(jobs.submit(long(1)), underway)
print("underway", flush=True)
time.sleep(600)
"""


def orders(spec: Any, **changes: object) -> bytes:
    plain = {"train": runs.identity([spec]), "specs": [to_json(spec)], "folder": "/tmp", **changes}
    return json.dumps(plain).encode()


def test_orders_are_understood() -> None:
    spec = quick(1)
    assert order(orders(spec)) == Train(runs.identity([spec]), (spec,), Path("/tmp"))
    assert order(b'{"stop": "0123456789abcdef"}') == Stop("0123456789abcdef")
    reviews = ReviewSpec("lecture-bilstm", rate=0.5)
    assert order(orders(reviews)) == Train(runs.identity([reviews]), (reviews,), Path("/tmp"))


@together(
    "line",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"null",
        b"{}",
        b'{"stop": "../../etc/passwd"}',
        b'{"stop": "0123456789abcdef", "train": "0123456789abcdef"}',
        b'{"stop": 7}',
        orders(quick(1), specs=[]),
        orders(quick(1), specs=[{"model": 7}]),
        orders(quick(1), specs=["__import__('os')"]),
        orders(quick(1), train="0123456789abcdef"),
        orders(quick(1), folder=7),
        orders(quick(1), more=1),
        orders(ReviewSpec(), reviews="/etc/passwd"),
        orders(ReviewSpec(), train=runs.identity([quick(1)])),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec()) | {"network": "bilstm"}]),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec()) | {"network": "../../etc/passwd"}]),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec()) | {"reviews": "/etc/passwd"}]),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec()) | {"path": "/etc/passwd"}]),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec(seed=k)) for k in range(2)]),
        orders(ReviewSpec(), specs=[to_json(ReviewSpec()), to_json(quick(1))]),
    ],
)
def test_what_is_no_order_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError), match=r"must|may"):
        order(line)


@contextmanager
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    """A real one, as the server starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnviz.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_a_worker_refuses_hostile_lines_goes_on_and_ends_when_its_input_closes(tmp_path: Path) -> None:
    spec, goes_on = quick(1), long(1)
    with worker() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in (b"hello", b"x" * (LINE_LIMIT + 9), orders(spec, folder=str(tmp_path))):
            process.stdin.write(line + b"\n")
            process.stdin.flush()
        said: list[dict[str, Any]] = []
        while "ended" not in (said[-1] if said else {}):
            said.append(json.loads(process.stdout.readline()))
        assert [message for message in said if "refused" in message] == [
            {"refused": "an order must be JSON; JSONDecodeError"},
            {"refused": f"an order must be a line of at most {LINE_LIMIT:,} bytes"},
            {"refused": "an order must be JSON; JSONDecodeError"},
        ]
        assert {"ready": True} in said
        assert said[-1] == {"run": runs.identity([spec]), "ended": {"state": "done", "message": ""}}
        assert runs.has(tmp_path, runs.identity([spec]))

        process.stdin.write(orders(goes_on, folder=str(tmp_path)) + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"run": runs.identity([goes_on]), "taken": True}
        assert "events" in json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    assert not runs.has(tmp_path, runs.identity([goes_on]))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["underway", "starting"])
def test_a_worker_ends_with_a_server_that_is_killed(tmp_path: Path, moment: str) -> None:
    program = SERVER if moment == "underway" else SERVER.replace("until(jobs", "print(jobs").replace(", underway)", ")")
    server = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "RNNVIZ_RUNS": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,  # the worker has it too, so it ends only when both have
    )
    assert server.stdout is not None
    assert server.stdout.readline()
    server.kill()
    _, errors = server.communicate(timeout=PATIENCE)
    assert errors == b""
    assert not runs.has(tmp_path, runs.identity([long(1)]))
