"""The wheel in an environment of its own, without a checkout: installed by pip, used from another folder."""

import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect
from pptx import Presentation

from rnnviz import __version__
from rnnviz.export import devtools
from tests.browser import chromium
from tests.browser.waiting import settle
from tests.serving import ROOT, Server, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE: Final = 1_800.0
"""Seconds that pip may take: torch is large everywhere, and on Linux elsewhere than here CUDA comes with it."""

ADDRESSES: Final = ("", *(path.stem.partition("_")[2] for path in sorted((ROOT / "pages").glob("*.py"))))

LIBRARY: Final = """\
import time
from pathlib import Path

import rnnviz
from rnnviz import attention, characters, checkpoints, clipping, jobs, sentiment, sequences, tours
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec

print(Path(rnnviz.__file__).parent)
assert sentiment.load("bilstm").predict(["A superb film."])[0] > 0.5
assert len(characters.generate(characters.load("python-lstm"), "def ", count=5, temperature=0.5, seed=1).text) >= 5
assert "".join(attention.load("dates-additive").decode("Thursday, 5 March 1998").output[:10]) == "1998-03-05"
assert sequences.unroll("counting", "2").outputs == ("1", "2", "end")
assert all(checkpoints.load(name).weights for name in checkpoints.names())
assert clipping.shipped_pair() and all(shelved.tour for shelved in tours.listed())

job = jobs.submit(TrainSpec(ModelSpec("rnn", 2, 4, output_size=1), TaskSpec("adding", 5), steps=3))
while (seen := jobs.events(job)).state in ("queued", "running"):
    time.sleep(0.1)
print(seen.state, seen.message)
"""
"""A network of each family, what else ships, and a training by a worker process."""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and an empty folder to be in."""

    programs: Path
    folder: Path
    environment: dict[str, str]

    def program(self, name: str) -> str:
        """The path of a program of the environment."""
        return str(self.programs / (f"{name}.exe" if os.name == "nt" else name))

    def run(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """What a program of the environment comes to."""
        command = [self.program(name), *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def install(self, *what: str) -> None:
        """Have pip install it."""
        done = self.run("python", "-m", "pip", "install", "--quiet", *what)
        assert done.returncode == 0, done.stderr


def fresh(folder: Path) -> Installed:
    """An environment with pip and nothing else, which knows nothing of this checkout."""
    venv.create(folder / "venv", with_pip=True)
    (folder / "empty").mkdir()
    apart = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "RNNVIZ_SCHEDULER")}
    environment = {**apart, "RNNVIZ_RUNS": str(folder / "runs"), devtools.VARIABLE: str(chromium.require())}
    return Installed(folder / "venv" / ("Scripts" if os.name == "nt" else "bin"), folder / "empty", environment)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The wheel without any extra."""
    folder = tmp_path_factory.mktemp("fresh")
    made = fresh(folder)
    made.install(str(wheel))
    yield made
    shutil.rmtree(folder / "venv", ignore_errors=True)  # more than a gigabyte


@pytest.fixture(scope="module")
def server(installed: Installed) -> Iterator[Server]:
    """The application, started from the empty folder."""
    program, command = (installed.program("rnnviz"),), ("app", "--port")
    log, environment = installed.folder.parent / "output.txt", installed.environment
    with running(log, cwd=installed.folder, program=program, command=command, environment=environment) as started:
        started.wait_until_ready()
        yield started
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_an_editable_install_is_the_checkout(tmp_path: Path) -> None:
    editable = fresh(tmp_path)
    editable.install("--no-deps", "--editable", str(ROOT))
    program = "from rnnviz import places; print(places.ROOT)"
    assert editable.run("python", "-c", program).stdout == f"{ROOT}\n"
    assert editable.run("rnnviz", "--version").stdout == f"rnnviz {__version__}\n"
    first = editable.run("python", "-c", "import os, rnnviz; print(os.listdir(), rnnviz.__version__)")
    assert first.stdout == f"[] {__version__}\n", first.stderr


def test_the_command(installed: Installed) -> None:
    told = installed.run("rnnviz", "--version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"rnnviz {__version__}\n", "")


def test_tours_are_checked_without_any_extra(installed: Installed) -> None:
    copy = shutil.copy(ROOT / "assets" / "tours" / "lecture.md", installed.folder.parent / "of-a-teacher.md")
    told = installed.run("rnnviz", "tours", "check", str(copy), "--quick")
    assert told.returncode == 0, told.stdout + told.stderr


def test_networks_of_every_family_and_a_training(installed: Installed) -> None:
    done = installed.run("python", "-W", "error::UserWarning", "-c", LIBRARY)
    assert done.returncode == 0, done.stderr
    home, ended = done.stdout.splitlines()
    assert Path(home).is_relative_to(installed.programs.parent.resolve())
    assert ended.strip() == "done"


@pytest.mark.parametrize(
    "address", ["", *(path.stem.partition("_")[2] for path in sorted((ROOT / "pages").glob("*.py")))]
)
def test_every_page_opens_without_trouble(server: Server, page: Page, address: str) -> None:
    page.goto(f"{server.url}/{address}")
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_export_asks_for_its_packages_and_exports_once_they_are_there(installed: Installed, wheel: Path) -> None:
    lecture = installed.folder.parent / "week5.txt"
    lecture.write_text("/Gates?cell=lstm\n", encoding="utf-8")
    out = installed.folder.parent / "slides"
    export = ("rnnviz", "export", str(lecture), "--to", str(out), "--formats", "png,pptx")
    without = installed.run(*export)
    assert (without.returncode, without.stdout) == (1, "")
    assert without.stderr.startswith("rnnviz: export needs python-pptx")
    assert without.stderr.count("\n") == 1

    installed.install(f"{wheel}[export]")
    done = installed.run(*export)
    assert done.returncode == 0, done.stderr
    assert list((out / "week5").glob("*.png"))
    assert len(Presentation(str(out / "week5.pptx")).slides) >= 1
    assert not list(installed.folder.iterdir())
