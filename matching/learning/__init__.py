"""Weights fitted from decisions, and the trial that lets them in."""
