"""Listings in plain torch, block by block: run, recorded, and written as scripts and notebooks."""
