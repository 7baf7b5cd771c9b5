"""Rules and operands read off torch modules and their calls."""
