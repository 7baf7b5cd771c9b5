"""The Operation view of matrices that nobody trained: a cross-correlation, its kernel times a number."""

import numpy as np
import streamlit as st

from explorer.results import Correlation, Operand, Operation
from explorer.results.arithmetic import OUTPUT, PARAMETER
from explorer.ui.widgets.components.inspector import draw_operation

MAPS = ("channel", "height", "width")


def correlation(factor: float) -> Operation:
    """[[0, 1, 2], [3, 4, 5], [6, 7, 8]] with [[0, 1], [2, 3]], times `factor`."""
    values = np.arange(9, dtype=np.float32).reshape(1, 3, 3)
    kernel = factor * np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
    result = factor * np.array([[[19, 25], [37, 43]]], np.float32)
    return Operation("lab", "Cross-correlation", "", Correlation((1, 1), (0, 0), (1, 1)),
                     (Operand("input", values, MAPS),
                      Operand("kernel", kernel, ("output", "input", *MAPS[1:]), PARAMETER)),
                     Operand("output", result, MAPS, OUTPUT))


st.set_page_config(layout="wide")
draw_operation(correlation(st.number_input("Factor", value=1.0)), "lab")
