"""Train's layout for data in a plane: the network's picture, the boundary beside it, the curves low below."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_NETWORK, _BOUNDARY = 0.55, 0.45  # of the width
Draw = Callable[[], None]


def draw_plane(draw_network: Draw, draw_boundary: Draw, draw_curves: Draw) -> None:
    """Lay out the parts of a run on data in a plane, each drawn by its own function."""
    network, boundary = st.columns([_NETWORK, _BOUNDARY], gap="medium")
    with network.container(key="plane_network"):
        draw_network()
    with boundary.container(key="plane_boundary"):
        draw_boundary()
    with st.container(key="plane_curves"):
        draw_curves()
