"""The card of a payment in the finance channel, and its buttons."""
