"""Measures the conveyor against the least that the same work takes. Run: `python -m benchmarks`."""
