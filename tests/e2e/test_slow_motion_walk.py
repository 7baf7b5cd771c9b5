"""One batch is walked through on the network's drawing, in the browser."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from tests.e2e.building import card
from tests.e2e.reading import button, keyed, on_card, until

pytestmark = pytest.mark.e2e
SELECTED = re.compile(r"\bselected\b")


def choose(page, name: str) -> None:
    """Click a card until it is chosen: the drawing may still be gliding to the one before, and a click miss it."""
    def is_chosen() -> object:
        card(page, name).click()
        page.wait_for_timeout(1000)
        return SELECTED.search(card(page, name).get_attribute("class") or "")
    until(is_chosen)


def test_a_batch_is_walked_through_node_by_node(app, visit):
    page = visit(app.url)
    on_card(page, "train", "lenet_relu").click()
    keyed(page, "slow_motion").click()
    page.wait_for_url(re.compile("/slow_motion"))
    expect(page.get_by_text("1 of 31")).to_be_visible()
    expect(card(page, "input")).to_have_class(SELECTED)
    keyed(page, "later").click()
    expect(card(page, "conv1")).to_have_class(SELECTED)
    expect(page.get_by_text("output 6×28×28", exact=False)).to_be_visible()
    button(page, "2 Loss").click()
    expect(page.get_by_text("is the loss:", exact=False)).to_be_visible()
    button(page, "3 Backward").click()
    expect(card(page, "linear3")).to_have_class(SELECTED)
    choose(page, "linear2")
    expect(page.get_by_text("its 10,164 parameters", exact=False)).to_be_visible()
    keyed(page, "play").click()
    expect(card(page, "linear1")).to_have_class(SELECTED)  # it goes on by itself
    keyed(page, "play").click()
    keyed(page, "next_batch").click()
    expect(page.get_by_text("Epoch 1, batch 2.", exact=False)).to_be_visible()
    button(page, "4 Update").click()
    expect(page.get_by_text("of their size", exact=False)).to_be_visible()
