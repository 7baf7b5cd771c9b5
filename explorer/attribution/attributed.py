"""Attribution of a batch by one method, with what its completeness is measured by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attribution.attribution_error import WRONG, completeness_error
from explorer.attribution.attribution_method import Method
from explorer.attribution.baselines import References, make_baseline
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import CannotAttribute, Explained, Report, ignore
from explorer.attribution.private_copy import explain, taken_by
from explorer.attribution.rnn_gradients import without_cudnn
from explorer.text import Text, text

_NOT_FINITE = text("The attributions are not finite numbers for this input. Take another method, an earlier step or "
                   "another input.")


@dataclass(frozen=True)
class Attributed:
    """Attributions of a batch, on the CPU. values: (sample, ...), of texts (sample, token).

    sums, differences: float64 (sample,), where the method promises that they are equal: the sum of the attributions,
    and the number less that for the baseline. layer: that of a method of layers. reason: why the error is large,
    where it is and that is known.
    """

    values: Tensor
    sums: Tensor
    differences: Tensor
    layer: str = ""
    reason: Text | None = None

    @property
    def error(self) -> float:
        """The completeness error over the batch; NaN where the method promises none."""
        return completeness_error(self.sums, self.differences) if len(self.sums) else float("nan")


def attribute(method: Method, model: nn.Module, inputs: Tensor, numbers: Callable[[Tensor], Tensor], targets: Tensor,
              options: Mapping[str, Any] | None = None, *, prepared: bool = True, references: References | None = None,
              report: Report = ignore) -> Attributed:
    """Attribute numbers of a model's output to its inputs, on a private copy of the model in evaluation mode.

    numbers: takes (sample, number) from the output. targets: (sample,), their places. options: of the method by name;
    a baseline may be an array. references: gives inputs of the data, for baselines made of them. prepared: whether
    methods with rules for modules get a copy that was prepared for them. report: takes the share that is done.
    Raises BadValue, UnknownNode, CannotAttribute.

    >>> from explorer.attribution import METHODS
    >>> line, method = nn.Linear(2, 1), METHODS.get("integrated_gradients")
    >>> found = attribute(method, line, torch.ones(1, 2), lambda outputs: outputs, torch.tensor([0]))
    >>> torch.allclose(found.values, line.weight)
    True
    """
    given = dict(options or {})
    with torch.enable_grad(), without_cudnn(model):
        explained, values = explain(model, inputs, numbers, prepared and method.on_prepared_copy)
        features = values.shape[1] if explained.takes_tokens else values[:1].numel()
        explained.report, explained.passes = report, len(values) * (1 + method.passes(given, features))
        if method.of_layer:
            given["layer"] = given.get("layer") or method.default_layer(explained, values)
        baselines = _baselines(method, explained, values, given, references)
        parts = [_attribute(method, explained, values[rows], targets[rows].to(values.device), given,
                            None if baselines is None else baselines[:, rows if baselines.shape[1] > 1 else slice(1)])
                 for rows in _rows_at_once(explained, inputs)]
        found, sums, differences = (torch.cat(each) for each in zip(*parts, strict=True))
        reason = None
        if method.is_complete and completeness_error(sums, differences) > WRONG:
            reason = method.all_zero if method.all_zero and not sums.any() else method.explain_error(explained, given)
    return Attributed(found.cpu(), sums.cpu(), differences.cpu(), given.get("layer", ""), reason)


def _rows_at_once(explained: Explained, inputs: Tensor) -> Iterator[slice]:
    """Yield the rows of each part of a batch: all, but texts one by one, since more than the entry may read them."""
    if explained.entry is None:
        yield slice(None)
        return
    for row in range(len(inputs)):
        explained.entry.tokens = taken_by(explained.model, inputs[row:row + 1])
        yield slice(row, row + 1)


def _baselines(method: Method, explained: Explained, values: Tensor, options: Mapping[str, Any],
               references: References | None) -> Tensor | None:
    """Make the baselines of a method that takes one: (reference, sample or 1, ...)."""
    spec = next((spec for spec in method.params if spec.name == "baseline"), None)
    if spec is None:
        return None

    def data() -> Tensor:
        taken = taken_by(explained.model, references())
        return explained.entry.embed(explained.model, taken) if explained.entry else taken.to(values)
    return make_baseline(spec.parse(options.get("baseline", spec.default)), values, references and data,
                         explained.takes_tokens)


def _attribute(method: Method, explained: Explained, values: Tensor, targets: Tensor, options: Mapping[str, Any],
               baselines: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Attribute a part of a batch: attributions, their sums and the differences that they should be."""
    own = dict(options)
    if baselines is not None:
        own["baseline"] = baselines if method.draws_baselines else baselines[0].expand_as(values)
    found = method.attribute(explained, values, targets, **own).detach()
    if not found.isfinite().all():
        raise CannotAttribute(_NOT_FINITE)
    sums, none = found.double().flatten(1).sum(1), found.new_empty(0, dtype=torch.float64)
    shown = _per_token(method, found) if explained.takes_tokens and not method.of_layer else found
    if not method.is_complete:
        return shown, none, none
    return shown, sums, _differences(explained, values, targets, baselines)


def _per_token(method: Method, values: Tensor) -> Tensor:
    """Join the features of each token: (sample, token), of (sample, token, feature). Source: Li et al. 2016."""
    return values.norm(dim=-1) if method.is_gradient else values.sum(-1)


def _differences(explained: Explained, values: Tensor, targets: Tensor, baselines: Tensor | None) -> Tensor:
    """Compute the numbers less those for the baselines, their mean where there are several: float64 (sample,)."""
    numbers = _numbers(explained, values).gather(1, targets[:, None])[:, 0]
    if baselines is None:
        return numbers
    rows = baselines.expand(*baselines.shape[:2], *values.shape[1:]).flatten(0, 1)
    each = _numbers(explained, rows).unflatten(0, baselines.shape[:2]).mean(0)  # (sample or 1, number)
    return numbers - each.expand(len(values), -1).gather(1, targets[:, None])[:, 0]


def _numbers(explained: Explained, values: Tensor) -> Tensor:
    """Compute the numbers of rows, in chunks that fit: float64 (row, number)."""
    at_once = rows_that_fit(explained, values) if len(values) > 1 else 1
    with torch.no_grad():
        return torch.cat([explained(values[rows]).double() for rows in chunks(len(values), at_once)])
