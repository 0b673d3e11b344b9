"""Reviews that are classified: what the pages "Sentiment" and "Attention" share."""
