"""Costly values, kept in the session while the key stays the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from explorer.ui.session.state import Slot
from explorer.ui.session.uninterrupted import uninterrupted

K, T = TypeVar("K", bound=Hashable), TypeVar("T")


@dataclass(frozen=True)
class Memo(Generic[K, T]):
    """A value and the key it was made for."""

    key: K
    value: T


def remember(slot: Slot[Memo[K, T] | None], key: K, make: Callable[[], T]) -> T:
    """Return the value made for this key in this session; another key replaces it. Raises what `make` raises."""
    kept = slot.value
    return kept.value if kept is not None and kept.key == key else renew(slot, key, make)


def renew(slot: Slot[Memo[K, T] | None], key: K, make: Callable[[], T]) -> T:
    """Make a new value for this key. The old one is dropped first, so that two large ones never exist at once.

    Nothing is kept where `make` raises, or where Streamlit ends the run meanwhile: whoever asks next makes it.
    """
    slot.clear()
    made = make()
    _keep(slot, Memo(key, made))
    return made


def recall(slot: Slot[Memo[K, T] | None], key: K) -> T | None:
    """Return the value made for this key, None where the last was made for another."""
    kept = slot.value
    return kept.value if kept is not None and kept.key == key else None


@uninterrupted
def _keep(slot: Slot[Memo[K, T] | None], memo: Memo[K, T]) -> None:
    """Keep it even if a newer run has been requested, so that the newer run finds it."""
    slot.value = memo
