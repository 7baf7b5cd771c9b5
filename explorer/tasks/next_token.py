"""Next token: the next character of a text, at each character that is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.data import TEXT, Dataset, Samples
from explorer.document import Network, Problem, Shape
from explorer.formatting import format_shape
from explorer.recipe import is_likelihood
from explorer.results import Tokens, Writing
from explorer.tasks.base_learner import Learner, Predict
from explorer.tasks.classification import chance_label
from explorer.tasks.output_shape import end_in
from explorer.tasks.task import ACCURACY, Metric, TaskSpec
from explorer.tasks.writing import continue_text
from explorer.text import text

if TYPE_CHECKING:
    from torch import Tensor

_PROMPT, _WRITTEN, _TEMPERATURE = 16, 200, 0.8  # characters; for the temperature see `continue_text`

def _perplexity(loss: float) -> float:
    """Raise e to the mean cross-entropy; infinite where that is too large for a float."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


PERPLEXITY = Metric(
    "perplexity", "Perplexity", "characters", "lower", from_loss=_perplexity,
    holds=lambda recipe: is_likelihood(recipe.loss),
    meaning="Perplexity on held-out text: {value}. The network is as uncertain as if it chose among {value} "
            "characters.")


class NextTokenLearner(Learner):
    """Outputs (batch, token, class), targets (batch, token)."""

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Sum the accuracies of the samples, each the share of its tokens that are right."""
        return {ACCURACY.name: (outputs.argmax(-1) == targets).float().mean(1).sum()}

    def chance(self, samples: Samples) -> dict[str, float]:
        """Score equal probabilities, whose cross-entropy is ln K, and the most frequent character as the answer."""
        classes = len(samples.class_names)
        counts = samples.targets.flatten().bincount(minlength=classes)
        loss = self.mean_loss(samples, lambda targets: targets.new_zeros(*targets.shape, classes).float())
        return {"loss": loss, ACCURACY.name: float(counts.max() / counts.sum())}

    def answer(self, outputs: Tensor, names: Sequence[str] = ()) -> Tokens:
        return Tokens(outputs.softmax(-1).numpy(), tuple(names))

    def view(self, predict: Predict, train: Samples, held_out: Samples, dataset: Dataset) -> Writing:
        """Show the beginning of a held-out piece, and how the network continues it."""
        piece = held_out.inputs[0].tolist()
        prompt = piece[:_PROMPT]
        written = continue_text(predict, prompt, _WRITTEN, len(piece), _TEMPERATURE, self.recipe.seed)
        return Writing("Generated text", *("".join(held_out.class_names[token] for token in tokens)
                                           for tokens in (prompt, written)))


def _expects(net: Network, dataset: Dataset, given: Shape, found: Shape) -> Problem | None:
    wanted = (given[0], dataset.classes)
    if found == wanted:
        return None
    fix = end_in(net, dataset.classes, is_flat=True) if found[:-1] == wanted[:1] else None
    sentence = text("The network must predict the next character at each of {length} characters, so it must end in "
                    "{wanted}; it ends in {found}.", length=given[0], wanted=format_shape(wanted),
                    found=format_shape(found))
    return Problem(sentence, fix, net.outputs[0])


NEXT_TOKEN = TaskSpec("next_token", Tokens, (TEXT,), _expects, NextTokenLearner, (PERPLEXITY, ACCURACY),
                      chance_label=chance_label)
