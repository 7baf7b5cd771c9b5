"""Finding things on a page of the app, and waiting for them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from explorer.training import Run
from tests.e2e.conftest import PATIENCE_MS


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def keyed(page: Page, key: str):
    """A button by its key; one that has a hover is there twice, once for narrow screens."""
    return page.locator(f".st-key-{key} button:visible")


def on_card(page: Page, doing: str, network: str):
    """A button of a network's card on Home: train, build, size, or descent."""
    return page.locator(f"[data-network={network}] button[name={doing}]")


def in_state(page: Page, state: str) -> None:
    """Waits until the run that is watched is said to be in this state."""
    expect(page.get_by_text(re.compile(rf"^\S+ {state}$"))).to_be_visible(timeout=PATIENCE_MS)


def run_of(page: Page, app) -> Run:
    page.wait_for_url(re.compile(r"run=[0-9a-f]{32}"))
    return app.store.open(parse_qs(urlsplit(page.url).query)["run"][0])


def until(condition: Callable[[], object], within_s: float = PATIENCE_MS / 1000) -> object:
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within_s} s"
        time.sleep(0.02)
    return value
