"""What one does on Build: open a network, drop blocks, type settings; and what is on disk afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from explorer.document import Network
from explorer.recipe import Recipe
from explorer.workspace.draft_store import Draft, DraftStore
from tests.e2e.conftest import wait_until_idle

NETWORK_ID = "0123456789abcdef" * 2


def open_network(visit, app, net: Network | Recipe, **options) -> Page:
    """Build, with this network on the canvas."""
    recipe = net if isinstance(net, Recipe) else Recipe(net)
    DraftStore(app.store.folder / "drafts").save(Draft(NETWORK_ID, recipe), writer="test", based_on_revision=10**6)
    page = visit(f"{app.url}/?net={NETWORK_ID}", **options)
    go_to_build(page)
    expect(card(page, recipe.network.nodes[0].id)).to_be_visible()
    return page


def go_to_build(page: Page) -> None:
    """By the link above."""
    page.get_by_test_id("stTopNavLink").filter(has_text="Build").click()
    expect(page.get_by_role("heading", name=re.compile("^Build"))).to_be_visible()


def saved(page: Page, app) -> Network:
    """The network on disk."""
    net_id = re.search("net=([0-9a-f]{32})", page.url)[1]
    return DraftStore(app.store.folder / "drafts").load(net_id).draft.recipe.network


def card(page: Page, node: str) -> Locator:
    return page.get_by_test_id(f"node-{node}")


def drop(page: Page, block: str, x: int, y: int) -> None:
    """Drag a block from the palette onto the canvas with the mouse."""
    count = page.locator(".layerscope-canvas .card").count()
    stage, search = page.locator(".layerscope-canvas .stage"), page.locator(".palette input")
    search.fill(block)
    page.get_by_test_id(f"kind-{block}").drag_to(stage, target_position={"x": x, "y": y})
    search.fill("")
    expect(page.locator(".layerscope-canvas .card")).to_have_count(count + 1)
    wait_until_idle(page)


def set_number(page: Page, label: str, value: object) -> None:
    """Type into a field of the side panel."""
    field = page.locator(".st-key-side_panel").get_by_label(re.compile(rf"^{label}")).first
    field.fill(str(value))
    field.press("Enter")
    wait_until_idle(page)
