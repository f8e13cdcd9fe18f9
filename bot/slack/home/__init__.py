"""The Home tab, of an admin and of a talent."""
