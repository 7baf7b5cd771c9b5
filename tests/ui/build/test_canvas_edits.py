"""What the canvas asks for is done to the draft, each request as it says and none that makes no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st

from explorer import network, zoo
from explorer.document import Network, Node, chain
from explorer.network.grouping import group
from explorer.recipe import Recipe
from explorer.ui.build.build import for_editing, with_revision
from explorer.ui.build.canvas_edits import handle
from explorer.ui.build.problems import find_problems
from explorer.ui.canvas.component.messages import Command, GraphDrawn, Selected
from explorer.ui.canvas.component.picture import CanvasPicture, DrawnEdge, DrawnNode
from explorer.ui.canvas.network_picture import describe_settings, make_picture
from explorer.ui.canvas.preview import Preview
from explorer.ui.session import draft, state
from explorer.ui.session.view import current_view


@pytest.fixture(autouse=True)
def session(monkeypatch, tmp_path):
    """A session without a browser."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(st, "session_state", {state.OWNER.key: "a" * 32})
    monkeypatch.setattr(st, "query_params", {})
    return st.session_state


def net() -> Network:
    return draft.current().recipe.network


def picture() -> CanvasPicture:
    """What the canvas is shown now."""
    recipe, view = draft.current().recipe, current_view()
    shown = make_picture(view, find_problems(view, recipe), Preview({}), recipe.network,
                         network.analyze(recipe.network))
    return with_revision(for_editing(shown, view), view)


def open_network(name_or_net: str | Network) -> CanvasPicture:
    draft.open_recipe(zoo.recipe(name_or_net) if isinstance(name_or_net, str) else Recipe(name_or_net))
    return picture()


def drawn(shown: CanvasPicture, **changes) -> GraphDrawn:
    return GraphDrawn(**{"revision": shown.revision, "nodes": shown.nodes, "edges": shown.edges, **changes})


def with_places(shown: CanvasPicture) -> tuple[DrawnNode, ...]:
    return tuple(DrawnNode(n.id, n.block, n.params, (10.0 * i, 5.0)) for i, n in enumerate(shown.nodes))


def test_a_drawing_takes_the_place_of_the_network_and_the_browser_keeps_its_own():
    shown = open_network("lenet")
    handle([drawn(shown, nodes=with_places(shown), selected=("conv1",))])
    assert net().node("conv2").at == (40.0, 5.0)
    assert net().node("conv2").params == zoo.get("lenet").node("conv2").params
    assert st.session_state[state.SELECTED.key] == ("conv1",)
    assert picture().revision == shown.revision  # nothing to be drawn anew
    handle([Command("undo", {})])
    assert net() == zoo.get("lenet")
    assert picture().revision == shown.revision + 1


def test_a_drawing_that_was_not_changed_makes_no_undo_step():
    shown = open_network("lenet")
    handle([drawn(shown)])
    assert not draft.can_undo()


def test_a_drawing_on_a_picture_that_is_gone_is_dropped():
    shown = open_network("lenet")
    handle([Command("ungroup", {"node": "conv1"})])
    handle([drawn(shown, revision=shown.revision - 1, nodes=())])
    assert net() == zoo.get("lenet")


def test_what_the_network_makes_of_a_drawing_is_sent_back_where_it_differs():
    shown = open_network(chain("N", ("input", "input", {"shape": [1, 8, 8]}), ("flatten", "flatten", {}),
                               ("norm", "batch_norm1d", {})))
    nodes, closing = tuple(n for n in shown.nodes if n.id != "flatten"), ("input", "norm", 0)
    handle([drawn(shown, nodes=nodes, edges=(DrawnEdge(*closing),), closing=(closing,))])
    assert net().edges == ()  # BatchNorm1d takes no map
    assert picture().revision == shown.revision + 1


