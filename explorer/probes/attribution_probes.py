"""One probe for each method of attribution."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from explorer import attribution
from explorer.attribution import METHODS, Attributed, CannotAttribute, Method
from explorer.attribution.baselines import References
from explorer.probes.attribution_target import TARGET, ExplainedNumber, explained_number
from explorer.probes.completeness import ERROR_SAMPLES, Completeness, completeness_over_samples
from explorer.probes.probe import FOLLOWED, WITHIN, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import Attribution
from explorer.results.attribution_results import FEATURES, IMAGE, TOKENS
from explorer.spec import Flag, ParamSpec
from explorer.text import Text, text

LAYER = NodeParam("layer", "Layer", every="the last that fits", help="The layer whose places are attributed to.")
PREPARED = Flag("prepared", "Prepared copy", True, help="Every activation is used once and not in place, with a no-op "
                "between max pooling and an activation. Without it, rules of modules can go wrong.")
_REFERENCES, _REFERENCE_VALUES = 64, 2**23  # samples that baselines are made of, at most, and numbers in them


def compute_attribution(method: Method, subject: Subject, target: str = "", samples: int = 0,
                        **options: Any) -> Attribution:
    """Attribute a number of the output to the values of each input of the batch.

    target: "" for the class predicted for each, "loss", a class by its index or name, "4-9" for the logit of 4 less
    that of 9. samples: over how many test samples the completeness error is measured, 0 for the batch. Raises BadValue,
    UnknownNode, NotApplicable. Source: the method's own.
    """
    number = explained_number(subject, target)
    found = attribute_batch(method, subject, number, options)
    known = completeness_over_samples(partial(_of_samples, method, target, options), subject, samples,
                                      (method.name, target, options)) if samples and method.is_complete else None
    return _pack(method, subject, number, found, known or Completeness(found.error, len(found.sums), found.reason))


def attribute_batch(method: Method, subject: Subject, number: ExplainedNumber, options: dict[str, Any]) -> Attributed:
    """Attribute a number that was chosen, with the subject's test samples for baselines. Raises as the probe does.

    >>> subject = Subject(torch.nn.Linear(2, 1), torch.ones(1, 2))
    >>> attribute_batch(METHODS.get("saliency"), subject, explained_number(subject, "1"), {}).values.shape
    torch.Size([1, 2])
    """
    plain = {name: value for name, value in options.items() if name != PREPARED.name}
    try:
        return attribution.attribute(method, subject.model, subject.batch, number.take, number.targets, plain,
                                     prepared=options.get(PREPARED.name, True), references=references_of(subject),
                                     report=subject.report)
    except CannotAttribute as error:
        raise NotApplicable(error.sentence) from error


def references_of(subject: Subject) -> References | None:
    """Return what gives some of the subject's test inputs, for baselines made of them; None where there are none.

    >>> references_of(Subject(torch.nn.ReLU(), torch.zeros(1, 2))) is None
    True
    """
    source = subject.samples
    if source is None or not len(source):
        return None

    def take() -> Tensor:
        return source.inputs(range(min(len(source), _REFERENCES,
                                       max(1, _REFERENCE_VALUES // max(subject.batch[0].numel(), 1)))))
    return take


def _of_samples(method: Method, target: str, options: dict[str, Any], subject: Subject) -> Attributed:
    return attribute_batch(method, subject, explained_number(subject, target), options)


def _pack(method: Method, subject: Subject, number: ExplainedNumber, found: Attributed,
          known: Completeness) -> Attribution:
    kind, values, names = _shaped(subject, found)
    is_wrong = known.error > attribution.WRONG
    return Attribution(method.name, Text(method.title), number.what, kind, values.float().numpy(), names, found.layer,
                       found.sums.numpy(), found.differences.numpy(), known.error, known.samples, is_wrong,
                       (known.reason if is_wrong else None) or text(""))


def _shaped(subject: Subject, found: Attributed) -> tuple[str, Tensor, tuple[str, ...]]:
    """Return what the values belong to, the values in that shape, and the names of tokens or features."""
    values = found.values
    if subject.takes_tokens and values.flatten(1).shape == subject.batch.shape:
        return TOKENS, values.flatten(1), subject.token_names(subject.batch[0])
    if values.dim() == 3 and min(values.shape[1:]) > 1:  # a sequence of rows is a map
        values = values[:, None]
    if values.dim() == 4 and min(values.shape[2:]) > 1:
        return IMAGE, values, ()
    rows = values.flatten(1) if values.dim() > 1 else values[:, None]
    own = () if found.layer else subject.feature_names
    return FEATURES, rows, own if len(own) == rows.shape[1] else tuple(map(str, range(rows.shape[1])))


def _params_of(method: Method) -> tuple[ParamSpec, ...]:
    return (TARGET, *([LAYER] if method.of_layer else []), *method.params,
            *([PREPARED] if method.on_prepared_copy else []), *([ERROR_SAMPLES] if method.is_complete else []))


def _probe_of(method: Method) -> ProbeSpec:
    return ProbeSpec(
        name=method.name, title=method.title, summary=method.summary, source=method.source,
        compute=partial(compute_attribution, method), returns=(Attribution,), place=WITHIN, cost=FOLLOWED,
        params=_params_of(method), refuses=method.refuses, when_to_use=method.when_to_use,
        when_misleading=method.when_misleading)


ATTRIBUTION_PROBES = tuple(map(_probe_of, METHODS))
