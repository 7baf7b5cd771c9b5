"""Features of a point: which a network gets, and edits of the choice."""

from __future__ import annotations

from explorer import network, zoo
from explorer.blocks.plane_features import FEATURES
from explorer.network.input_features import features_of, with_features

NET = zoo.get("playground")


def test_other_features_come_from_a_block_after_the_input_and_the_next_layer_grows() -> None:
    changed = with_features(NET, FEATURES)
    assert features_of(changed) == tuple(FEATURES)
    (block,) = (node.id for node in changed.nodes if node.block == "plane_features")
    assert [edge.source for edge in changed.edges_into(block)] == ["input"]
    assert network.shapes(changed)[block] == (7,) and network.problems(changed) == []


def test_another_choice_changes_the_block_that_is_there() -> None:
    changed = with_features(with_features(NET, ("x1", "product")), ("sin_x1",))
    assert features_of(changed) == ("sin_x1",)
    assert sum(node.block == "plane_features" for node in changed.nodes) == 1


def test_the_coordinates_alone_need_no_block() -> None:
    assert with_features(with_features(NET, ("product",)), ("x2", "x1")) == NET
    assert with_features(NET, ("x1", "x2")) is NET


def test_no_feature_at_all_is_a_problem_with_a_fix() -> None:
    empty = with_features(NET, ())
    (problem,) = network.problems(empty)
    assert problem.fix and features_of(network.apply(empty, problem.fix)) == ("x1", "x2")
