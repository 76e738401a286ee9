"""One command that asks a model: what it does (job), how (execute), and its state while it is at work (execution)."""
