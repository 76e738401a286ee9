"""Figures about judges and texts, each with the number it rests on."""
