"""Work counted in calls, so that a bound on it holds on any machine, however slow or busy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def count_calls(ask: Callable[[], Answer]) -> tuple[Answer, int]:
    """The answer of `ask` and how many calls, of Python's and of C's functions, this thread made for it."""
    calls, before = 0, sys.getprofile()

    def count(frame: object, event: str, value: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        answer = ask()
    finally:
        sys.setprofile(before)
    return answer, calls


def within_calls(limit: int, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask`, found in at most `limit` calls; without a bound it would take many times as many."""
    answer, calls = count_calls(ask)
    assert calls <= limit, f"{calls:,} calls, at most {limit:,} expected"
    return answer
