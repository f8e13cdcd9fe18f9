"""Measures of the whole program. Every speed is a ratio against a baseline of the same run."""
