"""A view saved as a file by one visitor and opened by another, texts that no link holds included."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import LISTEN, more_settings, settle
from tests.serving import Server
from tests.ui.test_link import LONG_NUMBERS

Visit = Callable[[str], Page]
MISSING: Final = "Too long for a link: the numbers."


def dialog(page: Page) -> None:
    page.get_by_role("button", name="View as file").click()
    expect(page.get_by_role("dialog", name="This view as a file")).to_be_visible()


def saved(page: Page, path: Path) -> Path:
    dialog(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this view").click()
    assert download.value.suggested_filename == "rnnviz-view.json"
    download.value.save_as(path)
    expect(page.get_by_text("Saved as rnnviz-view.json")).to_be_visible()
    page.keyboard.press("Escape")
    return path


def opened(page: Page, file: Path) -> None:
    dialog(page)
    page.get_by_label("Open a view file").set_input_files(file)


def test_a_long_text_goes_by_file(visit: Visit, page: Page, browser: Browser, server: Server, tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit("/Step_through?cell=lstm&seed=5")
    box = page.get_by_role("textbox", name="Numbers", exact=True)
    box.fill(LONG_NUMBERS)
    box.press("Control+Enter")
    expect(page.get_by_text(MISSING)).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied without the numbers")).to_be_visible()
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_text("This link has no room for the numbers")).to_be_visible()
    page.keyboard.press("Escape")
    file = saved(page, tmp_path / "view.json")
    said = json.loads(file.read_text(encoding="utf-8"))
    assert said == {
        "rnnviz": 1,
        "page": "Step through",
        "params": {"cell": "lstm", "seed": "5", "numbers": LONG_NUMBERS},
    }
    with browser.new_context(accept_downloads=True) as context:
        context.add_init_script(LISTEN)
        other = context.new_page()
        other.goto(server.url + "/Gates")
        settle(other)
        opened(other, file)
        expect(other.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
        expect(other.get_by_role("textbox", name="Numbers", exact=True)).to_have_value(LONG_NUMBERS)
        expect(other.get_by_text(MISSING)).to_be_visible()
        settle(other)
        assert parse_qs(urlsplit(other.url).query) == {"cell": ["lstm"], "seed": ["5"]}
        assert json.loads(saved(other, tmp_path / "again.json").read_text(encoding="utf-8")) == said


def test_what_is_no_view_file_is_said(visit: Visit, page: Page, tmp_path: Path) -> None:
    visit("/Gates?cell=gru")
    bad = tmp_path / "bad.json"
    bad.write_text('{"rnnviz": 1, "page": "<b>", "params": {}}', encoding="utf-8")
    opened(page, bad)
    expect(page.get_by_text("page must be one of Home, Sequences,")).to_be_visible()
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    settle(page)
    bad.write_bytes(b" " * 5_000_001)
    opened(page, bad)
    expect(page.get_by_text("A view file must have at most 5,000,000 bytes; got 5,000,001.")).to_be_visible()
    page.keyboard.press("Escape")


def test_one_press_of_back_leads_to_the_page_before(visit: Visit, page: Page) -> None:
    """However the next page was come to: its address is written once."""
    visit("/")
    before = page.evaluate("history.length")
    for k, name in enumerate(("Gates", "Gradients", "Step through"), start=1):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        settle(page)
        assert page.evaluate("history.length") == before + k
    expect(page).not_to_have_url(re.compile("trained=adding"))  # which Gates has
    for name in ("Gradients", "Gates", "rnnviz"):
        page.go_back()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        settle(page)
    assert not urlsplit(page.url).query


@pytest.mark.parametrize("begin", ["/", "/?cell=gru&seed=4&v=1"])
def test_the_first_link_of_all_is_one_step_of_the_history(visit: Visit, page: Page, begin: str) -> None:
    visit(begin)
    before = page.evaluate("history.length")
    page.get_by_text("Step through a network").click()
    expect(page.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
    settle(page)
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.get_by_role("heading", name="rnnviz", exact=True)).to_be_visible()
    settle(page)


@pytest.mark.parametrize("begin", ["/Step_through?cell=lstm", "/Gates?cell=gru&seed=4"])
def test_an_opened_file_is_one_step_of_the_history(visit: Visit, page: Page, tmp_path: Path, begin: str) -> None:
    file = tmp_path / "view.json"
    file.write_text('{"rnnviz": 1, "page": "Gates", "params": {"cell": "gru", "seed": "5"}}', encoding="utf-8")
    visit("/")
    visit(begin)
    before, address = page.evaluate("history.length"), page.url
    opened(page, file)
    expect(page).to_have_url(re.compile(r"/Gates\?cell=gru&seed=5$"))
    expect(page.get_by_role("heading", name="Gates", exact=True)).to_be_visible()
    settle(page)
    assert page.evaluate("history.length") == before + 1
    assert more_settings(page).get_by_role("spinbutton", name="Seed").input_value() == "5"
    page.go_back()
    expect(page).to_have_url(address)


def test_a_copied_link_is_one_step_of_the_history(visit: Visit, page: Page) -> None:
    visit("/")
    before = page.evaluate("history.length")
    visit("/Gates?cell=gru&seed=4&v=1")
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.get_by_role("heading", name="rnnviz", exact=True)).to_be_visible()
    settle(page)


def test_what_stood_at_the_place_of_the_link_to_an_opened_view_is_not_followed(visit: Visit, tmp_path: Path) -> None:
    page = visit("/Gates")
    page.evaluate(
        """() => {
          const place = document.createElement("div");
          place.className = "st-key-opened_view";
          place.innerHTML = "<a>of before</a><div data-testid='stPageLink'><a>Open Memory</a></div>";
          window.followed = 0;
          place.onclick = () => { window.followed += 1; };
          document.body.prepend(place);
        }"""
    )
    file = tmp_path / "view.json"
    file.write_text(json.dumps({"rnnviz": 1, "page": "Step through", "params": {"cell": "lstm"}}), encoding="utf-8")
    opened(page, file)
    expect(page.get_by_role("heading", name="Step through", exact=True)).to_be_visible()
    assert page.evaluate("window.followed") == 0
