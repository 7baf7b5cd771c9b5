"""Runs written by a newer version of the program: they are shown as such and never changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.document import DocumentError, NewerDocument
from explorer.files.atomic import Stamp, stamp_of
from explorer.recipe import Recipe


def is_newer(recipe_path: Path) -> bool:
    """Check whether a newer version of the program wrote this recipe; a damaged file counts as ours."""
    stamp = stamp_of(recipe_path)
    return stamp is not None and _is_newer(recipe_path, stamp)


@lru_cache(maxsize=10_000)
def _is_newer(path: Path, stamp: Stamp) -> bool:
    """Read the file's version; `stamp` keys the cache, so that a changed file is read again."""
    try:
        Recipe.load(path)
    except DocumentError as error:
        return isinstance(error, NewerDocument)
    return False
