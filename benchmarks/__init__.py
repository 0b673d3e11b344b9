"""Ratios against what a user would do instead: ``python -m benchmarks [--quick]``, or one of them by its name."""
