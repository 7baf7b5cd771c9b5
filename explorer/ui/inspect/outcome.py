"""The outcome of a probe: its results, or one sentence on why there are none; remembered for the session."""

from __future__ import annotations

import copy
import logging
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from explorer.probes import Canceled, NotApplicable, ProbeSpec, Subject, UnknownNode, WrongResult, compute_probe
from explorer.spec import BadValue
from explorer.tasks import WrongAnswer
from explorer.text import Text, text
from explorer.ui.session import state
from explorer.ui.session.bounded_memory import BoundedMemory
from explorer.ui.session.request import OnProgress, Request
from explorer.ui.widgets.result import can_draw

log = logging.getLogger(__name__)

_MOST_REQUESTS = 4  # of a session, the oldest are canceled


class OutcomeKey(NamedTuple):
    """All that an outcome depends on; `options` in the order of the probe's settings."""

    probe: str
    subject: Hashable
    inside: str
    options: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Outcome:
    """The results of a probe, or a sentence in their place; a problem, unless there was just nothing to show."""

    results: tuple[Any, ...] = ()
    sentence: Text | None = None
    is_problem: bool = False


def outcome_of(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome:
    """Return the probe's outcome, computed once while the session remembers it."""
    memory, key = _memory(), key_of(probe, subject, options)
    if (found := memory.get(key)) is None:
        found = memory[key] = compute_outcome(probe, subject, options)
    return found


def known_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome if it was computed already."""
    return _memory().get(key_of(probe, subject, options))


def request_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> None:
    """Have the outcome computed beside the page, on a copy of the model that the page does not touch."""
    requests = state.REQUESTS.value
    own = replace(subject, model=copy.deepcopy(subject.model))

    def work(report: OnProgress) -> Outcome:
        return compute_outcome(probe, replace(own, report=report), options)

    requests[key_of(probe, subject, options)] = Request(work)
    for key in list(requests)[:-_MOST_REQUESTS]:
        requests.pop(key).cancel()


def settle_requests(subject: Subject) -> None:
    """Remember the outcomes of the requests that have ended; cancel those for other weights or another input."""
    requests, memory = state.REQUESTS.value, _memory()
    for key, request in list(requests.items()):
        if not request.is_running:
            del requests[key]
            if request.outcome is not None:
                memory[key] = request.outcome
        elif key.subject != subject.key:
            requests.pop(key).cancel()


def key_of(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> OutcomeKey:
    """Combine all that an outcome depends on."""
    return OutcomeKey(probe.name, subject.key, subject.inside, tuple(options.items()))


def compute_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome:
    """Compute the outcome, whatever goes wrong; the log has the trace of a bug. Raises only Canceled."""
    try:
        results = compute_probe(probe, subject, options)
    except Canceled:
        raise
    except Exception as error:
        return failure(probe, error)
    unknown = next((type(result).__name__ for result in results if not can_draw(type(result))), None)
    if unknown:
        return Outcome(sentence=text("{title} cannot be shown: nothing draws a result of type {type}.",
                                     title=probe.title, type=unknown), is_problem=True)
    return Outcome(results)


def failure(probe: ProbeSpec, error: Exception) -> Outcome:
    """Explain in a sentence what a probe raised."""
    if isinstance(error, NotApplicable):
        return Outcome(sentence=error.sentence)
    if isinstance(error, BadValue | WrongResult | WrongAnswer):
        return Outcome(sentence=error.sentence, is_problem=True)
    if isinstance(error, UnknownNode):
        return Outcome(sentence=text("This network has no node called {node}. Choose another.",
                                     node=str(error.args[0])[:80]), is_problem=True)
    log.exception("the probe %s failed", probe.name, exc_info=error)
    return Outcome(sentence=text("{title} could not be computed for this input. The server's log has the reason.",
                                 title=probe.title), is_problem=True)


def _memory() -> BoundedMemory:
    if state.RESULTS.value is None:
        state.RESULTS.value = BoundedMemory()
    return state.RESULTS.value
