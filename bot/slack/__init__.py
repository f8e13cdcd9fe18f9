"""The Slack application: listeners, cards, modals, and the sender of messages."""
