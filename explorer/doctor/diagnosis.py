"""From a run to findings, worst first, each cause told once."""

from __future__ import annotations

from explorer import charts
from explorer.doctor.evidence import Evidence, gather
from explorer.doctor.finding import SEVERITIES, WATCH, WELL, Finding, level, number
from explorer.doctor.rules import RULES
from explorer.doctor.rules.rate import NAN
from explorer.doctor.rules.signal import attenuation
from explorer.doctor.thresholds import LEAST_STEPS
from explorer.text import text
from explorer.training.runs.store import Run

TOO_EARLY, HEALTHY = "too_early", "healthy"  # the names of the findings that no rule makes
_TITLES = {TOO_EARLY: "Too early", HEALTHY: "Healthy", **{rule.name: rule.title for rule in RULES}}


def title_of(rule: str) -> str:
    """The title of a finding, by its rule's name."""
    return _TITLES[rule]


def diagnose(run: Run) -> list[Finding]:
    """Diagnose a run; never empty. Raises RunDeleted, DamagedMetrics, or DocumentError where its files are damaged."""
    return judge(gather(run))


def judge(evidence: Evidence) -> list[Finding]:
    """The findings of all rules, worst first, without those that follow from another."""
    if len(evidence.steps) < LEAST_STEPS and evidence.first_bad is None:
        return [_too_early(evidence)]
    rules = RULES if evidence.first_bad is None else (NAN,)  # behind a NaN nothing is left to be judged
    found = {rule.name: finding for rule in rules if (finding := rule.judge(evidence)) is not None}
    hidden = {name for rule in rules if rule.name in found for name in rule.hides}
    kept = [finding for name, finding in found.items() if name not in hidden]
    return sorted(kept, key=lambda finding: SEVERITIES.index(finding.severity)) or [_healthy(evidence)]


def _too_early(evidence: Evidence) -> Finding:
    return Finding(TOO_EARLY, WATCH, text(
        "Too early to tell: {steps} steps so far, and the doctor judges from {least} on.", steps=len(evidence.steps),
        least=LEAST_STEPS))


def _healthy(evidence: Evidence) -> Finding:
    if evidence.last is None:
        return Finding(HEALTHY, WELL, text(
            "Nothing wrong with the curves. The weights could not be looked into: they, or the samples, cannot be read "
            "here."), evidence.loss_chart)
    return Finding(HEALTHY, WELL, text(
        "Nothing wrong: the first layer's gradient is {times} times the last one's, no layer is dead or saturated, and "
        "the loss went from {start} to {end}.", times=number(attenuation(evidence.last)),
        start=level(float(evidence.steps.loss[0])), end=level(evidence.loss_now)),
        charts.signal_propagation(evidence.first, evidence.last, "activation_gradient"))
