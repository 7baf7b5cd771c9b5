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
from explorer.attribution.layer_conductance import LAYER_CONDUCTANCE
from explorer.spec import Registry

METHODS: Registry[Method] = Registry("attribution method", (
    SALIENCY, INPUT_X_GRADIENT, INTEGRATED_GRADIENTS, SMOOTH_GRAD, GRADIENT_SHAP,
    LAYER_CONDUCTANCE,
))

__all__ = ["METHODS", "WRONG", "Attributed", "CannotAttribute", "Explained", "Method", "attribute",
           "completeness_error"]
