"""A comparison says what was done to a network, all of it and nothing else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import zoo
from explorer.blocks import BLOCKS
from explorer.document import Edge, Network, Node, chain
from explorer.network import edit, grouping
from explorer.network.compare import Change, Difference, compare, draw_together

MLP = chain("Net", ("input", "input", {"shape": [4]}), ("linear1", "linear", {"out_features": 8}),
            ("relu1", "relu", {}), ("linear2", "linear", {"out_features": 2}))
NETS = st.sampled_from([MLP, *(zoo.get(name) for name in zoo.names())])


def moved_to(net: Network, **new_ids: str) -> Network:
    """The network with nodes renamed, and its moves saying so."""
    renamed = net
    for old, new in new_ids.items():
        renamed = edit.rename(renamed, old, new)
    return renamed.with_(moves=(*net.moves, new_ids))


@st.composite
def edited(draw: st.DrawFn, net: Network) -> Network:
    """The network after up to six random edits."""
    for _ in range(draw(st.integers(0, 6))):
        ids = [node.id for node in net.nodes]
        if not ids:
            break
        node, other = draw(st.sampled_from(ids)), draw(st.sampled_from(ids))
        kind = draw(st.integers(0, 9))
        if kind == 0:
            net = edit.remove(net, node)
        elif kind == 1:
            net, _new = edit.insert_after(net, node, draw(st.sampled_from(BLOCKS.names())))
        elif kind == 2:
            net = edit.connect(net, node, other, draw(st.integers(0, 2)))
        elif kind == 3:
            net = edit.set_param(net, node, draw(st.sampled_from(["out_features", "p", "x"])), draw(st.integers(0, 3)))
        elif kind == 4:
            name = draw(st.sampled_from("xyz"))
            net = net if name in net.by_id else edit.rename(net, node, name)
        elif kind == 5:
            net = edit.disconnect(net, node, 0)
        elif kind == 6:
            net = net.with_(outputs=(*net.outputs, node))
        elif kind in (7, 8):
            with suppress(grouping.CannotGroup):
                net, _new = grouping.group(net, {node, other}, "mine") if kind == 7 else grouping.ungroup(net, node)
        else:
            net = net.with_(edges=(*net.edges, Edge(node, "ghost")))
    return net


@st.composite
def two_states(draw: st.DrawFn) -> tuple[Network, Network]:
    """Two networks that come from the same one, each by edits of its own."""
    net = draw(NETS)
    return draw(edited(net)), draw(edited(net))


@settings(max_examples=150, deadline=None)
@given(two_states())
def test_any_network_equals_itself(both):
    for net in both:
        assert compare(net, net) == Difference()
        assert compare(net, net).is_empty


@settings(max_examples=200, deadline=None)
@given(two_states())
def test_what_is_added_one_way_is_removed_the_other_way(both):
    before, after = both
    there, back = compare(before, after), compare(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.edges_added, there.edges_removed) == (back.edges_removed, back.edges_added)
    assert {new: old for old, new in there.renamed.items()} == back.renamed
    assert there.outputs_changed == back.outputs_changed
    old = {new: old for old, new in there.renamed.items()}
    turned = {old.get(name, name): {c.name: (c.after, c.before) for c in changes}
              for name, changes in there.changed.items()}
    assert turned == {name: {c.name: (c.before, c.after) for c in changes} for name, changes in back.changed.items()}


@settings(max_examples=150, deadline=None)
@given(two_states())
def test_the_drawing_of_both_holds_every_node_and_edge_once(both):
    before, after = both
    together, difference, shadows = draw_together(before, after)
    assert len(together.by_id) == len(together.nodes) == len(after.nodes) + len(difference.removed)
    assert tuple(shadows) == difference.removed
    assert together.nodes[:len(after.nodes)] == after.nodes
    assert not set(shadows.values()) & set(after.by_id)
    assert len(together.edges) == len(after.edges) + len(difference.edges_removed)
    assert {end for edge in together.edges for end in (edge.source, edge.target)} <= {*together.by_id, "ghost"}


def test_another_setting_is_shown_with_both_values():
    found = compare(MLP, edit.set_param(MLP, "linear1", "out_features", 16))
    assert found == Difference(changed={"linear1": (Change("out_features", 8, 16),)})


def test_a_setting_left_out_is_the_default():
    assert compare(MLP, edit.set_param(MLP, "linear1", "bias", True)).is_empty
    found = compare(edit.set_param(MLP, "linear1", "bias", False), MLP)
    assert found.changed == {"linear1": (Change("bias", False, True),)}


def test_a_setting_of_an_unknown_block_has_no_default():
    before, after = Network(nodes=(Node("a", "novel"),)), Network(nodes=(Node("a", "novel", {"x": 1}),))
    assert compare(before, after).changed == {"a": (Change("x", None, 1),)}


def test_a_list_and_a_tuple_of_the_same_sizes_are_the_same():
    before, after = (Network(nodes=(Node("a", "conv2d", {"kernel_size": size}),)) for size in ([3, 5], (3, 5)))
    assert compare(before, after).is_empty


def test_another_block_init_or_note_is_shown():
    node = MLP.node("relu1")
    other = replace(node, block="gelu", init="zeros", note="smooth", extra={"mood": 1})
    found = compare(MLP, MLP.with_(nodes=tuple(other if n is node else n for n in MLP.nodes)))
    assert found == Difference(changed={"relu1": (
        Change("block", "relu", "gelu"), Change("init", "", "zeros"), Change("note", "", "smooth"),
        Change("mood", None, 1))})


def test_a_rename_that_the_moves_remember_is_a_rename():
    assert compare(MLP, moved_to(MLP, linear1="stem")) == Difference(renamed={"linear1": "stem"})


def test_a_rename_nobody_remembers_is_another_node():
    renamed = edit.rename(MLP, "linear1", "stem").with_(moves=())
    found = compare(MLP, renamed)
    assert (found.added, found.removed, found.renamed) == (("stem",), ("linear1",), {})


def test_two_nodes_that_change_their_names_are_both_renamed():
    swapped = edit.rename(edit.rename(edit.rename(MLP, "linear1", "x"), "linear2", "linear1"), "x", "linear2")
    found = compare(MLP, swapped.with_(moves=({"linear1": "linear2", "linear2": "linear1"},)))
    assert found == Difference(renamed={"linear1": "linear2", "linear2": "linear1"})


def test_a_node_that_took_the_name_of_a_removed_one_is_not_taken_for_it():
    after = moved_to(edit.remove(MLP, "linear1"), linear2="linear1")
    found = compare(MLP, after)
    assert (found.removed, found.renamed, found.added) == (("linear1",), {"linear2": "linear1"}, ())


def test_an_undone_rename_is_no_difference_but_the_other_way_round():
    renamed = moved_to(MLP, linear1="stem")
    assert compare(renamed, MLP).renamed == {"stem": "linear1"}
    assert compare(renamed, moved_to(MLP, linear1="head")).renamed == {"stem": "head"}


def test_an_inserted_node_is_shown_with_its_edges():
    after, new = edit.insert_after(MLP, "relu1", "dropout")
    assert compare(MLP, after) == Difference(
        added=(new,), edges_added=(Edge(new, "linear2"), Edge("relu1", new)), edges_removed=(Edge("relu1", "linear2"),))


def test_a_removed_node_is_shown_with_its_edges():
    found = compare(MLP, edit.remove(MLP, "relu1"))
    assert found == Difference(
        removed=("relu1",), edges_added=(Edge("linear1", "linear2"),),
        edges_removed=(Edge("linear1", "relu1"), Edge("relu1", "linear2")))


def test_another_connection_is_shown():
    found = compare(MLP, edit.connect(MLP, "input", "linear2"))
    assert found == Difference(edges_added=(Edge("input", "linear2"),), edges_removed=(Edge("relu1", "linear2"),))


def test_another_output_is_shown_and_a_renamed_one_is_the_same():
    assert compare(MLP, MLP.with_(outputs=("relu1",))) == Difference(outputs_changed=True)
    assert not compare(MLP, moved_to(MLP, linear2="head")).outputs_changed


def test_a_place_on_the_canvas_is_no_difference_in_meaning():
    after = MLP.with_(nodes=tuple(replace(node, at=(10.0, 20.0)) if node.id == "relu1" else node for node in MLP.nodes))
    assert compare(MLP, after) == Difference(moved=("relu1",))
    assert compare(MLP, after).is_empty


INSIDE = chain("Inside", ("input", "input", {}), ("linear1", "linear", {"out_features": 8}), ("relu1", "relu", {}))
GROUPED = Network(
    "Net", (MLP.node("input"), Node("block1", "composite", {"definition": "mine"}), MLP.node("linear2")),
    (Edge("input", "block1"), Edge("block1", "linear2")), ("linear2",), {"mine": INSIDE},
    ({"linear1": "block1.linear1", "relu1": "block1.relu1"},))


def test_grouping_is_shown_as_a_new_block_that_holds_the_old_nodes():
    assert compare(MLP, GROUPED) == Difference(
        added=("block1",), renamed={"linear1": "block1.linear1", "relu1": "block1.relu1"},
        definitions_changed=("mine",))


def test_a_setting_changed_inside_a_new_group_is_shown():
    wider = GROUPED.with_(definitions={"mine": edit.set_param(INSIDE, "linear1", "out_features", 9)})
    assert compare(MLP, wider).changed == {"block1.linear1": (Change("out_features", 8, 9),)}
    found = compare(GROUPED, wider)
    assert found == Difference(definitions_changed=("mine",))


def test_repeating_a_block_keeps_the_block():
    repeated = edit.set_param(GROUPED, "block1", "repeat", 2)
    repeated = repeated.with_(moves=(*GROUPED.moves, {"block1": "block1.r0"}))
    assert compare(GROUPED, repeated) == Difference(changed={"block1": (Change("repeat", 1, 2),)})
    assert compare(MLP, repeated).renamed == {"linear1": "block1.r0.linear1", "relu1": "block1.r0.relu1"}


def test_grouping_and_ungrouping_by_hand_are_shown_as_such():
    skip = edit.insert_after(MLP, "relu1", "add")[0]
    skip = skip.with_(edges=(*skip.edges, Edge("linear1", "add1", 0, 1)))
    grouped, block = grouping.group(skip, {"relu1", "add1"}, "mine")
    found = compare(skip, grouped)
    assert (found.added, found.removed, found.edges_added, found.edges_removed) == ((block,), (), (), ())
    assert found.renamed == {"relu1": f"{block}.relu1", "add1": f"{block}.add1"}
    assert not found.changed and not found.outputs_changed
    opened, _ids = grouping.ungroup(grouped, block)
    assert compare(skip, opened) == Difference(definitions_changed=("mine",))  # the block itself is still there
    assert compare(grouped, opened).removed == (block,)


def test_a_place_inside_a_definition_is_no_difference():
    placed = INSIDE.with_(nodes=tuple(replace(node, at=(1.0, 2.0)) for node in INSIDE.nodes))
    assert compare(GROUPED, GROUPED.with_(definitions={"mine": placed})).is_empty


def test_the_drawing_of_both_gives_a_removed_node_a_free_name():
    after = moved_to(edit.remove(MLP, "linear1"), linear2="linear1")
    together, difference, shadows = draw_together(MLP, after)
    assert difference.removed == ("linear1",)
    assert shadows == {"linear1": "linear2"}
    assert together.node("linear2").params == {"out_features": 8}
    assert Edge("input", "linear2") in together.edges  # as it was
    assert Edge("input", "relu1") in together.edges  # as it is


@pytest.mark.parametrize("name", [*zoo.names()])
def test_every_network_of_the_zoo_equals_itself_after_a_round_trip(name):
    net = zoo.get(name)
    assert compare(net, Network.from_dict(net.to_dict())) == Difference()
