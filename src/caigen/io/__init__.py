"""Read and write: files, pipes, Parquet, the Hugging Face hub."""
