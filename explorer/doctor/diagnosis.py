"""Diagnosis: from a run to findings, most severe first, each cause reported once."""

from __future__ import annotations

from explorer import charts
from explorer.doctor.evidence import Evidence, gather
from explorer.doctor.finding import OK, SEVERITIES, WATCH, Finding, level, number
from explorer.doctor.rules import RULES
from explorer.doctor.rules.rate import NAN
from explorer.doctor.rules.signal import attenuation
from explorer.doctor.thresholds import LEAST_STEPS
from explorer.text import text
from explorer.training.runs.store import Run

TOO_EARLY, HEALTHY = "too_early", "healthy"  # the names of the findings that no rule makes
_TITLES = {TOO_EARLY: "Too early", HEALTHY: "Healthy", **{rule.name: rule.title for rule in RULES}}


def title_of(rule: str) -> str:
    """Return the title of a finding, by its rule's name.

    >>> title_of("rate_high")
    'Learning rate too high'
    """
    return _TITLES[rule]


def diagnose(run: Run) -> list[Finding]:
    """Diagnose a run; never empty. Raises RunDeleted, DamagedMetrics, or DocumentError if its files are damaged.

    >>> from tempfile import mkdtemp
    >>> from explorer import zoo
    >>> from explorer.training import RunStore
    >>> [finding.rule for finding in diagnose(RunStore(mkdtemp()).create(zoo.recipe("playground")))]
    ['too_early']
    """
    return judge(gather(run))


def judge(evidence: Evidence) -> list[Finding]:
    """Apply all rules; return the findings, most severe first, without those that follow from another.

    >>> from explorer import zoo
    >>> from explorer.training.records.metrics import no_steps
    >>> [finding.rule for finding in judge(Evidence(zoo.recipe("mlp"), no_steps()))]
    ['too_early']
    """
    if len(evidence.steps) < LEAST_STEPS and evidence.first_bad is None:
        return [_too_early(evidence)]
    rules = RULES if evidence.first_bad is None else (NAN,)  # after a NaN nothing else can be judged
    found = {rule.name: finding for rule in rules if (finding := rule.judge(evidence)) is not None}
    hidden = {name for rule in rules if rule.name in found for name in rule.hides}
    kept = [finding for name, finding in found.items() if name not in hidden]
    return sorted(kept, key=lambda finding: SEVERITIES.index(finding.severity)) or [_healthy(evidence)]


def _too_early(evidence: Evidence) -> Finding:
    return Finding(TOO_EARLY, WATCH, text(
        "Too early to tell: the doctor needs at least {least} steps; so far: {steps}.", least=LEAST_STEPS,
        steps=len(evidence.steps)))


def _healthy(evidence: Evidence) -> Finding:
    if evidence.last is None:
        return Finding(HEALTHY, OK, text(
            "The curves look healthy. The weights could not be checked: they or the samples cannot be read on this "
            "machine."), evidence.loss_chart)
    return Finding(HEALTHY, OK, text(
        "No problems found: the gradient at the first layer is {times} times that at the last, no layer is dead or "
        "saturated, and the loss went from {start} to {end}.", times=number(attenuation(evidence.last)),
        start=level(float(evidence.steps.loss[0])), end=level(evidence.loss_now)),
        charts.signal_propagation(evidence.first, evidence.last, "activation_gradient"))
