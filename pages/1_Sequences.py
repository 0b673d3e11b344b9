"""What kinds of sequence problem are there?"""

from rnnviz.ui import frame

frame.begin("Sequences")
