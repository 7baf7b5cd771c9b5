"""Messages to whoever watches a run: its numbers and its live view, read once however many watch. No torch."""

from explorer.live.hub import Hub
from explorer.live.message import VERSION

__all__ = ["VERSION", "Hub"]
