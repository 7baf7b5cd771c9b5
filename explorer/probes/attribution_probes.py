"""One probe for each method of attribution, and the choice between them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from explorer import attribution
from explorer.attribution import METHODS, Method
from explorer.probes.attribution_target import TARGET, explained_number
from explorer.probes.probe import FOLLOWED, WITHIN, ProbeSpec
from explorer.probes.subject import Subject
from explorer.results import Attribution
from explorer.results.attribution_results import FEATURES, IMAGE
from explorer.text import Text, text


def compute_attribution(method: Method, subject: Subject, target: str = "", **options: Any) -> Attribution:
    """Attribute a number of the output to the values of each input of the batch.

    target: "" for the class predicted for each, "loss", a class by its index, "4-9" for the logit of 4 less that of 9.
    Raises BadValue, NotApplicable. Source: the method's own.
    """
    number = explained_number(subject, target)
    found = attribution.attribute(method, subject.model, subject.batch, number.take, number.targets, options)
    kind = IMAGE if subject.batch.dim() == 4 else FEATURES
    return Attribution(method.name, Text(method.title), number.what, kind, found.values.numpy(),
                       subject.feature_names or tuple(map(str, range(found.values.shape[-1]))), "",
                       found.sums.double().numpy(), found.differences.double().numpy(), found.error, len(found.sums),
                       bool(np.nan_to_num(found.error) > attribution.WRONG), text(""))


def _probe_of(method: Method) -> ProbeSpec:
    return ProbeSpec(
        name=method.name, title=method.title, summary=method.summary, source=method.source,
        compute=partial(compute_attribution, method), returns=(Attribution,), place=WITHIN, cost=FOLLOWED,
        params=(TARGET, *method.params), refuses=method.refuses, when_to_use=method.when_to_use,
        when_misleading=method.when_misleading)


ATTRIBUTION_PROBES = tuple(map(_probe_of, METHODS))
