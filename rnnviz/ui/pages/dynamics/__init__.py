"""The page "Dynamics"."""
