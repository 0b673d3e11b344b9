"""What is wrong with a tour's stops: links that no page reads, and pages that do not show what is pointed at."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from rnnviz.page_registry import BY_TITLE
from rnnviz.places import SCRIPT
from rnnviz.tours import Stop, Tour
from rnnviz.ui.selection import link
from rnnviz.ui.selection.fields import FIELDS, quoted
from rnnviz.ui.selection.openings import opening_of
from rnnviz.ui.shell import warmup

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

_SECONDS: Final = 120.0
"""Seconds that a page may take, the first one with the imports."""


def link_problems(tour: Tour) -> list[str]:
    """What is wrong with the links of a tour's stops, as far as that is known without opening a page.

    Returns:
        Messages that name the line of the stop, as plain text that may quote the link.
    """
    return [f"line {stop.line}: {problem}" for stop in tour.stops for problem in _of_link(stop)]


def page_problems(stop: Stop) -> list[str]:
    """What goes wrong where a stop's view is opened: what the page says of it, and whether what is pointed at is there.

    Returns:
        As from ``link_problems``.
    """
    from streamlit.testing.v1 import AppTest

    warmup.load_torch()
    page = BY_TITLE[stop.page]
    opened = AppTest.from_file(SCRIPT, default_timeout=_SECONDS).switch_page(page.path)
    for name, value in stop.params:
        opened.query_params[name] = value
    opened.run()
    found = [f"the page {stop.page} fails on this view" for _ in opened.exception]
    # Signs of Markdown were made harmless for the page, and are plain here.
    found += [f"the page says: {told.value}".replace("\\", "") for told in opened.warning]
    if not found and stop.look and stop.look not in keys_on(opened):
        view = page.targets[stop.look].view
        where = f", e.g. on {page.address}?{view}" if view else ""
        found.append(f"look must be something that this view shows; {stop.look} is elsewhere{where}")
    return [f"line {stop.line}: {problem}" for problem in found]


def keys_on(opened: "AppTest") -> set[str]:
    """The keys of the figures and widgets that a page shows; it must have run."""
    shows = [*opened.get("plotly_chart"), *opened.get("bidi_component")]
    protos: list[Any] = [one.proto for one in shows]
    return {proto.id.split("-", 2)[2] for proto in protos if proto.id.count("-") >= 2}


def _of_link(stop: Stop) -> Iterator[str]:
    for name, _ in stop.params:
        if name not in FIELDS:
            yield f"a link must have parameters of {', '.join(FIELDS)}; got {quoted(name)}"
    _, problems = link.from_params(dict(stop.params), opening_of(stop.page, dict(stop.params)))
    yield from problems
