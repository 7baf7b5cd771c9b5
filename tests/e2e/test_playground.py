"""Spirals are learned in the browser, alive, and every control beside the picture does what it promises."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect

from explorer import zoo
from explorer.network.input_features import features_of
from explorer.recipe import Chosen, Recipe
from explorer.results import LayerWeights
from explorer.training import Run
from explorer.training.analysis.live_view import read_live_view, read_network_picture
from explorer.training.records.checkpoints import frame_steps, load_frame, state_steps
from explorer.training.records.metrics import last_step, read_facts
from explorer.training.runs.origin import origin_of
from explorer.workspace.draft_store import Draft, DraftStore
from tests.e2e.building import NETWORK_ID
from tests.e2e.reading import in_state, keyed, run_of, until
from tests.e2e.test_live_component import chart, drag_over, x_range
from tests.e2e.test_live_picture import edge, painted, point_at, unit

pytestmark = pytest.mark.e2e
SPIRALS = zoo.recipe("playground").with_(data=Chosen("spirals"), epochs=5000, threads=1)
STILL_S = 1.0
MOVES = """() => [
  [...document.querySelectorAll("canvas.maps")].map((canvas) => [canvas.dataset.painted, canvas.toDataURL()]),
  [...document.querySelectorAll("[data-testid^='weight-']")].map((path) => path.getAttribute("style")),
  [document.querySelector("[data-part=view] canvas")?.toDataURL(), globalThis.layerscopeLive?.painted.view],
  [document.querySelector("[data-chart=loss] canvas")?.toDataURL(), globalThis.layerscopeLive?.painted.curves],
].map((part) => JSON.stringify(part))"""  # maps, edges, boundary, curves
POINTS = """(run) => new Promise((done) => {
  const stop = layerscopeLive.watch(run, ({ view }) => {
    if (!view) return;
    const { x, target, held_out } = view.items[0].samples;
    done({ x: [...x.data], target: [...target.data], held_out: [...held_out.data] });
    setTimeout(() => stop());
  });
})"""


@dataclass
class Watched:
    """A page of Train, and the run that it shows now."""

    page: Page
    app: Any
    run: Run

    def new_run(self) -> Run:
        """Wait until the page shows another run, and it trains; returns the one before, which has ended."""
        before = self.run
        self.page.wait_for_url(lambda url: before.id not in url)
        self.run = run_of(self.page, self.app)
        trains(self)
        until(lambda: not before.status().is_live)
        return before


def open_train(visit, app, recipe: Recipe, **options: Any) -> Watched:
    """Open Train with this recipe, and press Train."""
    DraftStore(app.store.folder / "drafts").save(Draft(NETWORK_ID, recipe), writer="test", based_on_revision=10**6)
    page = visit(f"{app.url}/train?net={NETWORK_ID}", **options)
    keyed(page, "start").click()
    watched = Watched(page, app, run_of(page, app))
    trains(watched)
    return watched


def trains(watched: Watched) -> None:
    in_state(watched.page, "training")
    seen: set[int] = set()
    until(lambda: seen.add(shown_step(watched.page)) or len(seen) >= 3)


def pause(watched: Watched) -> int:
    """Pause the run; returns the step at which it rests, which the page then shows."""
    keyed(watched.page, "pause").click()
    in_state(watched.page, "paused")
    until(lambda: watched.run.status().state == "paused")
    step = last_step(watched.run.metrics_path)
    expect(boundary(watched.page)).to_have_attribute("data-last-step", str(step))
    return step


def resume(watched: Watched) -> None:
    keyed(watched.page, "resume").click()
    trains(watched)


def boundary(page: Page) -> Locator:
    return page.locator(".layerscope-live[data-part=view]")


def shown_step(page: Page) -> int:
    return int(boundary(page).get_attribute("data-last-step") or 0)


def slider(page: Page, control: str) -> Locator:
    return page.locator(f".st-key-{control}").get_by_role("slider")


def weights(run: Run) -> list[LayerWeights]:
    return list(read_network_picture(run.folder)[1])


def facts(watched: Watched) -> dict[str, Any]:
    return read_facts(watched.run.metrics_path)


def test_spirals_are_learned_alive_and_every_control_of_the_playground_is_obeyed(app, visit):
    watched = open_train(visit, app, SPIRALS)
    maps_edges_and_boundary_are_alive(watched)
    held_out_points_are_told_apart(watched)
    a_boundary_is_found_between_the_arms(watched)
    another_person_may_only_watch(watched, visit)
    all_holds_still_while_it_is_paused_and_goes_on_then(watched)
    the_loss_zooms_by_dragging_while_numbers_come(watched)
    the_axis_is_in_epochs_or_steps(watched)
    it_slows_down_to_single_steps_and_back(watched)
    another_learning_rate_is_taken_at_once(watched)
    noise_makes_other_points(watched)
    features_change_the_input_column(watched)
    a_new_seed_draws_other_weights(watched)
    pause(watched)
    an_earlier_boundary_is_laid_over(watched)
    the_pointer_on_an_edge_shows_the_weight_that_is_on_disk(watched)
    a_typed_weight_starts_a_fork(watched)


def maps_edges_and_boundary_are_alive(watched: Watched) -> None:
    page, seen = watched.page, [set() for _ in range(4)]
    painted(page)
    until(lambda: [part.add(now) for part, now in zip(seen, page.evaluate(MOVES), strict=True)] and
          min(map(len, seen)) >= 4)
    drawn = page.locator("[data-testid^='weight-']")
    assert drawn.count() == 2 * 4 + 4 * 2 + 2 * 2
    assert len({path.evaluate("path => path.style.strokeWidth") for path in drawn.all()}) > 3


def held_out_points_are_told_apart(watched: Watched) -> None:
    points, samples = watched.page.evaluate(POINTS, watched.run.id), read_live_view(watched.run.folder).samples
    assert points["held_out"] == [int(each) for each in samples.held_out]
    assert 0 < sum(points["held_out"]) < len(points["held_out"])
    expect(boundary(watched.page).locator(".live-legend span", has=watched.page.locator(".live-sign-ring"))) \
        .to_have_text("held out")


def a_boundary_is_found_between_the_arms(watched: Watched) -> None:
    def sides() -> set[bool]:
        return set((read_live_view(watched.run.folder).values[..., -1] > 0.5).flat)
    until(lambda: len(sides()) == 2)


def another_person_may_only_watch(watched: Watched, visit) -> None:
    page = visit(f"{watched.app.url}/train?run={watched.run.id}", locale="en-US")  # a browser that has not met the app
    maps_edges_and_boundary_are_alive(Watched(page, watched.app, watched.run))
    expect(page.get_by_text("This run is another person's")).to_be_visible()
    for key in ("pause", "resume", "one_batch", "one_epoch", "stop", "continue"):
        assert keyed(page, key).count() == 0
    for control in ("plane_speed", "plane_learning_rate"):
        expect(slider(page, control)).to_be_disabled()
    page.mouse.click(*point_at(page, first_edge(watched.run, page)))
    expect(page.get_by_test_id("live-tip")).to_contain_text("weight linear1 unit 3")
    assert page.get_by_test_id("weight-field").count() == 0
    assert watched.run.status().state == "training"
    page.close()


def all_holds_still_while_it_is_paused_and_goes_on_then(watched: Watched) -> None:
    step = pause(watched)
    page = watched.page
    before = page.evaluate(MOVES)
    assert not any("[null" in part for part in before), "everything is there"
    time.sleep(STILL_S)
    assert page.evaluate(MOVES) == before
    assert last_step(watched.run.metrics_path) == shown_step(page) == step
    resume(watched)
    until(lambda: all(now != then for now, then in zip(page.evaluate(MOVES), before, strict=True)))


def the_loss_zooms_by_dragging_while_numbers_come(watched: Watched) -> None:
    page = watched.page
    whole = x_range(page)
    chart(page).scroll_into_view_if_needed()
    drag_over(page, 0.2, 0.4)
    zoomed = x_range(page)
    assert zoomed == pytest.approx([0.2 * whole[1], 0.4 * whole[1]], rel=0.05)
    before = int(chart(page).get_attribute("data-last-step"))
    until(lambda: int(chart(page).get_attribute("data-last-step")) > before + 10)
    assert x_range(page) == x_range(page, "accuracy") == zoomed
    page.locator("[data-chart=loss] .u-over").dblclick()
    assert x_range(page) == whole


def the_axis_is_in_epochs_or_steps(watched: Watched) -> None:
    page = watched.page
    for unit_name in ("steps", "epochs"):
        page.get_by_role("button", name=unit_name, exact=True).click()
        expect(chart(page)).to_have_attribute("data-unit", unit_name)
        expect(chart(page, "rate")).to_have_attribute("data-unit", unit_name)


def it_slows_down_to_single_steps_and_back(watched: Watched) -> None:
    page = watched.page
    slider(page, "plane_speed").press("Home")
    until(lambda: facts(watched).get("speed") == 1)
    seen = last_step(watched.run.metrics_path)
    until(lambda: last_step(watched.run.metrics_path) > seen)  # with it what was on the way when it slowed down
    first, since_s = last_step(watched.run.metrics_path), time.monotonic()
    until(lambda: last_step(watched.run.metrics_path) >= first + 2)
    steps, passed_s = last_step(watched.run.metrics_path) - first, time.monotonic() - since_s
    assert steps <= passed_s + 2
    step = last_step(watched.run.metrics_path)
    until(lambda: shown_step(page) >= step)  # each step is shown
    slider(page, "plane_speed").press("End")
    until(lambda: facts(watched).get("speed") == 0)
    until(lambda: shown_step(page) > step + 20)


def another_learning_rate_is_taken_at_once(watched: Watched) -> None:
    page = watched.page
    expect(page.get_by_text(re.compile("learning rate 0.1 "))).to_be_visible()
    slider(page, "plane_learning_rate").press("ArrowRight")
    until(lambda: [rate for _, rate in facts(watched)["lr_changes"]] == [0.3])
    expect(page.get_by_text(re.compile("learning rate 0.3 "))).to_be_visible()
    expect(chart(page, "rate")).to_have_attribute("aria-label", re.compile("is 0.3 at step"))
    high = float(chart(page, "rate").get_attribute("data-high"))
    assert high >= 0.3


def noise_makes_other_points(watched: Watched) -> None:
    page = watched.page
    before = page.evaluate(POINTS, watched.run.id)
    slider(page, "plane_noise").press("ArrowRight")
    watched.new_run()
    assert watched.run.recipe.data.params["noise"] == pytest.approx(0.2)
    after = page.evaluate(POINTS, watched.run.id)
    assert after["target"] == before["target"]
    assert after["x"] != before["x"]


def features_change_the_input_column(watched: Watched) -> None:
    page = watched.page
    names = page.locator(".unit-name")
    expect(names).to_have_text(["x1", "x2"])
    page.locator(".st-key-plane_features").get_by_role("button", name="sin x₁", exact=True).click()
    watched.new_run()
    assert features_of(watched.run.recipe.network) == ("x1", "x2", "sin_x1")
    expect(names).to_have_text(["x₁", "x₂", "sin x₁"])
    expect(page.locator("[data-testid^='weight-']")).to_have_count(3 * 4 + 4 * 2 + 2 * 2)
    painted(page)


def a_new_seed_draws_other_weights(watched: Watched) -> None:
    keyed(watched.page, "new_seed").click()
    before, after = watched.new_run(), watched.run
    assert after.recipe == before.recipe.with_(seed=before.recipe.seed + 1)
    first, second = (load_frame(run.frames_folder, frame_steps(run.frames_folder)[0]) for run in (before, after))
    assert not np.allclose(first["linear1.weight"], second["linear1.weight"])


def an_earlier_boundary_is_laid_over(watched: Watched) -> None:
    """While it is paused, so that nothing but the line changes the picture."""
    page, dashed = watched.page, watched.page.locator(".live-legend span", has=watched.page.locator(".live-sign-dash"))
    picture = boundary(page).locator("canvas")
    before = picture_of(picture)
    page.locator(".st-key-earlier_boundary").get_by_role("combobox").click()
    page.get_by_role("option").last.click()
    expect(dashed).to_have_text(re.compile("Playground"))
    until(lambda: picture_of(picture) != before)


def the_pointer_on_an_edge_shows_the_weight_that_is_on_disk(watched: Watched) -> None:
    page, layer = watched.page, weights(watched.run)[0]
    point_at(page, first_edge(watched.run, page))
    shown = page.get_by_test_id("live-tip")
    expect(shown).to_have_text(f"weight linear1 unit 3 ← x₁: {layer.weight[3, 0]:#.4g}".replace("-", "−"))
    kept = load_frame(watched.run.frames_folder, state_steps(watched.run.frames_folder)[-1])
    assert float(kept["linear1.weight"][3, 0]) == pytest.approx(float(layer.weight[3, 0]), rel=1e-3)


def first_edge(run: Run, page: Page) -> Locator:
    return edge(page, f"{weights(run)[0].source}:0>tanh1:3:0")


def a_typed_weight_starts_a_fork(watched: Watched) -> None:
    page, parent = watched.page, watched.run
    step = last_step(parent.metrics_path)
    page.mouse.click(*point_at(page, first_edge(watched.run, page)))
    expect(page.locator(".weight-field")).to_contain_text("starts a fork of this run; this run is paused")
    page.get_by_test_id("weight-field").fill("-2.5")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: parent.id not in url)
    watched.run = fork = run_of(page, watched.app)
    trains(watched)
    origin = origin_of(fork)
    assert (origin.parent, origin.step) == (parent.id, step)
    assert float(load_frame(fork.frames_folder, step)["linear1.weight"][3, 0]) == -2.5
    expect(page.get_by_text(f"from step {step:,}: weight linear1[3, 0] = -2.5")).to_be_visible()
    assert (parent.status().state, last_step(parent.metrics_path)) == ("paused", step)
    keyed(page, "stop").click()
    in_state(page, "stopped")


def test_each_node_of_an_image_network_shows_the_maps_of_the_sample_that_is_clicked(app, visit):
    recipe = zoo.recipe("lenet_relu").with_(epochs=1000, threads=1)
    watched = open_train(visit, app, recipe, height=1800)  # what cannot be seen is not painted
    page, run = watched.page, watched.run
    maps = unit(page, "conv1")
    seen: set[str] = set()
    until(lambda: seen.add(picture_of(maps)) or len(seen) >= 3)
    choose_sample(page, run, 4)
    pause(watched)
    before = picture_of(maps)
    choose_sample(page, run, 2)
    until(lambda: picture_of(maps) != before)
    assert len({picture_of(canvas) for canvas in page.locator("canvas.maps").all()}) >= 5
    keyed(page, "stop").click()
    in_state(page, "stopped")


def choose_sample(page: Page, run: Run, place: int) -> None:
    inputs = unit(page, "input")
    before = picture_of(inputs)
    page.locator(".live-predictions button").nth(place).click()
    until(lambda: shows_sample(run, place))
    until(lambda: picture_of(inputs) != before)


def picture_of(canvas: Locator) -> str:
    return canvas.evaluate("canvas => canvas.toDataURL()")


def shows_sample(run: Run, place: int) -> bool:
    """Whether the network's maps that the worker wrote last are of this one of the samples with predictions."""
    entry, grids = read_live_view(run.folder).entries[place], read_network_picture(run.folder)[0]
    return np.allclose(grids[0].values[0], np.reshape(entry.image, grids[0].values[0].shape), atol=0.01)
