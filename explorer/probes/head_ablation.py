"""Head ablation: what it costs to take out one head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from explorer.attention import Attention
from explorer.attention.early_end import layers_of
from explorer.formatting import format_number, format_percent
from explorer.hooks import predictor
from explorer.intervention import MEAN, ZERO, intervened, mean_outputs, of_head
from explorer.probes.attending import attentions_of, names_of, refuses_without_attention
from explorer.probes.probe import ATTENTION, ON_REQUEST, ProbeSpec
from explorer.probes.samples import judge, source_of
from explorer.probes.subject import Subject
from explorer.results import HeadGrid, HeadGrids
from explorer.spec import Choice, Number
from explorer.text import Text, text

_BATCH = 64  # samples of one pass


def compute_head_ablation(subject: Subject, samples: int = 256, instead: str = ZERO) -> HeadGrids:
    """Measure accuracy and loss over test samples with one head taken out, for every head: (layer, head) changes.

    A head is taken out where it has mixed the values: zero, or its mean over the samples, takes the place of what it
    mixes. Raises NotApplicable without test samples. Source: Michel et al. 2019; Voita et al. 2019.
    """
    every, source = attentions_of(subject), source_of(subject)
    places = np.unique(np.linspace(0, len(source) - 1, samples).round().astype(int)).tolist()
    chunks = [places[first:first + _BATCH] for first in range(0, len(places), _BATCH)]
    inputs = [(source.inputs(chunk), source.targets(chunk)) for chunk in chunks]
    total, done = sum(each.heads for each in every), 0
    before = _measure(subject, inputs)
    changes = np.full((2, len(every), max(each.heads for each in every)), np.nan, np.float32)
    for layer, attention in enumerate(every):
        means = {attention.mix: _mean(subject, attention, inputs)} if instead == MEAN else None
        for head in range(attention.heads):
            with intervened(subject.model, [of_head(attention, head, instead)], means):
                changes[:, layer, head] = _measure(subject, inputs) - before
            done += 1
            subject.report(done / total)
    return _as_grids(subject, every, changes, before, len(places))


def _measure(subject: Subject, inputs: Sequence[tuple[Tensor, Tensor]]) -> np.ndarray:
    """Measure accuracy, NaN where none is defined, and mean loss over samples."""
    predict = predictor(subject.model)
    judged = [judge(subject.recipe, predict(batch), targets, subject.class_names) for batch, targets in inputs]
    right = np.concatenate([each.right for each in judged])
    loss = np.concatenate([each.loss for each in judged])
    return np.array([right.mean() if len(right) else np.nan, loss.mean()], np.float64)


def _mean(subject: Subject, attention: Attention, inputs: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Average what an attention mixes over all samples."""
    count = sum(len(batch) for batch, _targets in inputs)
    return sum(mean_outputs(subject.model, [attention.mix], batch)[attention.mix] * (len(batch) / count)
               for batch, _targets in inputs)


def _as_grids(subject: Subject, every: tuple[Attention, ...], changes: np.ndarray, before: np.ndarray,
              count: int) -> HeadGrids:
    accuracy, loss = before
    grids = [HeadGrid("Change of loss", changes[1], signed=True)]
    if np.isfinite(accuracy):
        grids.insert(0, HeadGrid("Change of accuracy", 100 * changes[0], "percentage points", signed=True))
    return HeadGrids("Without one head", tuple(grids), names_of(every, layers_of(subject.model, every)),
                     tuple(map(str, range(changes.shape[2]))), _before(accuracy, loss, count))


def _before(accuracy: float, loss: float, count: int) -> Text:
    if not np.isfinite(loss):
        return text("The loss is not a finite number with all heads. Choose an earlier step.")
    if not np.isfinite(accuracy):
        return text("{count} test samples; with all heads, loss {loss}.", count=count, loss=format_number(loss))
    return text("{count} test samples; with all heads, accuracy {accuracy} and loss {loss}.", count=count,
                accuracy=format_percent(accuracy), loss=format_number(loss))


HEAD_ABLATION = ProbeSpec(
    name="head_ablation", title="Without one head",
    summary="The change of accuracy and loss over test samples when a single head's output is taken out.",
    source="Michel et al. 2019; Voita et al. 2019", compute=compute_head_ablation, returns=(HeadGrids,),
    term="attention", place=ATTENTION, cost=ON_REQUEST, refuses=refuses_without_attention, reads_input=False,
    params=(Number("samples", "Test samples", 256, low=1, high=4096, integer=True,
                   help="How many test samples are measured, evenly spread over the test set."),
            Choice("instead", "In its place", ZERO, (ZERO, MEAN), ("zero", "its mean"),
                   help="Zero takes away all that a head adds; its mean over the samples only what differs between "
                        "them.")),
)
