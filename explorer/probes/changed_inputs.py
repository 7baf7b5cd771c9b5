"""Inputs that were changed, as pictures or in words."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from explorer.formatting import format_number
from explorer.intervention.corruption import InputKind
from explorer.probes.subject import Subject
from explorer.results import as_picture

_PIECE, _NUMBERS = 40, 6  # characters of a text, and numbers of a row, that are shown


def picture_of(batch: Tensor, kind: InputKind) -> np.ndarray:
    """Lay the first of images out as a picture in 0..1; of other than 1 or 3 channels their mean.

    >>> import torch
    >>> picture_of(torch.zeros(1, 784), InputKind(shape=(1, 28, 28))).shape
    (28, 28)
    """
    image = batch[0].reshape(kind.shape).float().cpu().numpy()
    return as_picture(image if len(image) in (1, 3) else image.mean(0, keepdims=True)).clip(0, 1)


def written(subject: Subject, batch: Tensor) -> str:
    """Write out the end of the first text of a batch, or the first numbers of its first row.

    >>> import torch
    >>> from explorer.probes import Subject
    >>> written(Subject(torch.nn.ReLU(), torch.zeros(1, 2)), torch.tensor([[0.5, 2.0]]))
    '0.5, 2'
    """
    row = batch[0].flatten()
    if subject.takes_tokens:
        names = subject.token_names(row[:subject.tokens])[-_PIECE:]
        return f"“{''.join(names)}”" if all(len(name) == 1 for name in names) else " ".join(names)
    more = ", …" if len(row) > _NUMBERS else ""
    return ", ".join(format_number(float(value), 3) for value in row[:_NUMBERS]) + more
