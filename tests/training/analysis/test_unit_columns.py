"""Each unit over the plane: its own formula at every point; the weights between columns; each node for one image."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from small_runs import digits_recipe, plane_network, plane_recipe
from torch import nn

from explorer import data
from explorer.document import Edge, Network, Node, chain
from explorer.network import build
from explorer.training.analysis.live_view import FILE_NAME, MOST_UNITS, read_live_view, read_network_picture
from explorer.training.analysis.live_writer import LiveViewWriter
from explorer.training.analysis.node_maps import MOST_CHANNELS, SIDE_PX, node_maps
from explorer.training.analysis.unit_columns import MOST_HIDDEN, THINNED, UnitColumns
from explorer.training.loop.loop import Trainer
from explorer.training.loop.parts import load_parts
from explorer.training.records.checkpoints import frame_steps, load_frame

X, Y = np.linspace(-2, 2, 60), np.linspace(-1, 3, 60)


def columns(*middle) -> list[str]:
    net = chain("Net", ("input", "input", {"shape": [2]}), *middle, ("out", "linear", {"out_features": 2}))
    return [column.address for column in UnitColumns(build(net), X, Y).columns]


SIDE = 30  # every other of 60 points


def plane_points() -> np.ndarray:
    """(point, 2): row by row from the plane's upper end."""
    return np.array([[x, y] for y in Y[::THINNED][::-1] for x in X[::THINNED]])


def test_a_map_is_the_units_formula_over_the_plane_with_the_upper_end_on_top():
    model = build(plane_network(), seed=3).eval()
    inputs, hidden, output = UnitColumns(model, X, Y).maps(model)
    points = plane_points()
    assert (inputs.title, hidden.title) == ("input", "tanh1")
    assert pytest.approx(points, abs=2e-3) == inputs.values.reshape(2, -1).T
    assert hidden.values.shape == (8, SIDE, SIDE) and hidden.values.dtype == np.float16
    (w1, b1), (w2, b2) = ((p.detach().numpy() for p in layer.parameters()) for layer in model.children()
                          if isinstance(layer, nn.Linear))
    by_hand = np.tanh(points @ w1.T + b1)
    assert pytest.approx(by_hand, abs=2e-3) == hidden.values.reshape(8, -1).T
    assert pytest.approx(by_hand @ w2.T + b2, abs=5e-3) == output.values.reshape(len(b2), -1).T


def test_the_weights_are_those_between_two_columns_by_the_name_of_their_parameter():
    model = build(plane_network(), seed=3)
    first, second = UnitColumns(model, X, Y).weights(model)
    assert (first.source, first.target, first.parameter) == ("input", "tanh1", "linear1.weight")
    assert (second.source, second.target) == ("tanh1", "linear2")
    for found in (first, second):
        assert np.array_equal(found.weight, model.state_dict()[found.parameter].numpy())
        assert np.array_equal(found.bias, model.state_dict()[found.parameter.replace("weight", "bias")].numpy())


def test_a_column_is_a_layer_after_its_activation():
    linear = ("linear1", "linear", {"out_features": 4})
    assert columns(linear, ("tanh1", "tanh", {})) == ["input", "tanh1", "out"]
    assert columns(linear) == ["input", "linear1", "out"]
    assert columns(linear, ("relu1", "relu", {}), ("rest1", "dropout", {})) == ["input", "relu1", "out"]
    assert columns(linear, ("norm1", "batch_norm1d", {}), ("relu1", "relu", {})) == ["input", "relu1", "out"]
    assert columns() == ["input", "out"]


def test_a_network_of_zeros_has_the_columns_of_any_other():
    net = chain("Net", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 4}),
                ("relu1", "relu", {}), ("out", "linear", {"out_features": 2}))
    model = build(net)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    found = UnitColumns(model, X, Y)
    assert [column.address for column in found.columns] == ["input", "relu1", "out"]
    assert all(not parameter.any() for parameter in model.parameters())
    assert not found.maps(model)[1].values.any()


def test_a_layer_behind_a_merge_is_joined_to_the_column_that_it_reads():
    net = Network("Skip", [Node("input", "input", {"shape": [2]}), Node("linear1", "linear", {"out_features": 2}),
                           Node("add1", "add", {}), Node("linear2", "linear", {"out_features": 2})],
                  [Edge("input", "linear1"), Edge("input", "add1"), Edge("linear1", "add1", target_port=1),
                   Edge("add1", "linear2")], ["linear2"])
    model = build(net)
    found = UnitColumns(model, X, Y)
    assert [(c.address, c.source) for c in found.columns] == [("input", None), ("add1", "input"), ("linear2", "add1")]
    assert [layer.target for layer in found.weights(model)] == ["add1", "linear2"]


