"""Pure functions from data frames to bytes: files that a user takes away."""
