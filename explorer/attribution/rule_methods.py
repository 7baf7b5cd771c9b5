"""Methods with a rule for each kind of layer: DeepLift and layer-wise relevance propagation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.baselines import BASELINE
from explorer.attribution.call_modules import Pointwise
from explorer.attribution.captum_warnings import ignore_captum_warnings
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.gradient_methods import NO_GRADIENT
from explorer.attribution.kinds_of_calls import attends, recurs
from explorer.attribution.method_limits import AT_ATTENTION, AT_RECURRENCE, refuses_deep_lift, refuses_relevance
from explorer.attribution.prepared_copy import Prepared
from explorer.attribution.relevance import ALPHA1_BETA0, EPSILON, GAMMA, Rule, propagate
from explorer.spec import Choice, Flag, Number
from explorer.text import Text, text

_PAIRS = 4  # times the memory of a row: an input and its baseline, both in double precision
_RULE = Choice("rule", "Rule", GAMMA, (GAMMA, EPSILON, ALPHA1_BETA0), ("γ", "ε", "α=1, β=0"),
               "How a layer's relevance goes to its inputs: more by positive weights, by all alike, or only by "
               "positive ones.")
_EPSILON = Number("epsilon", "ε", 1e-9, low=0, high=1e6, help="What keeps divisors from zero; a larger one swallows "
                  "small parts.")
_GAMMA = Number("gamma", "γ", 0.25, low=0, high=1000, help="How much more positive weights count in the rule γ.")
_SPREADS = Flag("spreads", "Share of biases", True, "Whether what biases add is shared out over the inputs as well, so "
                "that the sum is the number.")


def _deep_lift(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor) -> Tensor:
    from captum.attr import DeepLift
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR, nonlinear

    ignore_captum_warnings()
    prepared = explained.model if isinstance(explained.model, Prepared) else None
    if prepared and (attends(prepared.functions) or recurs(prepared.functions)):
        raise CannotAttribute(AT_ATTENTION if attends(prepared.functions) else AT_RECURRENCE)
    SUPPORTED_NON_LINEAR.setdefault(Pointwise, nonlinear)
    if not explained(inputs[:1].detach().requires_grad_()).requires_grad:
        return torch.zeros_like(inputs)
    at_once = max(1, rows_that_fit(explained, inputs) // _PAIRS) if len(inputs) > 1 else 1
    with _in_double(explained), prepared.paired() if prepared else nullcontext():
        method = DeepLift(explained)
        return torch.cat([method.attribute(inputs[rows].double(), baseline[rows].double(), target=targets[rows])
                          for rows in chunks(len(inputs), at_once)]).to(inputs)


@contextmanager
def _in_double(explained: Explained) -> Iterator[None]:
    """Compute in double precision: quotients of small differences are mostly rounding otherwise."""
    taken = next((each.dtype for each in explained.parameters()), torch.float32)
    explained.double()
    try:
        yield
    finally:
        explained.to(taken)


def _explain_deep_lift(explained: Explained, options: Options) -> Text:
    if not explained.prepared:
        return text("Rules are wrong for activations that touch max pooling, are used twice or are no modules. Switch "
                    "the prepared copy on.")
    return text("Part of this network is neither linear nor a function of single values that has a rule, such as a "
                "product with the input's own numbers or the loss. Take integrated gradients instead.")


def _relevance(explained: Explained, inputs: Tensor, targets: Tensor, rule: str = GAMMA,
               epsilon: float = _EPSILON.default, gamma: float = _GAMMA.default, spreads: bool = True) -> Tensor:
    at_once = max(1, rows_that_fit(explained, inputs) // _PAIRS) if len(inputs) > 1 else 1
    with _in_double(explained):
        how = Rule(rule, epsilon, gamma, spreads)
        return torch.cat([propagate(explained, inputs[rows].double(), targets[rows], how)
                          for rows in chunks(len(inputs), at_once)]).to(inputs)


def _explain_relevance(explained: Explained, options: Options) -> Text:
    if options.get("spreads", True):
        return text("ε swallows what is small, a value that is forced keeps its share, and with β=0 a unit that only "
                    "negative weights feed passes nothing back. Choose a smaller ε or the rule γ, or take integrated "
                    "gradients.")
    return text("The biases hold the rest of the number: no input has their share. Switch the share of biases on, "
                "and the inputs get it.")


def _twice(options: Options, features: int) -> float:
    return 4.0  # a pair, in double precision


DEEP_LIFT = Method(
    "deep_lift", "DeepLift", "The difference from a baseline's answer, shared out backward by what each value's "
    "difference adds to the next one's.", "Shrikumar et al. 2017, section 3.5 (the rescale rule)",
    when_to_use="Where shares should add up at the price of one pass: close to integrated gradients, and much faster.",
    when_misleading="It depends on the baseline: what is as the baseline gets 0. Without the prepared copy it is wrong "
    "where max pooling touches an activation.", attribute=_deep_lift, params=(BASELINE,), is_complete=True,
    on_prepared_copy=True, passes=_twice, explain_error=_explain_deep_lift, refuses=refuses_deep_lift,
    all_zero=NO_GRADIENT,
)
LRP = Method(
    "lrp", "LRP", "The number, shared out backward from layer to layer in proportion to what each value adds.",
    "Bach et al. 2015; Montavon et al. 2019, section 10.2", when_to_use="For chains of layers with ReLU, where shares "
    "of the number itself are wanted, without a baseline.", when_misleading="Black pixels get 0 whatever they mean. "
    "Each rule gives another picture: with ε, shares of both signs can be far larger than the number; with β=0, they "
    "hardly depend on the class.", attribute=_relevance,
    params=(_RULE, _EPSILON, _GAMMA, _SPREADS), is_complete=True, passes=lambda options, features: 3.0,
    explain_error=_explain_relevance, refuses=refuses_relevance,
    all_zero=text("Nothing of the number comes back to the input: the network is constant or has a step there, or the "
                  "rule passes nothing on. Choose another rule, or take occlusion."),
)
