"""Runs written by a newer version of the program: they are shown as such and never changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.document import DocumentError, NewerDocument
from explorer.files.atomic import Stamp, stamp_of
from explorer.recipe import Recipe
from explorer.training.runs.recording import FILE_NAME, Recording


def is_newer(folder: Path) -> bool:
    """Check whether a newer version of the program wrote a run's document; a damaged one counts as ours."""
    stamps = {path: stamp_of(path) for path in (folder / "recipe.json", folder / FILE_NAME)}
    return any(stamp is not None and _is_newer(path, stamp) for path, stamp in stamps.items())


@lru_cache(maxsize=10_000)
def _is_newer(path: Path, stamp: Stamp) -> bool:
    """Read the file's version; `stamp` keys the cache, so that a changed file is read again."""
    try:
        (Recording if path.name == FILE_NAME else Recipe).load(path)
    except DocumentError as error:
        return isinstance(error, NewerDocument)
    return False
