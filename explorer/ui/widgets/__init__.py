"""Parts that any page can use."""
