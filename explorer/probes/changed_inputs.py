"""Inputs that were changed, as pictures or in words."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from explorer.formatting import format_number
from explorer.intervention.corruption import Corruption, InputKind, corrupt
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


def corrupted(subject: Subject, corruption: Corruption, severity: float, kind: InputKind) -> Tensor:
    """Make the input that is looked at worse, of a text only what is typed: (1, ...).

    >>> from explorer.intervention.corruption import CORRUPTIONS
    >>> from explorer.probes import Subject
    >>> subject = Subject(torch.nn.Embedding(2, 1), torch.zeros(1, 4, dtype=torch.int64), tokens=2)
    >>> corrupted(subject, CORRUPTIONS.get("replaced"), 100, InputKind(vocabulary=2)).tolist()
    [[1, 1, 0, 0]]
    """
    one = subject.batch[:1]
    typed = one if subject.tokens is None else one[:, :subject.tokens]
    worse = corrupt(corruption, typed, severity, kind)
    return worse if typed is one else torch.cat([worse, one[:, subject.tokens:]], 1)


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
