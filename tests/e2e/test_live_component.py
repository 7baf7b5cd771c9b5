"""The live charts as a person meets them, on a server that speaks their protocol from synthetic numbers."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

SCRIPT = Path(__file__).parent / "harness" / "live.py"
pytestmark = pytest.mark.e2e

# Looks every 50 ms whether a chart's canvas shows anything, until the run has ended: [looks, blank ones, states seen].
LOOK = """async () => {
  const charts = [...document.querySelectorAll('.live-frame[data-chart] canvas')], states = new Set();
  const isBlank = (c) => !c.getContext('2d').getImageData(0, c.height >> 1, c.width, 1).data.some(Boolean);
  let looks = 0, blank = 0;
  for (let i = 0; i < 40; i++) {
    await new Promise((done) => setTimeout(done, 50));
    looks += 1;
    blank += charts.some((c) => !c.isConnected || isBlank(c));
    states.add(document.querySelector('[data-chart=loss] .live-body').dataset.lastStep);
  }
  return [looks, blank, states.size];
}"""
SET_VISIBILITY = """(state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def server(serve) -> Iterator[Callable[[str], dict]]:
    """`server("control?run=a&step=3")` -> what the harness answers, as JSON where it is any."""
    url = serve(SCRIPT)

    def ask(path: str = "") -> dict:
        with urllib.request.urlopen(f"{url}/{path}", timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    return ask


@pytest.fixture
def show(serve, open_page):
    """`show("deep")` -> the page that watches this run, its curves drawn."""

    def visit(run: str, **options) -> Page:
        page = open_page(f"{serve(SCRIPT)}/?run={run}", **options)
        page.wait_for_selector("[data-chart=loss] canvas")
        return page

    return visit


def chart(page: Page, name: str = "loss"):
    return page.locator(f"[data-chart={name}] .live-body")


def x_range(page: Page, name: str = "loss") -> list[float]:
    return chart(page, name).evaluate("body => [Number(body.dataset.from), Number(body.dataset.to)]")


def drag_over(page: Page, start: float, end: float) -> None:
    """Drag over a share of the plot's width, as one zooms."""
    box = page.locator("[data-chart=loss] .u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=4)
    page.mouse.up()


def test_the_page_shows_a_run_in_words_and_every_chart_describes_itself(show):
    page = show("words")
    expect(page.locator(".live-word")).to_have_text("● training")
    expect(page.locator(".live-facts")).to_have_text("epoch 3 of 10 · 0:42 left · 14,900 samples/s")
    expect(page.locator(".live-below")).to_have_text(
        "step 400 of 2,000 · learning rate 0.002 · 190 steps/s · 42.0 MB of memory")
    expect(chart(page)).to_have_attribute("aria-label", re.compile("training: Loss falls from 2.* to 0.* by step 398"))
    expect(chart(page, "perplexity")).to_have_attribute("aria-label", re.compile("3 values above the plot"))
    expect(chart(page, "strip")).to_have_attribute("aria-label", re.compile("highest in conv1"))
    expect(chart(page, "rate")).to_have_attribute("aria-label", re.compile("is 0.002 at step 400"))
    expect(page.locator("[data-part=view] .live-body")).to_have_attribute("aria-label", re.compile("200 samples"))
    assert x_range(page) == [0, 2000]


def test_a_constant_learning_rate_is_a_line_in_the_middle(show):
    rate = chart(show("constant"), "rate")
    expect(rate).to_have_attribute("data-last-step", "400")
    low, high = rate.evaluate("body => [Number(body.dataset.low), Number(body.dataset.high)]")
    assert (low + high) / 2 == pytest.approx(0.002)
    assert low < 0.002 < high


def test_no_chart_is_blank_while_a_run_trains_and_new_rows_alone_are_fetched(show):
    page, sizes = show("auto"), []
    page.on("response", lambda answer: "/numbers" in answer.url and sizes.append(
        (urlsplit(answer.url).query.rpartition("since=")[2], int(answer.headers["content-length"]))))
    looks, blank, states = page.evaluate(LOOK)
    assert (looks, blank) == (40, 0)
    assert states >= 5
    assert all(since and size < 20_000 for since, size in sizes)


def test_a_zoom_stays_while_rows_come_and_the_page_runs_again_until_a_double_click(show, server):
    page = show("zoom")
    drag_over(page, 0.05, 0.15)
    zoomed = x_range(page)
    assert zoomed == pytest.approx([100, 300], abs=8)
    assert x_range(page, "strip") == zoomed
    server("control?run=zoom&step=600")
    expect(chart(page)).to_have_attribute("data-last-step", "600")
    page.get_by_role("button", name="Rerun").click()
    expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("color-scheme", "dark")
    assert x_range(page) == x_range(page, "accuracy") == zoomed
    page.locator("[data-chart=accuracy] .u-over").dblclick()
    assert x_range(page) == [0, 2000]


def test_all_charts_read_their_values_where_the_pointer_is_in_epochs_or_steps(show):
    page = show("hover")
    page.locator("[data-chart=loss] .u-over").hover(position={"x": 5, "y": 20})
    readout = page.locator("[data-chart=loss] .live-readout")
    expect(readout).to_contain_text(re.compile(r"epoch 0\.\d+.*training [\d.]+"))
    expect(page.locator("[data-chart=accuracy] .live-readout")).to_contain_text(re.compile(r"training 0\.\d+"))
    page.get_by_role("button", name="steps").click()
    expect(chart(page)).to_have_attribute("data-unit", "steps")
    page.locator("[data-chart=loss] .u-over").hover(position={"x": 5, "y": 20})
    expect(page.locator("[data-chart=accuracy] .live-readout")).to_contain_text(re.compile(r"step \d+"))


def test_the_keyboard_moves_from_point_to_point_and_the_value_is_spoken(show):
    page = show("keys")
    chart(page).focus()
    page.keyboard.press("Home")
    spoken = page.locator("[data-chart=loss] .live-spoken")
    expect(spoken).to_have_text(re.compile(r"^epoch 0\.015, this step 2\.\d+, training 2\.\d+, validation"))
    page.keyboard.press("ArrowRight")
    expect(spoken).to_have_text(re.compile(r"^epoch 0\.04,"))
    page.keyboard.press("End")
    expect(spoken).to_have_text(re.compile(r"^epoch 1\.99,"))


def test_values_that_are_no_numbers_leave_gaps_and_a_huge_one_does_not_flatten_the_rest(show):
    page = show("broken")
    expect(chart(page)).to_have_attribute("data-last-step", "400")
    assert float(chart(page).get_attribute("data-high")) < 10
    expect(chart(page)).to_have_attribute("aria-label", re.compile("training: Loss falls"))


def test_a_strip_of_300_layers_names_some_and_reads_each(show):
    page = show("deep")
    expect(chart(page, "strip")).to_have_attribute("aria-label", re.compile("300 layers.*highest in block0.conv0"))
    chart(page, "strip").focus()
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("[data-chart=strip] .live-spoken")).to_have_text(re.compile(r"block0\.conv3 0\.\d+"))


def test_a_run_that_ends_is_asked_about_no_more_and_the_page_learns_of_it(show, server):
    page = show("ends")
    server("control?run=ends&step=2000")
    expect(page.locator("[data-part=state]")).to_have_attribute("data-state", "finished")
    expect(page.get_by_text("changed: True")).to_be_visible()
    expect(page.locator("[data-part=view]")).to_have_attribute("data-last-step", "2000")
    time.sleep(0.5)
    before = server("asked")
    time.sleep(1)
    assert server("asked") == before


def test_a_run_that_begins_again_is_drawn_from_its_beginning(show, server):
    page = show("again")
    server("control?run=again&step=100")
    expect(chart(page)).to_have_attribute("data-last-step", "100")
    assert page.evaluate("""() => new Promise((done) =>
      layerscopeLive.watch('again', ({ numbers }) => numbers && done(numbers.step.length)))""") == 100


def test_a_damaged_message_changes_nothing_and_is_asked_for_again(show, server):
    page = show("damaged")
    server("control?run=damaged&step=10000")
    expect(page.locator(".live-below")).to_have_text("Reconnecting …")
    expect(chart(page)).to_have_attribute("data-last-step", "400")
    server("control?run=damaged&step=500")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(chart(page)).to_have_attribute("data-last-step", "500")
    expect(page.locator(".live-below")).to_have_text(re.compile("^step 500"))


def test_a_deleted_run_leaves_its_sentence_and_what_was_drawn(show, server):
    page = show("deleted")
    expect(chart(page)).to_have_attribute("data-last-step", "400")
    server("control?run=deleted&step=-1")
    expect(page.locator(".live-below")).to_have_text("This run was deleted while you watched.")
    expect(page.get_by_text("changed: True")).to_be_visible()
    expect(chart(page)).to_have_attribute("data-last-step", "400")


def test_a_hidden_page_asks_seldom_and_at_once_when_it_is_seen_again(show, server):
    page = show("hidden")
    page.evaluate(SET_VISIBILITY, "hidden")
    time.sleep(0.5)
    before = server("asked")["hidden/numbers"]
    time.sleep(1.5)
    assert server("asked")["hidden/numbers"] - before <= 1
    server("control?run=hidden&step=500")
    page.evaluate(SET_VISIBILITY, "visible")
    expect(chart(page)).to_have_attribute("data-last-step", "500", timeout=5000)


def test_the_numbers_are_there_as_a_table_and_the_chart_as_a_picture(show):
    page = show("table")
    frame = page.locator("[data-chart=loss]")
    frame.get_by_role("button", name="Table").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("columnheader")).to_have_text(["step", "epoch", "training", "validation"])
    dialog.get_by_role("button", name="Next").click()
    expect(dialog).to_contain_text("page 2 of 6")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    with page.expect_download() as download:
        frame.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "loss.png"


def test_a_plane_has_a_sign_for_every_class_for_held_out_points_and_for_an_earlier_run(show):
    page = show("any-three&overlay=1")
    expect(page.locator("[data-part=view] .live-legend > span")).to_have_text(
        ["left", "right", "top", "held out", "an earlier run"])
    expect(page.locator("[data-part=view] .live-body")).to_have_attribute("aria-label", re.compile("of 3 classes"))


def test_predictions_keep_their_places_and_wrong_ones_have_a_sign_and_the_true_class(show):
    page = show("any-predictions")
    samples = page.locator(".live-sample")
    expect(samples).to_have_count(12)
    expect(samples.nth(0)).to_have_text(re.compile(r"✖ five24 %is zero"))
    expect(samples.nth(1)).to_have_text(re.compile(r"✓ \w+\d+ %\s*$"))


def test_what_a_network_writes_is_shown_as_it_is(show):
    expect(show("any-writing").locator(".live-writing")).to_have_text("The time traveller 400 <b>&")


def test_a_view_of_a_kind_that_nobody_draws_is_passed_over(show):
    page = show("any-unknown")
    expect(page.locator("[data-part=view] .live-empty")).to_be_hidden()


def test_another_bundle_of_the_page_watches_through_the_same_feed(show):
    found = show("other").evaluate("""() => new Promise((done) => {
      const stop = layerscopeLive.watch('other', ({ numbers, view }) => {
        if (!numbers || !view) return;
        const [{ type, values }] = view.items;
        done([view.step, type, values.shape, values.data.length, numbers.raw.length, numbers.meta.step]);
        setTimeout(() => stop());
      });
    })""")
    assert found == [400, "Field2D", [40, 40, 2], 3200, 3, 400]


def test_without_a_run_the_charts_wait_for_the_first_step(serve, open_page):
    page = open_page(serve(SCRIPT))
    expect(chart(page).locator(".live-empty")).to_have_text("Waiting for the first step")
