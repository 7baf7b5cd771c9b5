"""Attribution: how much each value of an input counts for a number of the output, and how far that can be trusted."""

from explorer.attribution.attributed import Attributed, attribute
from explorer.attribution.attribution_error import WRONG, completeness_error
from explorer.attribution.attribution_method import Method
from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.gradient_methods import (
    GRADIENT_SHAP,
    INPUT_X_GRADIENT,
    INTEGRATED_GRADIENTS,
    SALIENCY,
    SMOOTH_GRAD,
)
from explorer.attribution.guided_methods import GUIDED_BACKPROP, GUIDED_GRAD_CAM
from explorer.attribution.layer_conductance import LAYER_CONDUCTANCE
from explorer.attribution.map_methods import GRAD_CAM, LAYER_CAM
from explorer.attribution.perturbation_methods import FEATURE_ABLATION, KERNEL_SHAP, LIME, OCCLUSION
from explorer.attribution.rule_methods import DEEP_LIFT, LRP
from explorer.spec import Registry

METHODS: Registry[Method] = Registry("attribution method", (
    SALIENCY, INPUT_X_GRADIENT, INTEGRATED_GRADIENTS, SMOOTH_GRAD, GRADIENT_SHAP,
    GUIDED_BACKPROP, GRAD_CAM, GUIDED_GRAD_CAM, LAYER_CAM, DEEP_LIFT, LRP,
    OCCLUSION, FEATURE_ABLATION, KERNEL_SHAP, LIME,
    LAYER_CONDUCTANCE,
))

__all__ = ["METHODS", "WRONG", "Attributed", "CannotAttribute", "Explained", "Method", "attribute",
           "completeness_error"]
