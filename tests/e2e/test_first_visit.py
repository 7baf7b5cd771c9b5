"""A browser that comes for the first time: it is known from then on, and no click of its is taken back."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE_MS, wait_until_idle
from tests.e2e.reading import until

pytestmark = pytest.mark.e2e
QUIET_MS = 1_000  # within which a page would ask for another run, had it a reason to


@pytest.fixture
def newcomer(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def key_of(page: Page) -> str:
    """The key that the browser has once the page has kept it, and has had time to ask for another run."""
    wait_until_idle(page)
    found = until(lambda: [one["value"] for one in page.context.cookies() if one["name"] == "layerscope-browser-key"])
    page.wait_for_timeout(QUIET_MS)
    return found[0]


def test_a_visit_asks_for_its_page_once_and_the_browser_keeps_its_key(app, newcomer):
    asked, keys = [], []
    newcomer.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
    for visit in (1, 2):
        newcomer.goto(app.url)
        keys.append(key_of(newcomer))
        assert len(asked) == visit  # a second run would take back a click made before it
    assert keys[0] == keys[1]
    assert re.fullmatch("[0-9a-f]{32}", keys[0])


def test_a_browser_that_lost_its_cookies_is_still_known(app, newcomer):
    newcomer.goto(app.url)
    key = key_of(newcomer)
    newcomer.context.clear_cookies()
    newcomer.reload()
    assert key_of(newcomer) == key


def test_the_link_to_build_works_as_soon_as_it_is_there(app, newcomer):
    newcomer.goto(app.url)
    newcomer.get_by_test_id("stTopNavLink").filter(has_text="Build").click()
    expect(newcomer.get_by_role("heading", name=re.compile("^Build"))).to_be_visible()
    newcomer.wait_for_timeout(QUIET_MS)
    expect(newcomer.get_by_role("heading", name=re.compile("^Build"))).to_be_visible()
