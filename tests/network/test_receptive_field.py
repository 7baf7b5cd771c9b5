"""What a unit is said to see is what its gradient reaches."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.hooks import in_mode
from explorer.network.receptive_field import receptive_fields

SIZE = 41


def image(size: int = SIZE) -> tuple[str, str, dict[str, Any]]:
    return "input", "input", {"shape": [2, size, size]}


def conv(**params: Any) -> tuple[str, dict[str, Any]]:
    return "conv2d", {"out_channels": 2, **params}


def stack(*steps: tuple[str, dict[str, Any]], size: int = SIZE) -> Network:
    return chain("stack", image(size), *((f"n{i}", *step) for i, step in enumerate(steps)))


STACKS = {
    "one convolution": stack(conv(kernel_size=5, padding=2)),
    "strides": stack(conv(stride=2, padding=1), conv(stride=(1, 2)), conv(kernel_size=(3, 5))),
    "dilation": stack(conv(dilation=2), conv(dilation=(1, 3), padding=2)),
    "same": stack(conv(kernel_size=4, padding="same"), conv(kernel_size=(3, 6), padding="same", dilation=2)),
    "pooling": stack(conv(padding=1), ("max_pool2d", {}), conv(), ("avg_pool2d", {"kernel_size": 3, "stride": 1})),
    "pooling with padding": stack(("max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}), conv(padding=1)),
    "activations and norms": stack(conv(), ("relu", {}), ("batch_norm2d", {}), conv(), ("sigmoid", {})),
    "residual": stack(("residual", {}), ("residual", {"stride": 2, "use_1x1conv": True, "out_channels": 3})),
    "inception": stack(("max_pool2d", {}), ("inception", {})),
    "ready-made trio": stack(("conv_norm_activation", {"stride": 2}), ("conv_norm_activation", {"kernel_size": 5})),
    "equal parts": stack(conv(), ("adaptive_avg_pool2d", {"output_size": 13}), conv(padding=1)),
}


def seen(net: Network, address: str, row: int, column: int) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of the pixels that a unit's gradient reaches, every weight positive."""
    model = network.build(net).double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.zeros(()) if name.endswith("bias") else torch.rand_like(parameter) / 10 + 0.1)
    _average_instead_of_largest(model)  # the largest alone would let one pixel of each window through
    outputs = {}
    handle = model.get_submodule(address).register_forward_hook(lambda *args: outputs.update(out=args[2]))
    x = torch.rand(1, *network.shapes(net)["input"], dtype=torch.float64, requires_grad=True)
    with in_mode(model, training=False):
        model(x)
    handle.remove()
    (gradient,) = torch.autograd.grad(outputs["out"][0, :, row, column].sum(), x)
    rows, columns = (gradient[0].abs().sum(dim).sum(0).nonzero().flatten().tolist() for dim in (2, 1))
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1


def _average_instead_of_largest(model: nn.Module) -> None:
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                setattr(module, name, nn.AvgPool2d(child.kernel_size, child.stride, child.padding))


def within_image(box: tuple[Any, ...], size: int) -> tuple[Any, ...]:
    return tuple(min(max(side, 0), size) for side in box)


def assert_around(said: tuple[Any, ...], reached: tuple[int, ...]) -> None:
    assert said[0] <= reached[0] and said[1] <= reached[1] and said[2] >= reached[2] and said[3] >= reached[3]


def assert_it_sees_what_it_says(net: Network, size: int) -> None:
    fields, shapes = receptive_fields(net), network.shapes(net)
    assert fields.keys() == shapes.keys()
    for address, field in fields.items():
        height, width = shapes[address][1:]
        middle = height // 2, width // 2
        assert seen(net, address, *middle) == within_image(field.box(*middle), size), address
        reached, said = seen(net, address, 0, width - 1), field.box(0, width - 1)  # less where padding cuts it
        assert_around(said, reached)


@pytest.mark.parametrize("net", STACKS.values(), ids=STACKS)
def test_a_unit_sees_the_pixels_that_its_gradient_reaches(net: Network) -> None:
    assert network.problems(net) == []
    assert_it_sees_what_it_says(net, SIZE)


