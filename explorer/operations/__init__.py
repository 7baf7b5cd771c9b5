"""Operations: a node's call described as plain arrays and a rule, and the arithmetic of one of its units."""

from explorer.operations.calls import Call, NotCalled, record_call
from explorer.operations.dependence import explain_by_gradient
from explorer.operations.describing import describe
from explorer.operations.explaining import explain
from explorer.operations.rules.sample_losses import loss_of_recipe
from explorer.operations.travel_size import LARGEST_BYTES, fitted, thinned

__all__ = ["LARGEST_BYTES", "Call", "NotCalled", "describe", "explain", "explain_by_gradient", "fitted",
           "loss_of_recipe", "record_call", "thinned"]
