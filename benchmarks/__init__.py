"""Measured speed, always as a ratio to a floor of the same run; `python -m benchmarks` writes RESULTS.md."""
