"""What blocks refuse, in which words, and what the one click does about it."""

from __future__ import annotations

from typing import Any

import pytest

from explorer import network
from explorer.blocks import BLOCKS, Signal
from explorer.document import Edge, Network, Node

Shape = tuple[int, ...]


def alone(block: str, shapes: tuple[Shape, ...], params: dict[str, Any], dtype: str = "float32") -> Network:
    inputs = [Node(f"input{i}", "input", {"shape": list(shape), "dtype": dtype}) for i, shape in enumerate(shapes)]
    edges = [Edge(node.id, "x1", 0, port) for port, node in enumerate(inputs)]
    return Network("alone", (*inputs, Node("x1", block, params)), tuple(edges), ("x1",))


REFUSED = [
    ("conv2d", [(3, 4, 4)], {"padding": 4, "padding_mode": "reflect"},
     'Padding mode "Reflection" can add at most 3×3 around 4×4, not 4×4.', "Set padding mode to zeros"),
    ("conv2d", [(3, 4, 4)], {"padding": 5, "padding_mode": "circular"},
     'Padding mode "Circular" can add at most 4×4 around 4×4, not 5×5.', "Set padding mode to zeros"),
    ("conv2d", [(3, 2, 9)], {"kernel_size": 5, "padding": "same", "padding_mode": "reflect"},
     'Padding mode "Reflection" can add at most 1×8 around 2×9, not 2×2.', "Set padding mode to zeros"),
    ("conv1d", [(3, 8, 8)], {}, "Conv1d needs a signal (channel × length) but gets 3×8×8.", None),
    ("conv1d", [(3, 8)], {"kernel_size": 11},
     "Conv1d's window covers 11 samples but the padded signal has only 8.", "Set padding to 2"),
    ("depthwise_conv2d", [(3, 2, 2)], {}, "Depthwise Conv2d's window covers 3×3 but the padded map is only 2×2.",
     "Set padding to 1"),
    ("separable_conv2d", [(3, 2, 2)], {}, "Separable Conv2d's window covers 3×3 but the padded map is only 2×2.",
     "Set padding to 1"),
    ("separable_conv2d", [(3, 8, 8)], {"padding": "same", "stride": 2},
     'Padding "same" keeps the size, so the stride must be 1.', "Set stride to 1"),
    ("conv_transpose2d", [(3, 8, 8)], {"kernel": "bilinear"},
     "A bilinear kernel maps each channel to itself, so there must be 3 output channels, not 16.",
     "Set output channels to 3"),
    ("conv_transpose2d", [(3, 8, 8)], {"output_padding": [1, 2]},
     "The output padding 1×2 must be smaller than the stride or the dilation, 2×2.", "Set output padding to 0"),
    ("conv_transpose2d", [(3, 2, 8)], {"padding": 3},
     "A padding of 3×3 removes all of the 4×16 output pixels.", "Set padding to 1×3"),
    ("upsample2d", [(8,)], {}, "Upsample needs a map (channel × height × width) but gets 8.", None),
    ("max_pool1d", [(3, 8)], {"padding": 2}, "MaxPool1d's padding can be at most half its window.", "Set padding to 1"),
    ("avg_pool1d", [(3, 2)], {"kernel_size": 4},
     "AvgPool1d's window covers 4 samples but the padded signal has only 2.", None),
    ("avg_pool1d", [(8,)], {}, "AvgPool1d needs a signal (channel × length) but gets 8.", None),
    ("global_avg_pool2d", [(8,)], {},
     "Global average pooling needs a map (channel × height × width) but gets 8.", None),
    ("roi_align", [(3, 8, 8), (4,)], {},
     "RoIAlign needs boxes × 4 numbers (left, top, right, bottom) at its second input but gets 4.", None),
    ("group_norm", [(6, 4, 4)], {"num_groups": 4}, "4 groups must divide the 6 input channels.",
     "Set groups to 2"),
    ("group_norm", [(4,)], {"num_groups": 4},
     "GroupNorm would set 4 to zero: a group of one value equals its mean.", "Set groups to 1"),
    ("instance_norm2d", [(4, 1, 1)], {},
     "InstanceNorm2d would set 4×1×1 to zero: a map of one pixel equals its mean.", None),
    ("rms_norm", [(4, 6)], {"axes": 3}, "RMSNorm normalizes over 3 axes, but its input 4×6 has only 2.",
     "Set axes to 2"),
    ("glu", [(5,)], {}, "GLU splits axis 1 into halves, but its size 5 is odd.", None),
    ("log_softmax", [(5,)], {"dim": 2}, "LogSoftmax works along axis 2, but its input 5 has only 1.", "Set axis to 1"),
    ("expression", [(5,)], {"formula": "x * log(x)"},
     "At x = -10 the formula x * log(x) has no finite value or no finite gradient, so a network cannot learn through "
     "it.",
     "Set formula to x * sigmoid(x)"),
    ("expression", [(5,)], {"formula": "x.data"},
     "x.data is not allowed in a formula. Allowed are numbers, x, pi, e, + - * / ** and the functions exp, log, sqrt, "
     "abs, sin, cos, tanh, sigmoid, relu, softplus, erf, max, min.", "Use the default, x * sigmoid(x)"),
    ("flatten", [(3, 4)], {"start_dim": 3}, "Flatten starts at axis 3, but its input 3×4 has only 2.",
     "Set first axis to 1"),
    ("flatten", [(3, 4)], {"end_dim": 0},
     "Flatten ends at axis 0, but must end between 1 and 2 for its input 3×4.", "Set last axis to -1"),
    ("reshape", [(3, 4)], {"shape": [5, 2]}, "3×4 has 12 values, but 5×2 needs 10.", "Set shape to -1"),
    ("reshape", [(3, 4)], {"shape": [5, -1]},
     "The 12 values of 3×4 are no multiple of 5, the product of the other sizes.", "Set shape to -1"),
    ("reshape", [(3, 4)], {"shape": [-1, -1]},
     "Sizes must be 1 or more, with at most one -1 for what is left over, not -1, -1.", "Set shape to -1"),
    ("reshape", [(3, 4)], {"shape": [0, 12]},
     "Sizes must be 1 or more, with at most one -1 for what is left over, not 0, 12.", "Set shape to -1"),
    ("permute", [(3, 4, 5)], {}, "Permute needs each axis of 3×4×5 once, 1 to 3, but gets 2, 1.",
     "Set order to 2×3×1"),
    ("permute", [(3, 4)], {"dims": [1, 1]}, "Permute needs each axis of 3×4 once, 1 to 2, but gets 1, 1.",
     "Set order to 2×1"),
    ("plane_features", [(3,)], {}, "Plane features needs the 2 coordinates of a point but gets 3.", None),
    ("plane_features", [(2,)], {"x1": False, "x2": False}, "Plane features has no feature switched on.",
     "Switch x₁ and x₂ on"),
    ("crop", [(3, 2, 9)], {}, "Crop cannot cut 4×4 pixels out of 2×9.", "Set size to 2×4"),
    ("crop", [(3, 8, 9)], {"position": "offset", "offset": [5, 0]},
     "A crop of 4×4 pixels at row 5, column 0 is not inside the map of 8×9.", "Set position to center"),
    ("token_pooling", [(3, 8, 8)], {}, "Token pooling needs a sequence (token × feature) but gets 3×8×8.", None),
    ("multiply", [(3, 8, 8), (4,)], {},
     "Multiply needs equal shapes, or a gate with one number per channel, but gets 3×8×8 and 4.", None),
    ("scaled_residual", [(3, 8), (4, 8)], {}, "Scaled residual needs equal shapes but gets 3×8 and 4×8.", None),
    ("mlp_block", [(3, 8, 8)], {}, "Linear needs a flat input but gets 3×8×8.", "Insert Flatten"),
    ("affine_head", [(3, 8)], {}, "Affine head needs a row of features but gets 3×8.", None),
    ("spatial_sampler", [(3, 8, 8), (8,)], {},
     "Spatial sampler needs the six numbers of an affine map at its second input but gets 8.", None),
    ("squeeze_excitation", [(8,)], {},
     "Squeeze and excitation needs a map (channel × height × width) but gets 8.", None),
]


