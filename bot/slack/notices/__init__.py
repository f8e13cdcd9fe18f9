"""The wording of messages that nobody asked for: talents, digests, alerts."""
