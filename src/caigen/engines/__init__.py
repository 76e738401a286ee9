"""Engines answer requests: vLLM here, a server, a script; and what wraps them."""
