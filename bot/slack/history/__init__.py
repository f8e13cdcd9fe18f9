"""The history of payments, and the story of one."""
