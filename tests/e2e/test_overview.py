"""The overview in a real browser: maps of every layer, what lights up, blocks opened, scales, numbers, keys, files."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, zoo
from explorer.kinds import Chosen
from explorer.probes import Subject, compute_probe
from explorer.probes.overview import OVERVIEW
from explorer.training import Run, Session
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e

PAINTED = ("() => [...document.querySelectorAll('.maps-card canvas.maps')]"
           ".map((each) => Number(each.dataset.painted ?? 0))")
QUESTION = re.compile(r"/layerscope/inspect/.*/overview")
SIZES = """selector => {
  const zoom = new DOMMatrix(getComputedStyle(document.querySelector('.react-flow__viewport')).transform).a;
  const sizes = [...document.querySelectorAll(selector)].map((each) => parseFloat(getComputedStyle(each).fontSize));
  return zoom * Math.min(...sizes);
}"""
PIXELS = "canvas => canvas.toDataURL()"
NUMBERS = """async ([probe, options]) => {
  const { results } = await layerscopeInspector.store.ask(probe, options);
  return results[0].quantities.map(({ quantity, values }) => [quantity, [...values.data].map(String)]);
}"""


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    return trained(app, zoo.recipe("lenet_relu").with_(data=Chosen("digits"), epochs=1, threads=1, device="cpu"))


@pytest.fixture(scope="module")
def swin(app) -> Run:
    recipe = zoo.recipe("swin_digits").with_(data=Chosen("digits"), epochs=1, train_samples=64, threads=1, device="cpu")
    return trained(app, recipe)


def trained(app, recipe) -> Run:
    run = app.store.create(recipe)
    assert Session(run).execute().state == "finished"
    return run


def overview_of(visit, app, run: Run) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}")
    page.wait_for_function(f"() => ({PAINTED})().some((count) => count > 0)")
    return page


def card(page: Page, node: str):
    return page.get_by_test_id(f"node-{node}")


def point_at(page: Page, node: str, place: float, of: int) -> None:
    """Move the mouse onto one of the maps of a column."""
    box = card(page, node).locator("canvas.maps").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * (place + 0.5) / of)


def expected(run: Run, sample: int = 0, inside: str = "", **options: str):
    """Compute the overview of the last step as the server should."""
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    part = samples.test_part(run.recipe)
    batch = part.inputs([sample])
    subject = Subject(model, batch, run.recipe, part.class_names, inside=inside, target=part.targets([sample]))
    return compute_probe(OVERVIEW, subject, options)[0]


def test_every_layer_is_a_card_with_its_maps_and_the_table_beside_them_has_the_same_layers(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    page.wait_for_function(f"() => ({PAINTED})().every((count) => count > 0)")
    nodes = [node.id for node in lenet.recipe.network.nodes]
    assert page.locator(".maps-card .name").all_inner_texts() == nodes
    expect(page.get_by_test_id("maps-table").locator("tr")).to_have_count(len(nodes) + 1)
    expect(page.get_by_test_id("maps-table")).to_contain_text("16×10×10")


def test_hovering_a_map_lights_up_what_it_reads_and_what_it_feeds_and_shows_its_kernels(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    found = expected(lenet)
    point_at(page, "conv2", 3, 16)
    tip = page.get_by_test_id("maps-tip")
    low, high = found["conv2"].ranges[3]
    expect(tip).to_contain_text(f"conv2, map 3: {low:#.4g} to {high:#.4g}".replace("-", "−"))
    expect(tip).to_contain_text("reads all 6 of pool1")
    expect(tip).to_contain_text("feeds map 3 of relu2")
    expect(tip.locator("canvas")).to_be_visible()
    expect(tip).to_contain_text("its 5×5 kernels for all 6 of pool1")
    assert page.locator(".maps-card.lit .name").all_inner_texts() == ["pool1", "conv2", "relu2"]
    assert page.locator(".maps-edge.lit").count() == 2
    point_at(page, "relu1", 2, 6)
    expect(tip).to_contain_text("reads map 2 of conv1")
    expect(tip).to_contain_text("feeds map 2 of pool1")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    assert page.locator(".maps-card.lit").count() == 0


def test_another_step_and_another_sample_repaint_the_maps(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    conv = card(page, "conv2").locator("canvas.maps")
    seen = [conv.evaluate(PIXELS)]
    for change in ("{ step: store.look.steps[0] }", "{ input: { ...store.look.input, sample: 5 } }"):
        before = page.evaluate(PAINTED)[4]
        page.evaluate(f"() => {{ const {{ store }} = layerscopeInspector; store.set({change}); }}")
        page.wait_for_function(f"(before) => ({PAINTED})()[4] > before", arg=before)
        seen.append(conv.evaluate(PIXELS))
    assert len(set(seen)) == 3


class Held:
    """Questions about the overview, kept on their way until they are let go."""

    def __init__(self, page: Page) -> None:
        self.page, self.routes, self.is_open = page, [], False
        page.route(QUESTION, self._take)

    def _take(self, route) -> None:
        self.routes.append(route)
        if self.is_open:
            self.let_go()

    def wait(self) -> None:
        while not self.routes:
            self.page.wait_for_timeout(50)

    def let_go(self) -> None:
        while self.routes:
            self.routes.pop().continue_()


def test_the_last_step_of_a_quick_row_is_asked_for_though_others_were_on_the_way(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    held = Held(page)
    set_step = "place => { const { store } = layerscopeInspector; store.set({ step: store.look.steps.at(place) }); }"
    page.evaluate(set_step, 0)
    held.wait()
    page.evaluate(set_step, 1)
    page.wait_for_timeout(200)
    held.let_go()
    held.wait()
    held.let_go()


def test_maps_of_another_run_are_not_those_of_the_last_one_and_cards_wait_for_their_own(app, visit, lenet, swin):
    page = overview_of(visit, app, lenet)
    expect(page.locator(".maps-card[aria-busy=true]")).to_have_count(0)
    held = Held(page)
    page.evaluate("run => layerscopeInspector.store.set({ run })", swin.id)
    page.wait_for_function(f"() => ({PAINTED})().every((count) => count === 0)")
    expect(page.locator(".maps-card:not([aria-busy=true])")).to_have_count(0)
    expect(page.get_by_test_id("color-legend")).to_have_text("Loading …")
    held.wait()
    held.is_open = True
    held.let_go()
    page.evaluate("run => layerscopeInspector.store.set({ run })", lenet.id)
    page.wait_for_function(f"() => ({PAINTED})().every((count) => count > 0)")


def test_a_card_and_its_tip_count_the_maps_that_are_shown(app, visit, swin):
    page = overview_of(visit, app, swin)
    expect(card(page, "merge1").locator(".part")).to_have_text("32 of 48")
    expect(card(page, "norm1").locator(".part")).to_have_count(0)
    point_at(page, "merge1", 2, 8)
    expect(page.get_by_test_id("maps-tip")).to_contain_text("the card shows the first 32 of 48 maps")


def test_words_on_cards_are_legible_at_the_zoom_at_which_all_of_them_are_shown(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    page.get_by_test_id("tool-fit").click()
    assert page.evaluate(SIZES, ".maps-card .name") >= 9.9
    assert page.evaluate(SIZES, ".maps-card .size") >= 9


def test_fit_shows_every_card_where_the_overview_begins_with_the_first(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    page.set_viewport_size({"width": 620, "height": 900})
    page.get_by_test_id("tool-fit").click()
    page.wait_for_function("""() => {
      const { right, bottom } = document.querySelector('.layerscope-canvas .stage').getBoundingClientRect();
      const boxes = [...document.querySelectorAll('.maps-card')].map((each) => each.getBoundingClientRect());
      return boxes.every((box) => box.right <= right && box.bottom <= bottom);
    }""")


def test_a_click_on_a_map_opens_its_operation_at_its_strongest_unit(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    node = expected(lenet)["conv2"]
    point_at(page, "conv2", 3, 16)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("tab", name="Operation")).to_have_attribute("aria-selected", "true")
    row, column = np.unravel_index(np.abs(node.values[3]).argmax(), node.values[3].shape)
    look = page.evaluate("() => layerscopeInspector.store.look")
    assert (look["node"], look["unit"]) == ("conv2", [3, int(row), int(column)])


def test_colors_are_scaled_per_layer_or_for_all_or_kept(app, visit, lenet):
    page = overview_of(visit, app, lenet)
    conv, limit = card(page, "conv1").locator("canvas.maps"), max(node.limit for node in expected(lenet).nodes)
    alone = conv.evaluate(PIXELS)
    page.get_by_test_id("tint-network").click()
    expect(page.get_by_test_id("color-legend")).to_have_text(f"−{limit:#.4g} to {limit:#.4g}")
    assert conv.evaluate(PIXELS) != alone
    page.get_by_test_id("tint-fixed").click()
    expect(page.get_by_test_id("color-legend")).to_have_text("scales kept")
    assert conv.evaluate(PIXELS) == alone


def test_a_number_lies_over_every_layer_and_costly_ones_come_where_they_are_asked_for(app, visit, lenet):
    page, found = overview_of(visit, app, lenet), expected(lenet, quantity="gradient")
    for name in ("norm", "gradient", "parameters"):
        page.get_by_test_id("overlay").select_option(name)
        place = [node.address for node in found.nodes].index("linear1")
        value = found.numbers(name)[place]
        shown = f"{value:,.0f}" if name == "parameters" else f"{value:#.4g}"[:6]
        expect(card(page, "linear1").locator(".number")).to_have_text(shown)
        expect(page.get_by_test_id("number-legend")).not_to_be_empty()
        expect(page.get_by_test_id("maps-table")).to_contain_text(shown)
    asked = dict(page.evaluate(NUMBERS, ["overview", {"quantity": "gradient"}]))
    assert np.allclose([float(each) for each in asked["gradient"]], found.numbers("gradient"), rtol=1e-3)


def test_a_block_is_opened_by_mouse_and_by_key_as_deep_as_there_are_blocks_and_left_again(app, visit, swin):
    page = overview_of(visit, app, swin)
    card(page, "stage1_pair1").locator(".head").dblclick()
    inner = network.analyze(swin.recipe.network).inside["stage1_pair1"]
    expect(page.locator(".maps-card")).to_have_count(len(inner.analysis.order))
    page.wait_for_function(f"() => ({PAINTED})().every((count) => count > 0)")
    deeper = next(iter(inner.analysis.inside))
    page.locator(".stage").focus()
    for _node in inner.analysis.order:
        page.keyboard.press("ArrowRight")
        if card(page, deeper).evaluate("card => card.classList.contains('selected')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".crumbs b")).to_have_text(deeper)
    assert page.evaluate("() => layerscopeInspector.store.look.inside") == f"stage1_pair1.{deeper}"
    page.wait_for_function(f"() => ({PAINTED})().every((count) => count > 0)")
    page.locator(".crumbs button").first.click()
    expect(card(page, "head")).to_be_visible()


def test_a_saved_picture_names_the_number_that_lies_over_the_nodes(app, visit, lenet, tmp_path):
    page = overview_of(visit, app, lenet)
    page.wait_for_function("() => layerscopeInspector.scene !== undefined")
    page.get_by_test_id("overlay").select_option("norm")
    expect(card(page, "linear1").locator(".number")).not_to_be_empty()
    with page.expect_download() as waiting:
        page.get_by_test_id("save-maps").select_option("svg")
    waiting.value.save_as(file := tmp_path / "overview.svg")
    assert "Below the maps: output norm" in file.read_text()


@pytest.mark.parametrize("form", ["npz", "svg", "png"])
def test_the_overview_is_saved_as_numbers_and_as_a_picture(app, visit, lenet, form, tmp_path):
    page = overview_of(visit, app, lenet)
    page.wait_for_function("() => layerscopeInspector.scene !== undefined")
    with page.expect_download() as waiting:
        page.get_by_test_id("save-maps").select_option(form)
    file = tmp_path / f"overview.{form}"
    waiting.value.save_as(file)
    if form == "npz":
        with np.load(file) as arrays:
            wanted = expected(lenet)["conv1"].values
            assert any(each.shape == wanted.shape and np.allclose(each, wanted, atol=1e-5) for each in arrays.values())
    elif form == "svg":
        assert "conv2" in file.read_text() and file.read_text().count("<image") > 30
    else:
        assert file.read_bytes().startswith(b"\x89PNG")
