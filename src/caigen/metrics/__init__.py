"""Figures about judges, each with the number of answers or its interval."""
