"""The outcome of a probe: its results, or one sentence on why there are none."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explorer.data import DataMissing, Misfit
from explorer.probes import (
    FOLLOWED,
    Canceled,
    NotApplicable,
    ProbeSpec,
    Subject,
    UnknownNode,
    WrongResult,
    compute_probe,
)
from explorer.probes.chosen_unit import NoUnit
from explorer.spec import BadValue
from explorer.tasks import WrongAnswer
from explorer.text import Text, text
from explorer.training.records.checkpoints import DamagedFrame

DAMAGED = text("The weights of this step are damaged. Choose another step.")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The results of a probe, or a sentence in their place; a problem, unless there was just nothing to show.

    >>> Outcome().is_problem
    False
    """

    results: tuple[Any, ...] = ()
    sentence: Text | None = None
    is_problem: bool = False


def compute_outcome(probe: ProbeSpec, subject: Subject, options: Mapping[str, Any]) -> Outcome:
    """Compute the outcome, whatever goes wrong; the log has the trace of a bug. Raises only Canceled.

    >>> import torch
    >>> from explorer.probes import PROBES
    >>> subject = Subject(torch.nn.Sequential(torch.nn.ReLU()), torch.zeros(1, 2))
    >>> print(compute_outcome(PROBES.get("feature_maps"), subject, {"node": "conv9"}).sentence)
    This network has no node called conv9. Choose another.
    """
    try:
        return Outcome(compute_probe(probe, subject, options))
    except Canceled:
        raise
    except Exception as error:
        return explain_failure(probe, error)


def explain_failure(probe: ProbeSpec, error: Exception) -> Outcome:
    """Explain in a sentence what a probe raised.

    >>> from explorer.probes import PROBES
    >>> print(explain_failure(PROBES.get("kernels"), UnknownNode("conv9")).sentence)
    This network has no node called conv9. Choose another.
    """
    if isinstance(error, NotApplicable):
        return Outcome(sentence=error.sentence)
    if isinstance(error, NoUnit) and probe.cost != FOLLOWED:  # beside a part that names the nearest one
        return Outcome(sentence=text("There is no such unit."))
    if isinstance(error, BadValue | WrongResult | WrongAnswer | DataMissing | Misfit):
        return Outcome(sentence=error.sentence, is_problem=True)
    if isinstance(error, DamagedFrame):
        return Outcome(sentence=DAMAGED, is_problem=True)
    if isinstance(error, UnknownNode):
        return Outcome(sentence=text("This network has no node called {node}. Choose another.",
                                     node=str(error.args[0])[:80]), is_problem=True)
    log.exception("the probe %s failed", probe.name, exc_info=error)
    return Outcome(sentence=text("{title} could not be computed for this input. The server's log has the reason.",
                                 title=probe.title), is_problem=True)
