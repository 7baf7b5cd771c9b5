"""Browser components for what Streamlit cannot do: exact maps, a key that identifies a browser."""

from explorer.ui.widgets.components.browser_key import read_browser_key
from explorer.ui.widgets.components.map_grid import MapRow, Pick, draw_map_grid

__all__ = ["MapRow", "Pick", "draw_map_grid", "read_browser_key"]
