"""What if as a person meets it: a channel silenced, every view after it, and another input's values put in place."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import zoo
from explorer.inspection.held_out import held_out
from explorer.intervention import Intervention, intervened
from explorer.network import build
from explorer.recipe import Chosen
from explorer.training import Run
from explorer.training.records.checkpoints import FrameKeeper, load_frame
from explorer.training.runs.status import FINISHED, Status
from tests.e2e.reading import until

pytestmark = pytest.mark.e2e

LOOK = "layerscopeInspector.store.look"
NUMBERS = """async ([probe, options]) => {
  const { results } = await layerscopeInspector.store.ask(probe, options);
  return [...(results[0].numbers ?? results[0].output.values).data];
}"""


@pytest.fixture(scope="module")
def lenet(app) -> Run:
    """A run with weights that were only drawn."""
    recipe = zoo.recipe("lenet_relu").with_(data=Chosen("digits"), device="cpu")
    run = app.store.create(recipe)
    FrameKeeper(run.frames_folder, 2_000_000_000).keep(0, build(recipe.network, seed=3).state_dict())
    run.write_status(Status(FINISHED))
    return run


def open_view(visit, app, run: Run, more: str = "") -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}&view=what_if&node=conv2{more}")
    expect(page.locator(".silence .what-if-row")).to_have_count(11)
    return page


def logits(run: Run, *interventions: Intervention, sample: int = 0) -> np.ndarray:
    model = build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, 0))
    with intervened(model.eval(), interventions), torch.no_grad():
        return model(held_out(run.recipe).inputs([sample]))[0].numpy()


def apply(page: Page, at: str, action: str = "zero", value: str = "") -> None:
    page.get_by_label("Number", exact=True).fill(at)
    page.get_by_label("Action", exact=True).select_option(action)
    if value:
        page.get_by_label("Value", exact=True).fill(value)
    page.locator(".silence").get_by_role("button", name="Apply", exact=True).click()


def test_a_silenced_channel_changes_the_answer_and_every_view_and_undo_brings_both_back(app, visit, lenet):
    page = open_view(visit, app, lenet)
    apply(page, "3")
    banner = page.locator(".layerscope-inspector.intervened .edited-said")
    expect(banner).to_contain_text("1 part of the network changed: conv2[3] silenced")
    after = logits(lenet, Intervention("conv2", (3,)))
    until(lambda: np.allclose(page.evaluate(NUMBERS, ["silence", {}]), after, atol=1e-4))
    before = logits(lenet)
    change = float((after - before)[0])
    expect(page.locator(".silence .what-if-row").nth(1).locator("b")).to_have_text(
        re.compile("^" + ("\\+" if change > 0 else "−")))
    apply(page, "5", "scale", "-2")
    expect(page.locator(".silence .what-if-list li")).to_have_count(3)  # two parts, and the buttons for all
    both = logits(lenet, Intervention("conv2", (3,)), Intervention("conv2", (5,), "scale", -2.0))
    until(lambda: np.allclose(page.evaluate(NUMBERS, ["silence", {}]), both, atol=1e-4))
    page.get_by_role("tab", name="Operation").click()
    expect(page.locator(".operation-changed")).to_contain_text("Silenced here: channel 3 of conv2 is 0")
    maps = np.array(page.evaluate(NUMBERS, ["operation", {"node": "conv2"}])).reshape(16, 10, 10)
    assert not maps[3].any() and maps[4].any()
    expect(banner).to_contain_text("2 parts")
    page.locator(".intervened").get_by_role("button", name="Undo all", exact=True).click()
    expect(page.locator(".operation-changed")).to_be_hidden()
    until(lambda: np.allclose(page.evaluate(NUMBERS, ["silence", {}]), before, atol=1e-4))


def test_what_is_silenced_stays_through_a_reload_and_belongs_to_its_run(app, visit, lenet):
    page = open_view(visit, app, lenet)
    apply(page, "7", "force", "1.5")
    expect(page.locator(".silence .what-if-list")).to_contain_text("conv2[7] forced to 1.5")
    page.reload()
    expect(page.locator(".silence .what-if-list")).to_contain_text("conv2[7] forced to 1.5")
    expected = logits(lenet, Intervention("conv2", (7,), "force", 1.5))
    until(lambda: np.allclose(page.evaluate(NUMBERS, ["silence", {}]), expected, atol=1e-4))
    page.get_by_role("button", name=re.compile("Undo: conv2")).click()
    expect(page.locator(".silence .what-if-said")).to_contain_text("Nothing is changed.")


def test_a_number_outside_of_the_layer_cannot_be_applied(app, visit, lenet):
    page = open_view(visit, app, lenet)
    page.get_by_label("Number", exact=True).fill("16")
    expect(page.get_by_label("Number", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".silence").get_by_role("button", name="Apply", exact=True)).to_be_disabled()
    page.get_by_label("Part", exact=True).select_option("unit")
    page.get_by_label("Number", exact=True).fill("2, 9, 9")
    page.locator(".silence").get_by_role("button", name="Apply", exact=True).click()
    assert until(lambda: page.evaluate(f"{LOOK}.interventions")) == [
        {"node": "conv2", "index": [2, 9, 9], "action": "zero", "value": 0}]


def test_a_value_that_is_no_number_or_too_large_cannot_be_applied_and_the_largest_keeps_the_part(app, visit, lenet):
    page = open_view(visit, app, lenet)
    value, button = page.get_by_label("Value", exact=True), page.locator(".silence").get_by_role("button", name="Apply")
    page.get_by_label("Action", exact=True).select_option("scale")
    for typed, is_fitting in (("", False), ("1e39", False), ("-3.5e38", False), ("-1.5", True), ("3e38", True)):
        value.fill(typed)
        expect(value).to_have_attribute("aria-invalid", str(not is_fitting).lower())
        expect(button).to_be_enabled(enabled=is_fitting)
    button.click()
    page.get_by_label("Number", exact=True).fill("4")
    button.click()
    assert [each["index"] for each in until(lambda: page.evaluate(f"{LOOK}.interventions"))] == [[0], [4]]


def test_no_bar_is_filled_where_the_answer_is_no_number(app, visit, lenet):
    recipe = lenet.recipe
    diverged = app.store.create(recipe)
    weights = build(recipe.network, seed=3).state_dict()
    weights["conv1.weight"].fill_(float("nan"))
    FrameKeeper(diverged.frames_folder, 2_000_000_000).keep(0, weights)
    diverged.write_status(Status(FINISHED))
    page = visit(f"{app.url}/inspect?run={diverged.id}&view=what_if&node=conv2")
    expect(page.locator(".silence")).to_contain_text(re.compile("NaN|finite number"))
    assert {bar.evaluate("bar => bar.style.width") for bar in page.locator(".what-if-bar i").all()} <= {"0%"}
    assert set(page.locator(".what-if-change b").all_inner_texts()) <= {"NaN"}
    page.evaluate("""layerscopeInspector.store.set({ interventions: [
      { node: 'conv2', index: [0], action: 'zero', value: 0 }] })""")
    expect(page.locator(".silence .what-if-list li")).to_have_count(1)
    expect(page.locator(".silence .what-if-said")).not_to_contain_text("The answer stays")


def test_the_sentence_in_place_of_one_answer_stays_while_the_other_is_there(app, visit, lenet):
    page = open_view(visit, app, lenet)
    page.evaluate("""layerscopeInspector.store.set({ interventions: [
      { node: 'conv2', index: [99], action: 'zero', value: 0 }] })""")
    said = page.locator(".silence .what-if-said")
    expect(said).to_contain_text("conv2")
    page.reload()  # both are asked again
    expect(page.locator(".silence").get_by_role("button", name="Apply", exact=True)).to_be_enabled()
    expect(said).to_contain_text("conv2")
    page.get_by_label("Node", exact=True).select_option("conv1")
    expect(page.get_by_label("Number", exact=True)).to_be_visible()
    expect(said).to_contain_text("conv2")


def test_kept_changes_of_a_damaged_form_are_left_out(app, visit, lenet):
    page = open_view(visit, app, lenet)
    good = {"node": "conv2", "index": [3], "action": "zero", "value": 0}
    damaged = [None, 5, {"node": 5}, {**good, "index": "3"}, {**good, "action": "burn"}, {**good, "value": None}, good]
    edits = [{"parameter": 5}, {"parameter": "conv1.weight", "start": 0, "shape": [1], "values": [1]}, None]
    page.evaluate("kept => sessionStorage.setItem('layerscope.changes', JSON.stringify(kept))",
                  {"run": lenet.id, "edits": edits, "interventions": damaged})
    page.reload()
    expect(page.locator(".silence .what-if-list")).to_contain_text("conv2[3] silenced")
    assert page.evaluate(f"[{LOOK}.edits, {LOOK}.interventions]") == [[], [good]]


def test_all_of_conv2_from_another_sample_gives_its_output_and_a_click_looks_at_a_unit(app, visit, lenet):
    page = open_view(visit, app, lenet)
    page.get_by_role("radio", name="Patching", exact=True).click()
    page.wait_for_selector(".patching-canvas[data-painted]")
    page.get_by_label("Test sample", exact=True).fill("2")
    page.get_by_label("Test sample", exact=True).press("Enter")
    page.get_by_label("Change of", exact=True).select_option("3")
    here, there = logits(lenet)[3], logits(lenet, sample=2)[3]
    asked = """async () => {
      const { results } = await layerscopeInspector.store.ask('patching', { node: 'conv2', of: '3', sample: 2 });
      const [{ before, source, everything }] = results;
      return [before, source, everything];
    }"""
    found = page.evaluate(asked)
    assert found == pytest.approx([here, there, there], abs=1e-5) and found[1] == found[2]
    expect(page.locator(".patching .what-if-said")).to_contain_text("The logit of 3")
    box = page.locator(".patching-canvas").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 60)
    assert until(lambda: len(page.evaluate(f"{LOOK}.unit ?? []")) == 3)


def test_what_is_silenced_is_so_on_the_other_side_of_the_swipe_where_that_is_the_same_run_alone(app, visit, lenet):
    recipe = zoo.recipe("mlp").with_(data=Chosen("digits"), device="cpu")
    other = app.store.create(recipe)
    FrameKeeper(other.frames_folder, 2_000_000_000).keep(0, build(recipe.network, seed=3).state_dict())
    other.write_status(Status(FINISHED))
    for beside, count in (("sample-4", 1), (f"run-{other.id}", 0)):
        page = open_view(visit, app, lenet, f"&beside={beside}")
        apply(page, "3")
        until(lambda page=page: len(page.evaluate(f"{LOOK}.interventions")) == 1)
        asked = page.evaluate("""() => new Promise((done) => requestAnimationFrame(async () => {
          const { besideStore } = layerscopeInspector, { kind } = await besideStore.ask('probabilities', {});
          done([besideStore.look.interventions.length, kind]);
        }))""")
        assert asked == [count, "results"]


def test_values_come_from_the_other_side_of_the_swipe(app, visit, lenet):
    page = open_view(visit, app, lenet, "&beside=sample-4")
    page.get_by_role("radio", name="Patching", exact=True).click()
    page.wait_for_selector(".patching-canvas[data-painted]")
    page.get_by_label("Values from", exact=True).select_option("beside")
    there = logits(lenet, sample=4)
    answer = int(there.argmax())
    expect(page.locator(".patching .what-if-said")).to_contain_text(f"there (answer {answer})")
