"""Methods with a rule for each kind of layer: DeepLift."""

from __future__ import annotations

from contextlib import nullcontext

from torch import Tensor

from explorer.attribution.call_modules import Pointwise
from explorer.attribution.explained import Explained
from explorer.attribution.prepared_copy import Prepared


def _deep_lift(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor) -> Tensor:
    from captum.attr import DeepLift
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR, nonlinear

    SUPPORTED_NON_LINEAR.setdefault(Pointwise, nonlinear)
    with explained.model.paired() if isinstance(explained.model, Prepared) else nullcontext():
        return DeepLift(explained).attribute(inputs, baseline, target=targets)
