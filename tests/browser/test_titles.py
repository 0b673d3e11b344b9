"""On a phone the titles of a figure lie in the window, and over nothing else."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.waiting import SHOWN_CHART, settle, until

LONG = {
    "one loss": "/Gradients?input=words&words=The+film+my+sister+had+wanted+to+see+was+not+as+good+as+they+hoped",
    "saturation": "/Gates?views=gates.view:saturation",
    "distances": "/Memory",
    "temperature": "/Characters?views=characters.view:temperature",
    "two orders": "/Sequences?views=sequences.view:order",
}
"""Pages whose figures have long titles, of themselves or of an axis."""

MEASURED = """(charts) => charts.map((chart) => {
  const box = (name) => chart.querySelector(name)?.getBoundingClientRect();
  const [title, caption, axis] = [box(".gtitle"), box(".gtitle-subtitle"), box(".ytitle")];
  return [title.right, axis ? axis.top - caption.bottom : 0];
})"""


@pytest.mark.parametrize("address", LONG.values(), ids=LONG.keys())
def test_the_titles_of_figures_fit_a_phone(visit: Callable[[str], Page], page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    settle(visit(address))
    charts = page.locator(f"{SHOWN_CHART} .js-plotly-plot:has(.gtitle-subtitle)")

    def fit() -> bool:
        found = charts.evaluate_all(MEASURED)
        return bool(found) and all(right <= 390 and apart >= -1 for right, apart in found)

    until(page, fit)
