"""What can be said about a text alone: its words, quotes, similarity, thoughts and version."""
