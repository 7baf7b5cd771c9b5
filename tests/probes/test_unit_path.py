"""A unit's path: its windows are those of the arithmetic and of a Jacobian, its values the model's own."""

from __future__ import annotations

from math import ceil, floor

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from explorer import network, zoo
from explorer.document import Edge, Network, Node, chain
from explorer.formatting import format_number
from explorer.hooks import UnknownNode
from explorer.network.receptive_field import receptive_fields
from explorer.probes import PROBES, NotApplicable, Subject, compute_probe, run
from explorer.probes.reading_windows import windows_of
from explorer.recipe import Chosen
from explorer.spec import BadValue
from tests.probes.test_probe_registry import NETWORKS, batch_of


def built(name: str, seed: int = 1) -> nn.Module:
    return network.build(zoo.get(name), seed=seed)


def picture(*shape: int) -> torch.Tensor:
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(0))


def input_window(model: nn.Module, batch: torch.Tensor, node: str, unit: tuple[int, ...]) -> tuple[int, ...]:
    """(top, left, bottom, right) by a Jacobian: the box of the pixels whose derivative is not zero."""
    def value(x: torch.Tensor) -> torch.Tensor:
        kept = {}
        handle = model.get_submodule(node).register_forward_hook(lambda _m, _i, out: kept.update(out=out))
        model.eval()(x)
        handle.remove()
        return kept["out"][(0, *unit)]

    rows, columns = torch.autograd.functional.jacobian(value, batch)[0].abs().sum(0).nonzero().T
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


