"""Kinds of what a model calls on values that vary: whether it attends, recurs or merges branches."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

Calls = Collection[tuple[Callable[..., Any], int]]  # functions, and how many of the arguments varied

_ATTENTIONS = (F.scaled_dot_product_attention, F.multi_head_attention_forward)
_OF_TWO = (torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.bmm, Tensor.bmm, torch.baddbmm, torch.einsum)
_RECURRENCES = (torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu, torch.lstm_cell, torch.gru_cell,
                torch.rnn_tanh_cell, torch.rnn_relu_cell)


def attends(calls: Calls) -> bool:
    """Check whether values that vary are mixed by weights that vary, as attention does.

    >>> attends({(torch.bmm, 2)}), attends({(torch.bmm, 1)})
    (True, False)
    """
    return any(function in _ATTENTIONS or (function in _OF_TWO and varying > 1) for function, varying in calls)


def recurs(calls: Calls) -> bool:
    """Check whether a recurrent layer is called, whose steps are no calls of their own.

    >>> recurs({(torch.lstm, 1)})
    True
    """
    return any(function in _RECURRENCES for function, _varying in calls)
