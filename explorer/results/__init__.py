"""Results of probes, charts, analyses and labs: frozen dataclasses of numpy arrays with named axes."""

from explorer.results.drawn import (
    Bars,
    Curve,
    Curves,
    Field2D,
    FittedLine,
    Heatmap,
    Histogram,
    ImageGrid,
    Prediction,
    Predictions,
    Reference,
    Scatter,
    Writing,
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
    "Bars", "Calibration", "CheckUp", "Curve", "Curves", "Field2D", "FittedLine", "Heatmap", "Histogram",
    "ImageGrid", "Layers", "Mistakes", "Prediction", "Predictions", "Reference", "Report", "Scatter", "Writing",
    "name_classes", "share_of",
]
