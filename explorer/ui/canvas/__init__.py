"""The network as the canvas shows it: cards, palette, preview, and the browser component."""
