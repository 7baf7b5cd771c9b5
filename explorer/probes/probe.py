"""What a probe is: a name, what it fits, and what it reads off a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from explorer.spec import ParamSpec


@dataclass(frozen=True)
class ProbeSpec:
    """A probe's record. `compute(model, batch, **params)` returns a result, or a tuple of them.

    batch: (sample, ...) as the model takes it. The model is left as it was found, after an error too; it
    must be private to the call, since two threads that share one would break each other's hooks.
    """

    name: str
    title: str
    summary: str
    source: str
    compute: Callable[..., Any]
    is_compatible: Callable[[nn.Module], bool] = lambda model: True
    params: tuple[ParamSpec, ...] = ()
