"""The element of a parameter that is followed, as text: `weight[0, 2, 1, 1]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from explorer.spec import BadValue
from explorer.text import text

_FORM = re.compile(r"([\w.]+)(?:\[((?:\d+(?:, ?\d+)*)?)\])?")
_LONGEST = 200


@dataclass(frozen=True)
class ElementParam:
    """An element of a node's parameter, such as `weight[0, 2]`; "" for none, a name alone for its steepest element.

    >>> ElementParam("parameter", "Parameter").parse("weight[0, 2]")
    'weight[0, 2]'
    """

    name: str
    title: str
    default: str = ""
    help: str = ""

    def parse(self, value: Any) -> str:
        """Check the form; whether there is such an element is known once there is a node. Raises BadValue."""
        if value == "" or (isinstance(value, str) and len(value) < _LONGEST and _FORM.fullmatch(value)):
            return value
        raise BadValue(text("{title} must be a parameter's name with an index, such as weight[0, 2], not {value}.",
                            title=self.title, value=repr(value)[:40]))


def read_element(written: str) -> tuple[str, tuple[int, ...] | None]:
    """Read (name, index) of an element; the index is None where it is left open.

    >>> read_element("weight[0, 2]"), read_element("bias")
    (('weight', (0, 2)), ('bias', None))
    """
    name, index = _FORM.fullmatch(written).groups()
    return name, None if index is None else tuple(int(part) for part in index.split(",") if part)
