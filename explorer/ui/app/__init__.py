"""What every page has: the heading, the address, the background."""
