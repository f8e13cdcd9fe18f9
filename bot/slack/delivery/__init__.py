"""A message reaches Slack: rendered, paced, sent once, looked up when the outcome is unknown."""
