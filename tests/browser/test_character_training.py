"""A network trained on the visitor's own text in a real browser: pasted, uploaded, watched, stopped, gone on with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rnnviz.characters import CharacterModel
from rnnviz.characters.generating import generate
from rnnviz.runs import identity, load
from rnnviz.spec import CharacterSpec, text_key
from tests.browser.test_clipping_training import WATCH, button, curves, reached
from tests.browser.waiting import PATIENCE, settle, until
from tests.serving import Server, running

TEXT: Final = "The cat sat on the mat; the dog sat on the log.\n" * 200
SHORT: Final = CharacterSpec(text_key(TEXT), hidden_size=32, updates=200)
LONG: Final = replace(SHORT, hidden_size=64, updates=20_000)
WRITING: Final = """() => { window.writing = new Set();
  new MutationObserver(() => {
    const said = /Generated text after [0-9,]+ update/.exec(document.querySelector("[data-testid=stMain]").innerText);
    if (said) window.writing.add(said[0]);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
"""Notes what is said of a network that is still learning, which may be over before anybody asks."""


@dataclass(frozen=True)
class Place:
    """A server, and where it keeps what it has trained."""

    server: Server
    runs: Path

    def model(self, spec: CharacterSpec) -> CharacterModel:
        """What a run has come to."""
        return load(self.runs, identity([spec]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNVIZ_RUNS", str(folder))
        with running(tmp_path_factory.mktemp("server") / "output.txt") as server:
            server.wait_until_ready()
            yield Place(server, folder)


def opened(page: Page, place: Place, spec: CharacterSpec, source: str = "paste-a-text") -> Page:
    chosen = {
        "view": "train-here", "units": f"{spec.hidden_size}", "updates": f"{spec.updates}", "source": source,
    }  # fmt: skip
    views = " ".join(f"characters.{name}:{value}" for name, value in sorted(chosen.items()))
    page.goto(f"{place.server.url}/Characters?views={quote(views)}")
    return settle(page)


def paste(page: Page, text: str) -> None:
    box = page.get_by_label("Your text, at most")
    box.fill(text)
    box.press("Control+Enter")
    settle(page)


def begin_unless_trained(page: Page) -> None:
    """A test before may have trained the same; which it is, the page says once it has read the text."""
    expect(page.get_by_text(f"{len(TEXT):,} characters, ")).to_be_visible(timeout=PATIENCE)
    begin = button(page, "Train it here")
    expect(begin.or_(button(page, "Trained")).first).to_be_visible(timeout=PATIENCE)
    settle(page)  # until then the button of before may stand beside the new one
    if begin.count():
        begin.click()


def codes(page: Page) -> list[str]:
    return [code.text_content() or "" for code in page.locator("[data-testid=stCode] code, pre[role=region]").all()]


def test_a_pasted_text_is_learned_and_what_is_shown_is_what_came_of_it(page: Page, place: Place) -> None:
    opened(page, place, SHORT)
    paste(page, TEXT)
    expect(page.get_by_text(f"{len(TEXT):,} characters, ")).to_be_visible()
    page.evaluate(WATCH)
    page.evaluate(WRITING)
    button(page, "Train it here").click()
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    settle(page)
    drawn: list[Any] = page.evaluate("window.drawn")
    assert len(drawn) >= 2, "it was seen to grow"
    seen = set(page.evaluate("[...window.writing]")) - {"Generated text after 200 update"}
    assert seen, "what it writes was seen while it learned"
    model = place.model(SHORT)
    card = model.card
    expect(page.get_by_text(f"{card['validation']:.2f} bits", exact=True)).to_be_visible()
    lines = curves(page, 0)
    np.testing.assert_allclose(lines["training text"]["y"], card["losses"], rtol=1e-6)
    np.testing.assert_allclose(lines["held-out end of the text"]["y"], [bits for _, bits in card["looks"]], rtol=1e-6)
    until(page, lambda: card["samples"][-1][1].rstrip("\n") in [code.rstrip("\n") for code in codes(page)])
    box = page.get_by_label("Prompt")
    box.fill("The dog ")
    box.press("Enter")
    text = generate(model, "The dog ", count=400, temperature=0.5, seed=1).text
    until(page, lambda: any(code.strip() == text.strip() for code in codes(page)))


def test_it_is_found_by_its_link_without_the_text(page: Page, place: Place) -> None:
    opened(page, place, SHORT)
    paste(page, TEXT)
    begin_unless_trained(page)
    expect(button(page, "Trained")).to_be_disabled(timeout=2 * PATIENCE)
    page.goto(f"{page.url}+characters.run%3A{identity([SHORT])}" if "characters.run" not in page.url else page.url)
    settle(page)
    expect(button(page, "Trained")).to_be_disabled()
    expect(page.get_by_label("Your text, at most")).to_have_value("")
    expect(page.get_by_text("bits per character on the last tenth")).to_be_visible()
    # The network has learned to write the beginning by heart, but not so much of it.
    assert TEXT[:1000] not in page.content()


def trained_for(page: Page) -> int:
    """The updates of the network that is shown."""
    told = page.get_by_text(re.compile(r"[\d,]+ updates in \d+ s on one core"))
    expect(told).to_be_visible(timeout=PATIENCE)
    found = re.search(r"([\d,]+) updates in", told.inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def test_it_is_stopped_asked_and_gone_on_with(page: Page, place: Place) -> None:
    opened(page, place, LONG)
    paste(page, TEXT)
    button(page, "Train it here").click()
    until(page, lambda: reached(page) > 20)
    button(page, "Stop").click()
    expect(button(page, "Trained")).to_be_disabled(timeout=PATIENCE)
    settle(page)
    updates = page.get_by_role("spinbutton", name="Updates")
    made = trained_for(page)
    assert 20 < made < LONG.updates
    card = place.model(replace(LONG, updates=made)).card
    expect(page.get_by_text(f"{card['validation']:.2f} bits", exact=True)).to_be_visible()
    expect(updates).to_have_value(str(LONG.updates))
    expect(page).to_have_url(re.compile(f"characters.run%3A{identity([replace(LONG, updates=made)])}"))
    button(page, "Continue to 20,000 updates").click()
    expect(button(page, "Stop")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: reached(page) > made)
    button(page, "Stop").click()
    expect(button(page, "Trained")).to_be_disabled(timeout=PATIENCE)
    settle(page)
    further = trained_for(page)
    assert place.model(replace(LONG, updates=further)).card["losses"][:made] == card["losses"]


def test_files_are_read_or_said_to_be_none_and_nothing_is_lost(page: Page, place: Place, tmp_path: Path) -> None:
    opened(page, place, SHORT, "upload-a-file")
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput")
    good, bad = tmp_path / "cats.txt", tmp_path / "picture.png"
    good.write_text(TEXT, encoding="utf-8")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe" * 400)
    chooser.set_input_files(str(good))
    expect(page.get_by_text("cats.txt begins: The cat sat")).to_be_visible(timeout=PATIENCE)
    chooser.set_input_files(str(bad))
    expect(page.get_by_text("picture.png: a text must be UTF-8; byte 1 of the file is none")).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_text("cats.txt begins: The cat sat")).to_be_visible()
    expect(page.get_by_text(f"{len(TEXT):,} characters, ")).to_be_visible()


def test_what_is_too_short_is_said_and_stays(page: Page, place: Place) -> None:
    opened(page, place, SHORT)
    paste(page, "too short")
    expect(page.get_by_text("a text must have 1,000 to 1,000,000 characters; got 9")).to_be_visible()
    expect(button(page, "Train it here")).to_be_disabled()
    expect(page.get_by_label("Your text, at most")).to_have_value("too short")


@pytest.mark.smoke("kept_text")
def test_a_reload_loses_no_pasted_text_and_no_other_tab_has_it(page: Page, place: Place) -> None:
    opened(page, place, SHORT)
    box = page.get_by_label("Your text, at most")
    box.fill("Typed and not applied yet.")
    page.reload()
    settle(page)
    expect(box).to_have_value("Typed and not applied yet.", timeout=PATIENCE)
    paste(page, TEXT)
    page.goto("about:blank")
    page.go_back()
    settle(page)
    expect(box).to_have_value(TEXT, timeout=PATIENCE)
    expect(page.get_by_text(f"{len(TEXT):,} characters, ")).to_be_visible()
    assert "cat" not in page.url
    box.fill("")
    page.reload()
    settle(page)
    expect(box).to_have_value("")
    paste(page, TEXT)
    other = opened(page.context.new_page(), place, SHORT)
    expect(other.get_by_label("Your text, at most")).to_have_value("")
