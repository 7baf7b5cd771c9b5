"""Kernels as a person meets them: changed by hand with every view and the prediction, taken back, kept as a fork."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import zoo
from explorer.document import chain
from explorer.inspection.held_out import held_out
from explorer.network import build
from explorer.recipe import Chosen
from explorer.training import Run, Session
from explorer.training.records.checkpoints import FrameKeeper, frame_steps, load_frame
from explorer.training.runs.origin import origin_of
from explorer.training.runs.status import FINISHED, Status
from tests.e2e.reading import until

pytestmark = pytest.mark.e2e

LINE = ".layerscope-inspector.edited .edited-line"  # of the changes by hand; there is another of interventions
SAID = ".layerscope-inspector.edited .edited-said"
SOBEL = [[0, 0, 0, 0, 0], [0, -1, 0, 1, 0], [0, -2, 0, 2, 0], [0, -1, 0, 1, 0], [0, 0, 0, 0, 0]]
SHOWN = "[...document.querySelectorAll('.answer .bar .track')].map((bar) => bar.parentElement.title)"
OUTPUT = """async () => {
  const { results } = await layerscopeInspector.store.ask('operation', { node: 'conv1' });
  return [...results[0].output.values.data];
}"""


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    """A run with a state at its last step, long enough that a fork of it trains on."""
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), epochs=2, threads=1, device="cpu")
    run = app.store.create(recipe)
    session = Session(run)
    session.prepare()
    for step in session.steps():
        if step == 20:
            break
    session.recorder.flush()
    session.recorder.keep_state()
    run.write_status(Status(FINISHED))
    return run


@pytest.fixture(scope="module")
def wide(app) -> Run:
    """A network with 512 × 512 kernels of weights that were only drawn."""
    layers = [("input", "input", {"shape": [1, 8, 8]}), ("conv1", "conv2d", {"out_channels": 512, "kernel_size": 1}),
              ("conv2", "conv2d", {"out_channels": 512, "kernel_size": 3}), ("flatten", "flatten", {}),
              ("linear1", "linear", {"out_features": 10})]
    run = app.store.create(zoo.recipe("lenet_relu").with_(network=chain("Wide", *layers), data=Chosen("digits")))
    FrameKeeper(run.frames_folder, 2_000_000_000).keep(0, build(run.recipe.network, seed=1).state_dict())
    run.write_status(Status(FINISHED))
    return run


def kernels_view(visit, app, run: Run, node: str) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&node={node}&view=weights")
    expect(page.locator(".kernels-canvas[data-painted]")).to_be_visible()
    expect(page.locator(".answer .bar")).to_have_count(10)
    return page


def model_of(run: Run, *, sobel: bool = False):
    model = build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    if sobel:
        with torch.no_grad():
            model.conv1.weight[0, 0] = torch.tensor(SOBEL, dtype=torch.float32)
    return model.eval()


def shown(page: Page) -> list[float]:
    def number(words: str) -> float:
        plain = words.replace("−", "-").replace("×10", "e")
        return float(plain.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))

    return [number(title) for title in page.evaluate(SHOWN)]


def follows(page: Page, run: Run, *, sobel: bool) -> None:
    """The prediction and conv1's maps become those of the model with these weights."""
    model, x = model_of(run, sobel=sobel), held_out(run.recipe).inputs([0])
    with torch.no_grad():
        expected, maps = model(x).softmax(1)[0].numpy(), model.conv1(x)[0].numpy()
    until(lambda: np.allclose(shown(page), expected, atol=1e-3))
    found = np.array(page.evaluate(OUTPUT), np.float32)
    assert np.allclose(found.reshape(maps.shape), maps, atol=1e-4)


def apply_sobel(page: Page) -> None:
    page.get_by_label("Preset", exact=True).select_option("sobel_x")
    page.get_by_role("button", name="Put the preset in place of these weights").click()


def test_a_preset_changes_the_maps_and_the_prediction_and_undo_brings_both_back(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "conv1")
    follows(page, lenet, sobel=False)
    apply_sobel(page)
    follows(page, lenet, sobel=True)
    banner = page.locator(SAID)
    expect(banner).to_contain_text("25 weights changed by hand (conv1.weight)")
    page.get_by_role("tab", name="Overview").click()
    expect(banner).to_contain_text("25 weights")
    page.locator(LINE).get_by_role("button", name=re.compile("Undo the last")).click()
    expect(banner).to_contain_text("No weight is changed by hand.")
    follows(page, lenet, sobel=False)
    page.locator(LINE).get_by_role("button", name=re.compile("Redo")).click()
    follows(page, lenet, sobel=True)


def test_the_strip_of_samples_has_the_answers_of_the_changed_weights(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "conv1")
    cell = page.locator(".samples [role=option] .name")
    expect(cell.first).to_be_visible()
    page.evaluate("""layerscopeInspector.store.set({ edits: [
      { parameter: 'linear3.bias', start: [3], shape: [1], values: [1000] }] })""")
    for place, target in enumerate(held_out(lenet.recipe).targets(slice(0, 4)).tolist()):
        expect(cell.nth(place)).to_have_text("3" if target == 3 else f"✗ {target} → 3")


