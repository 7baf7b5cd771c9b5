"""Each hidden unit over the plane: its own formula at every point, and only those that are hidden."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import digits_recipe, plane_network, plane_recipe

from explorer.document import chain
from explorer.network import build
from explorer.training.analysis.live_view import FILE_NAME, MOST_UNITS, read_live_view, read_unit_maps
from explorer.training.analysis.unit_maps import MOST_LAYERS, SIDE, unit_maps

X, Y = np.linspace(-2, 2, 60), np.linspace(-1, 3, 60)


def layers(*middle):
    net = chain("Net", ("input", "input", {"shape": [2]}), *middle, ("out", "linear", {"out_features": 2}))
    return [grid.title for grid in unit_maps(build(net), X, Y)]


def test_a_map_is_the_units_formula_over_the_plane_with_the_upper_end_on_top():
    model = build(plane_network(), seed=3).eval()
    (grid,) = unit_maps(model, X, Y)
    name, maps = grid.title, grid.values
    assert name == "tanh1" and maps.shape == (8, SIDE, SIDE) and maps.dtype == np.float16
    weight, bias = (p.detach().numpy() for p in model.get_submodule("linear1").parameters())
    for row, column in ((0, 0), (0, SIDE - 1), (SIDE - 1, 0), (7, 11)):
        x, y = -2 + 4 * column / (SIDE - 1), 3 - 4 * row / (SIDE - 1)
        assert maps[:, row, column] == pytest.approx(np.tanh(weight @ [x, y] + bias), abs=2e-3)


def test_a_layer_is_shown_after_its_activation_and_the_output_is_not_hidden():
    linear = ("linear1", "linear", {"out_features": 4})
    assert layers(linear, ("tanh1", "tanh", {})) == ["tanh1"]
    assert layers(linear) == ["linear1"]
    assert layers(linear, ("relu1", "relu", {}), ("drop1", "dropout", {})) == ["relu1"]  # dropout rests
    assert layers(linear, ("norm1", "batch_norm1d", {}), ("relu1", "relu", {})) == ["relu1"]
    assert layers() == []


def test_of_large_networks_the_first_layers_and_units_are_shown():
    many = [(f"linear{i}", "linear", {"out_features": MOST_UNITS + 4}) for i in range(MOST_LAYERS + 2)]
    net = chain("Deep", ("input", "input", {"shape": [2]}), *many, ("out", "linear", {"out_features": 2}))
    maps = unit_maps(build(net), X, Y)
    assert [grid.title for grid in maps] == [f"linear{i}" for i in range(MOST_LAYERS)]
    assert {grid.values.shape for grid in maps} == {(MOST_UNITS, SIDE, SIDE)}


def test_a_run_leaves_its_maps_in_the_live_file_and_it_stays_small(trained):
    middle = [(f"{kind}_{i}", kind, params) for i in range(10)
              for kind, params in (("linear", {"out_features": 20}), ("tanh", {}))]
    run, _ = trained(plane_recipe(*middle, epochs=1))
    grids = read_unit_maps(run.folder)
    assert [grid.title for grid in grids] == ["tanh1", *(f"tanh_{i}" for i in range(5))]
    assert all(grid.signed and grid.values.dtype == np.float32 for grid in grids)
    assert grids[1].values.shape == (MOST_UNITS, SIDE, SIDE) and np.abs(grids[1].values).max() <= 1
    assert (run.folder / FILE_NAME).stat().st_size < 200_000
    assert read_live_view(run.folder) is not None


def test_other_data_have_no_maps(trained):
    run, _ = trained(digits_recipe(epochs=1))
    assert read_unit_maps(run.folder) == ()
    (run.folder / FILE_NAME).write_bytes(b"damaged")
    assert read_unit_maps(run.folder) == ()
