"""The command /qonto."""
