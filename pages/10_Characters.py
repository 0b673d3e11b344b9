"""What does a character RNN learn?"""

from rnnviz.ui import frame

frame.begin("Characters")
