"""An edit inside a block changes its definition wherever it is used, and what it moves is found under every use."""

from __future__ import annotations

import pytest
import torch

from explorer import network
from explorer.document import DropParam, Edge, Network, Node, RenameNode, SetParam, Within, chain
from explorer.network import edit
from explorer.network.addresses import translate_state
from explorer.network.definitions import MAX_NODES
from explorer.network.grouping import group, ungroup
from explorer.network.nesting import definition_at, rename_definition, self_contained, within

BODY = chain("body", ("input", "input", {}), ("a", "linear", {"out_features": 4}), ("b", "tanh", {}))


def own(node_id: str, definition: str, **params: float) -> tuple[str, str, dict[str, object]]:
    return node_id, "composite", {"definition": definition, **params}


def net_of(*steps: tuple[str, str, dict[str, object]], **definitions: Network) -> Network:
    return chain("Net", ("input", "input", {"shape": [4]}), *steps, definitions=definitions)


TWICE = net_of(own("x", "body"), own("y", "body", repeat=2), own("z", "outer"), body=BODY,
               outer=chain("outer", ("input", "input", {}), own("inner", "body"), ("s", "sigmoid", {})))


def assert_weights_follow(then: Network, now: Network) -> None:
    before, after = network.build(then, seed=3), network.build(now, seed=9)
    after.load_state_dict(translate_state(before.state_dict(), then, now))
    x = torch.randn(3, *network.shapes(then)["input"])
    torch.testing.assert_close(before(x), after(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("path", [("x",), ("y",), ("y", "r0"), ("y", "r1"), ("z", "inner")])
def test_a_name_changed_inside_is_changed_under_every_use(path: tuple[str, ...]) -> None:
    changed = within(TWICE, path, lambda definition: edit.rename(definition, "a", "first"))
    assert network.problems(changed) == []
    assert changed.moves == ({"x.a": "x.first", "y.r0.a": "y.r0.first", "y.r1.a": "y.r1.first",
                              "z.inner.a": "z.inner.first"},)
    assert changed.definitions["body"].moves == ()
    assert set(network.build(changed).state_dict()) == {
        f"{place}.first.{kind}" for place in ("x", "y.r0", "y.r1", "z.inner") for kind in ("weight", "bias")}
    assert_weights_follow(TWICE, changed)


def test_a_setting_changed_inside_moves_nothing() -> None:
    changed = within(TWICE, ("y", "r1"), lambda definition: edit.set_param(definition, "a", "bias", False))
    assert changed.moves == ()
    assert network.analyze(changed).total_parameters == 4 * 16
    assert within(TWICE, ("z",), lambda definition: edit.change_node(definition, "s", note="x")).definitions[
        "body"] is TWICE.definitions["body"]


def test_nodes_grouped_inside_a_block_take_their_weights_along_under_every_use() -> None:
    changed = within(TWICE, ("x",), lambda definition: group(definition, ["a", "b"], "pair")[0])
    assert network.problems(changed) == []
    assert "y.r1.pair1.a" in network.shapes(changed)
    assert_weights_follow(TWICE, changed)
    back = within(changed, ("y", "r0"), lambda definition: ungroup(definition, "pair1")[0])
    assert_weights_follow(TWICE, back)
    assert_weights_follow(changed, back)


def test_a_block_repeated_inside_a_block_keeps_the_weights_of_its_first_copy() -> None:
    changed = within(TWICE, ("z",), lambda definition: edit.set_param(definition, "inner", "repeat", 3))
    state = network.build(TWICE, seed=3).state_dict()
    moved = translate_state(state, TWICE, changed)
    assert torch.equal(moved["z.inner.r0.a.weight"], state["z.inner.a.weight"])
    again = within(changed, ("z",), lambda definition: edit.set_param(definition, "inner", "repeat", 1))
    assert_weights_follow(TWICE, again)


def test_a_block_inside_a_block_is_taken_apart_though_its_definition_stands_around_both() -> None:
    changed = within(TWICE, ("z",), lambda definition: ungroup(definition, "inner")[0])
    assert [node.id for node in changed.definitions["outer"].nodes] == ["input", "a", "b", "s"]
    assert changed.definitions["outer"].definitions == {}
    assert_weights_follow(TWICE, changed)


def test_a_ready_made_block_inside_a_block_opens_for_the_shape_that_reaches_it() -> None:
    stage = chain("stage", ("input", "input", {}), ("res", "residual", {}))
    net = chain("x", ("input", "input", {"shape": [3, 6, 6]}), own("x", "stage", repeat=2),
                definitions={"stage": stage})
    for path in (("x",), ("x", "r1")):
        changed = within(net, path, lambda definition: ungroup(definition, "res")[0])
        assert changed.definitions["stage"].node("conv1").params["out_channels"] == 3
        assert changed.definitions["stage"].node("input").params == {}
        assert_weights_follow(net, changed)


def test_a_definition_that_stands_within_another_is_changed_where_it_stands() -> None:
    inner = chain("inner", ("input", "input", {}), ("t", "tanh", {}))
    outer = chain("outer", ("input", "input", {}), own("i", "inner"), definitions={"inner": inner})
    net = net_of(own("o", "outer"), own("p", "inner"), outer=outer, inner=BODY)
    changed = within(net, ("o", "i"), lambda definition: edit.rename(definition, "t", "u"))
    assert changed.moves == ({"o.i.t": "o.i.u"},)
    assert changed.definitions["inner"] == BODY
    assert_weights_follow(net, changed)


def test_an_edit_within_is_applied_like_any_other() -> None:
    changed = edit.apply_edit(TWICE, Within(("z", "inner"), SetParam("a", "out_features", 4)))
    assert definition_at(changed, ("x",)).node("a").params == {"out_features": 4}
    renamed = edit.apply_edit(TWICE, Within(("z",), RenameNode("inner", "core")))
    assert renamed.moves == ({"z.inner": "z.core"},)
    assert_weights_follow(TWICE, renamed)


@pytest.mark.parametrize("path", [("input",), ("nowhere",), ("x", "a"), ("x", "nowhere"), ("y", "r0", "a")])
def test_a_path_that_leads_into_no_block_of_ones_own_raises(path: tuple[str, ...]) -> None:
    with pytest.raises(KeyError):
        within(TWICE, path, lambda definition: definition)


def test_a_ready_made_block_cannot_be_edited_inside() -> None:
    net = chain("x", ("input", "input", {"shape": [2, 4, 4]}), ("res", "residual", {}))
    with pytest.raises(KeyError):
        within(net, ("res",), lambda definition: definition)


def test_a_definition_called_something_else_is_found_wherever_it_is_used() -> None:
    renamed = rename_definition(TWICE, "body", "core")
    assert network.problems(renamed) == []
    assert set(renamed.definitions) == {"core", "outer"}
    assert network.shapes(renamed) == network.shapes(TWICE)
    assert set(network.build(renamed).state_dict()) == set(network.build(TWICE).state_dict())


def test_a_definition_taken_out_brings_along_what_it_is_made_of() -> None:
    alone = self_contained(TWICE, "outer")
    assert set(alone.definitions) == {"body"}
    net = net_of(own("z", "outer"), outer=alone)
    assert network.problems(net) == []


def test_a_block_with_two_uses_in_two_branches_is_moved_in_both() -> None:
    net = Network("x", (Node("input", "input", {"shape": [4]}), Node("l", "composite", {"definition": "body"}),
                        Node("r", "composite", {"definition": "body"}), Node("s", "add")),
                  (Edge("input", "l"), Edge("input", "r"), Edge("l", "s"), Edge("r", "s", 0, 1)), ("s",),
                  {"body": BODY})
    changed = within(net, ("r",), lambda definition: edit.rename(definition, "a", "c"))
    assert changed.moves == ({"l.a": "l.c", "r.a": "r.c"},)
    assert_weights_follow(net, changed)


def test_a_definition_taken_out_brings_along_what_its_own_definitions_are_made_of() -> None:
    held = chain("held", ("input", "input", {}), own("h", "body"))
    outer = chain("outer", ("input", "input", {}), own("i", "held"), definitions={"held": held})
    alone = self_contained(net_of(own("o", "outer"), outer=outer, body=BODY), "outer")
    assert set(alone.definitions) == {"held", "body"}
    assert network.problems(net_of(own("z", "outer"), outer=alone)) == []


def test_a_name_that_a_definition_of_its_own_hides_is_not_renamed_and_one_that_it_sees_is_at_any_depth() -> None:
    hiding = chain("hiding", ("input", "input", {}), own("h", "body"),
                   definitions={"body": chain("body", ("input", "input", {}), ("t", "tanh", {}))})
    held = chain("held", ("input", "input", {}), own("h", "body"))
    seeing = chain("seeing", ("input", "input", {}), own("i", "held"), definitions={"held": held})
    net = net_of(own("a", "hiding"), own("b", "seeing"), own("c", "body"), hiding=hiding, seeing=seeing, body=BODY)
    renamed = rename_definition(net, "body", "core")
    assert network.problems(renamed) == []
    assert renamed.definitions["hiding"] is hiding
    assert network.shapes(renamed) == network.shapes(net)
    assert_weights_follow(net, renamed)


@pytest.mark.parametrize("repeat", [3.0, 3])
def test_copies_counted_by_a_fraction_are_found_like_others(repeat: float) -> None:
    net = net_of(own("x", "body", repeat=repeat), body=BODY)
    assert network.build(net).get_submodule("x.r2.a").weight.shape == (4, 4)
    changed = within(net, ("x", "r1"), lambda definition: edit.rename(definition, "a", "first"))
    assert changed.moves == ({f"x.r{i}.a": f"x.r{i}.first" for i in range(3)},)
    assert_weights_follow(net, changed)
    assert edit.set_param(net, "x", "repeat", 1.0).moves[-1]["x.r0.a"] == "x.a"


def test_a_repeat_that_takes_its_default_again_is_remembered() -> None:
    net = net_of(own("x", "body"), body=BODY)
    twice = edit.set_param(net, "x", "repeat", 2)
    for wrong in (twice, edit.set_param(twice, "x", "repeat", 2.5), edit.set_param(twice, "x", "repeat", True)):
        once = edit.apply_edit(wrong, DropParam("x", "repeat"))
        state = network.build(twice, seed=3).state_dict()
        assert torch.equal(translate_state(state, twice, once)["x.a.weight"], state["x.r0.a.weight"])
        assert_weights_follow(net, once)


def test_an_edit_inside_a_block_that_contains_itself_is_made_once() -> None:
    loop = chain("loop", ("input", "input", {}), own("again", "loop"), ("t", "tanh", {}))
    changed = within(net_of(own("x", "loop"), loop=loop), ("x",), lambda d: edit.rename(d, "t", "u"))
    assert [node.id for node in changed.definitions["loop"].nodes] == ["input", "again", "u"]
    assert changed.moves[0]["x.t"] == "x.u"


def test_an_edit_inside_a_block_of_millions_remembers_no_more_moves_than_there_can_be_nodes() -> None:
    outer = chain("outer", ("input", "input", {}), own("y", "body", repeat=100_000))
    net = net_of(own("x", "outer", repeat=100_000), own("z", "body"), outer=outer, body=BODY)
    changed = within(net, ("x", "r0", "y", "r0"), lambda definition: edit.rename(definition, "a", "first"))
    assert len(changed.moves[0]) == MAX_NODES
    assert changed.definitions["body"].by_id.keys() == {"input", "first", "b"}
