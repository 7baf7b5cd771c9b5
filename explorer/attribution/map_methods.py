"""Methods that weigh the channels of a layer: where in the picture the layer finds what counts for the number."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.attribution.attribution_method import Method
from explorer.attribution.chunks import chunks, rows_that_fit
from explorer.attribution.explained import Explained
from explorer.attribution.layer_maps import (
    OWN_SIZE,
    SIZE,
    grad_cam_map,
    laid_over,
    last_mixed_layer,
    layer_places,
)
from explorer.attribution.method_limits import refuses_without_places
from explorer.spec import Flag

_POSITIVE = Flag("positive", "Positive only", True, "Whether places that speak against the number are set to 0.")


def _grad_cam(explained: Explained, inputs: Tensor, targets: Tensor, layer: str, positive: bool = True,
              size: str = OWN_SIZE) -> Tensor:
    return _map(grad_cam_map, explained, inputs, targets, layer, positive, size)


def _layer_cam(explained: Explained, inputs: Tensor, targets: Tensor, layer: str, positive: bool = True,
               size: str = OWN_SIZE) -> Tensor:
    return _map(_layer_cam_map, explained, inputs, targets, layer, positive, size)


def _layer_cam_map(explained: Explained, inputs: Tensor, targets: Tensor, layer: str) -> Tensor:
    values, slopes = layer_places(explained, inputs, targets, layer)
    return (slopes.clamp(min=0) * values).sum(1, keepdim=True)


def _map(made_of: Callable[..., Tensor], explained: Explained, inputs: Tensor, targets: Tensor, layer: str,
         positive: bool, size: str) -> Tensor:
    at_once = rows_that_fit(explained, inputs) if len(inputs) > 1 else 1
    found = torch.cat([made_of(explained, inputs[rows], targets[rows], layer)
                       for rows in chunks(len(inputs), at_once)])
    found = found.clamp(min=0) if positive else found
    return found.flatten(1) if explained.takes_tokens else laid_over(found, inputs, size)


GRAD_CAM = Method(
    "grad_cam", "Grad-CAM", "A layer's channels summed, each weighted by its mean gradient.",
    "Selvaraju et al. 2017, equations 1 and 2", when_to_use="For where in the picture the evidence for a class is: "
    "coarse, quick, and different from class to class.", when_misleading="The map has the layer's few places; "
    "enlarged, it looks more precise than it is. One weight for a whole channel can cancel.", attribute=_grad_cam,
    params=(_POSITIVE, SIZE), of_layer=True, default_layer=last_mixed_layer, refuses=refuses_without_places,
)
LAYER_CAM = Method(
    "layer_cam", "LayerCAM", "A layer's channels summed, each place weighted by its own gradient if that is positive.",
    "Jiang et al. 2021, equations 5 and 6", when_to_use="For layers before the last, where Grad-CAM's mean over a "
    "channel blurs what single places add.", when_misleading="Early layers show edges of the input; what speaks "
    "against the class is left out.", attribute=_layer_cam, params=(_POSITIVE, SIZE), of_layer=True,
    default_layer=last_mixed_layer, refuses=refuses_without_places,
)
