"""What a network does after somebody has reached in."""
