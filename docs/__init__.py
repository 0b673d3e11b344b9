"""The guides, and the program that makes the API reference with them: ``python -m docs``."""