WINDOWS = st.builds(
    lambda kernel, stride, padding, dilation: conv(kernel_size=kernel, stride=stride, padding=padding,
                                                   dilation=dilation),
    st.integers(1, 4), st.integers(1, 2), st.integers(0, 2), st.integers(1, 2))


@settings(max_examples=25, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=4))
def test_any_stack_of_windows_sees_what_its_gradients_reach(steps: list[tuple[str, dict[str, Any]]]) -> None:
    net = stack(*steps, size=200)
    assert network.problems(net) == []
    fields, shapes = receptive_fields(net), network.shapes(net)
    last, (_, height, width) = net.outputs[0], shapes[net.outputs[0]]
    place = height // 2, width // 2
    assert seen(net, last, *place) == within_image(fields[last].box(*place), 200)


def test_lenets_fields_are_those_of_the_book_and_then_the_whole_image() -> None:
    fields = receptive_fields(zoo.get("lenet"))
    assert [fields[name].size for name in ("input", "conv1", "pool1", "conv2", "pool2")] == [
        (1, 1), (5, 5), (6, 6), (14, 14), (16, 16)]
    assert [fields[name].jump for name in ("conv1", "pool1", "conv2", "pool2")] == [(1, 1), (2, 2), (2, 2), (4, 4)]
    assert fields["conv1"].start == fields["pool2"].start == (-2, -2)
    assert {name for name, field in fields.items() if field.is_whole} == {
        "flatten", "linear1", "sigmoid3", "linear2", "sigmoid4", "linear3"}
    assert fields["linear3"].box(0, 0) == (-2, -2, 30, 30)  # 28 pixels and the padding around them


def test_a_branch_inside_an_inception_block_sees_less_than_the_block() -> None:
    fields = receptive_fields(stack(("inception", {})))
    sizes = {name: fields[f"n0.{name}"].size[0] for name in ("b1_conv", "b2_conv2", "b3_conv2", "b4_conv", "concat")}
    assert sizes == {"b1_conv": 1, "b2_conv2": 3, "b3_conv2": 5, "b4_conv": 3, "concat": 5}
    assert fields["n0"] == fields["n0.concat"]
    assert fields["n0"].start == (-2, -2)


def test_two_copies_of_a_block_see_farther_than_one() -> None:
    definition = chain("double", ("input", "input", {}), ("conv1", *conv(padding=1)), ("conv2", *conv(padding=1)))
    net = chain("x", image(), ("block1", "composite", {"definition": "double", "repeat": 2}),
                definitions={"double": definition})
    fields = receptive_fields(net)
    assert [fields[name].size[0] for name in ("block1.r0.conv1", "block1.r0", "block1.r1.conv1", "block1")] == [
        3, 5, 7, 9]


def test_global_pooling_sees_all_that_its_map_saw() -> None:
    fields = receptive_fields(stack(conv(stride=2), ("adaptive_avg_pool2d", {}), conv(kernel_size=1), ("flatten", {})))
    assert fields["n1"] == fields["n2"] == fields["n3"]
    assert (fields["n1"].size, fields["n1"].start, fields["n1"].is_whole) == ((41, 41), (0, 0), True)


def test_behind_a_gate_each_pixel_sees_all_that_the_gate_saw() -> None:
    net = stack(conv(stride=2), ("squeeze_excitation", {"reduction": 1}), conv(kernel_size=1))
    fields = receptive_fields(net)
    assert fields["n1"] == fields["n1.multiply"] == fields["n2"]
    assert (fields["n2"].box(0, 0), fields["n2"].is_whole) == ((0, 0, 41, 41), True)
    assert seen(net, "n2", 0, 0) == (0, 0, 41, 41)


def test_two_maps_one_above_the_other_are_not_told() -> None:
    net = branches(other=("instance_norm2d", {}), merge="concat", params={"dim": 2})
    assert "m" in network.shapes(net)
    assert "m" not in receptive_fields(net)


def test_a_row_is_whole_where_layer_norm_looks_along_it() -> None:
    field = receptive_fields(stack(conv(), ("layer_norm", {})))["n1"]
    assert (field.size, field.jump, field.is_whole) == ((3, 41), (1, 0), False)


