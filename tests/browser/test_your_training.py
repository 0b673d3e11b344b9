"""The page of a watched training in a real browser: followed while it is written, uploaded, played on a phone."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from torch import nn

import rnnviz
from rnnviz import records
from rnnviz.record import FILE
from rnnviz.watching import watched as watching
from tests.browser.waiting import LISTEN, settle
from tests.serving import ROOT, running

Visit = Callable[[str], Page]


class Training:
    """A watched training in this process, which makes as many updates as it is told to and then waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.updates, self.made = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = threading.Thread(target=self._train)
        self.ends = False

    def __enter__(self) -> "Training":
        self.thread.start()
        assert self.made.acquire(timeout=30)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def make(self, count: int) -> None:
        """Let it make updates, and return once they are in the record."""
        for _ in range(count):
            self.updates.release()
            assert self.made.acquire(timeout=30)

    def end(self) -> None:
        """Let it end."""
        self.ends = True
        self.updates.release()
        self.thread.join(30)

    def _train(self) -> None:
        gru = nn.GRU(3, 4)
        optimizer = torch.optim.SGD(gru.parameters(), lr=0.1)
        with rnnviz.watch(gru, every=1, folder=self.folder):
            self.made.release()
            while self.updates.acquire(timeout=60) and not self.ends:
                gru(torch.ones(6, 2, 3))[0].square().sum().backward()
                optimizer.step()
                optimizer.zero_grad()
                self.made.release()


@pytest.fixture
def training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Training]:
    monkeypatch.setattr(watching, "WRITE_EVERY", 0.0)
    with Training(tmp_path / "my run") as going:
        yield going


def test_a_training_is_followed_from_the_command_line_to_its_end(
    training: Training, tmp_path: Path, browser: Browser
) -> None:
    command = ("rnnviz", "open", str(training.folder), "--port")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RNNVIZ_RUNS": str(tmp_path / "runs")}
    with (
        running(tmp_path / "log", command=command, environment=environment) as server,
        browser.new_context() as context,
    ):
        assert "/Your_training" in server.log.read_text()
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.goto(f"{server.url}/Your_training")
        status = page.get_by_test_id("stMarkdownContainer").filter(has_text=re.compile("The training (goes|ended)"))
        expect(status).to_contain_text("goes on: 0 updates so far, last written")
        training.make(2)
        expect(status).to_contain_text("goes on: 2 updates so far")
        expect(page.locator(".gtitle").first).to_have_text("Gradient at each step after 1 update")
        training.end()
        expect(status).to_contain_text("The training ended after 2 updates")


def test_a_file_is_shown_to_whoever_uploads_it(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Your_training")
    (tmp_path / "bad.safetensors").write_bytes(b"no record")
    box = page.locator(".st-key-your_training-file_0 input[type=file]")
    box.set_input_files(tmp_path / "bad.safetensors")
    expect(page.get_by_test_id("stAlert")).to_contain_text("expected a record that rnnviz.watch wrote")
    box.set_input_files(records.folder_of("adding-remedied") / FILE)
    expect(page.get_by_text("From your file, for this visit. The training ended after 4,000 updates.")).to_be_visible()
    page.wait_for_url(re.compile("your_training.record%3Dsha256-[0-9a-f]{32}"))


@pytest.mark.smoke
def test_the_film_plays_on_a_phone(visit: Visit) -> None:
    page = visit("/Your_training")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Open a sample").click()
    settle(page)
    page.get_by_role("button", name="Play").click()
    curves = page.locator(".live-curves figcaption")
    expect(curves).to_contain_text(re.compile("after (120|160|200) updates"))
    page.get_by_role("button", name="Pause").click()
    page.wait_for_url(re.compile("your_training.update"))
    expect(page.locator(".gtitle").first).to_contain_text("Gradient at each step after")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
