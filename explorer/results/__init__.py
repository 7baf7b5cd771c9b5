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
from explorer.results.attention_results import (
    AttentionBlock,
    AttentionPair,
    AttentionPart,
    AttentionView,
)
from explorer.results.attribution_results import (
    Attribution,
    AttributionMenu,
    MethodOffer,
    MethodOption,
)
from explorer.results.backward_results import (
    BackwardPath,
    BackwardSource,
    BackwardView,
)
from explorer.results.dataset_attribution_results import (
    AttributionRows,
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
from explorer.results.gradient_results import (
    Differentiated,
    GradientFlow,
)
from explorer.results.head_results import (
    FlowMap,
    FlowMaps,
    HeadGrid,
    HeadGrids,
    Mosaic,
)
from explorer.results.kernel_results import (
    Kernels,
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
    AdditiveScores,
    Correlation,
    Elementwise,
    Formulas,
    Gather,
    LinearAttention,
    Loss,
    MatrixProduct,
    Normalization,
    Pointwise,
    Pooling,
    Recurrent,
    Reduction,
    Softmax,
    TransposedCorrelation,
    Unknown,
    WeightedGather,
)
from explorer.results.robustness_results import (
    AttackedInput,
    ChangedInputs,
)
from explorer.results.time_results import (
    Film,
    HistogramSeries,
)
from explorer.results.trust_results import (
    Finding,
)
from explorer.results.unit_results import (
    Picture,
    Pictures,
    Stage,
    UnitPath,
)
from explorer.results.what_if_results import (
    AnswerNumbers,
    Patching,
)

__all__ = [
    "AdditiveScores", "Answer", "AnswerNumbers", "AttackedInput", "AttentionBlock", "AttentionPair",
    "AttentionPart", "AttentionView", "Attribution", "AttributionMenu", "AttributionRows", "BackwardPath",
    "BackwardSource", "BackwardView", "Bars", "Calibration", "ChangedInputs", "CheckUp", "Correlation", "Curve",
    "Curves", "Differentiated", "Elementwise", "Explanation", "Field2D", "Film", "Finding", "FittedLine",
    "FlowMap", "FlowMaps", "Formulas", "Gather", "GradientFlow", "HeadGrid", "HeadGrids", "Heatmap",
    "Histogram", "HistogramSeries", "ImageGrid", "Kernels", "LayerWeights", "Layers", "LinearAttention", "Loss",
    "MatrixProduct", "MethodOffer", "MethodOption", "Mistakes", "Mosaic", "NetworkInput", "NetworkMaps",
    "NodeMaps", "NodeNumbers", "Normalization", "Operand", "Operation", "Patching", "Picture", "Pictures",
    "Pointwise", "Pooling", "Prediction", "Predictions", "PreparedInput", "Probabilities", "Quantities",
    "Recurrent", "Reduction", "Reference", "Report", "SampleTable", "Scatter", "Softmax", "Stage", "Step",
    "Thumbnails", "Tokens", "TransposedCorrelation", "Unavailable", "UnitPath", "Unknown", "Value",
    "WeightedGather", "Window", "Writing", "as_picture", "name_classes", "share_of",
]
