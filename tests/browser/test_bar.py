"""What stands at the top right of every page: the link, its QR code, and the keys."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from rnnviz.ui.shell import codes, keys
from tests.browser.waiting import LISTEN, PATIENCE, settle
from tests.serving import Server

Visit = Callable[[str], Page]
GATES: Final = "/Gates?cell=lstm&seed=3"
NO_CLIPBOARD: Final = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def params(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def address(page: Page) -> str:
    return page.get_by_role("textbox", name="The address").input_value()


def share(page: Page) -> None:
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_role("dialog", name="A link to this view")).to_be_visible()


def code_of(page: Page) -> str:
    path = page.locator(".bar-code path")
    expect(path).to_have_count(1, timeout=PATIENCE)
    return path.get_attribute("d") or ""


def expect_code_of_the_address(page: Page) -> None:
    """The code is made anew by the server."""
    wanted = codes.drawn(address(page))["path"]
    expect(page.locator(".bar-code path")).to_have_attribute("d", str(wanted), timeout=PATIENCE)


@pytest.mark.smoke("bar")
def test_the_link_is_copied_and_said(visit: Visit, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(GATES)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert params(copied) == {**params(page.url), "v": "1"}
    assert params(copied)["seed"] == "3"
    assert urlsplit(copied).path == "/Gates"
    expect(page.get_by_role("status").filter(has_text="The link is copied.")).to_have_count(1)


def test_without_a_clipboard_the_address_is_there_to_be_copied(visit: Visit, page: Page) -> None:
    page.add_init_script(NO_CLIPBOARD)
    visit(GATES)
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_role("textbox", name="The address")
    expect(field).to_be_focused()
    assert params(field.input_value()) == {**params(page.url), "v": "1"}
    selected = field.evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert selected == field.input_value()
    expect(page.get_by_text("Press Ctrl+C")).to_be_visible()
    settle(page)


def test_the_code_is_that_of_the_address(visit: Visit, page: Page) -> None:
    visit(GATES)
    share(page)
    assert params(address(page)) == {**params(page.url), "v": "1"}
    expect_code_of_the_address(page)
    box = page.locator(".bar-code svg").bounding_box()
    assert box is not None
    assert box["width"] >= 400
    expect(page.get_by_text("This address works on this machine only")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_code_is_of_the_view_as_it_is_now(visit: Visit, page: Page) -> None:
    visit("/Hidden_states?cell=lstm&input=words")
    share(page)
    first = code_of(page)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("[?&]t=1"))
    settle(page)
    share(page)
    expect(page.locator(".bar-code path")).not_to_have_attribute("d", first)
    assert params(address(page))["t"] == "1"
    expect_code_of_the_address(page)


def test_a_link_that_no_code_holds_is_offered_as_text(visit: Visit, page: Page) -> None:
    rows = "%0A".join(f"{(7919 * k) % 9973} {(6421 * k) % 9967} {(4391 * k) % 9949}" for k in range(1, 160))
    visit(f"/Step_through?numbers={rows}")
    share(page)
    expect(page.get_by_text("A QR code that can be read across a room holds 1,200")).to_be_visible()
    expect(page.locator(".bar-code svg")).to_have_count(0)
    assert len(address(page)) > codes.MOST_BYTES
    settle(page)


def test_the_look_is_in_the_link_if_it_is_wanted(visit: Visit, page: Page, browser: Browser) -> None:
    page.emulate_media(color_scheme="dark")
    visit(GATES)
    share(page)
    page.get_by_role("checkbox", name="Keep this theme (dark)").check()
    link = address(page)
    assert params(link)["embed_options"] == "dark_theme"
    settle(page)
    expect_code_of_the_address(page)
    assert address(page) == link
    with browser.new_context(color_scheme="light") as context:
        context.add_init_script(LISTEN)
        other = context.new_page()
        other.goto(link)
        settle(other)
        ground = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        assert other.evaluate(ground) == page.evaluate(ground) == "rgb(18, 22, 29)"
        assert params(other.url)["seed"] == "3"


def test_all_keys_by_keyboard(visit: Visit, page: Page) -> None:
    visit("/Step_through")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    rows = sum(len(group.rows) for group in keys.GROUPS)
    expect(dialog.locator("th[scope=row]")).to_have_count(rows)
    expect(dialog.locator("th[scope=rowgroup]")).to_have_text([group.where for group in keys.GROUPS])
    where = "() => document.activeElement.closest('dialog.bar-keys') !== null"
    for _ in range(6):
        assert page.evaluate(where)
        page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(where)
    said = page.locator(".step-through .read-out").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    assert page.locator(".step-through .read-out").inner_text() == said
    expect(page.locator("html")).not_to_have_attribute("data-presenting", "")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 2")
    page.keyboard.press("?")
    dialog.evaluate("""(dialog) => { // until the next frame it has the focus
      dialog.close();
      const key = { key: "ArrowLeft", bubbles: true, cancelable: true, composed: true };
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", key));
    }""")
    expect(page.locator(".step-through .read-out")).to_contain_text("t = 1")
    settle(page)


def test_the_bar_says_what_it_does_and_is_reached_by_tab(visit: Visit, page: Page, server: Server) -> None:
    visit("/")
    for name in ("Copy link", "QR code", "Present", "Keys"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    button = page.get_by_role("button", name="Keys", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    assert server.url in page.url


def test_a_view_that_is_gone_is_said(visit: Visit) -> None:
    page = visit("/Attention?views=attention.view:gone&entries=attention.gone%3Dtext")
    expect(
        page.get_by_text("attention.view must be one of translate, against-length, on-a-review; got gone")
    ).to_be_visible()
    expect(page.locator(".decoding")).to_be_visible(timeout=PATIENCE)
    expect(page).not_to_have_url(re.compile("attention.view"))
