"""A run is watched through all that goes wrong around it: reloads, lost connections, a server that starts anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer.training import Run
from explorer.training.records.metrics import last_step
from tests.e2e.conftest import ROOT, start_server, stop_server, wait_until_idle
from tests.e2e.reading import in_state, keyed, run_of, until
from tests.e2e.test_live_component import chart
from tests.e2e.test_playground import SPIRALS, Watched, open_train, shown_step, trains

pytestmark = pytest.mark.e2e
BASE = "--server.baseUrlPath=lab/x"
RECEIVED = """(run) => new Promise((done) => {
  const stop = layerscopeLive.watch(run, ({ numbers }) => {
    if (!numbers) return;
    done([numbers.meta.step, [...numbers.step]]);
    setTimeout(() => stop());
  });
})"""
LONGER_THAN_QUIET_S = 5  # the page shows that it reconnects after 3


@pytest.fixture
def proxied(app) -> Iterator[SimpleNamespace]:
    """A second server on the same runs, below a path; it can be killed, and started at the same address."""
    server = SimpleNamespace()
    server.process, server.url = start_server(ROOT / "app.py", (BASE,), app.folder, {})

    def restart() -> None:
        port = f"--server.port={urlsplit(server.url).port}"
        server.process, server.url = start_server(ROOT / "app.py", (BASE, port), app.folder, {})

    server.restart = restart
    yield server
    stop_server(server.process)


@pytest.fixture
def watched(app, visit) -> Iterator[Watched]:
    """A run that goes on for as long as the test, slow enough to keep the machine free for it."""
    opened = open_train(visit, app, SPIRALS)
    opened.run.request("speed", 50.0)
    yield opened
    if opened.run.folder.exists():
        opened.run.request("stop")
        until(lambda: not opened.run.status().is_live)


def test_a_reload_and_a_second_tab_have_all_numbers_and_the_same_buttons(watched, visit):
    page, run = watched.page, watched.run
    page.reload()
    trains(watched)
    received_from_the_first_step_on(page, run)
    other = visit(page.url)
    received_from_the_first_step_on(other, run)
    keyed(other, "pause").click()
    for tab in (other, page):
        in_state(tab, "paused")
        expect(keyed(tab, "resume")).to_be_visible()
    keyed(page, "resume").click()
    in_state(other, "training")
    before = shown_step(other)
    until(lambda: shown_step(other) > before)


def received_from_the_first_step_on(page: Page, run: Run) -> None:
    until(lambda: shown_step(page) > 0)
    step, steps = page.evaluate(RECEIVED, run.id)
    every = steps[1] - steps[0] if len(steps) > 1 else 1  # of a long run some are kept
    assert steps == list(range(1, step + 1, every))


def test_a_page_below_a_path_survives_a_lost_connection_a_restart_and_the_end_of_its_run(watched, proxied, open_tab):
    thrown: list[str] = []
    page = open_tab(1440, 900, locale="en-US")  # of a profile of its own, to be offline alone
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.goto(f"{proxied.url}/train?run={watched.run.id}")
    numbers_come(page)
    it_goes_on_after_it_was_offline(page)
    it_goes_on_after_the_server_was_killed(page, proxied)
    a_deleted_run_leaves_a_page_that_works(page, watched)
    assert thrown == []
    page.close()  # before its server


def numbers_come(page: Page) -> None:
    """Numbers and views: those of the state, the curves and the boundary."""
    in_state(page, "training")
    expect(page.locator("[data-part=state]")).to_have_attribute("data-line", "fine")
    before = shown(page)
    until(lambda: all(now > then for now, then in zip(shown(page), before, strict=True)))
    expect(page.get_by_text("Reconnecting …")).to_have_count(0)


def shown(page: Page) -> list[int]:
    places = (page.locator(".layerscope-live[data-part=state]"), chart(page), page.locator("[data-part=view]").first)
    return [int(place.get_attribute("data-last-step") or 0) for place in places]


def it_goes_on_after_it_was_offline(page: Page) -> None:
    before = shown(page)
    page.context.set_offline(True)
    expect(page.get_by_text("Reconnecting …")).to_be_visible()
    page.wait_for_timeout(1000 * LONGER_THAN_QUIET_S)
    page.context.set_offline(False)
    numbers_come(page)
    assert min(shown(page)) > max(before)


def it_goes_on_after_the_server_was_killed(page: Page, proxied: SimpleNamespace) -> None:
    before = shown(page)
    proxied.process.kill()
    proxied.process.wait()
    expect(page.get_by_text("Reconnecting …")).to_be_visible()
    proxied.restart()
    numbers_come(page)
    page.wait_for_selector('.stApp[data-test-connection-state="CONNECTED"]')  # the buttons, too
    wait_until_idle(page)
    assert min(shown(page)) > max(before)


def a_deleted_run_leaves_a_page_that_works(page: Page, watched: Watched) -> None:
    watched.run.delete()
    expect(page.get_by_text(re.compile("folder was deleted"))).to_have_count(1)
    keyed(page, "start").click()
    page.wait_for_url(lambda url: watched.run.id not in url)
    run = run_of(page, watched.app)
    in_state(page, "training")
    until(lambda: last_step(run.metrics_path) > 0)
    keyed(page, "stop").click()
    in_state(page, "stopped")
