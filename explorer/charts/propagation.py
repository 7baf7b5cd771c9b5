"""Charts of check-ups, layer by layer: the signal, the gradient, dead and saturated units."""

from __future__ import annotations

import numpy as np

from explorer.charts.layer_plots import Quantity, describe_quantity
from explorer.results import Bars, CheckUp, Curve, Curves, Reference
from explorer.text import Text, text

_GRADIENT = Quantity("activation_gradient", "Gradient", "Gradient of the activations", "norm of the gradient")
_LAYER_AXIS = "layer, from input to output"


def signal_propagation(first: CheckUp | None, last: CheckUp | None, quantity: str) -> Curves:
    """Chart `spread` or `activation_gradient` at every weighted layer, at the start and now, on a log axis.

    Only now if both are the same check-up.

    >>> from explorer.results import Layers
    >>> layers = Layers(("linear1",), ("Linear",), np.ones(1, bool), {"spread": np.array([0.5])})
    >>> found = CheckUp(0, layers, 0.7, "", None)
    >>> [curve.name for curve in signal_propagation(found, found, "spread").curves]
    ['now']
    """
    shown = _GRADIENT if quantity == _GRADIENT.name else describe_quantity(quantity)
    checks = [("at the start", first), ("now", last)] if first is not last else [("now", last)]
    known = [(name, check) for name, check in checks if check is not None]
    lines = tuple(_line(check, quantity, name, place) for place, (name, check) in enumerate(known))
    return Curves(_title(shown), lines, _LAYER_AXIS, shown.axis, log_y=True)


def _title(quantity: Quantity) -> Text:
    return text("{quantity} by layer", quantity=text(quantity.title))


def _line(check: CheckUp, quantity: str, name: str, place: int) -> Curve:
    values = check.layers.column(quantity, check.layers.weighted)
    return Curve(name, np.arange(1, len(values) + 1), values, "run", place=place)


def unit_shares(check: CheckUp, quantity: str) -> Bars:
    """Chart the share of `dead` units or `saturated` values by layer, the largest highlighted.

    >>> from explorer.results import Layers
    >>> layers = Layers(("relu1",), ("ReLU",), np.zeros(1, bool), {"dead": np.array([0.5])})
    >>> unit_shares(CheckUp(0, layers, 0.7, "", None), "dead").values
    array([0.5])
    """
    has = np.isfinite(check.layers.column(quantity))
    values = check.layers.column(quantity, has)
    return Bars(_title(describe_quantity(quantity)), check.layers.names(has), values, "layer",
                highlight=int(values.argmax()) if len(values) else None, limits=(0.0, 1.0))


def largest_outputs(sizes: np.ndarray) -> Curves:
    """Chart the size of each layer's output at the first non-finite number, as powers of ten. sizes: (layer,).

    >>> import numpy as np
    >>> largest_outputs(np.array([1.0, 1e12, 1e30])).x_axis
    'layer, from input to output'
    """
    with np.errstate(divide="ignore"):
        powers = np.where(np.isfinite(sizes), np.log10(sizes), np.nan)
    end = Reference(text("largest float32"), float(np.log10(np.finfo(np.float32).max)))
    return Curves("Largest output of each layer", (Curve("at that step", np.arange(1, len(sizes) + 1), powers, "run"),),
                  _LAYER_AXIS, "largest value, as a power of ten", references=(end,))
