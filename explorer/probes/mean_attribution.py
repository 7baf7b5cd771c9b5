"""Mean attribution of each class: what counts for it on average over its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution import METHODS
from explorer.network import analyze
from explorer.probes.attributed_samples import BatchSamples, attribute_samples, part_of, samples_of, spread_places
from explorer.probes.attribution_rows import as_maps, kind_of_input, refuses_all_methods, shrink_maps
from explorer.probes.probe import ATTRIBUTION, ON_REQUEST, ProbeSpec
from explorer.probes.row_target import PREDICTED, TRUE
from explorer.probes.sample_answers import class_titles, predict_samples
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Finding, Heatmap, Mosaic
from explorer.results.attribution_results import TOKENS
from explorer.spec import Choice, Number
from explorer.text import Text, text

_CHUNK = 64  # samples whose attributions are held at a time
_PREDICTING = 0.3  # of the progress, for predictions
_MOST_CLASSES = 20  # that are shown, those with the most samples
_MEAN, _MAGNITUDE = text("mean"), text("mean magnitude")


@dataclass(frozen=True)
class ClassMeans:
    """Means over the samples of each class. signed, magnitude: float64 (class, ...), NaN for a class without samples.

    titles: of the classes. counts: (class,), of the samples. kind: of the input.
    """

    kind: str
    titles: tuple[str, ...]
    counts: np.ndarray
    signed: np.ndarray
    magnitude: np.ndarray


def compute_mean_attribution(subject: Subject, method: str = "integrated_gradients", by: str = PREDICTED,
                             samples: int = 32) -> tuple[Finding, Mosaic] | tuple[Finding, Heatmap, Heatmap]:
    """Average the attributions of each class's logit over the first samples of it, with their signs and without.

    by: whether a sample belongs to the class that is predicted or to its true one. Where numbers are predicted, the
    mean is over samples of the whole test part. Raises NotApplicable. Source: Lapuschkin et al. 2019, who look at the
    attributions of many samples at once.
    """
    if subject.recipe and (refusal := METHODS.get(method).refuses(subject.recipe, analyze(subject.recipe.network))):
        raise NotApplicable(refusal)
    means = mean_of_classes(subject, method, by, samples)
    title = text("Mean of {method}", method=Text(METHODS.get(method).title))
    finding = Finding(title, _finding(means, by))
    labels = tuple(f"{name} ({count})" for name, count in zip(means.titles, means.counts, strict=True))
    if means.signed.ndim == 3:
        values = np.stack([means.signed, means.magnitude]).astype(np.float32)
        names = _MEAN, _MAGNITUDE
        return finding, Mosaic(title, values, names, labels, ("row", "column"), "attribution")
    limit = float(np.nan_to_num(means.magnitude).max()) or 1.0
    of_tokens = means.kind == TOKENS
    names = () if of_tokens or len(subject.feature_names) != means.signed.shape[1] else subject.feature_names
    return finding, *(Heatmap(name, values.astype(np.float32), "class" if len(labels) > 1 else "",
                              "character" if of_tokens else "feature", signed=True, row_labels=labels,
                              column_labels=names, limit=limit, quantity="attribution")
                      for name, values in ((_MEAN, means.signed), (_MAGNITUDE, means.magnitude)))


def mean_of_classes(subject: Subject, method: str, by: str, samples: int) -> ClassMeans:
    """Average the attributions of each class's logit over its first `samples` samples; of up to 20 classes.

    >>> import torch
    >>> line = torch.nn.Linear(2, 2, bias=False)
    >>> means = mean_of_classes(Subject(line, torch.eye(2)), "input_x_gradient", "predicted", 8)
    >>> means.counts.sum().item(), means.signed.shape
    (2, (2, 2))
    """
    titles, groups = _groups(subject, by, samples)
    total, done, signed, magnitude = max(1, sum(map(len, groups))), 0, {}, {}
    for index, places in enumerate(groups):
        target = str(index) if len(titles) == len(groups) > 1 else ""
        for first in range(0, len(places), _CHUNK):
            chunk = places[first:first + _CHUNK]
            share = (1 - _PREDICTING) / total
            part = part_of(subject, _PREDICTING + done * share, len(chunk) * share)
            maps = as_maps(subject, attribute_samples(part, method, chunk, target).values)
            maps = shrink_maps(maps).astype(np.float64)
            signed[index] = signed.get(index, 0.0) + maps.sum(0)
            magnitude[index] = magnitude.get(index, 0.0) + np.abs(maps).sum(0)
            done += len(chunk)
    counts = np.array([len(places) for places in groups])
    if not counts.any():
        raise NotApplicable(text("No class has a sample."))
    return _most_frequent(kind_of_input(subject), titles, counts, signed, magnitude)


def _groups(subject: Subject, by: str, samples: int) -> tuple[tuple[str, ...], list[list[int]]]:
    """Return the classes' titles and the first places of each; where numbers are predicted, places of all."""
    titles, total = class_titles(subject), len(samples_of(subject))
    if not titles:
        return (str(text("all samples")),), [spread_places(samples, total)]
    if by == TRUE:
        classes = _true_classes(subject)
    else:
        def is_enough(predicted: np.ndarray) -> bool:
            return bool((np.bincount(predicted.astype(int), minlength=len(titles)) >= samples).all())
        classes = predict_samples(part_of(subject, 0.0, _PREDICTING), is_enough)
    return titles, [np.flatnonzero(classes == index)[:samples].tolist() for index in range(len(titles))]


