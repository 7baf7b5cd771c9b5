"""Build: every button changes the document as it says, and the totals follow."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer import network, zoo
from explorer.blocks import BLOCKS
from explorer.document import Edge, Network, chain
from explorer.network.edit import set_param
from explorer.recipe import Recipe
from explorer.ui.build import build, drawer
from explorer.ui.canvas import preview
from explorer.ui.session import state
from explorer.ui.widgets.components import Pick


@pytest.fixture
def lenet(open_app) -> AppTest:
    return open_app("build", zoo.recipe("lenet"))


def net_of(at: AppTest) -> Network:
    return at.session_state[state.DRAFT.key].recipe.network


def totals(at: AppTest) -> str:
    return next(element.value for element in at.markdown if "multiply-adds ·" in element.value)


def add(at: AppTest, block: str) -> AppTest:
    at.selectbox(key="added_block").set_value(block).run()
    return at.button(key="add").click().run()


def select(at: AppTest, node: str) -> AppTest:
    return at.button(key=f"select/{node}").click().run()


def field(at: AppTest, label: str):
    return next(widget for widget in [*at.number_input, *at.text_input, *at.checkbox, *at.selectbox]
                if widget.label.startswith(label))


def wires(net: Network) -> set[tuple]:
    return {(edge.source, edge.target, edge.target_port) for edge in net.edges}


def order(at: AppTest) -> list[str]:
    return list(network.analyze(net_of(at)).order)


def test_the_totals_of_lenet_are_those_of_the_course(lenet):
    assert "61,706 parameters" in totals(lenet)
    assert "✓ No problems" in totals(lenet)


def test_the_outline_says_every_shape(lenet):
    shown = [element.value for element in lenet.markdown]
    for shape in ("6×28×28", "6×14×14", "16×10×10", "16×5×5", "400", "120", "84", "10"):
        assert shape in shown


def test_an_edited_setting_changes_document_and_totals(lenet, sound):
    select(lenet, "linear1")
    sound(field(lenet, "Output features").set_value(60).run())
    assert net_of(lenet).node("linear1").params["out_features"] == 60
    assert f"{network.analyze(net_of(lenet)).total_parameters:,} parameters" in totals(lenet)
    assert "61,706" not in totals(lenet)


def test_undo_and_redo_lead_back_and_forth(lenet, sound):
    before = net_of(lenet)
    assert lenet.button(key="undo").disabled and lenet.button(key="redo").disabled
    select(lenet, "conv1")
    field(lenet, "Output channels").set_value(12).run()
    after = net_of(lenet)
    sound(lenet.button(key="undo").click().run())
    assert net_of(lenet) == before
    assert field(lenet, "Output channels").value == 6  # the form, too
    sound(lenet.button(key="redo").click().run())
    assert net_of(lenet) == after
    assert field(lenet, "Output channels").value == 12


def test_a_block_is_added_behind_the_selected_one(lenet, sound):
    select(lenet, "conv1")
    sound(add(lenet, "batch_norm2d"))
    assert order(lenet)[:3] == ["input", "conv1", "batch_norm1"]
    assert net_of(lenet).edges_into("sigmoid1")[0].source == "batch_norm1"
    assert "61,718 parameters" in totals(lenet)  # a scale and a shift for each of 6 channels


def test_any_block_can_be_added_anywhere_selected_and_removed_again(lenet, sound, subtests):
    before = net_of(lenet)
    for block in BLOCKS.names():
        if block == "composite":
            continue
        with subtests.test(block=block):
            select(lenet, "sigmoid1")
            sound(add(lenet, block))
            (new,) = set(net_of(lenet).by_id) - set(before.by_id)
            assert lenet.session_state[state.SELECTED.key] == (new,)
            assert net_of(lenet).node(new).block == block
            sound(lenet.button(key="remove").click().run())
            assert wires(net_of(lenet)) == wires(before)


def test_a_removed_block_is_bridged(lenet, sound):
    select(lenet, "sigmoid2")
    sound(lenet.button(key="remove").click().run())
    assert "sigmoid2" not in net_of(lenet).by_id
    assert net_of(lenet).edges_into("pool2")[0].source == "conv2"
    assert "61,706 parameters" in totals(lenet)


def test_a_block_moves_up_and_down(lenet, sound):
    before = net_of(lenet)
    select(lenet, "sigmoid1")
    sound(lenet.button(key="move_down").click().run())
    assert order(lenet)[1:4] == ["conv1", "pool1", "sigmoid1"]
    sound(lenet.button(key="move_up").click().run())
    assert order(lenet)[1:4] == ["conv1", "sigmoid1", "pool1"]
    assert wires(net_of(lenet)) == wires(before)


def test_the_ends_of_a_chain_do_not_move(lenet):
    select(lenet, "conv1")
    assert lenet.button(key="move_up").disabled
    select(lenet, "linear3")
    assert lenet.button(key="move_down").disabled


def test_a_fix_is_one_click(lenet, sound):
    select(lenet, "flatten")
    lenet.button(key="remove").click().run()
    assert "1 problem" in totals(lenet)
    assert any("Linear needs a flat input but gets 16×5×5" in element.value for element in lenet.markdown)
    (fix,) = [button for button in lenet.button if str(button.key).startswith("fix/")]
    sound(fix.click().run())
    assert "✓ No problems" in totals(lenet)
    assert "61,706 parameters" in totals(lenet)


def test_totals_of_a_network_with_problems_show_that_they_are_not_all(lenet):
    assert "so far" not in totals(lenet)
    select(lenet, "flatten")
    lenet.button(key="remove").click().run()
    assert "activations so far" in totals(lenet)
    header = next(element for element in lenet.markdown if "so far" in element.value)
    assert header.help.startswith("Nodes after a problem are not counted")


def test_the_side_panel_tells_the_problem_of_the_selected_node_and_fixes_it(lenet, sound):
    select(lenet, "flatten")
    lenet.button(key="remove").click().run()
    select(lenet, "linear1")
    fix = lenet.button(key="fix/panel/linear1/0")
    assert fix.label == "Insert Flatten"
    sound(fix.click().run())
    assert "✓ No problems" in totals(lenet)
    assert not [button for button in lenet.button if str(button.key).startswith("fix/")]


def test_a_kept_block_is_shown_as_a_success_and_deleted_on_the_page(lenet, sound):
    lenet.session_state[state.SELECTED.key] = ("conv2", "sigmoid2")
    lenet.run().button(key="group").click().run()
    sound(lenet.button(key="keep").click().run())
    assert [told.value for told in lenet.success] == ["block is now in My blocks and can be used in all your networks."]
    assert not lenet.warning
    lenet.session_state["drawer"] = "blocks"
    lenet.run()
    (delete,) = [button for button in lenet.button if str(button.key).startswith("delete_block/")]
    sound(delete.click().run())
    assert not [button for button in lenet.button if str(button.key).startswith("delete_block/")]
    assert "block" in net_of(lenet).definitions  # the network keeps what it is made of


def test_the_sample_of_the_preview_is_framed_in_its_strip(lenet, sound, monkeypatch):
    framed = []
    monkeypatch.setattr(drawer, "draw_map_grid", lambda rows, key, selected: framed.append(selected))
    lenet.session_state["drawer"] = "sample"
    lenet.session_state[state.PREVIEW_SAMPLE.key] = 15
    sound(lenet.run())
    assert framed == [Pick(row=0, map=3)]  # of the strip that begins at 12


def test_ports_go_by_the_names_they_have_on_the_canvas(open_app):
    net = chain("Sum", ("input", "input", {"shape": [4]}), ("a", "relu", {}), ("add1", "add", {}))
    net = network.edit.connect(network.edit.connect(net, "input", "add1", 1), "a", "add1", 2)
    at = select(open_app("build", Recipe(net)), "add1")
    inputs = [widget.label for widget in at.selectbox if widget.label.startswith("Input: ")]
    assert inputs == ["Input: first", "Input: second", "Input: 3", "Input: 4"]


def name_field(at: AppTest):
    return next(widget for widget in at.text_input if widget.label == "Name")


def test_a_node_is_renamed_and_a_bad_name_told(lenet, sound):
    select(lenet, "conv1")
    for wrong in ("", "1st", "type", "../x", "conv2", "x" * 80):
        sound(name_field(lenet).set_value(wrong).run())
        assert "conv1" in net_of(lenet).by_id
        assert any(":red[:material/error" in said.value for said in lenet.markdown), wrong
    sound(name_field(lenet).set_value("edges").run())
    assert "conv1" not in net_of(lenet).by_id
    assert net_of(lenet).edges_into("sigmoid1")[0].source == "edges"
    assert name_field(lenet).value == "edges"


def test_the_network_is_renamed_and_an_empty_name_is_untitled(lenet, sound):
    sound(field(lenet, "Name of the network").set_value("My <b>net</b> *1*").run())
    assert net_of(lenet).name == "My <b>net</b> *1*"
    sound(field(lenet, "Name of the network").set_value("  ").run())
    assert net_of(lenet).name == "Untitled"


def test_a_network_is_built_from_nothing(open_app, sound):
    at = open_app("build")
    start = next(button for button in at.button if button.label == "Start from scratch")
    sound(start.click().run())
    for block in ("input", "flatten", "linear"):
        sound(add(at, block))
    assert order(at) == ["input", "flatten1", "linear1"]
    assert "7,850 parameters" in totals(at)
    assert "✓ No problems" in totals(at)


def test_one_of_several_outputs_is_chosen_in_the_outline_and_in_the_side_panel(open_app, sound):
    net = chain("Rows", ("input", "input", {"shape": [28, 28]}), ("lstm1", "lstm", {}))
    at = select(open_app("build", Recipe(net)), "lstm1")
    at.selectbox(key="added_behind/lstm1").set_value(1).run()
    sound(add(at, "linear"))
    assert net_of(at).edges_into("linear1") == (Edge("lstm1", "linear1", 1),)
    assert net_of(at).outputs == ("linear1",)
    source = field(at, "Input from")
    assert source.value == "lstm1 · last state"
    assert source.options == ["input", "lstm1 · states", "lstm1 · last state", "lstm1 · last cell"]
    sound(source.set_value("lstm1 · last cell").run())
    assert net_of(at).edges_into("linear1") == (Edge("lstm1", "linear1", 2),)


def test_an_input_is_wired_by_hand_and_no_cycle_is_offered(open_app, sound):
    net = chain("C", ("input", "input", {"shape": [4]}), ("a", "linear", {"out_features": 4}), ("b", "relu", {}),
                ("c", "linear", {"out_features": 4}))
    at = select(open_app("build", Recipe(net)), "b")
    assert field(at, "Input from").options == ["input", "a"]
    sound(field(at, "Input from").set_value("input").run())
    assert net_of(at).edges_into("b")[0].source == "input"
    select(at, "a")
    add(at, "add")
    sound(at)


def test_a_text_runs_through_a_network_that_knows_its_characters(open_app, sound, monkeypatch):
    made = []
    monkeypatch.setattr(build, "make_preview", lambda *args: made.append(preview.make_preview(*args)) or made[-1])
    at = open_app("build", zoo.recipe("char_rnn"))
    at.session_state[drawer.DRAWER] = "sample"
    sound(at.run())
    assert made[-1].remark is None and "linear1" in made[-1].thumbnails
    small = set_param(zoo.get("char_rnn"), "one_hot1", "classes", 20)
    sound(open_app("build", zoo.recipe("char_rnn").with_(network=small)))
    assert "No sample of Alice in Wonderland fits this input" in str(made[-1].remark)
