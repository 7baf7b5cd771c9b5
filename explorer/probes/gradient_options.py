"""Options that all probes of gradients share: what is differentiated, and for which inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explorer.spec import BadValue, Number
from explorer.text import text

MOST_SAMPLES = 256


@dataclass(frozen=True)
class OfParam:
    """What is differentiated: "" for the loss, else the index of an output, as text.

    >>> OfParam("of", "Gradient of").parse("3")
    '3'
    """

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        """Check the form; how many outputs there are is known once they are computed. Raises BadValue."""
        if not isinstance(value, str) or (value and not value.isdecimal()):
            raise BadValue(text("{title} must be empty for the loss, or the index of an output, not {value}.",
                                title=self.title, value=repr(value)[:40]))
        return value


OF = OfParam("of", "Gradient of", help="The loss, or a number of the output by its index.")
SAMPLES = Number("samples", "Test samples", 0, low=0, high=MOST_SAMPLES, integer=True,
                 help="Over how many samples of the test part gradients are averaged; 0 for this input alone.")
