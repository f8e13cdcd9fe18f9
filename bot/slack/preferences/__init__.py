"""« Réglages »: the agency's, each person's, and what is known of payers."""