def test_parts_that_are_no_whole_number_of_pixels_keep_their_fraction() -> None:
    field = receptive_fields(stack(("adaptive_avg_pool2d", {"output_size": 3})))["n0"]
    assert (field.size, field.jump) == ((15, 15), (Fraction(41, 3), Fraction(41, 3)))


def branches(*, other: tuple[str, dict[str, Any]], merge: str = "add", params: dict[str, Any] | None = None) -> Network:
    """The image through a 3×3 convolution, and through another layer, brought together."""
    return Network("x", (Node("input", "input", {"shape": [2, 9, 9]}), Node("a", *conv(padding=1)), Node("b", *other),
                         Node("m", merge, params or {})),
                   (Edge("input", "a"), Edge("input", "b"), Edge("a", "m"), Edge("b", "m", 0, 1)), ("m",))


def test_a_merge_with_a_layer_that_sees_everything_sees_everything() -> None:
    field = receptive_fields(branches(other=("layer_norm", {"axes": 3})))["m"]
    assert (field.box(4, 4), field.is_whole) == ((-1, -1, 10, 10), True)


def test_branches_that_drift_apart_are_bounded_together() -> None:
    """A stride of 2 on a 5×5 window against three 5×5 windows in a row: both end in 9 - 2·2 = 5 pixels and less."""
    net = Network("x", (Node("input", "input", {"shape": [2, 9, 9]}), Node("a", *conv(kernel_size=5)),
                        Node("b", *conv(kernel_size=1, stride=2)), Node("m", "add")),
                  (Edge("input", "a"), Edge("input", "b"), Edge("a", "m"), Edge("b", "m", 0, 1)), ("m",))
    field = receptive_fields(net)["m"]
    for place in range(5):
        top, left, bottom, right = field.box(place, place)
        assert top <= min(place, 2 * place) and bottom >= max(place + 5, 2 * place + 1)
        assert_around((top, left, bottom, right), seen(net, "m", place, place))


def test_where_it_cannot_be_said_nothing_is_said() -> None:
    tokens = chain("x", ("input", "input", {"shape": [6, 4]}), ("linear1", "linear", {}))
    assert receptive_fields(tokens) == {}
    beside = receptive_fields(branches(other=conv(padding=1), merge="concat", params={"dim": 2}))
    assert beside.keys() == {"input", "a", "b"}
    two_images = Network("x", (Node("a", "input"), Node("b", "input"), Node("m", "add"), Node("r", "relu")),
                         (Edge("a", "m"), Edge("b", "m", 0, 1), Edge("m", "r")), ("r",))
    assert receptive_fields(two_images).keys() == {"a", "b"}
    broken = stack(conv(kernel_size=3), ("linear", {}), ("relu", {}))
    assert receptive_fields(broken).keys() == {"input", "n0"}
    assert receptive_fields(Network()) == {}


def test_five_thousand_nodes_and_strides_without_end_are_no_trouble() -> None:
    """A stride of 1,024 on a map that padding keeps large: the jump outgrows every float."""
    wide = {"kernel_size": 1, "stride": 1024, "padding": 1024, "out_channels": 1}
    steps = [("conv2d", wide)] * 400 + [("adaptive_avg_pool2d", {"output_size": 2})] + [("relu", {})] * 4_598
    fields = receptive_fields(stack(*steps, size=3))
    assert len(fields) == 5_000
    assert fields["n399"].jump[0] == 1024**400


def patches(*steps: tuple[str, dict[str, Any]], size: int = 12, patch: int = 4) -> Network:
    """An image cut into patches, after a convolution; `n0` is the convolution, `n1` the patches."""
    return stack(conv(padding=1), ("patch_embedding", {"patch_size": patch, "out_features": 8}), *steps, size=size)


