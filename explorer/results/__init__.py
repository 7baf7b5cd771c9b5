"""Results of probes, charts, analyses and labs: frozen dataclasses of numpy arrays with named axes."""

from explorer.results.answers import Answer, Probabilities, Tokens, Value
from explorer.results.drawn import (
    Bars,
    Curve,
    Curves,
    Field2D,
    FittedLine,
    Heatmap,
    Histogram,
    ImageGrid,
    LayerWeights,
    Prediction,
    Predictions,
    Quantities,
    Reference,
    Scatter,
    Unavailable,
    Writing,
    as_picture,
)
from explorer.results.measured import (
    Calibration,
    CheckUp,
    Layers,
    Mistakes,
    Report,
    name_classes,
    share_of,
)

__all__ = [
    "Answer", "Bars", "Calibration", "CheckUp", "Curve", "Curves", "Field2D", "FittedLine", "Heatmap", "Histogram",
    "ImageGrid", "LayerWeights", "Layers", "Mistakes", "Prediction", "Predictions", "Probabilities", "Quantities",
    "Reference", "Report", "Scatter", "Tokens", "Unavailable", "Value", "Writing", "as_picture", "name_classes",
    "share_of",
]
