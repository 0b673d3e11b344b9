"""One torch thread for all tests, as on the server; and none finds or leaves a run where another or a user does."""

import os
from functools import cache

os.environ.setdefault("OMP_NUM_THREADS", "1")

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner

from rnnviz import jobs

torch.set_num_threads(1)  # two on a busy machine are many times slower
# Each new AppTest looks through all installed packages for components again, which takes six times what a page takes.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
settings.register_profile("ours", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ours")


@pytest.fixture(scope="session", autouse=True)
def runs_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs are kept apart from those of whoever starts the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(tmp_path_factory.mktemp("runs_of_tests")))
        yield


@pytest.fixture(scope="module", autouse=True)
def desk_of_module() -> Iterator[None]:
    """A page that is opened has workers ready, which know its folder of runs: the next module is to have its own."""
    yield
    jobs.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for finished runs, and one worker process at a time for all tests of a file."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(folder))
        patch.setenv("RNNVIZ_WORKERS", "1")
        patch.delenv("RNNVIZ_SCHEDULER", raising=False)
        yield folder
        jobs.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs that a test starts heed Ctrl-C, also where it is ignored: in the background of a shell or under nohup.

    What is ignored stays so in whatever is started; what Python has a handler for is as usual there.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
