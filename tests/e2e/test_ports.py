"""Blocks with several outputs on Build: chosen by mouse and by keyboard, kept on disk, through undo and reload."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect

from explorer.document import Edge, Network, Node, chain
from tests.e2e.building import card, drop, open_network, saved, set_number
from tests.e2e.conftest import wait_until_idle
from tests.e2e.reading import until

pytestmark = pytest.mark.e2e


def port(page: Page, node: str, name: str):
    return card(page, node).locator(f'.react-flow__handle[data-handleid="{name}"]')


def center(page: Page, node: str, name: str) -> tuple[float, float]:
    box = port(page, node, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def connect(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()


def lstm_on_rows() -> Network:
    net = chain("Rows", ("input", "input", {"shape": [28, 28]}), ("lstm1", "lstm", {"hidden_size": 24}),
                ("linear1", "linear", {"out_features": 10}))
    return net.with_(edges=(net.edges[0], Edge("lstm1", "linear1", 1)))


def test_an_lstm_on_rows_is_built_by_hand_from_its_last_state(app, visit):
    page = open_network(visit, app, chain("Rows", ("input", "input", {"shape": [1, 28, 28]})))
    drop(page, "reshape", 420, 120)
    expect(page.locator(".st-key-side_panel").get_by_label("Name", exact=True)).to_have_value("reshape1")
    set_number(page, "Shape", "28×28")
    drop(page, "lstm", 640, 120)
    expect(card(page, "lstm1").locator(".outputs li")).to_have_text(["states28×32", "last state32", "last cell32"])
    drop(page, "linear", 200, 320)
    expect(page.get_by_test_id("shape-lstm1>linear1:0")).to_have_text("28×32")  # the first unless told otherwise
    wait_until_idle(page)  # cards move to make room
    connect(page, center(page, "lstm1", "out1"), center(page, "linear1", "in0"))
    expect(page.get_by_test_id("shape-lstm1:1>linear1:0")).to_have_text("32")
    until(lambda: saved(page, app).edges_into("linear1") == (Edge("lstm1", "linear1", 1),))
    page.locator(".stage").focus()
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("shape-lstm1>linear1:0")).to_have_text("28×32")
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_test_id("shape-lstm1:1>linear1:0")).to_have_text("32")
    page.reload()
    expect(page.get_by_test_id("shape-lstm1:1>linear1:0")).to_have_text("32")


def test_an_output_is_chosen_by_keyboard_and_by_two_clicks(app, visit):
    net = lstm_on_rows()
    page = open_network(visit, app, net.with_(nodes=(*net.nodes, Node("relu1", "relu")), outputs=("linear1", "relu1")))
    card(page, "lstm1").locator(".name").click()
    page.locator(".stage").focus()
    page.keyboard.press("c")
    expect(page.locator(".hint")).to_contain_text("Connect states of lstm1 to relu1?")
    page.keyboard.press("o")
    expect(page.locator(".hint")).to_contain_text("Connect last state of lstm1 to relu1?")
    page.keyboard.press("o")
    page.keyboard.press("Enter")
    until(lambda: saved(page, app).edges_into("relu1") == (Edge("lstm1", "relu1", 2),))
    port(page, "lstm1", "out0").click()
    port(page, "relu1", "in0").click()
    until(lambda: saved(page, app).edges_into("relu1") == (Edge("lstm1", "relu1"),))


def test_a_chosen_output_survives_what_is_put_in_between_taken_out_and_copied(app, visit):
    page = open_network(visit, app, lstm_on_rows())
    edge = page.get_by_test_id("shape-lstm1:1>linear1:0")
    at, stage = edge.bounding_box(), page.locator(".stage").bounding_box()
    drop(page, "relu", round(at["x"] + at["width"] / 2 - stage["x"]), round(at["y"] + at["height"] / 2 - stage["y"]))
    until(lambda: saved(page, app).edges_into("relu1") == (Edge("lstm1", "relu1", 1),))
    card(page, "relu1").locator(".name").click()
    page.keyboard.press("Delete")
    until(lambda: saved(page, app).edges_into("linear1") == (Edge("lstm1", "linear1", 1),))
    wait_until_idle(page)
    page.locator(".stage").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+d")
    until(lambda: saved(page, app).edges_into("linear2") == (Edge("lstm2", "linear2", 1),))