@pytest.mark.parametrize(("block", "shapes", "params", "message", "fix"), REFUSED,
                         ids=[f"{case[0]} {case[3][:30]}" for case in REFUSED])
def test_a_problem_is_shown_and_fixed_on_one_click(
    block: str, shapes: list[Shape], params: dict[str, Any], message: str, fix: str | None,
) -> None:
    net = alone(block, tuple(shapes), params)
    (problem,) = network.problems(net)
    assert str(problem.message) == message
    assert (str(problem.fix.title) if problem.fix else None) == fix
    if problem.fix:
        assert network.problems(network.apply(net, problem.fix)) == []


ANY_TYPE = ("flatten", "reshape", "permute", "crop")  # they only move what they get


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.check and block.name not in ANY_TYPE],
                         ids=lambda block: block.name)
def test_it_refuses_indices_where_it_works_on_numbers(block: Any) -> None:
    if any(signal.dtype == "int64" for signal in block.example):
        pytest.skip("it takes indices")
    shapes = [signal.shape for signal in block.example] or next(
        [shape] * max(len(block.inputs), 1) for shape in ((4, 8, 8), (4, 8), (4,))
        if not block.check({spec.name: spec.default for spec in block.params},
                           (Signal(shape),) * len(block.inputs)))
    problems = network.problems(alone(block.name, tuple(shapes), {}, "int64"))
    assert problems and all("int64" in str(problem.message) for problem in problems), problems