def test_a_fix_is_asked_for_by_its_place_at_the_node():
    open_network(network.edit.remove(zoo.get("lenet"), "flatten"))
    (problem,) = picture().summaries["linear1"].problems
    assert (str(problem.fix.title), problem.is_hint) == ("Insert Flatten", False)
    handle([Command("fix", {"node": "linear1", "place": 0})])
    assert network.problems(net()) == []
    for wrong in ({"node": "linear1", "place": 7}, {"node": "ghost", "place": 0}, {"node": "conv1", "place": -1}):
        handle([Command("fix", wrong)])


def test_the_last_layer_is_set_to_the_datas_classes_by_a_hint():
    open_network(network.edit.set_param(zoo.get("lenet"), "linear3", "out_features", 7))
    (problem,) = picture().summaries["linear3"].problems
    assert problem.is_hint and "10 classes" in str(problem.message)
    handle([Command("fix", {"node": "linear3", "place": 0})])
    assert net().node("linear3").params["out_features"] == 10


def test_nodes_are_grouped_opened_edited_inside_and_taken_apart():
    open_network("lenet")
    handle([Command("group", {"nodes": ["conv2", "sigmoid2", "pool2"]})])
    (block,) = st.session_state[state.SELECTED.key]
    assert picture().summaries[block].kind.opens
    handle([Command("open", {"node": block})])
    inside = picture()
    assert [crumb.title for crumb in inside.crumbs] == ["LeNet", block]
    assert {node.id for node in inside.nodes} == {"input", "conv2", "sigmoid2", "pool2"}
    assert inside.summaries["conv2"].shape == "16×10×10"
    handle([drawn(inside, nodes=with_places(inside))])
    assert next(iter(net().definitions.values())).node("pool2").at == (30.0, 5.0)
    handle([Command("leave", {"depth": 0}), Command("ungroup", {"node": block})])
    assert set(net().by_id) == set(zoo.get("lenet").by_id)
    assert set(st.session_state[state.SELECTED.key]) == {"conv2", "sigmoid2", "pool2"}


def test_what_cannot_be_grouped_is_shown():
    open_network("lenet")
    handle([Command("group", {"nodes": ["conv1", "conv2"]})])
    assert "Select it, too" in str(st.session_state[state.NOTICE.key])
    assert net() == zoo.get("lenet")


def test_the_inside_of_a_ready_made_block_is_not_edited():
    open_network("googlenet")
    handle([Command("open", {"node": "inception1"})])
    inside = picture()
    assert not inside.editable and "ungroup" in inside.remark
    assert inside.summaries["concat"].shape == "256×12×12"
    handle([drawn(inside, nodes=())])
    assert net() == zoo.get("googlenet")
    handle([Command("open", {"node": "b1_conv"}), Command("leave", {"depth": 5}), Command("leave", {"depth": -1})])
    assert len(picture().crumbs) == 2
    handle([Command("leave", {"depth": 0})])
    assert st.session_state[state.SELECTED.key] == ("inception1",)


def test_undo_leads_out_of_a_block_that_is_no_more():
    open_network("lenet")
    handle([Command("group", {"nodes": ["conv2", "sigmoid2"]})])
    handle([Command("open", {"node": st.session_state[state.SELECTED.key][0]}), Command("undo", {})])
    assert len(picture().crumbs) == 1


def test_a_block_kept_in_my_blocks_is_there_for_another_network():
    grouped, block = group(zoo.get("lenet"), ["conv2", "sigmoid2"], "stage")
    open_network(grouped)
    handle([Command("keep", {"node": block})])
    shown = open_network("lenet_relu")
    new = DrawnNode("stage1", "composite", {"definition": "stage"}, (0.0, 0.0))
    handle([drawn(shown, nodes=(*shown.nodes, new), edges=(*shown.edges, DrawnEdge("pool1", "stage1", 0)))])
    assert network.shapes(net())["stage1"] == (16, 10, 10)
    assert net().definitions["stage"] == grouped.definitions["stage"]


