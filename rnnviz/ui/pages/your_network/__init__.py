"""What opening a network from a file alone needs."""
