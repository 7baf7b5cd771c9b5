"""The Slow motion page."""
