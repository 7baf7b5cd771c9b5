"""Progress of a run, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.training.records.metrics import LOSS, VALIDATION, EpochRow


@dataclass
class Progress:
    """A report of progress, once per flush. train_seconds and examples count across interruptions.

    >>> losses = [EpochRow(epoch, epoch, {"validation": {"loss": loss}}) for epoch, loss in ((1, 0.5), (2, 0.6))]
    >>> Progress(epochs=losses).epochs_without_improvement()
    1
    """

    step: int = 0
    epoch: int = 0
    train_seconds: float = 0.0
    examples: int = 0
    examples_per_s: float = 0.0
    loss: float = float("nan")
    epochs: list[EpochRow] = field(default_factory=list)

    def epochs_without_improvement(self) -> int:
        """Count the epochs since the lowest validation loss; 0 where nothing is measured."""
        losses = [loss for row in self.epochs if (loss := row.value(VALIDATION, LOSS)) is not None]
        return len(losses) - 1 - losses.index(min(losses)) if losses else 0
