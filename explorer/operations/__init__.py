"""Operations: a node's call described as plain arrays and a rule, and the arithmetic of one of its units."""

from explorer.operations.calls import Call, NotCalled, record_call
from explorer.operations.describing import describe
from explorer.operations.explaining import check_unit, explain
from explorer.operations.thinning import LARGEST_BYTES, fitted

__all__ = ["LARGEST_BYTES", "Call", "NotCalled", "check_unit", "describe", "explain", "fitted", "record_call"]
