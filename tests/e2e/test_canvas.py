"""The network canvas under a real mouse and a real keyboard; what it sends stands below it as text."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS, wait_until_idle

SCRIPT = Path(__file__).parent / "harness" / "canvas.py"
pytestmark = pytest.mark.e2e
VIEWPORT = ".react-flow__viewport"


@pytest.fixture
def show(serve, open_tab):
    """`show("lenet")` -> the harness page with that network on its canvas; errors it logs fail the test."""
    said = []

    def visit(name: str, query: str = "", width: int = 1440) -> Page:
        page = open_tab(width, 900)
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{serve(SCRIPT)}/?show={name}{query}")
        page.wait_for_selector(".start button" if name == "empty" else ".react-flow__node .card")
        return page

    yield visit
    assert not said, said


def node(page: Page, node_id: str) -> Locator:
    return page.get_by_test_id(f"node-{node_id}")


def told(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.locator('[data-testid="stCode"] code').inner_text())


def until(page: Page, holds: Callable[[], Any]) -> Any:
    """What `holds` answers as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not (answer := holds()):
        assert time.monotonic() < deadline, told(page)[-3:]
        page.wait_for_timeout(50)
    return answer


def drawings(page: Page) -> list[dict[str, Any]]:
    return [message for message in told(page) if message["kind"] == "GraphDrawn"]


def drawn(page: Page, count: int = 1) -> dict[str, Any]:
    """The last graph that was sent, once there are `count` of them."""
    return until(page, lambda: len(drawings(page)) >= count and drawings(page)[-1])


def ids(graph: dict[str, Any]) -> list[str]:
    return [one["id"] for one in graph["nodes"]]


def wires(graph: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(edge["source"], edge["target"], edge["port"]) for edge in graph["edges"]}


def center(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], steps: int = 6) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=steps)
    page.mouse.up()


def grip(page: Page, node_id: str) -> tuple[float, float]:
    """A point of a card to drag it by."""
    box = node(page, node_id).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + 12


def handle(page: Page, node_id: str, name: str) -> tuple[float, float]:
    return center(node(page, node_id).locator(f'.react-flow__handle[data-handleid="{name}"]'))


def ground(page: Page, right: float, down: float) -> tuple[float, float]:
    """A point of the canvas, as shares of its width and height."""
    box = page.locator(".stage").bounding_box()
    return box["x"] + right * box["width"], box["y"] + down * box["height"]


def focus(page: Page, *keys: str) -> None:
    page.locator(".stage").focus()
    for key in keys:
        page.keyboard.press(key)


def command(page: Page, name: str) -> dict[str, Any]:
    return until(page, lambda: next((m for m in told(page) if m.get("name") == name), None))["arguments"]


# ---- what is shown


def test_lenet_is_readable_without_zooming(show):
    page = show("lenet", "&height=644", width=1200)
    box = page.locator(".stage").bounding_box()
    assert (box["width"], box["height"]) == (pytest.approx(840, abs=12), pytest.approx(600, abs=6))
    cards = [card.bounding_box() for card in page.locator(".card").all()]
    assert len(cards) == 13
    assert min(card["width"] for card in cards) >= 0.8 * 190
    inside = [box["x"] <= c["x"] and c["x"] + c["width"] <= box["x"] + box["width"]
              and box["y"] <= c["y"] and c["y"] + c["height"] <= box["y"] + box["height"] for c in cards]
    assert all(inside)
    assert len({round(card["x"]) for card in cards}) in (4, 5)
    assert len({round(card["y"]) for card in cards}) in (3, 4)


def test_a_network_too_long_to_be_read_at_once_begins_at_its_input_large_enough(show):
    page = show("wide")
    stage, first = page.locator(".stage").bounding_box(), page.locator(".card").first.bounding_box()
    assert first["width"] >= 0.79 * 190
    assert 0 <= first["x"] - stage["x"] < 60 and 0 <= first["y"] - stage["y"] < 60
    page.get_by_test_id("tool-fit").click()
    until(page, lambda: page.locator(".card").first.bounding_box()["width"] < 0.79 * 190)


