"""Memory that is free goes back to the system."""

import subprocess
import sys

import pytest

from rnnviz.ui.server import memory

PROGRAM = """
import threading, time
from rnnviz.ui.server import memory
from tests.visiting import resident
import os

memory.EVERY = 0.2
memory.start()

def fill():
    held = [bytearray(60_000) for _ in range(3_000)]
    kept = held[-1]
    del held[:-1]
    time.sleep(30)
    return kept

for _ in range(4):
    threading.Thread(target=fill, daemon=True).start()
deadline = time.monotonic() + 20
most = 0
while time.monotonic() < deadline:
    now = resident(os.getpid())
    most = max(most, now)
    if most > 200_000_000 and most - now > 100_000_000:
        break
    time.sleep(0.05)
print(most > 200_000_000, most - now > 100_000_000)
"""


@pytest.mark.skipif(memory._library() is None, reason="the C library of this system keeps its own counsel")
@pytest.mark.slow
def test_what_threads_have_freed_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
