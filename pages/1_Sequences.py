"""What kinds of sequence problem are there?"""

from rnnviz.page_registry import SEQUENCES
from rnnviz.ui.pages.sequences import embeddings as embedding_view
from rnnviz.ui.pages.sequences import masked_word as masked_word_view
from rnnviz.ui.pages.sequences import order as order_view
from rnnviz.ui.pages.sequences import text_numbers as text_numbers_view
from rnnviz.ui.pages.sequences import view as sequence_view
from rnnviz.ui.pages.sequences import word_vectors as word_vectors_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

VIEWS = {
    "Five kinds": sequence_view.show,
    "Order": order_view.show,
    "Text to numbers": text_numbers_view.show,
    "Embeddings": embedding_view.show,
    "Word vectors": word_vectors_view.show,
    "Masked word": masked_word_view.show,
}


def show(_: Selection) -> None:
    """The chosen view, and its text."""
    view = controls.choice("View", VIEWS, key="sequences.view")
    if view is not sequence_view.show:
        frame.restart("sequences.kinds", "sequences.unrolled")
    frame.explain("sequences", view())


frame.show_page(SEQUENCES, show)
