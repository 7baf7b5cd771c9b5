"""Inspection: a run at a step, with an input, looked at through the probes; one answer a question, for many who ask."""

from explorer.inspection.asked import VERSION, Asked, InputAsked
from explorer.inspection.inspection_hub import Answer, Hub
from explorer.inspection.outcome import Outcome, compute_outcome, explain_failure

__all__ = ["VERSION", "Answer", "Asked", "Hub", "InputAsked", "Outcome", "compute_outcome", "explain_failure"]
