"""How far back can it remember?"""

from rnnviz.ui import controls, frame, memory_view

frame.begin("Memory")
with frame.row():
    view = controls.choice("View", memory_view.VIEWS, key="memory.view")
    task = controls.choice("Task", memory_view.TASKS, key="memory.task")
memory_view.show(view, task)
frame.explain("memory", memory_view.part(view, task))
