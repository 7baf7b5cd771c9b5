"""Gradients through RNNs in evaluation mode, for which cuDNN has no pass back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

_lock = threading.Lock()
_found: list[bool] = []  # whether cuDNN was on, as each of those inside found it


@contextmanager
def without_cudnn(model: nn.Module) -> Iterator[None]:
    """Switch cuDNN off while a model with RNNs is passed back through; one without leaves it as it is.

    It is a setting of the whole process, which the last of those inside gives back as the first one found it.

    >>> with without_cudnn(nn.LSTM(2, 3)):
    ...     torch.backends.cudnn.enabled
    False
    """
    if not any(isinstance(module, nn.RNNBase) for module in model.modules()):
        yield
        return
    with _lock:
        _found.append(torch.backends.cudnn.enabled)
        torch.backends.cudnn.enabled = False
    try:
        yield
    finally:
        with _lock:
            before = _found.pop()
            torch.backends.cudnn.enabled = before and not _found
