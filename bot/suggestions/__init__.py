"""Run the matcher for the payments that ask for it, and learn from what people decide."""