def test_a_card_tells_the_facts_as_python_writes_them(show):
    page = show("lenet")
    conv = node(page, "conv1")
    expect(conv.locator(".numbers dd")).to_have_text(["156 params", "0.12 M MACs", "18.8 kB", "sees 5×5"])
    expect(node(page, "linear1").locator(".numbers")).to_contain_text("sees everything")
    expect(node(page, "linear3").locator(".marks")).to_contain_text("output")
    expect(page.get_by_test_id("shape-conv1>relu1:0")).to_have_text("6×28×28")
    assert conv.get_attribute("aria-label") == "conv1, Conv2d, output 6×28×28"


def test_cards_are_tinted_by_their_share(show):
    page = show("lenet")
    page.get_by_test_id("tint").select_option("parameters")
    expect(node(page, "linear1").locator(".share")).to_have_text("78 %")
    expect(node(page, "relu1").locator(".share")).to_have_text("0 %")
    most, none = (node(page, name).evaluate("card => getComputedStyle(card).backgroundColor")
                  for name in ("linear1", "relu1"))
    assert most != none


def test_a_problem_stands_below_its_card_with_a_button_that_fixes_it(show):
    page = show("invalid")
    assert node(page, "linear1").get_attribute("aria-label") == "linear1, Linear, 1 problem"
    expect(page.locator(".wire.unknown").first).to_be_attached()
    page.get_by_role("button", name="Insert Flatten").click()
    assert command(page, "fix") == {"node": "linear1", "place": 0}
    expect(node(page, "flatten1")).to_be_visible()
    expect(page.locator(".problems")).to_have_count(0)


def test_a_problem_at_the_right_edge_stands_within_the_canvas_from_far_away(show):
    page = show("wide")
    page.get_by_test_id("tool-fit").click()
    expect(page.locator(".react-flow.far")).to_be_visible()
    stage, words = page.locator(".stage").bounding_box(), page.locator(".card .problems").bounding_box()
    assert stage["x"] <= words["x"] and words["x"] + words["width"] <= stage["x"] + stage["width"]


def test_versions_are_compared_in_words_and_cannot_be_edited(show):
    page = show("compare")
    expect(node(page, "conv1a").locator(".change")).to_contain_text("changed: 16 → 32 channels")
    mark = node(page, "conv1a").locator(".change .mark")
    mark.hover()
    assert mark.evaluate("mark => getComputedStyle(mark, '::after').content") == '"changed: 16 → 32 channels"'
    expect(node(page, "relu1").locator(".change")).to_contain_text("removed")
    expect(node(page, "norm2").locator(".change")).to_contain_text("added")
    expect(page.locator(".remark")).to_have_text("Two versions compared")
    expect(page.locator(".palette")).to_have_count(0)
    node(page, "relu1").click()
    focus(page, "Delete", "Control+d")
    page.get_by_role("button", name="Rerun").click()
    page.wait_for_timeout(300)
    assert not drawings(page)


def test_hostile_names_are_text_and_do_not_break_the_layout(show):
    page = show("hostile")
    assert page.locator(".layerscope-canvas img[src='x']").count() == 0
    box, stage = node(page, "relu1").bounding_box(), page.locator(".stage").bounding_box()
    assert box["width"] <= 190.5
    assert page.locator(".problems").first.bounding_box()["width"] <= 231
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert page.locator(".stage").bounding_box() == stage


def test_nothing_is_asked_of_another_host(show):
    page = show("empty")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector(".layerscope-canvas .stage")
    here = re.match(r"https?://[^/]+", page.url)[0]
    assert [url for url in asked if not url.startswith((here, "blob:", "data:"))] == []


# ---- edits with the mouse


def test_an_empty_canvas_starts_with_an_input(show):
    page = show("empty")
    page.get_by_role("button", name="Start with an input").click()
    assert ids(drawn(page)) == ["input"]
    expect(node(page, "input")).to_be_visible()


def test_a_block_dropped_on_empty_ground_is_connected_from_the_only_open_end_and_put_in_line(show):
    page = show("pair")
    x, y = center(node(page, "relu1"))
    page.get_by_test_id("kind-conv2d").scroll_into_view_if_needed()
    drag(page, center(page.get_by_test_id("kind-conv2d")), (x - 30, y + 250))
    graph = drawn(page)
    assert ids(graph)[-1] == "conv1"
    assert ("relu1", "conv1", 0) in wires(graph)
    assert all(one["at"] is None for one in graph["nodes"])  # the canvas places every node until a person does
    assert center(node(page, "conv1"))[1] == pytest.approx(center(node(page, "relu1"))[1], abs=3)


