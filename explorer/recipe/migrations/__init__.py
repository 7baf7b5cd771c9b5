"""Migrations of a recipe's document to today's version: one file each, plain data in and out.

They are applied when a document is read. Nothing on the disk changes by that; a file is written anew only when somebody
saves. A migration is never changed once documents of the version it leads to exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.recipe.migrations import from_1_to_2

MIGRATIONS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (from_1_to_2.migrate,)
VERSION = 1 + len(MIGRATIONS)


def migrate(document: dict[str, Any]) -> dict[str, Any]:
    """Convert a document of any version from 1 to VERSION to today's. Raises DocumentError."""
    for step in MIGRATIONS[document["version"] - 1:]:
        document = step(document)
    return document
