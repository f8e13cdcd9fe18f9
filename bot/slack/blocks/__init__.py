"""Building and reading what Slack draws: blocks, safe text, ids, fields."""
