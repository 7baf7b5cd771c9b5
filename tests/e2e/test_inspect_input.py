"""Inspect's input in a real browser: chosen, filtered, painted on, moved by sliders, brought from outside, compared."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from PIL import Image
from playwright.sync_api import Page, expect

from explorer import network, zoo
from explorer.inspection.prepare import prepare
from explorer.probes.samples import judge
from explorer.training import Run, Session
from explorer.training.records.checkpoints import frame_steps, load_frame
from explorer.ui.widgets import samples
from tests.e2e.reading import button

pytestmark = pytest.mark.e2e

# The class probabilities as the browser gets them for what it looks at now.
ANSWER = """async () => {
  const { results } = await layerscopeInspector.store.ask("probabilities");
  return [...results[0].values.data];
}"""
PIXELS = """async () => {
  const { results } = await layerscopeInspector.store.ask("input");
  return [...results[0].values.data];
}"""


@pytest.fixture(scope="module")
def trained(app) -> Run:
    return _trained(app, zoo.recipe("lenet_relu").with_(epochs=1, threads=1, device="cpu"))


@pytest.fixture(scope="module")
def reader(app) -> Run:
    """A run that reads text, for a few steps."""
    return _trained(app, zoo.recipe("char_rnn").with_(epochs=1, train_samples=64, threads=1, device="cpu"))


def _trained(app, recipe) -> Run:
    run = app.store.create(recipe)
    assert Session(run).execute().state == "finished"
    return run


def inspect(visit, app, run: Run) -> Page:
    page = visit(f"{app.url}/inspect?run={run.id}")
    expect(page.locator(".verdict")).to_contain_text("predicted")
    expect(page.locator(".reel .sample .name").first).to_be_visible()
    return page


def judged(run: Run):
    """What the run's network answers to every test sample."""
    part = samples.test_part(run.recipe)
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    outputs = model.eval()(part.inputs(slice(None))).detach()
    return judge(run.recipe, outputs, part.targets(slice(None)), part.class_names)


def labels(page: Page) -> list[str]:
    return [cell.get_attribute("aria-label") for cell in page.locator(".reel .sample").all()]


def png(pixels: np.ndarray) -> dict[str, object]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": "three.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_sample_is_chosen_by_mouse_and_by_arrow_keys(app, visit, trained):
    page, answers = inspect(visit, app, trained), judged(trained)
    evaluate_all(page, len(answers.loss))
    page.locator(".reel .sample").nth(3).click()
    for place in (3, 4):
        expect(page.locator(".verdict-name")).to_have_text(f"Test sample {place}")
        expect(page.locator(".verdict")).to_contain_text(
            f"true {answers.targets[place]:.0f}, predicted {answers.predicted[place]:.0f}")
        page.locator(".reel").focus()
        page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    last = len(answers.loss) - 1
    expect(page.locator(f"#sample-{last}")).to_have_attribute("aria-selected", "true")
    page.wait_for_url(f"**sample={last}**")


def test_wrong_predictions_are_found_and_sorted_by_loss(app, visit, trained):
    page, answers = inspect(visit, app, trained), judged(trained)
    evaluate_all(page, len(answers.loss))
    wrong = np.flatnonzero(answers.right == 0)
    button(page, "Wrong").click()
    expect(page.locator(".strip-count")).to_have_text(f"{len(wrong)} of {len(answers.loss)} samples")
    page.get_by_label("Order").select_option("loss")
    hardest = wrong[np.argsort(-answers.loss[wrong], kind="stable")]
    expect(page.locator(".reel .sample").first).to_have_id(f"sample-{hardest[0]}")
    page.get_by_label("Target").select_option("9")
    nines = [place for place in hardest if answers.targets[place] == 9]
    expect(page.locator(".strip-count")).to_contain_text(f"{len(nines)} of")
    assert all("true 9" in label for label in labels(page))
    page.get_by_label("Lowest confidence, percent").fill("50")
    page.get_by_label("Lowest confidence, percent").press("Enter")
    expect(page.locator(".strip-count")).to_contain_text(
        f"{sum(answers.confidence[place] >= 0.5 for place in nines)} of")


def evaluate_all(page: Page, count: int) -> None:
    if button(page, "Evaluate all").is_visible():
        button(page, "Evaluate all").click()
    expect(page.locator(".strip-count")).to_have_text(f"{count} of {count} samples")


# Answers of the samples come only when the test lets them, so that what is between two can be seen; and each has
# as many, however much time there was.
HELD_BACK = """() => {
  const { store } = layerscopeInspector, ask = store.ask.bind(store), held = [];
  window.firsts = [];
  window.release = () => held.shift()?.();
  store.ask = async (probe, options, more) => {
    if (probe !== "samples") return ask(probe, options, more);
    window.firsts.push(options.first);
    await new Promise((done) => held.push(done));
    const answer = await ask(probe, { first: 0 }, more), [table] = answer.results;
    const fifty = (column) => ({ data: new column.data.constructor(50), shape: [50] });
    const columns = ["targets", "predicted", "confidence", "right", "loss"].map((name) => [name, fifty(table[name])]);
    return { ...answer, results: [{ ...table, ...Object.fromEntries(columns) }] };
  };
}"""


