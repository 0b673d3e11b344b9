"""The views of every page: those in which a tour may point at something, and some more. A new page is here at once."""

from typing import Final
from urllib.parse import parse_qsl

from rnnviz.page_registry import PAGES, YOUR_TRAINING, Page, Target

MORE: Final = {
    "Step through": ("step_through.below:shapes-and-parameters",),
    "Hidden states": ("hidden_states.networks:rnn-lstm-and-gru",),
    "Gates": ("gates.view:saturation", "gates.view:weights"),
    "Clipping": ("clipping.view:in-code",),
    "Sentiment": ("sentiment.view:its-training+sentiment.part:the-data",),
    "Characters": ("characters.view:train-here",),
}
"""Views that have no target of their own."""


def query(target: Target) -> str:
    """The view of a target as the query of a link; empty for the view with which the page opens."""
    views = dict(parse_qsl(target.view)).get("views", "")
    return f"views={views}" if views else ""


def queries(page: Page) -> list[str]:
    """A page's views as queries: first that of a link that names none."""
    pointed, more = map(query, page.targets.values()), MORE.get(page.title, ())
    return list(dict.fromkeys(["", *pointed, *(f"views={views}" for views in more)]))


def address(page: Page, query: str = "") -> str:
    """A view as a whole address."""
    return f"/{page.address}?{query}" if query else f"/{page.address}"


def addresses(page: Page) -> list[str]:
    """A page's views as whole addresses."""
    return [address(page, query) for query in queries(page)]


_TRAINING: Final = f"/{YOUR_TRAINING.address}?entries=your_training.record%3Dadding-default"
BESIDE: Final = (
    f"/{YOUR_TRAINING.address}",
    f"{_TRAINING}%26your_training.beside%3Dadding-remedied",
    f"{_TRAINING}&views=your_training.view:findings",
)
"""Views of a page that stands beside the course."""

ADDRESSES: Final = [address for page in PAGES for address in addresses(page)]
