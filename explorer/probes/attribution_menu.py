"""The methods of attribution that fit a network, and the numbers of its output that they can explain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from explorer.attribution import METHODS, Method
from explorer.formatting import format_character
from explorer.hooks import as_taken
from explorer.network import analyze
from explorer.probes.attribution_probes import ATTRIBUTION_PROBES
from explorer.probes.attribution_target import TARGET
from explorer.probes.objective import CHARACTERS, NUMBERS, choices_of, kind_of, numbers_of, objective_of
from explorer.probes.options import offer
from explorer.probes.probe import ATTRIBUTION, FOLLOWED, ProbeSpec
from explorer.probes.probe_params import NodeParam
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import AttributionMenu, MethodOffer, MethodOption
from explorer.results.attribution_results import FEATURES, IMAGE, TOKENS
from explorer.spec import Choice, Flag, Number, defaults
from explorer.text import Text, text

_FIRST = ("saliency", "integrated_gradients", "deep_lift", "grad_cam", "input_x_gradient", "occlusion")
_MOST_FIRST = 4
_PREPARED, _SAMPLES = "prepared", "samples"
_OF_ALL = (TARGET.name, _PREPARED, _SAMPLES)  # chosen for all methods at once
_MULTIPLY_ADDS_A_S = 6e9  # of one thread
_ONCE_S, _PASS_S = 0.01, 0.0003  # what a question and a pass of one sample take at least


def compute_menu(subject: Subject) -> AttributionMenu:
    """List the methods with what each needs, and name the numbers that can be explained.

    Raises NotApplicable for an output that has none.
    """
    outputs, target = subject.outputs[:1], None if subject.target is None else subject.target[:1]
    if outputs.dim() not in (1, 2, 3):
        raise NotApplicable(text("This network's output is neither a row of numbers nor one for each token, so there "
                                 "is no number of it to explain. Look at the gradients instead."))
    methods = tuple(_offer_method(probe, subject) for probe in ATTRIBUTION_PROBES)
    names = choices_of(subject, outputs)
    if kind_of(subject) == CHARACTERS:
        names = tuple(map(format_character, names))
    predicted = int(numbers_of(subject, outputs)[0].nan_to_num().argmax())
    return AttributionMenu(methods, _first_of(methods), kind_of_input(subject), _names_of(subject), names, predicted,
                           _by_itself(subject, names[predicted]), objective_of(subject, outputs, target).what,
                           _picture(subject))


def _by_itself(subject: Subject, name: str) -> Text:
    if kind_of(subject) == NUMBERS:
        return text("the prediction: {name}", name=name)
    return text("the predicted character: {name}" if kind_of(subject) == CHARACTERS else "the predicted class: {name}",
                name=name)


def kind_of_input(subject: Subject) -> str:
    """Return whether a sample is an image, or rows of one; tokens; or features.

    >>> import torch
    >>> kind_of_input(Subject(torch.nn.ReLU(), torch.zeros(1, 3, 8, 8)))
    'image'
    """
    if subject.takes_tokens:
        return TOKENS
    shape = subject.batch.shape[1:]
    return IMAGE if len(shape) in (2, 3) and min(shape[-2:]) > 1 else FEATURES


def _offer_method(probe: ProbeSpec, subject: Subject) -> MethodOffer:
    refused, names = _why_not(probe, subject), {spec.name for spec in probe.params}
    try:
        options = tuple(_options_of(probe, subject))
    except NotApplicable as error:
        options, refused = (), refused or error.sentence
    return MethodOffer(probe.name, Text(probe.title), Text(probe.summary), Text(probe.when_to_use),
                       Text(probe.when_misleading), probe.source, refused or text(""),
                       _cost_s(METHODS.get(probe.name), subject), _PREPARED in names, _SAMPLES in names, options)


def _why_not(probe: ProbeSpec, subject: Subject) -> Text | None:
    if subject.recipe is None:
        return None
    return probe.refuses(subject.recipe, analyze(subject.recipe.network))


def _options_of(probe: ProbeSpec, subject: Subject) -> Iterator[MethodOption]:
    for given in probe.params:
        spec = offer(given, subject) if isinstance(given, NodeParam) else given
        if spec.name not in _OF_ALL and isinstance(spec, Number | Choice | Flag) and spec.default is not None:
            yield _describe(spec)


def _describe(spec: Number | Choice | Flag) -> MethodOption:
    def describe(kind: str, low: float = -math.inf, high: float = math.inf, **more: Any) -> MethodOption:
        known = {"is_whole": False, "options": (), "titles": ()} | more
        return MethodOption(spec.name, Text(spec.title), Text(spec.help), kind, spec.default, low, high, **known)

    if isinstance(spec, Number):
        return describe("number", float(spec.low), float(spec.high), is_whole=spec.integer)
    if isinstance(spec, Flag):
        return describe("flag")
    return describe("choice", options=tuple(map(str, spec.options)),
                    titles=tuple(Text(spec.title_of(option)) for option in spec.options))


def _cost_s(method: Method, subject: Subject) -> float:
    work = 3 * analyze(subject.recipe.network).total_multiply_adds if subject.recipe else 0
    passes = method.passes(defaults(method.params), subject.batch[0].numel())
    return _ONCE_S + passes * max(_PASS_S, work / _MULTIPLY_ADDS_A_S)


def _first_of(methods: tuple[MethodOffer, ...]) -> tuple[str, ...]:
    fitting = [each.name for each in methods if not str(each.refused)]
    return tuple(sorted(fitting, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))[:_MOST_FIRST])


def _names_of(subject: Subject) -> tuple[str, ...]:
    if not subject.takes_tokens:
        return subject.feature_names
    return tuple(map(format_character, subject.token_names(subject.batch[0, :subject.tokens])))


def _picture(subject: Subject) -> np.ndarray:
    if kind_of_input(subject) != IMAGE:
        return np.zeros((0, 0, 0), np.float32)
    pixels = as_taken(subject.model, subject.batch[:1])[0].float().cpu()
    pixels = pixels if pixels.dim() == 3 else pixels[None]
    return pixels.nan_to_num().clamp(0, 1).numpy()


ATTRIBUTION_MENU = ProbeSpec(
    name="attributions", title="Side by side",
    summary="How much each value of the input counts for a number of the output, by several methods.",
    source="Captum 0.9; Ancona et al. 2018", compute=compute_menu, returns=(AttributionMenu,), place=ATTRIBUTION,
    cost=FOLLOWED, is_chosen=True, term="attribution",
)
