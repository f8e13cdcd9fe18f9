"""Invoices and the clients, talents and collaborations they name."""
