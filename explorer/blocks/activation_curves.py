"""Curves as sketches of activation functions."""

from __future__ import annotations

from collections.abc import Callable

from explorer.blocks.sketch import Curve

_POINTS = tuple(step / 4 for step in range(-12, 13))


def curve(function: Callable[[float], float]) -> Curve:
    """Sample a function from -3 to 3."""
    return Curve(_POINTS, tuple(float(function(x)) for x in _POINTS))