def test_a_block_dropped_among_nodes_placed_by_hand_stays_where_it_was_dropped(show):
    page = show("placed")
    x, y = center(node(page, "relu3"))
    drag(page, center(page.get_by_test_id("kind-linear")), (x + 40, y + 220))
    assert ("relu3", "linear1", 0) in wires(drawn(page))
    assert center(node(page, "linear1")) == pytest.approx((x + 40, y + 220), abs=3)


def test_a_merge_that_is_dropped_takes_all_open_ends_and_another_block_none(show):
    page = show("fork")
    page.get_by_test_id("kind-add").scroll_into_view_if_needed()
    drag(page, center(page.get_by_test_id("kind-add")), ground(page, 0.7, 0.8))
    assert {("relu1", "add1", 0), ("relu2", "add1", 1)} <= wires(drawn(page))
    page = show("fork")
    drag(page, center(page.get_by_test_id("kind-conv2d")), ground(page, 0.7, 0.8))
    assert not [wire for wire in wires(drawn(page)) if wire[1] == "conv1"]


def test_a_click_puts_a_block_behind_the_selected_one_and_a_double_click_no_more(show):
    page = show("pair")
    node(page, "input").click()
    page.get_by_test_id("kind-conv2d").click()
    assert {("input", "conv1", 0), ("conv1", "relu1", 0)} <= wires(drawn(page))
    page.get_by_test_id("kind-flatten").dblclick()
    assert len(ids(drawn(page, 2))) == 4
    page.wait_for_timeout(200)
    assert len(drawings(page)) == 2


def test_a_block_dropped_on_an_edge_goes_in_between(show):
    page = show("lenet")
    edge = center(page.get_by_test_id("shape-conv1>relu1:0"))
    page.get_by_test_id("kind-max_pool2d").scroll_into_view_if_needed()
    page.mouse.move(*center(page.get_by_test_id("kind-max_pool2d")))
    page.mouse.down()
    page.mouse.move(edge[0] - 40, edge[1] + 80, steps=3)
    page.mouse.move(*edge, steps=4)
    expect(page.get_by_test_id("shape-conv1>relu1:0")).to_have_class(re.compile("aimed"))
    page.mouse.up()
    graph = drawn(page)
    assert {("conv1", "max_pool1", 0), ("max_pool1", "relu1", 0)} <= wires(graph)
    assert ("conv1", "relu1", 0) not in wires(graph)
    assert graph["selected"] == ["max_pool1"]
    assert all(one["at"] is None for one in graph["nodes"])  # the canvas still places everything


def test_a_drag_sends_every_place_once(show):
    page = show("lenet")
    before = grip(page, "linear3")
    drag(page, before, (before[0] + 150, before[1] + 20), steps=12)
    graph = drawn(page)
    assert all(one["at"] for one in graph["nodes"])
    assert graph["selected"] == ["linear3"]
    page.wait_for_timeout(200)
    assert len(told(page)) == 1
    assert grip(page, "linear3") == pytest.approx((before[0] + 150, before[1] + 20), abs=15)


def test_a_loose_card_dragged_onto_an_edge_goes_in_between(show):
    page = show("placed")
    drag(page, center(page.get_by_test_id("kind-input")), ground(page, 0.2, 0.85))
    page.get_by_test_id("kind-sigmoid").scroll_into_view_if_needed()
    drag(page, center(page.get_by_test_id("kind-sigmoid")), ground(page, 0.8, 0.85))
    loose = ids(drawn(page, 2))[-1]
    assert loose == "sigmoid1"
    assert not any("sigmoid1" in wire for wire in wires(drawn(page, 2)))
    wait_until_idle(page)  # what is told of the loose card has found its room
    drag(page, grip(page, "sigmoid1"), center(page.get_by_test_id("shape-relu1>relu2:0")), steps=10)
    graph = drawn(page, 3)
    assert {("relu1", "sigmoid1", 0), ("sigmoid1", "relu2", 0)} <= wires(graph)


