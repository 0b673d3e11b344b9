"""The views of every page: those in which a tour may point at something, and some more. A new page is here at once."""

from typing import Final
from urllib.parse import parse_qsl

from rnnviz.page_registry import PAGES, Page

MORE: Final = {
    "Step through": ("step_through.below:shapes-and-parameters",),
    "Hidden states": ("hidden_states.networks:rnn-lstm-and-gru",),
    "Gates": ("gates.view:saturation", "gates.view:weights"),
    "Clipping": ("clipping.view:in-code",),
    "Characters": ("characters.view:train-here",),
}
"""Views that have no target of their own."""


def queries(page: Page) -> list[str]:
    """A page's views as the queries of links: first that of a link that names none."""
    pointed = (dict(parse_qsl(target.view)).get("views", "") for target in page.targets.values())
    chosen = dict.fromkeys(["", *pointed, *MORE.get(page.title, ())])
    return [f"views={views}" if views else "" for views in chosen]


def addresses(page: Page) -> list[str]:
    """The same as whole addresses."""
    return [f"/{page.address}" + (f"?{query}" if query else "") for query in queries(page)]


ADDRESSES: Final = [address for page in PAGES for address in addresses(page)]
