"""Networks of other people, rebuilt in small, which rnnviz opens as they are."""
