"""What could explain a payment: by number, by payer, by settlement or sum."""
