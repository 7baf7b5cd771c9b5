"""The error of an attribution that promises to be complete."""

from __future__ import annotations

from torch import Tensor

WRONG = 0.1  # a larger error marks an attribution as wrong


def completeness_error(sums: Tensor, differences: Tensor) -> float:
    """Compute how far sums of attributions are from the differences of outputs that they should be.

    sums, differences: (sample,). The sum of |sum - difference| over the sum of |difference|: a single sample's share
    explodes where its difference is near zero. NaN without any difference. Source: Sundararajan et al. 2017, section 2.

    >>> import torch
    >>> completeness_error(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]))
    0.25
    """
    return ((sums - differences).abs().sum() / differences.abs().sum()).item()
