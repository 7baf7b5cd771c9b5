"""The way back as a person meets it: from the loss to one weight of the first convolution, every number autograd's."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
import torch
from playwright.sync_api import Page, expect
from torch import nn

from explorer import network, zoo
from explorer.hooks import in_mode, record_gradients
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from explorer.ui.widgets import samples

pytestmark = pytest.mark.e2e

CANVAS, TRAIL = ".backward-canvas", ".backward-trail .backward-chip"
LINE = ".layerscope-inspector.backward .operation-line"
# Moves the pointer over the picture; the lines that were shown.
SWEEP = """async (canvas) => {
  const lines = new Set(), box = canvas.getBoundingClientRect();
  const line = document.querySelector('.backward .operation-line');
  for (let x = 4; x < box.width; x += 29) {
    for (let y = 30; y < box.height; y += 37) {
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + x, clientY: box.top + y }));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      lines.add(line.textContent);
    }
  }
  return [...lines];
}"""


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    """A run with two kept steps of weights that were only drawn."""
    run = app.store.create(zoo.recipe("lenet_relu").with_(data=Chosen("digits"), device="cpu"))
    keeper = FrameKeeper(run.frames_folder, 2_000_000_000)
    for step in (0, 1):
        keeper.keep(step, network.build(run.recipe.network, seed=step).state_dict())
    run.write_status(Status(FINISHED))
    return run


def gradients_view(visit, app, run: Run, address: str) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&view=gradients&{address}")
    if "parameter" not in address:  # which leads there by itself
        page.get_by_role("radio", name="The way back").or_(page.get_by_role("button", name="The way back")).click()
    expect(page.locator(CANVAS)).to_have_attribute("data-gradient", re.compile(".+"))
    return page


def autograd(run: Run, step: int, place: int = 0) -> tuple[nn.Module, dict[str, torch.Tensor]]:
    """The model after a plain backward pass of the loss, and the gradient at every node's output."""
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, step))
    part = samples.test_part(run.recipe)
    nodes = [name for name, _module in model.named_children()]
    with in_mode(model, training=False), record_gradients(model, nodes) as gradients:
        nn.functional.cross_entropy(model(part.inputs([place])), part.targets([place])).backward()
    return model, gradients


def shown(page: Page) -> tuple[str, float, float]:
    """The value that is followed, its gradient and the sum of the paths."""
    return tuple(page.locator(CANVAS).evaluate(
        "(canvas) => [canvas.dataset.value, Number(canvas.dataset.gradient), Number(canvas.dataset.total)]"))


def go_on(page: Page, name: str) -> None:
    """Go toward the input, to the first button of this node or parameter."""
    page.locator(".backward-group").last.locator(".backward-chip").filter(has_text=name).first.click()


def test_a_samples_gradient_is_followed_from_the_loss_to_a_weight_of_the_first_convolution(app, visit, lenet):
    model, gradients = autograd(lenet, 1)
    page = gradients_view(visit, app, lenet, "node=loss")
    expect(page.locator(CANVAS)).to_have_attribute("data-value", "loss")
    way = ["linear3", "relu4", "linear2", "relu3", "linear1", "flatten", "pool2", "relu2", "conv2", "pool1", "relu1",
           "conv1"]
    for node in way:
        go_on(page, f"{node} (")
        expect(page.locator(".backward .operation-node")).to_have_value(node)
        expect(page.locator(TRAIL).last).to_contain_text(f"{node} (")
        value, gradient, total = shown(page)
        unit = tuple(int(part) for part in value.partition("(")[2].strip(")").split(","))
        assert gradient == pytest.approx(gradients[node][(0, *unit)].item(), rel=1e-3, abs=1e-9)
        assert total == pytest.approx(gradient, rel=1e-4, abs=1e-9)
    assert page.locator(TRAIL).count() == len(way) + 1
    go_on(page, "conv1.weight[")
    expect(page.locator(TRAIL).last).to_contain_text("conv1.weight[")
    page.locator(CANVAS).click(position={"x": 10, "y": 30})  # the first weight of the first kernel
    expect(page.locator(CANVAS)).to_have_attribute("data-value", "conv1.weight[0, 0, 0, 0]")
    _value, gradient, total = shown(page)
    assert gradient == pytest.approx(model.conv1.weight.grad[0, 0, 0, 0].item(), rel=1e-3)
    assert total == pytest.approx(gradient, rel=1e-4)
    expect(page.locator(LINE)).to_contain_text("conv1.weight[0, 0, 0, 0] = ")
    assert page.locator(TRAIL).count() == len(way) + 2
    page.locator(TRAIL).nth(1).click()
    expect(page.locator(LINE)).to_contain_text("linear3")
    assert page.locator(TRAIL).count() == 2


def test_softmax_with_cross_entropy_is_written_out_and_a_class_takes_the_losss_place(app, visit, lenet):
    page = gradients_view(visit, app, lenet, "node=linear3&unit=2")
    expect(page.locator(LINE)).to_contain_text(" − 0 = ")
    page.evaluate("layerscopeInspector.store.set({ of: '2' })")
    expect(page.locator(".backward .operation-what")).to_contain_text("the logit of 2")
    expect(page.locator(CANVAS)).to_have_attribute("data-gradient", "1")


def test_a_link_leads_to_an_element_and_another_step_changes_its_numbers(app, visit, lenet):
    page = gradients_view(visit, app, lenet, "node=conv2&parameter=conv2.weight[3, 2, 1, 1]")
    expect(page.locator(CANVAS)).to_have_attribute("data-value", "conv2.weight[3, 2, 1, 1]")
    for step in (1, 0):
        model, _gradients = autograd(lenet, step)
        page.evaluate(f"layerscopeInspector.store.set({{ step: {step} }})")
        wanted = model.conv2.weight.grad[3, 2, 1, 1].item()
        page.wait_for_function(
            "(wanted) => Math.abs(Number(document.querySelector('.backward-canvas').dataset.gradient) - wanted)"
            " <= 1e-3 * Math.abs(wanted) + 1e-9", arg=wanted)


def test_the_pointer_reads_every_number_and_the_keys_go_both_ways(app, visit, lenet):
    page = gradients_view(visit, app, lenet, "node=pool1&unit=2,6,7")
    lines = page.locator(CANVAS).evaluate(SWEEP)
    assert any(line.startswith("∂L/∂ pool1 (") for line in lines)
    assert any(line.startswith("∂L/∂ conv2 (") for line in lines)
    assert any(line.startswith("through conv2 (") and " · " in line and " = " in line for line in lines)
    canvas = page.locator(CANVAS)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(canvas).to_have_attribute("data-value", "pool1 (2, 6, 8)")
    page.keyboard.press("Enter")
    expect(page.locator(LINE)).to_contain_text("relu1 (2, ")
    page.keyboard.press("Escape")
    expect(page.locator(LINE)).to_contain_text("pool1 (2, 6, 8)")


def test_what_is_not_there_is_explained_in_the_pictures_place(app, visit, lenet):
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=gradients&node=conv2&parameter=conv2.weight[99, 0, 0, 0]")
    expect(page.locator(".backward-note")).to_contain_text("conv2 has no element (99, 0, 0, 0)")
    page.evaluate("layerscopeInspector.store.set({ unit: null, node: 'conv1' })")
    expect(page.locator(LINE)).to_contain_text("conv1 (")
