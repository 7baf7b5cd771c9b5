"""Runs that are not there: never were, or no longer are."""

from __future__ import annotations

from explorer.text import Text, text

DELETED = text("This run no longer exists; its folder was deleted. Other runs are not affected.")


class UnknownRun(KeyError):
    """A run id that is malformed, or names no folder; `sentence` explains it."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class RunDeleted(Exception):
    """A run whose folder was deleted, or is no longer readable."""
