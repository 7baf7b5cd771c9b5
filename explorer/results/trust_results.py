"""Findings: what results beside them come to."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.text import Text


@dataclass(frozen=True)
class Finding:
    """A sentence or two on what the results after it show."""

    title: str | Text
    sentence: Text
