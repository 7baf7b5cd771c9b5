"""A run is steered in the browser: paused, one batch, another learning rate, then rewound and forked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from explorer.training import Run
from explorer.training.records.checkpoints import state_steps
from explorer.training.records.metrics import last_step, read_facts, read_steps
from explorer.training.runs.origin import origin_of
from tests.e2e.conftest import wait_until_idle
from tests.e2e.reading import in_state, keyed, run_of, until
from tests.e2e.test_app import start_training

pytestmark = pytest.mark.e2e


def test_pause_one_batch_another_learning_rate_rewind_and_fork(app, visit):
    page, run = start_training(visit, app, epochs=300)
    in_state(page, "training")
    until(lambda: last_step(run.metrics_path) > 0)
    keyed(page, "pause").click()
    in_state(page, "paused")
    until(lambda: run.status().state == "paused")
    paused = last_step(run.metrics_path)
    keyed(page, "one_batch").click()
    until(lambda: last_step(run.metrics_path) == paused + 1)
    in_state(page, "paused")

    page.mouse.move(0, 0)  # away from the button, whose tip lies over the heading
    keyed(page, "learning_rate").click()
    field = page.get_by_role("spinbutton", name="Learning rate").last
    field.fill("0.0003")
    field.press("Enter")
    wait_until_idle(page)
    keyed(page, "set_learning_rate").click()
    page.keyboard.press("Escape")
    keyed(page, "one_batch").click()
    until(lambda: read_facts(run.metrics_path)["lr_changes"] == [[paused + 1, 0.0003]])

    keyed(page, "stop").click()
    in_state(page, "stopped")
    page.reload()
    in_state(page, "stopped")
    first = state_steps(run.frames_folder)[0]
    before = read_steps(run.metrics_path)
    keyed(page, "fork").click()
    slider = page.get_by_role("slider", name="From step")
    slider.press("Home")
    wait_until_idle(page)
    field = page.get_by_role("spinbutton", name="Learning rate").last
    field.fill("0.001")
    field.press("Enter")
    wait_until_idle(page)
    keyed(page, "start_fork").click()
    page.wait_for_url(lambda url: run.id not in url)
    fork = run_of(page, app)
    assert (origin_of(fork).parent, origin_of(fork).step) == (run.id, first)
    assert fork.recipe == run.recipe.with_optimizer("adam", **{**run.recipe.optimizer.params, "lr": 0.001})
    until(lambda: last_step(fork.metrics_path) > first + 2)
    keyed(page, "stop").click()
    in_state(page, "stopped")
    assert (read_steps(fork.metrics_path).loss[:first] == before.loss[:first]).all()
    page.reload()
    expect(page.get_by_text(re.compile("from the start: Learning rate 0.001"))).to_be_visible()
    keyed(page, f"open_relative-{run.id}").click()
    page.wait_for_url(re.compile(run.id))
    for each in (run, fork):
        each.delete()


@contextmanager
def held(run: Run) -> Iterator[None]:
    """The worker stands still, so that what it is asked for stays in the run's folder, to be read there."""
    worker = psutil.Process(run.status().pid)
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def waiting(run: Run) -> list[str]:
    """What the worker has not taken yet, in the order in which it will take it."""
    names = sorted(path.name for path in (run.folder / "requests").iterdir() if not path.name.endswith(".writing"))
    return [name.split("-", 2)[2] for name in names]


def click(page, *keys: str) -> None:
    """Click these buttons one right after another, without looking at what the page makes of it."""
    for key in keys:
        verb, _, rate = key.partition("=")
        if verb == "learning_rate":
            set_learning_rate(page, rate)
        else:
            keyed(page, verb).click()


def set_learning_rate(page, rate: str) -> None:
    """Type it and click on Set at once."""
    page.mouse.move(0, 0)  # away from the button, whose tip lies over the heading
    keyed(page, "learning_rate").click()
    page.get_by_role("spinbutton", name="Learning rate").last.fill(rate)
    keyed(page, "set_learning_rate").click()
    page.keyboard.press("Escape")


def test_quick_clicks_are_obeyed_in_their_order_and_none_is_lost(app, visit):
    page, run = start_training(visit, app, epochs=300)
    in_state(page, "training")
    until(lambda: last_step(run.metrics_path) > 0)

    def quickly(*clicks: str) -> None:
        with held(run):
            click(page, *clicks)
            until(lambda: waiting(run) == list(clicks))

    def rests_at(step: int) -> bool:
        return run.status().state == "paused" and last_step(run.metrics_path) == step

    quickly("pause", "one_batch")
    in_state(page, "paused")
    step = last_step(run.metrics_path)
    quickly("one_batch", "one_batch", "one_batch")
    until(lambda: rests_at(step + 3))
    quickly("learning_rate=0.0003", "one_batch")
    until(lambda: rests_at(step + 4))
    quickly("one_batch", "learning_rate=0.0005", "one_batch", "learning_rate=0.0007")
    until(lambda: rests_at(step + 6))
    changes = [[step + 3, 0.0003], [step + 5, 0.0005], [step + 6, 0.0007]]
    until(lambda: read_facts(run.metrics_path)["lr_changes"] == changes)
    quickly("one_batch", "stop")
    in_state(page, "stopped")
    assert last_step(run.metrics_path) == step + 7
    run.delete()
