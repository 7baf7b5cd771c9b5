"""A person's own data, brought on a page."""
