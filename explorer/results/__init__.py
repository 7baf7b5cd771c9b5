"""Results of probes, charts, analyses and labs: frozen dataclasses of numpy arrays with named axes."""

from explorer.results.answers import Answer, Probabilities, Tokens, Value
from explorer.results.arithmetic import (
    AdditiveScores,
    Correlation,
    Elementwise,
    Explanation,
    Gather,
    LinearAttention,
    Loss,
    MatrixProduct,
    Normalization,
    Operand,
    Operation,
    Pointwise,
    Pooling,
    Recurrent,
    Reduction,
    Softmax,
    Step,
    TransposedCorrelation,
    Unknown,
    WeightedGather,
    Window,
)
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
from explorer.results.looked_at import NetworkInput, PreparedInput, SampleTable, Thumbnails
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
    "AdditiveScores", "Answer", "Bars", "Calibration", "CheckUp", "Correlation", "Curve", "Curves",
    "Elementwise", "Explanation", "Field2D", "FittedLine", "Gather", "Heatmap", "Histogram", "ImageGrid",
    "LayerWeights", "Layers", "LinearAttention", "Loss", "MatrixProduct", "Mistakes", "NetworkInput",
    "Normalization", "Operand", "Operation", "Pointwise", "Pooling", "Prediction", "Predictions",
    "PreparedInput", "Probabilities", "Quantities", "Recurrent", "Reduction", "Reference", "Report",
    "SampleTable", "Scatter", "Softmax", "Step", "Thumbnails", "Tokens", "TransposedCorrelation", "Unavailable",
    "Unknown", "Value", "WeightedGather", "Window", "Writing", "as_picture", "name_classes", "share_of",
]
