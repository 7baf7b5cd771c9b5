"""Change over training in a real browser: the swipe between two sides, the film of kernels, histograms, damage."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import zoo
from explorer.kinds import Chosen
from explorer.training import Run, Session
from explorer.training.records.checkpoints import frame_path, frame_steps, load_frame

pytestmark = pytest.mark.e2e

FRAMES = """async ([what, node]) => {
  const { results } = await layerscopeInspector.store.ask("film", { node, what });
  const { steps, frames } = results[0];
  return { steps: [...steps.data], shape: frames.shape, values: [...frames.data] };
}"""
BARS = "host => [...host.querySelectorAll(':scope > .answer-body .bar i')].map((each) => each.style.width)"


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    return trained(app, epochs=1)


@pytest.fixture(scope="module")
def another(app) -> Run:
    return trained(app, epochs=1, seed=5)


def trained(app, **settings) -> Run:
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), threads=1, device="cpu", **settings)
    run = app.store.create(recipe)
    assert Session(run).execute().state == "finished"
    return run


def answers(page: Page) -> tuple[list[str], list[str]]:
    """The lengths of the bars that both sides of the swipe show: the page's own, the other's."""
    host = page.locator(".layerscope-inspector.answer").first
    expect(host.locator(".beside-over .bar")).to_have_count(10)
    return host.evaluate(BARS), host.locator(".beside-over").evaluate(BARS)


def test_the_swipe_shows_the_untrained_network_beside_the_trained_one(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=operation&node=conv1&unit=0,9,9&sample=3")
    expect(page.locator(".beside-over")).to_have_count(0)
    page.get_by_test_id("compare").select_option("step")
    page.wait_for_url(re.compile("beside=step-0"))
    own, other = answers(page)
    assert own != other
    page.get_by_test_id("time").press("Home")  # the page's own goes back to the same step
    expect(page.get_by_test_id("moment")).to_contain_text("epoch 0.00")
    page.wait_for_function("""() => {
      const [own, other] = document.querySelectorAll('.answer-body');
      return own.textContent === other.textContent;
    }""")
    names = page.locator(".layerscope-inspector.operation .beside-name")
    assert names.all_text_contents()[:2] == ["step 0", "step 0"]
    page.get_by_test_id("compare-off").click()
    expect(page.locator(".beside-over")).to_have_count(0)


LIMITS = """() => Promise.all([layerscopeInspector.store, layerscopeInspector.besideStore].map(async (store) =>
  (await store.ask("kernels", { node: "conv1" })).results[0].limit))"""


def test_one_color_means_one_number_on_both_sides_and_each_line_is_of_one_side(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=weights&node=conv1&beside=step-0")
    own = page.locator(".layerscope-inspector.kernels:not(.beside-over) > .path-line")
    other = page.locator(".layerscope-inspector.kernels > .beside-over > .path-line")
    expect(other).to_contain_text("Colors")
    trained, untrained = page.evaluate(LIMITS)
    assert trained != untrained
    for line in (own, other):
        expect(line).to_contain_text(f"to {max(trained, untrained):.4g}")
    written = own.evaluate("line => getComputedStyle(line, '::before').content")
    assert written == f'"step {frame_steps(lenet.frames_folder)[-1]}: "'
    page.get_by_test_id("compare-off").click()
    expect(own).to_contain_text(f"to {trained:.4g}")


def test_an_answer_names_the_numbers_of_both_sides_uncut(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=operation&node=conv1&beside=step-0&sample=3")
    answers(page)
    rows = "host => [...host.querySelectorAll(':scope > .answer-body .number')].map((each) => each.textContent)"
    host = page.locator(".layerscope-inspector.answer").first
    page.wait_for_function("""() =>
      [...document.querySelectorAll('.answer .number')].every((each) => each.textContent.includes(' | '))""")
    own, other = host.evaluate(rows), host.locator(".beside-over").evaluate(rows)
    assert own == other and len(own) == 10
    left, right = ([float(row.split(" | ")[side].rstrip(" %")) for row in own] for side in (0, 1))
    bars = [[round(float(width.rstrip("%")), 1) for width in side] for side in answers(page)]
    assert [right, left] == [pytest.approx(side, abs=0.11) for side in bars]


def test_the_handle_moves_all_views_at_once_and_paints_none_of_them(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=unit&node=conv2&unit=0,4,4&beside=sample-7")
    expect(page.locator(".beside-over .path-canvas")).to_be_visible()
    handle = page.locator(".layerscope-inspector.path > .beside-handle")
    answers(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/layerscope/inspect/" in request.url else None)
    box = handle.bounding_box()
    page.mouse.move(box["x"] + 7, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] - 193, box["y"] + 150, steps=8)
    page.mouse.up()
    shares = page.get_by_test_id("swipe").evaluate_all("all => all.map((each) => each.ariaValueNow)")
    assert len(set(shares)) == 1 and 10 < int(shares[0]) < 45
    handle.press("End")
    assert handle.get_attribute("aria-valuenow") == "100"
    handle.press("ArrowLeft")
    assert handle.get_attribute("aria-valuenow") == "98" and not asked


def test_a_click_goes_to_the_side_under_the_pointer_and_both_follow(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=operation&node=conv1&unit=0,9,9&beside=step-0")
    over = page.locator(".layerscope-inspector.operation > .beside-over")
    expect(over.locator(".operation-canvas")).to_have_attribute("data-unit", "0,9,9")
    over.locator(".operation-canvas").press("ArrowRight")
    for side in page.locator(".operation-canvas").all():
        expect(side).to_have_attribute("data-unit", "0,9,10")


def test_another_run_is_beside_with_its_own_weights(app, visit, lenet, another) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=operation&node=conv1&beside=run-{another.id}")
    own, other = answers(page)
    assert own != other
    expect(page.locator(".layerscope-inspector.operation .beside-name.right")).to_contain_text("run B")


def test_the_overviews_maps_lie_over_one_another(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&beside=step-0")
    page.wait_for_function("() => document.querySelectorAll('canvas.beside[data-painted]').length > 5")
    cuts = "() => [...document.querySelectorAll('canvas.beside')].map((each) => each.style.clipPath)"
    before = page.evaluate(cuts)
    page.locator(".beside-layer .beside-handle").press("Home")
    assert page.evaluate(cuts) != before
    page.get_by_test_id("compare-off").click()
    expect(page.locator("canvas.beside")).to_have_count(0)


def test_the_film_of_conv1s_kernels_plays_from_the_first_to_the_last_checkpoint(app, visit, lenet) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=time&node=conv1")
    steps = frame_steps(lenet.frames_folder)
    stage = page.locator(".film-canvas")
    expect(stage).to_have_attribute("data-step", str(steps[-1]))
    page.wait_for_function("() => !document.querySelector('.film-line').textContent.includes('frames are here')")
    found = page.evaluate(FRAMES, ["kernels", "conv1"])
    values = np.array([float(value) for value in found["values"]], np.float32).reshape(found["shape"])
    assert found["steps"] == steps
    for step, tiles in zip(steps, values, strict=True):
        assert np.array_equal(tiles, load_frame(lenet.frames_folder, step)["conv1.weight"].flatten(0, 1).numpy())
    page.evaluate("""() => {
      const canvas = document.querySelector('.film-canvas'), seen = globalThis.seen = new Set();
      new MutationObserver(() => seen.add(Number(canvas.dataset.step))).observe(canvas, { attributes: true });
    }""")
    page.get_by_test_id("film-play").click()
    page.wait_for_function(f"() => document.querySelector('.film-canvas').dataset.step !== '{steps[-1]}'")
    expect(stage).to_have_attribute("data-step", str(steps[-1]))
    seen = page.evaluate("[...seen]")  # on a busy machine the film leaves some out, to keep its pace
    assert seen == sorted(seen) and set(seen) <= set(steps) and seen[0] == steps[0] and len(seen) > len(steps) / 3
    expect(page.locator(".film-line")).to_contain_text("training loss")
    stage.press("Home")
    expect(stage).to_have_attribute("data-step", "0")
    expect(page.get_by_test_id("histograms-step")).to_have_attribute("aria-valuetext", re.compile("0"))


def test_a_damaged_checkpoint_is_skipped_with_a_sentence_and_the_film_goes_on(app, visit) -> None:
    run = trained(app, epochs=1, train_samples=320, seed=9)
    steps = frame_steps(run.frames_folder)
    broken = steps[len(steps) // 2]
    frame_path(run.frames_folder, broken).write_bytes(b"no checkpoint")
    page = visit(f"{app.url}/inspect?run={run.id}&view=time&node=conv1")
    expect(page.get_by_test_id("moment")).to_contain_text(f"Step {broken} is damaged; the film skips it.")
    page.get_by_test_id("time").press("Home")
    page.get_by_test_id("film").click()
    page.wait_for_function(f"() => layerscopeInspector.store.look.step === {steps[-1]}")
    expect(page.locator(".film-line")).to_contain_text("left out as damaged: 1")


def test_histograms_of_two_runs_are_drawn_over_one_another(app, visit, lenet, another) -> None:
    page = visit(f"{app.url}/inspect?run={lenet.id}&view=time&node=conv1")
    line, canvas = page.locator(".histograms-line"), page.locator(".histograms-canvas")
    expect(line).to_contain_text("150 values")
    weights = load_frame(lenet.frames_folder, frame_steps(lenet.frames_folder)[-1])["conv1.weight"].numpy()
    expect(line).to_contain_text(f"standard deviation {weights.std(dtype=float):.4g}")
    before = canvas.evaluate("each => each.toDataURL()")
    page.get_by_test_id("histograms-run").select_option(another.id)
    expect(page.locator(".histograms-chip")).to_have_count(1)
    page.wait_for_function("before => document.querySelector('.histograms-canvas').toDataURL() !== before", arg=before)
    page.locator(".histograms-chip").click()
    expect(page.locator(".histograms-chip")).to_have_count(0)
    page.get_by_test_id("histograms-what").select_option("gradients")
    expect(page.locator(".layerscope-inspector.histograms .operation-what")).to_contain_text("Gradients")
    canvas.press("ArrowLeft")
    page.wait_for_function(f"() => layerscopeInspector.store.look.step < {frame_steps(lenet.frames_folder)[-1]}")


def test_a_run_with_one_checkpoint_is_a_film_of_one_frame(app, visit) -> None:
    run = trained(app, epochs=1, train_samples=160, seed=11)
    steps = frame_steps(run.frames_folder)
    for step in steps[1:]:
        frame_path(run.frames_folder, step).unlink()
    page = visit(f"{app.url}/inspect?run={run.id}&view=time&node=conv1")
    expect(page.locator(".film-line")).to_contain_text("this run kept a single step")
    expect(page.get_by_test_id("film-play")).to_be_disabled()
