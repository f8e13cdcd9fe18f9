"""The look-ups of the matcher in SQL, and what was learnt about payers."""
