"""Webhooks as they came: stored before they are answered, handled after."""
