"""What is known of a text alone: its words, quotes, similarity and thoughts."""
