"""The overview of a network: its drawing with maps on every card, which the browser asks for and paints by itself."""

from __future__ import annotations

from functools import lru_cache

from explorer import network
from explorer.document import Network
from explorer.figures import Theme
from explorer.ui.canvas.component import draw_levels
from explorer.ui.canvas.component.picture import CanvasPicture, Levels, Overlay
from explorer.ui.canvas.maps_picture import make_levels
from explorer.ui.language import _, session_language


def draw_overview(net: Network, key: str, height_px: int, theme: Theme, inside: str = "") -> None:
    """Draw the network as columns of maps; `inside`: the address of the block to begin in, "" for all of it.

    What is looked at and what the maps are comes from the inspector, in the browser.
    """
    pictures = _levels(net, inside, session_language())
    draw_levels(Levels(pictures, inside if inside in pictures else "", _overlays(), net.name), key, height_px, theme)


@lru_cache(maxsize=16)
def _levels(net: Network, inside: str, language: str) -> dict[str, CanvasPicture]:
    """Make the pictures once for each language: the titles on them are translated."""
    return make_levels(net, network.analyze(net), inside)


def _overlays() -> tuple[Overlay, ...]:
    return (
        Overlay("norm", _("output norm")), Overlay("dead_units", _("dead units"), "share"),
        Overlay("gradient", _("gradient norm")), Overlay("time", _("time"), "s"),
        Overlay("multiply_adds", _("multiply-adds"), "count"), Overlay("parameters", _("parameters"), "count"),
        Overlay("change", _("change since the last checkpoint"), "share"),
    )
