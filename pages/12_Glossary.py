"""What does this word mean?"""

from rnnviz.page_registry import GLOSSARY
from rnnviz.ui.pages.glossary import view as glossary
from rnnviz.ui.shell import frame

frame.show_page(GLOSSARY, lambda _: glossary.show())
