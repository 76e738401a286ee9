"""What caigen costs over the engine it drives: `caigen bench`."""
