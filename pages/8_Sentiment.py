"""Is this review positive?"""

from rnnviz.page_registry import SENTIMENT
from rnnviz.ui.reviews import data as review_data
from rnnviz.ui.reviews import parts as review_parts
from rnnviz.ui.reviews import questions as sentiment
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls

PARTS = {"Training": "training", "The data": "data"}


def show(_: Selection) -> None:
    """A review and the chosen view of it, or the data, a question and the text."""
    if review_view.is_of_file():
        review_view.show_of_file()
        return
    with frame.row():
        review_view.network_picker()
        view = controls.choice("View", review_view.VIEWS, key="sentiment.view")
    if view == "training":
        view = controls.choice("Part", PARTS, key="sentiment.part")
    if view == "data":
        review_data.show()
        predictions.show(review_data.ask)
    elif review_view.show(view):
        review_parts.show(view)
        predictions.show(lambda: sentiment.ask(view, *review_view.predicted()))
        review_view.links(review_parts.into)
    frame.explain("sentiment", view)


frame.show_page(SENTIMENT, show)
