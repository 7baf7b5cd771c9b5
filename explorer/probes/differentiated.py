"""The choice of what is differentiated: the loss, or a number of the output."""

from __future__ import annotations

from explorer.probes.gradient_options import OF
from explorer.probes.objective import LOSS_OF, choices_of, kind_of, objective_of
from explorer.probes.probe import FOLLOWED, GRADIENTS, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import Differentiated
from explorer.text import text


def compute_differentiated(subject: Subject, of: str = LOSS_OF) -> Differentiated:
    """Compute the number that gradients are of for the batch's first sample, and name those that can be chosen.

    Raises BadValue. Source: Simonyan et al. 2014, section 3 (a class's score in the loss's place).
    """
    outputs, target = subject.outputs[:1], None if subject.target is None else subject.target[:1]
    loss, chosen = (objective_of(subject, outputs, target, each) for each in (LOSS_OF, of))
    return Differentiated(of, chosen.what, chosen.values.item(), loss.what, loss.note or text(""),
                          kind_of(subject), choices_of(subject, outputs))


DIFFERENTIATED = ProbeSpec(
    name="differentiated", title="Gradient of", summary="What the gradients here are of: the loss, or one output.",
    source="Simonyan et al. 2014, section 3", compute=compute_differentiated, returns=(Differentiated,),
    place=GRADIENTS, cost=FOLLOWED, params=(OF,), term="gradient",
)
