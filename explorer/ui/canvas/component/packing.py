"""Packing of the picture for the browser: every kind once, and only values that are not the default."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from explorer.document import Problem
from explorer.figures.theme import BLUE, SKY, Scale, Sign, Theme
from explorer.ui.canvas.component.picture import CanvasPicture, Kind, Levels, NodeSummary, Shelf
from explorer.ui.language import _
from explorer.ui.widgets.thumbnail import color_table

_USUAL = asdict(NodeSummary(Kind("", "", "", "")))


def pack_picture(picture: CanvasPicture, shelves: tuple[Shelf, ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return (the picture, the shelves); `summaries[id]["kind"]` is an index of the picture's `kinds`."""
    kinds: list[Kind] = []
    summaries = {}
    for node_id, one in picture.summaries.items():
        if one.kind not in kinds:
            kinds.append(one.kind)
        summaries[node_id] = {"kind": kinds.index(one.kind), **_unusual(one)}
    packed = {field.name: getattr(picture, field.name) for field in fields(picture)} | {
        "nodes": [asdict(node) for node in picture.nodes],
        "edges": [asdict(edge) for edge in picture.edges],
        "problems": [_in_words(problem) for problem in picture.problems],
        "crumbs": [asdict(crumb) for crumb in picture.crumbs],
        "kinds": [asdict(kind) for kind in kinds],
        "summaries": summaries,
        "live": picture.live and asdict(picture.live),
    }
    return packed, [asdict(shelf) for shelf in shelves]


def pack_levels(levels: Levels, theme: Theme) -> dict[str, Any]:
    """Return all levels, and what the browser needs to paint and save them."""
    return {
        "pictures": {address: pack_picture(picture, ())[0] for address, picture in levels.pictures.items()},
        "inside": levels.inside, "overlays": [asdict(overlay) for overlay in levels.overlays],
        "file_name": levels.file_name,
        "diverging": [color for _share, color in theme.diverging],
        "sequential": [color for _share, color in theme.sequential],
        "background": theme.background, "text": theme.text,
    }


def _unusual(summary: NodeSummary) -> dict[str, Any]:
    values = {name: getattr(summary, name) for name in _USUAL if name != "kind"}
    values["problems"] = [_in_words(problem) for problem in summary.problems]
    values["sketch"] = summary.sketch and {"kind": type(summary.sketch).__name__, **asdict(summary.sketch)}
    return {name: value for name, value in values.items() if value != _USUAL[name] and value != []}


def _in_words(problem: Problem) -> dict[str, Any]:
    """Translate a problem; `fix` is the title of its button. The browser requests a fix by its index."""
    fix = problem.fix and _(problem.fix.title)
    return {"message": _(problem.message), "fix": fix, "is_hint": problem.is_hint}


def pack_look(theme: Theme, pictures: Iterable[CanvasPicture], shelves: tuple[Shelf, ...]) -> dict[str, Any]:
    """Return the colors of the theme, legible on its background."""
    families = {k.family for s in shelves for k in s.kinds} | {
        one.kind.family for picture in pictures for one in picture.summaries.values()}
    return {
        "dark": theme.dark,
        "scale": theme.scale,
        "families": {name: theme.family(name) for name in sorted(families)},
        "problem": _sign(theme.problem), "warning": _sign(theme.warning), "valid": _sign(theme.valid),
        "muted": theme.muted, "panel": theme.panel, "line": theme.grid,
        "accent": theme.accent,
        "tint": BLUE if theme.dark else SKY,
        "negative": theme.legible(theme.diverging[0][1]), "positive": theme.legible(theme.diverging[-1][1]),
        "signed": _packed(theme.diverging), "sequential": _packed(theme.sequential),
    }


def _packed(scale: Scale) -> str:
    return base64.b64encode(color_table(scale).tobytes()).decode()


def _sign(sign: Sign) -> dict[str, str]:
    return {"color": sign.color, "icon": sign.icon, "word": _(sign.word)}