def test_dragging_from_port_to_port_connects_and_replaces(show):
    page = show("placed")
    drag(page, handle(page, "input", "out0"), handle(page, "relu3", "in0"), steps=10)
    graph = drawn(page)
    assert ("input", "relu3", 0) in wires(graph)
    assert ("relu2", "relu3", 0) not in wires(graph)


def test_a_drop_on_a_card_takes_its_first_free_port(show):
    page = show("residual")
    drag(page, handle(page, "input", "out0"), grip(page, "add2"), steps=10)
    assert ("input", "add2", 2) in wires(drawn(page))
    expect(node(page, "add2").locator(".port-name")).to_have_text(["first", "second", "3", "4"])


def test_the_end_of_an_edge_can_be_moved(show):
    page = show("placed")
    node(page, "relu3").hover()
    x, y = handle(page, "relu3", "in0")
    drag(page, (x - 15, y), handle(page, "relu1", "in0"), steps=12)
    page.wait_for_timeout(200)
    assert not drawings(page)  # relu2 comes behind relu1: that would be a cycle
    expect(page.locator(".hint")).to_contain_text("cycle")
    drag(page, (x - 15, y), grip(page, "relu2"), steps=12)
    page.wait_for_timeout(200)
    assert not drawings(page)
    expect(page.locator(".hint")).to_contain_text("itself")


def test_deleting_a_card_closes_the_gap(show):
    page = show("lenet")
    node(page, "relu1").click()
    page.keyboard.press("Delete")  # the click has brought the focus along
    graph = drawn(page)
    assert "relu1" not in ids(graph)
    assert graph["closing"] == [["conv1", "pool1", 0]]
    assert ("conv1", "pool1", 0) in wires(graph)
    expect(page.get_by_test_id("shape-conv1>pool1:0")).to_have_text("6×28×28")


def test_deleting_an_edge_numbers_the_ports_without_gaps(show):
    page = show("inception")
    page.get_by_test_id("shape-branch1_1>concat:1").click(force=True)
    page.mouse.move(*ground(page, 0.01, 0.01))
    focus(page, "Backspace")
    into = {(source, port) for source, target, port in wires(drawn(page)) if target == "concat"}
    assert into == {("branch0_0", 0), ("branch2_1", 1), ("branch3_1", 2)}


def test_several_are_selected_by_a_box_and_by_ctrl_click(show):
    page = show("placed")
    page.keyboard.down("Shift")
    a, b = node(page, "input").bounding_box(), node(page, "relu1").bounding_box()
    drag(page, (a["x"] - 15, a["y"] - 15), (b["x"] + b["width"] + 10, b["y"] + b["height"] + 10))
    page.keyboard.up("Shift")
    until(page, lambda: told(page) and told(page)[-1]["nodes"] == ["input", "relu1"])
    assert len(told(page)) == 1
    page.mouse.click(*ground(page, 0.5, 0.95))
    node(page, "relu2").click()
    node(page, "relu3").click(modifiers=["Control"])
    until(page, lambda: told(page)[-1]["nodes"] == ["relu2", "relu3"])


# ---- edits with the keyboard


def test_copies_keep_their_inner_edges_and_get_free_names(show):
    page = show("lenet")
    node(page, "conv1").click()
    node(page, "relu1").click(modifiers=["Control"])
    focus(page, "Control+c", "Control+v")
    graph = drawn(page)
    assert ids(graph)[-2:] == ["conv3", "relu5"]
    assert ("conv3", "relu5", 0) in wires(graph)
    assert graph["selected"] == ["conv3", "relu5"]
    assert graph["nodes"][-2]["params"] == next(one["params"] for one in graph["nodes"] if one["id"] == "conv1")
    focus(page, "Control+d")
    assert ids(drawn(page, 2))[-2:] == ["conv4", "relu6"]
    focus(page, "Control+x")
    assert ids(drawn(page, 3))[-2:] == ["conv3", "relu5"]


