"""The network's drawing while a run trains, fed with views by the test: no frame passes through Python or React."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE_MS

HARNESS = Path(__file__).parent / "harness"
RUN = "0" * 32
PARAMETERS = ["linear1.weight", "linear2.weight", "linear3.weight"]
COLUMNS = {"playground": [["input", 2], ["tanh1", 4], ["tanh2", 2], ["linear3", 2]],
           "spirals": [["input", 2], ["tanh1", 16], ["tanh2", 16], ["linear3", 2]]}
LENET = [["input", 1, 28, 28, False], ["conv1", 6, 28, 28, True], ["sigmoid1", 6, 28, 28, False],
         ["linear1", 1, 1, 30, True]]
EDGE = "input:0>tanh1:3:0"
SPREAD = ("canvas => { const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data; "
          "const colors = Array.from({ length: pixels.length / 4 }, (_, i) => pixels.slice(4 * i, 4 * i + 3).join()); "
          "return new Set(colors).size; }")
FREE_PLACE = """path => {
  for (let share = 0.1; share < 0.95; share += 0.02) {
    const { x, y } = path.getPointAtLength(share * path.getTotalLength()).matrixTransform(path.getScreenCTM());
    const own = (x, y) => document.elementFromPoint(x, y)?.closest(".react-flow__edge")?.contains(path);
    if (own(x, y) && own(x - 2, y)) return [x, y];
  }
}"""
PAINTS = "() => [...document.querySelectorAll('canvas.maps')].map((canvas) => Number(canvas.dataset.painted ?? 0))"
pytestmark = pytest.mark.e2e


@pytest.fixture
def show(serve, open_tab):
    """`show("playground")` -> the harness page with that network's picture; errors it logs fail the test."""
    said = []

    def visit(name: str, query: str = "") -> Page:
        page = open_tab(1440, 900)
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(path=HARNESS / "live_views.js")
        page.goto(f"{serve(HARNESS / 'live_picture.py')}/?show={name}{query}")
        page.wait_for_selector(".react-flow__node .maps")
        page.wait_for_function("() => watched.length > 0")
        return page

    yield visit
    assert not said, said


def send(page: Page, name: str, moment: int) -> None:
    page.evaluate("([columns, parameters, t]) => sendView(planeView(columns, parameters, t))",
                  [COLUMNS[name], PARAMETERS, moment])


def unit(page: Page, node: str) -> Locator:
    return page.get_by_test_id(f"node-{node}").locator("canvas")


def edge(page: Page, edge_id: str = EDGE) -> Locator:
    return page.get_by_test_id(f"weight-{edge_id}")


def point_at(page: Page, path: Locator) -> tuple[float, float]:
    """Move the mouse onto an edge, where no other lies over it."""
    x, y = path.evaluate(FREE_PLACE)
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    return x, y


def painted(page: Page, at_least: int = 1) -> list[int]:
    """How often each map has been painted, once all have so often."""
    page.wait_for_function(f"() => ({PAINTS})().every((count) => count >= {at_least})")
    return page.evaluate(PAINTS)


def weight_of(page: Page, layer: int, target: int, source: int, moment: int) -> float:
    view = page.evaluate("([columns, parameters, t]) => planeView(columns, parameters, t).items"
                         ".filter((item) => item.type === 'LayerWeights')"
                         ".map(({ weight }) => ({ shape: weight.shape, data: [...weight.data] }))",
                         [COLUMNS["playground"], PARAMETERS, moment])
    return view[layer]["data"][target * view[layer]["shape"][1] + source]


def commands(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.locator('[data-testid="stCode"] code').inner_text())


def test_every_unit_shows_its_map_and_the_run_is_watched_once(show):
    page = show("playground")
    assert unit(page, "tanh1:0").evaluate(SPREAD) == 1  # empty before the first view
    send(page, "playground", 0)
    assert len(painted(page)) == 10
    assert all(unit(page, node).evaluate(SPREAD) > 10 for node in ("input:0", "tanh1:3", "tanh2:1", "linear3:1"))
    assert page.evaluate("() => watched") == [RUN]


def test_an_edge_has_the_color_the_dashes_and_the_thickness_of_its_weight_and_changes_with_the_next_view(show):
    page = show("playground")
    seen = []
    for moment in (0, 40):
        send(page, "playground", moment)
        weight = weight_of(page, 0, 3, 0, moment)
        expect(edge(page)).to_have_attribute("data-sign", "negative" if weight < 0 else "positive")
        wanted = 0.5 + 6 * min(1, abs(weight) / 3)
        page.wait_for_function("([id, wanted]) => Math.abs(parseFloat(document.querySelector(`[data-testid='${id}']`)"
                               ".style.strokeWidth) - wanted) < 0.06", arg=[f"weight-{EDGE}", wanted])
        seen.append(edge(page).evaluate("path => { const style = getComputedStyle(path); "
                                        "return [style.stroke, style.strokeDasharray]; }"))
    (one, one_dashes), (other, other_dashes) = seen
    assert one != other
    assert {one_dashes == "none", other_dashes == "none"} == {True, False}


def test_the_pointer_on_an_edge_shows_its_weight_and_on_a_unit_its_bias_and_values(show):
    page, tip = show("playground"), "live-tip"
    send(page, "playground", 0)
    painted(page)
    point_at(page, edge(page))
    expect(page.get_by_test_id(tip)).to_have_text(
        f"weight linear1 unit 3 ← x1: {weight_of(page, 0, 3, 0, 0):#.4g}".replace("-", "−"))
    send(page, "playground", 5)  # the number under the pointer lives, too
    expect(page.get_by_test_id(tip)).to_have_text(
        f"weight linear1 unit 3 ← x1: {weight_of(page, 0, 3, 0, 5):#.4g}".replace("-", "−"))
    page.get_by_test_id("node-tanh1:2").hover()
    expect(page.get_by_test_id(tip)).to_contain_text("tanh1 unit 2: bias 0.1250, values -")


