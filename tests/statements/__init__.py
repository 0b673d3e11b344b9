"""Sentences of pages and documents that say a number, each beside the computation that it has to agree with."""
