"""The app as a person meets it, in a real browser: from the first card to what a trained network sees."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer import network, probes, zoo
from explorer.document import Network
from explorer.formatting import format_number
from explorer.recipe import Recipe
from explorer.results import ImageGrid
from explorer.training import Run, Session
from explorer.training.records.checkpoints import frame_steps, load_frame, state_steps
from explorer.training.records.metrics import last_step, read_steps
from explorer.ui.widgets import samples
from tests.e2e.conftest import ROOT, start_server, stop_server, wait_until_idle
from tests.e2e.reading import PATIENCE_MS, button, in_state, keyed, on_card, run_of, until

pytestmark = pytest.mark.e2e
# The strong line of the loss as the page has it: of so short a run, each step.
DRAWN = """run => new Promise(resolve => {
  const stop = layerscopeLive.watch(run, ({numbers}) => {
    if (numbers) { queueMicrotask(() => stop()); resolve(Array.from(numbers.means[0])); }
  });
})"""


@pytest.fixture
def another_server(app) -> Iterator[str]:
    """The address of a second server that was just started on the same folder, as after a restart."""
    process, url = start_server(ROOT / "app.py", (), app.folder, {})
    yield url
    stop_server(process)


@pytest.fixture(scope="module")
def trained(app) -> Run:
    """A finished run of the first card, trained here and now."""
    run = app.store.create(zoo.recipe("lenet_relu").with_(epochs=1, threads=1, device="cpu"))
    assert Session(run).execute().state == "finished"
    return run


def start_training(visit, app, epochs: int, name: str = "lenet_relu") -> tuple[Page, Run]:
    """From the card on Home to a run that trains."""
    page = visit(app.url)
    on_card(page, "train", name).click()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    keyed(page, "start").click()  # at once, as one who has typed a number does
    return page, run_of(page, app)


def hovered(page: Page, row: int, map: int, y: int, x: int) -> list[str]:
    """What the page says of a unit while the mouse is over it."""
    canvas = page.locator("canvas.maps:visible").nth(row)
    canvas.scroll_into_view_if_needed()
    page.wait_for_function("canvas => canvas.dataset.unitX", arg=canvas.element_handle())
    told = canvas.evaluate("canvas => ({...canvas.dataset})")
    ratio, columns, pitch_x, pitch_y, unit_x, unit_y, inset = (
        float(told[name]) for name in ("ratio", "columns", "pitchX", "pitchY", "unitX", "unitY", "inset"))
    line, column = divmod(map, int(columns))
    canvas.hover(position={"x": (column * pitch_x + inset + (x + 0.5) * unit_x) / ratio,
                           "y": (line * pitch_y + inset + (y + 0.5) * unit_y) / ratio})
    expect(page.locator(".tip:visible")).to_be_visible()
    return page.locator(".tip:visible > div").all_inner_texts()


def maps_of(run: Run, index: int = 0) -> tuple[ImageGrid, ...]:
    """What the probe says of a test sample, from the run's last frame."""
    model = network.build(run.recipe.network)
    model.load_state_dict(load_frame(run.frames_folder, frame_steps(run.frames_folder)[-1]))
    return probes.run("feature_maps", model, samples.test_part(run.recipe).inputs([index]))


def value_of(page: Page, node: str, unit: tuple[int, ...]) -> str:
    """What the maps say of a unit once it is looked at."""
    page.evaluate("look => layerscopeInspector.store.set(look)", {"node": node, "unit": list(unit)})
    spoken = page.locator(".maps .inspector-spoken")
    expect(spoken).to_contain_text(f"{node} ({', '.join(map(str, unit))}) = ")
    return spoken.text_content().rpartition(" = ")[2]


def test_from_the_first_card_to_a_falling_loss_and_inside(app, visit):
    page, run = start_training(visit, app, epochs=2)
    expect(page.locator("[data-chart=loss] .live-body")).to_have_attribute("data-last-step", re.compile("[1-9]"))
    in_state(page, "finished")
    steps = read_steps(run.metrics_path)
    expect(page.locator("[data-chart=loss] .live-body")).to_have_attribute("data-last-step", str(len(steps)))
    drawn = page.evaluate(DRAWN, run.id)
    assert drawn == pytest.approx(steps.loss.tolist(), rel=1e-6)
    assert np.mean(drawn[-10:]) < 0.6 * np.mean(drawn[:10])
    assert run.recipe.epochs == 2
    expect(page.get_by_text(f"{run.status().summary['test_accuracy']:.4f}")).to_be_visible()
    button(page, "Inspect").click()
    page.wait_for_url(re.compile(r"/inspect\?.*run="))
    assert run_of(page, app) == run
    page.get_by_role("tab", name="Feature maps").click()
    assert value_of(page, "conv1", (2, 10, 14)) == format_number(maps_of(run)[1].values[2, 10, 14])


def test_the_kernels_are_the_weights_of_the_frame(app, visit, trained):
    page = visit(f"{app.url}/inspect?run={trained.id}")
    page.get_by_role("tab", name=re.compile("Kernels")).click()
    weight = load_frame(trained.frames_folder, frame_steps(trained.frames_folder)[-1])["conv1.weight"]
    assert hovered(page, 0, 3, 1, 4)[1] == format_number(float(weight[3, 0, 1, 4]))


