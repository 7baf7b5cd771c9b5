"""Attribution over the test set: samples with their answers and the attributions of some methods, a row for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer import data
from explorer.attribution import METHODS
from explorer.data.fitting import image_shape
from explorer.formatting import format_character
from explorer.network import Analysis, analyze
from explorer.probes.attributed_samples import attribute_samples, part_of, samples_of, with_samples
from explorer.probes.compared_methods import leaving_out
from explorer.probes.probe import ATTRIBUTION, FOLLOWED, ProbeSpec
from explorer.probes.row_target import RowTargetParam, is_nothing, phrase_of, targets_of
from explorer.probes.sample_answers import answers_of, name_answer
from explorer.probes.subject import NotApplicable, Subject
from explorer.probes.thumbnails import PlacesParam
from explorer.recipe import Recipe
from explorer.results import AttributionRows
from explorer.results.attribution_results import FEATURES, IMAGE, TOKENS
from explorer.spec import BadValue
from explorer.text import Text, text

MOST_METHODS, LONGEST_PX = 4, 64
TARGET = RowTargetParam("target", "Explained", help="The predicted class of each sample where it is empty.")


@dataclass(frozen=True)
class MethodsParam:
    """Methods of attribution by their names, a few at a time.

    >>> MethodsParam("methods", "Methods", ("saliency",)).parse(["integrated_gradients"])
    ('integrated_gradients',)
    """

    name: str
    title: str
    default: tuple[str, ...]
    most: int = MOST_METHODS
    help: str = ""

    def parse(self, value: Any) -> tuple[str, ...]:
        """Check that these are methods. Raises BadValue."""
        names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
        known = {method.name for method in METHODS}
        if not 0 < len(names) <= self.most or any(name not in known for name in names):
            raise BadValue(text("{title} must be 1 to {most} of {known}, not {value}.", title=self.title,
                                most=self.most, known=", ".join(sorted(known)), value=repr(value)[:40]))
        return tuple(dict.fromkeys(names))


def compute_attribution_rows(subject: Subject, places: tuple[int, ...], methods: tuple[str, ...],
                             target: str = "") -> AttributionRows:
    """Attribute test samples by some methods; places beyond the last sample are left out.

    Raises NotApplicable without test samples, BadValue for a class that is not there. Source: that of each method.
    """
    known = [place for place in places if place < len(samples_of(subject))]
    if not known:
        raise NotApplicable(text("The test set ends before this sample."))
    return rows_of(subject, known, methods, target)


def rows_of(subject: Subject, places: Sequence[int], methods: Sequence[str], target: str) -> AttributionRows:
    """Attribute these samples. A method that does not fit leaves its sentence in place of maps.

    A sample for which both sides of a difference are the same class is left out; NotApplicable where all are.

    >>> line = torch.nn.Linear(2, 3)
    >>> rows = rows_of(Subject(line, torch.ones(4, 2)), [1, 2], ["saliency"], "")
    >>> rows.maps[0].shape, rows.kind
    ((2, 2), 'features')
    """
    batch = with_samples(subject, places)
    answers = answers_of(batch)
    explained, kind = targets_of(target, answers), kind_of_input(subject)
    if any(map(is_nothing, explained)):
        return _rows_that_differ(subject, places, methods, target, explained)
    maps, refused = [], []
    for index, method in enumerate(methods):
        found = _attribute(part_of(subject, index / len(methods), 1 / len(methods)), method, places, explained)
        maps.append(np.zeros((0, 0), np.float32) if isinstance(found, Text) else found)
        refused.append(found if isinstance(found, Text) else text(""))
    inputs, tokens = _shown(subject, batch.batch, kind)
    return AttributionRows(
        kind, np.array(places, np.int32), inputs, tokens, subject.feature_names if kind == FEATURES else (),
        *(tuple(name_answer(subject, float(value)) for value in values)
          for values in (answers.predicted, answers.expected)),
        answers.confidence, answers.right, explained, phrase_of(batch, target), tuple(methods),
        tuple(Text(METHODS.get(method).title) for method in methods), tuple(maps), tuple(refused))


def _rows_that_differ(subject: Subject, places: Sequence[int], methods: Sequence[str], target: str,
                      explained: Sequence[str]) -> AttributionRows:
    kept = [place for place, own in zip(places, explained, strict=True) if not is_nothing(own)]
    if not kept:
        raise NotApplicable(text("Both sides of the difference are the same class for each of these samples. Choose "
                                 "other samples, such as wrong ones, or another difference."))
    return replace(rows_of(subject, kept, methods, target), note=text(
        "{count} samples are left out: both sides of the difference are the same class.",
        count=len(places) - len(kept)))


def _attribute(subject: Subject, method: str, places: Sequence[int], explained: tuple[str, ...]) -> np.ndarray | Text:
    if subject.recipe and (refusal := METHODS.get(method).refuses(subject.recipe, analyze(subject.recipe.network))):
        return refusal
    left_out: dict[str, Text] = {}
    with leaving_out(METHODS.get(method), left_out):
        return shrink_maps(as_maps(subject, attribute_samples(subject, method, places, explained).values))
    return left_out[method]


def kind_of_input(subject: Subject) -> str:
    """Return what a sample is: IMAGE, also of a network that takes it flattened, TOKENS or FEATURES.

    >>> kind_of_input(Subject(torch.nn.ReLU(), torch.zeros(1, 2)))
    'features'
    """
    return TOKENS if subject.takes_tokens else IMAGE if _picture_shape(subject) else FEATURES


def _picture_shape(subject: Subject) -> tuple[int, ...] | None:
    shape = tuple(subject.batch.shape[1:])
    if subject.recipe is None:
        return shape if len(shape) == 3 else None
    return image_shape(data.get(subject.recipe.data.name, subject.recipe.data.params), shape)


def as_maps(subject: Subject, values: np.ndarray) -> np.ndarray:
    """Lay the attributions of a flattened image out as the image is, its channels summed; others as they are.

    >>> as_maps(Subject(torch.nn.ReLU(), torch.zeros(1, 1, 4, 4)), np.ones((2, 4, 4), np.float32)).shape
    (2, 4, 4)
    """
    picture = _picture_shape(subject)
    if picture and values.ndim == 2 and values.shape[1] == np.prod(picture):
        return values.reshape(len(values), *picture).sum(1)
    return values if values.ndim < 4 else values.reshape(*values.shape[:2], -1)


def shrink_maps(values: np.ndarray) -> np.ndarray:
    """Shrink maps so that the longer side has 64 places at the most, each the mean of what it covers.

    >>> shrink_maps(np.ones((1, 128, 64), np.float32)).shape
    (1, 64, 32)
    """
    if values.ndim != 3 or max(values.shape[1:]) <= LONGEST_PX:
        return values
    size = [max(1, round(side * LONGEST_PX / max(values.shape[1:]))) for side in values.shape[1:]]
    return F.adaptive_avg_pool2d(torch.from_numpy(values)[:, None], size)[:, 0].numpy()


def _shown(subject: Subject, batch: Tensor, kind: str) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """Return the inputs as they are drawn, and a text's tokens."""
    if kind == TOKENS:
        return np.empty(0, np.float32), tuple(tuple(map(format_character, subject.token_names(row))) for row in batch)
    if kind == FEATURES:
        return batch.float().flatten(1).numpy(), ()
    images = batch.float().reshape(len(batch), *_picture_shape(subject))
    images = images if images.shape[1] in (1, 3) else images.mean(1, keepdim=True)
    if max(images.shape[2:]) > LONGEST_PX:
        size = [max(1, round(side * LONGEST_PX / max(images.shape[2:]))) for side in images.shape[2:]]
        images = F.interpolate(images, size, mode="bilinear", antialias=True)
    return (images.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous().numpy(), ()


def refuses_all_methods(recipe: Recipe, analysis: Analysis) -> Text | None:
    """Explain why a network cannot be attributed by any method; None where one fits."""
    sentences = [method.refuses(recipe, analysis) for method in METHODS]
    return None if any(sentence is None for sentence in sentences) else sentences[0]


ATTRIBUTION_OVER_SAMPLES = ProbeSpec(
    name="attribution_over_samples", title="Over the test set",
    summary="Test samples chosen by answer, error or class, with the attributions of some methods.",
    source="Kokhlikyan et al. 2020, section 5 (Captum Insights)", compute=compute_attribution_rows,
    returns=(AttributionRows,), place=ATTRIBUTION, cost=FOLLOWED, is_chosen=True, refuses=refuses_all_methods,
    params=(PlacesParam("places", "Samples", most=48), MethodsParam("methods", "Methods", ("saliency",)), TARGET),
)
