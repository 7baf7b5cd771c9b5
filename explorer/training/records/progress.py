"""Where a run stands, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.training.records.metrics import EpochRow


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

    def epochs_without_improvement(self) -> int:
        """How many epochs ago the validation loss was lowest; 0 where it is the last one, or nothing is measured."""
        losses = [row.validation_loss for row in self.epochs if row.validation_loss is not None]
        return len(losses) - 1 - losses.index(min(losses)) if losses else 0
