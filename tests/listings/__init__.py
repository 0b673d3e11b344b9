"""Listings in plain torch: run, recorded, and written as scripts and a notebook."""
