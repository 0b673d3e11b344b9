"""What kinds of sequence problem are there?"""

from rnnviz.ui import controls, frame, sequence_view

VIEWS = {"Five kinds": sequence_view.show}

frame.begin("Sequences")
part = controls.choice("View", VIEWS, key="sequences.view")()
frame.explain("sequences", part)
