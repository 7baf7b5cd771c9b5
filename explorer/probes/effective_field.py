"""The effective receptive field: how much each part of the input moves a unit, by gradients over a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.hooks import as_taken
from explorer.network import analyze
from explorer.probes.chosen_unit import Unit, choose_unit
from explorer.probes.probe import LIVE, UNIT, ProbeSpec
from explorer.probes.probe_params import NodeParam, UnitParam
from explorer.probes.reading_windows import windows_for
from explorer.probes.subject import Subject
from explorer.probes.tracing import entry_of, no_gradient, run_to, trace
from explorer.probes.unit_names import feature_names, input_names, picture_shape
from explorer.results import Bars, Heatmap
from explorer.text import Text, text

_CHUNK = 64  # samples of one pass
_MOST, _FEWEST, _MULTIPLY_ADDS = 256, 8, 2e9  # samples, as many as this much work allows


def compute_effective_field(subject: Subject, node: str, unit: Unit | None = None) -> Heatmap | Bars:
    """Measure how much each input value moves a unit: the mean over samples of |∂ unit / ∂ value|.

    Images: (height, width), summed over channels, with the theoretical receptive field framed. A table's row: one bar a
    feature. A text: one bar for each token of this text, by the gradient with respect to its vector, summed over its
    features. The mean is over 256 samples of the test set, of a large network over fewer; without one, over the batch.
    Raises UnknownNode; BadValue for a unit that the output lacks; NotApplicable where it has no gradient.
    Source: Luo et al. 2016, section 2.
    """
    unit = choose_unit(node, subject.activations([node])[node][0], unit)
    if not as_taken(subject.model, subject.batch[:1]).is_floating_point():
        return _of_tokens(subject, node, unit)
    batch = _samples_of(subject)
    means = _mean_of_gradients(subject, node, unit, batch)
    title = text("Effective receptive field, mean over {count} samples", count=len(batch))
    if means.dim() == 1:
        return Bars(title, feature_names(subject, len(means)), means.numpy(), axis="mean |gradient|",
                    highlight=int(means.argmax()))
    return _as_heatmap(subject, node, unit, means, title)


def _mean_of_gradients(subject: Subject, node: str, unit: Unit, batch: Tensor) -> Tensor:
    """Average |gradient| over samples, and sum it over the channels of images."""
    total = torch.zeros(batch.shape[1:], dtype=torch.float64)
    for first in range(0, len(batch), _CHUNK):
        inputs = as_taken(subject.model, batch[first:first + _CHUNK]).detach().clone().requires_grad_()
        with torch.enable_grad():
            values = run_to(subject.model, node, inputs)[(slice(None), *unit)]
        if not values.requires_grad:
            raise no_gradient(node)
        (gradient,) = torch.autograd.grad(values.sum(), inputs, allow_unused=True, materialize_grads=True)
        total += gradient.abs().sum(0).double().cpu()
        subject.report(min(1.0, (first + _CHUNK) / len(batch)))
    means = (total / len(batch)).float().reshape(picture_shape(subject) or total.shape)
    return means.sum(tuple(range(means.dim() - 2))) if means.dim() > 2 else means


def _as_heatmap(subject: Subject, node: str, unit: Unit, means: Tensor, title: Text) -> Heatmap:
    box = windows_for(subject, node, unit).get(entry_of(subject.model))
    frame = (*(bounds[-2] for bounds in box), *(bounds[-1] for bounds in box)) if box and len(box[0]) > 1 else ()
    rows, columns = ("height", "width") if picture_shape(subject) else ("token", "feature")
    return Heatmap(title, means.numpy(), rows, columns, signed=False, quantity="mean |gradient|",
                   box=tuple(frame[place] for place in (0, 2, 1, 3)) if frame else ())


def _of_tokens(subject: Subject, node: str, unit: Unit) -> Bars:
    traced, entry = trace(subject.model, subject.batch[:1], node), entry_of(subject.model)
    gradients = traced.gradients(traced.values[node][(0, *unit)])
    moved = torch.zeros(subject.batch.shape[1])
    for vectors in (each for each, sources in traced.sources.items() if entry in sources and each in gradients):
        moved += gradients[vectors][0].abs().flatten(1).sum(1).cpu()
    names = input_names(subject, len(moved)) or tuple(map(str, subject.batch[0].tolist()))
    labels = tuple(f"{place}: {name}" for place, name in enumerate(names))
    return Bars(text("Effective receptive field in this text"), labels, moved.numpy(), axis="|gradient|",
                highlight=int(moved.argmax()))


def _samples_of(subject: Subject) -> Tensor:
    """Return samples spread evenly over the test set, else the subject's batch."""
    if subject.samples is None:
        return subject.batch
    count = min(len(subject.samples), _affordable(subject))
    return subject.samples.inputs([place * len(subject.samples) // count for place in range(count)])


def _affordable(subject: Subject) -> int:
    if subject.recipe is None:
        return _MOST
    multiply_adds = max(1, analyze(subject.recipe.network).total_multiply_adds)
    return int(min(_MOST, max(_FEWEST, _MULTIPLY_ADDS // multiply_adds)))


EFFECTIVE_FIELD = ProbeSpec(
    name="effective_field", title="Effective receptive field",
    summary="How much each part of the input moves the unit: the mean size of the gradient over the test set. "
            "Framed: all that it depends on.",
    source="Luo et al. 2016", compute=compute_effective_field, returns=(Heatmap, Bars), place=UNIT,
    params=(NodeParam("node", "Layer"), UnitParam("unit", "Unit")), cost=LIVE,
    reads_input=False, term="receptive_field",
)