@pytest.mark.parametrize("name", NETWORKS)
def test_windows_are_the_theoretical_receptive_fields_within_the_picture(name):
    net = NETWORKS[name].network
    model, batch, fields = network.build(net, seed=2), batch_of(NETWORKS[name]), receptive_fields(net)
    shapes = network.analyze(net).shapes
    places = [address for address, field in fields.items() if len(shapes[address]) == 3 and not field.patches
              and not isinstance(model.get_submodule(address), nn.AdaptiveAvgPool2d)]  # of parts that differ in size
    for address in places[:: max(1, len(places) // 6)]:
        shape, field = shapes[address], fields[address]
        unit = (shape[0] // 2, shape[1] // 2, shape[2] - 1)
        height, width = shapes[field.image][1:]
        top, left, bottom, right = field.box(*unit[1:])
        expected = (max(0, ceil(top)), max(0, ceil(left)), min(height, floor(bottom)), min(width, floor(right)))
        start, stop = windows_of(model, batch, address, unit)[field.image]
        assert (*start[1:], *stop[1:]) == expected, address


def test_windows_equal_a_jacobian_where_nothing_is_cut_off():
    model, batch = built("lenet"), picture(1, 28, 28)  # sigmoids and mean pooling: no derivative is zero
    for node, unit in [("conv1", (3, 0, 27)), ("pool1", (0, 5, 5)), ("conv2", (7, 3, 9)), ("pool2", (2, 0, 1))]:
        start, stop = windows_of(model, batch, node, unit)["input"]
        assert (*start[1:], *stop[1:]) == input_window(model, batch, node, unit)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_the_last_token_of_a_long_text_depends_on_all_of_it(kind):
    model = nn.Sequential(kind(3, 4, batch_first=True))
    start, stop = windows_of(model, torch.rand(1, 200, 3), "0", (199, 2))["input"]
    assert (start, stop) == ((0, 0), (200, 3))


def test_a_character_depends_on_what_a_jacobian_of_small_weights_finds():
    model = built("char_rnn")
    start, stop = windows_of(model, torch.arange(32)[None] % 7, "rnn1", (31, 5))["one_hot1"]
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(0.1)
    model.rnn1.double()
    vectors = torch.rand(1, 32, stop[1], dtype=torch.float64)
    found = torch.autograd.functional.jacobian(lambda x: model.rnn1(x)[0][0, 31, 5], vectors)[0].abs().sum(1)
    assert start[0] == int(found.nonzero().min()) == 0 and stop[0] == 32


def test_thirty_layers_that_saturate_have_the_window_of_all_of_them():
    model = nn.Sequential(*(layer for _ in range(30) for layer in (nn.Conv2d(1, 1, 3, padding=1), nn.Tanh())))
    start, stop = windows_of(model, picture(1, 70, 70), "59", (0, 35, 35))["input"]
    assert (start, stop) == ((0, 5, 5), (1, 66, 66))


class Sorting(nn.Module):
    """A module of one's own with a function of all values between two modules."""

    def __init__(self, function) -> None:
        super().__init__()
        self.first, self.function, self.last = nn.Conv2d(1, 2, 3), function, nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.function(self.first(x)))


@pytest.mark.parametrize("function", [
    lambda x: x.flatten(2).max(2)[0], lambda x: torch.max(x.flatten(2), dim=2).values,
    lambda x: x.flatten(2).min(2).values, lambda x: x.flatten(2).sort(2, descending=True)[0][..., 0],
    lambda x: x.flatten(2).topk(3, 2)[0][..., 1], lambda x: torch.topk(x.flatten(2), k=1, dim=2).values[..., 0],
    lambda x: torch.clamp_min(x - 5, 0).mean((2, 3)), lambda x: x.amin((2, 3)),
    lambda x: torch.maximum(x, torch.full_like(x, 9)).mean((2, 3)),
])
def test_functions_that_choose_among_values_read_all_of_them(function):
    start, stop = windows_of(Sorting(function), picture(1, 8, 8), "last", (0,))["input"]
    assert (start, stop) == ((0, 0, 0), (1, 8, 8))


def test_what_is_before_a_step_belongs_to_the_path():
    model, batch = built("perceptron"), batch_of(NETWORKS["perceptron"])
    path = run("unit_path", model, batch, node="step1", unit=(0,))
    assert [stage.node for stage in path.stages] == ["input", "linear1", "step1"]
    assert path.stages[0].is_whole and path.value == run("feature_maps", model, batch, node="step1").values.item()


class Marks(nn.Module):
    """True where a value is above zero."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x > 0


def test_a_node_of_true_and_false_is_a_path_of_one_stage():
    path = run("unit_path", nn.Sequential(nn.Conv2d(1, 2, 3), Marks()), picture(1, 6, 6), node="1", unit=(1, 2, 3))
    assert path.value in (0, 1) and [stage.node for stage in path.stages] == ["1"]


class Named(nn.Module):
    """A row under a name."""

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"row": x * 2}


class First(nn.Module):
    """The row that was named."""

    def forward(self, x: dict[str, torch.Tensor]) -> torch.Tensor:
        return x["row"]


def test_a_node_that_names_its_output_is_on_the_path():
    path = run("unit_path", nn.Sequential(nn.Linear(2, 2), Named(), First()), torch.ones(1, 2), node="2", unit=(1,))
    assert [stage.node for stage in path.stages] == ["input", "0", "1", "2"]


def test_windows_are_found_once_for_all_weights_and_inputs_and_no_further_than_the_unit():
    recipe, called = NETWORKS["lenet_relu"], []
    for seed in (1, 2):
        model = network.build(recipe.network, seed=seed)
        model.conv2.register_forward_hook(lambda *_: called.append("conv2"))
        model.linear1.register_forward_hook(lambda *_: called.append("linear1"))
        subject = Subject(model, picture(1, 28, 28) * seed, recipe)
        compute_probe(PROBES.get("unit_path"), subject, {"node": "conv2", "unit": (3, 7, 7)})
    assert called == ["conv2"] * 3  # the values twice, the windows once


def test_a_unit_that_is_cut_off_has_its_windows_too():
    model, batch = built("lenet_relu"), picture(1, 28, 28)
    values = run("feature_maps", model, batch, node="relu1").values
    unit = tuple(int(at) for at in np.argwhere(values == 0)[100])
    path = run("unit_path", model, batch, node="relu1", unit=unit)
    assert path.value == 0
    assert [stage.node for stage in path.stages] == ["input", "conv1", "relu1"]
    y, x = unit[1:]
    assert path.stages[0].start == (0, max(0, y - 2), max(0, x - 2))
    assert path.stages[0].stop == (1, min(28, y + 3), min(28, x + 3))


def test_values_and_maps_of_a_path_are_the_models_own():
    model, batch = built("lenet_relu"), picture(1, 28, 28)
    path = run("unit_path", model, batch, node="conv2", unit=(3, 4, 5))
    maps = {grid.title: grid.values for grid in run("feature_maps", model, batch)}
    assert path.value == maps["conv2"][3, 4, 5]
    assert [stage.node for stage in path.stages] == ["input", "conv1", "relu1", "pool1", "conv2"]
    for stage in path.stages:
        assert stage.every == (1, 1)
        assert np.array_equal(stage.maps[0], maps[stage.node][stage.shown[0]])
    pool = path.stages[3]
    assert (pool.start, pool.stop) == ((0, 4, 5), (6, 9, 10))  # 5×5 of every channel
    assert np.array_equal(path.patch, batch[0, :, 6:20, 8:22].numpy())
    assert path.stages[-1].start == (3, 4, 5)
    assert str(path.sentence) == (f"Unit (3, 4, 5) of conv2 is {format_number(path.value)}; it depends on 14×14 pixels "
                                  "of the input, from row 6 and column 8 on.")


def test_the_map_that_is_drawn_contributes_most():
    model, batch = built("lenet"), picture(1, 28, 28)
    stage = run("unit_path", model, batch, node="conv2", unit=(3, 4, 5)).stages[3]
    before = run("feature_maps", model, batch, node="pool1").values[:, 4:9, 5:10]
    products = np.abs(model.conv2.weight[3].detach().numpy() * before).sum((1, 2))
    assert stage.node == "pool1" and stage.shown == (int(products.argmax()),)


def test_the_theoretical_field_is_given_with_its_padding():
    subject = Subject(built("lenet_relu"), picture(1, 28, 28), NETWORKS["lenet_relu"])
    (path,) = compute_probe(PROBES.get("unit_path"), subject, {"node": "conv1", "unit": (0, 0, 0)})
    assert path.field == (-2, -2, 3, 3)
    assert path.stages[0].stop == (1, 3, 3)
    assert path.stages[-1].block == "Conv2d"


def branched() -> nn.Module:
    """Two branches of different width that are joined: the second one's channels begin at 3."""
    nodes = (Node("input", "input", {"shape": [2, 6, 6]}),
             Node("wide", "conv2d", {"out_channels": 3, "kernel_size": 5, "padding": 2}),
             Node("narrow", "conv2d", {"out_channels": 2, "kernel_size": 1}),
             Node("joined", "concat", {}), Node("sum", "conv2d", {"out_channels": 1, "kernel_size": 1}))
    wires = [("input", "wide", 0), ("input", "narrow", 0), ("wide", "joined", 0), ("narrow", "joined", 1),
             ("joined", "sum", 0)]
    edges = tuple(Edge(source, target, 0, port) for source, target, port in wires)
    return network.build(Network("Branched", nodes, edges, ("sum",)), seed=2)


def test_a_branch_that_a_unit_does_not_depend_on_is_left_out():
    path = run("unit_path", branched(), picture(2, 6, 6), node="joined", unit=(4, 2, 2))
    assert [stage.node for stage in path.stages] == ["input", "narrow", "joined"]
    assert path.stages[1].start == (1, 2, 2) and not path.stages[1].branches
    assert path.patch.shape == (2, 1, 1)


def test_the_way_goes_through_the_branch_that_contributes_most_and_the_other_is_named():
    model, batch = branched(), picture(2, 6, 6)
    with torch.no_grad():
        model.sum.weight[:, 3:] *= 100
    path = run("unit_path", model, batch, node="sum", unit=(0, 2, 2))
    assert [stage.node for stage in path.stages] == ["input", "narrow", "joined", "sum"]
    assert path.stages[1].branches == ("wide",)
    assert path.patch.shape == (2, 5, 5)  # the window is that of both


def test_a_unit_deep_inside_googlenet_is_followed_across_the_borders_of_blocks():
    model = built("googlenet")
    path = run("unit_path", model, picture(1, 96, 96), node="inception2.b2_conv2", unit=(5, 6, 6))
    names = [stage.node for stage in path.stages]
    assert names[:3] == ["input", "conv1", "relu1"]
    assert names[-3:] == ["inception2.b2_conv1", "inception2.b2_relu1", "inception2.b2_conv2"]
    assert not any(name.endswith(".input") for name in names)
    joined = path.stages[names.index("inception1.concat") - 1]
    assert len(joined.branches) == 3 and all(name.startswith("inception1.") for name in joined.branches)


def test_a_character_depends_on_those_before_it():
    subject = Subject(built("char_rnn"), torch.arange(32)[None] % 7, NETWORKS["char_rnn"], tuple("abcdefghijklmnop"))
    (path,) = compute_probe(PROBES.get("unit_path"), subject, {"node": "linear1", "unit": (17, 3)})
    assert [stage.node for stage in path.stages] == ["input", "one_hot1", "rnn1", "linear1"]
    assert (path.stages[0].start, path.stages[0].stop) == ((0,), (18,))
    assert path.stages[0].labels[:3] == ("a", "b", "c")
    assert (path.stages[2].start, path.stages[2].stop) == ((17, 0), (18, 32))
    assert path.patch.size == 0
    assert "positions 0 to 17 of the input" in str(path.sentence)


def test_a_token_is_a_path_of_one_stage():
    path = run("unit_path", built("char_rnn"), torch.arange(32)[None] % 7, node="input", unit=(9,))
    assert path.value == 2 and len(path.stages) == 1


def test_features_have_their_names():
    recipe = NETWORKS["playground"]
    subject = Subject(network.build(recipe.network, seed=1), batch_of(recipe), recipe, ("a", "b"))
    (path,) = compute_probe(PROBES.get("unit_path"), subject, {"node": list(dict(subject.model.named_children()))[-1]})
    assert path.stages[0].labels == ("x1", "x2")


class Functional(nn.Module):
    """A module of one's own: functions instead of modules, one module called twice, in place."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(4, 2, 3, dilation=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.second(F.max_pool2d(self.relu(self.first(x)), 2)))


def test_a_module_of_ones_own_is_followed_by_its_calls():
    model, batch = Functional(), picture(1, 20, 20)
    path = run("unit_path", model, batch, node="second", unit=(1, 2, 3))
    assert [stage.node for stage in path.stages] == ["input", "first", "relu (1)", "second"]
    assert path.stages[-1].block == "Conv2d" and path.stages[2].block == "ReLU"
    assert path.value == model.second(F.max_pool2d(model.first(batch).relu(), 2))[0, 1, 2, 3].item()
    # second: rows 2..6 of the pooled map, so 4..13 of the first map, so 4..15 of the picture
    assert (path.stages[0].start, path.stages[0].stop) == ((0, 4, 6), (1, 16, 18))


@pytest.mark.parametrize(("unit", "words"), [
    ((3, 99, 0), r"conv2 has no unit \(3, 99, 0\): its output is 16×10×10. The nearest one is \(3, 9, 0\)."),
    ((40,), r"conv2 has no unit 40: .* The nearest one is 15\."),
    ((1, 2, 3, 4), r"The nearest one is \(1, 2, 3\)."),
])
def test_a_unit_out_of_range_is_refused_with_the_nearest_one(unit, words):
    with pytest.raises(BadValue, match=words):
        run("unit_path", built("lenet_relu"), picture(1, 28, 28), node="conv2", unit=unit)


def test_no_unit_is_the_one_of_largest_magnitude_and_a_map_its_strongest_place():
    model, batch = built("lenet_relu"), picture(1, 28, 28)
    values = run("feature_maps", model, batch, node="conv2").values
    assert np.abs(values).max() == -values.min()
    assert run("unit_path", model, batch, node="conv2").value == values.min()
    assert abs(run("unit_path", model, batch, node="conv2", unit=(3,)).value) == np.abs(values[3]).max()


def test_of_two_inputs_one_has_to_be_chosen():
    subject = Subject(built("lenet_relu"), picture(1, 28, 28), against=picture(1, 28, 28))
    with pytest.raises(NotApplicable, match="choose A or B"):
        compute_probe(PROBES.get("unit_path"), subject, {"node": "conv2"})


def test_a_convolution_along_one_axis_has_channels_and_so_has_what_passes_its_values_on():
    net = chain("Line", ("input", "input", {"shape": [1, 9]}), ("conv1", "conv1d", {"out_channels": 3}),
                ("relu1", "relu", {}))
    path = run("unit_path", network.build(net, seed=1), torch.rand(1, 1, 9), node="relu1", unit=(2, 5))
    assert [stage.axes for stage in path.stages[1:]] == [("channel", "position")] * 2


def test_an_unknown_node_and_one_that_is_not_called_are_named():
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].unused = nn.Linear(2, 2)
    with pytest.raises(UnknownNode, match="nowhere"):
        run("unit_path", model, torch.zeros(1, 2), node="nowhere")
    with pytest.raises(NotApplicable, match=r"0\.unused has no output"):
        run("unit_path", model, torch.zeros(1, 2), node="0.unused")


def test_a_row_of_features_depends_on_all_before_a_linear_layer():
    net = chain("Row", ("input", "input", {"shape": [6]}), ("first", "linear", {"out_features": 4}),
                ("out", "linear", {"out_features": 3}))
    path = run("unit_path", network.build(net), torch.ones(1, 6), node="out", unit=(2,))
    assert [stage.is_whole for stage in path.stages] == [True, True, False]
    assert "depends on the whole input" in str(path.sentence)


def test_what_was_flattened_keeps_the_length_of_its_rows():
    net = chain("Row", ("input", "input", {"shape": [1, 28, 28]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 64}))
    path = run("unit_path", network.build(net, seed=1), picture(1, 28, 28), node="linear1", unit=(3,))
    assert [(stage.across, stage.every) for stage in path.stages[1:]] == [(28, (1, 1)), (0, (1, 1))]
    path = run("unit_path", built("lenet_relu"), picture(1, 28, 28), node="linear1", unit=(3,))
    assert next(stage.across for stage in path.stages if stage.shape == (400,)) == 25  # each map of 5×5 is a row
    recipe = NETWORKS["lenet_relu"].with_(data=Chosen("mnist"), network=chain(
        "Flat", ("input", "input", {"shape": [784]}), ("linear1", "linear", {"out_features": 10})))
    subject = Subject(network.build(recipe.network, seed=1), torch.rand(1, 784), recipe)
    (path,) = compute_probe(PROBES.get("unit_path"), subject, {"node": "linear1", "unit": (3,)})
    assert path.stages[0].across == 28


def test_what_is_thinned_keeps_no_rows():
    net = chain("Row", ("input", "input", {"shape": [1, 64, 64]}), ("flatten", "flatten", {}),
                ("linear1", "linear", {"out_features": 2}))
    path = run("unit_path", network.build(net, seed=1), picture(1, 64, 64), node="linear1", unit=(1,))
    assert (path.stages[1].across, path.stages[1].every) == (0, (1, 4))
