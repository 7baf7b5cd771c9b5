"""Classification: one of K classes, a logit for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.data import LABELS, Dataset, Samples, to_float
from explorer.document import Network, Problem, Shape
from explorer.formatting import format_shape
from explorer.recipe import LOSSES, Recipe
from explorer.results import Probabilities, name_classes
from explorer.tasks import views
from explorer.tasks.base_learner import Learner, Predict
from explorer.tasks.output_shape import end_in
from explorer.tasks.task import ACCURACY, TaskSpec
from explorer.text import Text, text

if TYPE_CHECKING:
    from torch import Tensor


class ClassLearner(Learner):
    """Outputs (batch, class), targets (batch,). A loss of numbers compares probabilities with one-hot targets."""

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        if LOSSES.get(self.recipe.loss.name).compares_numbers:
            probabilities = self.class_logits(outputs).softmax(1)
            return super().loss(probabilities, _one_hot(targets, probabilities))
        return super().loss(outputs, targets)

    def measure(self, outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        return {ACCURACY.name: (outputs.argmax(1) == targets).sum()}

    def chance(self, samples: Samples) -> dict[str, float]:
        """Score equal probabilities, whose cross-entropy is ln K, and the most frequent class as the only answer."""
        outputs = self._output_count(samples)
        counts = samples.targets.bincount(minlength=len(samples.class_names))
        loss = self.mean_loss(samples, lambda targets: targets.new_zeros(len(targets), outputs).float())
        # A loss of 0 means nothing: it is the perceptron's for a network whose outputs are all 0.
        return {**({"loss": loss} if loss else {}), ACCURACY.name: float(counts.max() / counts.sum())}

    def _output_count(self, samples: Samples) -> int:
        return len(samples.class_names)

    def answer(self, outputs: Tensor, names: Sequence[str] = ()) -> Probabilities:
        values = self.class_logits(outputs).softmax(-1).numpy()
        return Probabilities(values, name_classes(names, values.shape[1]))

    def class_logits(self, outputs: Tensor) -> Tensor:
        """Return the logit of each class: (batch, class)."""
        return outputs

    def view(self, predict: Predict, train: Samples, held_out: Samples, dataset: Dataset) -> object:
        def probabilities(inputs):
            return self.answer(predict(to_float(inputs))).values

        if dataset.shape == (2,) and train.inputs.dim() == 2:
            return views.boundary(probabilities, train, held_out, dataset)
        title = "Training samples" if held_out is train else "Held-out samples"  # the former where none are held out
        return views.predictions(probabilities, held_out, title)


def _one_hot(targets: Tensor, outputs: Tensor) -> Tensor:
    """Turn class indices (batch,) into (batch, class) of 0 and 1, in the outputs' type."""
    return outputs.new_zeros(outputs.shape).scatter(1, targets[:, None], 1)


def chance_label(recipe: Recipe, classes: int) -> Text:
    """Name the chance level; the cross-entropy of equal probabilities is ln K."""
    if LOSSES.get(recipe.loss.name).likelihood:
        return text("chance level (ln {classes})", classes=classes)
    return text("chance level")


def _expects(net: Network, dataset: Dataset, given: Shape, found: Shape) -> Problem | None:
    if found == (dataset.classes,):
        return None
    sentence = text("{data} has {classes} classes, so the network must end in {classes} numbers; it ends in {found}.",
                    data=dataset.title, classes=dataset.classes, found=format_shape(found))
    return Problem(sentence, end_in(net, dataset.classes, is_flat=len(found) == 1), net.outputs[0])


CLASSIFICATION = TaskSpec("classification", Probabilities, (LABELS,), _expects, ClassLearner, (ACCURACY,),
                          chance_label=chance_label)
