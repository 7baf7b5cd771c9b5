"""The look of the live charts, from the theme of all figures; and what is laid over one of them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from explorer.figures.theme import TEXT_CONTRAST, Sign, Theme
from explorer.results import Field2D
from explorer.training.runs import store
from explorer.ui.language import _

_RAW_STRENGTH, _COMING_STRENGTH, _CLASSES = 0.35, 0.4, 10
_ICONS = {store.WAITING: "○", store.TRAINING: "●", store.PAUSED: "❚❚", store.FINISHED: "✓", store.STOPPED: "■",
          store.DIVERGED: "✖", store.OUT_OF_MEMORY: "✖", store.CRASHED: "✖", store.INTERRUPTED: "⚠", store.NEWER: "⚠"}


def pack_look(theme: Theme) -> dict[str, Any]:
    """Return colors, scales and the styles of the lines."""
    names = {"training": _("training"), "validation": _("validation"), "test": _("test")}
    roles = {name: _pack_role(theme, name, words) for name, words in names.items()}
    coming = roles["training"] | {"color": theme.pale(roles["training"]["color"], _COMING_STRENGTH)}
    return {
        "dark": theme.dark, "scale": theme.scale, "background": theme.background, "panel": theme.panel,
        "text": theme.text, "muted": theme.muted, "grid": theme.grid, "accent": theme.accent, "line": theme.text,
        "pale": theme.pale(roles["training"]["color"], _RAW_STRENGTH), "roles": roles | {"coming": coming},
        "problem": _pack_sign(theme.problem), "warning": _pack_sign(theme.warning), "valid": _pack_sign(theme.valid),
        "classes": [theme.class_color(index) for index in range(_CLASSES)],
        "samples": theme.legible(theme.pale(theme.slate, 0.6)),
        "sequential": [color for _share, color in theme.sequential],
        "diverging": [color for _share, color in theme.diverging],
    }


def pack_states(theme: Theme) -> dict[str, dict[str, str]]:
    """Return each state's icon and color."""
    good = dict.fromkeys((store.TRAINING, store.FINISHED), theme.valid.color)
    calm = dict.fromkeys((store.WAITING, store.PAUSED, store.STOPPED), theme.muted)
    colors = dict.fromkeys(_ICONS, theme.problem.color) | good | calm
    return {state: {"icon": icon, "color": colors[state]} for state, icon in _ICONS.items()}


def pack_overlay(field: Field2D, name: str) -> dict[str, Any]:
    """Pack a boundary small enough to go with every run of the page: probabilities in 255 steps."""
    steps = np.clip(np.nan_to_num(np.asarray(field.values, np.float32)) * 255, 0, 255).round().astype(np.uint8)
    return {"shape": list(steps.shape), "x": _ends(field.x), "y": _ends(field.y), "name": name,
            "probabilities": base64.b64encode(steps.tobytes()).decode()}


def _pack_role(theme: Theme, name: str, words: str) -> dict[str, str]:
    role = theme.role(name)
    return {"color": role.color, "dash": role.dash, "symbol": role.symbol, "name": words,
            "text": theme.legible(role.color, TEXT_CONTRAST)}


def _pack_sign(sign: Sign) -> dict[str, str]:
    return {"color": sign.color, "icon": sign.icon, "word": _(sign.word)}


def _ends(values: np.ndarray) -> list[float]:
    return [float(values[0]), float(values[-1])]
