"""A term of the glossary as a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One entry. sentence: English, one sentence; formula: LaTeX that KaTeX knows, or nothing."""

    name: str
    title: str
    sentence: str
    formula: str = ""
    see_also: tuple[str, ...] = ()