def test_of_large_networks_the_first_layers_and_units_are_shown_and_the_last_layer():
    many = [(f"linear{i}", "linear", {"out_features": MOST_UNITS + 4}) for i in range(MOST_HIDDEN + 2)]
    model = build(chain("Deep", ("input", "input", {"shape": [2]}), *many, ("out", "linear", {"out_features": 2})))
    found = UnitColumns(model, X, Y)
    maps = found.maps(model)
    assert [grid.title for grid in maps] == ["input", *(f"linear{i}" for i in range(MOST_HIDDEN)), "out"]
    assert {grid.values.shape[0] for grid in maps[1:-1]} == {MOST_UNITS}
    assert [layer.target for layer in found.weights(model)] == [f"linear{i}" for i in range(MOST_HIDDEN)]
    assert found.weights(model)[1].weight.shape == (MOST_UNITS, MOST_UNITS)


def test_a_run_leaves_its_picture_in_the_live_file_and_it_stays_small(trained):
    middle = [(f"{kind}_{i}", kind, params) for i in range(10)
              for kind, params in (("linear", {"out_features": 20}), ("tanh", {}))]
    run, _ = trained(plane_recipe(*middle, epochs=1))
    grids, weights = read_network_picture(run.folder)
    assert [grid.title for grid in grids] == ["input", "tanh1", *(f"tanh_{i}" for i in range(5)), "linear2"]
    assert all(grid.signed and grid.values.dtype == np.float32 for grid in grids)
    assert grids[2].values.shape == (MOST_UNITS, SIDE, SIDE) and np.abs(grids[2].values).max() <= 1
    final = load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1])
    for layer in weights:
        rows, columns_ = layer.weight.shape
        assert np.array_equal(layer.weight, final[layer.parameter][:rows, :columns_].numpy())
    assert (run.folder / FILE_NAME).stat().st_size < 250_000
    assert read_live_view(run.folder) is not None


def test_data_that_are_neither_a_plane_nor_images_have_no_picture(trained):
    recipe = plane_recipe(epochs=1)
    run, _ = trained(recipe)
    (run.folder / FILE_NAME).write_bytes(b"damaged")
    assert read_network_picture(run.folder) == ((), ())


def test_each_node_is_mapped_for_the_chosen_image(tmp_path):
    recipe = digits_recipe(epochs=1)
    parts = load_parts(recipe)
    trainer = Trainer(recipe, parts)
    writer = LiveViewWriter(tmp_path, data.get(recipe.data.name, recipe.data.params), parts)
    shown = []
    for sample in (0, 5, 10**9):
        writer.sample = sample
        writer.write(trainer, at_rest=True)
        grids, weights = read_network_picture(tmp_path)
        assert weights == ()
        shown.append({grid.title: grid.values for grid in grids})
    signed = {grid.title: grid.signed for grid in grids}
    assert not signed["input"] and signed[recipe.network.outputs[0]]
    assert all(grid.signed or grid.values.min() >= 0 for grid in grids)
    last = len(parts.validation) - 1
    for maps, place in zip(shown, (0, 5, last), strict=True):
        image = parts.validation.inputs[place].float() / 255
        assert maps["input"][0] == pytest.approx(image[0].numpy(), abs=1e-3)
        with torch.no_grad():
            logits = trainer.model.eval()(image[None])
        assert maps[recipe.network.outputs[0]][0, 0] == pytest.approx(logits[0].numpy(), rel=2e-3, abs=2e-3)


def test_large_maps_and_many_channels_are_thinned():
    conv = nn.Sequential(nn.Conv2d(3, 40, 1), nn.Flatten())
    first, second = node_maps(conv, torch.rand(1, 3, 70, 40))
    assert first.values.shape == (MOST_CHANNELS, 24, 20) and max(first.values.shape) <= SIDE_PX
    assert second.values.shape == (1, 1, SIDE_PX)


def test_a_run_that_has_ended_leaves_no_thread_behind(trained):
    before = set(threading.enumerate())
    trained(plane_recipe(epochs=1))
    assert set(threading.enumerate()) <= before
