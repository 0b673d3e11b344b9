"""What the page “In code” alone needs."""
