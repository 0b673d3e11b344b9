"""The code behind each figure and widget: a few lines of torch and rnnviz with the visitor's settings.

A function here takes what a figure depends on and gives the text of a script that runs as it stands and ends in
``rnnviz.show(…).show()``, which opens the picture in a browser or, where there is none, writes it beside the script.
Whatever a visitor typed becomes a literal through ``source.literal`` alone. Scripts use what anybody can import: never
``rnnviz.ui``.
"""
