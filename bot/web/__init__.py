"""What speaks HTTP: the bank's webhook, health, and the REST API."""
