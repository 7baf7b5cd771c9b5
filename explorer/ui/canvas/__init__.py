"""Canvas of a network: nodes, palette, preview, and the browser component."""
