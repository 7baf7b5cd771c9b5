"""Attribution: how much each value of an input counts for a number of the output, and how far that can be trusted."""

from explorer.attribution.attributed import Attributed, attribute
from explorer.attribution.attribution_error import WRONG, completeness_error
from explorer.attribution.attribution_method import Method
from explorer.attribution.explained import Explained
from explorer.attribution.gradient_methods import INPUT_X_GRADIENT, INTEGRATED_GRADIENTS, SALIENCY
from explorer.spec import Registry

METHODS: Registry[Method] = Registry("attribution method", (
    SALIENCY, INPUT_X_GRADIENT, INTEGRATED_GRADIENTS,
))

__all__ = ["METHODS", "WRONG", "Attributed", "Explained", "Method", "attribute", "completeness_error"]
