"""The Unit view as a person meets it: the path from the input, its numbers the model's own, a click that goes there."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, probes, zoo
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e

# Moves the pointer over the picture; the lines that were shown.
SWEEP = """async (canvas) => {
  const lines = new Set(), box = canvas.getBoundingClientRect(), line = document.querySelector('.path-line');
  for (let x = 4; x < box.width; x += 23) {
    for (let y = 50; y < box.height; y += 31) {
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + x, clientY: box.top + y }));
      if (canvas.style.cursor !== 'pointer') continue;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      lines.add(line.textContent);
    }
  }
  return [...lines];
}"""
SAID = re.compile(r"(\S+) \(([\d, ]*)\)(?:, .+)? = (\S+)")


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    """A run with two kept steps of weights that were only drawn."""
    run = app.store.create(zoo.recipe("lenet_relu").with_(data=Chosen("digits"), device="cpu"))
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in (0, 1):
        keeper.keep(step, network.build(run.recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


def unit_view(visit, app, run: Run, node: str, unit: str) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&node={node}&unit={unit}")
    page.get_by_role("tab", name="Unit").click()
    return page


def maps_of(run: Run, step: int) -> dict[str, object]:
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, step))
    batch = samples.test_part(run.recipe).inputs([0])
    return {grid.title: grid.values for grid in probes.run("feature_maps", model, batch)}


def number(words: str) -> float:
    plain = words.replace("−", "-").replace(",", "").replace("×10", "e")
    return float(plain.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))


def test_every_number_under_the_pointer_is_the_models_own(app, visit, lenet):
    page = unit_view(visit, app, lenet, "conv2", "3,4,5")
    expect(page.locator(".path-line")).to_contain_text("Unit (3, 4, 5) of conv2 is")
    lines = page.locator(".path-canvas").evaluate(SWEEP)
    maps, nodes = maps_of(lenet, 1), set()
    for node, unit, value in (SAID.match(line).groups() for line in lines):
        at = tuple(int(each) for each in unit.split(", "))
        nodes.add(node)
        assert number(value) == pytest.approx(float(maps[node][at]), rel=1e-3)
    assert nodes == {"input", "conv1", "relu1", "pool1", "conv2"}


def test_a_click_goes_to_the_unit_and_the_keys_move_it(app, visit, lenet):
    page = unit_view(visit, app, lenet, "conv2", "3,4,5")
    canvas, line = page.locator(".path-canvas"), page.locator(".path-line")
    expect(line).to_contain_text("Unit (3, 4, 5) of conv2 is")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(line).to_contain_text("Unit (3, 4, 6) of conv2 is")
    page.keyboard.press("PageDown")
    expect(line).to_contain_text("Unit (4, 4, 6) of conv2 is")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.75, "y": 100})  # the pooled maps
    expect(line).to_contain_text("of pool1")
    expect(page.locator(".layerscope-inspector.path .operation-node")).to_have_value("pool1")
    canvas.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".operation-canvas")).to_be_visible()


def test_the_path_follows_the_step_of_training(app, visit, lenet):
    page = unit_view(visit, app, lenet, "conv2", "3,4,5")
    line = page.locator(".path-line")
    expect(line).to_contain_text("of conv2 is")
    after = line.text_content()
    page.evaluate("layerscopeInspector.store.set({ step: 0 })")
    expect(line).not_to_have_text(after)
    expect(line).to_contain_text("Unit (3, 4, 5) of conv2 is")


def test_a_unit_out_of_range_in_an_address_is_explained_with_the_nearest_one(app, visit, lenet):
    page = unit_view(visit, app, lenet, "conv2", "3,99,5")
    expect(page.locator(".path-note")).to_have_text(
        "conv2 has no unit (3, 99, 5): its output is 16×10×10. The nearest one is (3, 9, 5).")
    expect(page.get_by_text("There is no such unit.")).to_have_count(2)  # below the titles of what is drawn at once
    expect(page.get_by_text("conv2 has no unit")).to_have_count(1)
    page.get_by_role("button", name="Go to unit (3, 9, 5)").click()
    expect(page.locator(".path-line")).to_contain_text("Unit (3, 9, 5) of conv2 is")
    expect(page.get_by_text("There is no such unit.")).to_have_count(0)


def test_a_server_that_gives_no_answer_leaves_a_sentence(app, open_tab, lenet):
    def visit(url: str) -> Page:
        page = open_tab(1440, 900)
        page.goto(url)
        return page

    page = unit_view(visit, app, lenet, "conv2", "3,4,5")
    line = page.locator(".path-line")
    expect(line).to_contain_text("Unit (3, 4, 5) of conv2 is")
    page.route("**/layerscope/inspect/**", lambda route: route.abort())
    page.evaluate("layerscopeInspector.store.set({ unit: [3, 4, 6] })")
    expect(line).to_contain_text("The server gave no answer.")
    page.get_by_role("button", name="Save the numbers as NPZ").click()
    expect(line).to_contain_text("The file could not be made.")
    page.unroute("**/layerscope/inspect/**")
    expect(line).to_contain_text("Unit (3, 4, 6) of conv2 is", timeout=20_000)


def test_patches_and_maximization_are_computed_on_request(app, visit, lenet):
    page = unit_view(visit, app, lenet, "conv2", "3,4,5")
    for name in ("top_patches", "maximization"):
        page.locator(f".st-key-compute-{name} button").first.click()
        expect(page.locator(f".st-key-probe-{name} .js-plotly-plot").first).to_be_visible()
