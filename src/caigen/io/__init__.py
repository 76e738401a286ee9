"""Read and write: files, pipes, Parquet, the Hugging Face hub.

in:   streams (bytes) -> lines, parquet, hub (rows) -> cells, messages, shapes, rows, comparisons (Records); read.py
out:  write, parquet (rows) -> atomic (files); record_sink.py; outputs.py says which files may be written
"""
