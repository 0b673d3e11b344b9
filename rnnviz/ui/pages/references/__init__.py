"""What the list of sources alone needs."""
