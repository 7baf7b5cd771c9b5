"""Where a run stands, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.training.metrics import EpochRow


@dataclass
class Progress:
    """Handed to whoever watches, once a flush. train_seconds and examples go on where a continued run had stopped."""

    step: int = 0
    epoch: int = 0
    train_seconds: float = 0.0
    examples: int = 0
    examples_per_s: float = 0.0
    loss: float = float("nan")
    epochs: list[EpochRow] = field(default_factory=list)
