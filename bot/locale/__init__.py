"""French and English wording of amounts, dates and lists, formatted by Babel."""
