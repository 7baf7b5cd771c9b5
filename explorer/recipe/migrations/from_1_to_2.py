"""Recipes learned to name the version of each rule that they follow; until then there was one version of each."""

from __future__ import annotations

from typing import Any

from explorer.document import DocumentError
from explorer.text import text

_RULES = ("split", "scaling", "initialization", "kept_weights")


def migrate(document: dict[str, Any]) -> dict[str, Any]:
    """Add version 1 of every rule. Raises DocumentError where there are rules already: their meaning is uncertain."""
    if "rules" in document:
        raise DocumentError(text('This recipe has version 1 and "rules", which came with version 2: only half of it '
                                 "was brought to that version."))
    return {**document, "version": 2, "rules": dict.fromkeys(_RULES, 1)}
