"""Methods that take parts of the input away and watch the number: they need no gradient, and many passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.baselines import BASELINE
from explorer.attribution.captum_warnings import ignore_captum_warnings
from explorer.attribution.chunks import rows_that_fit
from explorer.attribution.explained import Explained
from explorer.attribution.gradient_methods import SEED
from explorer.attribution.segments import PATCH, automatic_patch, segments_of, spread
from explorer.network import seeded
from explorer.spec import Choice, Number
from explorer.text import Text, text

TOGETHER, EACH = "together", "each"
_FORTH = 1 / 3  # of a pass forth and back
_PATCHES = 64  # of a picture, where no size is given
_WINDOW = Number("window", "Window", None, low=1, high=4096, integer=True, optional=True,
                 help="The side of the window: pixels, features or tokens. If empty, an eighth of a picture's larger "
                 "side, else 1.")
_STRIDE = Number("stride", "Stride", None, low=1, high=4096, integer=True, optional=True,
                 help="The step of the window. If empty, half of it.")
_CHANNELS = Choice("channels", "Channels", TOGETHER, (TOGETHER, EACH), ("all at once", "one by one"),
                   "Whether the window covers all channels of a picture or one at a time.")
DRAWS = Number("draws", "Draws", 256, low=2, high=20_000, integer=True,
               help="Sets of segments that are taken away, each one pass.")
_SHRINKAGE = Number("shrinkage", "Shrinkage", 0.01, low=0, high=100, help="The weight of the coefficients' magnitudes "
                    "in the fit: the larger, the fewer segments get a value.")


def _occlusion(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor, window: int | None = None,
               stride: int | None = None, channels: str = TOGETHER) -> Tensor:
    from captum.attr import Occlusion

    ignore_captum_warnings()
    window = window or (automatic_patch(inputs) if inputs.dim() == 4 else 1)
    stride = min(stride or -(-window // 2), window)  # without a gap
    sizes, steps = ([min(side, size) if is_covered else size for size, is_covered in zip(
        inputs.shape[1:], _covered(explained, inputs), strict=True)] for side in (window, stride))
    if inputs.dim() == 4 and channels == EACH:
        sizes[0] = steps[0] = 1
    found = Occlusion(explained).attribute(
        inputs, tuple(sizes), tuple(steps), baseline, targets, perturbations_per_eval=_at_once(explained, inputs))
    return _per_token(explained, found)


def _covered(explained: Explained, inputs: Tensor) -> list[bool]:
    """Return along which axes of a sample a window moves: not those of a picture's channels or a token's features."""
    axes = [True] * (inputs.dim() - 1)
    if inputs.dim() == 4:
        axes[0] = False
    if explained.takes_tokens:
        axes[-1] = False
    return axes


def _at_once(explained: Explained, inputs: Tensor) -> int:
    """Return how many changes of each sample a pass may take: those of a batch share its rows."""
    return max(1, rows_that_fit(explained, inputs) // len(inputs))


def _feature_ablation(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor,
                      patch: int | None = None) -> Tensor:
    from captum.attr import FeatureAblation

    ignore_captum_warnings()
    segments = segments_of(inputs, patch, explained.takes_tokens)
    found = FeatureAblation(explained).attribute(inputs, baseline, targets, feature_mask=segments,
                                                 perturbations_per_eval=_at_once(explained, inputs))
    return _per_token(explained, found)


def _per_token(explained: Explained, found: Tensor) -> Tensor:
    """Divide what a token's features all have among them: their sum is the token's."""
    return found / found.shape[-1] if explained.takes_tokens else found


def _kernel_shap(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor, patch: int | None = None,
                 draws: int = DRAWS.default, seed: int = 0) -> Tensor:
    from captum.attr import KernelShap

    ignore_captum_warnings()
    segments = segments_of(inputs, patch, explained.takes_tokens)
    if not segments.any():  # only one, which has all of the difference
        return spread(_feature_ablation(explained, inputs, targets, baseline, patch), segments)
    method = KernelShap(explained)
    method.perturb_func = _coalitions(seed)
    return spread(_each_sample(method, explained, inputs, targets, baseline, segments, draws), segments)


def _lime(explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor, patch: int | None = None,
          draws: int = DRAWS.default, shrinkage: float = _SHRINKAGE.default, seed: int = 0) -> Tensor:
    from captum._utils.models.linear_model import SkLearnLasso, SkLearnLinearRegression
    from captum.attr import Lime

    ignore_captum_warnings()
    segments = segments_of(inputs, patch, explained.takes_tokens)
    line = SkLearnLasso(alpha=shrinkage, random_state=0) if shrinkage else SkLearnLinearRegression()
    method = Lime(explained, interpretable_model=line, perturb_func=_coins(seed))
    return _per_token(explained, _each_sample(method, explained, inputs, targets, baseline, segments, draws))


def _each_sample(method: Any, explained: Explained, inputs: Tensor, targets: Tensor, baseline: Tensor,
                 segments: Tensor, draws: int) -> Tensor:
    """Fit each sample's own line, from the same sets of segments."""
    fit = method.interpretable_model.fit

    def fit_apart(*args: Any, **named: Any) -> Any:
        with seeded(0, "fit"):  # its loader and its layer draw from the global generator
            return fit(*args, **named)
    method.interpretable_model.fit = fit_apart
    return torch.cat([method.attribute(inputs[row:row + 1], baseline[row:row + 1], targets[row:row + 1],
                                       feature_mask=segments, n_samples=draws,
                                       perturbations_per_eval=min(draws, rows_that_fit(explained, inputs)))
                      for row in range(len(inputs))]).to(inputs)


