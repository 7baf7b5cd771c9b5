"""Methods that read the gradient at the input, or on the way to it."""

from __future__ import annotations

from captum.attr import InputXGradient, IntegratedGradients, Saliency
from torch import Tensor

from explorer.attribution.attribution_method import Method
from explorer.attribution.explained import Explained
from explorer.spec import Number


def _saliency(explained: Explained, inputs: Tensor, targets: Tensor) -> Tensor:
    return Saliency(explained).attribute(inputs, targets, abs=False)


def _input_x_gradient(explained: Explained, inputs: Tensor, targets: Tensor) -> Tensor:
    return InputXGradient(explained).attribute(inputs, targets)


def _integrated_gradients(explained: Explained, inputs: Tensor, targets: Tensor, steps: int = 50) -> Tensor:
    return IntegratedGradients(explained).attribute(inputs, target=targets, n_steps=steps)


SALIENCY = Method(
    "saliency", "Saliency", "The gradient of the number with respect to each value of the input.",
    "Simonyan et al. 2014, section 3", when_to_use="For a first look: one pass back, no options.",
    when_misleading="It shows the effect of a small change, not what made the answer; noisy in deep networks, zero "
    "where units are saturated.", attribute=_saliency,
)
INPUT_X_GRADIENT = Method(
    "input_x_gradient", "Input × gradient", "Each value of the input times its gradient.",
    "Shrikumar et al. 2016, section 2", when_to_use="For a share of the answer at the price of one pass back.",
    when_misleading="Black pixels get 0 whatever they mean; it only adds up in a network without biases that is linear "
    "in pieces.", attribute=_input_x_gradient,
)
INTEGRATED_GRADIENTS = Method(
    "integrated_gradients", "Integrated gradients", "The gradient averaged on the straight way from a baseline to the "
    "input, times their difference.", "Sundararajan et al. 2017, equation 1",
    when_to_use="Where shares should add up, in any differentiable network.",
    when_misleading="It depends on the baseline: what is as the baseline gets 0. Few steps leave an error.",
    attribute=_integrated_gradients, params=(Number("steps", "Steps", 50, low=1, high=1000, integer=True),),
    is_complete=True,
)
