"""Invoices come in: one by one, or from a file."""
