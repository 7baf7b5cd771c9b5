"""Feature maps and gradients as a person meets them: numbers under the pointer, a class for the loss, the flow."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, zoo
from explorer.document import chain
from explorer.probes import PROBES, Subject, compute_probe
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e

# Moves the pointer over the picture; the lines that were shown.
SWEEP = """async (canvas) => {
  const lines = new Set(), box = canvas.getBoundingClientRect();
  const line = canvas.closest('[data-part]').querySelector('.inspector-line');
  for (let x = 4; x < box.width; x += 31) {
    for (let y = 4; y < box.height; y += 29) {
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + x, clientY: box.top + y }));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      lines.add(line.textContent);
    }
  }
  return [...lines];
}"""
VALUE = re.compile(r"(\S+) \(([\d, ]*)\) = (\S+)")
NORM = re.compile(r"(\S+) · .*‖∂/∂output‖ = (\S+)\.")


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    """A run with two kept steps of weights that were only drawn."""
    return kept(app, zoo.recipe("lenet_relu").with_(data=Chosen("digits"), device="cpu"))


def kept(app, recipe) -> Run:
    run = app.store.create(recipe)
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in (0, 1):
        keeper.keep(step, network.build(run.recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


def results(run: Run, probe: str, **options: object) -> tuple:
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, 1))
    part = samples.test_part(run.recipe)
    subject = Subject(model, part.inputs([0]), run.recipe, part.class_names, target=part.targets([0]), samples=part)
    return compute_probe(PROBES.get(probe), subject, options)


def number(words: str) -> float:
    plain = words.replace("−", "-").replace(",", "").replace("×10", "e")
    return float(plain.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))


def gradients(page: Page, view: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(view, exact=True).click()


def compare(lines: list[str], grids: tuple) -> set[str]:
    known, seen = {grid.title: grid.values.reshape(grid.shape) for grid in grids}, set()
    for node, unit, value in (found.groups() for line in lines if (found := VALUE.match(line))):
        seen.add(node)
        exact = float(known[node][tuple(int(each) for each in unit.split(", "))])
        assert number(value) == pytest.approx(exact, rel=1e-3, abs=1e-9)
    return seen


def test_every_number_under_the_pointer_is_the_models_own(app, visit, lenet):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=maps")
    expect(page.locator(".maps-canvas")).to_have_attribute("data-painted", re.compile(r"\d"))
    expect(page.locator(".maps-note")).to_be_hidden()
    assert compare(page.locator(".maps-canvas").evaluate(SWEEP), results(lenet, "feature_maps")) >= {"input", "conv1"}


def test_a_click_chooses_a_value_that_operation_and_unit_open_and_keys_go_on(app, visit, lenet):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=maps&node=conv2&unit=3,4,5")
    spoken, canvas = page.locator(".maps .inspector-spoken"), page.locator(".maps-canvas")
    expect(spoken).to_contain_text("conv2 (3, 4, 5) = ")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(spoken).to_contain_text("conv2 (4, ")
    page.keyboard.press("Escape")
    expect(page.locator(".maps-hint")).to_be_visible()
    canvas.click(position={"x": 30, "y": 60})
    expect(spoken).to_have_text(VALUE)
    page.locator(".maps-ways").get_by_text("Unit", exact=True).click()
    expect(page.locator(".path-canvas")).to_be_visible()


def test_of_many_maps_more_are_shown_on_request(app, visit):
    net = chain("Wide", ("input", "input", {"shape": [1, 28, 28]}), ("conv1", "conv2d", {"out_channels": 512}),
                ("flatten", "flatten", {}), ("linear1", "linear", {"out_features": 10}))
    run = kept(app, zoo.recipe("lenet_relu").with_(network=net, data=Chosen("digits"), device="cpu"))
    page = visit(f"{app.url}/inspect?run={run.id}&view=maps&node=conv1&unit=0,3,3")
    canvas = page.locator(".maps-canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile("Maps of 4 layers"))
    page.locator(".maps .operation-node").select_option("conv1")
    page.get_by_role("button", name="64 of 512: show more").click()
    expect(page.get_by_role("button", name="128 of 512: show more")).to_be_visible()


def test_gradients_of_the_loss_and_of_a_class_are_autograds(app, visit, lenet):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=gradients")
    gradients(page, "Gradient maps")
    expect(page.locator(".maps-note")).to_be_hidden()
    canvas = page.locator(".maps-canvas")
    compare(canvas.evaluate(SWEEP), results(lenet, "gradient_maps"))
    with page.expect_response(re.compile("inspect/.*/gradient_maps")):
        page.get_by_test_id("of").select_option("3")
    page.wait_for_url(re.compile(r"of=3"))
    assert compare(canvas.evaluate(SWEEP), results(lenet, "gradient_maps", of="3")) >= {"input", "conv1"}


def test_the_flow_gives_each_layers_norm_and_each_edges_and_goes_into_a_block(app, visit):
    run = kept(app, zoo.recipe("resnet20").with_(data=Chosen("digits"), device="cpu"))
    page = visit(f"{app.url}/inspect?run={run.id}&view=gradients")
    line = page.locator(".flow .inspector-line")
    flow = results(run, "gradient_flow")[0]
    expect(line).to_have_text(str(flow.sentence))
    lines = page.locator(".flow-canvas").evaluate(SWEEP)
    norms = {node: float(norm) for node, norm in zip(flow.nodes, flow.outputs, strict=True)}
    found = [match.groups() for line in lines if (match := NORM.match(line))]
    assert len(found) > 5
    for node, value in found:
        assert number(value) == pytest.approx(norms[node], rel=1e-3)
    page.locator(".flow-canvas").focus()
    for _step in range(5):
        page.keyboard.press("ArrowRight")
    page.evaluate("layerscopeInspector.store.set({ inside: 'stage2_block1' })")
    expect(page.get_by_role("button", name="Back to what is around this block")).to_be_visible()
    page.get_by_role("button", name="Back to what is around this block").click()
    expect(line).to_have_text(str(flow.sentence))


def test_a_batch_is_averaged_for_the_flow(app, visit, lenet):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=gradients")
    page.get_by_role("radio", name="32 test samples").click()
    expect(page.locator(".flow .operation-what")).to_contain_text("mean over 32 test samples")
    flow = results(lenet, "gradient_flow", samples=32)[0]
    expect(page.locator(".flow .inspector-line")).to_have_text(str(flow.sentence))
    assert np.isfinite(flow.outputs).all()
