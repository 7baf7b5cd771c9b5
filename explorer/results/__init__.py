"""Results of probes, charts, analyses and labs: frozen dataclasses of numpy arrays with named axes."""

from explorer.results.answers import (
    Answer,
    Probabilities,
    Tokens,
    Value,
)
from explorer.results.arithmetic import (
    Explanation,
    Operand,
    Operation,
    Step,
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
from explorer.results.looked_at import (
    NetworkInput,
    PreparedInput,
    SampleTable,
    Thumbnails,
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
from explorer.results.network_maps import (
    NetworkMaps,
    NodeMaps,
    NodeNumbers,
)
from explorer.results.operation_rules import (
    Formulas,
)
from explorer.results.unit_results import (
    Picture,
    Pictures,
    Stage,
    UnitPath,
)

__all__ = [
    "Answer", "Bars", "Calibration", "CheckUp", "Curve", "Curves", "Explanation", "Field2D", "FittedLine",
    "Formulas", "Heatmap", "Histogram", "ImageGrid", "LayerWeights", "Layers", "Mistakes", "NetworkInput",
    "NetworkMaps", "NodeMaps", "NodeNumbers", "Operand", "Operation", "Picture", "Pictures", "Prediction",
    "Predictions", "PreparedInput", "Probabilities", "Quantities", "Reference", "Report", "SampleTable",
    "Scatter", "Stage", "Step", "Thumbnails", "Tokens", "Unavailable", "UnitPath", "Value", "Window", "Writing",
    "as_picture", "name_classes", "share_of",
]
