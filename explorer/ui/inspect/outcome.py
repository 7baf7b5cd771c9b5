"""Outcomes of the probes that Python draws: remembered for the session, or computed beside the page."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

from torch import nn

from explorer.inspection import Outcome, compute_outcome
from explorer.inspection.models import set_threads
from explorer.probes import ProbeSpec, Subject
from explorer.text import text
from explorer.ui.session import state
from explorer.ui.session.bounded_memory import BoundedMemory
from explorer.ui.session.request import OnProgress, Request
from explorer.ui.widgets.result import can_draw

_MOST_BYTES = 48_000_000  # of the models that requests of a session work on
_MOST_REQUESTS = 4  # of a session, the oldest are canceled


class OutcomeKey(NamedTuple):
    """All that an outcome depends on; `options` in the order of the probe's settings."""

    probe: str
    subject: Hashable
    inside: str
    options: tuple[tuple[str, Any], ...]


def outcome_of(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome:
    """Return the probe's outcome, computed once while the session remembers it."""
    memory, key = _memory(), key_of(probe, subject, options)
    if (found := memory.get(key)) is None:
        found = memory[key] = _compute(probe, subject, options)
    return found


def known_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome if it was computed already."""
    return _memory().get(key_of(probe, subject, options))


def request_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> None:
    """Have the outcome computed beside the page, on a copy of the model that the page does not touch."""
    requests = state.REQUESTS.value
    with subject.held():
        own = replace(subject, model=copy.deepcopy(subject.model), held=nullcontext)

    def work(report: OnProgress) -> Outcome:
        set_threads(subject.recipe.network)
        return _compute(probe, replace(own, report=report), options)

    requests[key_of(probe, subject, options)] = Request(work)
    for key in list(requests)[:-_most_requests(own.model)]:
        requests.pop(key).cancel()


def _most_requests(model: nn.Module) -> int:
    """Return how many requests a session may have at work, each with a copy of the model; one of a large model."""
    size_bytes = sum(weight.nbytes for weight in (*model.parameters(), *model.buffers()))
    return max(1, min(_MOST_REQUESTS, _MOST_BYTES // max(1, size_bytes)))


def settle_requests(subject: Subject) -> None:
    """Remember the outcomes of the requests that have ended; cancel those for other weights or another input."""
    requests, memory = state.REQUESTS.value, _memory()
    for key, request in list(requests.items()):
        if not request.is_running:
            del requests[key]
            if request.outcome is not None:
                memory[key] = request.outcome
        elif key.subject not in (subject.key, subject.weights_key):
            requests.pop(key).cancel()


def key_of(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> OutcomeKey:
    """Combine all that an outcome depends on."""
    on_weights_alone = not probe.reads_input and options.get("unit", ()) is not None
    return OutcomeKey(probe.name, subject.weights_key if on_weights_alone else subject.key, subject.inside,
                      tuple(options.items()))


def _compute(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome:
    """Compute the outcome; results that nothing draws are a problem. Raises only Canceled."""
    outcome = compute_outcome(probe, subject, options)
    unknown = next((type(result).__name__ for result in outcome.results if not can_draw(type(result))), None)
    if unknown:
        return Outcome(sentence=text("{title} cannot be shown: nothing draws a result of type {type}.",
                                     title=probe.title, type=unknown), is_problem=True)
    return outcome


def _memory() -> BoundedMemory:
    if state.RESULTS.value is None:
        state.RESULTS.value = BoundedMemory()
    return state.RESULTS.value
