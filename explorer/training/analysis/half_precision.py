"""Maps in two bytes a value, since pages read them many times a second."""

from __future__ import annotations

import numpy as np
from torch import Tensor

_LARGEST = 65_504.0


def to_half(values: Tensor) -> np.ndarray:
    """Convert to float16 in main memory; what is too large for it becomes the largest number that it holds.

    >>> import torch
    >>> to_half(torch.tensor([0.5, -1e9])).tolist()
    [0.5, -65504.0]
    """
    return values.float().clamp(-_LARGEST, _LARGEST).cpu().numpy().astype(np.float16)
