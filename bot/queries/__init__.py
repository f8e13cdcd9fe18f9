"""What people ask to see, read for them in the words of the product. Nothing here writes."""
