"""Methods that read the gradient at the input, near it, or on the way to it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.baselines import BASELINE, BASELINES
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import Explained
from explorer.attribution.path_gradients import gradients, summed_gradients
from explorer.spec import Choice, Number
from explorer.text import Text, text

GAUSS, MIDDLE, LEFT, RIGHT, TRAPEZOID = ("gausslegendre", "riemann_middle", "riemann_left", "riemann_right",
                                         "riemann_trapezoid")
_DRAWS_MOST = 200
STEPS = Number("steps", "Steps", 50, low=1, high=1000, integer=True, help="Points on the way from the baseline.")
RULE = Choice("rule", "Rule", GAUSS, (GAUSS, MIDDLE, LEFT, RIGHT, TRAPEZOID),
              ("Gauss-Legendre", "middles", "left ends", "right ends", "trapezoids"),
              "Where the points are, and their weights.")
_SHAP_DRAWS = Number("draws", "Draws", 50, low=1, high=_DRAWS_MOST, integer=True,
                     help="Pairs of a baseline and a point on the way from it.")
DRAWS = Number("draws", "Draws", 25, low=1, high=_DRAWS_MOST, integer=True,
               help="Points that are drawn for each input.")
NO_GRADIENT = text("The number changes, but its gradient is 0 all along the way: the network has a step. Take "
                   "occlusion, which needs no gradient.")
SEED = Number("seed", "Seed", 0, low=0, high=2**31 - 1, integer=True, help="Of the random numbers.")


def points_and_weights(rule: str, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points in 0..1 and their weights, which add up to 1, of a rule of integration: float64 (step,).

    >>> points_and_weights("riemann_middle", 2)[0].tolist()
    [0.25, 0.75]
    """
    if rule == GAUSS:
        points, weights = _legendre(steps)
        return (points + 1) / 2, weights / 2
    if rule == TRAPEZOID and steps > 1:
        weights = np.full(steps, 1 / (steps - 1))
        weights[[0, -1]] /= 2
        return np.linspace(0, 1, steps), weights
    first = {LEFT: 0.0, RIGHT: 1.0}.get(rule, 0.5)
    return (np.arange(steps) + first) / steps, np.full(steps, 1 / steps)


_legendre = lru_cache(maxsize=8)(np.polynomial.legendre.leggauss)  # a thousand steps take a second


def _saliency(explained: Explained, inputs: Tensor, targets: Tensor) -> Tensor:
    found = torch.zeros_like(inputs)
    for rows in chunks(len(inputs), rows_that_fit(explained, inputs) if len(inputs) > 1 else 1):
        found[rows] = gradients(explained, inputs[rows], targets[rows])
    return found


def _input_x_gradient(explained: Explained, inputs: Tensor, targets: Tensor) -> Tensor:
    return inputs * _saliency(explained, inputs, targets)


