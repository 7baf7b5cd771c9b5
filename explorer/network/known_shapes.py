"""Analysis of a network whose shapes are all known, without torch."""

from __future__ import annotations

from explorer.document import Network
from explorer.network.check import Analysis, analyze
from explorer.network.known import NotKnown, known_only


def analyze_known(net: Network) -> Analysis | None:
    """Find the shapes, costs and problems of a network; None where a shape has to be measured first.

    >>> from explorer import zoo
    >>> analyze_known(zoo.get("lenet")).total_parameters
    61706
    """
    try:
        with known_only():
            return analyze(net)
    except NotKnown:
        return None
