"""The data of the widget that shows a decoding, shared by all visitors with equal choices."""

from typing import TYPE_CHECKING

from rnnviz.caching import cached
from rnnviz.ui.shell import networks
from rnnviz.widgets import decoding

if TYPE_CHECKING:
    from rnnviz.ui.pages.attention.translation import Request


@cached(64)
def payload(now: "Request") -> dict[str, object]:
    """A decoding and the arithmetic of all its looks, as plain data with packed arrays."""
    return decoding.payload(networks.attention_model(now.network), now.source, now.edits)
