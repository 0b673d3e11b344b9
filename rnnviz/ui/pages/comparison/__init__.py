"""What the comparison of the cells alone needs."""