def _coins(seed: int) -> Callable[..., Iterator[Tensor]]:
    """Draw sets of segments, each of which is kept with a chance of one half."""
    def draw(inputs: Tensor, num_interp_features: int, **_named: Any) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield torch.randint(2, (1, num_interp_features), generator=generator).to(inputs.device)
    return draw


def _coalitions(seed: int) -> Callable[..., Iterator[Tensor]]:
    """Draw sets of segments as Shapley's kernel weighs them: all, none, then of sizes by their weight, in pairs of a
    set and what it lacks. Source: Lundberg & Lee 2017, theorem 2; Covert & Lee 2021, section 3 (pairs)."""
    def draw(inputs: Tensor, num_interp_features: int, **_named: Any) -> Iterator[Tensor]:
        count, generator = num_interp_features, torch.Generator().manual_seed(seed)
        yield torch.ones(1, count, dtype=torch.int64, device=inputs.device)
        yield torch.zeros(1, count, dtype=torch.int64, device=inputs.device)
        sizes = torch.arange(1, max(count, 2), dtype=torch.float64)
        weights = (count - 1) / (sizes * (count - sizes)) if count > 1 else torch.ones(1)
        while True:
            size = 1 + int(torch.multinomial(weights, 1, generator=generator))
            kept = torch.zeros(1, count, dtype=torch.int64)
            kept[0, torch.randperm(count, generator=generator)[:size]] = 1
            yield kept.to(inputs.device)
            yield (1 - kept).to(inputs.device)
    return draw


def _each_window(options: Options, features: int) -> float:
    if options.get("window"):
        step = options.get("stride") or -(-options["window"] // 2)
        return _FORTH * max(1.0, features / step**2)
    return _FORTH * min(features, 4 * _PATCHES)


def _each_segment(options: Options, features: int) -> float:
    patch = options.get("patch")
    return _FORTH * (max(1.0, features / patch**2) if patch else min(features, _PATCHES))


def _each_draw(options: Options, features: int) -> float:
    return _FORTH * options.get("draws", DRAWS.default)


def _explain_shap(explained: Explained, options: Options) -> Text:
    return text("{draws} draws are too few for so many segments. Take more draws, or larger patches.",
                draws=int(options.get("draws", DRAWS.default)))


OCCLUSION = Method(
    "occlusion", "Occlusion", "The number lost where a window of the input is replaced by the baseline, averaged over "
    "the windows that cover a value.", "Zeiler & Fergus 2014, section 4.2", when_to_use="For an effect that was really "
    "measured, in any network, without gradients.", when_misleading="The gray or black window is a form of its own that "
    "the network never saw. Parts that can replace each other get nothing.", attribute=_occlusion,
    params=(_WINDOW, _STRIDE, _CHANNELS, BASELINE), passes=_each_window,
)
FEATURE_ABLATION = Method(
    "feature_ablation", "Feature ablation", "The number lost where one segment, such as a patch, a feature or a token, "
    "is replaced by the baseline.", "Zeiler & Fergus 2014; captum.attr.FeatureAblation", when_to_use="For tables and "
    "texts, where a part is one feature or one token.", when_misleading="One part is taken away at a time: what two "
    "parts do only together counts for both, or, if either is enough, for none.", attribute=_feature_ablation,
    params=(PATCH, BASELINE), passes=_each_segment,
)
KERNEL_SHAP = Method(
    "kernel_shap", "KernelShap", "Shapley values of segments: what each adds to the others, averaged over sets of "
    "them, by a fit to drawn sets; a patch's pixels share its value.", "Lundberg & Lee 2017, theorem 2",
    when_to_use="For fair shares that add up, also where parts act together; exact for few features.",
    when_misleading="It is an estimate: few draws for many segments leave noise. Sets of parts are inputs that the "
    "network never saw.", attribute=_kernel_shap, params=(PATCH, DRAWS, SEED, BASELINE), is_complete=True,
    passes=_each_draw, explain_error=_explain_shap,
)
LIME = Method(
    "lime", "Lime", "The coefficients of a linear model of the number, fitted near the input to sets of segments.",
    "Ribeiro et al. 2016, section 3", when_to_use="For a few parts that matter most: small coefficients become zero.",
    when_misleading="What is near, how strongly small ones shrink and the seed are choices that change the answer.",
    attribute=_lime, params=(PATCH, DRAWS, _SHRINKAGE, SEED, BASELINE), passes=_each_draw,
)