def _integrated_gradients(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor,
                          steps: int = STEPS.default, rule: str = GAUSS) -> Tensor:
    difference = inputs - baseline
    shares, weights = (_beside(inputs, each) for each in points_and_weights(rule, steps))

    def points(samples: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        return baseline[samples] + shares[steps] * difference[samples], weights[steps]
    return difference * summed_gradients(explained, inputs, targets, steps, points)


def _smooth_grad(explained: Explained, inputs: Tensor, targets: Tensor, draws: int = DRAWS.default, noise: float = 0.15,
                 seed: int = 0) -> Tensor:
    drawn = _normal(inputs, draws, seed)
    flat = inputs.flatten(1)
    deviation = _beside(inputs, noise * (flat.max(1).values - flat.min(1).values))
    share = torch.tensor(1 / draws).to(inputs)

    def points(samples: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        return inputs[samples] + deviation[samples] * drawn[draw], share
    return summed_gradients(explained, inputs, targets, draws, points)


def _gradient_shap(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor,
                   draws: int = _SHAP_DRAWS.default, noise: float = 0.0, seed: int = 0) -> Tensor:
    drawn = _normal(inputs, draws, seed) * noise
    generator = torch.Generator().manual_seed(seed + 1)
    shares = _beside(inputs, _spread(draws, generator))
    chosen = (_spread(draws, generator) * len(baseline)).long().to(inputs.device)
    first = baseline.expand(len(baseline), len(inputs), *inputs.shape[1:])

    def points(samples: Tensor, draw: Tensor) -> tuple[Tensor, Tensor]:
        start, end = first[chosen[draw], samples], inputs[samples] + drawn[draw]
        return start + shares[draw] * (end - start), (end - start) / draws
    return summed_gradients(explained, inputs, targets, draws, points)


def _spread(draws: int, generator: torch.Generator) -> Tensor:
    """Draw numbers in 0..1, one from each of so many equal parts, in random order: fewer draws give the same mean."""
    each = torch.arange(draws) + torch.rand(draws, generator=generator)
    return each[torch.randperm(draws, generator=generator)].div(draws).clamp(max=1 - 1e-6)


def _beside(inputs: Tensor, values: np.ndarray | Tensor) -> Tensor:
    """Shape one number a row so that it broadcasts with inputs."""
    return torch.as_tensor(values).to(inputs).reshape(-1, *[1] * (inputs.dim() - 1))


def _normal(inputs: Tensor, draws: int, seed: int) -> Tensor:
    """Draw (draw, ...): every input of a batch gets the same, so that none depends on the others."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(draws, *inputs.shape[1:], generator=generator).to(inputs)


def _each_step(options: Options, features: int) -> float:
    return float(options.get("steps", STEPS.default))


def _each_draw(options: Options, features: int) -> float:
    return float(options.get("draws", _SHAP_DRAWS.default))


def too_few_steps(explained: Explained, options: Options) -> Text:
    """Explain the error of a sum over few points of the way."""
    return text("{steps} steps are too few for this network. Take more.", steps=int(_each_step(options, 0)))


def _too_few_draws(explained: Explained, options: Options) -> Text:
    return text("{draws} draws leave an error of chance. Take more.", draws=int(_each_draw(options, 0)))


SALIENCY = Method(
    "saliency", "Saliency", "The gradient of the number with respect to each value of the input.",
    "Simonyan et al. 2014, section 3", when_to_use="For a first look: one pass back, no options.",
    when_misleading="It shows the effect of a small change, not what made the answer; noisy in deep networks, zero "
    "where units are saturated.", attribute=_saliency, is_gradient=True,
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
    attribute=_integrated_gradients, params=(STEPS, BASELINE, RULE), is_complete=True, passes=_each_step,
    explain_error=too_few_steps, all_zero=NO_GRADIENT,
)
SMOOTH_GRAD = Method(
    "smooth_grad", "SmoothGrad", "The gradient averaged over copies of the input with noise.",
    "Smilkov et al. 2017, section 2", when_to_use="Where saliency is too noisy to read.",
    when_misleading="A smooth picture is not a truer one: inputs with noise are unlike the data, and the average hides "
    "what differs between them.", attribute=_smooth_grad,
    params=(DRAWS, Number("noise", "Noise", 0.15, low=0, high=10,
                          help="Its standard deviation, as a share of the input's range."), SEED),
    passes=_each_draw, is_gradient=True,
)
GRADIENT_SHAP = Method(
    "gradient_shap", "GradientShap", "The gradient at random points between the input and baselines drawn from the "
    "data, times their difference.", "Lundberg & Lee 2017; Erion et al. 2021, section 2.3",
    when_to_use="Where no single baseline is right: the input is compared with many samples of the data.",
    when_misleading="Few draws leave an error of chance; it adds up only on average.", attribute=_gradient_shap,
    params=(_SHAP_DRAWS, BASELINES, Number("noise", "Noise", 0, low=0, high=10, help="The standard deviation of noise "
                                           "added to the input, in its unit."), SEED),
    is_complete=True, draws_baselines=True, passes=_each_draw, explain_error=_too_few_draws, all_zero=NO_GRADIENT,
)
