"""How far back can a network remember?"""

from rnnviz.page_registry import MEMORY
from rnnviz.ui.pages.memory import questions as memory
from rnnviz.ui.pages.memory import view as memory_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls


def show(_: Selection) -> None:
    """The chosen view of a task, a question and the text."""
    with frame.row():
        view = controls.choice("View", memory_view.VIEWS, key="memory.view")
        task = controls.choice("Task", memory_view.TASKS, key="memory.task")
    drawn = memory_view.show(view, task)
    predictions.show(lambda: memory.ask(view, task, drawn))
    frame.explain("memory", memory_view.part(view, task))


frame.show_page(MEMORY, show)
