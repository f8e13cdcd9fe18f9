"""Who paid: names, and what is known of an IBAN."""