def seen_by_row(net: Network, address: str, row: int) -> tuple[int, int, int, int] | None:
    """(top, left, bottom, right) of the pixels that the gradient of a token, or of a query's row of scores, reaches."""
    model, outputs = network.build(net).double(), {}
    handle = model.get_submodule(address).register_forward_hook(lambda *args: outputs.update(out=args[2]))
    torch.manual_seed(0)
    x = torch.rand(1, *network.shapes(net)["input"], dtype=torch.float64, requires_grad=True)
    with in_mode(model, training=False):
        model(x)
    handle.remove()
    values = outputs["out"][0] if outputs["out"].dim() == 2 else outputs["out"][0, ..., row, :]
    (gradient,) = torch.autograd.grad((values * torch.randn_like(values)).sum(), x, allow_unused=True)
    if gradient is None or not gradient.any():
        return None
    rows, columns = (gradient[0].abs().sum(dim).sum(0).nonzero().flatten().tolist() for dim in (2, 1))
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1


def assert_tokens_see_what_they_say(net: Network, size: int, leading: int = 0) -> None:
    """leading: how many rows before those of the patches, which see nothing until they are mixed."""
    fields, shapes = receptive_fields(net), network.shapes(net)
    for address, field in fields.items():
        if field.patches is None:
            continue
        first = leading if len(shapes[address]) > 1 and shapes[address][-2] > field.patches[0] * field.patches[1] else 0
        if first and not field.is_whole:
            assert seen_by_row(net, address, 0) is None, address
        for place in (0, 4, 8):
            reached = seen_by_row(net, address, place + first)
            said = within_image(field.box(*divmod(place, field.patches[1])), size)
            assert reached == said, address


TOKENS = {
    "per token": patches(("layer_norm", {}), ("linear", {"out_features": 8}), ("gelu", {}), ("learned_positions", {}),
                         ("dropout", {}), ("softmax", {"dim": 2})),
    "an encoder": patches(("sinusoidal_positions", {}), ("transformer_encoder", {"heads": 2}), ("layer_norm", {})),
    "linear attention": patches(("multi_head_attention", {"heads": 2, "mechanism": "linear"}), ("linear", {})),
    "mixed by a mean": patches(("token_pooling", {"pool": "mean"}), ("linear", {})),
    "all normalized together": patches(("layer_norm", {"axes": 2}), ("relu", {})),
}


@pytest.mark.parametrize("net", TOKENS.values(), ids=TOKENS)
def test_a_token_sees_its_patch_until_tokens_are_mixed(net: Network) -> None:
    assert network.problems(net) == []
    fields = receptive_fields(net)
    assert fields.keys() == network.shapes(net).keys()
    assert (fields["n1"].size, fields["n1"].patches, fields["n1"].is_whole) == ((6, 6), (3, 3), False)
    assert_tokens_see_what_they_say(net, 12)


def test_behind_a_class_token_patches_see_what_they_saw_and_attention_shows_it_everything() -> None:
    net = patches(("class_token", {}), ("learned_positions", {}), ("transformer_encoder", {"heads": 2}),
                  ("token_pooling", {"pool": "class"}), ("linear", {}))
    fields = receptive_fields(net)
    assert not any(fields[name].is_whole for name in ("n2", "n3", "n4.attention.query"))
    assert all(fields[name].is_whole for name in ("n4.attention.weights", "n4", "n6"))
    assert_tokens_see_what_they_say(net, 12, leading=1)


def test_of_tokens_that_mask_or_choice_tells_apart_nothing_is_said() -> None:
    masked = receptive_fields(patches(("transformer_encoder", {"heads": 2, "mask": "causal"}), ("linear", {})))
    assert "n2.attention.scores" in masked and not {"n2.attention.mask", "n2", "n3"} & masked.keys()
    for chosen in (("token_pooling", {"pool": "class"}), ("gru", {}), ("permute", {}), ("reshape", {"shape": [36, 2]})):
        assert "n2" not in receptive_fields(patches(chosen)), chosen
    known = receptive_fields(patches(("layer_norm", {"axes": 2}), ("token_pooling", {"pool": "last"})))
    assert known["n3"].is_whole


def test_the_patches_of_vit_see_one_patch_each() -> None:
    fields = receptive_fields(zoo.get("vit_digits"))
    assert {fields[name].size for name in ("patches", "class_token", "positions")} == {(7, 7)}
    assert fields["block1"].is_whole and fields["head"].is_whole
