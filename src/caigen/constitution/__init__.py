"""The written constitution: its format, where it is loaded from, what is imported."""
