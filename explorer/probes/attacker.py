"""Attacks on a subject's network: its loss, the units of its inputs, and their limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer import data
from explorer.attribution.rnn_gradients import without_cudnn
from explorer.hooks import as_taken, in_mode, tensors_in
from explorer.intervention.attack import EUCLIDEAN, LARGEST, Ball, NoGradient, fgsm, pgd, random_change
from explorer.intervention.corruption import InputKind
from explorer.network import Analysis
from explorer.probes.objective import logits_of
from explorer.probes.robustness import counts_errors
from explorer.probes.subject import NotApplicable, Subject
from explorer.recipe import Recipe
from explorer.spec import Choice, Number
from explorer.text import Text, text

Report = Callable[[float], None]  # takes the share of the work that is done
FGSM, PGD, RANDOM = "FGSM", "PGD", "random"
NORM = Choice("norm", "Norm", LARGEST, (LARGEST, EUCLIDEAN), ("L∞", "L2"),
              help="L∞ is the largest change of a single pixel or feature, L2 the length of the whole change.")
STEPS = Number("steps", "PGD steps", 10, low=1, high=200, integer=True)
NO_GRADIENT = text("No gradient reaches this network's input, so it cannot be attacked. Take Corruption.")
_MOST, _MOST_STDS = 0.5, 3.0  # the largest size that is tried for an image, and for a table


def refuses_attack(recipe: Recipe, _analysis: Analysis) -> Text | None:
    """Refuse networks that read tokens, and those with a step, which has no slope for a gradient to follow."""
    if data.get(recipe.data.name, recipe.data.params).kind is data.TEXT:
        return text("Characters cannot be changed by small steps, so there is nothing to attack. Take Corruption, "
                    "which replaces some.")
    if any(node.block == "step" for node in recipe.network.nodes):
        return NO_GRADIENT
    return None


@dataclass(frozen=True)
class Attacker:
    """A way to attack a subject's network. goal: the class that inputs are to be taken for, None for any other.

    Sizes of a table's changes are in standard deviations of each feature.
    """

    subject: Subject
    kind: InputKind
    norm: str = LARGEST
    steps: int = 10
    step_size: float | None = None
    goal: int | None = None
    seed: int = 0

    def change(self, method: str, inputs: Tensor, labels: Tensor, size: float,
               report: Report = lambda share: None) -> Tensor:
        """Change inputs by at most `size`. labels: what their answers are to get away from; (sample, ...).

        Raises NotApplicable where no gradient reaches the input.
        """
        unit = 1.0 if self.kind.stds is None else self.kind.stds
        originals, ball = inputs / unit, self._ball(size, unit)

        def loss(values: Tensor) -> Tensor:
            return self._loss(values * unit, labels)

        try:
            with in_mode(self.subject.model, training=False), without_cudnn(self.subject.model):
                if method == RANDOM:
                    changed = random_change(originals, ball, self.seed)
                elif method == FGSM:
                    changed = fgsm(loss, originals, ball)
                else:
                    changed = pgd(loss, originals, ball, self.steps, self.step_size, self.seed, report)
        except NoGradient:
            raise NotApplicable(NO_GRADIENT) from None
        return torch.where(changed == originals, inputs, changed * unit)  # what is not changed stays exactly so

    def has_gradient(self, inputs: Tensor, labels: Tensor) -> bool:
        """Check whether a gradient reaches the inputs."""
        try:
            self.change(FGSM, inputs, labels, 0.0)
        except NotApplicable:
            return False
        return True

    def _ball(self, size: float, unit: Tensor | float) -> Ball:
        if self.kind.shape:
            return Ball(size, self.norm, 0.0, 1.0)
        return Ball(size, self.norm, self.kind.lows / unit, self.kind.highs / unit)

    def _loss(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Compute what is to be raised, of each sample: (sample,)."""
        model = self.subject.model
        outputs = next(tensors_in(model(as_taken(model, inputs)))).float().cpu()
        if counts_errors(self.subject):
            return ((outputs.flatten(1) - labels.flatten(1)) ** 2).sum(1)
        logits = logits_of(self.subject, outputs)
        if self.goal is None:
            return nn.functional.cross_entropy(logits, labels, reduction="none")
        return -nn.functional.cross_entropy(logits, torch.full_like(labels, self.goal), reduction="none")

    @property
    def most(self) -> float:
        """The largest size that is worth trying: of an image half of the range of a pixel."""
        each = _MOST if self.kind.shape else _MOST_STDS
        return each if self.norm == LARGEST else each * self.subject.batch[0].numel() ** 0.5

    @property
    def unit(self) -> str:
        return "" if self.kind.shape else "standard deviations"
