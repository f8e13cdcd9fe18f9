"""What the matcher suggested, and who asks for it again."""
