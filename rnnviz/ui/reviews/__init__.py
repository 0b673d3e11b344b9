"""Reviews that are judged: what the pages "Sentiment" and "Attention" share."""
