"""Where does it look?"""

from rnnviz.ui import frame

frame.begin("Attention")
