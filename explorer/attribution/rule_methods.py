"""Methods with a rule for each kind of layer: DeepLift and layer-wise relevance propagation."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor, nn

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.baselines import BASELINE
from explorer.attribution.call_modules import Pointwise
from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.kinds_of_calls import attends, recurs
from explorer.attribution.prepared_copy import Prepared
from explorer.attribution.refusals import AT_ATTENTION, AT_RECURRENCE, refuses_deep_lift, refuses_relevance
from explorer.attribution.relevance import ALPHA1_BETA0, EPSILON, GAMMA, Rule, propagate
from explorer.spec import Choice, Flag, Number
from explorer.text import Text, text


def _deep_lift(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor) -> Tensor:
    from captum.attr import DeepLift
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR, nonlinear

    prepared = explained.model
    if not isinstance(prepared, Prepared):
        return _in_double(DeepLift(explained).attribute, explained, inputs, baseline, targets)
    SUPPORTED_NON_LINEAR.setdefault(Pointwise, nonlinear)
    if attends(prepared.functions) or recurs(prepared.functions):
        raise CannotAttribute(AT_ATTENTION if attends(prepared.functions) else AT_RECURRENCE)
    with prepared.paired():
        return DeepLift(explained).attribute(inputs, baseline, target=targets)
