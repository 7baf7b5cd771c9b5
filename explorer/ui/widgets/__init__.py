"""Parts of a page that know no page."""