def test_another_sample_and_another_step_change_what_is_seen(app, visit, trained):
    page = visit(f"{app.url}/inspect?run={trained.id}&view=maps")
    before = value_of(page, "conv1", (4, 12, 12))
    page.locator(".samples [role=option]").nth(7).click()
    until(lambda: value_of(page, "conv1", (4, 12, 12)) != before)
    before = value_of(page, "conv1", (4, 12, 12))
    assert before == format_number(maps_of(trained, 7)[1].values[4, 12, 12])
    page.get_by_test_id("time").press("Home")
    until(lambda: value_of(page, "conv1", (4, 12, 12)) != before)
    page.wait_for_url(re.compile(r"step=0&|step=0$"))
    assert "sample=7" in page.url and "view=maps" in page.url


def test_a_reload_keeps_network_and_run(app, visit):
    page = visit(app.url)
    on_card(page, "train", "mlp").click()
    page.wait_for_url(re.compile(r"/train\?.*net="))
    wait_until_idle(page)
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("17")
    field.press("Enter")
    wait_until_idle(page)
    address = page.url
    page.reload()
    expect(page.get_by_role("spinbutton", name="Epochs")).to_have_value("17")
    assert page.url == address
    page.get_by_test_id("stTopNavLink").filter(has_text="Build").click()
    page.wait_for_url(re.compile("/build"))
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(zoo.get("mlp").name)
    page.wait_for_url(re.compile(r"net=[0-9a-f]{32}"))
    page.reload()
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(zoo.get("mlp").name)


def test_a_restarted_server_finds_network_and_run_even_at_a_first_visit_to_inspect(
        app, another_server, visit, trained):
    page = visit(f"{app.url}/inspect?run={trained.id}&view=maps")
    expect(page.locator(".maps-canvas")).to_be_visible()
    address = urlsplit(page.url)
    again = visit(f"{another_server}{address.path}?{address.query}")
    expect(again.locator(".maps-canvas")).to_be_visible(timeout=PATIENCE_MS)
    assert urlsplit(again.url).query == address.query
    chosen = again.get_by_role("combobox", name=re.compile("Run")).first
    expect(chosen).to_have_value(re.compile(f"^{re.escape(trained.recipe.network.name)} · digits"))
    again.close()  # before its server, or it would complain


def test_pause_holds_one_batch_steps_by_one_and_stop_ends(app, visit):
    page, run = start_training(visit, app, epochs=1000)
    in_state(page, "training")
    until(lambda: last_step(run.metrics_path) > 0)
    keyed(page, "pause").click()
    in_state(page, "paused")
    until(lambda: run.status().state == "paused")
    before = last_step(run.metrics_path)
    for count in (1, 2):
        keyed(page, "one_batch").click()
        until(lambda count=count: last_step(run.metrics_path) >= before + count)
        expect(page.get_by_text(f"step {before + count:,} of")).to_be_visible()
        assert last_step(run.metrics_path) == before + count
    keyed(page, "stop").click()
    in_state(page, "stopped")
    assert last_step(run.metrics_path) == before + 2
    expect(page.get_by_role("spinbutton", name="Epochs")).to_be_enabled()


def test_a_killed_worker_is_told_and_its_run_can_be_continued(app, visit):
    page, run = start_training(visit, app, epochs=1000)
    in_state(page, "training")
    until(lambda: state_steps(run.frames_folder))
    os.kill(run.status().pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    in_state(page, "interrupted")
    ended = last_step(run.metrics_path)
    keyed(page, "continue").click()
    in_state(page, "training")
    until(lambda: last_step(run.metrics_path) > ended)
    keyed(page, "stop").click()
    in_state(page, "stopped")


def test_a_run_deleted_while_it_is_watched_leaves_a_page_that_works(app, visit):
    page, run = start_training(visit, app, epochs=1000)
    in_state(page, "training")
    run.delete()
    expect(page.get_by_text(re.compile("its folder was deleted"))).to_be_visible()
    expect(keyed(page, "start")).to_be_enabled()
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("1")
    field.press("Enter")
    wait_until_idle(page)
    keyed(page, "start").click()
    in_state(page, "finished")


def test_a_run_deleted_while_it_is_looked_into_is_told(app, visit, trained):
    run = app.store.create(trained.recipe)
    assert Session(run).execute().state == "finished"
    page = visit(f"{app.url}/inspect?run={run.id}")
    expect(page.locator(".answer .bar")).to_have_count(10)
    run.delete()
    page.locator(".samples [role=option]").nth(3).click()
    expect(page.locator(".answer").get_by_text(re.compile("no longer exists"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("no longer exists"))).to_be_visible()
    expect(button(page, "Train a network")).to_be_visible()


@pytest.mark.parametrize("content", [b"{ broken", json.dumps({"format": "layerscope/network", "version": 9}).encode()])
def test_a_broken_file_is_told_in_a_sentence(app, visit, content):
    page = visit(app.url)
    page.locator("input[type=file]").set_input_files(
        {"name": "network.json", "mimeType": "application/json", "buffer": content})
    expect(page.get_by_text(re.compile(r"This is not JSON: line 1|has version 9"))).to_be_visible()
    on_card(page, "build", "lenet").click()
    expect(page.get_by_text("61,706 parameters · 0.42 M multiply-adds · ")).to_be_visible()


def test_hostile_names_are_shown_as_they_were_typed(app, visit, tmp_path):
    name = "<img src=x onerror=alert(1)> **bold** :red[x] $x$"
    hostile = Recipe(Network.from_dict({**zoo.get("playground").to_dict(), "name": name}))
    file = Path(tmp_path / "hostile.json")
    hostile.save(file)
    page = visit(app.url)
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_url(re.compile("/build"))
    expect(page.get_by_role("textbox", name="Name of the network")).to_have_value(name)
    run = app.store.create(hostile)
    page.goto(app.url)
    expect(keyed(page, f"open-{run.id}")).to_be_visible()
    expect(page.get_by_text(name[:30])).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    run.delete()