def test_the_rest_of_the_samples_is_evaluated_until_it_is_stopped_or_another_step_is_looked_at(app, visit, trained):
    page, steps = inspect(visit, app, trained), frame_steps(trained.frames_folder)
    page.evaluate(HELD_BACK)

    def asked(count: int) -> list[int]:
        page.wait_for_function("(count) => window.firsts.length === count", arg=count)
        return page.evaluate("window.firsts")

    page.evaluate("(step) => layerscopeInspector.store.set({ step })", steps[0])
    asked(1)
    page.evaluate("release()")
    expect(page.locator(".strip-count")).to_contain_text("50 of the first 50")
    expect(page.locator(".strip-progress")).to_be_hidden()
    button(page, "Evaluate all").click()
    assert asked(2) == [0, 50]
    page.evaluate("release()")
    assert asked(3) == [0, 50, 100]
    expect(page.locator(".strip-count")).to_contain_text("100 of the first 100")
    expect(page.locator(".strip-progress")).to_have_js_property("value", 100)
    button(page, "Stop").click()
    page.evaluate("release()")
    expect(page.locator(".strip-count")).to_contain_text("150 of the first 150")
    expect(page.locator(".strip-progress")).to_be_hidden()
    button(page, "Evaluate all").click()
    asked(4)
    page.evaluate("(step) => layerscopeInspector.store.set({ step })", steps[-1])
    assert asked(5) == [0, 50, 100, 150, 0]
    page.evaluate("release(); release()")
    expect(page.locator(".strip-count")).to_contain_text("50 of the first 50")
    expect(button(page, "Evaluate all")).to_be_visible()
    assert len(page.evaluate("window.firsts")) == 5


def test_a_slider_moves_what_the_network_takes_and_its_answer(app, visit, trained):
    page = inspect(visit, app, trained)
    before, answer = page.evaluate(PIXELS), page.evaluate(ANSWER)
    page.get_by_text("Changes", exact=True).click()
    shift = page.get_by_role("slider", name="Shift right, px")
    shift.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    moved = np.array(page.evaluate(PIXELS)).reshape(28, 28)
    assert np.allclose(moved[:, 3:], np.array(before).reshape(28, 28)[:, :-3], atol=1e-5)
    assert page.evaluate(ANSWER) != answer
    button(page, "No changes").click()
    expect(shift).to_have_value("0")
    assert page.evaluate(PIXELS) == before


def test_the_prediction_follows_the_brush_and_undo_takes_it_back(app, visit, trained):
    page = inspect(visit, app, trained)
    before, answer = page.evaluate(PIXELS), page.evaluate(ANSWER)
    button(page, "Erase").click()
    box = page.locator(".board-pixels").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 10, steps=8)
    page.mouse.up()
    expect(page.locator(".verdict-name")).to_have_text("Test sample 0, edited")
    expect(page.locator(".verdict")).to_contain_text(f"true {judged(trained).targets[0]:.0f}, predicted")
    painted = page.evaluate(PIXELS)
    assert sum(painted) < sum(before) - 5
    assert page.evaluate(ANSWER) != answer
    button(page, "Undo").click()
    assert page.evaluate(PIXELS) == before
    button(page, "Back to the unchanged input").click()
    expect(page.locator(".verdict-name")).to_have_text("Test sample 0")


def test_the_brush_is_led_by_keys(app, visit, trained):
    page = inspect(visit, app, trained)
    page.locator(".board-pixels").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".board-said")).to_contain_text("row 2, column 1: 1")
    assert np.array(page.evaluate(PIXELS)).reshape(28, 28)[2, 1] == 1


