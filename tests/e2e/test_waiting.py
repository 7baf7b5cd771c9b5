"""While a page's script runs: nothing fades, nothing moves in the corner, and the button that was clicked shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e
SCRIPT = Path(__file__).parent / "harness" / "waiting.py"

FADED = """() => {
  const opacity = (e) => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
  return [...document.querySelectorAll('.stElementContainer, .stExpander *, .stTabs *')]
      .filter((e) => opacity(e) < 1 && !e.closest('[data-disabled], svg, iframe'))
      .map((e) => `${e.tagName}.${e.className}`);
}"""
RING = """() => {
  const ring = getComputedStyle(document.querySelector('.st-key-wait button'), '::after');
  return {content: ring.content, opacity: Number(ring.opacity), names: ring.animationName};
}"""


@pytest.fixture
def released(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("waiting") / "released"


@pytest.fixture
def wait(serve, open_page, released):
    """`wait()` -> a page whose button was clicked and whose script runs on."""

    def visit(**options) -> Page:
        page = open_page(serve(SCRIPT, env={"RELEASED": str(released)}), **options)
        page.click(".st-key-wait button")
        page.wait_for_selector('[data-test-script-state="running"]')
        return page

    yield visit
    released.touch()


def test_nothing_fades_and_the_corner_is_empty(wait) -> None:
    page = wait()
    page.wait_for_selector('.stElementContainer[data-stale="true"]')
    page.wait_for_selector("[data-testid=stStatusWidgetRunningIcon]", state="attached")
    page.wait_for_timeout(2000)  # Streamlit's own fade would have ended by then
    assert page.evaluate(FADED) == []
    assert not page.locator(".stStatusWidget").is_visible()


def test_the_clicked_button_shows_a_ring_until_the_script_has_run(wait, released) -> None:
    page = wait()
    page.wait_for_function(f"() => ({RING})().opacity > 0.5")
    assert "waiting-turns" in page.evaluate(RING)["names"]
    released.touch()
    page.wait_for_function(f"() => ({RING})().content === 'none'")


def test_the_ring_does_not_turn_for_whoever_wants_little_motion(wait) -> None:
    page = wait(reduced_motion="reduce")
    page.wait_for_function(f"() => ({RING})().opacity > 0.5")
    assert page.evaluate(RING)["names"] == "waiting-appears"
