"""A folder for each page, with what it alone needs. No page imports another."""