def test_what_is_pasted_from_elsewhere_is_checked(show):
    page = show("placed")
    paste = """text => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector(".stage").dispatchEvent(event);
    }"""
    good = {"id": "relu9", "block": "relu", "params": {}, "at": None}
    nodes = [good, {**good, "id": "<b>"}, {**good, "id": "x", "block": "evil"}, {**good, "id": "y", "params": 3}, None]
    edges = [{"source": "relu9", "target": "nobody", "port": 0}, {"source": "relu9", "target": "relu9", "port": 7}, 4]
    for text in ("hello", "[]", "null", json.dumps({"format": "layerscope/nodes", "nodes": 3, "edges": []})):
        page.evaluate(paste, text)
        expect(page.locator(".hint")).to_contain_text("clipboard")
    page.evaluate(paste, json.dumps({"format": "layerscope/nodes", "nodes": nodes, "edges": edges}))
    graph = drawn(page)
    assert ids(graph) == ["input", "relu1", "relu2", "relu3", "relu9"]
    assert not any("relu9" in wire for wire in wires(graph))


def test_a_network_is_built_by_keyboard_alone(show):
    page = show("empty")
    focus(page)
    for block in ("Input", "Conv2d", "ReLU", "Add"):
        page.keyboard.press("/")
        page.keyboard.type(block)
        page.keyboard.press("Enter")
    graph = drawn(page, 4)
    assert wires(graph) == {("input", "conv1", 0), ("conv1", "relu1", 0), ("relu1", "add1", 0)}
    focus(page, "ArrowLeft", "ArrowLeft", "c")  # conv1 feeds relu1 already: add1 is next
    expect(page.locator(".hint")).to_contain_text("Connect conv1 to add1, input second?")
    expect(page.locator("path.proposed")).to_be_attached()
    page.keyboard.press("Enter")
    assert ("conv1", "add1", 1) in wires(drawn(page, 5))
    expect(page.locator(".spoken")).to_have_text("conv1 is connected to add1.")
    focus(page, "Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowDown")
    moved = drawn(page, 6)
    assert all(one["at"] for one in moved["nodes"])
    page.wait_for_timeout(300)
    assert len(drawings(page)) == 6
    assert page.get_by_role("dialog").count() == 0  # Streamlit's own keys C and R did nothing


def test_arrows_walk_along_the_edges_and_say_where_they_are(show):
    page = show("lenet")
    focus(page, "ArrowRight", "ArrowRight")
    expect(page.locator(".card.selected .name")).to_have_text("conv1")
    expect(page.locator(".spoken")).to_have_text("conv1, Conv2d, output 6×28×28")
    focus(page, "ArrowLeft")
    expect(page.locator(".card.selected .name")).to_have_text("input")
    active = page.locator(".stage").get_attribute("aria-activedescendant")
    assert page.locator(f'[id="{active}"]').get_attribute("data-testid") == "node-input"


def test_an_edge_is_deleted_by_keyboard(show):
    page = show("residual")
    node(page, "add1").click()
    focus(page, "e", "e", "Delete")
    assert ("conv0", "add1", 1) not in wires(drawn(page))


def test_keys_are_listed_and_the_dialog_gives_the_focus_back(show):
    page = show("placed")
    focus(page, "?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Follow an edge backward or forward")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.evaluate("document.activeElement.className") == "stage"


def test_the_search_gives_the_focus_back_when_it_has_added_a_block_and_on_escape(show):
    page = show("placed")
    field, shelved = page.locator(".search input"), page.locator(".palette .item").count()
    for key, added in (("Enter", 1), ("Escape", 0)):
        count = page.locator(".card").count()
        focus(page, "/")
        page.keyboard.type("relu")
        expect(page.locator(".palette .item")).not_to_have_count(shelved)
        page.keyboard.press(key)
        expect(field).to_have_value("")
        expect(page.locator(".stage")).to_be_focused()
        expect(page.locator(".card")).to_have_count(count + added)


def test_the_wheel_scrolls_the_page_and_zooms_with_ctrl(show):
    page = show("placed")
    page.set_viewport_size({"width": 1440, "height": 500})
    place, zoom = page.locator(".stage").bounding_box()["y"], page.locator(VIEWPORT).get_attribute("style")
    page.mouse.move(*ground(page, 0.5, 0.3))
    page.mouse.wheel(0, 100)
    until(page, lambda: page.locator(".stage").bounding_box()["y"] < place)
    expect(page.locator(".hint")).to_have_text("Hold Ctrl to zoom.")
    assert page.locator(VIEWPORT).get_attribute("style") == zoom
    for held in ("Control", "Meta"):
        page.keyboard.down(held)
        page.mouse.wheel(0, -100)
        page.keyboard.up(held)
        until(page, lambda before=zoom: page.locator(VIEWPORT).get_attribute("style") != before)
        page.wait_for_timeout(200)
        zoom = page.locator(VIEWPORT).get_attribute("style")


