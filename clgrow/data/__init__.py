"""Data sets as tensors: found, fetched, verified and loaded."""
