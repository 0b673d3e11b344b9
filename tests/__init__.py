"""The tests, one file for each of the package's; ``python -m tests`` runs all stages."""
