"""The way back through one operation: how each unit of its output changes with one value that it reads."""

from explorer.operations.backward.dependents import Dependents
from explorer.operations.backward.deriving import derive
from explorer.operations.backward.forward_mode import derive_forward
from explorer.operations.backward.loss_derivatives import write_loss_derivative
from explorer.operations.backward.places import Place, parameter_places, places_of_input, places_of_parameter
from explorer.operations.backward.rule_words import describe_rule

__all__ = ["Dependents", "Place", "derive", "derive_forward", "describe_rule", "parameter_places",
           "places_of_input", "places_of_parameter", "write_loss_derivative"]
