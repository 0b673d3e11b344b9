"""axe-core objects to nothing on any page, in both themes; no picture is without its numbers, no control without a key.

axe comes from the package axe-playwright-python and is put into the page by the test; it ships with nothing. It looks
into the widgets too, whose shadow roots are open. What it cannot judge, the colours in canvases and figures, is tested
in test_palette.py.
"""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from rnnviz.palette import GROUNDS
from tests import views
from tests.browser.conftest import WINDOW
from tests.browser.waiting import PATIENCE, settle

Visit = Callable[[str], Page]

AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
LEVELS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Levels A and AA of WCAG 2.0 to 2.2, and what is good practice, such as the order of headings."""

EXCEPTIONS: Final[dict[tuple[str, str], str]] = {}
"""What is Streamlit's own and cannot be mended from here: the rule and a part of the selector, with the reason."""

ADDRESSES: Final = ["/", "/Glossary", "/References", *views.BESIDE, *views.ADDRESSES]

NARROW: Final[ViewportSize] = {"width": 480, "height": 900}
"""A telephone, or a window beside another."""

TOLD_ELSEWHERE: Final = {
    "step-through": "the run in numbers is a table of the page",
    "live-curves": "stands while a training goes on; the figure that takes its place has its numbers",
    "phrase": "how many units are on is said beside it, where else they are on is the table under it",
    "review": "says its number in words, to readers as well",
    "sequence-kinds": "schematic pictures without numbers, each with its name and what it is",
}
"""Widgets whose picture needs no table beside it."""

JUDGE: Final = """
async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html, failureSummary }) => (
    { id, help, target: target.flat(2).join(" >>> "), html: html.slice(0, 200), why: failureSummary })));
}
"""
REACHED: Final = """
() => [...document.querySelectorAll(
  ":is([data-testid=stMain], [data-testid=stPopoverBody]) :is([data-testid=stTable] > div, pre)")]
  .every((node) => node.scrollWidth <= node.clientWidth || node.tabIndex === 0)
"""
DRAWN: Final = """
() => [...document.querySelectorAll(".stPlotlyChart")].every((chart) => chart.querySelector(".main-svg"))
  && [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    .every((host) => host.shadowRoot?.firstChild)
  && !document.querySelector("[data-testid=stFileUploaderDropzone][role=presentation]")
"""


BARE: Final = """
() => {
  const told = (node) => {
    const boxes = ".stElementContainer, .stVerticalBlock";
    for (let at = node.closest(".stElementContainer"); at; at = at.parentElement?.closest(boxes)) {
      const next = at.nextElementSibling;
      const lines = next ? [...next.querySelectorAll("summary")] : [];
      if (next) return lines.some((line) => line.textContent.includes("The numbers"));
    }
    return false;
  };
  const charts = [...document.querySelectorAll(".stPlotlyChart")].filter((chart) => !told(chart))
    .map((chart) => chart.querySelector(".gtitle")?.textContent ?? "a figure");
  const widgets = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")].filter((host) => (
    host.shadowRoot.querySelector("canvas, svg[role=img]") && !told(host)
    && !host.shadowRoot.querySelector("[data-part=numbers] table, table[data-part=table], caption")))
    .map((host) => host.shadowRoot.querySelector("div[class]").className.split(" ")[0]);
  return [...charts, ...widgets];
}
"""
FOCUS: Final = """
() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return null;
  window.stops ??= new Map();
  if (!window.stops.has(at)) window.stops.set(at, String(window.stops.size));
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
  const field = at.matches("input:not([type=range]), textarea");
  return {
    id: window.stops.get(at),
    html: at.outerHTML.slice(0, 120),
    seen: field || (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none",
  };
}
"""