def test_a_reload_keeps_what_was_changed_by_hand_and_another_run_has_none_of_it(app, visit, lenet, wide):
    page = kernels_view(visit, app, lenet, "conv1")
    apply_sobel(page)
    expect(page.locator(SAID)).to_contain_text("25 weights changed by hand (conv1.weight)")
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(SAID)).to_contain_text("25 weights changed by hand (conv1.weight)")
    follows(page, lenet, sobel=True)
    page.goto(f"{app.url}/inspect?run={wide.id}&view=weights")
    expect(page.locator(".kernels-canvas[data-painted]")).to_be_visible()
    assert page.evaluate("layerscopeInspector.store.look.edits") == []


def test_a_weight_of_a_matrix_is_named_beside_those_around_it(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "linear2")
    expect(page.locator(".kernels-title")).to_have_text("Weights: output 0–4 × input 0–4")
    expect(page.locator(".kernels-number")).to_contain_text("output 0 ← input 0")
    expect(page.get_by_label("What the preset changes").locator("option").first).to_have_text("this weight")


def test_a_weight_is_typed_and_what_is_no_number_is_explained_at_its_field(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "conv1")
    field, problem = page.locator(".kernels-number input"), page.locator(".kernels-problem")
    for words, sentence in (("abc", "Type a number, such as 0.25."), ("", "Type a number, such as 0.25."),
                            ("1e999", "A weight must be a finite number, at most 3.4 × 10³⁸.")):
        field.fill(words)
        field.press("Enter")
        expect(problem).to_have_text(sentence)
    assert page.evaluate("layerscopeInspector.store.look.edits") == []
    field.fill("0.75")
    field.press("Enter")
    expect(problem).to_be_empty()
    expect(page.locator(SAID)).to_contain_text("1 weight changed by hand (conv1.weight)")
    assert page.evaluate("layerscopeInspector.store.look.edits") == [
        {"parameter": "conv1.weight", "start": [0, 0, 0, 0], "shape": [1, 1, 1, 1], "values": [0.75]}]
    page.locator(".kernels-large").press("ArrowRight")
    page.locator(".kernels-large").press("+")
    expect(page.locator(SAID)).to_contain_text("2 weights")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(LINE)).to_contain_text("No weight is changed by hand.")


def test_a_fork_starts_from_the_changed_weights_and_trains_on(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "conv1")
    before = {run.id for run in app.store.all()}
    apply_sobel(page)
    expect(page.locator(SAID)).to_contain_text("25 weights")
    page.get_by_test_id("keep-edits").click()
    expect(page.get_by_text("A new run trains on from these weights")).to_be_visible()
    (child,) = [run for run in app.store.all() if run.id not in before]
    assert [str(change) for change in origin_of(child).changes] == ["edited by hand: conv1.weight (25 weights)"]
    weights = load_frame(child.frames_folder, origin_of(child).step)
    expected = model_of(lenet, sobel=True).state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)
    until(lambda: frame_steps(child.frames_folder)[-1] > origin_of(child).step)
    page.get_by_role("button", name="Open on Train").click()
    page.wait_for_url(re.compile(rf"/train\?.*run={child.id}"))


def test_the_last_kernel_of_512_times_512_is_reached_by_scrolling(app, visit, wide):
    page = kernels_view(visit, app, wide, "conv2")
    page.locator(".kernels-scroller").evaluate("room => room.scrollTo(room.scrollWidth, room.scrollHeight)")
    canvas, line = page.locator(".kernels-canvas"), page.locator(".kernels .path-line")
    last = model_of(wide).conv2.weight[511, 511, 2, 2].item()

    def reads_the_last() -> bool:
        box = canvas.bounding_box()
        canvas.hover(position={"x": box["width"] - 14, "y": box["height"] - 14})
        page.wait_for_timeout(100)
        return "output 511 ← input 511 (2, 2) = " in (line.text_content() or "")

    until(reads_the_last)
    said = float(line.text_content().split(" = ")[1].split(" ")[0].replace("−", "-"))
    assert said == pytest.approx(last, rel=1e-3)


def test_the_frequency_response_is_that_of_numpy(app, visit, lenet):
    page = kernels_view(visit, app, lenet, "conv1")
    rng = np.random.default_rng(0)
    for shape in ((5, 5), (3, 3), (1, 7), (28, 28)):
        kernel = rng.standard_normal(shape).astype(np.float32)
        found = page.evaluate("""([values, high, wide]) => {
          const found = layerscopeInspector.responseOf(Float32Array.from(values), 0, high, wide);
          return [[...found.values], found.rows, found.columns];
        }""", [kernel.flatten().tolist(), *shape])
        size = tuple(1 if each == 1 else max(16, each) for each in shape)
        expected = np.abs(np.fft.fftshift(np.fft.fft2(kernel, size)))
        assert (found[1], found[2]) == size
        assert np.allclose(np.array(found[0]).reshape(size), expected, atol=1e-4)