def _true_classes(subject: Subject) -> np.ndarray:
    source = samples_of(subject)
    if isinstance(source, BatchSamples):
        raise NotApplicable(text("The true classes of this batch are not known. Take the predicted ones."))
    targets = source.targets(slice(0, len(source)))
    return targets.reshape(len(targets), -1)[:, -1].numpy()  # of a text, what follows its last character


def _most_frequent(kind: str, titles: Sequence[str], counts: np.ndarray, signed: dict[int, np.ndarray],
                   magnitude: dict[int, np.ndarray]) -> ClassMeans:
    shown = np.sort(np.argsort(-counts, kind="stable")[:_MOST_CLASSES])
    if len(counts) > _MOST_CLASSES:
        shown = shown[counts[shown] > 0]
    none = np.full(next(iter(signed.values())).shape, np.nan)
    means = [np.stack([found[index] / counts[index] if counts[index] else none for index in shown.tolist()])
             for found in (signed, magnitude)]
    return ClassMeans(kind, tuple(titles[index] for index in shown), counts[shown], *means)


def _finding(means: ClassMeans, by: str) -> Text:
    """Count the samples, and name the class whose attributions differ most in sign from sample to sample."""
    count, empty = int(means.counts.sum()), [name for name, size in zip(means.titles, means.counts, strict=True)
                                             if not size]
    known = {"count": count, "empty": ", ".join(empty)}
    if len(means.titles) == 1:
        return text("Of the predicted number, over {count} test samples.", **known)
    if empty and by == PREDICTED:
        return text("Of each class's logit, over {count} test samples for which it is predicted; {empty} is predicted "
                    "for none.", **known)
    if empty:
        return text("Of each class's logit, over {count} test samples of it; there is none of {empty}.", **known)
    return text("Of each class's logit, over {count} test samples for which it is predicted.", **known) \
        if by == PREDICTED else text("Of each class's logit, over {count} test samples of it.", **known)


MEAN_ATTRIBUTION = ProbeSpec(
    name="mean_attribution", title="Class means",
    summary="What counts for each class on average over its samples, with signs and without; where the mean is much "
            "paler than the mean magnitude, samples of the class disagree.",
    source="Lapuschkin et al. 2019", compute=compute_mean_attribution, returns=(Finding, Mosaic, Heatmap),
    place=ATTRIBUTION, cost=ON_REQUEST, is_chosen=True, reads_input=False, refuses=refuses_all_methods,
    params=(Choice("method", "Method", "integrated_gradients", tuple(each.name for each in METHODS),
                   tuple(each.title for each in METHODS)),
            Choice("by", "Samples of a class", PREDICTED, (PREDICTED, TRUE),
                   ("for which it is predicted", "whose true class it is")),
            Number("samples", "Samples a class", 32, low=1, high=1000, integer=True,
                   help="The first ones in the test set, at most.")),
)
