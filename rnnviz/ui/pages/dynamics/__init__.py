"""What the page "Dynamics" alone needs."""
