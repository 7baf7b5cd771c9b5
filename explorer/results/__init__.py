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
from explorer.results.measured import (
    Calibration,
    CheckUp,
    Layers,
    Mistakes,
    Report,
    name_classes,
    share_of,
)
from explorer.results.unit_results import Picture, Pictures, Stage, UnitPath

__all__ = [
    "AdditiveScores", "Answer", "Bars", "Calibration", "CheckUp", "Correlation", "Curve", "Curves", "Elementwise",
    "Explanation", "Field2D", "FittedLine", "Gather", "Heatmap", "Histogram", "ImageGrid", "LayerWeights", "Layers",
    "LinearAttention", "Loss", "MatrixProduct", "Mistakes", "Normalization", "Operand", "Operation", "Picture",
    "Pictures", "Pointwise", "Pooling", "Prediction", "Predictions", "Probabilities", "Quantities", "Recurrent",
    "Reduction", "Reference", "Report", "Scatter", "Softmax", "Stage", "Step", "Tokens", "TransposedCorrelation",
    "Unavailable", "UnitPath", "Unknown", "Value", "WeightedGather", "Window", "Writing", "as_picture",
    "name_classes", "share_of",
]
