"""All runs that are watched on this server: one feed each, and a common pace where many watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from explorer.live.feed import RunFeed
from explorer.live.message import Message, Translate
from explorer.training.runs.store import Run, RunStore

MOST_ASKS_PER_S = 100  # of all watchers together: an answer takes some 2 ms of a processor that may be training
FORGOTTEN_S = 60.0


class Hub:
    """Feeds by run. `answer` is called from many threads.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> store = RunStore(mkdtemp())
    >>> run = store.create(zoo.recipe("playground"))
    >>> Hub(lambda: store).numbers(run.id, "", str).next_ms  # it may start at any moment
    50
    """

    def __init__(self, runs: Callable[[], RunStore] = RunStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._runs, self._clock, self._lock = runs, clock, threading.Lock()
        self._feeds: dict[tuple[str, str], tuple[RunFeed, float]] = {}
        self._pace = Pace(clock)

    def numbers(self, run_id: str, since: str, translate: Translate) -> Message:
        """Make the message about a run's numbers. Raises UnknownRun, RunDeleted, DamagedMetrics or DocumentError."""
        return self._pace.slow_down(self._feed(run_id).numbers(since, translate))

    def view(self, run_id: str, since: str, language: str, translate: Translate) -> Message:
        """Make the message about a run's live view. Raises UnknownRun."""
        return self._pace.slow_down(self._feed(run_id).view.message(since, language, translate))

    def _feed(self, run_id: str) -> RunFeed:
        """Find the feed of a run that exists; those nobody has asked for in a minute are forgotten."""
        run, now = self._runs().open(run_id), self._clock()
        with self._lock:
            self._feeds = {key: kept for key, kept in self._feeds.items() if now - kept[1] < FORGOTTEN_S}
            feed = (self._feeds.get(_key(run)) or (RunFeed(run), 0.0))[0]
            self._feeds[_key(run)] = feed, now
            return feed


def _key(run: Run) -> tuple[str, str]:
    return str(run.folder.parent), run.id


class Pace:
    """The pace of all watchers together: the more there are, the longer each is asked to wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._since_s, self._asks, self.factor = clock(), 0, 1.0

    def slow_down(self, message: Message) -> Message:
        """Count an ask, and stretch the time to the next by as much as there are too many of them."""
        with self._lock:
            self._asks += 1
            if (passed := self._clock() - self._since_s) >= 1.0:
                self.factor = max(1.0, self.factor * self._asks / passed / MOST_ASKS_PER_S)
                self._since_s, self._asks = self._clock(), 0
            return Message(message.body, round(message.next_ms * self.factor))
