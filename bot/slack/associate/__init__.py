"""The form that associates a payment by hand."""
