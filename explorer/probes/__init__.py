"""Probes: what can be read off a model, in menu order."""

from typing import Any

import numpy as np
from torch import Tensor, nn

from explorer.hooks import UnknownNode
from explorer.probes.adversarial import ADVERSARIAL
from explorer.probes.attention_cost import ATTENTION_COST
from explorer.probes.attention_flow import ATTENTION_FLOW
from explorer.probes.attention_of_layer import ATTENTION_PROBE
from explorer.probes.attribution_menu import ATTRIBUTION_MENU
from explorer.probes.attribution_probes import ATTRIBUTION_PROBES
from explorer.probes.attribution_rows import ATTRIBUTION_OVER_SAMPLES
from explorer.probes.backward import BACKWARD
from explorer.probes.checking import WrongResult
from explorer.probes.computing import compute_alone, compute_probe
from explorer.probes.corruption_curve import CORRUPTION_CURVE
from explorer.probes.deletion_insertion import DELETION_INSERTION
from explorer.probes.differentiated import DIFFERENTIATED
from explorer.probes.effective_field import EFFECTIVE_FIELD
from explorer.probes.feature_maps import FEATURE_MAPS
from explorer.probes.film import FILM
from explorer.probes.generated_text import GENERATED_TEXT
from explorer.probes.gradient_flow import GRADIENT_FLOW
from explorer.probes.gradient_maps import GRADIENT_MAPS
from explorer.probes.greedy_silencing import GREEDY_SILENCING
from explorer.probes.head_ablation import HEAD_ABLATION
from explorer.probes.head_measures import HEAD_HISTORY, HEAD_MEASURES
from explorer.probes.infidelity_sensitivity import INFIDELITY_SENSITIVITY
from explorer.probes.kernels import KERNELS
from explorer.probes.likely_tokens import NEXT_TOKEN
from explorer.probes.logit_lens import LOGIT_LENS
from explorer.probes.maximization import MAXIMIZATION
from explorer.probes.mean_attribution import MEAN_ATTRIBUTION
from explorer.probes.method_agreement import METHOD_AGREEMENT
from explorer.probes.method_differences import METHOD_DIFFERENCES
from explorer.probes.network_input import NETWORK_INPUT
from explorer.probes.operation import OPERATION_PROBE
from explorer.probes.options import offer, resolve
from explorer.probes.overview import OVERVIEW
from explorer.probes.patching_probe import PATCHING, PATCHING_EVERYWHERE
from explorer.probes.position_similarity import POSITION_SIMILARITY
from explorer.probes.prediction import PREDICTION
from explorer.probes.probabilities import PROBABILITIES
from explorer.probes.probe import ANSWER, FOLLOWED, INPUT, LIVE, ON_REQUEST, PLACES, ProbeSpec
from explorer.probes.pruning_curve import PRUNING_CURVE
from explorer.probes.samples import SAMPLES
from explorer.probes.sanity_check import SANITY_CHECK
from explorer.probes.silence import SILENCE
from explorer.probes.silencing_cost import SILENCING_COST
from explorer.probes.smallest_changes import SMALLEST_CHANGES
from explorer.probes.subject import Canceled, FrameSeries, NotApplicable, Retrained, SampleSource, Subject
from explorer.probes.thumbnails import THUMBNAILS
from explorer.probes.top_patches import TOP_PATCHES
from explorer.probes.unit_history import UNIT_HISTORY
from explorer.probes.unit_path import UNIT_PATH
from explorer.probes.value_histograms import VALUE_HISTOGRAMS
from explorer.spec import Registry

PROBES: Registry[ProbeSpec] = Registry("probe", (
    OVERVIEW, OPERATION_PROBE, UNIT_PATH, UNIT_HISTORY, EFFECTIVE_FIELD, TOP_PATCHES, MAXIMIZATION,
    FEATURE_MAPS,
    KERNELS,
    ATTENTION_PROBE,
    ATTENTION_FLOW, HEAD_ABLATION, LOGIT_LENS, HEAD_MEASURES, HEAD_HISTORY, POSITION_SIMILARITY, ATTENTION_COST,
    ATTRIBUTION_MENU, ATTRIBUTION_OVER_SAMPLES, METHOD_DIFFERENCES, MEAN_ATTRIBUTION,
    DELETION_INSERTION, SANITY_CHECK, METHOD_AGREEMENT, INFIDELITY_SENSITIVITY,
    DIFFERENTIATED, GRADIENT_FLOW, BACKWARD, GRADIENT_MAPS,
    FILM, VALUE_HISTOGRAMS,
    SILENCE, SILENCING_COST, GREEDY_SILENCING, PATCHING, PATCHING_EVERYWHERE,
    CORRUPTION_CURVE, ADVERSARIAL, SMALLEST_CHANGES, PRUNING_CURVE,
    PROBABILITIES, PREDICTION, NEXT_TOKEN, GENERATED_TEXT,
    SAMPLES, THUMBNAILS, NETWORK_INPUT,
    *ATTRIBUTION_PROBES,
))


def run(name: str, model: nn.Module, batch: Tensor | np.ndarray, **options: Any) -> Any:
    """Read something off any model: the result, or a tuple where the probe gives several; `figures.draw` draws each.

    batch: (sample, ...) as the model takes it, on any device; images may be uint8. Raises UnknownName, BadValue for an
    option, UnknownNode, NotApplicable.

    >>> import torch
    >>> grid = run("feature_maps", nn.Sequential(nn.Linear(2, 3), nn.ReLU()), torch.zeros(1, 2), node="1")
    >>> grid.title, grid.values.shape
    ('1', (3, 1, 1))
    """
    return compute_alone(PROBES.get(name), model, batch, options)


__all__ = ["ANSWER", "FOLLOWED", "INPUT", "LIVE", "ON_REQUEST", "PLACES", "PROBES", "Canceled", "FrameSeries",
           "NotApplicable", "ProbeSpec", "Retrained", "SampleSource", "Subject", "UnknownNode", "WrongResult",
           "compute_probe", "offer", "resolve", "run"]
