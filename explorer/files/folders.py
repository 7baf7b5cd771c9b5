"""Folders of the user's that Layerscope keeps files in, as each system has them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "EXPLORER_CACHE"


def cache_folder() -> Path:
    """Return the folder of what can be found out again: $EXPLORER_CACHE, else a cache folder of the user.

    It may not exist yet, and what cannot be written there is not kept.

    >>> cache_folder().is_absolute()
    True
    """
    return chosen_folder(CACHE_VARIABLE) or user_cache_folder()


def chosen_folder(variable: str) -> Path | None:
    """Return the folder that an environment variable names; None without one."""
    chosen = os.environ.get(variable, "").strip()
    return _expand(chosen) if chosen else None


def user_cache_folder() -> Path:
    """Return Layerscope's folder among the system's caches of the user."""
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or _expand("~/AppData/Local"))
    elif sys.platform == "darwin":
        caches = _expand("~/Library/Caches")
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or _expand("~/.cache"))
    return caches / "layerscope"


def _expand(path: str) -> Path:
    return Path(os.path.expanduser(path)).absolute()
