"""The picture for data in a plane: columns of units, with an edge for each weight."""

from __future__ import annotations

import numpy as np
import pytest

from explorer import network, zoo
from explorer.document import Network, chain
from explorer.network.input_features import with_features
from explorer.results import ImageGrid, LayerWeights
from explorer.ui.canvas.component.packing import pack_picture
from explorer.ui.canvas.component.picture import Watched
from explorer.ui.canvas.unit_picture import Column, columns_of, make_unit_picture, reads_a_plane

PLAYGROUND = zoo.recipe("playground").network


def wide(units=40, *middle):
    return chain("Wide", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": units}),
                 ("relu1", "relu", {}), *middle, ("linear2", "linear", {"out_features": 1}))


def grid(address, units):
    return ImageGrid(address, np.zeros((units, 24, 24), np.float32), signed=True, axis="unit")


def layer(source, target, shape):
    return LayerWeights(source, target, f"{target}.weight", np.ones(shape), np.zeros(shape[0]))


def units_of(picture, address):
    return [node for node in picture.nodes if node.block == "unit" and node.params["address"] == address]


def test_the_document_alone_gives_the_features_each_layer_after_its_activation_and_the_output():
    assert columns_of(PLAYGROUND) == [Column("input", 2, 2, ("x1", "x2")), Column("tanh1", 4, 4), Column("tanh2", 2, 2),
                                      Column("linear3", 2, 2)]
    assert [column.address for column in columns_of(wide(4, ("drop1", "dropout", {})))] == ["input", "relu1", "linear2"]


def test_features_made_of_the_coordinates_are_the_first_column_under_their_names():
    net = with_features(PLAYGROUND, ("x1", "product"))
    assert (columns_of(net)[0].units, columns_of(net)[0].names) == (2, ("x₁", "x₁x₂"))
    picture = make_unit_picture(net, (grid(columns_of(net)[0].address, 2), grid("tanh1", 4)), ())
    assert [node.params["label"] for node in picture.nodes if node.params.get("is_named")] == ["x₁", "x₁x₂"]


def test_before_there_are_views_every_unit_and_every_weight_has_its_place():
    picture = make_unit_picture(PLAYGROUND, (), (), Watched("a"))
    assert len(picture.edges) == 2 * 4 + 4 * 2 + 2 * 2
    assert [node.params["label"] for node in units_of(picture, "input")] == ["x1", "x2"]
    assert [node.params["label"] for node in units_of(picture, "tanh2")] == ["unit 0", "unit 1"]
    places = [node.at for node in picture.nodes]
    assert len(set(places)) == len(places)
    assert not picture.editable
    packed, _shelves = pack_picture(picture, ())
    assert packed["live"] == {"run_id": "a", "takes_weights": False}


def test_views_decide_which_columns_there_are_and_what_lies_between_them():
    grids = (grid("input", 2), grid("relu1", 16), grid("linear2", 1))
    layers = (layer("input", "relu1", (16, 2)), layer("relu1", "linear2", (1, 16)))
    picture = make_unit_picture(wide(), grids, layers)
    assert [len(units_of(picture, one.title)) for one in grids] == [2, 16, 1]
    assert len(picture.edges) == 2 * 16 + 16
    heads = [node.params["label"] for node in picture.nodes if node.block == "column"]
    assert heads == ["input", "relu1, 16 of 40", "linear2"]
    assert len(make_unit_picture(wide(), grids, layers[:1]).edges) == 2 * 16


def test_a_column_lies_in_the_middle_of_the_tallest():
    picture = make_unit_picture(PLAYGROUND, (), ())
    middles = [np.mean([node.at[1] for node in units_of(picture, column.address)]) for column in columns_of(PLAYGROUND)]
    assert len(set(middles)) == 1
    lefts = [units_of(picture, column.address)[0].at[0] for column in columns_of(PLAYGROUND)]
    assert len(set(np.diff(lefts))) == 1


@pytest.mark.parametrize(("net", "expected"), [
    (PLAYGROUND, True), (wide(), True), (zoo.get("lenet"), False),
    (chain("Line", ("input", "input", {"shape": [1]}), ("linear1", "linear", {"out_features": 1})), False),
    (chain("Broken", ("linear1", "linear", {"out_features": 1})), False),
])
def test_a_plane_is_one_input_of_two_numbers(net, expected):
    assert reads_a_plane(net, network.analyze(net)) is expected


def test_a_network_that_cannot_be_built_has_a_picture_as_far_as_it_goes():
    net = chain("Broken", ("input", "input", {"shape": [2]}), ("linear1", "linear", {"out_features": 3}),
                ("conv1", "conv2d", {"out_channels": 3}))
    assert [column.address for column in columns_of(net)] == ["input", "linear1"]
    assert make_unit_picture(Network("Empty", (), (), ()), (), ()).nodes == ()