def test_keys_typed_elsewhere_do_nothing_to_the_network(show):
    page = show("placed")
    node(page, "relu1").click()
    page.locator(".search input").fill("relu")
    page.locator(".search input").press("Backspace")
    page.locator(".search input").press("Delete")
    page.get_by_text("Elsewhere").click()
    page.get_by_label("typed").fill("abc")
    page.get_by_label("typed").press("Delete")
    page.get_by_label("typed").press("Control+a")
    page.keyboard.press("Backspace")
    page.wait_for_timeout(200)
    assert not drawings(page)
    expect(node(page, "relu1")).to_be_visible()


def test_the_summary_shows_on_hover_and_on_focus(show):
    page = show("placed")
    page.get_by_test_id("kind-linear").hover()
    page.wait_for_timeout(600)
    expect(page.locator(".palette .tip")).to_have_count(0)  # the pointer may lie there since a click on another page
    page.get_by_test_id("kind-linear").hover(position={"x": 20, "y": 8})
    expect(page.locator(".palette .tip")).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator(".palette .tip")).to_have_count(0)
    page.get_by_test_id("kind-flatten").focus()
    expect(page.locator(".palette .tip")).to_be_visible()


# ---- with Python


def test_a_rerun_keeps_zoom_selection_and_the_very_elements(show):
    page = show("lenet")
    node(page, "conv2").click()
    page.mouse.move(*center(node(page, "conv2")))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(200)
    view = page.locator(VIEWPORT).get_attribute("style")
    page.evaluate("window.kept = document.querySelector('[data-testid=node-conv2]')")
    page.get_by_role("button", name="Rerun").click()
    page.wait_for_timeout(500)
    assert page.locator(VIEWPORT).get_attribute("style") == view
    assert page.evaluate("window.kept.isConnected && window.kept.classList.contains('selected')")


def test_a_new_revision_replaces_the_graph_and_undo_leads_back(show):
    page = show("placed")
    node(page, "relu2").click()
    focus(page, "Delete")
    drawn(page)
    focus(page, "Control+z")
    command(page, "undo")
    expect(node(page, "relu2")).to_be_visible()
    page.get_by_role("button", name="Replace").click()
    expect(node(page, "add2")).to_be_visible()
    expect(node(page, "relu3")).to_have_count(0)


def test_a_canvas_that_was_away_comes_back_and_goes_on(show):
    page = show("placed")
    node(page, "relu3").click()
    focus(page, "Delete")
    drawn(page)
    page.get_by_text("Hide").click()
    expect(page.locator(".layerscope-canvas .frame")).to_have_count(0)
    page.get_by_text("Hide").click()
    node(page, "relu2").click()
    focus(page, "Delete")
    assert ids(drawn(page, 2)) == ["input", "relu1"]


def test_edits_made_while_the_server_is_slow_all_arrive_once(show):
    page = show("placed", "&slow=0.7")
    for name in ("relu3", "relu2", "relu1"):
        node(page, name).click()
        focus(page, "Delete")
    until(page, lambda: drawings(page) and ids(drawings(page)[-1]) == ["input"])
    page.wait_for_timeout(1000)
    assert [ids(graph) for graph in drawings(page)] == [["input", "relu1", "relu2"], ["input", "relu1"], ["input"]]
    assert page.locator(".card").count() == 1


def test_commands_name_what_they_are_for(show):
    page = show("residual", "&inside=block")
    node(page, "conv1a").click()
    focus(page, "Control+g", "o")
    assert command(page, "group") == {"nodes": ["conv1a"]}
    assert command(page, "output") == {"node": "conv1a"}
    focus(page, "Escape", "Alt+ArrowUp")
    assert command(page, "leave") == {"depth": 0}
    page.get_by_test_id("tool-tidy").click()
    command(page, "tidy")
    page.get_by_test_id("preview").uncheck()
    assert command(page, "show_preview") == {"on": False}
    expect(page.locator(".thumbnail")).to_have_count(0)