def test_the_keys_reach_units_and_edges_and_enter_opens_the_field(show):
    page = show("playground")
    send(page, "playground", 0)
    painted(page)
    page.locator(".stage").focus()
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("live-tip")).to_contain_text("tanh1 unit")
    page.keyboard.press("e")
    expect(page.get_by_test_id("live-tip")).to_contain_text("weight linear1 unit")
    expect(page.locator(".spoken")).to_contain_text("weight linear1 unit")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("weight-field")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("weight-field")).to_have_count(0)
    assert commands(page) == []


def test_a_click_on_an_edge_asks_for_another_weight_and_says_that_it_starts_a_fork(show):
    page = show("playground")
    send(page, "playground", 0)
    painted(page)
    page.mouse.click(*point_at(page, edge(page)))
    expect(page.locator(".weight-field")).to_contain_text(
        "Changing a weight starts a fork of this run; this run is paused and stays as it is.")
    field = page.get_by_test_id("weight-field")
    expect(field).to_be_focused()
    field.fill("-0.5")
    send(page, "playground", 9)  # goes on below, and changes nothing of what is typed
    expect(field).to_have_value("-0.5")
    page.keyboard.press("Enter")
    expect(page.locator('[data-testid="stCode"] code')).to_contain_text("set_weight", timeout=PATIENCE_MS)
    assert commands(page) == [{"name": "set_weight", "arguments": {
        "parameter": "linear1.weight", "target": 3, "source": 0, "value": -0.5}}]
    expect(field).to_have_count(0)


def test_who_may_only_watch_gets_no_field(show):
    page = show("playground", "&watched_only=1")
    send(page, "playground", 0)
    painted(page)
    page.mouse.click(*point_at(page, edge(page)))
    expect(page.get_by_test_id("live-tip")).to_contain_text("weight linear1 unit 3")
    expect(page.get_by_test_id("weight-field")).to_have_count(0)


def test_a_view_of_another_structure_leaves_the_rest_alone(show):
    page = show("playground")
    page.evaluate("parameters => sendView(planeView([['input', 2], ['relu7', 4], ['tanh2', 2], ['linear3', 1]],"
                  " parameters, 0))", PARAMETERS)
    page.wait_for_function("() => document.querySelector(\"[data-testid='node-tanh2:0'] canvas\").dataset.painted")
    assert unit(page, "tanh1:0").get_attribute("data-painted") is None
    assert unit(page, "linear3:1").get_attribute("data-painted") is None
    assert edge(page).get_attribute("data-sign") is None
    page.evaluate("() => sendView({ step: 1, items: [{ type: 'ImageGrid', title: 'input', values: { shape: [2, 3],"
                  " data: [1] } }, { type: 'LayerWeights' }, { type: 'Novel' }] })")
    send(page, "playground", 1)
    painted(page)


def test_without_views_nothing_is_painted_and_with_many_only_what_is_seen_is(show):
    page = show("spirals")
    page.evaluate("([columns, parameters]) => { let t = 0; globalThis.playing = setInterval(() => {"
                  " globalThis.sent = t; sendView(planeView(columns, parameters, t++)); }, 50); }",
                  [COLUMNS["spirals"], PARAMETERS])
    # 36 maps and 320 edges: the page keeps taking clicks while they move
    page.get_by_test_id("tool-zoom_in").click()
    painted(page, 5)
    page.wait_for_function("() => sent >= 20")
    page.evaluate("() => clearInterval(playing)")
    page.wait_for_timeout(300)
    counts = page.evaluate(PAINTS)
    assert max(counts) <= page.evaluate("() => sent") + 5  # once a view, and when the picture is moved or built
    page.wait_for_timeout(500)
    assert page.evaluate(PAINTS) == counts
    page.evaluate("() => { document.querySelector('.layerscope-canvas').style.marginTop = '3000px'; }")
    page.wait_for_timeout(300)
    before = page.evaluate(PAINTS)
    send(page, "spirals", 99)
    page.wait_for_timeout(300)
    assert page.evaluate(PAINTS) == before


def test_a_burst_of_views_is_painted_once(show):
    page = show("spirals")
    send(page, "spirals", 0)
    before = painted(page)
    page.evaluate("([columns, parameters]) => { for (let t = 0; t < 100; t++) sendView(planeView(columns, parameters,"
                  " t)); }", [COLUMNS["spirals"], PARAMETERS])
    painted(page, max(before) + 1)
    assert max(page.evaluate(PAINTS)) <= max(before) + 2


def test_blocks_show_the_maps_of_the_sample_and_nothing_can_be_edited(show):
    page = show("lenet", "&width=1000")
    page.evaluate("blocks => sendView(blocksView(blocks, 3))", LENET)
    for block, *_rest in LENET:
        expect(unit(page, block)).to_have_attribute("data-painted", "1")
    assert unit(page, "conv1").evaluate(SPREAD) > 10
    assert unit(page, "conv2").get_attribute("data-painted") is None
    expect(page.locator(".palette")).to_have_count(0)
    expect(page.locator(".strip .tool")).to_have_count(3)
    page.get_by_test_id("node-conv1").click()
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("node-conv1")).to_have_count(1)
    assert commands(page) == []
