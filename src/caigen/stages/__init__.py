"""The stages that a record goes through; each asks a model through one engine."""