def predicted(page: Page, rules: list[str] | None = None) -> list[dict[str, Any]]:
    """What axe objects to on a page as it is, without the exceptions."""
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    found: list[dict[str, Any]] = []
    for _ in range(2):  # a page that was laid out anew while axe looked is looked at again, once it is quiet
        page.wait_for_function(REACHED, timeout=PATIENCE)  # the page looks for what scrolls once it is quiet
        page.evaluate(AXE)
        found = page.evaluate(JUDGE, rules or list(LEVELS))
        if not found:
            break
        page.wait_for_timeout(500)
    return [one for one in found if not any(one["id"] == rule and where in one["target"] for rule, where in EXCEPTIONS)]


def said(found: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(one, ensure_ascii=False, indent=1) for one in found)


def turn_dark(page: Page) -> None:
    """As a visitor whose system is dark sees the same view."""
    page.emulate_media(color_scheme="dark")
    page.reload()
    settle(page)
    background = GROUNDS["dark"]["background"]
    rgb = tuple(int(background[k : k + 2], 16) for k in (1, 3, 5))
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", f"rgb{rgb}")


def narrow(page: Page) -> None:
    """As in a narrow window."""
    page.set_viewport_size(NARROW)
    settle(page)


def present(page: Page) -> None:
    """The pictures alone, as the key does it."""
    page.keyboard.press("p")
    expect(page.locator("html[data-presenting]")).to_have_count(1)
    settle(page)


def bare_pictures(page: Page) -> list[str]:
    """Figures and widgets that draw a picture and have neither a table of their own nor the numbers under them."""
    bare: list[str] = page.evaluate(BARE)
    return [name for name in bare if name not in TOLD_ELSEWHERE]


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_objects_to_nothing_in_either_theme(visit: Visit, address: str) -> None:
    """All rules in the light theme, in a narrow window too; in the dark one that of colours: nothing else differs.

    Presenting has rules of its own for what is on show, in the dark here and in the light below.
    """
    page = visit(address)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    found = predicted(page)
    assert not found, said(found)
    assert bare_pictures(page) == []
    narrow(page)
    found = predicted(page)
    assert not found, said(found)
    page.set_viewport_size(WINDOW)
    turn_dark(page)
    found = predicted(page, ["color-contrast"])
    assert not found, said(found)
    present(page)
    found = predicted(page)
    assert not found, said(found)


@pytest.mark.parametrize("address", ["/Gates", "/Attention"])
def test_the_other_themes_of_presenting_and_of_a_narrow_window(visit: Visit, address: str) -> None:
    page = visit(address)
    present(page)
    found = predicted(page)
    assert not found, said(found)
    page.keyboard.press("p")
    settle(page)
    narrow(page)
    turn_dark(page)
    found = predicted(page)
    assert not found, said(found)


def test_axe_would_object(visit: Visit) -> None:
    page = visit("/")
    page.evaluate("document.querySelector('.stMain').append(document.createElement('button'))")
    assert "button-name" in {one["id"] for one in predicted(page)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    page = visit("/Gradients")
    if scheme == "dark":
        turn_dark(page)
    page.get_by_text("The numbers", exact=True).first.click()
    expect(page.get_by_test_id("stTable").or_(page.get_by_test_id("stDataFrame")).first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_test_id("stPopoverBody").get_by_role("button", name="PNG")).to_be_enabled(timeout=PATIENCE)
    settle(page)
    found = predicted(page)
    assert not found, said(found)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    for name in ("Keys", "QR code", "View as file"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        found = predicted(page)
        assert not found, said(found)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("address", ["/", "/Step_through", "/Clipping", "/Sentiment", "/Characters", "/Glossary"])
def test_the_tab_key_goes_all_round_and_is_seen(visit: Visit, address: str) -> None:
    """Nothing holds the keyboard, and wherever it is, an outline, a shadow or the frame of the field says so."""
    page = visit(address)
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    stops: list[str] = []
    for _ in range(250):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["id"] == stops[0]):
            break
        assert stop["id"] not in stops, f"the keyboard comes back to {stop} before it has been everywhere"
        assert stop["seen"], f"nothing shows that the keyboard is at {stop}"
        stops.append(stop["id"])
    else:
        pytest.fail("the keyboard never came round")
    assert len(stops) > 20
