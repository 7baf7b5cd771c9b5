"""Methods that hold back negative gradients at ReLUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from explorer.attribution.attribution_method import Method, Options
from explorer.attribution.captum_warnings import ignore_captum_warnings
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.layer_maps import BILINEAR, INTERPOLATION, grad_cam_map, laid_over, last_mixed_layer
from explorer.attribution.method_limits import NO_PICTURE, NO_RELU, refuses_guided_map, refuses_without_relu
from explorer.attribution.prepared_copy import Prepared


def _guided_backprop(explained: Explained, inputs: Tensor, targets: Tensor) -> Tensor:
    from captum.attr import GuidedBackprop

    ignore_captum_warnings()
    modules = explained.model.calls if isinstance(explained.model, Prepared) else explained.model.modules()
    if not any(isinstance(module, nn.ReLU) for module in modules):
        raise CannotAttribute(NO_RELU)
    method, at_once = GuidedBackprop(explained), rows_that_fit(explained, inputs) if len(inputs) > 1 else 1
    return torch.cat([method.attribute(inputs[rows], targets[rows]) for rows in chunks(len(inputs), at_once)])


def _guided_grad_cam(explained: Explained, inputs: Tensor, targets: Tensor, layer: str = "",
                     interpolation: str = BILINEAR) -> Tensor:
    if inputs.dim() != 4:
        raise CannotAttribute(NO_PICTURE)
    layer = layer or last_mixed_layer(explained, inputs)
    at_once = rows_that_fit(explained, inputs) if len(inputs) > 1 else 1
    where = torch.cat([grad_cam_map(explained, inputs[rows], targets[rows], layer)
                       for rows in chunks(len(inputs), at_once)]).clamp(min=0)
    return _guided_backprop(explained, inputs, targets) * laid_over(where, inputs, interpolation)


def _both(options: Options, features: int) -> float:
    return 2.0


GUIDED_BACKPROP = Method(
    "guided_backprop", "Guided backprop", "The gradient of the number, of which only what is positive passes back at "
    "each ReLU.", "Springenberg et al. 2015, section 3.4", when_to_use="For sharp pictures of the forms that the "
    "network's filters find in the input.", when_misleading="It shows the input's edges nearly whatever the network "
    "learned: it hardly changes when the last layers are made random.", attribute=_guided_backprop, is_gradient=True,
    on_prepared_copy=True, refuses=refuses_without_relu,
)
GUIDED_GRAD_CAM = Method(
    "guided_grad_cam", "Guided Grad-CAM", "Guided backprop, weighted by Grad-CAM's map of the last convolution.",
    "Selvaraju et al. 2017, section 3.2", when_to_use="For fine forms inside the part of the picture that counts.",
    when_misleading="The forms are guided backprop's: edges of the input. Only where they are depends on the class.",
    attribute=_guided_grad_cam, params=(INTERPOLATION,), is_gradient=True, on_prepared_copy=True, passes=_both,
    refuses=refuses_guided_map,
)
