"""Maps of one or many nodes as crisp pixels; a unit's exact value on hover, in the browser alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.results import ImageGrid
from explorer.ui.language import _
from explorer.ui.session.fields import typed
from explorer.ui.widgets.components.map_grid.colors import SCALES
from explorer.ui.widgets.components.map_grid.pack import MapRow, as_row, pack_rows
from explorer.ui.widgets.components.mount import ignore, register

__all__ = ["MapRow", "Pick", "draw_map_grid"]

_map_grid = register("map_grid")


@dataclass(frozen=True)
class Pick:
    """The unit a person chose: index of the row, and map, height y, width x in that row's full array."""

    row: int
    map: int
    y: int = 0
    x: int = 0


def draw_map_grid(
    rows: Sequence[MapRow | ImageGrid], key: str, cell_px: int | None = None, selected: Pick | None = None
) -> Pick | None:
    """Draw rows of maps and return the unit picked just now, by click or Enter, else None.

    cell_px: the side a map is drawn at, rounded to whole pixels a value (default 80, or 60 from 17 maps on).
    selected: its map is framed, unless another was picked just now. Raises ValueError unless each row's
    values are (map, height, width).
    """
    shapes = [np.shape(as_row(row).grid.values) for row in rows]
    # known before the component is mounted, so that the frame need not wait for one more run
    picked = check_pick(dict(typed(key) or {}).get("pick"), shapes)
    framed = picked or selected
    options = {
        "words": _words(),
        "scales": SCALES,
        "cell_px": cell_px,
        "selected": {"row": framed.row, "map": framed.map} if framed else None,
    }
    result = _map_grid(key=key, data=pack_rows(rows, options, _), on_pick_change=ignore)
    return check_pick(result.get("pick"), shapes)


def check_pick(value: Any, shapes: Sequence[tuple[int, ...]]) -> Pick | None:
    """Check what the browser sent: a Pick that lies within the rows, or None."""
    if not isinstance(value, Mapping):
        return None
    numbers = [value.get(name) for name in ("row", "map", "y", "x")]
    if any(type(number) is not int or number < 0 for number in numbers) or numbers[0] >= len(shapes):
        return None
    inside = all(number < size for number, size in zip(numbers[1:], shapes[numbers[0]], strict=True))
    return Pick(*numbers) if inside else None


def _words() -> dict[str, str]:
    return {
        "place": _("height {y}, width {x}"),
        "unnamed": _("{axis} {index}"),
        "nan": _("not a number"),
        "infinite": _("infinite"),
        "minus_infinite": _("minus infinite"),
        "empty": _("no maps"),
        "keys": _("Arrow keys move between units, Enter picks one."),
    }
