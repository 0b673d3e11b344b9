"""Which papers, books and programs does rnnviz use?"""

from rnnviz.page_registry import REFERENCES
from rnnviz.ui.pages.references import view as references
from rnnviz.ui.shell import frame

frame.show_page(REFERENCES, lambda _: references.show())