def test_places_are_forgotten_when_it_is_tidied():
    shown = open_network("lenet")
    handle([drawn(shown, nodes=with_places(shown)), Command("tidy", {})])
    assert all(node.at is None for node in net().nodes)


def test_the_preview_is_asked_for_and_switched():
    open_network("lenet")
    assert handle([Command("preview", {})])
    assert not handle([Selected(("conv1",)), Command("show_preview", {"on": False})])
    assert picture().preview is False


def test_each_edge_keeps_the_output_it_takes_and_a_node_tells_the_shape_of_each():
    net_of_rows = chain("Rows", ("input", "input", {"shape": [28, 28]}), ("lstm1", "lstm", {"hidden_size": 24}),
                        ("linear1", "linear", {}))
    shown = open_network(net_of_rows)
    assert shown.summaries["lstm1"].kind.outputs == ("states", "last state", "last cell")
    assert (shown.summaries["lstm1"].shape, shown.summaries["lstm1"].shapes) == ("28×24", ("28×24", "24", "24"))
    edges = tuple(replace(edge, source_port=1) if edge.source == "lstm1" else edge for edge in shown.edges)
    handle([drawn(shown, edges=edges)])
    assert [(edge.source, edge.source_port) for edge in net().edges] == [("input", 0), ("lstm1", 1)]
    assert network.shapes(net())["linear1"] == (10,)
    assert picture().edges == edges and picture().revision == shown.revision
    handle([Command("undo", {})])
    assert net() == net_of_rows and picture().revision == shown.revision + 1


def test_sketches_follow_what_reaches_a_node_and_are_made_once():
    shown = open_network(chain("Tokens", ("input", "input", {"shape": [4, 8]}),
                               ("encoder", "transformer_encoder", {"heads": 2, "mask": "causal"})))
    sketch = shown.summaries["encoder"].sketch
    assert (sketch.cells[0], sketch.copies, sketch.row) == ((1, 0, 0, 0), 2, "query")
    words = "mask: each query attends to its own key and those before it; 2 heads"
    assert shown.summaries["encoder"].sketch_text == words
    assert picture().summaries["encoder"].sketch is sketch


def test_an_output_is_made_and_unmade():
    open_network("lenet")
    handle([Command("output", {"node": "conv2"}), Command("output", {"node": "ghost"})])
    assert net().outputs == ("linear3", "conv2")
    handle([Command("output", {"node": "linear3"})])
    assert net().outputs == ("conv2",)
    assert picture().summaries["conv2"].is_output


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_of_the_zoo_has_all_its_summaries(name):
    shown = open_network(zoo.get(name))
    analysis = network.analyze(zoo.get(name))
    problems = [*shown.problems, *(problem for summary in shown.summaries.values() for problem in summary.problems)]
    assert all(problem.is_hint for problem in problems)  # of the data of a new recipe, which may be other ones
    assert sum(summary.parameters for summary in shown.summaries.values()) == analysis.total_parameters
    assert all(summary.shape for summary in shown.summaries.values())
    if name in ("lenet", "alexnet", "vgg11", "nin", "googlenet", "resnet18"):
        assert all(summary.receptive_field for summary in shown.summaries.values())


@pytest.mark.parametrize(("block", "params", "words"), [
    ("linear", {"out_features": 1}, "1 feature"),
    ("patch_embedding", {"patch_size": 7}, "7×7 patches, 64 features"),
    ("vgg_block", {"out_channels": 64}, "2 convolutions, 64 channels"),
    ("conv_transpose2d", {"out_channels": 512, "kernel_size": 4, "stride": 1}, "512 channels · 4×4 · stride 1"),
    ("multi_head_attention", {"heads": 1, "mask": "none"}, "1 head, no mask"),
    ("attention_mask", {"kind": "causal"}, "causal mask"),
    ("softmax", {"dim": 3}, "over the last axis"),
])
def test_settings_are_shown_in_words(block, params, words):
    assert describe_settings(Node("x", block, params), (4, 17, 17)) == words