def test_a_picture_is_uploaded_inverted_and_inverted_back(app, visit, trained):
    page, ink = inspect(visit, app, trained), np.full((56, 56), 255, np.uint8)
    ink[8:48, 24:32] = 0
    page.locator("input[type=file]").set_input_files(png(ink))
    expect(page.locator(".verdict-name")).to_have_text("three.png")
    file = png(ink)["buffer"]
    assert page.evaluate(PIXELS) == pytest.approx(prepare(trained.recipe, "picture", file).values.ravel().tolist())
    button(page, "Invert dark and bright").click()
    page.wait_for_function("async () => (await layerscopeInspector.store.ask('input')).results[0].values.data[0] === 1")
    page.locator(".reel .sample").nth(1).click()
    expect(page.locator(".strip-sentence")).to_have_text("")
    places = """() => [...document.querySelectorAll("[role=tablist], .verdict, .compare")]
      .map((element) => element.getBoundingClientRect().y)"""
    before = page.evaluate(places)
    page.locator("input[type=file]").set_input_files(
        {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator(".strip-sentence")).to_contain_text("not a picture that can be read")
    assert page.evaluate(places) == before


def test_a_drawing_is_prepared_once_and_shown_as_the_network_takes_it(app, visit, trained):
    page = inspect(visit, app, trained)
    button(page, "Draw").click()
    box = page.locator(".pad-ink").bounding_box()
    page.mouse.move(box["x"] + 70, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 120, steps=6)
    page.mouse.up()
    expect(page.locator(".verdict-name")).to_have_text("Drawing")
    pixels = np.array(page.evaluate(PIXELS)).reshape(28, 28)
    rows = np.flatnonzero(pixels.max(1) > 0.1)
    assert 18 <= rows[-1] - rows[0] + 1 <= 22
    expect(page.locator(".panel-note")).to_contain_text("centered by mass")
    expect(page.locator(".board-pixels")).to_be_hidden()
    place = page.locator(".pad-ink").bounding_box()
    button(page, "Draw").click()
    expect(page.locator(".pad-ink")).to_be_hidden()
    assert page.locator(".board-pixels").bounding_box() == place


def test_two_inputs_are_compared_by_their_difference(app, visit, trained):
    page, part = inspect(visit, app, trained), samples.test_part(trained.recipe)
    button(page, "Compare with another").click()
    page.locator(".reel .sample").nth(2).click()
    button(page, "A − B").click()
    expect(page.locator(".verdict")).to_contain_text("Difference")
    pixels = part.inputs(slice(0, 3))
    assert page.evaluate(PIXELS) == pytest.approx((pixels[2] - pixels[0]).ravel().tolist(), abs=1e-6)
    expect(page.locator(".compare-names")).to_have_text("A: Test sample 2 · B: Test sample 0")
    page.wait_for_url("**sample=2**")
    page.get_by_role("link", name="Home").click()
    expect(page.locator(".compare")).to_have_count(0)
    page.get_by_role("link", name="Inspect").click()
    expect(button(page, "A − B")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("""() => [...document.querySelectorAll(".compare canvas")].every((canvas) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      return copy.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
    })""")
    button(page, "Stop comparing").click()
    expect(page.locator(".verdict-name")).to_have_text("Test sample 2")


def test_a_text_file_is_read_and_ones_own_words_are(app, visit, reader):
    page = inspect(visit, app, reader)
    page.locator("input[type=file]").set_input_files(
        {"name": "words.txt", "mimeType": "text/plain", "buffer": b"Down, down, down."})
    expect(page.locator(".typed-reads")).to_contain_text("down down down.")
    page.get_by_label("Text").fill("curiouser and ")
    expect(page.locator(".typed-reads")).to_contain_text("14 characters: curiouser and")
    page.get_by_label("Text").fill("123")
    expect(page.locator(".strip-sentence, .panel-sentence").filter(has_text="knows none")).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify(layerscopeInspector.store.look.input.tokens)")) == 14


def draw_line(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw on the pad, from and to shares of its sides."""
    box = page.locator(".pad-ink").bounding_box()
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=8)
    page.mouse.up()


def ink(page: Page) -> np.ndarray:
    """The pad's rows that have ink, as shares of its height."""
    rows = page.locator(".pad-ink").evaluate("""(pad) => {
      const copy = new OffscreenCanvas(pad.width, pad.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(pad, 0, 0);
      const { data } = copy.getImageData(0, 0, pad.width, pad.height);
      return Array.from({ length: pad.height }, (_, y) => Array.from({ length: pad.width }, (_, x) => x)
        .some((x) => data[(y * pad.width + x) * 4] > 127));
    }""")
    return np.flatnonzero(rows) / len(rows)


def test_strokes_are_undone_cleared_and_kept_while_another_page_is_visited(app, visit, trained):
    page = inspect(visit, app, trained)
    button(page, "Draw").click()
    expect(page.get_by_text("Draw here")).to_be_visible()
    draw_line(page, (0.2, 0.3), (0.8, 0.3))
    draw_line(page, (0.2, 0.7), (0.8, 0.7))
    assert ink(page)[-1] == pytest.approx(0.73, abs=0.03)
    page.locator(".pad-ink").press("Control+z")
    assert [ink(page)[0], ink(page)[-1]] == pytest.approx([0.27, 0.33], abs=0.03)
    page.get_by_role("link", name="Home").click()
    expect(page.locator(".pad-ink")).to_have_count(0)
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(".verdict-name")).to_have_text("Drawing")
    assert ink(page)[0] == pytest.approx(0.27, abs=0.03)
    page.locator(".pad-ink").press("Delete")
    expect(page.get_by_text("Draw here")).to_be_visible()
    assert not len(ink(page))


def test_a_pasted_picture_is_looked_at(app, visit, trained):
    page = inspect(visit, app, trained)
    content = list(png(np.full((28, 28), 200, np.uint8))["buffer"])
    page.evaluate("""(content) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(content)], "clip.png", { type: "image/png" }));
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }""", content)
    expect(page.locator(".verdict-name")).to_have_text("clip.png")
    expect(page.locator(".strip-sentence")).to_contain_text("Dark and bright are inverted")
