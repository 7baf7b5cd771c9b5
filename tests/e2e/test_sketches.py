"""What nodes show of themselves on Build, small on the card and large in the side panel; and the palette's search."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from explorer import zoo
from explorer.document import chain
from tests.e2e.building import card, open_network
from tests.e2e.reading import until

pytestmark = pytest.mark.e2e


def test_sketches_stand_beside_the_preview_and_large_in_the_side_panel(app, visit):
    net = chain("Sketches", ("input", "input", {"shape": [1, 28, 28]}), ("own1", "expression", {}),
                ("patches", "patch_embedding", {"patch_size": 7}),
                ("encoder", "transformer_encoder", {"mask": "causal"}))
    page = open_network(visit, app, net)
    expect(card(page, "own1").locator(".thumbnail img")).to_be_visible()
    expect(card(page, "own1").locator(".sketch.curve polyline")).to_be_visible()
    expect(card(page, "patches").locator(".sketch.grid img")).to_be_attached()
    expect(card(page, "patches").locator(".sketch.grid path")).to_be_attached()
    mask = card(page, "encoder").locator(".sketch.matrix")
    expect(mask.locator(".copies")).to_have_text("4 heads")
    assert mask.get_attribute("aria-label") == "mask: each query attends to its own key and those before it; 4 heads"
    card(page, "encoder").locator(".name").click()
    large = page.locator(".st-key-side_panel").get_by_alt_text(mask.get_attribute("aria-label"))
    expect(large).to_be_visible()
    until(lambda: large.evaluate("image => image.naturalWidth > 100"))


def test_the_curve_of_an_own_formula_follows_it_and_a_problem_stands_at_the_field(app, visit):
    page = open_network(visit, app, chain("Own", ("input", "input", {"shape": [4]}), ("own1", "expression", {})))
    card(page, "own1").locator(".name").click()
    small, large = card(page, "own1").locator("polyline"), page.locator(".st-key-side_panel img[alt^=curve]")
    before = small.get_attribute("points"), large.get_attribute("src")
    field = page.locator(".st-key-side_panel").get_by_role("textbox", name="Formula")
    field.fill("sin(3 * x)")
    field.press("Enter")
    until(lambda: small.get_attribute("points") != before[0] and large.get_attribute("src") != before[1])
    field.fill("sin(3 * x")
    field.press("Enter")
    expect(page.locator(".st-key-side_panel").get_by_text("not a valid formula")).to_be_visible()


def test_a_block_is_found_by_what_else_it_is_called_and_families_unfold_by_keyboard(app, visit):
    page = open_network(visit, app, zoo.get("lenet"))
    search, items = page.locator(".palette input"), page.locator(".palette .item")
    for words, title in {"deconvolution": "ConvTranspose2d", "swish": "SiLU", "GAP": "Global average pooling",
                         "MHA": "Multi-head attention", "skip": "Residual (basic)"}.items():
        search.fill(words)
        expect(items.first).to_have_text(title)
    search.fill("")
    fold = page.get_by_role("button", name="Parts of attention")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_test_id("kind-split_heads")).to_be_visible()
    page.keyboard.press("Enter")  # whichever part comes first; added behind the network
    expect(page.locator(".layerscope-canvas .card")).to_have_count(len(zoo.get("lenet").nodes) + 1)
