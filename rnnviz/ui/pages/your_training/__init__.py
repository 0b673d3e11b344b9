"""What the page of a watched training alone needs."""
